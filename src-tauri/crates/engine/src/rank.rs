//! `rank`: how loudly a suggestion is made, and what it merges with. Pure.

use jiff::{SignedDuration, Timestamp};
use perch_core::action::{Action, Step};
use perch_core::connection::Connection;
use perch_core::event::EventRow;
use perch_core::filter::{Filter, Filters, Known, NEVER_BY_ITSELF, Say, Treatment};
use perch_core::id::{NotificationId, SuggestionId};
use perch_core::preferences::Preferences;
use perch_core::seam::notifier::{Button, Notice};
use perch_core::suggestion::{Level, Suggestion, SuggestionState};
use perch_core::verdict::Verdict;
use perch_store::table::feedback::Answer;
use perch_store::table::hindsight::Fared;
use perch_store::table::notifications::Told;

use crate::compose::shorten;
use crate::gate::never;

mod budget;
mod hindsight;
mod importance;
mod learnt;
mod quiet;
#[cfg(test)]
mod tests;

pub(crate) use hindsight::{is_noise, is_wanted};

/// What the ranking knows beside the suggestion.
pub struct Surroundings<'a> {
    /// The event it came from.
    pub event: &'a EventRow,
    /// The event's connection.
    pub connection: &'a Connection,
    /// What the user wants.
    pub preferences: &'a Preferences,
    /// The user's filters and mutes.
    pub filters: &'a Filters,
    /// How sure the finding is, 0 to 1.
    pub confidence: f32,
    /// Changed files, and those that the finding names.
    pub paths: &'a [String],
    /// The open or snoozed suggestion with the same merge key.
    pub standing: Option<&'a Suggestion>,
    /// Toasts of the last day, those that are still to come too, oldest first.
    pub told: &'a [Told],
    /// True when an open suggestion tells of the same cause for another job on the same commit.
    pub alike: bool,
    /// What the user made of earlier suggestions of this rule.
    pub answers: &'a [Answer],
    /// How this rule fared in the repository's past, where that was looked back at.
    pub hindsight: Option<&'a Fared>,
    /// The present.
    pub now: Timestamp,
}

/// What the ranking decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Rank {
    /// It is made.
    Make {
        /// The suggestion, with the id of the one it replaces.
        suggestion: Box<Suggestion>,
        /// When a toast is due, if one is.
        toast_at: Option<Timestamp>,
        /// What runs without being asked, and in which words that is said.
        by_itself: Option<(Action, String)>,
        /// What was decided.
        verdict: Verdict,
    },
    /// It is not made.
    Silent(Verdict),
}

/// Updates of one suggestion within this show no second toast; builds are another matter, since each result counts.
const SETTLES: SignedDuration = SignedDuration::from_mins(10);

/// Decides about one suggestion.
pub fn rank(mut suggestion: Suggestion, around: &Surroundings<'_>) -> Rank {
    let said = around.filters.say(&Known {
        event: &around.event.event,
        job: &crate::intake::job(&around.event.event),
        rule: Some(&suggestion.rule),
        paths: Some(around.paths),
    });
    if let Some(reason) = never(said) {
        return Rank::Silent(Verdict::silent("rank", reason));
    }
    let filter = match said {
        Say::Filter(filter) => Some(filter),
        _ => None,
    };
    let treatment = filter.map(|filter| filter.action);
    let mut known = false;
    if let Some(standing) = around.standing {
        known = standing.rule == suggestion.rule && standing.title == suggestion.title;
        suggestion.id = standing.id;
        suggestion.created_at = standing.created_at;
        if known && standing.state == SuggestionState::Snoozed {
            suggestion.state = SuggestionState::Snoozed;
            suggestion.snoozed_until = standing.snoozed_until;
        }
    }
    match treatment {
        Some(Treatment::Urgent) => suggestion.level = Level::Urgent,
        Some(Treatment::Show) => suggestion.level = suggestion.level.max(Level::Normal),
        Some(Treatment::Silent) => suggestion.level = Level::Silent,
        Some(Treatment::Done) => suggestion.state = SuggestionState::Done,
        _ if !concerns_user(around) => suggestion.level = Level::Silent,
        _ => {}
    }
    let by_itself = by_itself(&suggestion, around.preferences, filter);
    let (toast_at, reason) = match toast(&suggestion, known, treatment, around) {
        // Nothing is left to decide about what runs by itself.
        Ok(_) if by_itself.is_some() => (None, "what it offers runs by itself".into()),
        Ok((due, reason)) => (Some(due), reason),
        Err(reason) => (None, reason),
    };
    let reason = match filter {
        Some(filter) => format!(
            "your filter {} says `{}`, and {reason}",
            filter.describe(),
            filter.action.as_str()
        ),
        None => reason,
    };
    let outcome = if around.standing.is_some() {
        "merged"
    } else {
        "suggest"
    };
    Rank::Make {
        suggestion: Box::new(suggestion),
        toast_at,
        by_itself,
        verdict: Verdict::new("rank", outcome, reason),
    }
}

