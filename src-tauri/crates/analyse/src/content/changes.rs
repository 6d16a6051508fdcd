//! What landed in a range of commits: each pull request once, each commit without one by itself, without what was
//! taken back and without the noise of making it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use perch_core::event::Event;
use perch_core::merge_message;
use perch_core::seam::checkout::{History, Recorded};
use regex::Regex;

use super::contributors;
use crate::changelog::category;
use crate::changelog::landed::{Author, Landed};
use crate::pull_request::PullRequest;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"\s\((?:#|pull request #|!)(\d+)\)\s*$"));
static REVERTED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)\breverts? commits?:? ([0-9a-f]{7,40})"));
static REVERTED_PULL: LazyLock<Regex> = LazyLock::new(|| regex(r"(?mi)^reverts \S*?[#!](\d+)\s*$"));
static REVERTED_TITLE: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"^Revert "(.+)"(?: \([#!]\d+\))?$"#));

/// A title that names no change by itself, in a project without types of commits.
static NOISE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)^(?:(?:fixup|squash|amend)!.*|wip\b.*|tmp|temp|\.+|oops\b.*|lint(?:ing)?|fmt|format(?:ting)?|(?:run )?rustfmt|",
        r"(?:run |fix )?(?:clippy|lints?|prettier)(?: lints?| warnings?)?|clean ?up|cosmetics?|whitespace|nits?|",
        r"(?:fix |small |minor |some )*typos?(?: fix(?:es)?)?(?: in .*)?|(?:address|apply|incorporate) (?:the )?(?:code )?(?:review|feedback|comments?|suggestions?).*|",
        r"(?:code )?review (?:comments?|feedback|fixes)|(?:update|create|delete|rename) \S+\.\w+|add files via upload|",
        r"(?:initial|first) commit|merge (?:branch|remote|pull|tag|origin|upstream).*|",
        r"(?:update|regenerate) (?:the )?(?:changelog|license|lock ?files?|cargo\.lock|\.gitignore|snapshots?|contributors)|",
        r"(?:re)?trigger (?:ci|build)|empty commit)$",
    ))
});

/// A commit that only makes a version.
static RELEASE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)^(?:(?:chore|build|ci)(?:\([\w./-]*\))?: ?)?(?:(?:cut|prepare|publish|bump|tag|start|begin|set)?(?: the| for| to| new)*",
        r" ?(?:release|version|dev(?:elopment)? version|next (?:release|version)|next development (?:iteration|version))",
        r"(?:s|d)?(?: (?:to|for|bump|from))?(?: [\w./@-]*\d[\w.+-]*)*(?: to v?\d[\w.+-]*)?|",
        r"release [\w@/-]+(?: version)? v?\d+\.\d+[\w.+-]*|",
        r"(?:bump (?:to )?)?[@\w/-]*?v?\d+\.\d+(?:\.\d+)?[\w.+-]*|changelog for .*|post-release.*|back to dev.*|version packages)\.?(?: \(#\d+\))?$",
    ))
});

/// Words that begin a change nobody outside notices, in a project without types of commits.
const INTERNAL: &[&str] = &[
    "refactor",
    "refactors",
    "refactored",
    "refactoring",
    "tidy",
    "reformat",
    "restructure",
    "reorganize",
    "reorganise",
];

/// A change that is not listed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub(super) title: String,
    pub(super) why: String,
}

/// A change with all the commits it is made of.
struct Whole {
    landed: Landed,
    commits: Vec<String>,
}

/// What landed, oldest first. `merged` are the pull requests known to have been merged.
pub(super) fn changes(history: &History, merged: &[Event]) -> (Vec<Landed>, Vec<LeftOut>) {
    let known = Known::of(merged);
    let commits: BTreeMap<&str, &Recorded> = history
        .commits
        .iter()
        .map(|one| (one.sha.as_str(), one))
        .collect();
    let mut line = Vec::new();
    let mut next = Some(history.to.as_str());
    while let Some(commit) = next.and_then(|sha| commits.get(sha)) {
        line.push(*commit);
        next = commit.parents.first().map(String::as_str);
    }
    line.reverse();
    let mut taken: BTreeSet<&str> = line.iter().map(|commit| commit.sha.as_str()).collect();
    let mut found = Vec::new();
    for commit in line {
        if commit.parents.len() < 2 {
            found.push(known.commit(commit, None));
            continue;
        }
        let members = members(commit, &commits, history, &mut taken);
        known.merge(commit, &members, &mut found);
    }
    let mut left_out = Vec::new();
    let found = without_taken_back(found, &mut left_out);
    let mut titles = BTreeSet::new();
    let landed = found
        .into_iter()
        .map(|whole| whole.landed)
        .filter(|landed| match noise(landed) {
            None => true,
            Some(why) => {
                left_out.push(LeftOut {
                    title: landed.title.clone(),
                    why: why.into(),
                });
                false
            }
        })
        // The same change, picked twice.
        .filter(|landed| titles.insert((landed.title.trim().to_lowercase(), landed.number)))
        .collect();
    (landed, left_out)
}

