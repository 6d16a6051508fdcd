//! The switch "start at login". Off until the user turns it on.

use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use tauri_plugin_autostart::ManagerExt as _;

/// What a start at login is told: to stay in the tray.
const HIDDEN: &str = "--hidden";

pub(super) fn plugin() -> TauriPlugin<Wry> {
    tauri_plugin_autostart::Builder::new()
        .app_name("perch")
        .arg(HIDDEN)
        .build()
}

/// True if Perch starts at login.
pub(super) fn is_enabled(app: &AppHandle) -> Result<bool, String> {
    app.autolaunch()
        .is_enabled()
        .map_err(|error| format!("whether Perch starts at login could not be read: {error}"))
}

/// Turns it on or off.
pub(super) fn set(app: &AppHandle, enabled: bool) -> Result<(), String> {
    let autolaunch = app.autolaunch();
    if enabled {
        autolaunch.enable()
    } else {
        autolaunch.disable()
    }
    .map_err(|error| format!("starting at login could not be changed: {error}"))
}

/// Writes an entry that is on once more, since the program may have moved since.
pub(super) fn refresh(app: &AppHandle) {
    if is_enabled(app) == Ok(true)
        && let Err(error) = set(app, true)
    {
        tracing::warn!(error, "the entry for starting at login may be out of date");
    }
}
