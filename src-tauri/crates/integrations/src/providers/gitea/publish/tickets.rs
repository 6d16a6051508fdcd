//! The servers' requests about issues and pull requests. Labels, texts and comments of both lie below `/issues`.

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::action::Thing;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::payload::{flag, labels, list, logins, moment, number, text};
use crate::providers::gitea::api::{has_next, members, page_of, read};
use crate::publish::{Forge, Issue, Need, Ticket, Tickets, failed, refusal, refused};

/// Pages of labels searched.
const PAGES: usize = 20;

impl Target<'_> {
    /// The numbers of labels of the repository and its organization; older servers take no names.
    async fn label_ids(&self, labels: &[String], doing: &str) -> Result<Vec<u64>, PublishError> {
        if labels.is_empty() {
            return Ok(Vec::new());
        }
        let owner = self.repository.split('/').next().unwrap_or_default();
        let lists = [
            self.url("/labels"),
            self.api.url(&format!(
                "/orgs/{}/labels",
                crate::http::address::part(owner)
            )),
        ];
        let mut known: Vec<(String, u64)> = Vec::new();
        for (place, list) in lists.iter().enumerate() {
            let mut read = 0;
            for page in 1..=PAGES {
                let answer = self.api.get(&page_of(list, page)).await.map_err(failed)?;
                if answer.status != StatusCode::OK {
                    // An owner who is no organization has no labels of its own.
                    if place == 1 {
                        break;
                    }
                    return Err(refusal(self, &answer, doing, Need::Read));
                }
                let listed = members(&answer, None).map_err(failed)?;
                known.extend(
                    listed.iter().filter_map(|one| {
                        Some((text(one, "/name")?.to_owned(), number(one, "/id")?))
                    }),
                );
                read += listed.len();
                if !has_next(&answer, read, listed.len()) {
                    break;
                }
            }
            let is_known = |label: &String| {
                let mut names = known.iter();
                names.any(|(name, _)| name.eq_ignore_ascii_case(label))
            };
            if labels.iter().all(is_known) {
                break;
            }
        }
        labels
            .iter()
            .map(|label| {
                let found = known
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(label));
                found.map(|(_, id)| *id).ok_or_else(|| {
                    refused(
                        format!("`{}` has no label `{label}`", self.repository),
                        "make the label on the server first",
                    )
                })
            })
            .collect()
    }
}

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
        list(value, "/requested_reviewers_teams")
            .filter_map(|team| text(team, "/name"))
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
    let teams: Vec<&str> = teams
        .iter()
        .filter_map(|name| name.rsplit('/').next())
        .collect();
    json!({"reviewers": users, "team_reviewers": teams})
}

#[async_trait]
impl Tickets for Target<'_> {
    async fn ticket(&self, thing: Thing, doing: &str) -> Result<Ticket, PublishError> {
        let answer = self
            .found(&self.url(&place(thing)), doing, Need::Read)
            .await?;
        Ok(ticket(&read(&answer).map_err(failed)?))
    }

    async fn add_labels(
        &self,
        thing: Thing,
        labels: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let ids = self.label_ids(labels, doing).await?;
        let rest = format!("/issues/{}/labels", number_of(thing));
        let body = json!({"labels": ids});
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
        for id in self.label_ids(labels, doing).await? {
            let rest = format!("/issues/{}/labels/{id}", number_of(thing));
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
        _not_planned: bool,
        doing: &str,
    ) -> Result<Ticket, PublishError> {
        let body = json!({"state": if open { "open" } else { "closed" }});
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
        let rest = page_of("/issues?state=all&type=issues", page);
        let answer = self.found(&self.url(&rest), doing, Need::Read).await?;
        let listed = members(&answer, None).map_err(failed)?;
        let read = page * crate::providers::gitea::api::PAGE;
        let more = has_next(&answer, read, listed.len());
        Ok((listed.iter().filter_map(issue).collect(), more))
    }

    async fn open_issue(
        &self,
        title: &str,
        body: &str,
        labels: &[String],
        doing: &str,
    ) -> Result<Issue, PublishError> {
        let ids = self.label_ids(labels, doing).await?;
        let new = json!({"title": title, "body": body, "labels": ids});
        let answer = self
            .changed(
                Method::POST,
                &self.url("/issues"),
                Some(new),
                doing,
                Need::Talk,
            )
            .await?;
        let made: Value = read(&answer).map_err(failed)?;
        issue(&made).ok_or_else(|| {
            PublishError::Unavailable("the server's answer about the issue has no number".into())
        })
    }

    /// A part is what its parent depends on; repositories can switch that off.
    async fn make_part(&self, parent: u64, part: &Issue, doing: &str) -> Result<(), PublishError> {
        let rest = format!("/issues/{parent}/dependencies");
        let answer = self.found(&self.url(&rest), doing, Need::Read).await?;
        let parts = members(&answer, None).map_err(failed)?;
        if parts.iter().any(|one| number(one, "/id") == Some(part.id)) {
            return Ok(());
        }
        let (owner, name) = self.repository.split_once('/').unwrap_or_default();
        let body = json!({"owner": owner, "repo": name, "index": part.number});
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
}
