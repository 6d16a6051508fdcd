//! The events a branch's past would have brought, had it been watched. Pure.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::merge_message;
use perch_core::seam::checkout::{History, Recorded, Survey};
use perch_core::subject::Subject;
use serde_json::json;

/// Commits of one author that follow each other within this came by one push.
const ONE_PUSH: SignedDuration = SignedDuration::from_mins(30);

/// Commits looked through for where a merged branch left, at most.
const FAR: usize = 5_000;

/// The pushes to `branch`, and the pull requests that were opened and merged into it, from `from` to `to`, oldest
/// first. A squashed pull request leaves no trace that tells it from a push.
pub(super) fn events(
    history: &History,
    survey: &Survey,
    branch: &str,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Event> {
    let graph = Graph {
        commits: history
            .commits
            .iter()
            .map(|commit| (commit.sha.as_str(), commit))
            .collect(),
        survey,
        branch,
    };
    let mut line: Vec<&Recorded> = Vec::new();
    let mut next = graph.commits.get(history.to.as_str());
    while let Some(commit) = next {
        line.push(commit);
        next = commit
            .parents
            .first()
            .and_then(|parent| graph.commits.get(parent.as_str()));
    }
    line.retain(|commit| commit.at >= from && commit.at <= to);
    line.reverse();
    let mut found = Vec::new();
    let mut push: Vec<&Recorded> = Vec::new();
    for commit in line {
        let goes_on = push.last().is_some_and(|last| {
            last.email == commit.email && commit.at.duration_since(last.at) <= ONE_PUSH
        });
        if commit.parents.len() > 1 || !goes_on {
            found.extend(graph.pushed(&push));
            push.clear();
        }
        if commit.parents.len() > 1 {
            found.extend(graph.pull_request(commit));
            found.extend(graph.pushed(&[commit]));
        } else {
            push.push(commit);
        }
    }
    found.extend(graph.pushed(&push));
    found.sort_by_key(|event| event.at);
    found
}

struct Graph<'a> {
    commits: HashMap<&'a str, &'a Recorded>,
    survey: &'a Survey,
    branch: &'a str,
}

impl Graph<'_> {
    fn pushed(&self, commits: &[&Recorded]) -> Option<Event> {
        let (first, last) = (commits.first()?, commits.last()?);
        let listed: Vec<_> = commits
            .iter()
            .map(|commit| {
                json!({ "sha": commit.sha, "subject": subject(commit), "author": commit.email })
            })
            .collect();
        Some(Event {
            event_type: EventType::PUSH,
            dedup_key: format!("backtest/push/{}", last.sha),
            subject: Subject {
                key: format!("branch/{}", self.branch),
                title: subject(last).into(),
                branch: Some(self.branch.into()),
                on_default_branch: true,
                commit: Some(last.sha.clone()),
                before: first.parents.first().cloned(),
                ..self.subject()
            },
            at: last.at,
            actor: Some(last.email.clone()),
            involves: Vec::new(),
            data: json!({ "push": { "forced": false, "commits": listed } }),
        })
    }

    /// A merge commit's pull request: opened when its last commit was made, merged when it came in.
    fn pull_request(&self, merge: &Recorded) -> Vec<Event> {
        let [into, tip, ..] = merge.parents.as_slice() else {
            return Vec::new();
        };
        let message = merge_message::read(&merge.message);
        let Some(tip) = self.commits.get(tip.as_str()) else {
            return Vec::new();
        };
        let title = message
            .title
            .clone()
            .unwrap_or_else(|| subject(tip).to_owned());
        let data = json!({
            "pull_request": {
                "title": title,
                "body": message.body,
                "labels": [],
                "draft": false,
                "author": tip.email,
                "head": message.head,
                "base": self.branch,
                "number": message.number,
            },
        });
        let shared = Subject {
            key: message.number.map_or_else(
                || format!("merge/{}", merge.sha),
                |number| format!("pull/{number}"),
            ),
            title,
            number: message.number,
            branch: message.head.clone(),
            ..self.subject()
        };
        let opened = self.left(into, &tip.sha).map(|before| Event {
            event_type: EventType::PR_OPENED,
            dedup_key: format!("backtest/opened/{}", merge.sha),
            subject: Subject {
                commit: Some(tip.sha.clone()),
                before: Some(before),
                ..shared.clone()
            },
            at: tip.at.min(merge.at),
            actor: Some(tip.email.clone()),
            involves: Vec::new(),
            data: data.clone(),
        });
        let merged = Event {
            event_type: EventType::PR_MERGED,
            dedup_key: format!("backtest/merged/{}", merge.sha),
            subject: Subject {
                commit: Some(merge.sha.clone()),
                before: Some(into.clone()),
                ..shared
            },
            at: merge.at,
            actor: Some(merge.email.clone()),
            involves: Vec::new(),
            data,
        };
        opened.into_iter().chain([merged]).collect()
    }

    fn subject(&self) -> Subject {
        Subject {
            repository: self.survey.name.clone(),
            repository_key: self.survey.root.clone(),
            base_branch: Some(self.branch.into()),
            ..Subject::default()
        }
    }

    /// The newest commit that `tip` and `into` share.
    fn left(&self, into: &str, tip: &str) -> Option<String> {
        let known: HashSet<&str> = self
            .reachable(into)
            .map(|commit| commit.sha.as_str())
            .collect();
        self.reachable(tip)
            .filter(|commit| known.contains(commit.sha.as_str()))
            .max_by_key(|commit| commit.at)
            .map(|commit| commit.sha.clone())
    }

    /// Commits reachable from `sha`, nearest first, so far as that is worth it.
    fn reachable<'g>(&'g self, sha: &'g str) -> impl Iterator<Item = &'g Recorded> {
        let mut seen = HashSet::from([sha]);
        let mut waiting = std::collections::VecDeque::from([sha]);
        std::iter::from_fn(move || {
            loop {
                let sha = waiting.pop_front()?;
                // A shallow clone lacks parents.
                let Some(&commit) = self.commits.get(sha) else {
                    continue;
                };
                for parent in &commit.parents {
                    if seen.insert(parent) {
                        waiting.push_back(parent);
                    }
                }
                return Some(commit);
            }
        })
        .take(FAR)
    }
}

fn subject(commit: &Recorded) -> &str {
    commit.message.lines().next().unwrap_or_default()
}
