//! `grant`, `ungrant`: which member has which duty where, and for how long. What is ended or changed stays in the history of duties, so that
//! what was written while it held is still judged by it.

use super::{CliError, output};
use crate::{
    app::system_clock,
    storage::{ByWhom, ReferenceSet, Storage},
};
use beehive_core::{
    MemberId, NodeId, PlaceId,
    model::{Grant, Role},
    rules::day_begins,
};
use chrono::{Days, NaiveDate};
use clap::Args;

/// What `grant` takes.
#[derive(Debug, Clone, Args)]
pub struct GrantArgs {
    /// The member's id.
    pub member: String,
    /// The role, e.g. micro_worker.
    #[arg(value_parser = role)]
    pub role: Role,
    /// The node's id; the duty holds for it and everything below.
    pub node: String,
    /// For building leaders: a building's id; may be given several times.
    #[arg(long, value_name = "ID")]
    pub building: Vec<String>,
    /// The first day, e.g. 2026-12-01.
    #[arg(long, value_name = "DATE")]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[arg(long, value_name = "DATE")]
    pub until: Option<NaiveDate>,
    /// The member stood in for (代管).
    #[arg(long, value_name = "MEMBER")]
    pub on_behalf: Option<String>,
}

/// What `ungrant` takes.
#[derive(Debug, Clone, Args)]
pub struct UngrantArgs {
    /// The member's id.
    pub member: String,
    /// The role.
    #[arg(value_parser = role)]
    pub role: Role,
    /// The node's id.
    pub node: String,
    /// Only what is done for this member (代管), if the same duty is held in more than one way.
    #[arg(long, value_name = "MEMBER", conflicts_with = "own")]
    pub on_behalf: Option<String>,
    /// Only what is held in the member's own name, likewise.
    #[arg(long)]
    pub own: bool,
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_code(text).ok_or_else(|| {
        let all: Vec<_> = Role::ALL.iter().map(|r| r.code()).collect();
        format!("one of: {}", all.join(", "))
    })
}

pub fn grant(storage: &dyn Storage, args: GrantArgs) -> Result<(), CliError> {
    let bad_time = || CliError::new("bad_time", "起止日期不对。请写成 2026-12-01，结束不能早于开始，也不能已经过去。");
    // The street's days, wherever this is typed.
    let offset = storage.read(|rows| rows.rules())?.calendar.utc_offset;
    let from = args.from.map(|d| day_begins(d, offset));
    let last = |d: NaiveDate| d.checked_add_days(Days::new(1)).map(|d| day_begins(d, offset)).ok_or_else(bad_time);
    let until = args.until.map(last).transpose()?;
    let now = system_clock()();
    if until.is_some_and(|until| until <= from.unwrap_or(i64::MIN).max(now)) {
        return Err(bad_time());
    }
    let (member, node) = (MemberId::from(args.member.as_str()), NodeId::from(args.node.as_str()));
    let on_behalf = args.on_behalf.as_deref().map(MemberId::from);
    let buildings: Vec<PlaceId> = args.building.iter().map(|b| PlaceId::from(b.as_str())).collect();
    let grant = Grant { role: args.role, node, buildings, from, until, on_behalf };
    let done = storage.write(move |tx| {
        let Some(mut found) = tx.member(&member)? else { return Ok(Err(unknown_member())) };
        if let Some(behalf) = &grant.on_behalf
            && tx.member(behalf)?.is_none()
        {
            return Ok(Err(unknown_member()));
        }
        if !tx.org()?.iter().any(|n| n.id == grant.node) {
            return Ok(Err(CliError::new("unknown_node", "没有这个网格。请核对编号。")));
        }
        let known = tx.all_buildings()?;
        if !grant.buildings.iter().all(|id| known.iter().any(|b| b.id == *id)) {
            return Ok(Err(CliError::new("unknown_building", "没有这栋楼。请核对编号。")));
        }
        // The same duty said again is a change of its time or buildings.
        let same = |g: &Grant| g.role == grant.role && g.node == grant.node && g.on_behalf == grant.on_behalf;
        let before: Vec<Grant> = found.grants.iter().filter(|g| same(g)).cloned().collect();
        if before == [grant.clone()] {
            return Ok(Ok(Granted::Already));
        }
        found.grants.retain(|g| !same(g));
        found.grants.push(grant);
        tx.put_member(&found, ByWhom::command("grant", now))?;
        tx.bump(ReferenceSet::Members)?;
        Ok(Ok(if before.is_empty() { Granted::New } else { Granted::Changed }))
    })?;
    output::line(match done? {
        Granted::New => "已授予；手机下次同步时生效。",
        Granted::Changed => "已更改；手机下次同步时生效。",
        Granted::Already => "本来就是这样，没有变化。",
    });
    Ok(())
}

/// What a `grant` came to.
enum Granted {
    New,
    Changed,
    Already,
}

pub fn ungrant(storage: &dyn Storage, args: UngrantArgs) -> Result<(), CliError> {
    let (member, node) = (MemberId::from(args.member.as_str()), NodeId::from(args.node.as_str()));
    let now = system_clock()();
    let for_whom = args.on_behalf.as_deref().map(MemberId::from);
    let done = storage.write(move |tx| {
        let Some(mut found) = tx.member(&member)? else { return Ok(Err(unknown_member())) };
        let meant = |g: &Grant| if args.own { g.on_behalf.is_none() } else { for_whom.is_none() || g.on_behalf == for_whom };
        let gone = |g: &Grant| g.role == args.role && g.node == node && meant(g);
        let mut ways: Vec<Option<&MemberId>> = found.grants.iter().filter(|g| gone(g)).map(|g| g.on_behalf.as_ref()).collect();
        ways.sort();
        ways.dedup();
        if ways.len() > 1 {
            return Ok(Err(which_duty(&ways)));
        }
        if !found.grants.iter().any(gone) {
            let ended = tx.duties(&member)?.iter().filter(|d| gone(&d.grant)).filter_map(|d| d.ended_at).max();
            return Ok(Err(ended.map_or_else(no_such_grant, already_ended)));
        }
        found.grants.retain(|g| !gone(g));
        tx.put_member(&found, ByWhom::command("ungrant", now))?;
        tx.bump(ReferenceSet::Members)?;
        Ok(Ok(()))
    })?;
    done?;
    output::line("已收回；手机下次同步时生效。任期内记下、还没送到的，会留给您处理（held）。");
    Ok(())
}

fn unknown_member() -> CliError {
    CliError::new("unknown_member", "没有这个成员。请用 members 查看编号。")
}

/// One's own duty and what one does for others look alike; ending the wrong one takes somebody's work away.
fn which_duty(ways: &[Option<&MemberId>]) -> CliError {
    let said =
        |way: &Option<&MemberId>| way.map_or_else(|| "自己的（--own）".to_owned(), |lead| format!("代 {lead} 管的（--on-behalf {lead}）"));
    let ways = ways.iter().map(said).collect::<Vec<_>>().join("、");
    CliError::new("which_duty", format!("这个人在这里有不止一个这样的身份：{ways}。请说明收回哪一个；什么都没有变。"))
}

fn no_such_grant() -> CliError {
    CliError::new("no_such_grant", "这个人在这里从来没有这个身份，没有可收回的。请用 members 查看。")
}

fn already_ended(at: i64) -> CliError {
    let sentence = format!("这个身份已经在 {} 收回了，没有再做什么。请用 members --ended 查看。", output::time(at));
    CliError::new("already_ended", sentence)
}
