//! Bitbucket's requests about issues and pull requests, which it counts apart. It has no labels, links no issues, and
//! opens no declined pull request again.
//!
//! Source: developer.atlassian.com "The Bitbucket Cloud REST API", pull requests, issue tracker, workspaces.

use async_trait::async_trait;
use http::{Method, StatusCode};
use jiff::Timestamp;
use perch_core::action::Thing;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::http::address::part;
use crate::payload::{list, moment, number, text};
use crate::providers::bitbucket::api::{page, read};
use crate::providers::bitbucket::parse::is_closed;
use crate::publish::{Forge, Issue, Need, Ticket, Tickets, failed, refused};

/// Pages of a hundred members of a workspace searched for names.
const MEMBERS: usize = 10;

/// Issues of a page.
const PAGE: usize = 50;

impl Target<'_> {
    /// People of the workspace by the names others mention them by, as a pull request is given them.
    async fn members(&self, names: &[String]) -> Result<Vec<Value>, PublishError> {
        let workspace = self.repository().split('/').next().unwrap_or_default();
        let rest = format!("/workspaces/{}/members?pagelen=100", part(workspace));
        let mut next = Some(self.api.url(&rest));
        let mut known: Vec<Value> = Vec::new();
        for _ in 0..MEMBERS {
            let Some(url) = next.take() else {
                break;
            };
            let answer = self.api.get(&url).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                return Err(refused(
                    format!(
                        "Bitbucket does not tell who works in `{workspace}`, so nobody there can be asked"
                    ),
                    "give the token `account`, or ask them on Bitbucket",
                ));
            }
            let (members, further) = page(&self.api, &answer).map_err(failed)?;
            known.extend(members.into_iter().map(|mut one| one["user"].take()));
            next = further;
        }
        names
            .iter()
            .map(|name| {
                let mut found = known.iter().filter(|person| is_called(person, name));
                match (found.next(), found.next()) {
                    (Some(person), None) => Ok(json!({"uuid": person["uuid"]})),
                    (Some(_), Some(_)) => Err(refused(
                        format!("several members of `{workspace}` are called {name}"),
                        "ask the right one on Bitbucket",
                    )),
                    (None, _) => Err(refused(
                        format!("nobody in `{workspace}` is called {name}"),
                        "ask somebody else, or add them to the workspace first",
                    )),
                }
            })
            .collect()
    }

    /// A pull request as it stands.
    async fn pull_request(&self, number: u64, doing: &str) -> Result<Value, PublishError> {
        let answer = self
            .found(&self.pull_url(number), doing, Need::ReadPulls)
            .await?;
        read(&answer).map_err(failed)
    }

    /// Gives a pull request these reviewers and leaves the rest of it as it is.
    async fn set_reviewers(
        &self,
        number: u64,
        title: &Value,
        reviewers: Vec<Value>,
        doing: &str,
    ) -> Result<(), PublishError> {
        // An update without the title is refused.
        let body = json!({"title": title, "reviewers": reviewers});
        let url = self.pull_url(number);
        self.changed(Method::PUT, &url, Some(body), doing, Need::Pulls)
            .await
            .map(drop)
    }

    /// When an issue was last closed: its own changes tell, since what it says of itself moves with every comment.
    async fn closed_at(&self, number: u64, doing: &str) -> Result<Option<Timestamp>, PublishError> {
        let rest = format!("/issues/{number}/changes?sort=-created_on&pagelen=50");
        let answer = self.found(&self.url(&rest), doing, Need::Read).await?;
        let (changes, _) = page(&self.api, &answer).map_err(failed)?;
        let closing = changes.iter().find(|change| {
            let state = |side: &str| text(change, &format!("/changes/state/{side}")).map(is_closed);
            state("old") == Some(false) && state("new") == Some(true)
        });
        Ok(closing.and_then(|change| moment(change, "/created_on")))
    }

    async fn issue_ticket(&self, value: &Value, doing: &str) -> Result<Ticket, PublishError> {
        let of = number(value, "/id").unwrap_or_default();
        let open = !text(value, "/state").is_some_and(is_closed);
        let comments = self.url(&format!("/issues/{of}/comments?pagelen=100"));
        let comments = self.found(&comments, doing, Need::Read).await?;
        let (comments, _) = page(&self.api, &comments).map_err(failed)?;
        // Changes of its state are listed too, as comments without words.
        let said = comments
            .iter()
            .filter(|one| text(one, "/content/raw").is_some_and(|words| !words.is_empty()));
        Ok(Ticket {
            open,
            closed_at: if open {
                None
            } else {
                self.closed_at(of, doing).await?
            },
            body: text(value, "/content/raw").unwrap_or_default().to_owned(),
            remarks: said.count() as u64,
            url: text(value, "/links/html/href").map(Into::into),
            ..Ticket::default()
        })
    }
}

/// True for a member whom others mention so.
fn is_called(person: &Value, name: &str) -> bool {
    ["/nickname", "/account_id", "/uuid"]
        .iter()
        .filter_map(|field| text(person, field))
        .any(|known| known.eq_ignore_ascii_case(name))
}

