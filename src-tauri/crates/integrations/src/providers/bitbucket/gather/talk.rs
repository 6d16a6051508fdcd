//! Issues, pull requests and what is said on them, in Bitbucket's shapes; and the newest commit.

use perch_core::facts::{Remark, Ticket};
use perch_core::patch::Base;
use perch_core::program::is_program;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::source::Source;
use crate::facts::{Lack, missing};
use crate::http::address::encode;
use crate::payload::{flag, list, moment, number, text};
use crate::providers::bitbucket::parse::{is_closed, name};
use crate::tickets::{self, ISSUES, REMARKS, in_order};

impl Source<'_> {
    /// The issue or pull request the event is about.
    pub(super) async fn ticket(&mut self) -> Result<Ticket, Lack> {
        let (place, what) = self.place()?;
        let found = self.json(&place, what).await?;
        read(&found).ok_or_else(|| missing(format!("{what} is in no shape that is known")))
    }

    fn place(&self) -> Result<(String, &'static str), Lack> {
        let (number, is_pull) = tickets::place(self)?;
        Ok(if is_pull {
            (format!("/pullrequests/{number}"), "the pull request")
        } else {
            (format!("/issues/{number}"), "the issue")
        })
    }

    /// What was said on it, oldest first; what was deleted is left out.
    pub(super) async fn thread(&mut self) -> Result<Vec<Remark>, Lack> {
        let (place, _) = self.place()?;
        let rest = format!("{place}/comments?sort=created_on&pagelen=100");
        let (comments, _) = self.values(&rest, "the comments", REMARKS).await?;
        let remark = |comment: &Value| {
            let author = comment.get("user").and_then(name).unwrap_or_default();
            Some(Remark {
                bot: text(comment, "/user/type").is_some_and(|kind| kind != "user")
                    || is_program(&author),
                author,
                at: moment(comment, "/created_on")?,
                body: text(comment, "/content/raw")
                    .filter(|words| !words.is_empty())?
                    .into(),
                url: text(comment, "/links/html/href").map(Into::into),
            })
        };
        let there = comments.iter().filter(|comment| !flag(comment, "/deleted"));
        Ok(in_order(there.filter_map(remark).collect()))
    }

    /// Other issues, newest first.
    pub(super) async fn issues(&mut self) -> Result<Vec<Ticket>, Lack> {
        let own = self.event.subject.number;
        let is_own = self.event.subject.key.starts_with("issue/");
        let rest = "/issues?sort=-created_on&pagelen=100";
        let (listed, _) = self.values(rest, "the list of issues", ISSUES).await?;
        let mut others: Vec<Ticket> = listed.iter().filter_map(read).collect();
        others.retain(|ticket| !is_own || Some(ticket.number) != own);
        others.sort_by_key(|ticket| std::cmp::Reverse((ticket.created_at, ticket.number)));
        Ok(others)
    }

    /// The newest commit of the main branch, if it can be had.
    pub(super) async fn newest(&mut self) -> Result<Option<Base>, ProviderError> {
        match self.newest_commit().await {
            Ok(base) => Ok(base),
            Err(Lack::Missing(_)) => Ok(None),
            Err(Lack::Failed(error)) => Err(error),
        }
    }

    async fn newest_commit(&mut self) -> Result<Option<Base>, Lack> {
        let repository = self.json("", "the repository").await?;
        let branch = text(&repository, "/mainbranch/name")
            .ok_or_else(|| missing("the repository has no branch"))?;
        let rest = format!("/refs/branches/{}", encode(branch));
        let found = self.json(&rest, "the newest commit").await?;
        Ok(text(&found, "/target/hash").map(|commit| Base {
            commit: commit.into(),
            branch: Some(branch.into()),
            ..Base::default()
        }))
    }
}

/// An issue or pull request; `None` if what makes one is not there. An issue's kind and component are its labels.
fn read(thing: &Value) -> Option<Ticket> {
    let created_at = moment(thing, "/created_on")?;
    let title = text(thing, "/title")?;
    let state = text(thing, "/state")?;
    let labels = [text(thing, "/kind"), text(thing, "/component/name")];
    let assignee = thing.get("assignee").and_then(name);
    let author = thing.get("reporter").or(thing.get("author"));
    let body = text(thing, "/content/raw").or(text(thing, "/description"));
    Some(Ticket {
        number: number(thing, "/id")?,
        title: title.into(),
        body: body.unwrap_or_default().into(),
        author: author.and_then(name).unwrap_or_default(),
        labels: labels.into_iter().flatten().map(Into::into).collect(),
        assignees: assignee.into_iter().collect(),
        reviewers: list(thing, "/reviewers").filter_map(name).collect(),
        milestone: text(thing, "/milestone/name").map(Into::into),
        open: !is_closed(state) && !matches!(state, "MERGED" | "DECLINED" | "SUPERSEDED"),
        draft: flag(thing, "/draft"),
        mergeable: None,
        created_at,
        updated_at: moment(thing, "/updated_on").unwrap_or(created_at),
        url: text(thing, "/links/html/href").map(Into::into),
    })
}
