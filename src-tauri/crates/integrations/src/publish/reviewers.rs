//! Reviewers asked and asked no longer; who was asked before is left alone.

use perch_core::action::Thing;
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::seam::publisher::PublishError;

use super::tickets::Tickets;
use super::{lacking, link};

/// Who is asked before anybody is.
pub(super) async fn before(
    forge: &impl Tickets,
    number: u64,
    people: &[String],
) -> Result<Before, PublishError> {
    let thing = Thing::PullRequest(number);
    let ticket = forge.ticket(thing, &doing(forge, thing, people)).await?;
    Ok(Before::Reviewers(ticket.reviewers))
}

/// Asks those who are not asked yet.
pub(super) async fn ask(
    forge: &impl Tickets,
    number: u64,
    people: &[String],
    before: Option<&Before>,
) -> Result<StepResult, PublishError> {
    let thing = Thing::PullRequest(number);
    let (name, doing) = (forge.called(thing), doing(forge, thing, people));
    let ticket = forge.ticket(thing, &doing).await?;
    let missing = lacking(people, &ticket.reviewers);
    if !missing.is_empty() {
        if !ticket.open {
            return Err(PublishError::Moved(format!(
                "{name} is closed by now, so nobody needs to review it; refresh the suggestion"
            )));
        }
        forge.ask_to_review(number, &missing, &doing).await?;
    }
    let asked = match before {
        Some(Before::Reviewers(had)) => lacking(people, had),
        _ => missing,
    };
    Ok(StepResult {
        summary: if asked.is_empty() {
            format!("{} had been asked to review {name} already", all(people))
        } else {
            format!("asked {} to review {name}", all(&asked))
        },
        links: link(&name, ticket.url.as_deref()),
        undo: (!asked.is_empty()).then_some(Undo::WithdrawReviewers {
            number,
            reviewers: asked,
        }),
    })
}

/// Asks those no longer who are still asked; who reviewed meanwhile is not.
pub(super) async fn withdraw(
    forge: &impl Tickets,
    number: u64,
    people: &[String],
) -> Result<String, PublishError> {
    let thing = Thing::PullRequest(number);
    let name = forge.called(thing);
    let doing = format!("ask {} no longer to review {name}", all(people));
    let ticket = forge.ticket(thing, &doing).await?;
    let gone = lacking(people, &ticket.reviewers);
    let asked = lacking(people, &gone);
    if asked.is_empty() {
        return Ok(format!(
            "{} was no longer asked to review {name}",
            all(people)
        ));
    }
    forge.ask_no_longer(number, &asked, &doing).await?;
    Ok(format!("no longer asks {} to review {name}", all(&asked)))
}

fn doing(forge: &impl Tickets, thing: Thing, people: &[String]) -> String {
    format!("ask {} to review {}", all(people), forge.called(thing))
}

fn all(people: &[String]) -> String {
    people.join(", ")
}
