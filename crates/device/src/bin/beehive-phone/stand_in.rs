//! `stand-in`: who does whose duty for a time (代管).

use crate::{
    cli::Output,
    commands::unexpected,
    failure::{Failure, USAGE},
    output,
};
use beehive_core::MemberId;
use beehive_device::{
    api::{Request, Response},
    net::Phone,
};
use chrono::{Days, Local, NaiveDate, NaiveTime, TimeZone as _};
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
        Some(member) => Request::StandIn { to: MemberId::from(member.as_str()), until: until(args.until, args.end)? },
    };
    match phone.call(request).await {
        Response::StandIns { stand_ins } if args.output.json => output::json(&stand_ins),
        Response::StandIns { stand_ins } => output::stand_ins(&stand_ins),
        other => return Err(unexpected(other)),
    }
    Ok(())
}

/// The end of the last day, by this machine's clock.
fn until(day: Option<NaiveDate>, end: bool) -> Result<Option<i64>, Failure> {
    if end {
        return Ok(None);
    }
    let next = day.and_then(|d| d.checked_add_days(Days::new(1)));
    let ends = next.and_then(|d| Local.from_local_datetime(&d.and_time(NaiveTime::MIN)).earliest());
    let missing =
        || Failure::new(USAGE, "bad_args", "请写明代管到哪一天。", "例如：stand-in m-002 --until 2026-12-01，或 stand-in m-002 --end。");
    ends.map(|t| Some(t.timestamp())).ok_or_else(missing)
}
