//! The panel's process: one window with the page, and no engine. It shows, hides, remembers its place and
//! passes the page's calls on; it ends when the tray's process closes the pipe.

mod leaving;
mod pipe;
mod place;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{
    AppHandle, Emitter as _, LogicalPosition, Manager as _, RunEvent, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, WindowEvent,
};
use tokio::time::Instant;

use super::goal::Goal;
use super::message::{Circumstances, Down, Up};
use super::{links, on_main_thread, rpc};
use leaving::{Toggle, leaves_on_blur, on_toggle};
use pipe::Pipe;
use place::{Area, Place};

/// The window's label, by which the capability names it.
const LABEL: &str = "panel";

/// How long focus must be away to count: a grab by the window manager takes it for a moment.
const AWAY: Duration = Duration::from_millis(150);
/// How long a window manager takes to put up a window.
const MAPPED: Duration = Duration::from_millis(120);
/// A page that has not loaded by now is shown as it is.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Said in the panel once, where it is the only way in.
const NO_TRAY: &str = "Nothing on this desktop shows tray icons. Start Perch again to see this panel; on GNOME \
                       the extension AppIndicator brings the icon";

/// What the parts of this process share.
struct Window {
    circumstances: Circumstances,
    pipe: Pipe,
    state: Mutex<State>,
}

struct State {
    place: Place,
    /// Counts shows and hides, so that what waits can see whether it is still meant.
    turn: u64,
    shown_at: Option<Instant>,
    blurred_at: Option<Instant>,
    /// What this panel's page has to say of the desktop.
    note: Option<&'static str>,
}

impl Window {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the panel's process until the tray's process closes the pipe.
pub(super) fn run(context: tauri::Context) -> anyhow::Result<()> {
    let Some(Down::Begin(circumstances)) = pipe::hear() else {
        anyhow::bail!("`perch {}` is started by Perch itself", super::PANEL);
    };
    let app = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![call])
        .build(context)
        .context("the panel could not start")?;
    app.manage(Window {
        state: Mutex::new(State {
            place: Place::read(&circumstances.data_folder),
            turn: 0,
            shown_at: None,
            blurred_at: None,
            note: None,
        }),
        circumstances,
        pipe: Pipe::default(),
    });
    let handle = app.handle().clone();
    std::thread::Builder::new()
        .name("pipe".to_owned())
        .spawn(move || obey(&handle))?;
    app.run_return(on_event);
    Ok(())
}

/// Does what the tray's process says, until it says no more.
fn obey(app: &AppHandle) {
    while let Some(message) = pipe::hear() {
        match message {
            Down::Answer { id, result } => app.state::<Window>().pipe.answer(id, result),
            Down::Event { name, payload } => {
                // Only fails without a page to listen.
                let _ = app.emit_to(LABEL, &name, payload);
            }
            Down::Open(goal) => on_main_thread(app, move |app| open(app, &goal, None)),
            Down::Toggle(click) => on_main_thread(app, move |app| toggle(app, click)),
            Down::Begin(_) => {}
        }
    }
    app.exit(0);
}

fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        RunEvent::ExitRequested {
            code: None, api, ..
        } => api.prevent_exit(),
        RunEvent::WindowEvent { label, event, .. } if label == LABEL => {
            on_window_event(app, &event);
        }
        _ => {}
    }
}

/// The one command the page may call. What concerns the window is answered here:
///
/// | command | payload | answer |
/// | --- | --- | --- |
/// | `desktop_get` | | `{tray, pinned, note}`: whether an icon shows; a sentence to say, or null |
/// | `panel_hide` | | `{}` |
/// | `panel_pin` | `{pinned}` | `{}` |
#[tauri::command(rename = "rpc")]
async fn call(app: AppHandle, cmd: String, payload: Option<Value>) -> Result<Value, Value> {
    let payload = payload.unwrap_or_else(|| json!({}));
    match cmd.as_str() {
        "desktop_get" => Ok(about(&app)),
        "panel_hide" => {
            on_main_thread(&app, hide);
            Ok(json!({}))
        }
        "panel_pin" => {
            let pinned = rpc::switch(&cmd, &payload, "pinned").map_err(|e| rpc::json_of(&e))?;
            pin(&app, pinned);
            Ok(json!({}))
        }
        _ => {
            let window = app.state::<Window>();
            window.pipe.call(cmd, payload).await
        }
    }
}

