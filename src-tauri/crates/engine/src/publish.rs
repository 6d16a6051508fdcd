//! `publish`: carries out a claimed action step by step, recording each before and after; resumable.
//!
//! A publisher finds what an interrupted attempt left and goes on, so a step that was done on the far side
//! but not yet recorded here is not done twice.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use perch_core::action::{Step, Thing};
use perch_core::connection::Connection;
use perch_core::id::UserId;
use perch_core::outcome::{ActionState, Before, StepRecord, StepResult, Undo};
use perch_core::seam::provider::Context;
use perch_core::seam::publisher::{PublishError, Publisher};
use perch_core::suggestion::{Suggestion, SuggestionState};
use perch_store::db::StoreError;
use perch_store::table::actions::{self, ActionRow};
use perch_store::table::{feedback, suggestions};
use secrecy::SecretString;

use crate::engine::{Engine, Held};
use crate::poll::StagedCache;

/// After this many attempts at an unreachable far side the action has failed.
const ATTEMPTS: u32 = 6;

impl Engine {
    /// Goes on with actions that an earlier process, or an unreachable far side, left unfinished.
    pub(crate) async fn resume_actions(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let of = user.to_string();
        let unfinished = self
            .db
            .read(move |db| actions::unfinished(db, &of, now))
            .await?;
        for row in unfinished {
            if let Some(held) = self.take_action(row.action.id) {
                self.carry_out(&held, now).await?;
            }
        }
        Ok(())
    }

    /// Brings a claimed action, or the taking back of one, as far as it goes now.
    pub(crate) async fn carry_out(
        &self,
        held: &Held<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(action) = held.action() else {
            return Ok(());
        };
        let found = self
            .db
            .read(move |db| {
                let Some(row) = actions::get(db, action)? else {
                    return Ok(None);
                };
                let suggestion = suggestions::get(db, row.suggestion_id)?;
                let outcome = actions::outcome(db, action)?;
                Ok(suggestion
                    .zip(outcome)
                    .map(|(suggestion, outcome)| (row, suggestion, outcome)))
            })
            .await?;
        let Some((row, suggestion, outcome)) = found else {
            return Ok(());
        };
        let mut steps = outcome.steps;
        let result = match row.state {
            ActionState::Running => self.forward(&row, &suggestion, &mut steps, now).await?,
            ActionState::Undoing => self.backward(&row, &suggestion, &mut steps, now).await?,
            _ => return Ok(()),
        };
        self.settle(&row, &suggestion, result, now).await?;
        self.announce_suggestion(suggestion.id).await;
        Ok(())
    }

    async fn forward(
        &self,
        row: &ActionRow,
        suggestion: &Suggestion,
        steps: &mut Vec<StepRecord>,
        now: Timestamp,
    ) -> Result<Result<(), PublishError>, StoreError> {
        for (number, step) in row.action.steps.iter().enumerate() {
            if steps
                .get(number)
                .is_some_and(|record| record.result.is_some())
            {
                continue;
            }
            let known = steps.get(number).and_then(|record| record.before.clone());
            steps.truncate(number);
            steps.push(StepRecord {
                doing: doing(step),
                before: known,
                result: None,
                undone: false,
            });
            self.record(row, suggestion, steps).await?;
            if steps[number].before.is_none() {
                match self.before(suggestion, step, now).await {
                    Ok(None) => {}
                    Ok(before) => {
                        steps[number].before = before;
                        self.record(row, suggestion, steps).await?;
                    }
                    Err(error) => return Ok(Err(error)),
                }
            }
            let before = steps[number].before.clone();
            match self.perform(suggestion, step, before.as_ref(), now).await {
                Ok(result) => steps[number].result = Some(result),
                Err(error) => return Ok(Err(error)),
            }
            self.record(row, suggestion, steps).await?;
        }
        Ok(Ok(()))
    }

    async fn backward(
        &self,
        row: &ActionRow,
        suggestion: &Suggestion,
        steps: &mut [StepRecord],
        now: Timestamp,
    ) -> Result<Result<(), PublishError>, StoreError> {
        for number in (0..steps.len()).rev() {
            let undo = steps[number]
                .result
                .as_ref()
                .and_then(|result| result.undo.clone());
            if steps[number].undone {
                continue;
            }
            if let Some(undo) = undo {
                match self.take_back(suggestion, &undo, now).await {
                    Ok(done) => steps[number].doing = done,
                    Err(error) => return Ok(Err(error)),
                }
            }
            steps[number].undone = true;
            self.record(row, suggestion, steps).await?;
        }
        Ok(Ok(()))
    }

    async fn record(
        &self,
        row: &ActionRow,
        suggestion: &Suggestion,
        steps: &[StepRecord],
    ) -> Result<(), StoreError> {
        let (id, steps) = (row.action.id, steps.to_vec());
        self.db
            .write(move |db| actions::record(db, id, &steps))
            .await?;
        self.announce_suggestion(suggestion.id).await;
        Ok(())
    }

    /// What stands there before a step is first sent.
    async fn before(
        &self,
        suggestion: &Suggestion,
        step: &Step,
        now: Timestamp,
    ) -> Result<Option<Before>, PublishError> {
        if matches!(step, Step::Copy { .. }) {
            return Ok(None);
        }
        let hand = self.hand(suggestion, now).await?;
        let cache = StagedCache::new(HashMap::new());
        hand.publisher
            .before(&hand.context(&cache, now), &suggestion.subject, step)
            .await
    }

