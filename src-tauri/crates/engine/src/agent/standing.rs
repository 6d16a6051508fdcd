//! How models are doing, as far as this process has seen.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use perch_core::seam::model::ModelStanding;

/// Standings by the models' names.
#[derive(Default)]
pub(crate) struct Standings(Mutex<HashMap<String, Noted>>);

struct Noted {
    standing: ModelStanding,
    /// It is not asked before.
    until: Option<Timestamp>,
    problem: String,
}

impl Standings {
    /// How the model is doing.
    pub(crate) fn of(&self, name: &str) -> ModelStanding {
        let noted = self.noted();
        noted
            .get(name)
            .map(|one| one.standing.clone())
            .unwrap_or_default()
    }

    /// When it may be asked again and why not now; nothing if it may be asked. Without a time it takes the user.
    pub(crate) fn rests(&self, name: &str, now: Timestamp) -> Option<(Option<Timestamp>, String)> {
        let noted = self.noted();
        let one = noted.get(name)?;
        let until = one.until.filter(|until| *until > now)?;
        let again = matches!(one.standing, ModelStanding::Waiting { .. }).then_some(until);
        Some((again, one.problem.clone()))
    }

    pub(crate) fn well(&self, name: &str) {
        self.put(name, ModelStanding::Well, None, "");
    }

    pub(crate) fn waits(&self, name: &str, problem: &str, until: Timestamp) {
        let standing = ModelStanding::Waiting {
            until: until.to_string(),
            problem: problem.into(),
        };
        self.put(name, standing, Some(until), problem);
    }

    pub(crate) fn broken(&self, name: &str, problem: &str, next_step: &str, until: Timestamp) {
        let standing = ModelStanding::Broken {
            problem: problem.into(),
            next_step: next_step.into(),
        };
        let both = format!("{problem}; {next_step}");
        self.put(name, standing, Some(until), &both);
    }

    /// Forgets what was seen, since the user changed something.
    pub(crate) fn forget(&self, name: &str) {
        self.noted().remove(name);
    }

    fn put(&self, name: &str, standing: ModelStanding, until: Option<Timestamp>, problem: &str) {
        let noted = Noted {
            standing,
            until,
            problem: problem.into(),
        };
        self.noted().insert(name.to_owned(), noted);
    }

    fn noted(&self) -> MutexGuard<'_, HashMap<String, Noted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
