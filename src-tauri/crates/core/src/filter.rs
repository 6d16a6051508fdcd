//! Filters: how a user wants events, and what is found in them, treated. Pure.
//!
//! Every field a filter gives must fit. What is not known yet (the files changed, the finding's rule) leaves it
//! open whether the filter fits, so it is asked again once more is known.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::event::Event;
use crate::event_type;
use crate::preferences::Mute;
use crate::wildcard;

/// What never runs by itself, whatever the settings say.
pub const NEVER_BY_ITSELF: &[&str] = &["close", "merge", "push"];

/// What is done with an event that fits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// It may show a toast, also when it does not involve the user.
    Show,
    /// It waits in the inbox.
    #[default]
    Silent,
    /// It shows a toast beyond what the hour allows.
    Urgent,
    /// Nothing is made of it.
    Never,
    /// It is made and put straight into the history.
    Done,
    /// What it offers is carried out without being asked, as far as that can be taken back.
    Accept,
}

impl Treatment {
    /// Every treatment, as the file writes it.
    pub const NAMES: [(&str, Self); 6] = [
        ("show", Self::Show),
        ("silent", Self::Silent),
        ("urgent", Self::Urgent),
        ("never", Self::Never),
        ("done", Self::Done),
        ("accept", Self::Accept),
    ];

    /// As the file writes it.
    pub fn as_str(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, one)| *one == self)
            .map_or("", |(name, _)| *name)
    }
}

/// One `[[filter]]` of `config.toml`. In names `*` stands for any text; in paths it stays within a folder and `**`
/// does not. Small and capital letters are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct Filter {
    /// What is done.
    pub action: Treatment,
    /// With `accept`, the kind of action that is carried out, such as `label`; what leads when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// An event type, or what it begins with up to a dot: `repo.build`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// The repository's name: `acme/*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The branch: `release/*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Who did it, or who wrote what it is about: `*[bot]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// A label of the pull request or issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// A changed file, or one that the finding names: `docs/**`, `*.md`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Words of its title or text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The finding's rule: `push/*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The job or command of a build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}

impl Filter {
    /// Its fields with their names in the file, in the file's order.
    pub fn fields(&self) -> [(&'static str, Option<&str>); 9] {
        [
            ("event_type", self.event_type.as_deref()),
            ("repository", self.repository.as_deref()),
            ("branch", self.branch.as_deref()),
            ("author", self.author.as_deref()),
            ("label", self.label.as_deref()),
            ("path", self.path.as_deref()),
            ("text", self.text.as_deref()),
            ("rule", self.rule.as_deref()),
            ("job", self.job.as_deref()),
        ]
    }

    /// Says in words what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let given = || {
            self.fields()
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
        };
        if given().next().is_none() {
            return Err("a filter without a field would fit everything; give `event_type`, `repository`, `branch`, \
                        `author`, `label`, `path`, `text`, `rule` or `job`"
                .into());
        }
        if let Some((name, _)) = given().find(|(_, value)| value.trim().is_empty()) {
            return Err(format!("`{name}` of a filter is empty; take it out"));
        }
        match self.kind.as_deref() {
            Some(_) if self.action != Treatment::Accept => {
                return Err("`kind` goes with `action = \"accept\"` only; take it out".into());
            }
            Some(kind) if NEVER_BY_ITSELF.contains(&kind) => {
                return Err(format!(
                    "`{kind}` never runs by itself; give another `kind`"
                ));
            }
            _ => {}
        }
        if let Some(wanted) = &self.event_type
            && !event_type::ALL
                .iter()
                .any(|known| is_within(known.as_str(), wanted))
        {
            return Err(format!(
                "no event type is or begins with `{wanted}`; the types are such as `repo.build.failed` and `issue.created`"
            ));
        }
        Ok(())
    }

    /// It in words: "label `wip`, repository `acme/*`".
    pub fn describe(&self) -> String {
        let words: Vec<String> = self
            .fields()
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{} `{}`", name.replace('_', " "), value?)))
            .collect();
        words.join(", ")
    }
}

