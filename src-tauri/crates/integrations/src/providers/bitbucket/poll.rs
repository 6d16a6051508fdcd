//! Asking Bitbucket what is new.
//!
//! Bitbucket allows a thousand requests an hour and answers no conditional ones, so a repository is not looked at by
//! every poll but in a rhythm that follows from how many there are (`poll/rhythm.rs`). One look asks for the activity
//! of all pull requests, the branches, the issues and the builds: four requests, fewer where there are no issues.
//! Whatever they bring is followed up at once. Polling alone finds everything a webhook tells but an approval taken
//! back.

mod activity;
mod branches;
mod builds;
mod cursor;
mod issues;
mod look;
mod repository;
pub(super) mod rhythm;

use async_trait::async_trait;
use jiff::SignedDuration;
use perch_core::seam::provider::{Batch, Cursor, ProviderError};

use self::cursor::Place;
use self::rhythm::Rhythm;
use super::api::Api;
use crate::rounds::{self, Brought, Look, Purse};

/// Polls without a token: Bitbucket lets an address ask 60 times an hour.
const ANONYMOUS: SignedDuration = SignedDuration::from_mins(10);

/// How long nothing is asked when the hour's requests are used up.
const EMPTY: SignedDuration = SignedDuration::from_mins(5);

/// One poll of everything the connection watches.
pub(super) async fn poll(
    api: Api<'_>,
    rhythm: &Rhythm,
    cursor: Option<&Cursor>,
    turn: u64,
) -> Result<Batch, ProviderError> {
    if api.left() == Some(0) {
        return Err(ProviderError::Wait {
            until: api.ctx.now + EMPTY,
            reason: "this hour's requests are used up".into(),
        });
    }
    let pause = api.ctx.token.is_none().then_some(ANONYMOUS);
    rounds::poll(&Looking { api, rhythm }, api.ctx, cursor, turn, pause).await
}

struct Looking<'a> {
    api: Api<'a>,
    rhythm: &'a Rhythm,
}

#[async_trait]
impl Look for Looking<'_> {
    type Place = Place;

    async fn look(
        &self,
        name: &str,
        place: Option<&Place>,
        _turn: u64,
        purse: &Purse,
    ) -> Result<Brought<Place>, ProviderError> {
        let ctx = self.api.ctx;
        let (id, now) = (&ctx.connection.id, ctx.now);
        let round = match place {
            // Nothing is asked before its time.
            Some(place) => match self.rhythm.due(id, name, now) {
                Some(round) => round,
                None => return Ok(Brought::unchanged(place.clone())),
            },
            None => 0,
        };
        let (brought, whole) = repository::look(self.api, name, place, round, purse).await?;
        let pace = rhythm::Pace {
            repositories: ctx.connection.watch.len(),
            left: self.api.left().unwrap_or_default(),
            first: place.is_none(),
            busy: !brought.deliveries.is_empty() || brought.place.is_building(),
            whole,
        };
        self.rhythm.looked(id, name, now, pace);
        Ok(brought)
    }
}
