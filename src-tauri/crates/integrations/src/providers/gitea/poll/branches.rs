//! Pushes, seen by where branches stand, and releases.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Head;
use super::look::Work;
use crate::http::address::encode;
use crate::providers::gitea::api::{members, read};

/// Branches watched. In a repository with more, pushes to the rest are seen only as changes of pull requests.
const BRANCHES: usize = 1_000;

/// The hash that stands for no commit.
const NOTHING: &str = "0000000000000000000000000000000000000000";

impl Work<'_> {
    /// Where the branches stand; what moved is told as a push.
    pub(super) async fn branches(&mut self) -> Result<bool, ProviderError> {
        let answer = self.api.get(&self.url("/git/refs/heads")).await?;
        if !self.is_there(&answer)? {
            return Ok(false);
        }
        let refs = members(&answer, None)?;
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
        let full = self.place.branches.len() >= BRANCHES;
        let moved: Vec<(String, String)> = stand
            .iter()
            .filter(|(name, sha)| match self.place.branches.get(*name) {
                Some(before) => before != *sha,
                None => !full,
            })
            .map(|(name, sha)| (name.clone(), sha.clone()))
            .collect();
        if !self.baseline {
            for (name, sha) in &moved {
                let before = self.place.branches.get(name).cloned();
                self.pushed(name, before.as_deref(), sha).await?;
            }
        }
        self.place.branches = stand;
        Ok(!moved.is_empty())
    }

    /// The default branch stands on `sha`.
    fn move_default(&mut self, sha: &str) {
        let known = self.place.heads.iter().find(|head| head.pull.is_none());
        if known.is_some_and(|head| head.sha == sha) {
            return;
        }
        self.place.heads.retain(|head| head.pull.is_some());
        let head = Head {
            sha: sha.to_owned(),
            branch: self.place.default_branch.clone(),
            since: (!self.baseline).then_some(self.now()),
            ..Head::default()
        };
        self.place.heads.insert(0, head);
    }

    async fn pushed(
        &mut self,
        branch: &str,
        before: Option<&str>,
        after: &str,
    ) -> Result<(), ProviderError> {
        let from = before.unwrap_or(&self.place.default_branch);
        let range = format!("{}...{after}", encode(from));
        let url = self.url(&format!("/compare/{range}"));
        let compared: Value = match self.spend(&url).await? {
            Some(answer) => read(&answer)?,
            None => Value::Null,
        };
        let mut listed = compared["commits"].as_array().cloned().unwrap_or_default();
        // Servers list the newest first.
        if listed.first().is_some_and(|commit| commit["sha"] == after) {
            listed.reverse();
        }
        // What the branch stood on is no part of it any more, or is gone altogether.
        let forced = before.is_some_and(|before| {
            !compared.is_null()
                && !listed.iter().any(|commit| {
                    let parents = commit["parents"].as_array().into_iter().flatten();
                    parents.into_iter().any(|parent| parent["sha"] == before)
                })
        });
        let commits: Vec<Value> = listed.iter().map(commit).collect();
        let head = commits.last().cloned().unwrap_or(Value::Null);
        let at = head["timestamp"]
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok())
            .map_or(self.now(), |at| at.max(self.since.unwrap_or(at)))
            .min(self.now());
        let page = &self.place.html_url;
        let body = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before.unwrap_or(NOTHING),
            "after": after,
            "forced": forced,
            "compare_url": format!("{page}/compare/{range}"),
            "commits": commits,
            "head_commit": head,
            "pushed_at": at.to_string(),
            "sender": {"login": head["author"]["username"]},
        });
        self.deliver("push", &format!("branch/{branch}/{after}"), Some(at), body);
        Ok(())
    }

    pub(super) async fn releases(&mut self) -> Result<bool, ProviderError> {
        let Some(releases) = self.list("/releases", None, 1, |_| true).await? else {
            return Ok(false);
        };
        let mut published = BTreeSet::new();
        let mut changed = false;
        for release in &releases {
            let (Some(id), Some(at)) = (release["id"].as_u64(), release["published_at"].as_str())
            else {
                continue;
            };
            if release["draft"] == true {
                continue;
            }
            published.insert(id);
            if self.baseline || self.place.releases.contains(&id) {
                continue;
            }
            changed = true;
            let body = json!({
                "action": "published",
                "release": release,
                "sender": release["author"],
            });
            let key = format!("release/{id}/published");
            self.deliver("release", &key, at.parse().ok(), body);
        }
        self.place.releases = published;
        Ok(changed)
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
