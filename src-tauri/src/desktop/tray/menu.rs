//! The tray's menu. Made once; afterwards entries change their words, come and go.

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tauri::menu::{IsMenuItem, MenuItem, PredefinedMenuItem};
use tauri::{AppHandle, Manager as _, Wry};

use crate::desktop::glance::{self, Glance, LINES};
use crate::desktop::goal::Goal;
use crate::desktop::{Shell, panel};
use crate::wire::now;

const OPEN: &str = "open";
const LINE: &str = "line-";
const PAUSE_HOUR: &str = "pause-hour";
const PAUSE_TOMORROW: &str = "pause-tomorrow";
const RESUME: &str = "resume";
const QUIET_HOURS: &str = "quiet-hours";
const SETTINGS: &str = "settings";
const QUIT: &str = "quit";

/// Where the lines begin: below "Open Perch" and a separator.
const FIRST_LINE: usize = 2;

/// The menu and its changing entries.
pub(super) struct Menu {
    whole: tauri::menu::Menu<Wry>,
    lines: Vec<MenuItem<Wry>>,
    below_lines: PredefinedMenuItem<Wry>,
    pause: [MenuItem<Wry>; 2],
    resume: MenuItem<Wry>,
}

impl Menu {
    /// The menu as it is without suggestions and without a pause.
    pub(super) fn new(app: &AppHandle) -> tauri::Result<Self> {
        let item = |id: &str, text: &str| MenuItem::with_id(app, id, text, true, None::<&str>);
        let separator = || PredefinedMenuItem::separator(app);
        let pause = [
            item(PAUSE_HOUR, "Pause for 1 hour")?,
            item(PAUSE_TOMORROW, "Pause until tomorrow")?,
        ];
        let whole = tauri::menu::Menu::with_items(
            app,
            &[
                &item(OPEN, "Open Perch")?,
                &separator()?,
                &pause[0],
                &pause[1],
                &item(QUIET_HOURS, "Quiet hours")?,
                &separator()?,
                &item(SETTINGS, "Settings")?,
                &item(QUIT, "Quit Perch")?,
            ],
        )?;
        Ok(Self {
            whole,
            lines: (0..LINES)
                .map(|at| item(&format!("{LINE}{at}"), ""))
                .collect::<tauri::Result<_>>()?,
            below_lines: separator()?,
            pause,
            resume: item(RESUME, "Resume")?,
        })
    }

    pub(super) fn whole(&self) -> &tauri::menu::Menu<Wry> {
        &self.whole
    }

    /// Goes from what `before` showed to what `now` shows.
    pub(super) fn show(&self, before: &Glance, now: &Glance) -> tauri::Result<()> {
        self.show_lines(before, now)?;
        self.show_pause(
            before.paused_until.as_deref(),
            now.paused_until.as_deref(),
            now.lines.len(),
        )
    }

    fn show_lines(&self, before: &Glance, now: &Glance) -> tauri::Result<()> {
        for (at, item) in self.lines.iter().enumerate() {
            match (before.lines.get(at), now.lines.get(at)) {
                (Some(before), Some(now)) if before.text == now.text => {}
                (Some(_), Some(now)) => item.set_text(&now.text)?,
                (None, Some(now)) => {
                    item.set_text(&now.text)?;
                    self.whole.insert(item, FIRST_LINE + at)?;
                }
                (Some(_), None) => self.whole.remove(item)?,
                (None, None) => {}
            }
        }
        match (before.lines.is_empty(), now.lines.is_empty()) {
            (true, false) => self
                .whole
                .insert(&self.below_lines, FIRST_LINE + now.lines.len()),
            (false, true) => self.whole.remove(&self.below_lines),
            _ => Ok(()),
        }
    }

    fn show_pause(
        &self,
        before: Option<&str>,
        now: Option<&str>,
        lines: usize,
    ) -> tauri::Result<()> {
        let at = FIRST_LINE + if lines == 0 { 0 } else { lines + 1 };
        if let Some(until) = now {
            self.resume
                .set_text(format!("Resume (paused until {until})"))?;
        }
        let items: [&dyn IsMenuItem<Wry>; 2] = [&self.pause[0], &self.pause[1]];
        match (before, now) {
            (None, Some(_)) => {
                for item in items {
                    self.whole.remove(item)?;
                }
                self.whole.insert(&self.resume, at)
            }
            (Some(_), None) => {
                self.whole.remove(&self.resume)?;
                self.whole.insert_items(&items, at)
            }
            _ => Ok(()),
        }
    }
}

/// Does what the entry `id` says; `line` tells which suggestion stands at a place of the list.
pub(super) fn chosen(app: &AppHandle, id: &str, line: impl Fn(usize) -> Option<String>) {
    let open = |goal: Goal| panel::open(app, goal);
    match id {
        OPEN => open(Goal::Inbox),
        SETTINGS => open(Goal::Settings),
        QUIET_HOURS => open(Goal::QuietHours),
        QUIT => app.exit(0),
        PAUSE_HOUR => pause(app, Some("1h".to_owned())),
        PAUSE_TOMORROW => pause(app, Some(until_tomorrow())),
        RESUME => pause(app, None),
        _ => {
            let at = id.strip_prefix(LINE).and_then(|at| at.parse().ok());
            if let Some(suggestion) = at.and_then(line) {
                open(Goal::Suggestion(suggestion));
            }
        }
    }
}

fn until_tomorrow() -> String {
    let until = glance::tomorrow(now(), &TimeZone::system());
    until.map_or_else(|| "12h".to_owned(), |until| until.to_string())
}

/// Pauses until `until`, or ends the pause. The tray shows it once the host says so.
fn pause(app: &AppHandle, until: Option<String>) {
    let payload = until.map_or_else(|| json!({}), |until| json!({ "until": until }));
    let call = app.state::<Shell>().host.call("pause".to_owned(), payload);
    tauri::async_runtime::spawn(async move {
        if let Err(error) = call.await {
            let message = error
                .get("message")
                .and_then(Value::as_str)
                .unwrap_or_default();
            tracing::warn!(message, "the pause could not be changed");
        }
    });
}
