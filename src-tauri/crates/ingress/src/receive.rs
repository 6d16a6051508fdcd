//! Takes one webhook: from its head to the answer, in the order the crate's page names.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, Request, State};
use jiff::Timestamp;
use perch_core::seam::delivery_log::{DeliveryLog, Receipt};
use tokio::sync::{Notify, watch};

use crate::answer::Answer;
use crate::body;
use crate::door::Doors;
use crate::judge::{self, Received};
use crate::limits::Limits;
use crate::listener::{Kind, More};
use crate::loopback;
use crate::room::{Held, Place, Room};
use crate::round_trip::{self, RoundTrips};
use crate::tally::Tally;

/// Larger bodies are checked aside, since hashing them would hold up everything else on the thread.
const ASIDE: usize = 256 << 10;

/// What every request of one listener is handled with.
pub(crate) struct Desk {
    pub(crate) kind: Kind,
    pub(crate) doors: watch::Receiver<Doors>,
    pub(crate) log: Arc<dyn DeliveryLog>,
    pub(crate) clock: fn() -> Timestamp,
    pub(crate) woken: Arc<Notify>,
    pub(crate) limits: Limits,
    pub(crate) room: Room,
    pub(crate) tally: Arc<Tally>,
    pub(crate) trips: Arc<RoundTrips>,
    pub(crate) more: Option<More>,
}

/// Who sent a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

pub(crate) async fn receive(
    State(desk): State<Arc<Desk>>,
    Extension(Peer(peer)): Extension<Peer>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Answer {
    let Ok(Path(name)) = name else {
        return Answer::Unknown;
    };
    match take(&desk, peer, name.clone(), request).await {
        Ok(answer) => answer,
        Err(answer) => {
            tracing::info!(route = %name, %peer, answer = answer.status().as_u16(), "a webhook was not taken");
            answer
        }
    }
}

async fn take(
    desk: &Arc<Desk>,
    peer: SocketAddr,
    name: String,
    request: Request,
) -> Result<Answer, Answer> {
    let (head, body) = request.into_parts();
    let doors = Arc::clone(&desk.doors.borrow());
    let from_here = desk.kind == Kind::Local && loopback::is_from_here(peer, &head.headers);
    let route = judge::check_route(&doors, &name, from_here);
    if route == Err(Answer::Unknown) {
        return Err(Answer::Unknown);
    }
    let nonce = head.headers.get(round_trip::HEADER);
    if nonce.is_some_and(|nonce| desk.trips.arrive(nonce.as_bytes())) {
        return Ok(Answer::RoundTrip);
    }
    if desk.room.is_full() {
        return Err(Answer::Busy);
    }
    body::check_head(&head.headers, desk.limits.body_bytes)?;
    route?;
    let (body, room) = body::read(
        body,
        &head.headers,
        desk.limits.body_bytes,
        desk.limits.body_time,
        &desk.room,
    )
    .await?;
    // Taken only now: senders that dawdle over their bodies must not keep the others out.
    let place = desk.room.enter().ok_or(Answer::Busy)?;
    let received = Received {
        name,
        headers: head.headers,
        body,
        from_here,
    };
    // A task of its own: a commit that has begun is finished and announced even if the connection is cut meanwhile.
    tokio::spawn(settle(Arc::clone(desk), doors, received, room, place))
        .await
        .unwrap_or(Err(Answer::Fault))
}

async fn settle(
    desk: Arc<Desk>,
    doors: Doors,
    received: Received,
    _room: Held,
    _place: Place,
) -> Result<Answer, Answer> {
    let now = (desk.clock)();
    let bytes = received.body.len();
    let arrivals = if bytes > ASIDE {
        tokio::task::spawn_blocking(move || judge::judge(&doors, &received, now))
            .await
            .unwrap_or(Err(Answer::Fault))
    } else {
        judge::judge(&doors, &received, now)
    };
    let arrivals = match arrivals {
        // It is an answer like another, not a refusal worth a line in the log.
        Err(Answer::Ignored) => return Ok(Answer::Ignored),
        other => other?,
    };
    let receipts = desk.log.commit(arrivals).await.map_err(|error| {
        tracing::error!(%error, "a webhook was not stored; its sender was told to send it again");
        Answer::NotStored
    })?;
    let answer = receipts_answer(&receipts).ok_or(Answer::Fault)?;
    let repeats = receipts.iter().filter(|receipt| receipt.repeat).count();
    desk.tally
        .committed(desk.kind, bytes, receipts.len() - repeats, repeats);
    // Loops that wait now, and the next one that will.
    desk.woken.notify_waiters();
    desk.woken.notify_one();
    Ok(answer)
}

fn receipts_answer(receipts: &[Receipt]) -> Option<Answer> {
    match receipts.iter().find(|receipt| !receipt.repeat) {
        Some(new) => Some(Answer::Stored(new.id)),
        None => receipts.first().map(|first| Answer::Repeat(first.id)),
    }
}
