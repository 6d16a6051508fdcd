//! Builds on the heads: counted by one request, looked at where a count changed.

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Head;
use super::look::Work;
use crate::http::{Body, Request};
use crate::providers::bitbucket_dc::api::{millis, read};

/// Heads counted at once.
const HEADS: usize = 100;

impl Work<'_> {
    pub(super) async fn builds(&mut self) -> Result<(), ProviderError> {
        let commits: Vec<String> = self
            .place
            .heads
            .iter()
            .map(|head| head.commit.clone())
            .collect();
        for some in commits.chunks(HEADS) {
            // It only reads, though it is sent like a change.
            let url = self.api.url("/build-status/latest/commits/stats");
            let mut request = Request::new(Method::POST, url);
            request.body = Some(Body::Json(json!(some)));
            let answer = self.api.send(request).await?;
            let Some(answer) = self.seen(answer).await? else {
                return Ok(());
            };
            let stats: Value = read(&answer)?;
            for commit in some {
                let counts = match &stats[commit] {
                    Value::Null => String::new(),
                    counts => counts.to_string(),
                };
                if !self.counted(commit, counts).await? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Looks at the builds of a commit whose counts changed; false when this poll has asked enough.
    async fn counted(&mut self, commit: &str, counts: String) -> Result<bool, ProviderError> {
        let Some(at) = self
            .place
            .heads
            .iter()
            .position(|head| head.commit == commit)
        else {
            return Ok(true);
        };
        let head = self.place.heads[at].clone();
        let first = head.counts.is_none();
        if head.counts.as_deref() == Some(&counts) {
            return Ok(true);
        }
        if !counts.is_empty() {
            if !self.may() {
                return Ok(false);
            }
            let url = self
                .api
                .url(&format!("/build-status/latest/commits/{commit}"));
            let Some((builds, _)) = self.list(&url, 0).await? else {
                return Ok(true);
            };
            // What was reported before watching began is no news.
            let begun = self.place.begun.filter(|_| first);
            let is_young = |at: Option<Timestamp>| match begun {
                Some(begun) if head.old => at > Some(begun),
                Some(begun) => at >= Some(begun),
                None => true,
            };
            let mut now: BTreeMap<String, String> = BTreeMap::new();
            for build in &builds {
                let text = |field: &str| build[field].as_str().unwrap_or_default().to_owned();
                let (key, state) = (text("key"), text("state"));
                let at = millis(build, "dateAdded");
                let is_news = !self.baseline && is_young(at);
                let changed = head.builds.get(&key) != Some(&state);
                if is_news && changed && !now.contains_key(&key) {
                    self.reported(&head, build, &format!("{key}/{state}"));
                }
                now.entry(key).or_insert(state);
            }
            self.place.heads[at].builds = now;
        }
        self.place.heads[at].counts = Some(counts);
        Ok(true)
    }

    fn reported(&mut self, head: &Head, build: &Value, key: &str) {
        let pull = head.pull.and_then(|number| {
            let pull = self.place.pulls.get(&number)?;
            let author = json!({"name": pull.author});
            Some(json!({"id": number, "base": pull.base, "author": author}))
        });
        let body = json!({
            "build": build,
            "commit": head.commit,
            "branch": head.branch,
            "pullRequest": pull,
        });
        let told = format!("status/{}/{key}", head.commit);
        self.deliver("build", &told, millis(build, "dateAdded"), body);
    }

    /// The heads of the default branch and of every open pull request.
    pub(super) fn watch_heads(&mut self) {
        let default = &self.place.default_branch;
        let main = self.place.branches.get(default).map(|commit| Head {
            commit: commit.clone(),
            branch: default.clone(),
            ..Head::default()
        });
        let open = self.place.pulls.iter().filter(|(_, pull)| pull.open);
        let pulls = open.map(|(number, pull)| Head {
            commit: pull.head.clone(),
            branch: pull.branch.clone(),
            pull: Some(*number),
            ..Head::default()
        });
        let heads = main
            .into_iter()
            .chain(pulls)
            .filter(|head| !head.commit.is_empty());
        let mut watched: Vec<Head> = Vec::new();
        for head in heads {
            if watched.iter().any(|known| known.commit == head.commit) {
                continue;
            }
            let mut known = self.place.heads.iter();
            let known = known.find(|known| known.commit == head.commit).cloned();
            let (branch, pull) = (head.branch.clone(), head.pull);
            let mut head = known.unwrap_or(Head {
                old: self.baseline,
                ..head
            });
            (head.branch, head.pull) = (branch, pull);
            watched.push(head);
        }
        self.place.heads = watched;
    }
}
