//! What a run had around it besides the code, read from its log, and what of that changed between two runs.
//!
//! Tool versions, images, actions, packages and the names of environment variables. Values of variables are never
//! kept. Reads what tools and runners print by themselves and runs nothing.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::facts::Log;

use crate::log::lines::Lines;
use crate::log::normalise::plain;

mod change;
mod line;
mod packages;

pub(crate) use change::{Change, changes, recorded_changes};

/// Lines longer than this are program output, not the name of a tool.
const LONGEST: usize = 400;

/// Things kept of one log at most.
const MOST: usize = 5_000;

/// Lines after `tool --version` in which its answer may stand.
const ANSWER: u32 = 6;

/// What sort of thing has a version. The order is the order of suspicion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A compiler, an interpreter, a package manager, a test runner.
    Tool,
    /// An operating system or a container's image.
    Image,
    /// A step others wrote, such as an action.
    Action,
    /// An installed package.
    Package,
}

/// What one log says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// Every version said of a thing, with the first line that says it.
    pub(crate) versions: BTreeMap<(Kind, String), BTreeMap<String, u64>>,
    /// Names of variables by the step they are set for, with the line that names them.
    pub(crate) variables: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Reads a log.
pub(crate) fn fingerprint(log: &Log) -> Fingerprint {
    let mut reader = Reader::default();
    let mut lines = Lines::new(log.bytes.as_slice());
    let mut number = log.first_line.max(1);
    while lines.read().unwrap_or(false) {
        if lines.line().len() <= LONGEST {
            reader.line(&plain(lines.line()), number);
        }
        number += 1;
    }
    reader.found
}

/// Where the reading stands.
#[derive(Default)]
struct Reader {
    found: Fingerprint,
    kept: usize,
    /// The step whose heading was read last.
    step: String,
    /// True between `env:` and the end of a step's heading.
    in_variables: bool,
    /// The image named by the line before, whose version comes next.
    image: Option<String>,
    /// The digest printed before the image it belongs to.
    digest: Option<String>,
    /// The tool that was asked for its version, and for how many more lines its answer may come.
    asked: Option<(String, u32)>,
}

impl Reader {
    fn line(&mut self, text: &str, number: u64) {
        if self.heading(text, number) {
            return;
        }
        let bare = text
            .trim()
            .trim_start_matches("[INFO] ")
            .trim_start_matches("[command]");
        self.answer(bare, number);
        self.of_the_image(bare, number);
        for (kind, name, version) in line::things(bare)
            .into_iter()
            .chain(packages::packages(bare))
        {
            self.add(kind, name, version, number);
        }
        if let Some(tool) = line::asked_for_version(bare) {
            self.asked = Some((tool, ANSWER));
        }
    }

    /// The heading of a step, where runners list the variables it is given.
    fn heading(&mut self, text: &str, number: u64) -> bool {
        if let Some(step) = text.strip_prefix("##[group]") {
            step.clone_into(&mut self.step);
            self.in_variables = false;
            if let Some(tool) = line::asked_for_version(step.trim_start_matches("Run ")) {
                self.asked = Some((tool, ANSWER));
            }
            return true;
        }
        if text.starts_with("##[endgroup]") {
            self.in_variables = false;
            self.step.clear();
            return true;
        }
        if text == "env:" && self.step.starts_with("Run ") {
            self.in_variables = true;
            return true;
        }
        let name = if self.in_variables {
            text.strip_prefix("  ").and_then(|line| {
                line.split_once(": ")
                    .map(|(name, _)| name)
                    .or(line.strip_suffix(':'))
            })
        } else {
            text.strip_prefix("$ export ")
                .and_then(|line| line.split_once('=').map(|(name, _)| name))
        };
        if let Some(name) = name.filter(|name| line::is_variable(name)) {
            let step = if self.in_variables {
                &self.step
            } else {
                "export"
            };
            if self.kept < MOST {
                self.kept += 1;
                self.found
                    .variables
                    .entry(step.to_owned())
                    .or_default()
                    .entry(name.to_owned())
                    .or_insert(number);
            }
        }
        // A variable's value may hold a folder that tells a version.
        false
    }

    /// A bare version after `tool --version`.
    fn answer(&mut self, text: &str, number: u64) {
        let Some((tool, left)) = self.asked.take() else {
            return;
        };
        if let Some(version) = line::bare_version(text) {
            self.add(Kind::Tool, tool, version.to_owned(), number);
        } else if left > 1 {
            self.asked = Some((tool, left - 1));
        }
    }

    /// Images whose name and version stand on different lines.
    fn of_the_image(&mut self, text: &str, number: u64) {
        if matches!(self.step.as_str(), "Runner Image" | "Virtual Environment") {
            let named = text
                .strip_prefix("Image: ")
                .or(text.strip_prefix("Environment: "));
            if let Some(name) = named {
                self.image = Some(name.trim().to_owned());
            } else if let Some(version) = text.strip_prefix("Version: ")
                && let Some(name) = self.image.take()
            {
                self.add(Kind::Image, name, version.trim().to_owned(), number);
            }
        }
        if let Some(digest) = text.strip_prefix("Digest: ") {
            self.digest = line::digest(digest);
        } else if let Some(image) = text.strip_prefix("Status: ")
            && let Some((_, image)) = image.split_once(" for ")
            && let Some(digest) = self.digest.take()
        {
            self.add(Kind::Image, image.trim().to_owned(), digest, number);
        }
    }

    fn add(&mut self, kind: Kind, name: String, version: String, number: u64) {
        if self.kept >= MOST {
            return;
        }
        self.kept += 1;
        self.found
            .versions
            .entry((kind, name))
            .or_default()
            .entry(version)
            .or_insert(number);
    }
}

/// Names of variables set for steps that both logs have, of one of them.
fn names_in_common_steps(of: &Fingerprint, with: &Fingerprint) -> BTreeMap<String, u64> {
    of.variables
        .iter()
        .filter(|(step, _)| with.variables.contains_key(*step))
        .flat_map(|(_, names)| names.iter().map(|(name, line)| (name.clone(), *line)))
        .collect()
}

/// The names alone.
fn names(of: &BTreeMap<String, u64>) -> BTreeSet<&String> {
    of.keys().collect()
}

#[cfg(test)]
mod tests;
