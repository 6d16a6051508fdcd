//! The settings file on disk: read, watched for change, edited.
//!
//! What would not load is never written. Edits begin with what is on disk at that moment, so that what a user has
//! just saved in an editor is not lost.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use perch_core::connection::Connection;
use perch_core::filter::Filter;
use perch_core::id::UserId;
use perch_core::policy::Policy;
use perch_core::preferences::Mute;
use perch_core::seam::model::ModelChoice;
use serde_json::{Map, Value as Json};

use super::connection::connection_name;
use super::filters::{self, EMPTY_MUTE};
use super::read::{read, user_name};
use super::replace::replace;
use super::{
    DEFAULT_FILE, Problem, Rules, Settings, SettingsError, edit, json, line_after, model, policy,
};

/// The settings file and what it said when it was last read.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    rules: Rules,
    settings: Settings,
    seen: (Option<Stamp>, Option<Stamp>),
    policy: policy::Found,
}

/// What a file looked like: enough to notice a change without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

impl SettingsFile {
    /// Opens the file at `path`. One that is missing is written, with every default as a comment; where that is not
    /// possible, the defaults hold all the same.
    pub fn open(path: &Path, rules: Rules) -> Result<Self, SettingsError> {
        match Self::open_or_default(path, rules) {
            (file, None) => Ok(file),
            (_, Some(error)) => Err(error),
        }
    }

    /// As [`SettingsFile::open`]; with a file that cannot be used the defaults hold until it is repaired.
    pub fn open_or_default(path: &Path, rules: Rules) -> (Self, Option<SettingsError>) {
        let mut file = Self {
            path: path.to_owned(),
            settings: Settings::new(rules.login.clone()),
            rules,
            seen: (None, None),
            policy: policy::Found::default(),
        };
        if !path.exists()
            && let Err(error) = replace(path, DEFAULT_FILE)
        {
            tracing::warn!(file = %path.display(), %error, "no settings file could be written");
        }
        let error = file.reload().err();
        (file, error)
    }

    /// What the file said when it was last read without a problem.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The policy beside the file, and what is wrong with it. One that cannot be read forbids all models.
    pub fn policy(&self) -> (&Policy, Option<&String>) {
        (&self.policy.policy, self.policy.problem.as_ref())
    }

    /// What the file is checked against.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True if the file looks different from when it was last read. Cheap: it is not opened.
    pub fn changed_on_disk(&self) -> bool {
        self.stamp() != self.seen
    }

    /// Reads the file again. With a problem the settings stay as they were, and the change counts as seen.
    pub fn reload(&mut self) -> Result<(), SettingsError> {
        // Taken before reading: a change in between is then noticed the next time.
        self.seen = self.stamp();
        self.policy = policy::read(&policy::beside(&self.path));
        let text = self.text()?;
        self.settings = self.checked(&text)?;
        Ok(())
    }

    /// Sets `key` (`toasts`, `retention.logs_days`); null goes back to the default.
    pub fn set(&mut self, key: &str, value: &Json) -> Result<(), SettingsError> {
        if matches!(key, "connection" | "filter" | "model" | "mute" | "user") {
            return Err(SettingsError::Refused(format!(
                "`{key}` is a list of sections; it is changed by commands of its own"
            )));
        }
        let path: Vec<&str> = key.split('.').collect();
        let value = Some(value).filter(|value| !value.is_null());
        self.edit(|text, _| edit::set(text, &path, value))
    }

    /// Puts `whole` in the place of everything the file says, if it would load.
    pub fn replace_with(&mut self, whole: &str) -> Result<(), SettingsError> {
        self.edit(|_, _| Ok(whole.to_owned()))
    }

    /// Adds `connection`, or changes the one of its name.
    pub fn put_connection(&mut self, connection: &Connection) -> Result<(), SettingsError> {
        connection_name(connection.id.as_str()).map_err(SettingsError::Refused)?;
        let provider = self.rules.provider(&connection.provider);
        let default_base_url = provider
            .map_or("", |rules| &rules.default_base_url)
            .to_owned();
        self.edit(|text, settings| {
            let first_user = settings.users.first().map_or("", UserId::as_str);
            let fields =
                |before| edit::connection_fields(connection, &default_base_url, first_user, before);
            match find(text, "connection", |section| {
                is_called(section, connection.id.as_str())
            }) {
                Some((index, before)) => {
                    edit::update(text, "connection", index, &fields(Some(&before)))
                }
                None => edit::append(text, "connection", &fields(None)),
            }
        })
    }

    /// Takes out the connection called `name`; false if there is none.
    pub fn remove_connection(&mut self, name: &str) -> Result<bool, SettingsError> {
        self.remove("connection", |section| is_called(section, name))
    }

    /// Adds `choice`, or changes the model of its name.
    pub fn put_model(&mut self, choice: &ModelChoice) -> Result<(), SettingsError> {
        let mut rules = self.rules.models.iter();
        let rules = rules.find(|rules| rules.id == choice.provider);
        let default_base_url = rules.map_or("", |rules| &rules.default_base_url).to_owned();
        let name = choice.name.clone();
        self.edit(|text, _| {
            let fields = model::fields(choice, &default_base_url);
            match find(text, "model", |section| is_called(section, &name)) {
                Some((index, _)) => edit::update(text, "model", index, &fields),
                None => edit::append(text, "model", &fields),
            }
        })
    }

