//! Lets Tauri read its configuration and the capabilities.

fn main() {
    tauri_build::build();
}
