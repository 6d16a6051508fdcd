//! `notify`: shows what is due, each notice at most once, and takes down what was overtaken.
//!
//! A notice is marked as being sent before it is sent. One that was being sent when Perch ended may have
//! stood on the screen, so it is given up rather than shown twice.

use jiff::Timestamp;
use perch_core::id::{SuggestionId, UserId};
use perch_core::suggestion::SuggestionState;
use perch_store::db::StoreError;
use perch_store::fault;
use perch_store::table::{notifications, suggestions};

use crate::engine::Engine;

/// Notices shown at once; the rest of a burst waits for the next round.
const BURST: u32 = 3;

impl Engine {
    /// Shows the notices of `user` that are due. Returns how many stand.
    pub(crate) async fn step_notify(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let of = user.clone();
        let due = self
            .db
            .write(move |db| notifications::take_due(db, &of, now, BURST))
            .await?;
        let mut shown = 0;
        for notification in due {
            let (id, suggestion) = (notification.id, notification.suggestion_id);
            let open = self
                .db
                .read(move |db| suggestions::get(db, suggestion))
                .await?
                .is_some_and(|suggestion| suggestion.state == SuggestionState::Open);
            let notifier = self
                .notifiers
                .iter()
                .find(|one| one.id() == notification.notifier);
            let (state, detail) = match notifier {
                _ if !open => (
                    "withdrawn",
                    Some("it was overtaken before it was due".to_owned()),
                ),
                None => ("lost", Some("nothing here shows notices any more".into())),
                Some(notifier) => {
                    fault::point();
                    let result = notifier.show(&notification.notice).await;
                    fault::point();
                    match result {
                        Ok(()) => ("shown", None),
                        Err(error) => ("lost", Some(error.to_string())),
                    }
                }
            };
            if let Some(detail) = &detail {
                tracing::info!(notification.id = %id, %detail, "a notice was not shown");
            }
            shown += usize::from(state == "shown");
            let shown_at = (state == "shown").then_some(now);
            self.db
                .write(move |db| {
                    notifications::set_state(db, id, state, shown_at, detail.as_deref())
                })
                .await?;
        }
        Ok(shown)
    }

    /// Takes the notices of a suggestion off the screen and drops those not shown yet.
    pub(crate) async fn take_down(&self, suggestion: SuggestionId) {
        let standing = self
            .db
            .write(move |db| notifications::withdraw(db, suggestion))
            .await;
        let Ok(standing) = standing else { return };
        for notifier in self
            .notifiers
            .iter()
            .filter(|one| standing.iter().any(|id| id == one.id()))
        {
            notifier.withdraw(&suggestion.to_string()).await;
        }
    }
}
