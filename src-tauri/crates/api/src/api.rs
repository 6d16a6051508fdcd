//! What the commands work with.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use perch_core::id::{ConnectionId, UserId};
use perch_core::seam::editor::Editor;
use perch_core::seam::tunnel::Standing;
use perch_engine::Engine;
use perch_engine::loops::Loops;
use perch_store::db::StoreError;

use crate::error::{ApiError, Code};
use crate::sign_in::SignIns;
use crate::wire::health::BudgetView;

/// What the shell hands in.
pub struct Parts {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The users' loops; none of them runs while a single command has the data folder.
    pub loops: Arc<Loops>,
    /// The settings file.
    pub configuration: Arc<dyn Configuration>,
    /// The editors of this machine.
    pub editor: Arc<dyn Editor>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The only source of time.
    pub clock: fn() -> Timestamp,
}

/// The settings file and what the shell knows, as far as commands ask for them.
pub trait Configuration: Send + Sync {
    /// The settings as they are in force.
    fn settings(&self) -> perch_store::settings::Settings;
    /// Edits the file and puts the edited settings in force.
    fn edit(
        &self,
        edit: &mut dyn FnMut(&mut perch_store::settings::SettingsFile) -> Result<(), String>,
    ) -> Result<(), String>;
    /// What is wrong that the user should know: a refused edit of the file, a listener that could not bind.
    fn problems(&self) -> Vec<String>;
    /// The listener's address, when it listens.
    fn listener(&self) -> Option<String>;
    /// How a connection's tunnel is doing, while an engine keeps one.
    fn tunnel(&self, connection: &ConnectionId) -> Option<Standing>;
    /// The folder with database and logs, and the settings file.
    fn places(&self) -> (String, String);
    /// What is left of the quotas of forges that tell.
    fn budgets(&self) -> Vec<BudgetView>;
    /// The folder Perch was started in, if it is inside a git working tree: that tree's root.
    fn started_in(&self) -> Option<String>;
    /// Where the program called `name` lies in `PATH`, as an absolute path.
    fn program(&self, name: &str) -> Option<std::path::PathBuf>;
}

/// The commands. Cheap to share.
pub struct Api {
    pub(crate) engine: Arc<Engine>,
    pub(crate) loops: Arc<Loops>,
    pub(crate) configuration: Arc<dyn Configuration>,
    pub(crate) sign_ins: SignIns,
    pub(crate) editor: Arc<dyn Editor>,
    pub(crate) home: Option<PathBuf>,
    clock: fn() -> Timestamp,
}

impl Api {
    /// The commands over these parts.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            engine,
            loops,
            configuration,
            editor,
            home,
            clock,
        } = parts;
        Self {
            engine,
            loops,
            configuration,
            sign_ins: SignIns::default(),
            editor,
            home,
            clock,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The user called `name`, or the first one of the machine.
    pub fn user(&self, name: Option<&str>) -> Result<UserId, ApiError> {
        let users = self.configuration.settings().users;
        match name {
            None => users.into_iter().next().ok_or_else(|| {
                ApiError::new(
                    Code::NotFound,
                    "nobody is set up on this machine; add a user with `perch users add NAME`",
                )
            }),
            Some(name) => users
                .into_iter()
                .find(|user| user.as_str() == name)
                .ok_or_else(|| {
                    ApiError::new(
                        Code::NotFound,
                        format!("there is no user `{name}`; `perch users` lists them"),
                    )
                }),
        }
    }

    /// A time, or a span from now such as `2h` or `1d`.
    pub(crate) fn moment(&self, text: &str) -> Result<Timestamp, ApiError> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(at);
        }
        let invalid = || {
            ApiError::new(
                Code::Invalid,
                format!(
                    "`{text}` is neither a time such as 2026-11-24T09:00:00Z nor a span such as 2h or 1d"
                ),
            )
        };
        let digits = text.trim_end_matches(char::is_alphabetic);
        let number: i64 = digits.trim().parse().map_err(|_| invalid())?;
        let hours = match &text[digits.len()..] {
            "m" | "min" => return Ok(self.now() + SignedDuration::from_mins(number)),
            "h" => number,
            "d" => number * 24,
            "w" => number * 24 * 7,
            _ => return Err(invalid()),
        };
        Ok(self.now() + SignedDuration::from_hours(hours))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::new(Code::Failed, error.to_string())
    }
}
