//! The one command: a request in, a response out. No logic.

use beehive_device::{
    api::{ApiError, Request, Response},
    net::{AutoSync, Pace, Phone},
};
use tauri::{AppHandle, Emitter, State};

/// The name under which the engine's notices reach the page.
const EVENT: &str = "beehive://event";

/// The phone of this window, or why there is none.
pub struct Shell {
    phone: Result<Phone, ApiError>,
    /// Held for as long as the window lives.
    _auto: Option<AutoSync>,
}

impl Shell {
    /// Passes the engine's notices on to the page and starts syncing by itself.
    pub fn new(phone: Result<Phone, ApiError>, app: &AppHandle) -> Self {
        let auto = phone.as_ref().ok().map(|phone| {
            forward(phone, app.clone());
            let phone = phone.clone();
            tauri::async_runtime::block_on(async { AutoSync::start(phone, Pace::default()) })
        });
        Self { phone, _auto: auto }
    }
}

fn forward(phone: &Phone, app: AppHandle) {
    use beehive_device::api::Event;
    use tokio::sync::broadcast::error::RecvError;
    let mut events = phone.subscribe();
    tauri::async_runtime::spawn(async move {
        loop {
            let event = match events.recv().await {
                Ok(event) => event,
                // Too slow for all of them: what was missed is made good by reading again.
                Err(RecvError::Lagged(_)) => Event::Changed,
                Err(RecvError::Closed) => return,
            };
            if let Err(error) = app.emit(EVENT, event) {
                tracing::warn!(%error, "a notice did not reach the page");
            }
        }
    });
}

/// Answers one request of the page.
#[tauri::command]
pub async fn call(request: serde_json::Value, shell: State<'_, Shell>) -> Result<Response, ()> {
    let phone = match &shell.phone {
        Ok(phone) => phone,
        Err(error) => return Ok(Response::Error { error: error.clone() }),
    };
    Ok(match serde_json::from_value::<Request>(request) {
        Ok(request) => phone.call(request).await,
        Err(_) => Response::Error {
            error: ApiError {
                code: "bad_request".into(),
                message: "看不懂这个请求，没有执行。".into(),
                hint: "请关掉应用再打开；还不行，请更新应用。".into(),
            },
        },
    })
}