fn pull_ticket(value: &Value) -> Ticket {
    Ticket {
        open: text(value, "/state") == Some("OPEN"),
        merged: text(value, "/state") == Some("MERGED"),
        body: text(value, "/description").unwrap_or_default().to_owned(),
        reviewers: list(value, "/reviewers")
            .filter_map(|person| text(person, "/nickname").or(text(person, "/account_id")))
            .map(Into::into)
            .collect(),
        remarks: number(value, "/comment_count").unwrap_or(0),
        head: text(value, "/source/commit/hash").map(Into::into),
        url: text(value, "/links/html/href").map(Into::into),
        ..Ticket::default()
    }
}

fn issue(value: &Value) -> Option<Issue> {
    Some(Issue {
        number: number(value, "/id")?,
        id: number(value, "/id")?,
        body: text(value, "/content/raw").unwrap_or_default().to_owned(),
        url: text(value, "/links/html/href").map(Into::into),
    })
}

fn no_labels() -> PublishError {
    refused("Bitbucket has no labels", "choose another action")
}

#[async_trait]
impl Tickets for Target<'_> {
    fn opens_again(&self, thing: Thing) -> bool {
        matches!(thing, Thing::Issue(_))
    }

    async fn ticket(&self, thing: Thing, doing: &str) -> Result<Ticket, PublishError> {
        match thing {
            Thing::PullRequest(number) => Ok(pull_ticket(&self.pull_request(number, doing).await?)),
            Thing::Issue(number) => {
                let url = self.url(&format!("/issues/{number}"));
                let answer = self.found(&url, doing, Need::Read).await?;
                let value = read(&answer).map_err(failed)?;
                self.issue_ticket(&value, doing).await
            }
        }
    }

    async fn add_labels(
        &self,
        _thing: Thing,
        _labels: &[String],
        _doing: &str,
    ) -> Result<(), PublishError> {
        Err(no_labels())
    }

    async fn remove_labels(
        &self,
        _thing: Thing,
        _labels: &[String],
        _doing: &str,
    ) -> Result<(), PublishError> {
        Err(no_labels())
    }

    async fn ask_to_review(
        &self,
        number: u64,
        people: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let asked = self.members(people).await?;
        let pull = self.pull_request(number, doing).await?;
        let before = list(&pull, "/reviewers").map(|one| json!({"uuid": one["uuid"]}));
        let reviewers = before.chain(asked).collect();
        self.set_reviewers(number, &pull["title"], reviewers, doing)
            .await
    }

    async fn ask_no_longer(
        &self,
        number: u64,
        people: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let pull = self.pull_request(number, doing).await?;
        let stay = list(&pull, "/reviewers")
            .filter(|one| !people.iter().any(|name| is_called(one, name)))
            .map(|one| json!({"uuid": one["uuid"]}))
            .collect();
        self.set_reviewers(number, &pull["title"], stay, doing)
            .await
    }

    async fn set_open(
        &self,
        thing: Thing,
        open: bool,
        not_planned: bool,
        doing: &str,
    ) -> Result<Ticket, PublishError> {
        match thing {
            Thing::PullRequest(_) if open => Err(refused(
                "Bitbucket opens no declined pull request again",
                "open a new one from its branch",
            )),
            Thing::PullRequest(number) => {
                let url = format!("{}/decline", self.pull_url(number));
                let answer = self
                    .changed(Method::POST, &url, None, doing, Need::Pulls)
                    .await?;
                Ok(pull_ticket(&read(&answer).map_err(failed)?))
            }
            Thing::Issue(number) => {
                let state = match (open, not_planned) {
                    (true, _) => "open",
                    (false, true) => "wontfix",
                    (false, false) => "resolved",
                };
                let url = self.url(&format!("/issues/{number}"));
                let body = Some(json!({"state": state}));
                let answer = self
                    .changed(Method::PUT, &url, body, doing, Need::Talk)
                    .await?;
                let value = read(&answer).map_err(failed)?;
                self.issue_ticket(&value, doing).await
            }
        }
    }

    async fn set_text(&self, number: u64, text: &str, doing: &str) -> Result<(), PublishError> {
        let url = self.url(&format!("/issues/{number}"));
        let body = Some(json!({"content": {"raw": text}}));
        self.changed(Method::PUT, &url, body, doing, Need::Talk)
            .await
            .map(drop)
    }

    async fn newest_issues(
        &self,
        number: usize,
        doing: &str,
    ) -> Result<(Vec<Issue>, bool), PublishError> {
        let rest = format!("/issues?sort=-created_on&pagelen={PAGE}&page={number}");
        let answer = self.found(&self.url(&rest), doing, Need::Read).await?;
        let (listed, further) = page(&self.api, &answer).map_err(failed)?;
        Ok((listed.iter().filter_map(issue).collect(), further.is_some()))
    }

    async fn open_issue(
        &self,
        title: &str,
        body: &str,
        labels: &[String],
        doing: &str,
    ) -> Result<Issue, PublishError> {
        if !labels.is_empty() {
            return Err(no_labels());
        }
        let new = json!({"title": title, "content": {"raw": body}, "kind": "task"});
        let url = self.url("/issues");
        let answer = self
            .changed(Method::POST, &url, Some(new), doing, Need::Talk)
            .await?;
        let made: Value = read(&answer).map_err(failed)?;
        issue(&made).ok_or_else(|| {
            PublishError::Unavailable("Bitbucket's answer about the issue has no number".into())
        })
    }

    /// The part's text names its parent; there is no other way.
    async fn make_part(
        &self,
        _parent: u64,
        _part: &Issue,
        _doing: &str,
    ) -> Result<(), PublishError> {
        Ok(())
    }
}
