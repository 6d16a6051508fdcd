//! Branches and releases: what the other looks do not tell.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, moment};
use crate::providers::gitlab::api::read;

/// Releases remembered.
const RELEASES: usize = 300;

impl Work<'_> {
    /// All branches: those that moved with many others in one push, which no webhook and no activity names.
    pub(super) async fn branches(&mut self) -> Result<(), ProviderError> {
        let first = self.url("/repository/branches?per_page=100");
        let mut next = Some(first.clone());
        let mut found: BTreeMap<String, (String, Value)> = BTreeMap::new();
        let mut validators = None;
        while let Some(url) = next.take() {
            // A page beyond the first may change alone, so it is asked for whenever there is one.
            let answer =
                if url == first && self.place.branches.len() < 100 && !self.place.many_moved {
                    self.changed(&url).await?
                } else if url == first || self.purse.spend() {
                    let answer = self.api.get(&url).await?;
                    answer.status.is_success().then_some(answer)
                } else {
                    None
                };
            let Some(answer) = answer else {
                return Ok(());
            };
            for branch in read::<Vec<Value>>(&answer)? {
                let head = branch["commit"]["id"].as_str();
                if let (Some(name), Some(head)) = (branch["name"].as_str(), head) {
                    let head = (head.to_owned(), branch["commit"].clone());
                    found.insert(name.to_owned(), head);
                }
            }
            next = answer.next_page();
            if url == first {
                validators = Some(answer);
            }
        }
        self.place
            .branches
            .retain(|name, _| found.contains_key(name));
        for (name, (head, commit)) in found {
            let before = self.place.branches.get(&name).cloned();
            if before.as_deref() == Some(&head) {
                continue;
            }
            let known = format!("branch/{name}/{head}");
            if !self.baseline && !self.place.told.knows(&known) {
                let title = commit["title"].as_str().unwrap_or_default();
                let at = moment(&commit, "committed_date");
                let told = self
                    .tell_push(&name, before.as_deref(), &head, title, &Value::Null, at)
                    .await?;
                if !told {
                    return Ok(());
                }
            }
            self.place.branches.insert(name, head);
        }
        self.place.many_moved = false;
        if let Some(answer) = validators {
            self.remember(&first, &answer);
        }
        Ok(())
    }

    pub(super) async fn releases(&mut self) -> Result<(), ProviderError> {
        let first = self.url("/releases?order_by=created_at&sort=desc&per_page=50");
        let Some(answer) = self.changed(&first).await? else {
            return Ok(());
        };
        let mut listed: Vec<Value> = read(&answer)?;
        let known = self.place.releases.clone();
        let mut next = answer.next_page();
        while let (Some(url), Some(known)) = (next.take(), &known) {
            let reached = listed.iter().any(|release| {
                release["tag_name"]
                    .as_str()
                    .is_some_and(|tag| known.contains(tag))
            });
            if reached || !self.purse.spend() {
                break;
            }
            let page = self.api.get(&url).await?;
            if !page.status.is_success() {
                break;
            }
            listed.extend(read::<Vec<Value>>(&page)?);
            next = page.next_page();
        }
        for release in listed.iter().rev() {
            let Some(tag) = release["tag_name"].as_str() else {
                continue;
            };
            // One that is announced for later is not out yet.
            if release["upcoming_release"] == true {
                continue;
            }
            let is_new = known.as_ref().is_some_and(|known| !known.contains(tag));
            if is_new && !self.baseline {
                let body = json!({
                    "object_kind": "release",
                    "action": "create",
                    "tag": tag,
                    "name": release["name"],
                    "description": release["description"],
                    "released_at": release["released_at"],
                    "created_at": release["created_at"],
                    "url": release["_links"]["self"],
                    "commit": release["commit"],
                    "author": release["author"],
                });
                let at = moment(release, "released_at");
                self.deliver(&format!("release/{tag}/published"), at, body);
            }
            let tags = self.place.releases.get_or_insert_with(BTreeSet::new);
            if tags.len() < RELEASES || is_new {
                tags.insert(tag.to_owned());
            }
        }
        self.place.releases.get_or_insert_with(BTreeSet::new);
        self.remember(&first, &answer);
        Ok(())
    }
}
