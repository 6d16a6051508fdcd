//! What the ranking asks the store about a suggestion: what stands, what was told, how its kind was taken and fared.

use jiff::{SignedDuration, Timestamp};
use perch_core::evidence::Place;
use perch_core::facts::Facts;
use perch_core::finding::Finding;
use perch_core::suggestion::Suggestion;
use perch_store::db::StoreError;
use perch_store::table::feedback::{self, Answer};
use perch_store::table::hindsight::{self, Fared};
use perch_store::table::notifications::{self, Told};
use perch_store::table::suggestions;

use crate::engine::Engine;

/// Toasts older than this count for nothing.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Answers older than this weigh next to nothing.
pub(crate) const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 180);

/// What the store knows beside a suggestion.
pub(crate) struct Past {
    pub(crate) standing: Option<Suggestion>,
    pub(crate) told: Vec<Told>,
    pub(crate) alike: bool,
    pub(crate) answers: Vec<Answer>,
    pub(crate) hindsight: Option<Fared>,
}

impl Engine {
    /// The past of `suggestion` as it is at `now`.
    pub(crate) async fn past(
        &self,
        suggestion: &Suggestion,
        now: Timestamp,
    ) -> Result<Past, StoreError> {
        let suggestion = suggestion.clone();
        self.db
            .read(move |db| {
                let user = &suggestion.user_id;
                Ok(Past {
                    standing: suggestions::standing(db, user, &suggestion.merge_key)?,
                    told: notifications::told_since(db, user, now - DAY)?,
                    alike: suggestions::is_told_elsewhere(db, &suggestion, now - DAY)?,
                    answers: feedback::answers(db, user, &suggestion.rule, now - REMEMBERED)?,
                    hindsight: hindsight::of_rule(
                        db,
                        user,
                        &suggestion.rule,
                        (
                            &suggestion.subject.repository,
                            &suggestion.subject.repository_key,
                        ),
                    )?,
                })
            })
            .await
    }
}

/// The files that changed and those that `finding` names, each once.
pub(crate) fn paths(facts: &Facts, finding: &Finding) -> Vec<String> {
    let named = finding
        .points
        .iter()
        .flat_map(|point| &point.evidence)
        .filter_map(|evidence| match &evidence.place {
            Place::File { path, .. } => Some(path.clone()),
            _ => None,
        });
    let mut paths: Vec<String> = facts
        .diff
        .iter()
        .map(|change| change.path.clone())
        .chain(named)
        .collect();
    paths.sort();
    paths.dedup();
    paths
}
