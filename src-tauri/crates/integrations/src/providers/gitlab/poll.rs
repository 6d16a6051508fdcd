//! Asking GitLab what is new.
//!
//! At rest a project costs four conditional requests: its merge requests and its issues by their last change, what
//! people did there (comments, pushes, approvals), and one look that takes turns: pipelines, and every fifth time
//! branches, releases or the project itself. GitLab counts an unchanged answer like any other, so its limit is kept by asking little.
//! Polling alone finds everything a webhook tells.

mod cursor;
mod deeds;
mod kept;
mod look;
mod newer;
mod pipelines;
mod project;
mod pulls;
mod refs;
mod shaped;

use async_trait::async_trait;
use jiff::SignedDuration;
use perch_core::connection::Hurdle;
use perch_core::seam::provider::{Batch, Cursor, ProviderError};

use self::cursor::Place;
use super::api::Api;
use crate::rounds::{self, Brought, Look, Purse};

/// Polls of one project without a token: GitLab.com lets an address ask 500 times a minute, which it may share.
const ANONYMOUS: SignedDuration = SignedDuration::from_mins(5);

/// One poll of everything the connection watches. `turn` counts polls.
pub(super) async fn poll(
    api: Api<'_>,
    cursor: Option<&Cursor>,
    turn: u64,
) -> Result<Batch, ProviderError> {
    let pause = api.ctx.token.is_none().then_some(ANONYMOUS);
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
        project::look(self.0, name, place, turn, purse).await
    }

    fn hurdle(&self, name: &str, place: &Place) -> Option<Hurdle> {
        rounds::archived(name, place.archived).or_else(|| rounds::moved(name, &place.full_name))
    }
}
