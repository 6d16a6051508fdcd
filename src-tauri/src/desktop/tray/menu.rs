//! The tray's menu: what its entries say and what choosing one does.
//!
//! A suggestion's entries carry its id and its action's, not their place in the menu: what is chosen is what was
//! read, whatever came in meanwhile.

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tauri::menu::{IsMenuItem, MenuItem, PredefinedMenuItem, Submenu};
use tauri::{AppHandle, Manager as _, Wry};

use crate::desktop::glance::{self, Glance, Line, RESUMED};
use crate::desktop::goal::Goal;
use crate::desktop::{Shell, panel};
use crate::wire::now;

const OPEN: &str = "open";
const CHECK: &str = "check";
const PAUSE_HALF_HOUR: &str = "pause-half-hour";
const PAUSE_TOMORROW: &str = "pause-tomorrow";
const PAUSE: &str = "pause";
const RESUME: &str = "resume";
const QUIET_HOURS: &str = "quiet-hours";
const SETTINGS: &str = "settings";
const QUIT: &str = "quit";

/// Where the lines begin: below "Open Perch" and a separator.
const FIRST_LINE: usize = 2;
/// How far below the lines the pause stands: below their separator and "Check now".
const CHECK_AND_PAUSE: usize = 1;

/// The menu and its changing entries.
pub(super) struct Menu {
    whole: tauri::menu::Menu<Wry>,
    lines: Vec<Submenu<Wry>>,
    below_lines: PredefinedMenuItem<Wry>,
    pause: Submenu<Wry>,
    resume: MenuItem<Wry>,
}

impl Menu {
    /// The menu as it is without suggestions and without a pause.
    pub(super) fn new(app: &AppHandle) -> tauri::Result<Self> {
        let separator = || PredefinedMenuItem::separator(app);
        let pause = Submenu::with_items(
            app,
            "Pause",
            true,
            &[
                &item(app, PAUSE_HALF_HOUR, "For 30 minutes")?,
                &item(app, PAUSE_TOMORROW, "Until tomorrow morning")?,
                &item(app, PAUSE, "Until resumed")?,
            ],
        )?;
        let whole = tauri::menu::Menu::with_items(
            app,
            &[
                &item(app, OPEN, "Open Perch")?,
                &separator()?,
                &item(app, CHECK, "Check now")?,
                &pause,
                &item(app, QUIET_HOURS, "Quiet hours")?,
                &separator()?,
                &item(app, SETTINGS, "Settings")?,
                &item(app, QUIT, "Quit Perch")?,
            ],
        )?;
        Ok(Self {
            whole,
            lines: Vec::new(),
            below_lines: separator()?,
            pause,
            resume: item(app, RESUME, "Resume")?,
        })
    }

    pub(super) fn whole(&self) -> &tauri::menu::Menu<Wry> {
        &self.whole
    }

    /// Goes from what `before` showed to what `now` shows.
    pub(super) fn show(
        &mut self,
        app: &AppHandle,
        before: &Glance,
        now: &Glance,
    ) -> tauri::Result<()> {
        if before.lines != now.lines {
            self.show_lines(app, &now.lines)?;
        }
        if before.paused_until != now.paused_until {
            self.show_pause(before.paused_until.is_some(), now.paused_until.as_deref())?;
        }
        Ok(())
    }

    fn show_lines(&mut self, app: &AppHandle, lines: &[Line]) -> tauri::Result<()> {
        if !self.lines.is_empty() {
            self.whole.remove(&self.below_lines)?;
        }
        for line in self.lines.drain(..) {
            self.whole.remove(&line)?;
        }
        for (at, line) in lines.iter().enumerate() {
            let entry = suggestion(app, line)?;
            self.whole.insert(&entry, FIRST_LINE + at)?;
            self.lines.push(entry);
        }
        if !lines.is_empty() {
            self.whole
                .insert(&self.below_lines, FIRST_LINE + lines.len())?;
        }
        Ok(())
    }

