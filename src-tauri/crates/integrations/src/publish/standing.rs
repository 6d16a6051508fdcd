//! Issues and pull requests closed and opened again; what was closed before, or anew since, is left alone.

use perch_core::action::Thing;
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::seam::publisher::PublishError;

use super::tickets::{Ticket, Tickets};
use super::{link, refused};

/// Whether it is open before it is closed.
pub(super) async fn before(forge: &impl Tickets, thing: Thing) -> Result<Before, PublishError> {
    let ticket = forge
        .ticket(thing, &format!("close {}", forge.called(thing)))
        .await?;
    Ok(Before::Open(ticket.open))
}

/// Closes it, or finds it closed.
pub(super) async fn close(
    forge: &impl Tickets,
    thing: Thing,
    not_planned: bool,
    before: Option<&Before>,
) -> Result<StepResult, PublishError> {
    let name = forge.called(thing);
    let doing = format!("close {name}");
    let mut ticket = forge.ticket(thing, &doing).await?;
    let was_open = match before {
        Some(Before::Open(open)) => *open,
        _ => ticket.open,
    };
    if ticket.open {
        ticket = forge.set_open(thing, false, not_planned, &doing).await?;
    }
    let ours = was_open && !ticket.merged;
    Ok(StepResult {
        summary: match (ours, ticket.merged) {
            (true, _) => format!("closed {name}"),
            (false, true) => format!("{name} was merged already"),
            (false, false) => format!("{name} was closed already"),
        },
        links: link(&name, ticket.url.as_deref()),
        undo: (ours && forge.opens_again(thing)).then_some(Undo::Reopen {
            thing,
            closed_at: ticket.closed_at,
        }),
    })
}

/// Opens it again if it is closed as we left it.
pub(super) async fn reopen(
    forge: &impl Tickets,
    thing: Thing,
    closed_at: Option<jiff::Timestamp>,
) -> Result<String, PublishError> {
    let name = forge.called(thing);
    let doing = format!("open {name} again");
    let Ticket {
        open,
        merged,
        closed_at: found,
        ..
    } = forge.ticket(thing, &doing).await?;
    if merged {
        return Err(refused(
            format!("{name} was merged meanwhile"),
            "revert it if it is not wanted",
        ));
    }
    if open {
        return Ok(format!("{name} was open already"));
    }
    if closed_at.is_some() && found != closed_at {
        return Err(refused(
            format!("{name} was opened and closed anew meanwhile"),
            "open it by hand if that is wanted",
        ));
    }
    forge.set_open(thing, true, false, &doing).await?;
    Ok(format!("opened {name} again"))
}