/// When a toast is due and why, or why there is none.
fn toast(
    suggestion: &Suggestion,
    known: bool,
    treatment: Option<Treatment>,
    around: &Surroundings<'_>,
) -> Result<(Timestamp, String), String> {
    let preferences = around.preferences;
    if treatment == Some(Treatment::Done) {
        return Err("it went straight into the history".into());
    }
    if known {
        return Err("it updates a suggestion that was shown already".into());
    }
    let decided = treatment.is_some_and(|treatment| treatment != Treatment::Accept);
    if !decided && !concerns_user(around) {
        return Err("it does not involve you, so it waits in the inbox".into());
    }
    if suggestion.level == Level::Silent {
        return Err(match treatment {
            Some(_) => "it waits in the inbox".into(),
            None => "it is of the kind that waits in the inbox".into(),
        });
    }
    if !preferences.toasts {
        return Err("toasts are off".into());
    }
    let settling = |told: &&Told| {
        told.suggestion == suggestion.id && around.now.duration_since(told.at) < SETTLES
    };
    let is_build = around.event.event.data.get("build").is_some();
    if let Some(told) = around.told.iter().rev().find(settling)
        && !is_build
        && told.level >= suggestion.level
    {
        return Err("its last toast was a moment ago, so it is updated in place".into());
    }
    let importance = importance::of(suggestion, around);
    if !decided {
        hindsight::allows(suggestion, around)?;
        importance.worth_a_toast()?;
    }
    let free_at = if suggestion.level == Level::Urgent {
        around.now
    } else {
        budget::free_at(around)?
    };
    let due = quiet::after(preferences, free_at);
    let why = if free_at > around.now && due == free_at {
        "enough was shown lately, so its toast comes a little later"
    } else if due > free_at {
        "a toast comes when your quiet hours end"
    } else {
        "it involves you and can be decided now"
    };
    Ok((due, format!("{why}; {importance}")))
}

/// Mine: on this machine, done by or naming the user, or the default branch gone red.
fn concerns_user(around: &Surroundings<'_>) -> bool {
    let event = &around.event.event;
    let connection = around.connection;
    let local = event.data["build"]["local"].as_bool().unwrap_or(false);
    // What time brings about for a connection is its user's own, and so are the metrics and alerts they have watched.
    let own = matches!(event.event_type.source(), "schedule" | "metrics" | "infra");
    own || local
        || involves_user(around)
        || event.subject.on_default_branch
        || connection.provider == "local"
}

/// Done by the user, or naming them.
fn involves_user(around: &Surroundings<'_>) -> bool {
    let event = &around.event.event;
    event
        .actor
        .iter()
        .chain(&event.involves)
        .any(|name| around.connection.is_me(name))
}

/// Outside the panel the words name in full what a button does; what is too long for them opens the panel instead.
const LONGEST_EFFECT: usize = 240;

/// The button that opens the panel at the suggestion.
pub const DETAILS: &str = "details";
/// The tag of a notice for a trial.
pub const TRIAL: &str = "trial";

/// A notice by which the user sees whether notices reach them.
pub fn trial() -> Notice {
    Notice {
        tag: TRIAL.into(),
        title: "Perch can reach you".into(),
        body: "Suggestions will show like this. Nothing has to be decided here.".into(),
        buttons: vec![Button {
            id: DETAILS.into(),
            label: "I see it".into(),
        }],
        level: Level::Normal,
    }
}

/// The button that puts the suggestion aside for [`SNOOZE_FOR`].
pub const SNOOZE: &str = "snooze";
/// How long a toast's snooze lasts.
pub const SNOOZE_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Titles a digest names.
const DIGEST_TITLES: usize = 3;

/// The leading action, if a toast or the tray's menu may start it: it can be undone, its effect and all it would write
/// in the user's name can be named in full there, and the settings allow its kind.
pub fn at_once<'a>(suggestion: &'a Suggestion, preferences: &Preferences) -> Option<&'a Action> {
    suggestion.actions.first().filter(|action| {
        action.refused.is_none()
            && action.reversible
            && action.effect.chars().count() <= LONGEST_EFFECT
            && says_what_it_writes(action)
            && preferences.toast_actions.contains(&action.kind)
    })
}

