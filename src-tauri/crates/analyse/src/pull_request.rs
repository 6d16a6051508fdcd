//! A pull request as its event tells it: `data.pull_request`.

use perch_core::event::Event;
use serde::Deserialize;

/// What is known of the pull request. Fields the provider does not give are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct PullRequest {
    pub(crate) title: String,
    #[serde(deserialize_with = "text_or_nothing")]
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
    pub(crate) draft: bool,
    pub(crate) author: String,
    pub(crate) number: Option<u64>,
    /// Where it comes from.
    #[serde(skip)]
    pub(crate) branch: Option<String>,
    /// Who is asked to review it, by their names at the forge.
    pub(crate) requested_reviewers: Vec<String>,
}

fn text_or_nothing<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

/// Bytes of a branch's name that stand in a title.
const ROOM: usize = 24;

impl PullRequest {
    /// The pull request of `event`; what its data lacks is taken from its subject.
    pub(crate) fn of(event: &Event) -> Self {
        let mut found = event
            .data
            .get("pull_request")
            .and_then(|value| Self::deserialize(value).ok())
            .unwrap_or_default();
        if found.title.is_empty() {
            found.title.clone_from(&event.subject.title);
        }
        if found.author.is_empty() {
            found.author = event.actor.clone().unwrap_or_default();
        }
        found.number = found.number.or(event.subject.number);
        found.branch.clone_from(&event.subject.branch);
        found
    }

    /// What people call it: `PR #42`, or its branch where it never had a number and the name leaves room for more.
    pub(crate) fn name(&self) -> String {
        match (self.number, &self.branch) {
            (Some(number), _) => format!("PR #{number}"),
            (None, Some(branch)) if branch.len() <= ROOM => format!("`{branch}`"),
            (None, _) => "This pull request".into(),
        }
    }

    /// The text without the comments of its template.
    pub(crate) fn written_body(&self) -> String {
        let mut text = String::new();
        let mut rest = self.body.as_str();
        while let Some((before, after)) = rest.split_once("<!--") {
            text.push_str(before);
            rest = after.split_once("-->").map_or("", |(_, after)| after);
        }
        text.push_str(rest);
        text
    }
}
