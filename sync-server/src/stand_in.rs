//! `POST /v1/stand-ins`: who leads a grid lets a colleague stand in, or ends that (代管). The rule is `core`'s.

use crate::{
    app::App,
    directory::Org,
    error::ApiError,
    storage::{ByWhom, ReferenceSet, Result, Write},
    sync::Caller,
};
use beehive_core::{
    MemberId, Refusal,
    policy::{stand_in, without_stand_in},
    reference::Member,
    sync::{StandInRequest, StandInResponse, is_supported},
};

/// Names or dismisses a stand-in of the caller. Blocks.
pub fn name_stand_in(app: &App, caller: &Caller, request: StandInRequest) -> std::result::Result<StandInResponse, ApiError> {
    if !is_supported(request.v) {
        return Err(ApiError::UnsupportedProtocol);
    }
    let now = app.now();
    let org = app.storage.read(|rows| app.directory.org(rows, &rows.versions()?))?;
    let lead = caller.member.id.clone();
    let named = app.storage.write(move |tx| change(tx, &org, &lead, &request, now))?;
    let member = named.map_err(ApiError::NotAllowed)?;
    tracing::info!(lead = %caller.member.id, deputy = %member.id, "stand-in changed");
    Ok(StandInResponse { member })
}

fn change(tx: &dyn Write, org: &Org, lead: &MemberId, request: &StandInRequest, now: i64) -> Result<std::result::Result<Member, Refusal>> {
    let (Some(lead), Some(mut deputy)) = (tx.member(lead)?, tx.member(&request.to)?) else {
        return Ok(Err(Refusal::UnknownMember));
    };
    let mut grants = without_stand_in(&deputy, &lead, request.node.as_ref());
    if let Some(until) = request.until {
        match stand_in(&lead, &deputy, &org.tree, request.node.as_ref(), until, now) {
            Ok(given) => grants.extend(given),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    if grants != deputy.grants {
        deputy.grants = grants;
        tx.put_member(&deputy, ByWhom { at: now, by: lead.id.as_str() })?;
        tx.bump(ReferenceSet::Members)?;
    }
    Ok(Ok(deputy))
}
