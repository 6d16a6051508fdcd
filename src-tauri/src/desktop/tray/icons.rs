//! The icon of each state, drawn by `scripts/icons.sh`, at the size this platform's trays ask for.

use tauri::image::Image;
use tauri::{AppHandle, include_image};

use crate::desktop::glance::State;

/// The icon of `state`; `dense` picks the one for screens of a high density.
#[cfg(target_os = "macos")]
pub(super) fn of(state: State, _dense: bool) -> Image<'static> {
    match state {
        State::Error => include_image!("./icons/tray/errorTemplate@2x.png"),
        State::Paused => include_image!("./icons/tray/pausedTemplate@2x.png"),
        State::Offline => include_image!("./icons/tray/offlineTemplate@2x.png"),
        State::Attention => include_image!("./icons/tray/attentionTemplate@2x.png"),
        State::New => include_image!("./icons/tray/newTemplate@2x.png"),
        State::Working => include_image!("./icons/tray/workingTemplate@2x.png"),
        State::Idle => include_image!("./icons/tray/idleTemplate@2x.png"),
    }
}

/// The icon of `state`; `dense` picks the one for screens of a high density.
#[cfg(not(target_os = "macos"))]
pub(super) fn of(state: State, dense: bool) -> Image<'static> {
    match (state, dense) {
        (State::Error, false) => include_image!("./icons/tray/error@22.png"),
        (State::Error, true) => include_image!("./icons/tray/error@48.png"),
        (State::Paused, false) => include_image!("./icons/tray/paused@22.png"),
        (State::Paused, true) => include_image!("./icons/tray/paused@48.png"),
        (State::Offline, false) => include_image!("./icons/tray/offline@22.png"),
        (State::Offline, true) => include_image!("./icons/tray/offline@48.png"),
        (State::Attention, false) => include_image!("./icons/tray/attention@22.png"),
        (State::Attention, true) => include_image!("./icons/tray/attention@48.png"),
        (State::New, false) => include_image!("./icons/tray/new@22.png"),
        (State::New, true) => include_image!("./icons/tray/new@48.png"),
        (State::Working, false) => include_image!("./icons/tray/working@22.png"),
        (State::Working, true) => include_image!("./icons/tray/working@48.png"),
        (State::Idle, false) => include_image!("./icons/tray/idle@22.png"),
        (State::Idle, true) => include_image!("./icons/tray/idle@48.png"),
    }
}

/// True if the primary screen is of a high density.
pub(super) fn dense(app: &AppHandle) -> bool {
    app.primary_monitor()
        .ok()
        .flatten()
        .is_some_and(|monitor| monitor.scale_factor() > 1.25)
}
