//! Trying filters on what happened: what would have become of past events, without any effect.

use jiff::Timestamp;
use perch_core::event::{EventRow, EventState};
use perch_core::evidence::Place;
use perch_core::filter::{Filter, Filters, Known, Say, Treatment, changed};
use perch_core::id::UserId;
use perch_core::suggestion::{Level, Suggestion};
use perch_store::db::StoreError;
use perch_store::table::{events, notifications, suggestions};

use crate::engine::Engine;
use crate::intake::job;
use crate::rank::accepted;

/// Events looked at, at most: the newest.
const EVENTS: u32 = 5_000;

/// What became of an event.
#[derive(Debug, Clone)]
pub struct Happened {
    /// The event.
    pub event: EventRow,
    /// The suggestion it led to.
    pub suggestion: Option<Suggestion>,
    /// True when a toast told of it.
    pub toasted: bool,
}

/// What would have become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Nothing,
    /// An analyser would have looked at it; what it would have said is not known.
    LookedAt,
    /// A suggestion straight in the history.
    History,
    /// A suggestion in the inbox.
    Inbox,
    /// A suggestion with a toast.
    Toast,
    /// An urgent suggestion.
    Urgent,
    /// What it offers carried out.
    Accepted,
}

/// An event that would have fared otherwise.
#[derive(Debug, Clone)]
pub struct Difference<'a> {
    /// What happened.
    pub happened: &'a Happened,
    /// As the filters are.
    pub before: Fate,
    /// As they would be.
    pub after: Fate,
}

/// Which of `past` would have fared otherwise under `after` than under `before`.
pub fn differences<'a>(
    past: &'a [Happened],
    before: &Filters,
    after: &Filters,
) -> Vec<Difference<'a>> {
    past.iter()
        .map(|happened| Difference {
            happened,
            before: fate(happened, before),
            after: fate(happened, after),
        })
        .filter(|one| one.before != one.after)
        .collect()
}

fn fate(happened: &Happened, filters: &Filters) -> Fate {
    let event = &happened.event.event;
    let paths = happened.suggestion.as_ref().map(named);
    let said = filters.say(&Known {
        event,
        job: &job(event),
        rule: happened.suggestion.as_ref().map(|one| one.rule.as_str()),
        paths: paths.as_deref(),
    });
    let suggestion = match (said, &happened.suggestion) {
        (Say::Mute(_), _) => return Fate::Nothing,
        (Say::Filter(filter), _) if filter.action == Treatment::Never => return Fate::Nothing,
        (_, None) if was_kept_out(&happened.event) => return Fate::LookedAt,
        (_, None) => return Fate::Nothing,
        (_, Some(suggestion)) => suggestion,
    };
    match said {
        Say::Filter(filter) => match filter.action {
            Treatment::Show => Fate::Toast,
            Treatment::Silent => Fate::Inbox,
            Treatment::Urgent => Fate::Urgent,
            Treatment::Done => Fate::History,
            Treatment::Never => Fate::Nothing,
            Treatment::Accept if accepted(&suggestion.actions, filter).is_some() => Fate::Accepted,
            Treatment::Accept => as_it_was(happened, suggestion),
        },
        _ => as_it_was(happened, suggestion),
    }
}

fn as_it_was(happened: &Happened, suggestion: &Suggestion) -> Fate {
    match suggestion.level {
        _ if !happened.toasted => Fate::Inbox,
        Level::Urgent => Fate::Urgent,
        Level::Normal | Level::Silent => Fate::Toast,
    }
}

/// True for an event that a filter or a mute kept from being looked at.
fn was_kept_out(row: &EventRow) -> bool {
    row.state == EventState::Silent
        && row.verdict.as_ref().is_some_and(|verdict| {
            verdict.step == "gate"
                && ["you muted", "your filter"]
                    .iter()
                    .any(|words| verdict.reason.starts_with(words))
        })
}

/// The files a suggestion names.
fn named(suggestion: &Suggestion) -> Vec<String> {
    suggestion
        .points
        .iter()
        .flat_map(|point| &point.evidence)
        .filter_map(|evidence| match &evidence.place {
            Place::File { path, .. } => Some(path.clone()),
            _ => None,
        })
        .collect()
}

/// What trying brought.
#[derive(Debug, Clone)]
pub struct Trial {
    /// How many events there were.
    pub events: usize,
    /// Those that would have fared otherwise, newest first.
    pub differences: Vec<(Happened, Fate, Fate)>,
}

impl Engine {
    /// Tries a change of the filters on the events of `user` since `since`. `was`, `filter` and `place` say what
    /// changes, as [`changed`] has it; an impossible change is the inner error.
    pub async fn try_filter(
        &self,
        user: &UserId,
        (was, filter, place): (Option<&Filter>, Option<&Filter>, Option<usize>),
        since: Timestamp,
    ) -> Result<Result<Trial, String>, StoreError> {
        let preferences = self.setup().preferences.clone();
        let proposed = match changed(&preferences.filters, was, filter, place) {
            Ok(proposed) => proposed,
            Err(problem) => return Ok(Err(problem)),
        };
        let of = user.clone();
        let past = self
            .db
            .read(move |db| {
                events::since(db, &of, since, EVENTS)?
                    .into_iter()
                    .map(|event| {
                        let suggestion = match suggestions::of_event(db, event.id)? {
                            Some(id) => suggestions::get(db, id)?,
                            None => None,
                        };
                        let toasted = match &suggestion {
                            Some(one) => notifications::of(db, one.id)?
                                .iter()
                                .any(|notice| notice.shown_at.is_some()),
                            None => false,
                        };
                        Ok(Happened {
                            event,
                            suggestion,
                            toasted,
                        })
                    })
                    .collect::<Result<Vec<_>, StoreError>>()
            })
            .await?;
        let before = Filters::new(&preferences.filters, &preferences.mutes);
        let after = Filters::new(&proposed, &preferences.mutes);
        let differences = differences(&past, &before, &after)
            .into_iter()
            .map(|one| (one.happened.clone(), one.before, one.after))
            .collect();
        Ok(Ok(Trial {
            events: past.len(),
            differences,
        }))
    }
}
