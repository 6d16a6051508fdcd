//! A Tauri tray that does nothing: an icon, a menu of one line, no window.

use std::process::{Child, Command, Stdio};

use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;

/// What makes this program the empty tray.
pub(crate) const ARGUMENT: &str = "--empty-tray";

/// Starts it as a process of its own.
pub(crate) fn start() -> Child {
    let own = std::env::current_exe().expect("a program knows where it is");
    Command::new(own)
        .arg(ARGUMENT)
        .stdin(Stdio::null())
        .spawn()
        .expect("the benchmark starts itself")
}

/// Is the empty tray, until it is ended.
pub(crate) fn run() {
    tauri::Builder::default()
        .setup(|app| {
            let quit = MenuItem::new(app, "Quit", true, None::<&str>)?;
            let icon = app
                .default_window_icon()
                .expect("the configuration names one");
            TrayIconBuilder::new()
                .icon(icon.clone())
                .menu(&Menu::with_items(app, &[&quit])?)
                .build(app)?;
            Ok(())
        })
        .build(context())
        .expect("there is a display")
        .run(|_, event| {
            if let tauri::RunEvent::ExitRequested { api, .. } = event {
                api.prevent_exit();
            }
        });
}

#[expect(
    clippy::exit,
    reason = "the macro ends the program on a broken build of the page"
)]
fn context() -> tauri::Context {
    tauri::generate_context!("tests/desktop/bench_tray/tauri.conf.json")
}
