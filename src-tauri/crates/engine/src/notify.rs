//! `notify`: shows what is due, each notice at most once, and takes down what was overtaken.
//!
//! A notice is marked as being sent before it is sent. One that was being sent when Perch ended may have
//! stood on the screen, so it is given up rather than shown twice. What comes in a burst, or came while nobody
//! watched, is told by one notice: the digest.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use perch_core::id::{SuggestionId, UserId};
use perch_core::seam::notifier::Notifier;
use perch_core::suggestion::SuggestionState;
use perch_store::db::StoreError;
use perch_store::table::notifications::{self, Notification, TOGETHER};
use perch_store::table::suggestions;

use crate::catch_up::Presence;
use crate::engine::Engine;
use crate::rank;

/// Notices taken up in one round.
const ROUND: u32 = 100;

/// Notices that stand by themselves within [`A_WHILE`]; what comes on top goes into the digest.
pub(crate) const BURST: usize = 3;
pub(crate) const A_WHILE: SignedDuration = SignedDuration::from_secs(30);

/// How long a notice for a trial is given to vanish again.
const TRIAL: Duration = Duration::from_millis(1200);

/// What came of a notice for a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The notifier's name.
    pub notifier: &'static str,
    /// Whether it stood on the screen after a moment; `None` where that cannot be known.
    pub stands: Option<bool>,
    /// Why it was not shown.
    pub problem: Option<String>,
}

impl Engine {
    /// Shows a notice for a trial, and looks after a moment whether it stands.
    pub async fn try_notice(&self) -> Vec<Tried> {
        let notice = rank::trial();
        let mut tried = Vec::new();
        for notifier in &self.notifiers {
            let (stands, problem) = if let Err(error) = notifier.show(&notice).await {
                (Some(false), Some(error.to_string()))
            } else {
                tokio::time::sleep(TRIAL).await;
                (notifier.stands(&notice.tag).await, None)
            };
            tried.push(Tried {
                notifier: notifier.id(),
                stands,
                problem,
            });
        }
        tried
    }

    /// Shows the notices of `user` that are due. Returns how many stand.
    pub(crate) async fn step_notify(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let most = match self.presence(user, now).await? {
            Presence::CatchingUp => return Ok(0),
            Presence::Back => 1,
            Presence::Here => BURST,
        };
        let of = user.clone();
        let mut due = self
            .db
            .write(move |db| notifications::take_due(db, &of, now, ROUND))
            .await?;
        let mut shown = 0;
        for notifier in &self.notifiers {
            let (mine, others) = due
                .into_iter()
                .partition(|one| one.notifier == notifier.id());
            due = others;
            shown += self.show(notifier.as_ref(), user, mine, most, now).await?;
        }
        for notification in due {
            let why = "nothing here shows notices any more";
            self.note_notice(&notification, "lost", Some(why.into()), now)
                .await?;
        }
        Ok(shown)
    }

    /// Shows `due` one by one, or all in one where they are too many.
    async fn show(
        &self,
        notifier: &dyn Notifier,
        user: &UserId,
        due: Vec<Notification>,
        most: usize,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut open = Vec::new();
        for notification in due {
            let suggestion = notification.suggestion_id;
            let state = self
                .db
                .read(move |db| suggestions::get(db, suggestion))
                .await?
                .map(|suggestion| suggestion.state);
            if state == Some(SuggestionState::Open) {
                open.push(notification);
            } else {
                let why = "it was overtaken before it was due";
                self.note_notice(&notification, "withdrawn", Some(why.into()), now)
                    .await?;
            }
        }
        if open.is_empty() {
            return Ok(0);
        }
        let (of, id) = (user.clone(), notifier.id());
        let (lately, new) = self
            .db
            .read(move |db| {
                let lately = notifications::shown_since(db, &of, id, now - A_WHILE)?;
                Ok((lately, suggestions::count_new(db, &of)?))
            })
            .await?;
        let notices = if open.len() + lately as usize > most {
            let notices: Vec<_> = open.iter().map(|one| &one.notice).collect();
            vec![(rank::digest(&notices, new), open)]
        } else {
            open.into_iter()
                .map(|one| (one.notice.clone(), vec![one]))
                .collect()
        };
        let mut shown = 0;
        for (notice, told) in notices {
            let (state, detail) = match notifier.show(&notice).await {
                Ok(()) if notice.tag == rank::DIGEST => ("shown", Some(TOGETHER.to_owned())),
                Ok(()) => ("shown", None),
                Err(error) => {
                    self.meter.failed("notify", &error.to_string(), now);
                    ("lost", Some(error.to_string()))
                }
            };
            shown += usize::from(state == "shown");
            for notification in told {
                self.note_notice(&notification, state, detail.clone(), now)
                    .await?;
            }
        }
        Ok(shown)
    }

    /// Notes what became of a notice.
    async fn note_notice(
        &self,
        notification: &Notification,
        state: &'static str,
        detail: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = notification.id;
        if let (Some(detail), false) = (&detail, state == "shown") {
            tracing::info!(notification.id = %id, %detail, "a notice was not shown");
        }
        let shown_at = (state == "shown").then_some(now);
        self.db
            .write(move |db| notifications::set_state(db, id, state, shown_at, detail.as_deref()))
            .await
    }

    /// Takes the notices of a suggestion off the screen and drops those not shown yet. The digest goes with the
    /// last suggestion that nobody looked at.
    pub(crate) async fn take_down(&self, suggestion: SuggestionId) {
        let standing = self
            .db
            .write(move |db| {
                let new = match suggestions::get(db, suggestion)? {
                    Some(row) => suggestions::count_new(db, &row.user_id)?,
                    None => 0,
                };
                Ok((notifications::withdraw(db, suggestion)?, new))
            })
            .await;
        let Ok((standing, new)) = standing else {
            return;
        };
        for notifier in self
            .notifiers
            .iter()
            .filter(|one| standing.iter().any(|id| id == one.id()))
        {
            notifier.withdraw(&suggestion.to_string()).await;
            if new == 0 {
                notifier.withdraw(rank::DIGEST).await;
            }
        }
    }
}
