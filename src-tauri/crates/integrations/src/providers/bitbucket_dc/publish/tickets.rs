//! Data Center's requests about pull requests: their reviewers, declined and opened again. There are no issues and no
//! labels.
//!
//! Source: developer.atlassian.com "Bitbucket Data Center REST API", "Update pull request metadata", "Decline pull
//! request", "Re-open pull request".

use async_trait::async_trait;
use http::Method;
use perch_core::action::Thing;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::payload::{list, text};
use crate::providers::bitbucket_dc::api::{link, millis, read};
use crate::publish::{Forge, Need, Ticket, Tickets, failed, unknown};

fn ticket(pull: &Value) -> Ticket {
    let waiting = list(pull, "/reviewers")
        .filter(|one| text(one, "/status").is_none_or(|status| status == "UNAPPROVED"))
        .filter_map(|one| text(one, "/user/name").map(Into::into));
    Ticket {
        open: pull["state"] == "OPEN",
        merged: pull["state"] == "MERGED",
        closed_at: millis(pull, "closedDate"),
        body: text(pull, "/description").unwrap_or_default().to_owned(),
        labels: Vec::new(),
        reviewers: waiting.collect(),
        remarks: pull
            .pointer("/properties/commentCount")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
        head: text(pull, "/fromRef/latestCommit").map(Into::into),
        url: link(pull).map(Into::into),
    }
}

impl Target<'_> {
    async fn pull_request(&self, number: u64, doing: &str) -> Result<Value, PublishError> {
        let answer = self
            .found(&self.pull_url(number), doing, Need::Read)
            .await?;
        read(&answer).map_err(failed)
    }

    /// Gives a pull request these reviewers. All of it must be said, and the version that it changes.
    async fn set_reviewers(
        &self,
        pull: &Value,
        reviewers: Vec<Value>,
        doing: &str,
    ) -> Result<(), PublishError> {
        let mut body = json!({
            "version": pull["version"],
            "title": pull["title"],
            "description": pull["description"],
            "reviewers": reviewers,
        });
        if pull["draft"].is_boolean() {
            body["draft"] = pull["draft"].clone();
        }
        let url = self.pull_url(pull["id"].as_u64().unwrap_or_default());
        // Its author may with less.
        self.changed(Method::PUT, &url, Some(body), doing, Need::Push)
            .await
            .map(drop)
    }
}

/// The reviewers there are, as they are given back.
fn reviewers(pull: &Value) -> Vec<Value> {
    list(pull, "/reviewers")
        .filter_map(|one| Some(json!({"user": {"name": text(one, "/user/name")?}})))
        .collect()
}

#[async_trait]
impl Tickets for Target<'_> {
    async fn ticket(&self, thing: Thing, doing: &str) -> Result<Ticket, PublishError> {
        match thing {
            Thing::PullRequest(number) => Ok(ticket(&self.pull_request(number, doing).await?)),
            Thing::Issue(_) => Err(unknown(self, doing)),
        }
    }

    async fn ask_to_review(
        &self,
        number: u64,
        people: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let pull = self.pull_request(number, doing).await?;
        let mut all = reviewers(&pull);
        all.extend(people.iter().map(|name| json!({"user": {"name": name}})));
        self.set_reviewers(&pull, all, doing).await
    }

    async fn ask_no_longer(
        &self,
        number: u64,
        people: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let pull = self.pull_request(number, doing).await?;
        let mut all = reviewers(&pull);
        all.retain(|one| {
            let name = text(one, "/user/name").unwrap_or_default();
            !people.iter().any(|gone| gone.eq_ignore_ascii_case(name))
        });
        self.set_reviewers(&pull, all, doing).await
    }

    async fn set_open(
        &self,
        thing: Thing,
        open: bool,
        _not_planned: bool,
        doing: &str,
    ) -> Result<Ticket, PublishError> {
        let Thing::PullRequest(number) = thing else {
            return Err(unknown(self, doing));
        };
        let pull = self.pull_request(number, doing).await?;
        let what = if open { "reopen" } else { "decline" };
        let url = self.pull_url(number);
        let url = format!("{url}/{what}?version={}", pull["version"]);
        let answer = self
            .changed(Method::POST, &url, Some(json!({})), doing, Need::Pulls)
            .await?;
        Ok(ticket(&read(&answer).map_err(failed)?))
    }
}
