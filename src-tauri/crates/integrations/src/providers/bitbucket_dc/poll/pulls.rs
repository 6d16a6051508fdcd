//! Pull requests: which there are, and what moved in them.

use std::collections::BTreeMap;

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Pull;
use super::look::Work;
use crate::providers::bitbucket_dc::api::{millis, read};
use crate::providers::bitbucket_dc::parse::{fingerprint, head_branch};

/// Pages of open pull requests read at most.
const PAGES: usize = 20;

impl Work<'_> {
    pub(super) async fn pulls(&mut self) -> Result<(), ProviderError> {
        let Some(mut seen) = self.open_pulls().await? else {
            return Ok(());
        };
        if !self.newest_pulls(&mut seen).await? {
            return Ok(());
        }
        // What was open and is not listed any more has ended.
        let gone: Vec<u64> = self
            .place
            .pulls
            .iter()
            .filter(|(number, pull)| pull.open && !seen.contains_key(number))
            .map(|(number, _)| *number)
            .collect();
        for number in gone {
            if !self.may() {
                break;
            }
            let url = self.url(&format!("/pull-requests/{number}"));
            let answer = self.api.get(&url).await?;
            if answer.status.is_success() {
                seen.insert(number, read(&answer)?);
            } else if let Some(pull) = self.place.pulls.remove(&number) {
                self.deleted(number, &pull);
            }
        }
        for (number, pull) in seen {
            if !self.stands(number, &pull).await? {
                break;
            }
        }
        self.place.forget();
        Ok(())
    }

    async fn open_pulls(&mut self) -> Result<Option<BTreeMap<u64, Value>>, ProviderError> {
        let url = self.url("/pull-requests?state=OPEN");
        let mut seen = BTreeMap::new();
        let mut start = Some(0);
        for _ in 0..PAGES {
            let Some(at) = start.take() else {
                break;
            };
            let Some((pulls, next)) = self.list(&url, at).await? else {
                return Ok(None);
            };
            seen.extend(pulls.into_iter().filter_map(numbered));
            start = next;
        }
        Ok(Some(seen))
    }

    /// The newest of all: those that were opened and closed since, and closed ones that changed. False when they
    /// cannot all be had now.
    async fn newest_pulls(
        &mut self,
        seen: &mut BTreeMap<u64, Value>,
    ) -> Result<bool, ProviderError> {
        let url = self.url("/pull-requests?state=ALL&order=NEWEST");
        let mut start = Some(0);
        while let Some(at) = start.take() {
            if at > 0 && !self.may() {
                return Ok(false);
            }
            let Some((pulls, next)) = self.list(&url, at).await? else {
                return Ok(true);
            };
            let pulls: Vec<(u64, Value)> = pulls.into_iter().filter_map(numbered).collect();
            let top = self.place.top;
            let more = pulls.iter().any(|(number, _)| *number > top);
            for (number, pull) in pulls {
                seen.entry(number).or_insert(pull);
            }
            if more && !self.baseline {
                start = next;
            }
        }
        Ok(true)
    }

    /// What a pull request shows that it did not show before; false when this poll has asked enough.
    async fn stands(&mut self, number: u64, pull: &Value) -> Result<bool, ProviderError> {
        let known = self.place.pulls.get(&number).cloned();
        let is_new = known.is_none() && number > self.place.top;
        let mut now = remembered(pull, known.as_ref());
        if self.baseline {
            if now.open {
                self.opened(number, pull);
            }
        } else {
            if is_new {
                self.opened(number, pull);
            }
            if let Some(known) = known.as_ref().filter(|known| known.open && now.open) {
                self.moved(number, pull, known, &now);
            }
            let quiet = known.is_none() && is_new && now.talk == QUIET;
            let talks = known.as_ref().is_none_or(|known| known.talk != now.talk) && !quiet;
            if talks && !self.activities(number, pull, &mut now, is_new).await? {
                return Ok(false);
            }
        }
        self.place.top = self.place.top.max(number);
        self.place.pulls.insert(number, now);
        Ok(true)
    }

    fn opened(&mut self, number: u64, pull: &Value) {
        let author = pull.pointer("/author/user");
        let body = json!({"actor": author, "pullRequest": pull});
        let at = millis(pull, "createdDate");
        self.deliver("pr:opened", &format!("pull/{number}/opened"), at, body);
    }

    fn moved(&mut self, number: u64, pull: &Value, known: &Pull, now: &Pull) {
        let at = millis(pull, "updatedDate");
        if known.head != now.head {
            let body = json!({"pullRequest": pull, "previousFromHash": known.head});
            let key = format!("pull/{number}/head/{}", now.head);
            self.deliver("pr:from_ref_updated", &key, at, body);
        }
        if known.mark != now.mark {
            let key = format!("pull/{number}/updated/{}", now.mark);
            self.deliver("pr:modified", &key, at, json!({"pullRequest": pull}));
        }
    }

    fn deleted(&mut self, number: u64, known: &Pull) {
        let pull = json!({
            "id": number,
            "fromRef": {"displayId": known.branch, "latestCommit": known.head},
            "toRef": {"displayId": known.base},
        });
        let key = format!("pull/{number}/deleted");
        self.deliver("pr:deleted", &key, None, json!({"pullRequest": pull}));
    }
}

/// [`Pull::talk`] of one that is open and of which nobody has said anything yet.
const QUIET: &str = r#"["OPEN",0,[]]"#;

fn numbered(pull: Value) -> Option<(u64, Value)> {
    Some((pull["id"].as_u64()?, pull))
}

fn remembered(pull: &Value, known: Option<&Pull>) -> Pull {
    let text = |pointer: &str| {
        let found = pull.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let reviewers = pull["reviewers"].as_array().into_iter().flatten();
    let said: Vec<Value> = reviewers
        .filter(|one| one["status"] != "UNAPPROVED")
        .map(|one| {
            json!([
                one.pointer("/user/name"),
                one["status"],
                one["lastReviewedCommit"]
            ])
        })
        .collect();
    let comments = pull.pointer("/properties/commentCount");
    let comments = comments.and_then(Value::as_u64).unwrap_or(0);
    Pull {
        open: pull["state"] == "OPEN",
        mark: fingerprint(pull),
        talk: json!([pull["state"], comments, said]).to_string(),
        head: text("/fromRef/latestCommit"),
        branch: head_branch(pull).unwrap_or_default(),
        base: text("/toRef/displayId"),
        author: pull
            .pointer("/author/user/name")
            .and_then(Value::as_str)
            .map(Into::into),
        activity: known.map_or(0, |known| known.activity),
        comment: known.map_or(0, |known| known.comment),
    }
}