/// The commits a merge brought, oldest first, without merges.
fn members<'a>(
    merge: &'a Recorded,
    commits: &BTreeMap<&'a str, &'a Recorded>,
    history: &'a History,
    taken: &mut BTreeSet<&'a str>,
) -> Vec<&'a Recorded> {
    let mut brought = BTreeSet::new();
    let mut open: Vec<&str> = merge.parents[1..].iter().map(String::as_str).collect();
    while let Some(sha) = open.pop() {
        if let Some(commit) = commits.get(sha)
            && taken.insert(commit.sha.as_str())
        {
            brought.insert(sha);
            open.extend(commit.parents.iter().map(String::as_str));
        }
    }
    let of = |commit: &&Recorded| brought.contains(commit.sha.as_str()) && commit.parents.len() < 2;
    history.commits.iter().rev().filter(of).collect()
}

/// Pull requests whose merging is known from events.
struct Known<'a> {
    by_number: BTreeMap<u64, &'a Event>,
    by_commit: BTreeMap<&'a str, &'a Event>,
}

impl<'a> Known<'a> {
    fn of(merged: &'a [Event]) -> Self {
        let numbered = || merged.iter().filter(|event| event.subject.number.is_some());
        Self {
            by_number: numbered()
                .filter_map(|event| Some((event.subject.number?, event)))
                .collect(),
            by_commit: numbered()
                .filter_map(|event| Some((event.subject.commit.as_deref()?, event)))
                .collect(),
        }
    }

    fn find(&self, number: Option<u64>, commit: &str) -> Option<&'a Event> {
        number
            .and_then(|number| self.by_number.get(&number))
            .or_else(|| self.by_commit.get(commit))
            .copied()
    }

    /// A commit that stands by itself; `number` is that of the pull request it came with.
    fn commit(&self, commit: &Recorded, number: Option<u64>) -> Whole {
        let (title, body) = commit
            .message
            .split_once('\n')
            .unwrap_or((&commit.message, ""));
        let own = NUMBER
            .captures(title)
            .and_then(|found| found[1].parse().ok());
        let number = own
            .or_else(|| merge_message::read(&commit.message).number)
            .or(number);
        let mut landed = Landed {
            title: title.trim().to_owned(),
            body: body.trim().to_owned(),
            authors: contributors::of(&[commit]),
            number,
            commit: Some(commit.sha.clone()),
            paths: commit.paths.clone(),
            ..Landed::default()
        };
        if let Some(event) = self.find(number, &commit.sha) {
            told(&mut landed, event);
        }
        Whole {
            landed,
            commits: vec![commit.sha.clone()],
        }
    }

    /// What a merge brought: its pull request, or its commits where they say more.
    fn merge(&self, merge: &Recorded, members: &[&Recorded], found: &mut Vec<Whole>) {
        let message = merge_message::read(&merge.message);
        let event = self.find(message.number, &merge.sha);
        let title = event
            .map(|event| PullRequest::of(event).title)
            .filter(|title| !title.is_empty())
            .or(message.title);
        let typed = |title: &str| category::title(title, "").kind.is_some();
        let subject =
            |commit: &&&Recorded| typed(commit.message.lines().next().unwrap_or_default());
        let members_typed =
            !members.is_empty() && members.iter().filter(subject).count() * 2 >= members.len();
        let Some(title) = title.filter(|title| typed(title) || !members_typed) else {
            found.extend(
                members
                    .iter()
                    .map(|commit| self.commit(commit, message.number)),
            );
            return;
        };
        let mut body = message.body;
        for member in members {
            let (title, rest) = member
                .message
                .split_once('\n')
                .unwrap_or((&member.message, ""));
            let parts = category::title(title, rest);
            if parts.breaking {
                let note = parts.breaking_note.unwrap_or(parts.text);
                body.push_str(&format!("\n\nBREAKING CHANGE: {note}"));
            }
        }
        let makers: Vec<&Recorded> = if members.is_empty() {
            vec![merge]
        } else {
            members.to_vec()
        };
        let mut landed = Landed {
            title,
            body: body.trim().to_owned(),
            authors: contributors::of(&makers),
            number: message.number,
            commit: Some(merge.sha.clone()),
            paths: merge.paths.clone(),
            ..Landed::default()
        };
        if let Some(event) = event {
            told(&mut landed, event);
        }
        let mut commits: Vec<String> = members.iter().map(|commit| commit.sha.clone()).collect();
        commits.push(merge.sha.clone());
        found.push(Whole { landed, commits });
    }
}