    /// Takes out the model called `name`; false if there is none.
    pub fn remove_model(&mut self, name: &str) -> Result<bool, SettingsError> {
        self.remove("model", |section| is_called(section, name))
    }

    /// Never again what fits `mute`. One that stands already is not added twice.
    pub fn add_mute(&mut self, mute: &Mute) -> Result<(), SettingsError> {
        let fields = fields_of(mute);
        if fields.is_empty() {
            return Err(SettingsError::Refused(EMPTY_MUTE.into()));
        }
        self.edit(|text, settings| {
            if settings.preferences.mutes.contains(mute) {
                return Ok(text.to_owned());
            }
            edit::append(text, "mute", &fields)
        })
    }

    /// Lifts `mute`; false if it does not stand.
    pub fn lift_mute(&mut self, mute: &Mute) -> Result<bool, SettingsError> {
        let fields = fields_of(mute);
        self.remove("mute", |section| *section == fields)
    }

    /// Adds, changes, moves or takes out a filter: `was` becomes `filter` and then stands at `place`, counted from 0.
    /// Without `was` it is added, without `filter` taken out, without `place` it stays where it is, a new one at the end.
    pub fn change_filter(
        &mut self,
        was: Option<&Filter>,
        filter: Option<&Filter>,
        place: Option<usize>,
    ) -> Result<(), SettingsError> {
        self.edit(|text, settings| {
            filters::changed(text, &settings.preferences.filters, was, filter, place)
        })
    }

    /// Adds a user. The login, until then the only user without saying so, is written down as well.
    pub fn add_user(&mut self, user: &UserId) -> Result<(), SettingsError> {
        user_name(user.as_str()).map_err(SettingsError::Refused)?;
        self.edit(|text, settings| {
            let mut text = text.to_owned();
            let listed = find(&text, "user", |_| true).is_some();
            let implied = settings.users.iter().filter(|_| !listed);
            let new = Some(user).filter(|user| !settings.users.contains(user));
            if new.is_none() {
                return Ok(text);
            }
            for user in implied.chain(new) {
                let fields = [("name".to_owned(), Json::from(user.as_str()))];
                text = edit::append(&text, "user", &fields.into_iter().collect())?;
            }
            Ok(text)
        })
    }

    fn remove(
        &mut self,
        name: &str,
        fits: impl Fn(&Map<String, Json>) -> bool,
    ) -> Result<bool, SettingsError> {
        let mut found = false;
        self.edit(|text, _| {
            let mut text = text.to_owned();
            while let Some((index, _)) = find(&text, name, &fits) {
                text = edit::remove(&text, name, index)?;
                found = true;
            }
            Ok(text)
        })?;
        Ok(found)
    }

    /// Applies `change` to what is on disk and writes the result if it would load.
    fn edit(
        &mut self,
        change: impl FnOnce(&str, &Settings) -> Result<String, String>,
    ) -> Result<(), SettingsError> {
        self.reload()?;
        let text = self.text()?;
        let edited = change(&text, &self.settings).map_err(SettingsError::Refused)?;
        let settings = read(&edited, &self.rules).map_err(|problems| {
            let problems: Vec<String> = problems.into_iter().map(|one| one.message).collect();
            SettingsError::Refused(problems.join("; "))
        })?;
        if edited != text {
            replace(&self.path, &edited).map_err(|source| SettingsError::Unwritable {
                file: self.path.clone(),
                source,
            })?;
            self.seen = self.stamp();
        }
        self.settings = settings;
        Ok(())
    }

    fn checked(&self, text: &str) -> Result<Settings, SettingsError> {
        read(text, &self.rules).map_err(|problems| SettingsError::Invalid {
            file: self.path.clone(),
            problems,
        })
    }

    /// The file's text; the default one where there is no file.
    fn text(&self) -> Result<String, SettingsError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(DEFAULT_FILE.to_owned());
            }
            Err(source) => {
                return Err(SettingsError::Unreadable {
                    file: self.path.clone(),
                    source,
                });
            }
        };
        // Editors on Windows put a byte order mark before UTF-8.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        String::from_utf8(bytes.to_vec()).map_err(|error| {
            let good = &bytes[..error.utf8_error().valid_up_to()];
            SettingsError::Invalid {
                file: self.path.clone(),
                problems: vec![Problem {
                    message: "the file is not UTF-8 text; save it as UTF-8".into(),
                    line: Some(line_after(good)),
                }],
            }
        })
    }

    fn stamp(&self) -> (Option<Stamp>, Option<Stamp>) {
        (stamp(&self.path), stamp(&policy::beside(&self.path)))
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let seen = fs::metadata(path).ok()?;
    Some(Stamp {
        modified: seen.modified().ok(),
        length: seen.len(),
    })
}

fn is_called(section: &Map<String, Json>, name: &str) -> bool {
    section.get("name").and_then(Json::as_str) == Some(name)
}

fn fields_of(mute: &Mute) -> Map<String, Json> {
    match serde_json::to_value(mute) {
        Ok(Json::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The first section `[[name]]` that fits, with its place among them.
fn find(
    text: &str,
    name: &str,
    fits: impl Fn(&Map<String, Json>) -> bool,
) -> Option<(usize, Map<String, Json>)> {
    let document = toml_edit::Document::parse(text).ok()?;
    let sections = document.get(name)?.as_array_of_tables()?;
    sections
        .iter()
        .enumerate()
        .find_map(|(index, table)| match json::from_table(table) {
            Json::Object(fields) if fits(&fields) => Some((index, fields)),
            _ => None,
        })
}
