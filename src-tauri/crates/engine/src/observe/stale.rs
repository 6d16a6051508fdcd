//! Which pull requests and issues nobody moved for long. Pure: the newest event of each and `now` in, deliveries out.

use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event::{Event, EventRow};
use perch_core::event_type::EventType;
use perch_core::preferences::Preferences;
use serde_json::json;

/// What is stale among `latest`, the newest event of each pull request and issue, as deliveries.
///
/// A label is an event too, so something may be stale that this does not see yet; whether people moved what it does
/// see is for the analyser, which reads the conversation.
pub(super) fn stale_things(
    latest: &[EventRow],
    preferences: &Preferences,
    now: Timestamp,
) -> Vec<NewDelivery> {
    latest
        .iter()
        .filter_map(|row| stale(&row.event, preferences, now))
        .filter_map(|event| {
            Some(NewDelivery {
                door: Door::Observe,
                kind: event.event_type.as_str().into(),
                external_id: Some(event.dedup_key.clone()),
                body: serde_json::to_vec(&event).ok()?.into(),
            })
        })
        .collect()
}

/// The event that says nobody moved what `last` is about; for another two such times, that it still is so.
fn stale(last: &Event, preferences: &Preferences, now: Timestamp) -> Option<Event> {
    let is_pull = last.subject.key.starts_with("pull/");
    let (event_type, days) = if is_pull {
        (EventType::PR_STALE, preferences.stale_days)
    } else {
        (EventType::ISSUE_STALE, preferences.stale.issue_days)
    };
    let moves = matches!(
        last.event_type,
        EventType::PR_OPENED
            | EventType::PR_UPDATED
            | EventType::ISSUE_CREATED
            | EventType::ISSUE_REOPENED
            | EventType::ISSUE_COMMENT_CREATED
    );
    let told = last
        .data
        .get("pull_request")
        .or_else(|| last.data.get("issue"))?;
    let labels: Vec<String> = told["labels"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|label| label.as_str().map(Into::into))
        .collect();
    let rests = told["state"] == "closed"
        || (told["draft"] == true && !preferences.stale.drafts)
        || preferences
            .stale
            .exempts(&labels, told["milestone"].as_str())
            .is_some();
    if !moves || rests {
        return None;
    }
    let limit = SignedDuration::from_hours(24 * i64::from(days));
    // After three times as long what to do about it may be another.
    let (times, stage) = [(3, "/3"), (1, "")]
        .into_iter()
        .find(|(times, _)| now.duration_since(last.at) >= limit * *times)?;
    let mut event = Event {
        event_type,
        dedup_key: format!("{}{stage}", stale_key(last)),
        at: last.at + limit * times,
        actor: None,
        ..last.clone()
    };
    event.data["stale"] = json!({
        "days": days,
        "seen_at": now.to_string(),
        "terms": preferences.stale,
    });
    Some(event)
}

/// The key of "nobody moved it since": a later movement makes another.
fn stale_key(event: &Event) -> String {
    let thing: Vec<&str> = event.dedup_key.splitn(4, '/').collect();
    let repository = thing
        .get(..3)
        .map_or_else(|| event.dedup_key.clone(), |parts| parts.join("/"));
    format!(
        "{repository}/{}/stale/{}",
        event.subject.key,
        event.at.as_second()
    )
}

#[cfg(test)]
mod tests {
    use perch_core::subject::Subject;

    use super::*;

    /// The present.
    const NOW: &str = "2026-11-25T12:00:00Z";

    fn event(event_type: EventType, key: &str, days_ago: i64, told: serde_json::Value) -> Event {
        let now: Timestamp = NOW.parse().expect("a moment");
        let field = if key.starts_with("pull/") {
            "pull_request"
        } else {
            "issue"
        };
        Event {
            event_type,
            dedup_key: format!("github/github.com/1/{key}/opened"),
            subject: Subject {
                key: key.into(),
                ..Subject::default()
            },
            at: now - SignedDuration::from_hours(24 * days_ago),
            actor: Some("ada".into()),
            involves: Vec::new(),
            data: json!({ field: told }),
        }
    }

    fn seen(event: &Event, preferences: &Preferences) -> Option<String> {
        let now = NOW.parse().expect("a moment");
        let stale = stale(event, preferences, now)?;
        let days = &stale.data["stale"]["days"];
        Some(format!("{} after {days} days", stale.event_type))
    }

    #[test]
    fn what_nobody_moved_for_long_is_stale_and_what_may_rest_is_not() {
        let preferences = Preferences::default();
        let pull = |days, told| event(EventType::PR_OPENED, "pull/4", days, told);
        let issue = |days, told| event(EventType::ISSUE_CREATED, "issue/7", days, told);
        let stale_pull = Some("repo.pr.stale after 14 days".to_owned());
        let stale_issue = Some("issue.stale after 60 days".to_owned());
        let cases = [
            (pull(14, json!({})), stale_pull.clone()),
            (
                event(EventType::ISSUE_COMMENT_CREATED, "pull/4", 20, json!({})),
                stale_pull.clone(),
            ),
            (
                event(EventType::PR_UPDATED, "pull/4", 15, json!({"draft": false})),
                stale_pull.clone(),
            ),
            (pull(15, json!({"labels": ["later"]})), stale_pull),
            (issue(60, json!({})), stale_issue.clone()),
            (
                event(
                    EventType::ISSUE_COMMENT_CREATED,
                    "issue/7",
                    61,
                    json!({"state": "open"}),
                ),
                stale_issue,
            ),
            (pull(13, json!({})), None),
            (pull(15, json!({"draft": true})), None),
            (pull(15, json!({"labels": ["Security"]})), None),
            (event(EventType::PR_MERGED, "pull/4", 15, json!({})), None),
            (issue(59, json!({})), None),
            (
                event(EventType::ISSUE_CLOSED, "issue/7", 90, json!({})),
                None,
            ),
            (issue(90, json!({"state": "closed"})), None),
        ];
        for (event, expected) in cases {
            assert_eq!(seen(&event, &preferences), expected, "{event:?}");
        }
    }

    #[test]
    fn one_state_of_affairs_is_one_event_until_it_lasted_three_times_as_long() {
        let preferences = Preferences::default();
        let now: Timestamp = NOW.parse().expect("a moment");
        let last = event(EventType::PR_OPENED, "pull/4", 14, json!({}));
        let key = |days: i64| {
            let at = now + SignedDuration::from_hours(24 * days);
            stale(&last, &preferences, at).map(|event| event.dedup_key)
        };
        assert_eq!(key(0), key(10));
        assert_eq!(key(28), key(40));
        assert_ne!(key(0), key(28));
        assert_eq!(key(-1), None);
    }

    #[test]
    fn settings_decide_what_is_exempt() {
        let mut preferences = Preferences::default();
        preferences.stale.drafts = true;
        preferences.stale.exempt_labels.clear();
        preferences.stale.exempt_milestones = vec!["*".into()];
        let draft = event(
            EventType::PR_OPENED,
            "pull/4",
            20,
            json!({"draft": true, "labels": ["security"]}),
        );
        assert!(seen(&draft, &preferences).is_some());
        let planned = event(
            EventType::PR_OPENED,
            "pull/4",
            20,
            json!({"milestone": "2.0"}),
        );
        assert_eq!(seen(&planned, &preferences), None);
    }
}