fn toggle(app: &AppHandle, click: Option<(i32, i32)>) {
    let visible = is_visible(app);
    let focused = app
        .get_webview_window(LABEL)
        .is_some_and(|window| window.is_focused().unwrap_or(false));
    let (since_shown, since_blur) = {
        let shared = app.state::<Window>();
        let state = shared.state();
        (
            state.shown_at.map(|at| at.elapsed()),
            state.blurred_at.map(|at| at.elapsed()),
        )
    };
    match on_toggle(visible, focused, since_shown, since_blur) {
        Toggle::Open => open(app, &Goal::Inbox, click),
        Toggle::Hide => hide(app),
        Toggle::Leave => {}
    }
}

fn is_visible(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL)
        .is_some_and(|window| window.is_visible().unwrap_or(false))
}

fn open(app: &AppHandle, goal: &Goal, click: Option<(i32, i32)>) {
    app.state::<Window>().state().turn += 1;
    if let Some(window) = app.get_webview_window(LABEL) {
        if let Some(event) = goal.event() {
            // Only fails without a page to listen.
            let _ = window.emit_to(LABEL, "open", event);
        }
        reveal(&window);
    } else if let Err(error) = make(app, goal, click) {
        tracing::error!(%error, "the panel's window could not be made");
        app.exit(1);
    }
}

/// Makes the window, unseen until its page has loaded.
fn make(app: &AppHandle, goal: &Goal, click: Option<(i32, i32)>) -> tauri::Result<()> {
    let shared = app.state::<Window>();
    let place = shared.state().place.clone();
    let follower = app.clone();
    let follow = move |address: &str| follow(&follower, address);
    let follow_new = follow.clone();
    let mut builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App(goal.address().into()))
        .title("Perch")
        .inner_size(f64::from(place.width), f64::from(place.height))
        .min_inner_size(f64::from(place::SMALLEST.0), f64::from(place::SMALLEST.1))
        .visible(false)
        .skip_taskbar(shared.circumstances.tray)
        .data_directory(shared.circumstances.data_folder.join("webview"))
        .devtools(cfg!(debug_assertions))
        .on_navigation(move |url| {
            let own = links::is_own(url);
            if !own {
                follow(url.as_str());
            }
            own
        })
        .on_new_window(move |url, _| {
            follow_new(url.as_str());
            NewWindowResponse::Deny
        })
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished {
                let app = window.app_handle().clone();
                on_main_thread(&app, move |_| show_first(&window));
            }
        });
    if !shared.circumstances.wayland
        && let Some((x, y)) = place::corner(&place, click, &areas(app))
    {
        builder = builder.position(f64::from(x), f64::from(y));
    }
    let window = builder.build()?;
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        let app = window.app_handle().clone();
        on_main_thread(&app, move |_| show_first(&window));
    });
    Ok(())
}

/// The screens without panels and task bars, the primary one first.
fn areas(app: &AppHandle) -> Vec<Area> {
    let primary = app.primary_monitor().ok().flatten();
    let first = primary.as_ref().map(|monitor| *monitor.position());
    let mut monitors = app.available_monitors().unwrap_or_default();
    monitors.sort_by_key(|monitor| Some(*monitor.position()) != first);
    monitors
        .iter()
        .map(|monitor| {
            let area = monitor.work_area();
            let position = area.position.to_logical::<i32>(monitor.scale_factor());
            let size = area.size.to_logical::<i32>(monitor.scale_factor());
            Area {
                x: position.x,
                y: position.y,
                width: size.width,
                height: size.height,
            }
        })
        .collect()
}

/// Has a link to elsewhere opened in the user's browser.
fn follow(app: &AppHandle, address: &str) {
    let (app, url) = (app.clone(), address.to_owned());
    tauri::async_runtime::spawn(async move {
        let window = app.state::<Window>();
        let opened = window
            .pipe
            .call("link_open".to_owned(), json!({ "url": url }));
        if let Err(error) = opened.await {
            tracing::warn!(%error, "a link in the panel was not followed");
        }
    });
}

