//! Pushes, seen by where branches stand.

use std::collections::BTreeMap;

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::Work;
use crate::http::address::part;
use crate::providers::bitbucket_dc::api::millis;

/// Polls after which also those branches are read that do not fit the first page.
const ALL_EVERY: u64 = 10;

/// Branches watched.
const BRANCHES: usize = 5_000;

/// The hash that stands for no commit.
const NOTHING: &str = "0000000000000000000000000000000000000000";

impl Work<'_> {
    /// Where the branches stand, those with the youngest commits first; what moved is told as a push.
    pub(super) async fn branches(&mut self, turn: u64) -> Result<(), ProviderError> {
        let url = self.url("/branches?orderBy=MODIFICATION");
        let mut stand: BTreeMap<String, String> = BTreeMap::new();
        let mut start = Some(0);
        let all = self.baseline || turn.is_multiple_of(ALL_EVERY);
        let mut whole = true;
        while let Some(at) = start.take() {
            let Some((branches, next)) = self.list(&url, at).await? else {
                return Ok(());
            };
            let mut moved = false;
            for branch in &branches {
                let text = |field: &str| branch[field].as_str().map(ToOwned::to_owned);
                if let (Some(name), Some(commit)) = (text("displayId"), text("latestCommit"))
                    && stand.len() < BRANCHES
                {
                    moved |= self.place.branches.get(&name) != Some(&commit);
                    stand.insert(name, commit);
                }
                if branch["isDefault"] == true {
                    self.place.default_branch = text("displayId").unwrap_or_default();
                }
            }
            if next.is_some() && (all || moved) && self.may() {
                start = next;
            } else {
                whole &= next.is_none();
            }
        }
        if whole {
            self.place
                .branches
                .retain(|name, _| stand.contains_key(name));
        }
        for (name, commit) in stand {
            let before = self.place.branches.get(&name).cloned();
            if before.as_ref() == Some(&commit) {
                continue;
            }
            if !self.baseline && !self.pushed(&name, before.as_deref(), &commit).await? {
                break;
            }
            self.place.branches.insert(name, commit);
        }
        self.watch_heads();
        Ok(())
    }

    /// Tells a push with its commits; false when this poll has asked enough.
    async fn pushed(
        &mut self,
        branch: &str,
        before: Option<&str>,
        after: &str,
    ) -> Result<bool, ProviderError> {
        if !self.may() {
            return Ok(false);
        }
        let default = &self.place.default_branch;
        let from = before
            .map(ToOwned::to_owned)
            .or_else(|| self.place.branches.get(default).cloned())
            .filter(|from| from != after);
        let since = from.map_or_else(String::new, |from| format!("&since={}", part(&from)));
        let url = self.url(&format!("/commits?until={}{since}", part(after)));
        let listed = self.list(&url, 0).await?;
        let known = listed.is_some();
        let (commits, _) = listed.unwrap_or_default();
        let is_on = |before: &str| {
            commits.iter().any(|commit| {
                let parents = commit["parents"].as_array().into_iter().flatten();
                parents.into_iter().any(|parent| parent["id"] == before)
            })
        };
        // What it stood on is no part of it any more, or is gone.
        let forced = known && before.is_some_and(|before| !is_on(before));
        let newest = commits.first();
        let at = newest.and_then(|commit| millis(commit, "committerTimestamp"));
        let at = at.map_or(self.now(), |at| at.min(self.now()));
        let author = newest.map(|commit| commit["author"].clone());
        let reference = format!("refs/heads/{branch}");
        let change = json!({
            "ref": {"id": reference, "displayId": branch, "type": "BRANCH"},
            "fromHash": before.unwrap_or(NOTHING),
            "toHash": after,
            "type": if before.is_some() { "UPDATE" } else { "ADD" },
            "forced": forced,
        });
        let body = json!({
            "actor": author.unwrap_or(Value::Null),
            "changes": [change],
            "commits": commits,
        });
        let key = format!("branch/{branch}/{after}");
        self.deliver("repo:refs_changed", &key, Some(at), body);
        Ok(true)
    }
}
