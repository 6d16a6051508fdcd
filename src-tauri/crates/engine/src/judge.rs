//! The part of `observe` that looks at metrics: what new samples say of their series. A level that moved to the worse
//! becomes an event; one that is as before again takes back what was suggested.

use jiff::Timestamp;
use perch_analyse::regression::{self, Standing, Turn};
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::id::{UserId, short_hash};
use perch_core::metric::Regression;
use perch_core::seam::delivery_log::Arrival;
use perch_core::subject::Subject;
use perch_store::db::StoreError;
use perch_store::table::series::{self, Watched};
use perch_store::table::{deliveries, suggestions};
use serde_json::json;

use crate::engine::Engine;
use crate::log;

/// Series judged in one commit.
const GROUP: u32 = 32;

/// A series with what its new samples said of it.
type Judged = (Watched<Standing>, Vec<Turn>);

impl Engine {
    /// Judges every series that has new samples. Returns how many regressions are new.
    pub(crate) async fn judge_series(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut found = 0;
        loop {
            self.give_way().await;
            let of = user.clone();
            let waiting = self
                .db
                .read(move |db| series::to_judge::<Standing>(db, &of, GROUP))
                .await?;
            if waiting.is_empty() {
                return Ok(found);
            }
            let judged = tokio::task::spawn_blocking(|| waiting.into_iter().map(judged).collect());
            let judged: Vec<Judged> = judged.await.map_err(|_| StoreError::Closed)?;
            let mut arrivals = Vec::new();
            let mut rows = Vec::new();
            for (mut watched, turns) in judged {
                let was = watched
                    .event_key
                    .take()
                    .filter(|_| !turns.is_empty() || watched.standing.is_regressed());
                let regression = self.conclude(user, &mut watched, was, turns, now).await?;
                arrivals.extend(regression);
                rows.push(watched);
            }
            found += self
                .db
                .write(move |db| {
                    let mut added = 0;
                    for watched in &rows {
                        series::judged(db, watched)?;
                    }
                    for (number, arrival) in arrivals.into_iter().enumerate() {
                        let delivery = log::delivery(arrival, now, number);
                        added += usize::from(!deliveries::insert(db, &delivery, false)?.repeat);
                    }
                    Ok(added)
                })
                .await?;
        }
    }

    /// Takes back what has recovered, and says what is to be told: the last regression, if it still stands.
    async fn conclude(
        &self,
        user: &UserId,
        watched: &mut Watched<Standing>,
        mut event_key: Option<String>,
        turns: Vec<Turn>,
        now: Timestamp,
    ) -> Result<Option<Arrival>, StoreError> {
        let mut told = None;
        for turn in turns {
            match turn {
                Turn::Regressed(regression) => told = Some(regression),
                // What came and went between two looks is not told at all.
                Turn::Recovered(_) if told.take().is_some() => {}
                Turn::Recovered(_) => {
                    if let Some(key) = event_key.take() {
                        self.overcome(user, key, now).await?;
                    }
                }
            }
        }
        let setup = self.setup();
        let arrival =
            setup
                .connection(&watched.connection_id)
                .zip(told)
                .map(|(connection, regression)| {
                    let event = event(connection, &regression);
                    event_key = Some(event.dedup_key.clone());
                    Arrival {
                        user_id: user.clone(),
                        connection_id: connection.id.clone(),
                        message: NewDelivery {
                            door: Door::Observe,
                            kind: EventType::METRIC_REGRESSION.as_str().into(),
                            external_id: Some(event.dedup_key.clone()),
                            body: serde_json::to_vec(&event).unwrap_or_default().into(),
                        },
                    }
                });
        watched.event_key = event_key;
        Ok(arrival)
    }

    async fn overcome(
        &self,
        user: &UserId,
        event_key: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let of = user.clone();
        let standing = self
            .db
            .read(move |db| suggestions::of_event_key(db, &of, &event_key))
            .await?;
        for suggestion in standing {
            self.withdraw(user, suggestion.id, now).await?;
        }
        Ok(())
    }
}

fn judged(mut watched: Watched<Standing>) -> Judged {
    let turns = regression::judge(
        &watched.series,
        &watched.fine,
        &watched.coarse,
        watched.judged,
        &mut watched.standing,
    );
    (watched, turns)
}

fn event(connection: &Connection, regression: &Regression) -> Event {
    let series = &regression.series;
    let place = format!("{}\n{}", connection.base_url, series.key);
    let key = short_hash(&place, 16);
    let repository = series.repository.clone();
    Event {
        event_type: EventType::METRIC_REGRESSION,
        dedup_key: format!(
            "{}/series/{key}/{}/regressed",
            connection.provider,
            regression.first_bad.as_second()
        ),
        subject: Subject {
            repository: repository.unwrap_or_else(|| connection.id.to_string()),
            repository_key: connection.id.to_string(),
            key: format!("series/{key}"),
            title: series.name.clone(),
            url: series.url.clone(),
            ..Subject::default()
        },
        at: regression.first_bad,
        actor: None,
        involves: Vec::new(),
        data: json!({ "regression": regression }),
    }
}
