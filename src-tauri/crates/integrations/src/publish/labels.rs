//! Labels given and taken back; what was there before is left alone.

use perch_core::action::Thing;
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::seam::publisher::PublishError;

use super::tickets::Tickets;
use super::{lacking, link, quoted};

/// The labels it has before any is given.
pub(super) async fn before(
    forge: &impl Tickets,
    thing: Thing,
    labels: &[String],
) -> Result<Before, PublishError> {
    let ticket = forge.ticket(thing, &doing(forge, thing, labels)).await?;
    Ok(Before::Labels(ticket.labels))
}

/// Gives it those labels it lacks.
pub(super) async fn give(
    forge: &impl Tickets,
    thing: Thing,
    labels: &[String],
    before: Option<&Before>,
) -> Result<StepResult, PublishError> {
    let doing = doing(forge, thing, labels);
    let ticket = forge.ticket(thing, &doing).await?;
    let missing = lacking(labels, &ticket.labels);
    if !missing.is_empty() {
        forge.add_labels(thing, &missing, &doing).await?;
    }
    let given = match before {
        Some(Before::Labels(had)) => lacking(labels, had),
        _ => missing,
    };
    let name = forge.called(thing);
    Ok(StepResult {
        summary: if given.is_empty() {
            format!("{name} had {} already", quoted(labels))
        } else {
            format!("gave {name} {}", quoted(&given))
        },
        links: link(&name, ticket.url.as_deref()),
        undo: (!given.is_empty()).then_some(Undo::RemoveLabels {
            thing,
            labels: given,
        }),
    })
}

/// Takes away those of `labels` it still has.
pub(super) async fn take(
    forge: &impl Tickets,
    thing: Thing,
    labels: &[String],
) -> Result<String, PublishError> {
    let name = forge.called(thing);
    let doing = format!("take {} from {name}", quoted(labels));
    let ticket = forge.ticket(thing, &doing).await?;
    let gone = lacking(labels, &ticket.labels);
    let standing = lacking(labels, &gone);
    if standing.is_empty() {
        return Ok(format!("{name} had lost {} already", quoted(labels)));
    }
    forge.remove_labels(thing, &standing, &doing).await?;
    Ok(format!("took {} from {name}", quoted(&standing)))
}

fn doing(forge: &impl Tickets, thing: Thing, labels: &[String]) -> String {
    format!("give {} {}", forge.called(thing), quoted(labels))
}
