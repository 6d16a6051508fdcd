//! Asking GitHub what is new.
//!
//! At rest a repository costs four conditional requests, all answered 304: its issues and pull requests by their
//! last change, its comments likewise, and two looks that take turns (`turns.rs`). Whatever answers 200 sets off
//! a sweep over what depends on it, still within the same poll. Polling alone finds everything a webhook tells.

mod branches;
mod comments;
mod cursor;
mod heads;
mod kept;
mod look;
mod missed;
mod pulls;
mod repository;
mod things;
mod turns;

use async_trait::async_trait;
use jiff::SignedDuration;
use perch_core::connection::Hurdle;
use perch_core::seam::provider::{Batch, Cursor, ProviderError};

use self::cursor::Place;
use super::api::Api;
use crate::rounds::{self, Brought, Look, Purse};

/// One poll of everything the connection watches. `turn` counts polls.
pub(super) async fn poll(
    api: Api<'_>,
    cursor: Option<&Cursor>,
    turn: u64,
) -> Result<Batch, ProviderError> {
    let pause = anonymous_pause(api, api.ctx.connection.watch.len());
    rounds::poll(&Looking(api), api.ctx, cursor, turn, pause).await
}

struct Looking<'a>(Api<'a>);

#[async_trait]
impl Look for Looking<'_> {
    type Place = Place;

    async fn look(
        &self,
        name: &str,
        place: Option<&Place>,
        turn: u64,
        purse: &Purse,
    ) -> Result<Brought<Place>, ProviderError> {
        repository::look(self.0, name, place, turn, purse).await
    }

    fn hurdle(&self, name: &str, place: &Place) -> Option<Hurdle> {
        rounds::archived(name, place.archived).or_else(|| rounds::moved(name, &place.full_name))
    }
}

/// Without a token GitHub answers 60 requests an hour and counts unchanged ones too.
fn anonymous_pause(api: Api<'_>, repositories: usize) -> Option<SignedDuration> {
    let each = i64::try_from(repositories).unwrap_or(1).max(1);
    api.ctx
        .token
        .is_none()
        .then(|| SignedDuration::from_mins(5) * i32::try_from(each).unwrap_or(1))
}
