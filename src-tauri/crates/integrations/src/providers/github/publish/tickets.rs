//! GitHub's requests about issues and pull requests. Labels, texts and comments of both lie below `/issues`.

use async_trait::async_trait;
use http::Method;
use perch_core::action::Thing;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::http::address::part;
use crate::payload::{flag, labels, list, logins, moment, number, text};
use crate::providers::github::api::read;
use crate::publish::{Forge, Issue, Need, Ticket, Tickets, failed};

fn place(thing: Thing) -> String {
    match thing {
        Thing::Issue(number) => format!("/issues/{number}"),
        Thing::PullRequest(number) => format!("/pulls/{number}"),
    }
}

fn number_of(thing: Thing) -> u64 {
    let (Thing::Issue(number) | Thing::PullRequest(number)) = thing;
    number
}

fn ticket(value: &Value) -> Ticket {
    let mut reviewers = logins(value, "/requested_reviewers");
    let owner = text(value, "/base/repo/owner/login").unwrap_or_default();
    reviewers.extend(
        list(value, "/requested_teams")
            .filter_map(|team| text(team, "/slug"))
            .map(|team| format!("{owner}/{team}")),
    );
    Ticket {
        open: text(value, "/state") == Some("open"),
        merged: flag(value, "/merged"),
        closed_at: moment(value, "/closed_at"),
        body: text(value, "/body").unwrap_or_default().to_owned(),
        labels: labels(value),
        reviewers,
        remarks: number(value, "/comments").unwrap_or(0),
        head: text(value, "/head/sha").map(Into::into),
        url: text(value, "/html_url").map(Into::into),
    }
}

fn issue(value: &Value) -> Option<Issue> {
    Some(Issue {
        number: number(value, "/number")?,
        id: number(value, "/id")?,
        body: text(value, "/body").unwrap_or_default().to_owned(),
        url: text(value, "/html_url").map(Into::into),
    })
}

/// People and teams as the API asks for them; teams are written `organization/team`.
fn people(names: &[String]) -> Value {
    let (teams, users): (Vec<&String>, Vec<&String>) =
        names.iter().partition(|name| name.contains('/'));
    let slugs: Vec<&str> = teams
        .iter()
        .filter_map(|name| name.rsplit('/').next())
        .collect();
    json!({"reviewers": users, "team_reviewers": slugs})
}

#[async_trait]
impl Tickets for Target<'_> {
    async fn ticket(&self, thing: Thing, doing: &str) -> Result<Ticket, PublishError> {
        let answer = self
            .found(&self.url(&place(thing)), doing, Need::Talk)
            .await?;
        Ok(ticket(&read(&answer).map_err(failed)?))
    }

    async fn add_labels(
        &self,
        thing: Thing,
        labels: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let rest = format!("/issues/{}/labels", number_of(thing));
        let body = json!({"labels": labels});
        self.changed(
            Method::POST,
            &self.url(&rest),
            Some(body),
            doing,
            Need::Talk,
        )
        .await
        .map(drop)
    }

    async fn remove_labels(
        &self,
        thing: Thing,
        labels: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        for label in labels {
            let rest = format!("/issues/{}/labels/{}", number_of(thing), part(label));
            self.gone(&self.url(&rest), doing, Need::Talk).await?;
        }
        Ok(())
    }

    async fn ask_to_review(
        &self,
        number: u64,
        names: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let rest = format!("/pulls/{number}/requested_reviewers");
        let body = Some(people(names));
        self.changed(Method::POST, &self.url(&rest), body, doing, Need::Pulls)
            .await
            .map(drop)
    }

    async fn ask_no_longer(
        &self,
        number: u64,
        names: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let rest = format!("/pulls/{number}/requested_reviewers");
        let body = Some(people(names));
        self.changed(Method::DELETE, &self.url(&rest), body, doing, Need::Pulls)
            .await
            .map(drop)
    }

    async fn set_open(
        &self,
        thing: Thing,
        open: bool,
        not_planned: bool,
        doing: &str,
    ) -> Result<Ticket, PublishError> {
        let mut body = json!({"state": if open { "open" } else { "closed" }});
        if let Thing::Issue(_) = thing
            && !open
        {
            let reason = if not_planned {
                "not_planned"
            } else {
                "completed"
            };
            body["state_reason"] = reason.into();
        }
        let rest = place(thing);
        let answer = self
            .changed(
                Method::PATCH,
                &self.url(&rest),
                Some(body),
                doing,
                Need::Talk,
            )
            .await?;
        Ok(ticket(&read(&answer).map_err(failed)?))
    }

    async fn set_text(&self, number: u64, text: &str, doing: &str) -> Result<(), PublishError> {
        let rest = place(Thing::Issue(number));
        let body = json!({"body": text});
        self.changed(
            Method::PATCH,
            &self.url(&rest),
            Some(body),
            doing,
            Need::Talk,
        )
        .await
        .map(drop)
    }

    async fn newest_issues(
        &self,
        page: usize,
        doing: &str,
    ) -> Result<(Vec<Issue>, bool), PublishError> {
        let rest =
            format!("/issues?state=all&sort=created&direction=desc&per_page=100&page={page}");
        let answer = self.found(&self.url(&rest), doing, Need::Read).await?;
        let listed: Vec<Value> = read(&answer).map_err(failed)?;
        let issues = listed
            .iter()
            .filter(|one| one.get("pull_request").is_none())
            .filter_map(issue)
            .collect();
        Ok((issues, answer.next_page().is_some()))
    }

    async fn open_issue(
        &self,
        title: &str,
        body: &str,
        labels: &[String],
        doing: &str,
    ) -> Result<Issue, PublishError> {
        let new = json!({"title": title, "body": body, "labels": labels});
        let answer = self
            .changed(
                Method::POST,
                &self.url("/issues"),
                Some(new),
                doing,
                Need::Issues,
            )
            .await?;
        let made: Value = read(&answer).map_err(failed)?;
        issue(&made).ok_or_else(|| {
            PublishError::Unavailable("GitHub's answer about the new issue has no number".into())
        })
    }

    /// Enterprise Servers before 3.18 know no sub-issues and answer that there is no such address.
    async fn make_part(&self, parent: u64, part: &Issue, doing: &str) -> Result<(), PublishError> {
        let rest = format!("/issues/{parent}/sub_issues");
        let answer = self
            .found(
                &self.url(&format!("{rest}?per_page=100")),
                doing,
                Need::Read,
            )
            .await?;
        let parts: Vec<Value> = read(&answer).map_err(failed)?;
        if parts.iter().any(|one| number(one, "/id") == Some(part.id)) {
            return Ok(());
        }
        let body = json!({"sub_issue_id": part.id});
        self.changed(
            Method::POST,
            &self.url(&rest),
            Some(body),
            doing,
            Need::Issues,
        )
        .await
        .map(drop)
    }
}
