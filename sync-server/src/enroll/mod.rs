//! How a person's phone gets its credential: an invitation with a one-time code becomes a device.

mod invite;
mod throttle;

pub use invite::{InviteError, Invited, invitation_text, invite, server_url};
pub use throttle::Throttle;

use crate::{
    app::App,
    error::ApiError,
    secret::{RandomError, Secret, SecretHash, fill},
    storage::{Device, Read, Write, setting},
};
use axum::http::StatusCode;
use beehive_core::{
    DeviceId, MemberId,
    reference::Member,
    sync::{EnrollRequest, EnrollResponse, is_supported},
};

/// Bytes of a credential.
const CREDENTIAL_BYTES: usize = 32;
/// Longest name of a device, in characters.
const MAX_DEVICE_NAME: usize = 60;

/// Why a phone was not enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrollError {
    /// No invitation has this code.
    #[error("unknown invitation")]
    Unknown,
    /// It was used already.
    #[error("invitation used")]
    Used,
    /// It is past its time.
    #[error("invitation expired")]
    Expired,
    /// The phone proposes a credential that is another device's.
    #[error("credential taken")]
    CredentialTaken,
    /// Too many wrong codes from one address.
    #[error("too many attempts")]
    TooManyAttempts,
}

impl EnrollError {
    pub(crate) fn parts(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::Unknown => {
                (StatusCode::NOT_FOUND, "invitation_unknown", "服务器没有发过这张邀请。", "请核对邀请是否完整，或向网格长要一张新的。")
            }
            Self::Used => {
                (StatusCode::CONFLICT, "invitation_used", "这张邀请已经用过，一张邀请只能登记一台手机。", "请向网格长要一张新的。")
            }
            Self::Expired => (StatusCode::GONE, "invitation_expired", "这张邀请已经过期。", "请向网格长要一张新的。"),
            Self::CredentialTaken => (StatusCode::CONFLICT, "credential_taken", "这台手机的登记信息已被占用。", "请再试一次。"),
            Self::TooManyAttempts => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "试错的次数太多。", "请等一分钟再试。"),
        }
    }
}

/// Turns an invitation into a device with a credential. The same question with a credential of the phone's own making is answered
/// with the same device: the first answer may have been lost. Blocks.
pub fn enroll(app: &App, request: &EnrollRequest) -> Result<EnrollResponse, ApiError> {
    if !is_supported(request.v) {
        return Err(ApiError::UnsupportedProtocol);
    }
    let now = app.now();
    let code = SecretHash::of(&request.code);
    let (credential, made_here) = match request.credential {
        Some(hash) => (SecretHash::given(hash), None),
        None => {
            let secret = Secret::random(CREDENTIAL_BYTES)?;
            (secret.hash(), Some(secret))
        }
    };
    let name = request.device_name.chars().filter(|c| !c.is_control()).take(MAX_DEVICE_NAME).collect();
    let device =
        Device { id: device_id()?, member: MemberId::default(), credential, name, enrolled_at: now, revoked_at: None, last_seen: None };
    let enrolled = app.storage.write(move |tx| {
        Ok(match redeem(tx, &code, device, now)? {
            Ok((device, member)) => Ok((device, member, tx.as_read().meta()?, tx.as_read().setting(setting::RESCUE_KEY)?)),
            Err(e) => Err(e),
        })
    })?;
    let (device, member, meta, rescue_key) = enrolled?;
    let rescue_key = rescue_key.and_then(|key| key.parse().ok());
    let meta = meta.ok_or(crate::storage::StorageError::Absent)?;
    tracing::info!(%device, member = %member.id, "device enrolled");
    let credential = made_here.map(|secret| secret.reveal().to_owned());
    Ok(EnrollResponse {
        device,
        credential,
        member,
        tenant: meta.tenant,
        epoch: meta.epoch,
        time: now,
        rescue_key,
        street: Some(meta.street),
    })
}

/// The device an invitation becomes, and whose it is: `fresh`, or the one that was made of it before with the same credential.
fn redeem(tx: &dyn Write, code: &SecretHash, fresh: Device, now: i64) -> crate::storage::Result<Result<(DeviceId, Member), EnrollError>> {
    let rows: &dyn Read = tx.as_read();
    let Some(invitation) = rows.invitation(code)?.filter(|i| i.code.matches(code)) else { return Ok(Err(EnrollError::Unknown)) };
    let Some(member) = rows.member(&invitation.member)? else { return Ok(Err(EnrollError::Unknown)) };
    let present = rows.device_by_credential(&fresh.credential)?;
    if invitation.used_at.is_some() {
        let same = present.filter(|d| d.member == member.id && d.revoked_at.is_none());
        return Ok(same.map_or(Err(EnrollError::Used), |device| Ok((device.id, member))));
    }
    if now >= invitation.expires_at {
        return Ok(Err(EnrollError::Expired));
    }
    if present.is_some() {
        return Ok(Err(EnrollError::CredentialTaken));
    }
    if !tx.use_invitation(code, now)? {
        return Ok(Err(EnrollError::Used));
    }
    let device = Device { member: member.id.clone(), ..fresh };
    tx.add_device(&device)?;
    Ok(Ok((device.id, member)))
}

fn device_id() -> Result<DeviceId, RandomError> {
    let mut id = DeviceId::default();
    fill(&mut id.0)?;
    Ok(id)
}