    fn show_pause(&self, was_paused: bool, until: Option<&str>) -> tauri::Result<()> {
        let lines = self.lines.len() + usize::from(!self.lines.is_empty());
        let at = FIRST_LINE + lines + CHECK_AND_PAUSE;
        match until {
            Some(RESUMED) => self.resume.set_text("Resume")?,
            Some(until) => self
                .resume
                .set_text(format!("Resume (paused until {until})"))?,
            None => {}
        }
        let (old, new): (&dyn IsMenuItem<Wry>, &dyn IsMenuItem<Wry>) = match (was_paused, until) {
            (false, Some(_)) => (&self.pause, &self.resume),
            (true, None) => (&self.resume, &self.pause),
            _ => return Ok(()),
        };
        self.whole.remove(old)?;
        self.whole.insert(new, at)
    }
}

fn item(app: &AppHandle, id: &str, text: &str) -> tauri::Result<MenuItem<Wry>> {
    MenuItem::with_id(app, id, text, true, None::<&str>)
}

/// The entries of one suggestion: what it offers with what that does, and the ways to put it aside.
fn suggestion(app: &AppHandle, line: &Line) -> tauri::Result<Submenu<Wry>> {
    let entry = Submenu::new(app, &line.text, true)?;
    if let Some(offer) = &line.offer {
        for words in &offer.effect {
            entry.append(&MenuItem::new(app, words, false, None::<&str>)?)?;
        }
        let accept = format!("accept/{}/{}", line.id, offer.action);
        entry.append(&item(app, &accept, &offer.label)?)?;
        entry.append(&PredefinedMenuItem::separator(app)?)?;
    }
    for (verb, words) in [
        ("show", "Details"),
        ("snooze", "Snooze until tomorrow"),
        ("dismiss", "Dismiss"),
    ] {
        entry.append(&item(app, &format!("{verb}/{}", line.id), words)?)?;
    }
    Ok(entry)
}

/// Does what the entry `id` says.
pub(super) fn chosen(app: &AppHandle, id: &str) {
    let open = |goal: Goal| panel::open(app, goal);
    match id {
        OPEN => open(Goal::Inbox),
        SETTINGS => open(Goal::Settings),
        QUIET_HOURS => open(Goal::QuietHours),
        QUIT => app.exit(0),
        CHECK => call(app, "check", json!({}), None),
        PAUSE_HALF_HOUR => call(app, "pause", json!({ "until": "30m" }), None),
        PAUSE_TOMORROW => call(app, "pause", json!({ "until": tomorrow() }), None),
        PAUSE => call(app, "pause", json!({ "until": RESUMED }), None),
        RESUME => call(app, "pause", json!({}), None),
        _ => about_suggestion(app, id),
    }
}

/// Does what an entry of a suggestion says: `verb/suggestion`, or `accept/suggestion/action`.
fn about_suggestion(app: &AppHandle, id: &str) {
    let mut parts = id.split('/');
    let (Some(verb), Some(suggestion)) = (parts.next(), parts.next()) else {
        return;
    };
    let (command, payload) = match (verb, parts.next()) {
        ("accept", Some(action)) => ("accept", json!({ "id": suggestion, "action": action })),
        ("snooze", None) => ("snooze", json!({ "id": suggestion, "until": tomorrow() })),
        ("dismiss", None) => ("dismiss", json!({ "id": suggestion })),
        _ => return panel::open(app, Goal::Suggestion(suggestion.to_owned())),
    };
    call(app, command, payload, Some(suggestion.to_owned()));
}

fn tomorrow() -> String {
    let until = glance::tomorrow(now(), &TimeZone::system());
    until.map_or_else(|| "12h".to_owned(), |until| until.to_string())
}

/// Asks the host. The tray shows what came of it once the host tells; what could not be done to a suggestion
/// opens the panel at it, which says why.
fn call(app: &AppHandle, command: &'static str, payload: Value, suggestion: Option<String>) {
    let answer = app.state::<Shell>().host.call(command.to_owned(), payload);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let Err(error) = answer.await else { return };
        let message = error
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or_default();
        tracing::warn!(
            command,
            message,
            "what the menu asked for could not be done"
        );
        if let Some(suggestion) = suggestion {
            panel::open(&app, Goal::Suggestion(suggestion));
        }
    });
}
