//! Incidents in words: opened, grown, over; what is done first, and the postmortem that fills itself.

use jiff::Timestamp;
use perch_core::patch::Change;
use perch_core::subject::Subject;
use serde_json::json;

use super::*;
use crate::history::page;

fn began() -> Timestamp {
    "2026-11-20T15:00:00Z".parse().expect("a moment")
}

fn event(event_type: EventType, minutes: i64, last: &str) -> Event {
    Event {
        event_type,
        dedup_key: format!("alertmanager/incident/1/2/{last}"),
        subject: Subject {
            repository: "acme/shop".into(),
            repository_key: "alerts".into(),
            key: "incident/1".into(),
            title: "HighLatency: checkout is slow".into(),
            url: Some("http://127.0.0.1:9093".into()),
            ..Subject::default()
        },
        at: began() + SignedDuration::from_mins(minutes),
        actor: None,
        involves: Vec::new(),
        data: json!({"incident": {
            "sender": "Alertmanager",
            "severity": "critical",
            "labels": {"alertname": "HighLatency", "service": "checkout"},
            "annotations": {"summary": "checkout is slow", "description": "p99 above 0.5 s"},
            "instances": [{"name": "a:80"}, {"name": "b:80"}],
            "count": 9,
            "started_at": began(),
            "runbook": "https://example.com/runbooks/latency",
            "dashboard": "http://127.0.0.1:9090/graph",
        }}),
    }
}

fn happened(event_type: EventType, minutes: i64, title: &str) -> Event {
    let mut event = event(event_type, minutes, title);
    event.subject = Subject {
        repository: "acme/shop".into(),
        repository_key: "7".into(),
        key: "pull/12".into(),
        title: title.into(),
        number: Some(12),
        ..Subject::default()
    };
    event.actor = Some("grace".into());
    event
}

fn around() -> Vec<Event> {
    vec![
        happened(EventType::PR_MERGED, -30, "Sum checkout totals each time"),
        happened(EventType::RELEASE_PUBLISHED, -5, "v1.4.0"),
    ]
}

fn look(event: &Event, around: Vec<Event>) -> Finding {
    let facts = Facts {
        around,
        ..Facts::default()
    };
    match ANALYSER.look(event, &facts) {
        Look::Found(finding) => *finding,
        Look::Nothing(reason) => panic!("{reason}"),
    }
}

fn document(finding: &Finding) -> String {
    let files = finding.fixes.iter().find_map(|fix| match &fix.remedy {
        Remedy::Patch { patch } => Some(&patch.files[0]),
        Remedy::Command { .. } => None,
    });
    match &files.expect("a postmortem").change {
        Change::Create { content } => content.clone(),
        Change::Edit { .. } => panic!("it is a new file"),
    }
}

#[test]
fn an_opened_incident_has_its_state_its_timeline_a_plan_and_a_begun_postmortem() {
    let finding = look(&event(EventType::INCIDENT_OPENED, 0, "opened"), around());
    assert_eq!(finding.level, Level::Urgent);
    insta::assert_snapshot!(page(&finding));
    insta::assert_snapshot!("begun_postmortem", document(&finding));
}

#[test]
fn a_resolved_incident_is_quiet_and_its_postmortem_knows_when_it_began_and_ended() {
    let mut before = around();
    before.push(event(EventType::INCIDENT_OPENED, 0, "opened"));
    let finding = look(&event(EventType::INCIDENT_RESOLVED, 25, "resolved"), before);
    assert_eq!(finding.level, Level::Silent);
    insta::assert_snapshot!(page(&finding));
    let written = document(&finding);
    assert!(written.contains("after 25 minutes"), "{written}");
}

#[test]
fn what_the_sender_left_out_is_no_fault() {
    let mut bare = event(EventType::INCIDENT_OPENED, 0, "opened");
    bare.data = json!({"incident": {}});
    let finding = look(&bare, Vec::new());
    assert_eq!(finding.level, Level::Normal);
    assert!(finding.points[0].text.contains("no severity is given"));
    bare.data = json!({});
    assert!(matches!(
        ANALYSER.look(&bare, &Facts::default()),
        Look::Nothing(_)
    ));
}