/// True unless others would read words that the effect does not hold. Pull requests are drafts, and say what they are.
fn says_what_it_writes(action: &Action) -> bool {
    action.steps.iter().all(|step| match step {
        Step::Comment { body, .. }
        | Step::ReviewComment { body, .. }
        | Step::EditIssue { after: body, .. }
        | Step::OpenIssue { body, .. } => action.effect.contains(body.trim()),
        _ => true,
    })
}

/// The toast for a suggestion. Its first button does what leads, if a toast may start that.
pub fn notice(suggestion: &Suggestion, preferences: &Preferences) -> Notice {
    let lead = at_once(suggestion, preferences);
    let mut buttons: Vec<Button> = lead
        .iter()
        .map(|action| Button {
            id: action.id.to_string(),
            label: action.label.clone(),
        })
        .collect();
    for (id, label) in [(DETAILS, "Details"), (SNOOZE, "Snooze 1 hour")] {
        buttons.push(Button {
            id: id.into(),
            label: label.into(),
        });
    }
    let offer = lead.map_or(&suggestion.why, |action| &action.effect);
    Notice {
        tag: suggestion.id.to_string(),
        title: shorten(&suggestion.title.replace('`', ""), 60),
        body: format!(
            "{} · {}",
            shorten(&suggestion.subject.repository, 60),
            shorten(&capitalized(offer).replace('`', ""), LONGEST_EFFECT)
        ),
        buttons,
        level: suggestion.level,
    }
}

/// What the user lets run without being asked, by `auto_accept` or by a filter, and in which words that is said. What a
/// filter lets run can be taken back; closing never runs by itself, whatever it is called.
pub(crate) fn by_itself(
    suggestion: &Suggestion,
    preferences: &Preferences,
    filter: Option<&Filter>,
) -> Option<(Action, String)> {
    let may = |action: &&Action| {
        action.refused.is_none()
            && !action
                .steps
                .iter()
                .any(|step| matches!(step, Step::Close { .. }))
    };
    if suggestion.state != SuggestionState::Open {
        return None;
    }
    if let Some(filter) = filter.filter(|filter| filter.action == Treatment::Accept) {
        let found = accepted(&suggestion.actions, filter)?;
        let said = format!(
            "`{}` runs by itself, as your filter {} says",
            found.kind,
            filter.describe()
        );
        return Some((found.clone(), said));
    }
    let lead = suggestion.actions.first().filter(may)?;
    let listed = !preferences.approval_required && preferences.auto_accept.contains(&lead.kind);
    listed.then(|| {
        let said = format!("`{}` runs by itself, as `auto_accept` says", lead.kind);
        (lead.clone(), said)
    })
}

/// The action that a filter with `accept` carries out: of its kind, or what leads.
pub(crate) fn accepted<'a>(actions: &'a [Action], filter: &Filter) -> Option<&'a Action> {
    let meant = match &filter.kind {
        Some(kind) => actions.iter().find(|action| action.kind == *kind),
        None => actions.first(),
    };
    meant.filter(|action| {
        action.refused.is_none()
            && action.reversible
            && !NEVER_BY_ITSELF.contains(&action.kind.as_str())
            && !action
                .steps
                .iter()
                .any(|step| matches!(step, Step::Close { .. }))
    })
}

/// The tag of the notice that stands for several.
pub const DIGEST: &str = "digest";

/// One notice for several, while `new` suggestions wait that nobody looked at.
pub fn digest(notices: &[&Notice], new: u32) -> Notice {
    let titles: Vec<String> = notices
        .iter()
        .take(DIGEST_TITLES)
        .map(|notice| shorten(&notice.title, 40))
        .collect();
    let waiting = notices
        .len()
        .max(usize::try_from(new).unwrap_or(usize::MAX));
    let rest = match waiting - titles.len() {
        0 => String::new(),
        rest => format!(" · {rest} more"),
    };
    Notice {
        tag: DIGEST.into(),
        title: format!("{waiting} suggestions wait for you"),
        body: format!("{}{rest}", titles.join(" · ")),
        buttons: vec![Button {
            id: DETAILS.into(),
            label: "Open inbox".into(),
        }],
        level: notices
            .iter()
            .map(|notice| notice.level)
            .max()
            .unwrap_or(Level::Normal),
    }
}

/// `text` with its first letter large, unless it begins with a name of code or of a file, whose letters count.
pub fn capitalized(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    let word = word.trim_end_matches(['.', ',', ':', ';']);
    if word.contains(['.', '_', '/', '(', ':']) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// The id of the toast for one version of a suggestion at one notifier.
pub fn notification_id(suggestion: &Suggestion, notifier: &str) -> NotificationId {
    let id: SuggestionId = suggestion.id;
    NotificationId::new(
        suggestion.updated_at,
        &[&id.to_string(), &suggestion.run_id.to_string(), notifier],
    )
}
