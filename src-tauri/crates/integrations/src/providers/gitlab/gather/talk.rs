//! Issues, merge requests and what is said on them, in GitLab's shapes; and the newest commit.

use perch_core::facts::{Remark, Ticket};
use perch_core::patch::Base;
use perch_core::program::is_program;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use crate::facts::{Lack, Source, missing};
use crate::http::address::part;
use crate::payload::{flag, list, moment, number, text};
use crate::tickets::{self, ISSUES, REMARKS, in_order};

/// The issue or merge request the event is about.
pub(super) async fn ticket(source: &mut Source<'_>) -> Result<Ticket, Lack> {
    let (place, what) = place(source)?;
    let found = source.json(&place, what).await?;
    read(&found).ok_or_else(|| missing(format!("{what} is in no shape that is known")))
}

fn place(source: &Source<'_>) -> Result<(String, &'static str), Lack> {
    let (number, is_pull) = tickets::place(source)?;
    Ok(if is_pull {
        (format!("/merge_requests/{number}"), "the merge request")
    } else {
        (format!("/issues/{number}"), "the issue")
    })
}

fn read(thing: &Value) -> Option<Ticket> {
    let created_at = moment(thing, "/created_at")?;
    let title = text(thing, "/title")?;
    let names =
        |pointer: &str| -> Vec<String> { list(thing, pointer).filter_map(username).collect() };
    let labels = list(thing, "/labels").filter_map(|label| text(label, "/name").or(label.as_str()));
    // Whether it can be merged is worked out when somebody asks, and is not known before.
    let mergeable = match text(thing, "/detailed_merge_status").or(text(thing, "/merge_status")) {
        _ if flag(thing, "/has_conflicts") => Some(false),
        Some("conflict" | "cannot_be_merged") => Some(false),
        Some("mergeable" | "can_be_merged") => Some(true),
        _ => None,
    };
    Some(Ticket {
        number: number(thing, "/iid")?,
        title: title.into(),
        body: text(thing, "/description").unwrap_or_default().into(),
        author: thing.get("author").and_then(username).unwrap_or_default(),
        labels: labels.map(Into::into).collect(),
        assignees: names("/assignees"),
        reviewers: names("/reviewers"),
        milestone: text(thing, "/milestone/title").map(Into::into),
        open: text(thing, "/state") == Some("opened"),
        draft: flag(thing, "/draft"),
        mergeable,
        created_at,
        updated_at: moment(thing, "/updated_at").unwrap_or(created_at),
        url: text(thing, "/web_url").map(Into::into),
    })
}

fn username(person: &Value) -> Option<String> {
    text(person, "/username").map(Into::into)
}

/// What people said; what GitLab notes by itself is left out.
pub(super) async fn thread(source: &mut Source<'_>) -> Result<Vec<Remark>, Lack> {
    let (place, _) = place(source)?;
    let page = source.event.subject.url.clone();
    let rest = format!("{place}/notes?sort=asc&order_by=created_at&per_page=100");
    let notes = source.list(&rest, None, "the comments", REMARKS).await?;
    let remark = |note: &Value| {
        let author = note.get("author").and_then(username).unwrap_or_default();
        let page = page.as_deref().and_then(|page| page.split('#').next());
        Some(Remark {
            bot: flag(note, "/author/bot") || is_program(&author),
            author,
            at: moment(note, "/created_at")?,
            body: text(note, "/body")?.into(),
            url: page
                .zip(number(note, "/id"))
                .map(|(page, id)| format!("{page}#note_{id}")),
        })
    };
    let by_people = notes.iter().filter(|note| !flag(note, "/system"));
    Ok(in_order(by_people.filter_map(remark).collect()))
}

pub(super) async fn issues(source: &mut Source<'_>) -> Result<Vec<Ticket>, Lack> {
    let own = source.event.subject.number;
    let is_own = source.event.subject.key.starts_with("issue/");
    let rest = "/issues?scope=all&order_by=created_at&sort=desc&per_page=100";
    let listed = source
        .list(rest, None, "the list of issues", ISSUES)
        .await?;
    let mut others: Vec<Ticket> = listed.iter().filter_map(read).collect();
    others.retain(|ticket| !is_own || Some(ticket.number) != own);
    others.sort_by_key(|ticket| std::cmp::Reverse((ticket.created_at, ticket.number)));
    Ok(others)
}

/// The newest commit of the default branch, if it can be had.
pub(super) async fn newest(source: &mut Source<'_>) -> Result<Option<Base>, ProviderError> {
    let found = async {
        let branch = tickets::default_branch(source).await?;
        let rest = format!("/repository/branches/{}", part(&branch));
        let found = source.json(&rest, "the newest commit").await?;
        let sha = found.pointer("/commit/id").and_then(Value::as_str);
        Ok((branch, sha.map(ToOwned::to_owned)))
    };
    match found.await {
        Ok((branch, sha)) => Ok(sha.map(|commit| Base {
            commit,
            branch: Some(branch),
            ..Base::default()
        })),
        Err(Lack::Missing(_)) => Ok(None),
        Err(Lack::Failed(error)) => Err(error),
    }
}
