//! A database that has been in use for long: many events of one repository, with the deliveries that brought them.

use std::path::Path;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Delivery, Door, NewDelivery};
use perch_core::event::{Event, EventRow, EventState};
use perch_core::event_type::EventType;
use perch_core::id::{ConnectionId, DeliveryId, EventId, UserId};
use perch_core::subject::Subject;
use perch_core::verdict::Verdict;
use perch_store::db::Db;
use perch_store::table::{deliveries, events};
use serde_json::json;

/// Whose events they are.
pub(crate) const USER: &str = "ada";
/// Rows that share a commit.
const GROUP: u64 = 20_000;

/// Time between two events: a million of them fall within what retention keeps.
const APART: SignedDuration = SignedDuration::from_millis(1700);

/// Stores `count` events, the newest of them just now.
#[expect(
    clippy::disallowed_methods,
    reason = "what is stored must be young, or retention would drop it under load"
)]
pub(crate) fn fill(home: &Path, repository: &str, count: u64) {
    let file = std::fs::read_dir(home)
        .expect("perch has its folder")
        .filter_map(Result::ok)
        .flat_map(|entry| {
            let path = entry.path();
            let inside = std::fs::read_dir(&path)
                .into_iter()
                .flatten()
                .filter_map(Result::ok)
                .map(|entry| entry.path());
            inside.chain([path.clone()]).collect::<Vec<_>>()
        })
        .find(|path| path.extension().is_some_and(|ending| ending == "db"))
        .expect("perch has a database");
    let db = Db::open(&file).expect("the database opens");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let newest = Timestamp::now();
    for group in 0..count.div_ceil(GROUP) {
        let repository = repository.to_owned();
        let numbers = group * GROUP..((group + 1) * GROUP).min(count);
        runtime
            .block_on(db.write(move |db| {
                for number in numbers {
                    let before = i32::try_from(count - number).expect("a count");
                    let at = newest - APART * before;
                    let delivery = delivery(number, at);
                    let event = event(number, at, &repository, delivery.id);
                    let id = delivery.id;
                    deliveries::insert(db, &delivery.into(), false)?;
                    deliveries::mark_read(db, id)?;
                    events::insert(db, &event)?;
                }
                Ok(())
            }))
            .expect("rows can be stored");
    }
}

fn delivery(number: u64, at: Timestamp) -> Delivery {
    let distinct = number.to_string();
    Delivery {
        id: DeliveryId::new(at, &[&distinct]),
        user_id: UserId::new(USER),
        connection_id: ConnectionId::new("code-repo"),
        received_at: at,
        message: NewDelivery {
            door: Door::Webhook,
            kind: "issues".into(),
            external_id: Some(format!("11111111-0000-4000-8000-{number:012x}")),
            body: Bytes::from(format!("{{\"action\":\"opened\",\"number\":{number}}}")),
        },
    }
}

fn event(number: u64, at: Timestamp, repository: &str, delivery: DeliveryId) -> EventRow {
    let key = format!("github/127.0.0.1/1/issue/{number}/created");
    EventRow {
        id: EventId::new(at, &[&key]),
        user_id: UserId::new(USER),
        connection_id: ConnectionId::new("code-repo"),
        delivery_id: Some(delivery),
        event: Event {
            event_type: EventType::ISSUE_CREATED,
            dedup_key: key,
            at,
            actor: Some(format!("someone-{}", number % 97)),
            involves: Vec::new(),
            subject: Subject {
                repository: repository.to_owned(),
                repository_key: "1".into(),
                key: format!("issue/{number}"),
                title: format!("Reader {} stops after block {number}", number % 1013),
                number: Some(number),
                ..Subject::default()
            },
            data: json!({"issue": {"number": number, "title": "as above", "state": "open"}}),
        },
        stored_at: at,
        state: EventState::Silent,
        verdict: Some(Verdict::silent("gate", "nothing is made of it here")),
        attempts: 0,
        suggestion_id: None,
        user_actioned: false,
    }
}
