//! Pushes, seen by where branches stand.

use std::collections::BTreeMap;

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, moment};
use crate::http::address::encode;

/// Branches of a page, the most that is given out.
const PAGE: usize = 100;

/// Looks after which also those are read that do not fit the first page: a push of old commits is only there.
const ALL_EVERY: u64 = 6;

/// Branches watched.
const BRANCHES: usize = 2_000;

impl Work<'_> {
    /// Where the branches stand, those with the youngest commits first; what moved is told as a push.
    pub(super) async fn branches(&mut self) -> Result<(), ProviderError> {
        let rest = format!("/refs/branches?sort=-target.date&pagelen={PAGE}");
        let mut next = Some(self.url(&rest));
        let mut stand: BTreeMap<String, Value> = BTreeMap::new();
        let all = self.baseline || self.round.is_multiple_of(ALL_EVERY);
        let mut whole = true;
        while let Some(url) = next.take() {
            let Some((branches, further)) = self.list(&url).await? else {
                return Ok(());
            };
            let mut moved = false;
            for mut branch in branches {
                let (Some(name), Some(hash)) = (
                    branch["name"].as_str().map(ToOwned::to_owned),
                    branch.pointer("/target/hash").and_then(Value::as_str),
                ) else {
                    continue;
                };
                moved |= self
                    .place
                    .branches
                    .get(&name)
                    .is_none_or(|known| known != hash);
                if stand.len() < BRANCHES {
                    stand.insert(name, branch["target"].take());
                }
            }
            // A page on which everything moved may not be the last of which.
            if further.is_some() && (all || moved) && self.may() {
                next = further;
            } else {
                whole &= further.is_none();
            }
        }
        if whole {
            self.place
                .branches
                .retain(|name, _| stand.contains_key(name));
        }
        let moved = self.order(stand);
        for (name, target) in moved {
            let hash = target["hash"].as_str().unwrap_or_default().to_owned();
            let before = self.place.branches.get(&name).cloned();
            if !self.baseline
                && !self
                    .pushed(&name, before.as_deref(), &hash, &target)
                    .await?
            {
                break;
            }
            self.place.branches.insert(name, hash);
        }
        self.watch_heads();
        Ok(())
    }

    /// Branches that moved, those with the oldest commits first.
    fn order(&self, stand: BTreeMap<String, Value>) -> Vec<(String, Value)> {
        let known = &self.place.branches;
        let mut moved: Vec<(String, Value)> = stand
            .into_iter()
            .filter(|(name, target)| known.get(name).map(String::as_str) != target["hash"].as_str())
            .collect();
        moved.sort_by_key(|(_, target)| moment(target, "date"));
        moved
    }

    /// Tells a push with its commits; false when this look has asked enough.
    async fn pushed(
        &mut self,
        branch: &str,
        before: Option<&str>,
        after: &str,
        target: &Value,
    ) -> Result<bool, ProviderError> {
        if !self.may() {
            return Ok(false);
        }
        let from = match before {
            Some(before) => Some(before.to_owned()),
            None => self.place.branches.get(&self.place.default_branch).cloned(),
        };
        let from = from.filter(|from| from != after).unwrap_or_default();
        let exclude = match from.as_str() {
            "" => String::new(),
            from => format!("&exclude={}", encode(from)),
        };
        let rest = format!("/commits/{after}?pagelen=100{exclude}");
        let listed = self.list(&self.url(&rest)).await?;
        let known = listed.is_some();
        let (commits, _) = listed.unwrap_or_default();
        let is_on = |before: &str| {
            commits.iter().any(|commit| {
                let parents = commit["parents"].as_array().into_iter().flatten();
                parents.into_iter().any(|parent| parent["hash"] == before)
            })
        };
        // What it stood on is no part of it any more, or is gone.
        let forced = known && before.is_some_and(|before| !is_on(before));
        // A commit may be older than its push, but not younger.
        let at = moment(target, "date").map_or(self.now(), |at| at.min(self.now()));
        let author = target.pointer("/author/user").cloned();
        let old =
            before.map(|hash| json!({"type": "branch", "name": branch, "target": {"hash": hash}}));
        let page = &self.place.page;
        let change = json!({
            "new": {
                "type": "branch",
                "name": branch,
                "target": target,
                "links": {"html": {"href": format!("{page}/branch/{}", encode(branch))}},
            },
            "old": old,
            "created": before.is_none(),
            "forced": forced,
            "commits": commits,
            "pushed_at": at.to_string(),
        });
        let body = json!({"actor": author, "push": {"changes": [change]}});
        let key = format!("branch/{branch}/{after}");
        self.deliver("repo:push", &key, Some(at), body);
        Ok(true)
    }
}
