//! Who asks, and whether the table lets them.

use super::Who;
use crate::{app::App, error::ApiError, sync::Caller};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;

/// Longer ones are not ours.
const MAX_CREDENTIAL: usize = 128;

/// Lets a request through to its handler if its row of the table allows it. The handler finds the [`Caller`] in the extensions. Runs
/// before anything of the body is read.
pub async fn authorize(State((app, who)): State<(Arc<App>, Who)>, mut request: Request, next: Next) -> Result<Response, ApiError> {
    if who != Who::Anyone {
        let caller = caller(&app, request.headers()).await?;
        if who == Who::Device && caller.device.revoked_at.is_some() {
            return Err(ApiError::Revoked);
        }
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request).await)
}

async fn caller(app: &Arc<App>, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let credential = bearer(headers).ok_or(ApiError::Unauthorized)?.to_owned();
    app.off_thread(move |app| app.storage.read(|rows| Caller::find(rows, &credential))?.ok_or(ApiError::Unauthorized)).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, credential) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && credential.len() <= MAX_CREDENTIAL).then(|| credential.trim())
}
