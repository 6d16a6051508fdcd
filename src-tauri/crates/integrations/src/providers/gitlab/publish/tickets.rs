//! GitLab's requests about issues and merge requests, which are counted apart.

use async_trait::async_trait;
use http::Method;
use perch_core::action::Thing;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::http::address::part;
use crate::payload::{labels, list, moment, number, text};
use crate::providers::gitlab::api::read;
use crate::publish::{Forge, Issue, Need, Ticket, Tickets, failed, refused};

impl Target<'_> {
    /// The number of a user.
    async fn user(&self, name: &str, doing: &str) -> Result<u64, PublishError> {
        let url = self.api.url(&format!("/users?username={}", part(name)));
        let answer = self.found(&url, doing, Need::Read).await?;
        let found: Vec<Value> = read(&answer).map_err(failed)?;
        let id = found
            .iter()
            .find(|one| {
                text(one, "/username").is_some_and(|other| other.eq_ignore_ascii_case(name))
            })
            .and_then(|one| number(one, "/id"));
        id.ok_or_else(|| {
            refused(
                format!("GitLab knows no user `{name}`, and only users can be asked to review"),
                "ask somebody else on the merge request's page",
            )
        })
    }

    /// Who is asked to review, by number and name.
    async fn reviewers(&self, iid: u64, doing: &str) -> Result<Vec<(u64, String)>, PublishError> {
        let answer = self
            .found(
                &self.url(&place(Thing::PullRequest(iid))),
                doing,
                Need::Read,
            )
            .await?;
        let merge: Value = read(&answer).map_err(failed)?;
        Ok(list(&merge, "/reviewers")
            .filter_map(|one| Some((number(one, "/id")?, text(one, "/username")?.to_owned())))
            .collect())
    }

    async fn set_reviewers(
        &self,
        iid: u64,
        ids: &[u64],
        doing: &str,
    ) -> Result<Ticket, PublishError> {
        // An empty list would be no list at all.
        let ids = if ids.is_empty() { &[0] } else { ids };
        let place = place(Thing::PullRequest(iid));
        let answer = self
            .changed(
                Method::PUT,
                &self.url(&place),
                Some(json!({"reviewer_ids": ids})),
                doing,
                Need::Talk,
            )
            .await?;
        Ok(ticket(&read(&answer).map_err(failed)?))
    }
}

fn place(thing: Thing) -> String {
    match thing {
        Thing::Issue(iid) => format!("/issues/{iid}"),
        Thing::PullRequest(iid) => format!("/merge_requests/{iid}"),
    }
}

fn ticket(value: &Value) -> Ticket {
    Ticket {
        open: text(value, "/state") == Some("opened"),
        merged: text(value, "/state") == Some("merged"),
        closed_at: moment(value, "/closed_at"),
        body: text(value, "/description").unwrap_or_default().to_owned(),
        labels: labels(value),
        reviewers: list(value, "/reviewers")
            .filter_map(|one| text(one, "/username"))
            .map(Into::into)
            .collect(),
        remarks: number(value, "/user_notes_count").unwrap_or(0),
        head: text(value, "/sha").map(Into::into),
        url: text(value, "/web_url").map(Into::into),
    }
}

fn issue(value: &Value) -> Option<Issue> {
    Some(Issue {
        number: number(value, "/iid")?,
        id: number(value, "/id")?,
        body: text(value, "/description").unwrap_or_default().to_owned(),
        url: text(value, "/web_url").map(Into::into),
    })
}

#[async_trait]
impl Tickets for Target<'_> {
    fn called(&self, thing: Thing) -> String {
        match thing {
            Thing::Issue(iid) => format!("#{iid}"),
            Thing::PullRequest(iid) => format!("!{iid}"),
        }
    }

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
        let body = json!({"add_labels": labels.join(",")});
        self.changed(
            Method::PUT,
            &self.url(&place(thing)),
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
        let body = json!({"remove_labels": labels.join(",")});
        self.changed(
            Method::PUT,
            &self.url(&place(thing)),
            Some(body),
            doing,
            Need::Talk,
        )
        .await
        .map(drop)
    }

    async fn ask_to_review(
        &self,
        iid: u64,
        people: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let before = self.reviewers(iid, doing).await?;
        let before: Vec<u64> = before.into_iter().map(|(id, _)| id).collect();
        let mut ids = before.clone();
        for name in people {
            ids.push(self.user(name, doing).await?);
        }
        let ticket = self.set_reviewers(iid, &ids, doing).await?;
        if ticket.reviewers.len() == ids.len() {
            return Ok(());
        }
        // Editions without several reviewers take one and drop the others without a word.
        self.set_reviewers(iid, &before, doing).await?;
        Err(refused(
            format!("this project takes fewer reviewers than {}", ids.len()),
            "ask them one by one on the merge request's page",
        ))
    }

    async fn ask_no_longer(
        &self,
        iid: u64,
        people: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        let asked = self.reviewers(iid, doing).await?;
        let leaves = |name: &str| people.iter().any(|one| one.eq_ignore_ascii_case(name));
        let ids: Vec<u64> = asked
            .into_iter()
            .filter(|(_, name)| !leaves(name))
            .map(|(id, _)| id)
            .collect();
        self.set_reviewers(iid, &ids, doing).await.map(drop)
    }

    async fn set_open(
        &self,
        thing: Thing,
        open: bool,
        _not_planned: bool,
        doing: &str,
    ) -> Result<Ticket, PublishError> {
        let body = json!({"state_event": if open { "reopen" } else { "close" }});
        let answer = self
            .changed(
                Method::PUT,
                &self.url(&place(thing)),
                Some(body),
                doing,
                Need::Talk,
            )
            .await?;
        Ok(ticket(&read(&answer).map_err(failed)?))
    }

    async fn set_text(&self, iid: u64, text: &str, doing: &str) -> Result<(), PublishError> {
        let body = json!({"description": text});
        self.changed(
            Method::PUT,
            &self.url(&place(Thing::Issue(iid))),
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
        let rest = format!(
            "/issues?scope=all&state=all&order_by=created_at&sort=desc&per_page=100&page={page}"
        );
        let answer = self.found(&self.url(&rest), doing, Need::Read).await?;
        let listed: Vec<Value> = read(&answer).map_err(failed)?;
        let issues = listed.iter().filter_map(issue).collect();
        Ok((issues, answer.next_page().is_some()))
    }

    async fn open_issue(
        &self,
        title: &str,
        body: &str,
        labels: &[String],
        doing: &str,
    ) -> Result<Issue, PublishError> {
        let new = json!({"title": title, "description": body, "labels": labels.join(",")});
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
            PublishError::Unavailable("GitLab's answer about the new issue has no number".into())
        })
    }

    /// The REST API knows no child items of issues, so the two are related.
    async fn make_part(&self, parent: u64, part: &Issue, doing: &str) -> Result<(), PublishError> {
        let rest = format!("/issues/{parent}/links");
        let answer = self.found(&self.url(&rest), doing, Need::Read).await?;
        let links: Vec<Value> = read(&answer).map_err(failed)?;
        if links.iter().any(|one| number(one, "/id") == Some(part.id)) {
            return Ok(());
        }
        let project = self.path.trim_start_matches("/projects/");
        let project = project.replace("%2F", "/");
        let body = json!({
            "target_project_id": project,
            "target_issue_iid": part.number,
            "link_type": "relates_to",
        });
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
