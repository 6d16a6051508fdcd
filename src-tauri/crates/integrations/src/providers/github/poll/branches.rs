//! Pushes, seen by where branches stand, and releases.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::Work;
use crate::http::address::part;
use crate::providers::github::api::read;

/// Branches watched. In a repository with more, pushes to the rest are seen only as changes of pull requests.
const BRANCHES: usize = 1_000;

/// The hash that stands for no commit.
const NOTHING: &str = "0000000000000000000000000000000000000000";

impl Work<'_> {
    /// Where the branches stand; what moved is told as a push.
    pub(super) async fn branches(&mut self) -> Result<bool, ProviderError> {
        let url = self.url("/git/matching-refs/heads");
        let Some(answer) = self.changed(&url).await? else {
            return Ok(false);
        };
        let mut refs: Vec<Value> = read(&answer)?;
        let mut next = answer.next_page();
        while let Some(url) = next.take().filter(|_| refs.len() < BRANCHES) {
            let Some(more) = self.spend(&url).await? else {
                break;
            };
            refs.extend(read::<Vec<Value>>(&more)?);
            next = more.next_page();
        }
        let default = self.place.default_branch.clone();
        let mut stand: BTreeMap<String, String> = BTreeMap::new();
        for one in &refs {
            let name = one["ref"].as_str().unwrap_or_default();
            let (Some(name), Some(sha)) = (
                name.strip_prefix("refs/heads/"),
                one.pointer("/object/sha").and_then(Value::as_str),
            ) else {
                continue;
            };
            if stand.len() < BRANCHES || name == default {
                stand.insert(name.to_owned(), sha.to_owned());
            }
        }
        if let Some(sha) = stand.get(&default) {
            self.move_default(sha);
        }
        if !self.baseline {
            let full = self.place.branches.len() >= BRANCHES;
            let moved: Vec<(String, String)> = stand
                .iter()
                .filter(|(name, sha)| match self.place.branches.get(*name) {
                    Some(before) => before != *sha,
                    None => !full,
                })
                .map(|(name, sha)| (name.clone(), sha.clone()))
                .collect();
            for (name, sha) in moved {
                let before = self.place.branches.get(&name).cloned();
                self.pushed(&name, before.as_deref(), &sha).await?;
            }
        }
        self.place.branches = stand;
        self.remember(&url, &answer);
        Ok(true)
    }

    async fn pushed(
        &mut self,
        branch: &str,
        before: Option<&str>,
        after: &str,
    ) -> Result<(), ProviderError> {
        let default = &self.place.default_branch;
        let from = match before {
            Some(before) => before.to_owned(),
            None => part(default),
        };
        let url = self.url(&format!("/compare/{from}...{after}?per_page=100"));
        let range: Value = match self.spend(&url).await? {
            Some(answer) => read(&answer)?,
            None => Value::Null,
        };
        let commits: Vec<Value> = range["commits"]
            .as_array()
            .into_iter()
            .flatten()
            .map(commit)
            .collect();
        // What the branch stood on is no part of it any more, or is gone altogether.
        let forced = before.is_some()
            && !matches!(range["status"].as_str(), Some("ahead" | "identical"))
            && !range.is_null();
        let head = commits.last().cloned().unwrap_or(Value::Null);
        let at = head["timestamp"]
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok())
            .map_or(self.now(), |at| at.max(self.since.unwrap_or(at)))
            .min(self.now());
        let body = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before.unwrap_or(NOTHING),
            "after": after,
            "created": before.is_none(),
            "deleted": false,
            "forced": forced,
            "compare": range["html_url"],
            "commits": commits,
            "head_commit": head,
            "sender": {"login": head["author"]["username"]},
        });
        self.deliver_push(branch, after, at, body);
        Ok(())
    }

    fn deliver_push(&mut self, branch: &str, after: &str, at: Timestamp, mut body: Value) {
        // A webhook tells when the push came; here it is known no better than this.
        body["head_commit"]["timestamp"] = at.to_string().into();
        let key = format!("branch/{branch}/{after}");
        self.deliver("push", &key, Some(at), body);
    }

    pub(super) async fn releases(&mut self) -> Result<bool, ProviderError> {
        let url = self.url("/releases?per_page=30");
        let Some(answer) = self.changed(&url).await? else {
            return Ok(false);
        };
        let releases: Vec<Value> = read(&answer)?;
        let mut published = BTreeSet::new();
        for release in &releases {
            let (Some(id), Some(at)) = (release["id"].as_u64(), release["published_at"].as_str())
            else {
                continue;
            };
            published.insert(id);
            if self.baseline || release["draft"] == true || self.place.releases.contains(&id) {
                continue;
            }
            let body = json!({
                "action": "published",
                "release": release,
                "sender": release["author"],
            });
            let key = format!("release/{id}/published");
            self.deliver("release", &key, at.parse().ok(), body);
        }
        self.place.releases = published;
        self.remember(&url, &answer);
        Ok(true)
    }
}

/// A commit of a comparison in the shape of a push.
fn commit(commit: &Value) -> Value {
    json!({
        "id": commit["sha"],
        "message": commit.pointer("/commit/message"),
        "timestamp": commit.pointer("/commit/committer/date"),
        "url": commit["html_url"],
        "author": {
            "name": commit.pointer("/commit/author/name"),
            "username": commit.pointer("/author/login"),
        },
    })
}
