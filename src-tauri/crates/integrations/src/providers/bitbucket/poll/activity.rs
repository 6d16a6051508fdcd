//! Pull requests: one list tells of everything that happens to any of them, newest first.
//!
//! It says what was done and to which, not how the pull request then stood; so each that something was done to is
//! asked for, and compared with what was known of it.
//!
//! Source: developer.atlassian.com "List a pull request activity log".

use std::collections::BTreeSet;

use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Pull;
use super::look::{Work, moment};
use super::repository::{ALL, parts};
use crate::http::address::part;
use crate::providers::bitbucket::api::read;
use crate::providers::bitbucket::parse::fingerprint;

/// Entries of a page, the most that is given out.
const PAGE: usize = 50;

/// Pull requests asked for one by one; of more a list is asked for.
const FEW: usize = 3;

/// One entry of the list.
struct Entry {
    /// Of which pull request.
    number: u64,
    at: Option<Timestamp>,
    /// Its name in the list, and what stands there.
    what: (&'static str, Value),
}

impl Entry {
    fn read(entry: &Value) -> Option<Self> {
        let number = entry.pointer("/pull_request/id")?.as_u64()?;
        let kinds = [
            ("update", "date"),
            ("comment", "created_on"),
            ("approval", "date"),
            ("changes_requested", "date"),
        ];
        let (name, field) = kinds
            .into_iter()
            .find(|(name, _)| entry[name].is_object())?;
        let what = entry[name].clone();
        Some(Self {
            number,
            at: moment(&what, field),
            what: (name, what),
        })
    }

    /// What tells it from the others of its moment.
    fn mark(&self) -> Value {
        let (name, what) = &self.what;
        let who = what.pointer("/user/uuid").or(what.pointer("/author/uuid"));
        json!([self.number, name, what["id"], who])
    }
}

impl Work<'_> {
    pub(super) async fn activity(&mut self) -> Result<(), ProviderError> {
        let mut until = self.place.activity.clone();
        let Some(entries) = self.newer().await? else {
            return Ok(());
        };
        if self.baseline {
            for entry in &entries {
                until.read(&entry.mark(), entry.at);
            }
            self.place.activity = until;
            return Ok(());
        }
        self.read_changed(&entries).await?;
        for entry in entries {
            if !self.read.contains_key(&entry.number) && !self.read_one(entry.number).await? {
                break;
            }
            self.happened(&entry);
            until.read(&entry.mark(), entry.at);
        }
        until.top = self.place.activity.top;
        self.place.activity = until;
        Ok(())
    }

    /// What was not read before, oldest first; nothing when it cannot all be had now.
    async fn newer(&mut self) -> Result<Option<Vec<Entry>>, ProviderError> {
        let mut entries: Vec<Entry> = Vec::new();
        let first = self.url(&format!("/pullrequests/activity?pagelen={PAGE}"));
        let mut next = Some(first);
        while let Some(url) = next.take() {
            let Some((page, further)) = self.list(&url).await? else {
                return Ok(None);
            };
            let page: Vec<Entry> = page.iter().filter_map(Entry::read).collect();
            let until = &self.place.activity;
            let reached = page.last().is_some_and(|last| last.at < until.at);
            let known = |entry: &Entry| until.knows(&entry.mark(), entry.at);
            entries.extend(page.into_iter().filter(|entry| !known(entry)));
            if reached || self.baseline {
                break;
            }
            if further.is_some() && !self.may() {
                return Ok(None);
            }
            next = further;
        }
        // Of what happened in one moment, too, the oldest goes first.
        entries.reverse();
        entries.sort_by_key(|entry| entry.at);
        Ok(Some(entries))
    }

    /// Where many pull requests changed, a list of them costs less than each by itself.
    async fn read_changed(&mut self, entries: &[Entry]) -> Result<(), ProviderError> {
        let changed: BTreeSet<u64> = entries.iter().map(|entry| entry.number).collect();
        if changed.len() <= FEW {
            return Ok(());
        }
        let since = entries.iter().filter_map(|entry| entry.at).min();
        let condition = since.map_or_else(String::new, |since| {
            format!("&q={}", part(&format!("updated_on>=\"{since}\"")))
        });
        let rest = format!(
            "/pullrequests?{ALL}&sort=updated_on&pagelen={PAGE}&fields={}{condition}",
            parts()
        );
        let mut next = Some(self.url(&rest));
        while let Some(url) = next.take() {
            if !self.may() {
                break;
            }
            let Some((pulls, further)) = self.list(&url).await? else {
                break;
            };
            for pull in pulls {
                // One without its reviewers would look changed.
                if let Some(number) = pull["id"].as_u64()
                    && pull["reviewers"].is_array()
                {
                    self.read.insert(number, pull);
                }
            }
            next = further;
        }
        Ok(())
    }