/// Shows a window that was not shown yet, unless the user left before it could be.
fn show_first(window: &WebviewWindow) {
    if window.state::<Window>().state().shown_at.is_none() {
        reveal(window);
    }
}

/// Shows the window, in front and with focus.
fn reveal(window: &WebviewWindow) {
    let shared = window.state::<Window>();
    {
        let mut state = shared.state();
        state.shown_at = Some(Instant::now());
        state.blurred_at = None;
    }
    pipe::say(&Up::Shown);
    let shown = window
        .show()
        .and_then(|()| window.unminimize())
        .and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the panel could not be brought to the front");
    }
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(MAPPED).await;
        // Window managers refuse focus to a window that is only coming up; asked again, they give it.
        if window.is_visible().unwrap_or(false) && !window.is_focused().unwrap_or(true) {
            let _ = window.set_focus();
        }
    });
}

/// Hides the panel and remembers its place. The tray's process ends this one if it stays hidden.
fn hide(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    let shared = app.state::<Window>();
    remember(&window, &shared);
    if let Err(error) = window.hide() {
        tracing::warn!(%error, "the panel could not be hidden");
    }
    {
        let mut state = shared.state();
        state.turn += 1;
        // A page that is still loading does not bring the window up any more.
        state.shown_at.get_or_insert_with(Instant::now);
    }
    pipe::say(&Up::Hidden);
}

/// Keeps size and corner for the next time.
fn remember(window: &WebviewWindow, shared: &Window) {
    let (Ok(scale), Ok(size), Ok(corner)) = (
        window.scale_factor(),
        window.inner_size(),
        window.outer_position(),
    ) else {
        return;
    };
    if window.is_maximized().unwrap_or(false) {
        return;
    }
    let size = size.to_logical::<u32>(scale);
    let corner: LogicalPosition<i32> = corner.to_logical(scale);
    let mut state = shared.state();
    let place = Place {
        width: size.width,
        height: size.height,
        corner: (!shared.circumstances.wayland).then_some((corner.x, corner.y)),
        ..state.place.clone()
    };
    if place != state.place {
        place.write(&shared.circumstances.data_folder);
        state.place = place;
    }
}

/// Close hides; losing focus hides what is not pinned.
fn on_window_event(app: &AppHandle, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            hide(app);
        }
        WindowEvent::Focused(true) => app.state::<Window>().state().blurred_at = None,
        WindowEvent::Focused(false) => on_blur(app),
        _ => {}
    }
}

fn on_blur(app: &AppHandle) {
    let shared = app.state::<Window>();
    if !is_visible(app) {
        // It was hidden, and lost the focus by that: nobody clicked elsewhere.
        shared.state().blurred_at = None;
        return;
    }
    let (turn, leaves) = {
        let mut state = shared.state();
        state.blurred_at = Some(Instant::now());
        let since_shown = state.shown_at.map(|at| at.elapsed());
        (
            state.turn,
            leaves_on_blur(&shared.circumstances, state.place.pinned, since_shown),
        )
    };
    if !leaves {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(AWAY).await;
        on_main_thread(&app, move |app| {
            let still = {
                let shared = app.state::<Window>();
                let state = shared.state();
                state.turn == turn && state.blurred_at.is_some()
            };
            if still {
                hide(app);
            }
        });
    });
}

/// Lets the panel stay when it loses focus, or not.
fn pin(app: &AppHandle, pinned: bool) {
    let shared = app.state::<Window>();
    let mut state = shared.state();
    state.place.pinned = pinned;
    state.place.write(&shared.circumstances.data_folder);
}

/// What the page shows of the desktop around it. The note is for the first panel only, however often its
/// page asks.
fn about(app: &AppHandle) -> Value {
    let shared = app.state::<Window>();
    let tray = shared.circumstances.tray;
    let mut state = shared.state();
    if !tray && !state.place.told_no_tray && cfg!(target_os = "linux") {
        state.place.told_no_tray = true;
        state.place.write(&shared.circumstances.data_folder);
        state.note = Some(NO_TRAY);
    }
    json!({ "tray": tray, "pinned": state.place.pinned, "note": state.note })
}
