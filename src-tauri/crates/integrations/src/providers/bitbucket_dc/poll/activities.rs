//! What was done to one pull request and said about it.

use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Pull;
use super::look::Work;
use crate::providers::bitbucket_dc::api::millis;

/// Pages read: an answer to an old comment stands where that does.
const PAGES: usize = 5;

impl Work<'_> {
    /// Tells what is new among the activities; false when this poll has asked enough.
    pub(super) async fn activities(
        &mut self,
        number: u64,
        pull: &Value,
        now: &mut Pull,
        is_new: bool,
    ) -> Result<bool, ProviderError> {
        let url = self.url(&format!("/pull-requests/{number}/activities"));
        let mut all: Vec<Value> = Vec::new();
        let mut start = Some(0);
        for _ in 0..PAGES {
            let Some(at) = start.take() else {
                break;
            };
            if !self.may() {
                return Ok(false);
            }
            let Some((page, next)) = self.list(&url, at).await? else {
                break;
            };
            all.extend(page);
            start = next;
        }
        all.reverse();
        // What was there when watching began is no news, though nobody read it.
        let begun = self.place.begun.filter(|_| !is_new);
        let (activity, comment) = (now.activity, now.comment);
        for one in &all {
            let id = one["id"].as_u64().unwrap_or_default();
            now.activity = now.activity.max(id);
            if one["action"] == "COMMENTED" {
                let mut said = Vec::new();
                spoken(&one["comment"], &mut said);
                for words in said {
                    let id = words["id"].as_u64().unwrap_or_default();
                    now.comment = now.comment.max(id);
                    let at = millis(words, "createdDate");
                    if id > comment && begun.is_none_or(|begun| at > Some(begun)) {
                        self.said(number, pull, words, id, at);
                    }
                }
            } else {
                let at = millis(one, "createdDate");
                if id > activity && begun.is_none_or(|begun| at > Some(begun)) {
                    self.done(number, pull, one, at);
                }
            }
        }
        Ok(true)
    }

    fn said(&mut self, number: u64, pull: &Value, words: &Value, id: u64, at: Option<Timestamp>) {
        let body = json!({"actor": words["author"], "pullRequest": pull, "comment": words});
        let key = format!("pull/{number}/comment/{id}");
        self.deliver("pr:comment:added", &key, at, body);
    }

    fn done(&mut self, number: u64, pull: &Value, one: &Value, at: Option<Timestamp>) {
        let head = pull.pointer("/fromRef/latestCommit");
        let head = head.and_then(Value::as_str).unwrap_or_default();
        let user = &one["user"];
        let who = user["name"].as_str().unwrap_or_default();
        let mut shown = pull.clone();
        let (kind, key) = match one["action"].as_str() {
            Some("APPROVED") => (
                "pr:reviewer:approved",
                format!("pull/{number}/approved/{who}/{head}"),
            ),
            Some("REVIEWED") => (
                "pr:reviewer:needs_work",
                format!("pull/{number}/needs_work/{who}/{head}"),
            ),
            Some("UNAPPROVED") => (
                "pr:reviewer:unapproved",
                format!("pull/{number}/unapproved/{who}/{head}"),
            ),
            Some("MERGED") => {
                let commit = one.pointer("/commit/id");
                shown["properties"] = json!({"mergeCommit": {"id": commit}});
                ("pr:merged", format!("pull/{number}/merged"))
            }
            Some("DECLINED") => {
                let second = at.map_or(0, Timestamp::as_second);
                ("pr:declined", format!("pull/{number}/closed/{second}"))
            }
            Some("REOPENED") => ("pr:reopened", format!("pull/{number}/reopened/{head}")),
            _ => return,
        };
        let body = json!({
            "actor": user,
            "pullRequest": shown,
            "participant": {"user": user},
        });
        self.deliver(kind, &key, at, body);
    }
}

/// A comment and every answer to it.
fn spoken<'a>(comment: &'a Value, said: &mut Vec<&'a Value>) {
    if !comment.is_object() {
        return;
    }
    said.push(comment);
    for answer in comment["comments"].as_array().into_iter().flatten() {
        spoken(answer, said);
    }
}
