//! `list` and `counts`: the three lists from the command line.

use crate::{
    cli::Output,
    commands::{all_rows, unexpected},
    failure::{Failure, USAGE},
    output,
};
use beehive_core::{
    PlaceId,
    model::{Path, RecordKind},
    text::folded,
};
use beehive_device::{
    api::{ListFilter, ListKind, ListOrder, Request, Response},
    net::Phone,
};
use clap::{Args, ValueEnum};
use serde_json::json;

/// What `list` takes.
#[derive(Args)]
pub struct ListArgs {
    /// Only one kind: demand, finding or request.
    #[arg(long, value_parser = kind)]
    pub kind: Option<RecordKind>,
    /// Which of the three lists.
    #[arg(long, value_enum, default_value = "demand")]
    pub list: WhichList,
    /// In which order; as the list is meant, if not said.
    #[arg(long, value_enum, default_value = "usual")]
    pub order: WhichOrder,
    /// Only open ones.
    #[arg(long)]
    pub open: bool,
    /// Only closed ones.
    #[arg(long, conflicts_with = "open")]
    pub closed: bool,
    /// Only what this phone's member recorded.
    #[arg(long)]
    pub mine: bool,
    /// Only what was given to this phone's member.
    #[arg(long)]
    pub to_me: bool,
    /// Only what is past its next deadline.
    #[arg(long)]
    pub overdue: bool,
    /// Only one path: now, coordinate or track.
    #[arg(long, value_parser = path)]
    pub path: Option<Path>,
    /// Only one building: its id or its name.
    #[arg(long)]
    pub building: Option<String>,
    /// Only what needs somebody to look.
    #[arg(long)]
    pub attention: bool,
    #[command(flatten)]
    pub output: Output,
}

/// One of the three lists.
#[derive(Clone, Copy, ValueEnum)]
pub enum WhichList {
    Demand,
    Responsibility,
    Progress,
}

/// An order of a list.
#[derive(Clone, Copy, ValueEnum)]
pub enum WhichOrder {
    Usual,
    Due,
    Newest,
    Latest,
    Spot,
}

impl From<WhichList> for ListKind {
    fn from(list: WhichList) -> Self {
        match list {
            WhichList::Demand => Self::Demand,
            WhichList::Responsibility => Self::Responsibility,
            WhichList::Progress => Self::Progress,
        }
    }
}

impl From<WhichOrder> for ListOrder {
    fn from(order: WhichOrder) -> Self {
        match order {
            WhichOrder::Usual => Self::Usual,
            WhichOrder::Due => Self::Due,
            WhichOrder::Newest => Self::Newest,
            WhichOrder::Latest => Self::Latest,
            WhichOrder::Spot => Self::Spot,
        }
    }
}

fn one_of<T: Copy>(text: &str, all: &[T], code: impl Fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|t| code(*t) == text).ok_or_else(|| {
        let codes: Vec<_> = all.iter().map(|t| code(*t)).collect();
        format!("one of: {}", codes.join(", "))
    })
}

/// Reads a kind of record.
pub fn kind(text: &str) -> Result<RecordKind, String> {
    one_of(text, RecordKind::ALL, RecordKind::code)
}

fn path(text: &str) -> Result<Path, String> {
    one_of(text, Path::ALL, Path::code)
}

/// Prints a list.
pub async fn list(phone: &Phone, args: ListArgs) -> Result<(), Failure> {
    let building = match &args.building {
        Some(text) => Some(building(phone, text).await?),
        None => None,
    };
    let filter = ListFilter {
        kind: args.kind,
        open: (args.open || args.closed).then_some(args.open),
        mine: args.mine,
        to_me: args.to_me,
        overdue: args.overdue,
        path: args.path,
        building,
        attention: args.attention,
        words: None,
    };
    let rows = all_rows(phone, args.list.into(), filter, args.order.into()).await?;
    if args.output.json {
        output::json(&json!({ "total": rows.len(), "rows": rows }))
    } else {
        output::rows(&rows)
    }
    Ok(())
}

/// A building by its id or its name. One that was taken off the list can be looked for still; a name that several have says too little.
async fn building(phone: &Phone, text: &str) -> Result<PlaceId, Failure> {
    let (buildings, past) = match phone.call(Request::Choices).await {
        Response::Choices { buildings, past_buildings, .. } => (buildings, past_buildings),
        other => return Err(unexpected(other)),
    };
    let wanted = folded(text);
    let present = buildings.into_iter().map(|b| (b.id, b.name, b.grid));
    let all: Vec<_> = present.chain(past.into_iter().map(|b| (b.id, b.name, String::new()))).collect();
    if let Some((id, ..)) = all.iter().find(|(id, ..)| id.as_str() == text) {
        return Ok(id.clone());
    }
    let found: Vec<_> = all.iter().filter(|(_, name, _)| folded(name) == wanted).collect();
    match found[..] {
        [(id, ..)] => Ok(id.clone()),
        [] => Err(Failure::new(USAGE, "unknown_building", "您的网格里没有这栋楼。", "请核对楼栋的名称。")),
        _ => {
            let which: Vec<_> = found.iter().map(|(id, _, grid)| format!("{id} {grid}").trim().to_owned()).collect();
            Err(Failure::new(USAGE, "ambiguous_building", format!("有几栋楼都叫这个名字（{}）。", which.join("、")), "请写楼栋的编号。"))
        }
    }
}

/// Prints the numbers above the lists.
pub async fn counts(phone: &Phone, json: bool) -> Result<(), Failure> {
    match phone.call(Request::Counts).await {
        Response::Counts { counts } if json => output::json(&counts),
        Response::Counts { counts } => output::counts(&counts),
        other => return Err(unexpected(other)),
    }
    Ok(())
}
