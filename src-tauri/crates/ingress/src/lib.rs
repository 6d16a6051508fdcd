//! The webhook listener and its tunnels: the only part of Perch that others may reach.
//!
//! It turns a request into committed deliveries and answers; what a message means is nobody's business here.
//! A request passes in this order, and nothing is parsed before its signature holds: route → room → size →
//! content type → body → signature → read → concern → commit.
//!
//! | answer | when |
//! | --- | --- |
//! | 202 `{"id"}` | committed |
//! | 204 | a nonce of Perch's own, by which it finds that an address leads here |
//! | 200 `{"id","repeat":true}` | every connection concerned had it already |
//! | 200 `{"ignored"}` | signed, but about nothing that is watched; nothing is stored, and senders that count failures see none |
//! | 400 | the request breaks off, or the message cannot be read |
//! | 401 | the signature is missing or wrong, or there is no secret to check it with |
//! | 404, 405 | no such route or connection; another method than the route's |
//! | 408 | the body took too long; slow heads are cut without an answer |
//! | 413 | more than 25 MiB, declared or counted; the rest is not read |
//! | 415 | neither JSON nor a form, or compressed |
//! | 429 with `Retry-After` | too many deliveries, or bytes of them, in flight |
//! | 431 | the head is too large |
//! | 503 with `Retry-After` | the disk refuses |
//!
//! A tunnel's listener serves `/webhooks/…` alone and takes nothing unsigned.

mod answer;

mod body;
mod door;
mod judge;
mod limits;
mod listener;
mod loopback;
mod receive;
mod room;
mod round_trip;
mod routes;
mod socket;
mod tally;
pub mod tunnels;

pub use door::{Door, Doors};
pub use limits::Limits;
pub use listener::{BindError, Kind, Listener, More};
pub use round_trip::RoundTrips;
pub use tally::Tally;