impl From<&Mute> for Filter {
    fn from(mute: &Mute) -> Self {
        Self {
            action: Treatment::Never,
            event_type: mute.event_type.clone(),
            repository: mute.repository.clone(),
            branch: mute.branch.clone(),
            rule: mute.rule.clone(),
            job: mute.job.clone(),
            ..Self::default()
        }
    }
}

/// `filters` with one more, less or other: `was` is the one that is changed, `filter` what it becomes, `place` where it
/// then stands, counted from 0; a new one stands at the end unless it says more.
pub fn changed(
    filters: &[Filter],
    was: Option<&Filter>,
    filter: Option<&Filter>,
    place: Option<usize>,
) -> Result<Vec<Filter>, String> {
    let mut filters = filters.to_vec();
    let found = match was {
        Some(was) => Some(
            filters
                .iter()
                .position(|one| one == was)
                .ok_or("this filter is no longer set; look at them again")?,
        ),
        None => None,
    };
    if let Some(at) = found {
        filters.remove(at);
    }
    match filter {
        Some(filter) => {
            filter.check()?;
            let at = place.or(found).unwrap_or(filters.len()).min(filters.len());
            filters.insert(at, filter.clone());
        }
        None if was.is_none() => {
            return Err("neither a filter to change nor a new one was given".into());
        }
        None => {}
    }
    Ok(filters)
}

/// What is known when filters are asked.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The event.
    pub event: &'a Event,
    /// The job or command of a build, else the subject's title.
    pub job: &'a str,
    /// The finding's rule, once there is a finding.
    pub rule: Option<&'a str>,
    /// Changed files and those that the finding names, once they are known.
    pub paths: Option<&'a [String]>,
}

/// Filters and mutes, ready to be asked about many events.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    mutes: Vec<Compiled>,
    filters: Vec<Compiled>,
}

