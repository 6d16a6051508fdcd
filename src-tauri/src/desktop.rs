//! The tray, the panel's window and autostart: the only code that names Tauri.
//!
//! Decides nothing about suggestions. It shows what the host answers and hands clicks to it; the
//! engine behind the host runs the same without it. Two processes of this program share the work: the
//! tray lives with the engine ([`run`]), the panel's window in a child of its own ([`run_panel`]).

mod autostart;
mod glance;
mod goal;
mod links;
mod message;
mod news;
mod panel;
mod rpc;
mod tray;
#[cfg(target_os = "linux")]
mod tray_host;
mod window;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use futures_util::future::BoxFuture;
use serde_json::Value;
use tauri::{AppHandle, Manager as _, RunEvent};
use tokio::sync::{broadcast, mpsc};

use goal::Goal;

pub use message::PANEL;

/// What the desktop needs of the program behind it.
pub trait Host: Send + Sync + 'static {
    /// Carries out a command of the api's table. An error is an `ApiError` as JSON.
    fn call(&self, cmd: String, payload: Value) -> BoxFuture<'static, Result<Value, Value>>;
    /// Every change from now on, as an api `Change` in JSON.
    fn changes(&self) -> broadcast::Receiver<Value>;
    /// Requests from outside the desktop (a toast, another process) to open the panel, at a
    /// suggestion if it names one. Taken once.
    fn open_panel_requests(&self) -> mpsc::UnboundedReceiver<Option<String>>;
    /// Ends loops and lets go of the data folder.
    fn shutdown(&self) -> BoxFuture<'static, ()>;
}

/// How this launch was asked for, and what the rim knows of the session it runs in.
#[derive(Debug, Clone)]
pub struct Options {
    /// Start in the tray only, as at login. Where nothing shows a tray the panel opens all the same.
    pub hidden: bool,
    /// The session is Wayland, where windows cannot be placed and lose focus at the compositor's will.
    pub wayland: bool,
    /// A program drives the panel: it stays when it loses focus.
    pub automation: bool,
    /// Where the panel's size and place are kept.
    pub data_folder: PathBuf,
    /// Set where the data folder is not the usual one, so that two Perches with different data do not
    /// take each other for a second launch: letters and digits.
    pub instance: Option<String>,
}

/// What every part of the desktop shares.
struct Shell {
    host: Arc<dyn Host>,
    options: Options,
    panel: panel::Panel,
}

/// Runs the panel's process on this thread, which must be the main one, until the tray's process ends it.
///
/// To be called, and nothing else, when the program's first argument is [`PANEL`].
pub fn run_panel() -> anyhow::Result<()> {
    window::run(context())
}

/// Runs the desktop on this thread, which must be the main one, until the user quits.
///
/// `start` makes the host. It is called once it is known that no other Perch of this user runs: a
/// second launch hands its arguments to the first and ends the process before. Needs a display.
pub fn run(
    runtime: tokio::runtime::Handle,
    options: Options,
    start: impl FnOnce() -> anyhow::Result<Arc<dyn Host>>,
) -> anyhow::Result<()> {
    let farewell = runtime.clone();
    tauri::async_runtime::set(runtime);
    let context = context();
    let mut name = context.config().identifier.clone();
    if let Some(instance) = &options.instance {
        name.push('.');
        name.push_str(instance);
    }
    let single_instance = tauri_plugin_single_instance::Builder::new()
        .dbus_id(name)
        .callback(|app, arguments, _| launched_again(app, &arguments))
        .build();
    let builder = tauri::Builder::default()
        .plugin(single_instance)
        .plugin(autostart::plugin());
    // Without a display GTK panics here instead of returning an error.
    let app = catch_unwind(AssertUnwindSafe(|| builder.build(context)))
        .map_err(|_| {
            anyhow!(
                "the desktop could not start: is there a display? `perch serve` runs without one"
            )
        })?
        .context("the desktop could not start")?;

    let host = start()?;
    app.manage(Shell {
        host: Arc::clone(&host),
        options,
        panel: panel::Panel::default(),
    });
    app.manage(tray::Tray::new());
    begin(app.handle());
    app.run_return(on_event);
    farewell.block_on(host.shutdown());
    Ok(())
}

/// `tauri.conf.json`, the page and the capabilities, built in.
#[expect(
    clippy::exit,
    reason = "the macro ends the program on a broken build of the page"
)]
fn context() -> tauri::Context {
    tauri::generate_context!()
}

/// Sets going what runs beside the event loop.
fn begin(app: &AppHandle) {
    let shell = app.state::<Shell>();
    autostart::refresh(app);
    tauri::async_runtime::spawn(tray::stand(app.clone()));
    tauri::async_runtime::spawn(news::carry(app.clone()));
    tauri::async_runtime::spawn(panel::open_on_request(
        app.clone(),
        shell.host.open_panel_requests(),
    ));
    tauri::async_runtime::spawn(quit_on_signal(app.clone()));
}

fn on_event(_: &AppHandle, event: RunEvent) {
    // Tauri would end with its last window; a code says that somebody asked for the end.
    if let RunEvent::ExitRequested {
        code: None, api, ..
    } = event
    {
        api.prevent_exit();
    }
}

/// A second launch: opens the panel of this first one, as its arguments ask.
fn launched_again(app: &AppHandle, arguments: &[String]) {
    let asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if asked("--hidden") || app.try_state::<Shell>().is_none() {
        return;
    }
    if asked("--toggle") {
        panel::toggle(app, None);
    } else {
        panel::open(app, Goal::Inbox);
    }
}

#[cfg(unix)]
async fn quit_on_signal(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut terminate), Ok(mut hangup), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::warn!("signals cannot be heard; Perch ends without a farewell when it is killed");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
        _ = interrupt.recv() => {}
    }
    app.exit(0);
}

#[cfg(not(unix))]
async fn quit_on_signal(app: AppHandle) {
    if tokio::signal::ctrl_c().await.is_ok() {
        app.exit(0);
    }
}

/// Runs `work` where windows and menus may be touched, after what waits there already.
fn on_main_thread(app: &AppHandle, work: impl FnOnce(&AppHandle) + Send + 'static) {
    let handle = app.clone();
    if let Err(error) = app.run_on_main_thread(move || work(&handle)) {
        tracing::debug!(%error, "the desktop is ending and takes no more work");
    }
}
