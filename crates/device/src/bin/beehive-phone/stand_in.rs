//! `stand-in`: who does whose duty for a time (代管).

use crate::{
    cli::Output,
    commands::unexpected,
    failure::{Failure, USAGE},
    output,
};
use beehive_core::{MemberId, rules::day_begins};
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
        Some(member) => Request::StandIn { to: MemberId::from(member.as_str()), until: until(phone, args.until, args.end).await? },
    };
    match phone.call(request).await {
        Response::StandIns { stand_ins } if args.output.json => output::json(&stand_ins),
        Response::StandIns { stand_ins } => output::stand_ins(&stand_ins),
        other => return Err(unexpected(other)),
    }
    Ok(())
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
