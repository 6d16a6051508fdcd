//! `rank`: how loudly a suggestion is made, and what it merges with. Pure.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use perch_core::action::{Action, Step};
use perch_core::connection::Connection;
use perch_core::event::EventRow;
use perch_core::id::{NotificationId, SuggestionId};
use perch_core::preferences::Preferences;
use perch_core::seam::notifier::{Button, Notice};
use perch_core::suggestion::{Level, Suggestion, SuggestionState};
use perch_core::verdict::Verdict;

use crate::compose::shorten;
use crate::gate::{describe, fits};

/// What the ranking knows beside the suggestion.
pub struct Surroundings<'a> {
    /// The event it came from.
    pub event: &'a EventRow,
    /// The event's connection.
    pub connection: &'a Connection,
    /// What the user wants.
    pub preferences: &'a Preferences,
    /// The open or snoozed suggestion with the same merge key.
    pub standing: Option<&'a Suggestion>,
    /// Toasts of the last hour.
    pub recent_toasts: u32,
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
        /// What was decided.
        verdict: Verdict,
    },
    /// It is not made.
    Silent(Verdict),
}

/// Decides about one suggestion.
pub fn rank(mut suggestion: Suggestion, around: &Surroundings<'_>) -> Rank {
    let preferences = around.preferences;
    let rule = Some(suggestion.rule.as_str());
    if let Some(mute) = preferences
        .mutes
        .iter()
        .find(|mute| fits(mute, around.event, rule))
    {
        return Rank::Silent(Verdict::silent(
            "rank",
            format!("muted by your rule {}", describe(mute)),
        ));
    }
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
    let mine = concerns_user(around);
    if !mine {
        suggestion.level = Level::Silent;
    }
    let (toast_at, reason) = if known {
        (
            None,
            "it updates a suggestion that was shown already".to_owned(),
        )
    } else if !mine {
        (
            None,
            "it does not involve you, so it waits in the inbox".into(),
        )
    } else if suggestion.level == Level::Silent {
        (None, "it is of the kind that waits in the inbox".into())
    } else if !preferences.toasts {
        (None, "toasts are off".into())
    } else if around.recent_toasts >= preferences.toasts_per_hour
        && suggestion.level < Level::Urgent
    {
        (
            None,
            format!(
                "{} toasts were shown within the hour already",
                around.recent_toasts
            ),
        )
    } else {
        let due = after_quiet_hours(preferences, around.now);
        let reason = if due > around.now {
            "a toast comes when your quiet hours end"
        } else {
            "it involves you and can be decided now"
        };
        (Some(due), reason.into())
    };
    let outcome = if around.standing.is_some() {
        "merged"
    } else {
        "suggest"
    };
    Rank::Make {
        suggestion: Box::new(suggestion),
        toast_at,
        verdict: Verdict::new("rank", outcome, reason),
    }
}

/// Mine: on this machine, done by or naming the user, or the default branch gone red.
fn concerns_user(around: &Surroundings<'_>) -> bool {
    let event = &around.event.event;
    let connection = around.connection;
    let local = event.data["build"]["local"].as_bool().unwrap_or(false);
    let involved = event
        .actor
        .iter()
        .chain(&event.involves)
        .any(|name| connection.is_me(name));
    // What time brings about for a connection is its user's own.
    let own = event.event_type.source() == "schedule";
    own || local || involved || event.subject.on_default_branch || connection.provider == "local"
}

/// `now`, or the end of the quiet hours it falls into.
fn after_quiet_hours(preferences: &Preferences, now: Timestamp) -> Timestamp {
    let Some((from, to)) = preferences.quiet_hours else {
        return now;
    };
    let zone = if preferences.time_zone.is_empty() {
        TimeZone::system()
    } else {
        TimeZone::get(&preferences.time_zone).unwrap_or_else(|_| TimeZone::system())
    };
    let local = now.to_zoned_datetime(zone.clone());
    let time = local.time();
    let quiet = if from <= to {
        from <= time && time < to
    } else {
        time >= from || time < to
    };
    if !quiet {
        return now;
    }
    let today = local.date();
    let day = if time < to {
        today
    } else {
        today.checked_add(1.day()).unwrap_or(today)
    };
    zone.to_timestamp(day.to_datetime(to))
        .unwrap_or(now + SignedDuration::from_hours(8))
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

/// The leading action, if the user lets its kind run without being asked. Closing never does, whatever it is called.
pub fn by_itself<'a>(suggestion: &'a Suggestion, preferences: &Preferences) -> Option<&'a Action> {
    suggestion.actions.first().filter(|action| {
        !preferences.approval_required
            && action.refused.is_none()
            && preferences.auto_accept.contains(&action.kind)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_large_and_a_name_stays_as_it_is() {
        for (text, expected) in [
            ("unused `mut` denied", "Unused `mut` denied"),
            ("error: it broke", "Error: it broke"),
            (
                "json.decoder.JSONDecodeError: no",
                "json.decoder.JSONDecodeError: no",
            ),
            ("tsconfig.json is present", "tsconfig.json is present"),
            ("std::fmt is missing", "std::fmt is missing"),
            ("", ""),
        ] {
            assert_eq!(capitalized(text), expected);
        }
    }
}