    /// Asks for one pull request; false when this look has asked enough.
    async fn read_one(&mut self, number: u64) -> Result<bool, ProviderError> {
        if !self.may() {
            return Ok(false);
        }
        let url = self.url(&format!("/pullrequests/{number}"));
        let answer = self.api.get(&url).await?;
        let pull = if answer.status.is_success() {
            read(&answer)?
        } else {
            Value::Null
        };
        self.read.insert(number, pull);
        Ok(true)
    }

    /// Tells an entry, and before it how its pull request stands.
    fn happened(&mut self, entry: &Entry) {
        let number = entry.number;
        let pull = self.read[&number].clone();
        if pull.is_null() {
            return;
        }
        self.stands(number, &pull);
        let (name, what) = &entry.what;
        let user = &what["user"];
        let who = user["uuid"].as_str().unwrap_or_default();
        let second = entry.at.map_or(0, Timestamp::as_second);
        match *name {
            "comment" => {
                let id = what["id"].as_u64().unwrap_or_default();
                if what["deleted"] != true {
                    let body = json!({"actor": user, "pullrequest": pull, "comment": what});
                    let key = format!("pull/{number}/comment/{id}");
                    self.deliver("pullrequest:comment_created", &key, entry.at, body);
                }
            }
            "approval" => {
                let body = json!({"actor": user, "pullrequest": pull, "approval": what});
                let key = format!("pull/{number}/approved/{who}/{second}");
                self.deliver("pullrequest:approved", &key, entry.at, body);
            }
            "changes_requested" => {
                let body = json!({"actor": user, "pullrequest": pull, "changes_request": what});
                let key = format!("pull/{number}/changes_requested/{who}/{second}");
                self.deliver("pullrequest:changes_request_created", &key, entry.at, body);
            }
            _ => {}
        }
    }

    /// What a pull request shows that it did not show before.
    fn stands(&mut self, number: u64, pull: &Value) {
        let known = self
            .place
            .pulls
            .get(&number)
            .map(|known| known.mark.clone());
        let is_new = known.is_none() && number > self.place.activity.top;
        if is_new {
            self.opened(number, pull);
            self.place.activity.top = number;
        }
        let at = moment(pull, "updated_on");
        let ended = match pull["state"].as_str() {
            Some("OPEN") => {
                let mark = fingerprint(pull);
                if known.is_some_and(|known| known != mark) {
                    let key = format!("pull/{number}/updated/{mark}");
                    let body = json!({"pullrequest": pull});
                    self.deliver("pullrequest:updated", &key, at, body);
                }
                self.keep(number, pull);
                return;
            }
            Some("MERGED") => ("pullrequest:fulfilled", "merged"),
            _ => ("pullrequest:rejected", "closed"),
        };
        self.place.pulls.remove(&number);
        if is_new || known.is_some() {
            let (kind, done) = ended;
            let body = json!({"actor": pull["closed_by"], "pullrequest": pull});
            self.deliver(kind, &format!("pull/{number}/{done}"), at, body);
        }
    }

    pub(super) fn opened(&mut self, number: u64, pull: &Value) {
        let body = json!({"actor": pull["author"], "pullrequest": pull});
        let at = moment(pull, "created_on");
        self.deliver(
            "pullrequest:created",
            &format!("pull/{number}/opened"),
            at,
            body,
        );
    }

    /// Remembers an open pull request as it stands.
    pub(super) fn keep(&mut self, number: u64, pull: &Value) {
        let text = |pointer: &str| {
            let found = pull.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let branch = text("/source/branch/name");
        let own =
            pull.pointer("/source/repository/uuid") == pull.pointer("/destination/repository/uuid");
        let seen = Pull {
            mark: fingerprint(pull),
            head: text("/source/commit/hash"),
            branch: if own {
                branch
            } else {
                format!("fork:{branch}")
            },
            base: text("/destination/branch/name"),
            author: pull
                .pointer("/author/nickname")
                .and_then(Value::as_str)
                .map(Into::into),
        };
        self.place.pulls.insert(number, seen);
    }
}
