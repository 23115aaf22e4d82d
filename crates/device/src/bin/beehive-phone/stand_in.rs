//! `stand-in`: who does whose duty for a time (代管).

use crate::{
    cli::Output,
    commands::unexpected,
    failure::{Failure, USAGE},
    output,
};
use beehive_core::{MemberId, NodeId, rules::day_begins, text::folded};
use beehive_device::{
    api::{Request, Response},
    net::Phone,
};
use chrono::{Days, NaiveDate};
use clap::Args;

/// What `stand-in` takes.
#[derive(Args)]
pub struct StandInArgs {
    /// Who is to stand in; without it, those in force are listed.
    pub member: Option<String>,
    /// For which of the grids that this phone's member leads, by its id or its name: needed if there are several and not --all.
    #[arg(long, value_name = "NODE", requires = "member")]
    pub grid: Option<String>,
    /// For all of them.
    #[arg(long, requires = "member", conflicts_with = "grid")]
    pub all: bool,
    /// The last day, e.g. 2026-12-01.
    #[arg(long, value_name = "DATE", requires = "member", conflicts_with = "end")]
    pub until: Option<NaiveDate>,
    /// It ends now.
    #[arg(long, requires = "member")]
    pub end: bool,
    #[command(flatten)]
    pub output: Output,
}

/// Names, dismisses or lists stand-ins.
pub async fn stand_in(phone: &Phone, args: StandInArgs) -> Result<(), Failure> {
    let request = match args.member {
        None => Request::StandIns,
        Some(member) => {
            let until = until(phone, args.until, args.end).await?;
            let node = if args.all { None } else { grid(phone, args.grid.as_deref(), args.end).await? };
            Request::StandIn { to: MemberId::from(member.as_str()), node, until }
        }
    };
    match phone.call(request).await {
        Response::StandIns { stand_ins } if args.output.json => output::json(&stand_ins),
        Response::StandIns { stand_ins } => output::stand_ins(&stand_ins),
        other => return Err(unexpected(other)),
    }
    Ok(())
}

/// For which of the reader's grids. What ends may end everywhere; what begins must be said if there are several.
async fn grid(phone: &Phone, wanted: Option<&str>, end: bool) -> Result<Option<NodeId>, Failure> {
    let led = match phone.call(Request::StandIns).await {
        Response::StandIns { stand_ins } => stand_ins.led,
        other => return Err(unexpected(other)),
    };
    let names = led.iter().map(|l| format!("{} {}", l.node, l.name)).collect::<Vec<_>>().join("、");
    let Some(wanted) = wanted else {
        if led.len() < 2 || end {
            return Ok(None);
        }
        let message = format!("您负责的不止一处（{names}），要说明哪一处请人代管。");
        return Err(Failure::new(USAGE, "which_grid", message, "请加 --grid 和编号或名称；都要代管，就加 --all。"));
    };
    let said = folded(wanted);
    let found: Vec<_> = led.iter().filter(|l| l.node.as_str() == wanted || folded(&l.name) == said).collect();
    match found[..] {
        [one] => Ok(Some(one.node.clone())),
        _ => {
            let message = format!("您负责的网格里没有这一处，或者不止一处叫这个名字（{names}）。");
            Err(Failure::new(USAGE, "unknown_grid", message, "请写网格的编号。"))
        }
    }
}

/// The end of the last day, of the street's days.
async fn until(phone: &Phone, day: Option<NaiveDate>, end: bool) -> Result<Option<i64>, Failure> {
    if end {
        return Ok(None);
    }
    let missing =
        || Failure::new(USAGE, "bad_args", "请写明代管到哪一天。", "例如：stand-in m-002 --until 2026-12-01，或 stand-in m-002 --end。");
    let next = day.and_then(|d| d.checked_add_days(Days::new(1))).ok_or_else(missing)?;
    match phone.call(Request::Me).await {
        Response::Me { me } => Ok(Some(day_begins(next, me.utc_offset))),
        other => Err(unexpected(other)),
    }
}