/// Adds what the forge told of a pull request.
fn told(landed: &mut Landed, event: &Event) {
    let pull_request = PullRequest::of(event);
    landed.number = landed.number.or(pull_request.number);
    landed.labels = pull_request.labels;
    landed.url.clone_from(&event.subject.url);
    let author = Author::called(&pull_request.author);
    if author.handle.is_none() {
        return;
    }
    match landed.authors.first_mut() {
        Some(first) => first.handle = author.handle,
        None => landed.authors.push(author),
    }
}

/// Leaves out what was reverted within the range, together with what reverted it.
fn without_taken_back(found: Vec<Whole>, left_out: &mut Vec<LeftOut>) -> Vec<Whole> {
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    for at in (0..found.len()).rev() {
        if gone.contains(&at) {
            continue;
        }
        let taken_back = (0..at)
            .rev()
            .filter(|earlier| !gone.contains(earlier))
            .find(|earlier| reverts(&found[at].landed, &found[*earlier]));
        if let Some(earlier) = taken_back {
            gone.extend([at, earlier]);
            left_out.push(LeftOut {
                title: found[earlier].landed.title.clone(),
                why: "it was reverted before the end of the range".into(),
            });
        }
    }
    let mut at = 0;
    let mut rest = found;
    rest.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
    for whole in &mut rest {
        whole.landed.title = revert_in_words(&whole.landed.title);
    }
    rest
}

fn reverts(landed: &Landed, earlier: &Whole) -> bool {
    let by_commit = REVERTED
        .captures_iter(&landed.body)
        .any(|found| earlier.commits.iter().any(|sha| sha.starts_with(&found[1])));
    let by_number = REVERTED_PULL.captures_iter(&landed.body).any(|found| {
        found[1].parse().ok() == earlier.landed.number && earlier.landed.number.is_some()
    });
    let by_title = REVERTED_TITLE
        .captures(&landed.title)
        .is_some_and(|found| found[1] == earlier.landed.title);
    by_commit || by_number || by_title
}

/// `Revert "feat(x): accept tabs (#3)" (#7)` as `Revert "accept tabs" (#7)`.
fn revert_in_words(title: &str) -> String {
    let Some(found) = REVERTED_TITLE.captures(title) else {
        return title.to_owned();
    };
    let inner = NUMBER.replace(&found[1], "").into_owned();
    let words = category::title(&inner, "").text;
    let number = NUMBER
        .find(title)
        .map_or("", |found| found.as_str().trim_end());
    format!("Revert \"{words}\"{number}")
}

/// Why a change is worth no entry anywhere, if it is not.
fn noise(landed: &Landed) -> Option<&'static str> {
    let title = NUMBER.replace(&landed.title, "");
    let title = title.trim();
    if title.is_empty() {
        return Some("it has no title");
    }
    if RELEASE.is_match(title) {
        return Some("it only makes a version");
    }
    match category::title(title, "").kind.as_deref() {
        Some("wip") => return Some("its title names no change"),
        Some(_) => return None,
        None => {}
    }
    if NOISE.is_match(title) {
        return Some("its title names no change");
    }
    let said = category::parts_of_code(title).map_or(title, |(_, said)| said);
    let first = said.split(' ').next().unwrap_or_default().to_lowercase();
    INTERNAL
        .contains(&first.as_str())
        .then_some("it changes nothing for users by its own words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_told_from_changes() {
        for title in [
            "wip",
            "WIP: try",
            "fixup! Add ranges",
            "Fix typo",
            "fix typos in README",
            "Update README.md",
            "cargo fmt? no",
            "rustfmt",
            "Release v1.2.0",
            "v1.2.0",
            "Release axum 0.7",
            "chore: Release git-conventional version 1.1.0",
            "Small typo fixes",
            "1.2",
            "Bump version to 1.3.0",
            "chore(release): 1.2.3",
            "chore: release v1.2.3",
            "Prepare release 2.0",
            "address review comments",
            "Merge branch 'x'",
            "Prepare for next development iteration",
            "Version Packages",
            "@acme/web@1.2.0",
            "Refactor the parser",
        ] {
            let landed = Landed {
                title: title.into(),
                ..Landed::default()
            };
            assert_eq!(
                noise(&landed).is_some(),
                title != "cargo fmt? no",
                "{title}"
            );
        }
        for title in [
            "Format dates as ISO 8601",
            "Release the lock early",
            "Fix release of memory",
            "Version the wire format",
            "Support TLS 1.3",
            "Update the default port to 8080",
            "Create folders on demand",
            "chore: drop Python 3.8",
            "Bump MSRV to 1.85",
            "Set version header in replies",
        ] {
            let landed = Landed {
                title: title.into(),
                ..Landed::default()
            };
            assert_eq!(noise(&landed), None, "{title}");
        }
    }
}
