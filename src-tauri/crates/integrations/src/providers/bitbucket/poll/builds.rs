//! Builds: pipelines that ended, and what other systems report about the heads.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Head;
use super::look::{Work, cut, moment};
use crate::providers::bitbucket::parse::build_number;

/// Pipelines of a page.
const PAGE: usize = 50;

/// Looks after which a repository without pipelines is asked for them again.
const ASK_AGAIN: u64 = 12;

/// Where there are pipelines, every so-manieth look asks for statuses nobody waits for.
const SELDOM: u64 = 6;

/// How long after it became the head a commit's statuses are asked for by every look.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// What is pending for longer has been forgotten by whoever should end it.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

/// Commits whose statuses one look asks for because something is expected there.
const EXPECTED: usize = 3;

impl Work<'_> {
    pub(super) async fn builds(&mut self) -> Result<(), ProviderError> {
        let asks = !self.place.no_pipelines || self.round.is_multiple_of(ASK_AGAIN);
        if asks {
            self.pipelines().await?;
        }
        let mut wanted = self.expected();
        // Without pipelines statuses are all there is; a look then costs no more.
        if self.place.no_pipelines || self.round.is_multiple_of(SELDOM) || self.baseline {
            let round = if self.place.no_pipelines {
                self.round
            } else {
                self.round / SELDOM
            };
            let heads = self.place.heads.len().max(1) as u64;
            let turn = usize::try_from(round % heads).unwrap_or(0);
            let head = self.place.heads.get(turn).map(|head| head.commit.clone());
            wanted.extend(head.filter(|head| !wanted.contains(head)));
        }
        for (number, commit) in wanted.into_iter().enumerate() {
            if number > 0 && !self.may() {
                break;
            }
            self.statuses(&commit).await?;
        }
        Ok(())
    }

    /// Pipelines since the last look, and those that were still going on.
    async fn pipelines(&mut self) -> Result<(), ProviderError> {
        let top = self.place.top_pipeline;
        let oldest = match (top, self.place.running.first()) {
            (Some(top), Some(running)) => (*running).min(top),
            (Some(top), None) => top,
            (None, _) => u64::MAX,
        };
        let mut items: Vec<Value> = Vec::new();
        let mut next = Some(self.url(&format!("/pipelines?sort=-created_on&pagelen={PAGE}")));
        while let Some(url) = next.take() {
            let Some((page, further)) = self.list(&url).await? else {
                self.place.no_pipelines = true;
                return Ok(());
            };
            let reached = page
                .last()
                .and_then(number)
                .is_none_or(|last| last <= oldest);
            items.extend(page);
            if !reached && further.is_some() {
                if !self.may() {
                    return Ok(());
                }
                next = further;
            }
        }
        self.place.no_pipelines = items.is_empty();
        items.sort_by_key(number);
        for item in &items {
            let Some(of) = number(item) else {
                continue;
            };
            let was_running = self.place.running.remove(&of);
            if item.pointer("/state/name").and_then(Value::as_str) != Some("COMPLETED") {
                self.place.running.insert(of);
            } else if top.is_some_and(|top| of > top) || was_running {
                self.ended(of, item);
            }
            self.place.top_pipeline = self.place.top_pipeline.max(Some(of));
        }
        self.place.top_pipeline = self.place.top_pipeline.or(Some(0));
        Ok(())
    }

    fn ended(&mut self, of: u64, pipeline: &Value) {
        let commit = pipeline.pointer("/target/commit/hash");
        let commit = commit.and_then(Value::as_str).unwrap_or_default();
        let mut shown = pipeline.clone();
        shown["url"] = format!("{}/pipelines/results/{of}", self.place.page).into();
        let body = json!({
            "actor": pipeline["creator"],
            "pipeline": shown,
            "pullrequest": self.pull_of(cut(commit)),
        });
        let at = moment(pipeline, "completed_on");
        let result = pipeline.pointer("/state/result/name");
        let key = format!("pipeline/{of}/{}", result.unwrap_or(&Value::Null));
        self.deliver("repo:pipeline", &key, at, body);
    }

    /// The open pull request whose head a commit is.
    fn pull_of(&self, commit: &str) -> Value {
        let mut pulls = self.place.pulls.iter();
        let found = pulls.find(|(_, pull)| pull.head == commit);
        found.map_or(
            Value::Null,
            |(number, pull)| json!({"id": number, "base": pull.base, "author": pull.author}),
        )
    }

    /// Commits on which a status may well come: new heads, and those where one is in progress.
    fn expected(&self) -> Vec<String> {
        let now = self.now();
        let mut heads: Vec<&Head> = self.place.heads.iter().collect();
        // The youngest first; of those that wait for their turn, another each time.
        heads.sort_by_key(|head| std::cmp::Reverse(head.since));
        let waits = |head: &&Head| {
            let age = head.since.map(|since| now.duration_since(since));
            age.is_some_and(|age| age < FRESH)
                || (head.pending && age.is_none_or(|age| age < FORGOTTEN))
        };
        let mut waiting: Vec<String> = heads
            .into_iter()
            .filter(waits)
            .map(|head| head.commit.clone())
            .collect();
        if waiting.len() > EXPECTED {
            let turn = usize::try_from(self.round).unwrap_or(0) % waiting.len();
            waiting.rotate_left(turn);
        }
        waiting.truncate(EXPECTED);
        waiting
    }

    /// The heads of the default branch and of every open pull request.
    pub(super) fn watch_heads(&mut self) {
        let since = (!self.baseline).then_some(self.now());
        let default = &self.place.default_branch;
        let main = self.place.branches.get(default).map(|commit| Head {
            commit: cut(commit).to_owned(),
            branch: default.clone(),
            ..Head::default()
        });
        let pulls = self.place.pulls.iter().map(|(number, pull)| Head {
            commit: pull.head.clone(),
            branch: pull.branch.clone(),
            pull: Some(*number),
            ..Head::default()
        });
        let heads: Vec<Head> = main
            .into_iter()
            .chain(pulls)
            .filter(|head| !head.commit.is_empty())
            .map(|head| {
                let known = self
                    .place
                    .heads
                    .iter()
                    .find(|known| known.commit == head.commit);
                match known {
                    Some(known) => Head {
                        branch: head.branch,
                        pull: head.pull,
                        ..known.clone()
                    },
                    None => Head { since, ..head },
                }
            })
            .collect();
        self.place.heads = heads;
    }

    /// What is reported about a commit; what changed is told.
    async fn statuses(&mut self, commit: &str) -> Result<(), ProviderError> {
        let rest = format!("/commit/{commit}/statuses?pagelen=100");
        let Some((statuses, _)) = self.list(&self.url(&rest)).await? else {
            return Ok(());
        };
        let Some(head) = self.place.heads.iter().find(|head| head.commit == commit) else {
            return Ok(());
        };
        // What was reported before watching began is no news.
        let begun = self
            .place
            .begun
            .filter(|_| head.statuses.is_none() && head.since.is_none());
        let known = head.statuses.clone().unwrap_or_default();
        let branch = head.branch.clone();
        let pull = self.pull_of(commit);
        let mut now: BTreeMap<String, String> = BTreeMap::new();
        for status in &statuses {
            let text = |field: &str| status[field].as_str().unwrap_or_default();
            // A pipeline speaks for itself where it can be asked for.
            if build_number(text("url")).is_some() && !self.place.no_pipelines {
                continue;
            }
            let (key, state) = (text("key").to_owned(), text("state").to_owned());
            let at = moment(status, "updated_on");
            let changed = known.get(&key) != Some(&state);
            let is_news = !self.baseline && begun.is_none_or(|begun| at > Some(begun));
            if changed && is_news && !now.contains_key(&key) {
                let body = json!({
                    "commit_status": status,
                    "branch": branch,
                    "pullrequest": pull,
                });
                let told = format!("status/{commit}/{key}/{state}");
                self.deliver("repo:commit_status_updated", &told, at, body);
            }
            now.entry(key).or_insert(state);
        }
        let pending = now.values().any(|state| state == "INPROGRESS");
        if let Some(head) = self
            .place
            .heads
            .iter_mut()
            .find(|head| head.commit == commit)
        {
            head.statuses = Some(now);
            head.pending = pending;
        }
        Ok(())
    }
}

fn number(pipeline: &Value) -> Option<u64> {
    pipeline["build_number"].as_u64()
}
