//! Decides which connections get a message: whose secret verifies it, and whom it concerns. No IO.

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::seam::delivery_log::Arrival;
use perch_core::seam::webhook::Malformed;

use crate::answer::Answer;
use crate::door::Door;

/// A request as it came, its body whole.
#[derive(Debug)]
pub(crate) struct Received {
    /// The last part of its path.
    pub(crate) name: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// True when connections that ask for it may take it unsigned.
    pub(crate) from_here: bool,
}

/// Refuses before the body is read if the route leads nowhere or nobody behind it could believe anything.
pub(crate) fn check_route(doors: &[Door], name: &str, from_here: bool) -> Result<(), Answer> {
    let mut known = false;
    for door in doors.iter().filter(|door| door.answers_to(name)) {
        known = true;
        if !door.secrets.is_empty() || takes_unsigned(door, from_here) {
            return Ok(());
        }
    }
    Err(if known {
        Answer::NoSecret
    } else {
        Answer::Unknown
    })
}

/// What is to be stored, never empty, or the answer that nothing is.
///
/// Each door tries its own secrets by its own provider's rules; which signature headers came decides nothing.
pub(crate) fn judge(
    doors: &[Door],
    received: &Received,
    now: Timestamp,
) -> Result<Vec<Arrival>, Answer> {
    check_route(doors, &received.name, received.from_here)?;
    let mut arrivals = Vec::new();
    let mut refusal = Answer::Unsigned;
    for door in doors.iter().filter(|door| door.answers_to(&received.name)) {
        if !believes(door, received, now) {
            continue;
        }
        match read(door, received) {
            Ok(message) if door.webhook.concerns(&door.connection, &message) => {
                arrivals.push(Arrival {
                    user_id: door.connection.user_id.clone(),
                    connection_id: door.connection.id.clone(),
                    message,
                });
            }
            Ok(_) => refusal = Answer::Ignored,
            Err(Malformed(reason)) if refusal == Answer::Unsigned => {
                refusal = Answer::Malformed(reason);
            }
            Err(_) => {}
        }
    }
    if arrivals.is_empty() {
        return Err(refusal);
    }
    Ok(arrivals)
}

fn read(door: &Door, received: &Received) -> Result<perch_core::delivery::NewDelivery, Malformed> {
    let message = door.webhook.read(&received.headers, &received.body)?;
    if message.kind.trim().is_empty() {
        return Err(Malformed("the event's name is empty".into()));
    }
    Ok(message)
}

fn believes(door: &Door, received: &Received, now: Timestamp) -> bool {
    takes_unsigned(door, received.from_here)
        || door.secrets.iter().any(|secret| {
            door.webhook
                .verify_for(
                    &door.connection,
                    &received.headers,
                    &received.body,
                    secret,
                    now,
                )
                .is_ok()
        })
}

/// A connection with a secret wants it used, even one that says `insecure`.
fn takes_unsigned(door: &Door, from_here: bool) -> bool {
    door.secrets.is_empty() && door.connection.insecure && from_here
}
