//! `intake`: deliveries become events, each known by a key that is the same whichever door it came through.
//!
//! A delivery's events and its mark as read share one commit, so reading it twice adds nothing.

use jiff::Timestamp;
use perch_core::change::Change;
use perch_core::delivery::{Delivery, Door};
use perch_core::event::{Event, EventRow, EventState};
use perch_core::event_type::EventType;
use perch_core::id::{EventId, UserId};
use perch_core::run::Environment;
use perch_core::verdict::Verdict;
use perch_store::db::StoreError;
use perch_store::table::deliveries::{self, Waiting};
use perch_store::table::events;
use perch_store::table::runs::{self, Run};

use crate::engine::Engine;

/// Deliveries read in one commit.
const GROUP: u32 = 64;

impl Engine {
    /// Reads every waiting delivery of `user`. Returns how many new events there are.
    pub(crate) async fn intake(&self, user: &UserId, now: Timestamp) -> Result<usize, StoreError> {
        let mut added = 0;
        loop {
            self.give_way().await;
            let of = user.clone();
            let waiting = self
                .db
                .read(move |db| deliveries::waiting(db, &of, GROUP))
                .await?;
            if waiting.is_empty() {
                break;
            }
            let read: Vec<_> = waiting
                .into_iter()
                .map(|one| {
                    let events = self.read_delivery(&one.delivery);
                    (one, events)
                })
                .collect();
            let logs = self.setup().logs.clone();
            added += self
                .db
                .write(move |db| {
                    let mut added = 0;
                    for (waiting, events) in read {
                        let mut opened = false;
                        for event in events {
                            // What opens an incident says all that an update of it would.
                            if opened && event.event_type == EventType::INCIDENT_UPDATED {
                                continue;
                            }
                            if let Some(run) = run(&waiting.delivery, &event, &logs) {
                                runs::insert(db, &run)?;
                            }
                            let row = row(&waiting, event, now);
                            let is_new = events::insert(db, &row)?;
                            opened |= is_new && row.event.event_type == EventType::INCIDENT_OPENED;
                            added += usize::from(is_new);
                        }
                        deliveries::mark_read(db, waiting.delivery.id)?;
                    }
                    Ok(added)
                })
                .await?;
        }
        if added > 0 {
            self.announce(Change::Events { user: user.clone() });
        }
        Ok(added)
    }

    /// What a delivery means. One that means nothing, or whose connection is gone, has no events.
    pub fn read_delivery(&self, delivery: &Delivery) -> Vec<Event> {
        if delivery.message.door == Door::Observe {
            return serde_json::from_slice(&delivery.message.body)
                .into_iter()
                .collect();
        }
        let setup = self.setup();
        let Some(connection) = setup.connection(&delivery.connection_id) else {
            return Vec::new();
        };
        self.provider(&connection.provider)
            .map(|provider| provider.parse(connection, delivery))
            .unwrap_or_default()
    }
}

fn row(waiting: &Waiting, event: Event, now: Timestamp) -> EventRow {
    let delivery = &waiting.delivery;
    let baseline = waiting
        .baseline
        .then(|| Verdict::silent("intake", "it was there already when watching began"));
    EventRow {
        id: EventId::new(now, &[delivery.user_id.as_str(), &event.dedup_key]),
        user_id: delivery.user_id.clone(),
        connection_id: delivery.connection_id.clone(),
        delivery_id: Some(delivery.id),
        event,
        stored_at: now,
        state: if baseline.is_some() {
            EventState::Silent
        } else {
            EventState::New
        },
        verdict: baseline,
        attempts: 0,
        suggestion_id: None,
        user_actioned: false,
    }
}

/// The run a build event ends, for history and as what passed last.
fn run(delivery: &Delivery, event: &Event, logs: &std::path::Path) -> Option<Run> {
    let passed = match event.event_type {
        EventType::BUILD_FAILED => false,
        EventType::BUILD_COMPLETED => true,
        _ => return None,
    };
    let log = (delivery.message.door == Door::Exec)
        .then_some(delivery.message.external_id.as_ref())
        .flatten()
        .map(|id| logs.join(format!("{id}.gz")).to_string_lossy().into_owned());
    Some(Run {
        id: run_id(event),
        user_id: delivery.user_id.clone(),
        connection_id: delivery.connection_id.clone(),
        repository: event.subject.repository.clone(),
        repository_key: event.subject.repository_key.clone(),
        job: job(event),
        branch: event.subject.branch.clone(),
        commit: event.subject.commit.clone(),
        passed,
        finished_at: event.at,
        log,
        rule: None,
        seconds: event.data["build"]["seconds"].as_f64(),
        environment: environment(event),
    })
}

/// What the recorder saw around a run on this machine.
fn environment(event: &Event) -> Option<Environment> {
    serde_json::from_value(event.data.get("environment")?.clone()).ok()
}

/// The id of the run a build event is about: its key without the result.
pub(crate) fn run_id(event: &Event) -> String {
    event
        .dedup_key
        .rsplit_once('/')
        .map_or(event.dedup_key.as_str(), |(run, _)| run)
        .to_owned()
}

/// The job of a build event: its workflow and job, or the command line.
pub(crate) fn job(event: &Event) -> String {
    let build = &event.data["build"];
    match (build["workflow"].as_str(), build["job"].as_str()) {
        (Some(workflow), Some(job)) if workflow != job => format!("{workflow} / {job}"),
        (_, Some(job)) => job.to_owned(),
        (Some(workflow), None) => workflow.to_owned(),
        (None, None) => event.subject.title.clone(),
    }
}