/// What the filters say of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say<'a> {
    /// This one decides: the first that fits.
    Filter(&'a Filter),
    /// This mute decides; mutes go before filters.
    Mute(&'a Filter),
    /// One that goes before any that fits can only be judged once more is known.
    Open,
    /// None fits.
    Nothing,
}

impl Filters {
    /// Gets `filters` and `mutes` ready.
    pub fn new(filters: &[Filter], mutes: &[Mute]) -> Self {
        Self {
            mutes: mutes
                .iter()
                .filter(|mute| **mute != Mute::default())
                .map(|mute| Compiled::exactly(Filter::from(mute)))
                .collect(),
            filters: filters.iter().cloned().map(Compiled::new).collect(),
        }
    }

    /// What they say of an event as far as it is known.
    pub fn say(&self, known: &Known<'_>) -> Say<'_> {
        if let Some(mute) = self.mutes.iter().find(|mute| mute.fits(known) == Fit::Yes) {
            return Say::Mute(&mute.filter);
        }
        for one in &self.filters {
            match one.fits(known) {
                Fit::Yes => return Say::Filter(&one.filter),
                Fit::Open => return Say::Open,
                Fit::No => {}
            }
        }
        Say::Nothing
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
    Open,
}

#[derive(Debug, Clone)]
struct Compiled {
    filter: Filter,
    repository: Option<Regex>,
    branch: Option<Regex>,
    author: Option<Regex>,
    label: Option<Regex>,
    path: Option<Regex>,
    text: Option<Regex>,
    rule: Option<Regex>,
    job: Option<Regex>,
}

impl Compiled {
    fn new(filter: Filter) -> Self {
        Self::by(filter, |pattern| whole(&wildcard::of_name(pattern)))
    }

    /// Every name stands for itself.
    fn exactly(filter: Filter) -> Self {
        Self::by(filter, |name| {
            Regex::new(&format!("^{}$", regex::escape(name))).ok()
        })
    }

    fn by(filter: Filter, name: impl Fn(&str) -> Option<Regex>) -> Self {
        let of = |field: &Option<String>| field.as_deref().and_then(&name);
        Self {
            repository: of(&filter.repository),
            branch: of(&filter.branch),
            author: of(&filter.author),
            label: of(&filter.label),
            path: filter.path.as_deref().and_then(path),
            text: filter
                .text
                .as_deref()
                .and_then(|words| any_case(&regex::escape(words.trim()))),
            rule: of(&filter.rule),
            job: of(&filter.job),
            filter,
        }
    }

    /// A field that is certain not to fit decides, whatever else is open.
    fn fits(&self, known: &Known<'_>) -> Fit {
        let event = known.event;
        let certain = wanted(self.filter.event_type.as_ref(), |wanted| {
            is_within(event.event_type.as_str(), wanted)
        }) && wanted(self.repository.as_ref(), |regex| {
            regex.is_match(&event.subject.repository)
        }) && wanted(self.branch.as_ref(), |regex| {
            event
                .subject
                .branch
                .as_deref()
                .is_some_and(|name| regex.is_match(name))
        }) && wanted(self.author.as_ref(), |regex| {
            people(event).any(|name| regex.is_match(name))
        }) && wanted(self.label.as_ref(), |regex| {
            labels(event).any(|name| regex.is_match(name))
        }) && wanted(self.text.as_ref(), |regex| {
            texts(event).any(|text| regex.is_match(text))
        }) && wanted(self.job.as_ref(), |regex| regex.is_match(known.job));
        if !certain {
            return Fit::No;
        }
        let rule = self
            .rule
            .as_ref()
            .map(|regex| known.rule.map(|rule| regex.is_match(rule)));
        let path = self.path.as_ref().map(|regex| {
            known
                .paths
                .map(|paths| paths.iter().any(|path| regex.is_match(path)))
        });
        match [rule, path] {
            fits if fits.contains(&Some(Some(false))) => Fit::No,
            fits if fits.contains(&Some(None)) => Fit::Open,
            _ => Fit::Yes,
        }
    }
}

/// True if nothing is wanted, or what is wanted fits.
fn wanted<T>(wanted: Option<T>, fits: impl FnOnce(T) -> bool) -> bool {
    wanted.is_none_or(fits)
}

/// True if `event_type` is `wanted` or begins with it up to a dot.
fn is_within(event_type: &str, wanted: &str) -> bool {
    event_type
        .strip_prefix(wanted.trim_end_matches(".*"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn any_case(regex: &str) -> Option<Regex> {
    RegexBuilder::new(regex).case_insensitive(true).build().ok()
}

fn whole(regex: &str) -> Option<Regex> {
    any_case(&format!("^(?s:{regex})$"))
}

/// A pattern without a folder fits a file in any, and a folder fits all it holds.
fn path(pattern: &str) -> Option<Regex> {
    let pattern = pattern.trim_start_matches("./").trim_start_matches('/');
    let body = pattern.trim_end_matches('/');
    let inside = if body.len() < pattern.len() {
        "/.*"
    } else {
        "(?:/.*)?"
    };
    let anywhere = if body.contains('/') { "" } else { "(?:.*/)?" };
    whole(&format!("{anywhere}{}{inside}", wildcard::of_path(body)))
}

/// Who did it, and who wrote what it is about.
fn people(event: &Event) -> impl Iterator<Item = &str> {
    let wrote = ["/pull_request/author", "/issue/author"]
        .into_iter()
        .filter_map(|place| event.data.pointer(place)?.as_str());
    event.actor.as_deref().into_iter().chain(wrote)
}

fn labels(event: &Event) -> impl Iterator<Item = &str> {
    ["/pull_request/labels", "/issue/labels"]
        .into_iter()
        .filter_map(|place| event.data.pointer(place)?.as_array())
        .flatten()
        .filter_map(Value::as_str)
}

/// Its title, and the texts it came with.
fn texts(event: &Event) -> impl Iterator<Item = &str> {
    const PLACES: [&str; 5] = [
        "/pull_request/title",
        "/pull_request/body",
        "/issue/title",
        "/issue/body",
        "/comment/body",
    ];
    let subjects = event
        .data
        .pointer("/push/commits")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|commit| commit.get("subject").or(commit.get("message"))?.as_str());
    PLACES
        .into_iter()
        .filter_map(|place| event.data.pointer(place)?.as_str())
        .chain(std::iter::once(event.subject.title.as_str()))
        .chain(subjects)
}

#[cfg(test)]
mod tests;
