//! What people did in a project, as its activity lists it: comments, pushes, approvals, issues opened again.
//!
//! The list is complete and every entry has a number, but it can be asked for only from a day on; so whoever comes
//! back late reads the last day again and passes over what is known.
//!
//! Source: docs.gitlab.com/api/events.

use jiff::{SignedDuration, Timestamp};
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, moment, second};
use super::shaped;
use crate::http::address::part;
use crate::providers::gitlab::api::read;

/// Entries of the page asked for at rest.
const NEWEST: usize = 30;

/// The hash that stands for no commit.
const NOTHING: &str = "0000000000000000000000000000000000000000";

impl Work<'_> {
    pub(super) async fn deeds(&mut self) -> Result<(), ProviderError> {
        let url = self.url(&format!("/events?per_page={NEWEST}"));
        let Some(answer) = self.changed(&url).await? else {
            return Ok(());
        };
        let mut newest: Vec<Value> = read(&answer)?;
        newest.reverse();
        if self.baseline {
            self.note(newest.last());
            self.remember(&url, &answer);
            return Ok(());
        }
        let reaches = newest.len() < NEWEST
            || newest
                .first()
                .is_some_and(|first| number(first) <= self.place.deed);
        let whole = if reaches {
            self.do_all(newest).await?
        } else {
            self.catch_up_deeds().await?
        };
        if whole {
            self.remember(&url, &answer);
        }
        Ok(())
    }

    async fn catch_up_deeds(&mut self) -> Result<bool, ProviderError> {
        // `after` leaves its own day out, whichever day that is where the server stands.
        let from = self
            .place
            .deed_at
            .map(|at| at - SignedDuration::from_hours(48))
            .map_or_else(String::new, |at| {
                format!("&after={}", at.strftime("%Y-%m-%d"))
            });
        let mut next = Some(self.url(&format!("/events?sort=asc&per_page=100{from}")));
        while let Some(url) = next.take() {
            if !self.purse.spend() {
                return Ok(false);
            }
            let answer = self.api.get(&url).await?;
            if !answer.status.is_success() || !self.do_all(read(&answer)?).await? {
                return Ok(false);
            }
            next = answer.next_page();
        }
        Ok(true)
    }

    /// Takes up entries, oldest first; false when this poll has asked enough.
    async fn do_all(&mut self, deeds: Vec<Value>) -> Result<bool, ProviderError> {
        for deed in deeds {
            if number(&deed) <= self.place.deed {
                continue;
            }
            if !self.take_up(&deed).await? {
                return Ok(false);
            }
            self.note(Some(&deed));
        }
        Ok(true)
    }

    fn note(&mut self, deed: Option<&Value>) {
        if let Some(deed) = deed {
            self.place.deed = self.place.deed.max(number(deed));
            self.place.deed_at = self.place.deed_at.max(moment(deed, "created_at"));
        }
    }

    async fn take_up(&mut self, deed: &Value) -> Result<bool, ProviderError> {
        if deed["push_data"].is_object() {
            return self.pushed(deed).await;
        }
        let said = deed["note"].is_object();
        let (kind, of) = if said {
            (
                &deed["note"]["noteable_type"],
                &deed["note"]["noteable_iid"],
            )
        } else {
            (&deed["target_type"], &deed["target_iid"])
        };
        let action = deed["action_name"].as_str().unwrap_or_default();
        let path = match kind.as_str() {
            Some("MergeRequest") => "merge_requests",
            Some("Issue" | "WorkItem") => "issues",
            _ => return Ok(true),
        };
        let wanted = said
            || (path == "merge_requests" && action == "approved")
            || (path == "issues" && action == "reopened");
        let Some(of) = of.as_u64().filter(|_| wanted) else {
            return Ok(true);
        };
        if !self.read.contains_key(&(path, of)) && !self.purse.spend() {
            return Ok(false);
        }
        let Some(thing) = self.thing(path, of).await? else {
            return Ok(true);
        };
        let (author, at) = (&deed["author"], moment(deed, "created_at"));
        if said {
            let note = &deed["note"];
            let family = if path == "issues" { "issue" } else { "pull" };
            let id = note["id"].as_u64().unwrap_or_default();
            if note["system"] != true {
                let key = format!("{family}/{of}/comment/{id}");
                self.deliver(&key, at, shaped::note(note, &thing, author));
            }
        } else if path == "merge_requests" {
            let who = author["username"].as_str().unwrap_or_default();
            let head = thing["sha"].as_str().unwrap_or_default();
            let mut body = shaped::merge_request(&thing, "approved", author);
            body["object_attributes"]["updated_at"] = deed["created_at"].clone();
            self.deliver(&format!("pull/{of}/approved/{who}/{head}"), at, body);
        } else {
            let mut body = shaped::issue(&thing, "reopen", author);
            body["object_attributes"]["updated_at"] = deed["created_at"].clone();
            self.deliver(&format!("issue/{of}/reopened/{}", second(at)), at, body);
        }
        Ok(true)
    }

    /// A push to a branch. Of one that moved many branches the activity names none.
    async fn pushed(&mut self, deed: &Value) -> Result<bool, ProviderError> {
        let push = &deed["push_data"];
        if push["ref_count"].as_u64().is_some_and(|count| count > 0) {
            self.place.many_moved = true;
            return Ok(true);
        }
        let Some(branch) = push["ref"]
            .as_str()
            .filter(|_| push["ref_type"] == "branch")
        else {
            return Ok(true);
        };
        let Some(after) = push["commit_to"].as_str() else {
            self.place.branches.remove(branch);
            return Ok(true);
        };
        let before = push["commit_from"].as_str();
        let title = push["commit_title"].as_str().unwrap_or_default();
        let at = moment(deed, "created_at");
        if !self
            .tell_push(branch, before, after, title, &deed["author"], at)
            .await?
        {
            return Ok(false);
        }
        self.place
            .branches
            .insert(branch.to_owned(), after.to_owned());
        Ok(true)
    }

    /// Tells a push with its commits; false when this poll has asked enough.
    pub(super) async fn tell_push(
        &mut self,
        branch: &str,
        before: Option<&str>,
        after: &str,
        title: &str,
        author: &Value,
        at: Option<Timestamp>,
    ) -> Result<bool, ProviderError> {
        let mut commits = vec![json!({"id": after, "message": title})];
        if let Some(before) = before {
            if !self.purse.spend() {
                return Ok(false);
            }
            let rest = format!(
                "/repository/compare?from={}&to={}",
                part(before),
                part(after)
            );
            let answer = self.api.get(&self.url(&rest)).await?;
            if answer.status.is_success() {
                let compared: Value = read(&answer)?;
                let listed = compared["commits"].as_array().into_iter().flatten();
                let found: Vec<Value> = listed.map(commit).collect();
                if !found.is_empty() {
                    commits = found;
                }
            }
        }
        let body = json!({
            "object_kind": "push",
            "ref": format!("refs/heads/{branch}"),
            "before": before.unwrap_or(NOTHING),
            "after": after,
            "user_username": author["username"],
            "pushed_at": at.map(|at| at.to_string()),
            "commits": commits,
        });
        self.deliver(&format!("branch/{branch}/{after}"), at, body);
        Ok(true)
    }
}

fn number(deed: &Value) -> u64 {
    deed["id"].as_u64().unwrap_or_default()
}

fn commit(commit: &Value) -> Value {
    json!({
        "id": commit["id"],
        "message": commit["message"],
        "timestamp": commit["created_at"],
        "author": {"name": commit["author_name"], "email": commit["author_email"]},
    })
}
