//! The user's editors: which of them are on this machine, and opening a file at a line in one.
//!
//! What is known of each is a row of [`kinds`]. Nothing here passes through a shell: an editor gets its words one
//! by one, and the file is always an absolute path, so that no name can be taken for an option.

mod find;
mod kinds;
mod launch;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use perch_core::seam::editor::{AUTO, Editor, EditorError, Known, Spot};

use kinds::{ALL, Kind, TERMINALS};

/// The choice of what `$VISUAL` or `$EDITOR` names.
const ENVIRONMENT: &str = "environment";

/// What the environment says of editors.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Where programs are looked for, first to last.
    pub path: Vec<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// Where programs of the user's own are installed on Windows.
    pub local_programs: Option<PathBuf>,
    /// What `$VISUAL` says, else `$EDITOR`.
    pub editor: Option<String>,
    /// What `$TERMINAL` says.
    pub terminal: Option<String>,
    /// Whether there is a screen to open a window on.
    pub display: bool,
}

/// The editors of this machine. Looked for anew at every call, since they come and go.
#[derive(Debug, Clone)]
pub struct Editors {
    surroundings: Surroundings,
}

/// How a file is opened: the editor's name and the whole command.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Command {
    name: &'static str,
    words: Vec<OsString>,
}

impl Editors {
    /// The editors that `surroundings` lead to.
    pub fn new(surroundings: Surroundings) -> Self {
        Self { surroundings }
    }

    /// Every choice the settings allow.
    pub fn choices() -> Vec<&'static str> {
        let kinds = ALL.iter().map(|kind| kind.id);
        [AUTO, ENVIRONMENT].into_iter().chain(kinds).collect()
    }

    fn found(&self, kind: &Kind) -> Option<PathBuf> {
        find::program(&self.surroundings, kind)
    }

    /// The command for a choice; for [`AUTO`] the likeliest.
    fn command(&self, wanted: &str, spot: Spot<'_>) -> Result<Command, EditorError> {
        let command = match wanted {
            AUTO => return self.likeliest(spot),
            ENVIRONMENT => self.of_environment(spot),
            id => ALL
                .iter()
                .find(|kind| kind.id == id)
                .and_then(|kind| Some(with_window(kind, self.found(kind)?, spot))),
        };
        command.ok_or_else(|| {
            let name = ALL.iter().find(|kind| kind.id == wanted);
            let name = name.map_or("an editor in $VISUAL or $EDITOR", |kind| kind.name);
            EditorError::Absent(format!(
                "{name} was not found on this machine; choose another editor in the settings"
            ))
        })
    }

    /// What the environment names if that has windows, else what the project is marked for, else what is here, else
    /// what the environment names in a terminal.
    fn likeliest(&self, spot: Spot<'_>) -> Result<Command, EditorError> {
        if let Some(command) = self.named(spot) {
            return Ok(command);
        }
        let marked = |kind: &&Kind| kind.marks.iter().any(|mark| spot.root.join(mark).exists());
        let mut kinds: Vec<&Kind> = ALL.iter().filter(marked).collect();
        kinds.extend(ALL.iter().filter(|kind| !marked(kind)));
        kinds
            .into_iter()
            .find_map(|kind| Some(with_window(kind, self.found(kind)?, spot)))
            .or_else(|| self.of_environment(spot))
            .ok_or_else(|| {
                EditorError::Absent(
                    "no editor was found on this machine; install one, or set $VISUAL and start Perch again".into(),
                )
            })
    }

    /// The editor with windows that `$VISUAL` or `$EDITOR` names.
    fn named(&self, spot: Spot<'_>) -> Option<Command> {
        let words = self.environment_words()?;
        let program = find::stem(words.first()?);
        let kind = ALL.iter().find(|kind| kind.programs.contains(&program))?;
        Some(with_window(kind, self.found(kind)?, spot))
    }

    fn environment_words(&self) -> Option<Vec<String>> {
        let words = shlex::split(self.surroundings.editor.as_deref()?)?;
        (!words.is_empty()).then_some(words)
    }

    /// What `$VISUAL` or `$EDITOR` names: in a window of its own, else in a terminal's.
    fn of_environment(&self, spot: Spot<'_>) -> Option<Command> {
        if let Some(command) = self.named(spot) {
            return Some(command);
        }
        let mut words = self.environment_words()?;
        let program = find::named(&self.surroundings, &words.remove(0))?;
        let (terminal, before) = self.terminal()?;
        let mut all = vec![terminal.into_os_string()];
        all.extend(before);
        let manner = kinds::in_terminal(&find::stem_of(&program));
        all.push(program.into_os_string());
        all.extend(words.into_iter().map(OsString::from));
        all.extend(manner.words(spot));
        Some(Command {
            name: "your editor",
            words: all,
        })
    }

    /// A terminal and the words after which a command to run in it stands.
    fn terminal(&self) -> Option<(PathBuf, Vec<OsString>)> {
        if !self.surroundings.display {
            return None;
        }
        let own = self
            .surroundings
            .terminal
            .as_deref()
            .and_then(shlex::split)
            .and_then(|words| {
                let (first, rest) = words.split_first()?;
                let program = find::named(&self.surroundings, first)?;
                let mut before: Vec<OsString> = rest.iter().map(OsString::from).collect();
                let stem = find::stem_of(&program);
                let known = TERMINALS.iter().find(|(name, _)| *name == stem);
                before.extend(
                    known
                        .map_or(&["-e"] as &[_], |(_, words)| words)
                        .iter()
                        .map(OsString::from),
                );
                Some((program, before))
            });
        own.or_else(|| {
            TERMINALS.iter().find_map(|(name, words)| {
                let program = find::named(&self.surroundings, name)?;
                Some((program, words.iter().map(OsString::from).collect()))
            })
        })
    }
}

impl Editor for Editors {
    fn known(&self) -> Vec<Known> {
        let environment = Known {
            id: ENVIRONMENT,
            name: "$VISUAL or $EDITOR",
            found: self.environment_words().is_some(),
        };
        ALL.iter()
            .map(|kind| Known {
                id: kind.id,
                name: kind.name,
                found: self.found(kind).is_some(),
            })
            .chain([environment])
            .collect()
    }

    fn open(&self, wanted: &str, spot: Spot<'_>) -> Result<&'static str, EditorError> {
        let Command { name, words } = self.command(wanted, spot)?;
        launch::launch(&words, spot.root)
            .map(|()| name)
            .map_err(|problem| EditorError::Failed(format!("{name} did not open: {problem}")))
    }
}

fn with_window(kind: &Kind, program: PathBuf, spot: Spot<'_>) -> Command {
    let mut words = vec![program.into_os_string()];
    words.extend(kind.manner.words(spot));
    Command {
        name: kind.name,
        words,
    }
}

/// `FILE:LINE`, or the file alone.
fn with_line(file: &Path, line: Option<u32>) -> OsString {
    let mut text = file.as_os_str().to_owned();
    if let Some(line) = line {
        text.push(format!(":{line}"));
    }
    text
}

#[cfg(all(test, unix))]
mod tests;
