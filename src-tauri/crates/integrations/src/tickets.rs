//! Issues, pull requests and what is said on them, in the shape GitHub and Gitea share.

use perch_core::facts::{Remark, Ticket};
use perch_core::program::is_program;
use serde_json::Value;

use crate::facts::{Lack, Source, missing};
use crate::payload::{flag, labels, login, logins, moment, number, text};

/// Remarks of a thread at most; of a longer one the beginning is kept.
pub(crate) const REMARKS: usize = 500;

/// Other issues at most.
pub(crate) const ISSUES: usize = 200;

/// Where an event's issue or pull request is: `/issues/7` or `/pulls/7`.
pub(crate) fn place(source: &Source<'_>) -> Result<(u64, bool), Lack> {
    let subject = &source.event.subject;
    let number = subject
        .number
        .ok_or_else(|| missing("the event names no issue"))?;
    Ok((number, subject.key.starts_with("pull/")))
}

/// The issue or pull request the event is about.
pub(crate) async fn ticket(source: &mut Source<'_>) -> Result<Ticket, Lack> {
    let (number, is_pull) = place(source)?;
    let (family, what) = if is_pull {
        ("pulls", "the pull request")
    } else {
        ("issues", "the issue")
    };
    let found = source.json(&format!("/{family}/{number}"), what).await?;
    read(&found).ok_or_else(|| missing(format!("{what} is in no shape that is known")))
}

/// An issue or pull request; `None` if what makes one is not there.
pub(crate) fn read(thing: &Value) -> Option<Ticket> {
    let created_at = moment(thing, "/created_at")?;
    let title = text(thing, "/title")?;
    Some(Ticket {
        number: number(thing, "/number")?,
        title: title.into(),
        body: text(thing, "/body").unwrap_or_default().into(),
        author: thing.get("user").and_then(login).unwrap_or_default(),
        labels: labels(thing),
        assignees: logins(thing, "/assignees"),
        reviewers: logins(thing, "/requested_reviewers"),
        milestone: text(thing, "/milestone/title").map(Into::into),
        open: text(thing, "/state") == Some("open"),
        draft: flag(thing, "/draft"),
        mergeable: thing.get("mergeable").and_then(Value::as_bool),
        created_at,
        updated_at: moment(thing, "/updated_at").unwrap_or(created_at),
        url: text(thing, "/html_url").map(Into::into),
    })
}

/// A comment; `None` for one without words.
pub(crate) fn remark(comment: &Value) -> Option<Remark> {
    let author = comment.get("user").and_then(login).unwrap_or_default();
    Some(Remark {
        bot: text(comment, "/user/type") == Some("Bot") || is_program(&author),
        author,
        at: moment(comment, "/created_at").or(moment(comment, "/submitted_at"))?,
        body: text(comment, "/body")?.into(),
        url: text(comment, "/html_url").map(Into::into),
    })
}

/// Remarks in the order they were made.
pub(crate) fn in_order(mut remarks: Vec<Remark>) -> Vec<Remark> {
    remarks.sort_by_key(|remark: &Remark| (remark.at, remark.url.clone()));
    remarks.dedup();
    remarks
}

/// The issues of a list that holds pull requests too, without the one the event is about.
pub(crate) fn others(source: &Source<'_>, listed: &[Value]) -> Vec<Ticket> {
    let own = source.event.subject.number;
    let is_issue = |thing: &&Value| !thing.get("pull_request").is_some_and(Value::is_object);
    let mut others: Vec<Ticket> = listed
        .iter()
        .filter(is_issue)
        .filter_map(read)
        .filter(|ticket| Some(ticket.number) != own)
        .collect();
    others.sort_by_key(|ticket| std::cmp::Reverse((ticket.created_at, ticket.number)));
    others
}

/// The branch files are read from when the event names no commit: the repository's default.
pub(crate) async fn default_branch(source: &mut Source<'_>) -> Result<String, Lack> {
    if let Some(branch) = &source.event.subject.base_branch {
        return Ok(branch.clone());
    }
    let repository = source.json("", "the repository").await?;
    let branch = text(&repository, "/default_branch");
    branch
        .map(Into::into)
        .ok_or_else(|| missing("the repository has no branch"))
}
