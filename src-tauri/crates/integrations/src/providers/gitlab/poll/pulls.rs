//! Merge requests and issues, by their last change.

use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::cursor::{Branches, Pull};
use super::look::{Work, moment, second};
use super::newer::updated;
use super::shaped;
use crate::providers::gitlab::api::{read, unwatchable};
use crate::providers::gitlab::parse::fingerprint;

impl Work<'_> {
    /// The open merge requests there are when watching begins.
    pub(super) async fn open_pulls(&mut self) -> Result<(), ProviderError> {
        let mut next = Some(self.url("/merge_requests?scope=all&state=opened&per_page=100"));
        while let Some(url) = next.take() {
            let answer = self.api.get(&url).await?;
            if !answer.status.is_success() {
                return Err(unwatchable(&answer, self.name));
            }
            for pull in read::<Vec<Value>>(&answer)? {
                if let Some(number) = pull["iid"].as_u64() {
                    self.open(number, &pull);
                    let at = moment(&pull, "created_at");
                    let body = shaped::merge_request(&pull, "open", &pull["author"]);
                    self.deliver(&format!("pull/{number}/opened"), at, body);
                }
            }
            next = answer.next_page().filter(|_| self.purse.spend());
        }
        Ok(())
    }

    pub(super) async fn pulls(&mut self) -> Result<(), ProviderError> {
        let mut until = self.place.pulls_until.clone();
        let rest = "/merge_requests?scope=all&state=all";
        let Some(newer) = self.newer(rest, &until).await? else {
            return Ok(());
        };
        for pull in newer.items {
            let Some(number) = pull["iid"].as_u64() else {
                continue;
            };
            until.read(&pull, updated(&pull));
            until.seen = until.seen.max(number);
            self.pull(number, &pull, number > until.top);
            self.read.insert(("merge_requests", number), pull);
        }
        if newer.whole {
            until.settle();
        }
        self.place.pulls_until = until;
        Ok(())
    }

    /// What a merge request shows that it did not show before.
    fn pull(&mut self, number: u64, pull: &Value, is_new: bool) {
        let head = pull["sha"].as_str().unwrap_or_default().to_owned();
        let was_open = self.place.pulls.contains_key(&number);
        let say = |action: &str, user: &Value| shaped::merge_request(pull, action, user);
        let ended = match pull["state"].as_str() {
            Some("merged") => Some((format!("pull/{number}/merged"), "merge", "merged_at")),
            Some("closed") => Some((format!("pull/{number}/closed/{head}"), "close", "closed_at")),
            _ => None,
        };
        if self.baseline {
            // It is there already: the next poll reads the last change again.
            if let Some((key, ..)) = ended {
                self.place.told.tell(&key);
            }
            return;
        }
        if is_new {
            let key = format!("pull/{number}/opened");
            self.deliver(
                &key,
                moment(pull, "created_at"),
                say("open", &pull["author"]),
            );
        }
        let Some((key, action, at)) = ended else {
            if !was_open && !is_new {
                let key = format!("pull/{number}/reopened/{head}");
                self.deliver(&key, updated(pull), say("reopen", &Value::Null));
            }
            self.open(number, pull);
            return;
        };
        self.place.pulls.remove(&number);
        if was_open || is_new {
            let by = ["merge_user", "merged_by", "closed_by"]
                .iter()
                .map(|field| &pull[*field])
                .find(|person| person.is_object());
            let body = say(action, by.unwrap_or(&Value::Null));
            self.deliver(&key, moment(pull, at).or(updated(pull)), body);
        }
    }

    /// What moved in an open merge request since it was last seen.
    fn open(&mut self, number: u64, pull: &Value) {
        let head = pull["sha"].as_str().unwrap_or_default().to_owned();
        let mut edited = shaped::merge_request(pull, "update", &Value::Null);
        let mark = fingerprint(&edited);
        if let Some(known) = self.place.pulls.get(&number).cloned() {
            if known.mark != mark {
                let key = format!("pull/{number}/updated/{mark}");
                self.deliver(&key, updated(pull), edited.clone());
            }
            if known.head != head {
                edited["object_attributes"]["oldrev"] = known.head.into();
                let key = format!("pull/{number}/head/{head}");
                self.deliver(&key, updated(pull), edited);
            }
        }
        let text = |field: &str| pull[field].as_str().unwrap_or_default().to_owned();
        let about = Branches {
            title: text("title"),
            source_branch: text("source_branch"),
            source_project_id: pull["source_project_id"].as_u64(),
            target_branch: text("target_branch"),
            author: pull["author"]["username"].as_str().map(Into::into),
        };
        let seen = Pull { head, mark, about };
        self.place.pulls.insert(number, seen);
    }

    pub(super) async fn issues(&mut self) -> Result<(), ProviderError> {
        let mut until = self.place.issues_until.clone();
        let Some(newer) = self.newer("/issues?scope=all&state=all", &until).await? else {
            return Ok(());
        };
        for issue in newer.items {
            let Some(number) = issue["iid"].as_u64() else {
                continue;
            };
            until.read(&issue, updated(&issue));
            until.seen = until.seen.max(number);
            let opened = format!("issue/{number}/opened");
            let closed_at = moment(&issue, "closed_at");
            let closed = format!("issue/{number}/closed/{}", second(closed_at));
            if self.baseline {
                if issue["state"] == "opened" {
                    let body = shaped::issue(&issue, "open", &issue["author"]);
                    self.deliver(&opened, moment(&issue, "created_at"), body);
                } else {
                    self.place.told.tell(&closed);
                }
            } else {
                if number > until.top {
                    let body = shaped::issue(&issue, "open", &issue["author"]);
                    self.deliver(&opened, moment(&issue, "created_at"), body);
                }
                if issue["state"] == "closed" && closed_at >= until.whole {
                    let body = shaped::issue(&issue, "close", &issue["closed_by"]);
                    self.deliver(&closed, closed_at, body);
                }
            }
            self.read.insert(("issues", number), issue);
        }
        if newer.whole {
            until.settle();
        }
        self.place.issues_until = until;
        Ok(())
    }
}
