//! Reading and changing `[[filter]]` and `[[mute]]`: how events are treated, and what is never suggested again.

use perch_core::filter::{self, Filter, Treatment};
use perch_core::preferences::Mute;
use serde_json::{Map, Value as Json};

use super::edit;
use super::section::{Problems, Section};
use crate::nearest::nearest;

pub(super) fn read_mutes(root: &mut Section<'_>, problems: &mut Problems<'_>) -> Vec<Mute> {
    let mut mutes = Vec::new();
    for mut section in root.sections("mute", problems) {
        let before = section.others().len();
        let mut text = |key| section.text(key, problems).map(str::to_owned);
        let mute = Mute {
            event_type: text("event_type"),
            repository: text("repository"),
            rule: text("rule"),
            job: text("job"),
            branch: text("branch"),
        };
        if before == 0 {
            problems.add(section.at, EMPTY_MUTE);
        }
        section.finish(problems);
        mutes.push(mute);
    }
    mutes
}

pub(super) fn read_filters(root: &mut Section<'_>, problems: &mut Problems<'_>) -> Vec<Filter> {
    let mut filters = Vec::new();
    for mut section in root.sections("filter", problems) {
        let mut text = |key| section.text(key, problems).map(str::to_owned);
        let action = text("action");
        let mut filter = Filter {
            action: Treatment::default(),
            kind: text("kind"),
            event_type: text("event_type"),
            repository: text("repository"),
            branch: text("branch"),
            author: text("author"),
            label: text("label"),
            path: text("path"),
            text: text("text"),
            rule: text("rule"),
            job: text("job"),
        };
        match action.as_deref().map(treatment) {
            Some(Ok(treatment)) => filter.action = treatment,
            Some(Err(problem)) => problems.add(section.place("action"), problem),
            None if section.has("action") => {}
            None => problems.add(
                section.at,
                format!("a [[filter]] needs an `action`: {}", treatments()),
            ),
        }
        if let Err(problem) = filter.check() {
            problems.add(section.at, problem);
        }
        section.finish(problems);
        filters.push(filter);
    }
    filters
}

/// The treatment called `name`, or what to say of one there is not.
pub fn treatment(name: &str) -> Result<Treatment, String> {
    let found = Treatment::NAMES.iter().find(|(known, _)| *known == name);
    found.map(|(_, treatment)| *treatment).ok_or_else(|| {
        match nearest(name, Treatment::NAMES.iter().map(|(known, _)| *known)) {
            Some(near) => format!("there is no action `{name}`; did you mean `{near}`?"),
            None => format!("there is no action `{name}`; there are {}", treatments()),
        }
    })
}

fn treatments() -> String {
    Treatment::NAMES.map(|(name, _)| name).join(", ")
}

/// The file's text with one filter more, less or other: `was` is the one that is changed, `filter` what it becomes,
/// `place` where it then stands, counted from 0.
pub(super) fn changed(
    text: &str,
    known: &[Filter],
    was: Option<&Filter>,
    filter: Option<&Filter>,
    place: Option<usize>,
) -> Result<String, String> {
    let expected = filter::changed(known, was, filter, place)?;
    let found = was.and_then(|was| known.iter().position(|one| one == was));
    let (text, from) = match (found, filter) {
        (Some(at), Some(filter)) => (edit::update(text, "filter", at, &fields(filter))?, at),
        (Some(at), None) => return edit::remove(text, "filter", at),
        (None, Some(filter)) => (edit::append(text, "filter", &fields(filter))?, known.len()),
        (None, None) => return Ok(text.to_owned()),
    };
    match filter.and_then(|filter| expected.iter().position(|one| one == filter)) {
        Some(to) if place.is_some() && to != from => edit::reorder(&text, "filter", from, to),
        _ => Ok(text),
    }
}

fn fields(filter: &Filter) -> Map<String, Json> {
    match serde_json::to_value(filter) {
        Ok(Json::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// What to say of a mute without a field.
pub(super) const EMPTY_MUTE: &str = "a [[mute]] without a field would silence everything; \
     give `event_type`, `repository`, `rule`, `job` or `branch`";
