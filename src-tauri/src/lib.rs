//! The Tauri shell: the phone's pages in a window of their own, and the one API carried to the engine. Thin on purpose: everything that
//! can be tested without a window is in `beehive-device`.

mod carrier;
mod key;
mod start;

use tauri::Manager;
use tracing_subscriber::EnvFilter;

/// Runs the app until its window is closed.
///
/// # Panics
/// If the window system cannot be reached at all: there is nobody to tell.
#[cfg_attr(mobile, tauri::mobile_entry_point)]
pub fn run() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let app = tauri::Builder::default().invoke_handler(tauri::generate_handler![carrier::call]).setup(|app| {
        let shell = carrier::Shell::new(start::phone(app.handle()), app.handle());
        app.manage(shell);
        Ok(())
    });
    #[allow(clippy::expect_used, reason = "without a window system there is nothing left to do, and nobody to tell")]
    app.run(tauri::generate_context!()).expect("the window system cannot be reached");
}
