//! The one table of routes. The router is built from it, so a route without a row cannot exist.

use super::{auth, files, handlers, street};
use crate::{app::App, error::ApiError};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, head, options, patch, post},
};
use beehive_core::sync::{PROTOCOL, SERVER_HEADER};
use std::{sync::Arc, time::Duration};

/// How long a request may take, its body's arrival included. A slow phone sends 256 KB within this at 20 kbit/s.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone.
    Anyone,
    /// An enrolled device in good standing.
    Device,
    /// An enrolled device, even a revoked one: it may hand in late work and learns that it is revoked.
    DeviceEvenRevoked,
}

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Whether the server is up.
    Health,
    /// Which street this is.
    Street,
    /// An invitation becomes a credential.
    Enroll,
    /// Push and pull.
    Sync,
    /// A colleague stands in, or no longer does.
    StandIn,
    /// A pack of documents.
    Pack,
    /// What of the upload protocol is spoken.
    FileOptions,
    /// Begin an upload.
    FileCreate,
    /// How far an upload has come.
    FileHead,
    /// More bytes of an upload.
    FilePatch,
    /// The two before, where only POST gets through.
    FileByOtherName,
    /// Download a file.
    FileGet,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Route {
    /// What it does.
    pub operation: Operation,
    /// With which method. (`GET` includes `HEAD` where that has no row of its own.)
    pub method: Method,
    /// Where.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
}

/// Every route of the server.
pub const ROUTES: [Route; 12] = [
    Route { operation: Operation::Health, method: Method::GET, path: "/healthz", who: Who::Anyone },
    Route { operation: Operation::Street, method: Method::GET, path: "/v1/street", who: Who::Anyone },
    Route { operation: Operation::Enroll, method: Method::POST, path: "/v1/enroll", who: Who::Anyone },
    Route { operation: Operation::Sync, method: Method::POST, path: "/v1/sync", who: Who::DeviceEvenRevoked },
    Route { operation: Operation::StandIn, method: Method::POST, path: "/v1/stand-ins", who: Who::Device },
    Route { operation: Operation::Pack, method: Method::GET, path: "/v1/packs/{name}", who: Who::Device },
    Route { operation: Operation::FileOptions, method: Method::OPTIONS, path: "/v1/files", who: Who::Anyone },
    Route { operation: Operation::FileCreate, method: Method::POST, path: "/v1/files", who: Who::Device },
    Route { operation: Operation::FileHead, method: Method::HEAD, path: "/v1/files/{name}", who: Who::Device },
    Route { operation: Operation::FilePatch, method: Method::PATCH, path: "/v1/files/{name}", who: Who::Device },
    Route { operation: Operation::FileByOtherName, method: Method::POST, path: "/v1/files/{name}", who: Who::Device },
    Route { operation: Operation::FileGet, method: Method::GET, path: "/v1/files/{name}", who: Who::Device },
];

/// The router over the table.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let handler: MethodRouter<Arc<App>> = match route.operation {
            Operation::Health => get(handlers::health),
            Operation::Street => get(handlers::street),
            Operation::Enroll => post(handlers::enroll),
            Operation::Sync => post(handlers::sync),
            Operation::StandIn => post(handlers::stand_in),
            Operation::Pack => get(handlers::pack),
            Operation::FileOptions => options(files::options),
            Operation::FileCreate => post(files::create),
            Operation::FileHead => head(files::head),
            Operation::FilePatch => patch(files::patch),
            Operation::FileByOtherName => post(files::by_other_name),
            Operation::FileGet => get(files::get),
        };
        let guard = middleware::from_fn_with_state((app.clone(), route.who), auth::authorize);
        router = router.route(route.path, handler.route_layer(guard));
    }
    router
        .fallback(|| async { ApiError::NotFound })
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(middleware::from_fn_with_state(app.clone(), street::guard))
        .layer(middleware::from_fn_with_state(TIMEOUT, limit_time))
        .layer(middleware::map_response(named))
        .with_state(app)
}

/// Every answer says whose it is.
async fn named(mut response: Response) -> Response {
    response.headers_mut().insert(HeaderName::from_static(SERVER_HEADER), HeaderValue::from(PROTOCOL));
    response
}

async fn limit_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Timeout.into_response(),
    }
}