    async fn perform(
        &self,
        suggestion: &Suggestion,
        step: &Step,
        before: Option<&Before>,
        now: Timestamp,
    ) -> Result<StepResult, PublishError> {
        if matches!(step, Step::Copy { .. }) {
            // Whoever clicked has the clipboard; here is nothing to do.
            return Ok(StepResult {
                summary: "put the text on the clipboard".into(),
                links: Vec::new(),
                undo: None,
            });
        }
        let hand = self.hand(suggestion, now).await?;
        if !hand.publisher.knows(step) {
            return Err(PublishError::Refused {
                reason: "this provider cannot do that".into(),
                next_step: "choose another action".into(),
            });
        }
        let cache = StagedCache::new(HashMap::new());
        hand.publisher
            .perform(
                &hand.context(&cache, now),
                &suggestion.subject,
                step,
                before,
            )
            .await
    }

    async fn take_back(
        &self,
        suggestion: &Suggestion,
        undo: &Undo,
        now: Timestamp,
    ) -> Result<String, PublishError> {
        let hand = self.hand(suggestion, now).await?;
        let cache = StagedCache::new(HashMap::new());
        hand.publisher
            .undo(&hand.context(&cache, now), &suggestion.subject, undo)
            .await
    }

    /// The publisher of a suggestion's connection, and what it is given.
    async fn hand(&self, suggestion: &Suggestion, now: Timestamp) -> Result<Hand, PublishError> {
        let connection = self
            .setup()
            .connection(&suggestion.connection_id)
            .cloned()
            .ok_or_else(|| PublishError::Refused {
                reason: format!(
                    "the connection `{}` is no longer set up",
                    suggestion.connection_id
                ),
                next_step: "set it up again to act on this suggestion".into(),
            })?;
        let publisher = self
            .provider(&connection.provider)
            .and_then(|provider| provider.publisher())
            .ok_or_else(|| PublishError::Refused {
                reason: format!("`{}` can only be watched", connection.provider),
                next_step: "copy the change instead".into(),
            })?;
        let token = self
            .token(&connection.id, now)
            .await
            .map_err(PublishError::Unavailable)?;
        Ok(Hand {
            publisher,
            connection,
            token,
        })
    }

    async fn settle(
        &self,
        row: &ActionRow,
        suggestion: &Suggestion,
        result: Result<(), PublishError>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, suggestion, state, attempts) =
            (row.action.id, suggestion.id, row.state, row.attempts);
        self.db
            .write(move |db| match (result, state) {
                (Ok(()), ActionState::Undoing) => {
                    actions::finish(db, id, ActionState::Undone, None, now)?;
                    feedback::insert(db, suggestion, "undone", None, now)?;
                    suggestions::set_state(db, suggestion, SuggestionState::Open, None, now)
                }
                (Ok(()), _) => actions::finish(db, id, ActionState::Done, None, now),
                (Err(PublishError::Unavailable(_)), _) if attempts + 1 < ATTEMPTS => {
                    let pause = SignedDuration::from_secs(5 << attempts.min(8));
                    actions::postpone(db, id, now + pause)
                }
                (Err(error), ActionState::Undoing) => {
                    // What was done stands; the user hears why it could not be taken back.
                    actions::finish(db, id, ActionState::Done, Some(&error.to_string()), now)
                }
                (Err(error), _) => {
                    actions::finish(db, id, ActionState::Failed, Some(&error.to_string()), now)?;
                    suggestions::set_state(db, suggestion, SuggestionState::Open, None, now)
                }
            })
            .await
    }
}

/// A publisher with the connection it works for.
struct Hand {
    publisher: &'static dyn Publisher,
    connection: Connection,
    token: Option<SecretString>,
}

impl Hand {
    fn context<'a>(&'a self, cache: &'a StagedCache, now: Timestamp) -> Context<'a> {
        Context {
            connection: &self.connection,
            token: self.token.as_ref(),
            cache,
            now,
        }
    }
}

/// What a step is doing, while it runs.
fn doing(step: &Step) -> String {
    match step {
        Step::CreateBranch { branch, .. } => format!("creating branch `{branch}`"),
        Step::ApplyToTree { .. } => "changing the working tree".into(),
        Step::OpenPullRequest { base_branch, .. } => {
            format!("opening a pull request into `{base_branch}`")
        }
        Step::Comment { number, .. } => format!("commenting on #{number}"),
        Step::ReviewComment { path, number, .. } => {
            format!("commenting on `{path}` in #{number}")
        }
        Step::AddLabels { labels, .. } => format!("adding `{}`", labels.join("`, `")),
        Step::RequestReviewers { reviewers, .. } => {
            format!("asking {} to review", reviewers.join(", "))
        }
        Step::Close {
            thing: Thing::Issue(number) | Thing::PullRequest(number),
            ..
        } => format!("closing #{number}"),
        Step::EditIssue { number, .. } => format!("editing #{number}"),
        Step::OpenIssue { title, .. } => format!("opening the issue “{title}”"),
        Step::Rerun { .. } => "starting the build again".into(),
        Step::Copy { .. } => "copying".into(),
    }
}
