//! Issues opened, known again by their marker, and issues given another text.

use perch_core::action::Thing;
use perch_core::outcome::{StepResult, Undo};
use perch_core::seam::publisher::PublishError;

use super::tickets::{Issue, Tickets};
use super::{link, refused};

/// Pages of the newest issues searched for a marker. An attempt that broke off lies minutes back, not years.
const PAGES: usize = 5;

/// An issue to open.
pub(super) struct NewIssue<'a> {
    pub(super) title: &'a str,
    pub(super) body: &'a str,
    pub(super) labels: &'a [String],
    pub(super) parent: Option<u64>,
    pub(super) marker: &'a str,
}

/// Opens an issue, or finds the one with its marker; then makes it a part of its parent.
pub(super) async fn open(
    forge: &impl Tickets,
    new: &NewIssue<'_>,
) -> Result<StepResult, PublishError> {
    let doing = format!("open the issue “{}”", new.title);
    let mark = forge.mark(new.marker);
    let issue = if let Some(issue) = find(forge, &mark, &doing).await? {
        issue
    } else {
        let mut body = new.body.trim_end().to_owned();
        if let Some(parent) = new.parent {
            body.push_str(&format!("\n\nPart of #{parent}"));
        }
        body.push_str(&format!("\n\n{mark}"));
        forge
            .open_issue(new.title, body.trim_start(), new.labels, &doing)
            .await?
    };
    let name = forge.called(Thing::Issue(issue.number));
    let mut summary = format!("opened {name}");
    if let Some(parent) = new.parent {
        let doing = format!("make {name} a part of #{parent}");
        match forge.make_part(parent, &issue, &doing).await {
            // Where the forge does not let us, the issue's text still names its parent.
            Ok(()) | Err(PublishError::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
        summary.push_str(&format!(", part of #{parent}"));
    }
    Ok(StepResult {
        summary,
        links: link(&name, issue.url.as_deref()),
        undo: Some(Undo::CloseIssue {
            number: issue.number,
        }),
    })
}

async fn find(
    forge: &impl Tickets,
    mark: &str,
    doing: &str,
) -> Result<Option<Issue>, PublishError> {
    for page in 1..=PAGES {
        let (issues, more) = forge.newest_issues(page, doing).await?;
        let ours = issues.into_iter().find(|issue| issue.body.contains(mark));
        if ours.is_some() || !more {
            return Ok(ours);
        }
    }
    Ok(None)
}

/// Closes an issue we opened, unless others took it up.
pub(super) async fn close(forge: &impl Tickets, number: u64) -> Result<String, PublishError> {
    let thing = Thing::Issue(number);
    let name = forge.called(thing);
    let doing = format!("close {name}");
    let ticket = forge.ticket(thing, &doing).await?;
    if !ticket.open {
        return Ok(format!("{name} was closed already"));
    }
    if ticket.remarks > 0 {
        return Err(refused(
            format!("others wrote on {name} meanwhile"),
            "close it by hand if it is still not wanted",
        ));
    }
    forge.set_open(thing, false, true, &doing).await?;
    Ok(format!("closed {name}"))
}

/// Gives an issue another text, or finds that it has it.
pub(super) async fn edit(
    forge: &impl Tickets,
    number: u64,
    before: &str,
    after: &str,
) -> Result<StepResult, PublishError> {
    let thing = Thing::Issue(number);
    let name = forge.called(thing);
    let doing = format!("edit {name}");
    let ticket = forge.ticket(thing, &doing).await?;
    if !same(&ticket.body, after) {
        if !same(&ticket.body, before) {
            return Err(PublishError::Moved(format!(
                "the text of {name} was changed meanwhile; refresh the suggestion"
            )));
        }
        forge.set_text(number, after, &doing).await?;
    }
    Ok(StepResult {
        summary: format!("edited {name}"),
        links: link(&name, ticket.url.as_deref()),
        undo: Some(Undo::RestoreIssue {
            number,
            before: before.into(),
            after: after.into(),
        }),
    })
}

/// Gives an issue its text back if it still has ours.
pub(super) async fn restore(
    forge: &impl Tickets,
    number: u64,
    before: &str,
    after: &str,
) -> Result<String, PublishError> {
    let thing = Thing::Issue(number);
    let name = forge.called(thing);
    let doing = format!("give {name} its text back");
    let ticket = forge.ticket(thing, &doing).await?;
    if same(&ticket.body, before) {
        return Ok(format!("{name} had its text back already"));
    }
    if !same(&ticket.body, after) {
        return Err(refused(
            format!("the text of {name} was changed meanwhile"),
            "change it by hand, so that nobody's words are lost",
        ));
    }
    forge.set_text(number, before, &doing).await?;
    Ok(format!("gave {name} its text back"))
}

/// Forges end lines as browsers do and may drop space at the end.
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_however_its_lines_end() {
        assert!(same("a\r\nb\r\n", "a\nb"));
        assert!(!same("a\nb", "a b"));
    }
}
