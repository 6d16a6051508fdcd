//! `survey`: looks, on a clock of its own, whether dependencies of the watched repositories are outdated.
//!
//! Manifests come from the provider, releases from each ecosystem's own client. What is outdated becomes an event whose
//! key is that very state, so that the same state is told once however often it is looked at.

use jiff::{SignedDuration, Timestamp};
use perch_analyse::dependencies;
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::dependency::Survey;
use perch_core::event::{Event, EventRow};
use perch_core::event_type::EventType;
use perch_core::facts::Facts;
use perch_core::id::{UserId, short_hash};
use perch_core::seam::delivery_log::Arrival;
use perch_core::seam::ecosystem::Asked;
use perch_core::subject::Subject;
use perch_store::db::StoreError;
use perch_store::table::surveys::{self, FirstSeen, Surveyed};
use perch_store::table::{deliveries, events, suggestions};
use serde_json::json;

use crate::analyse::analyser_of;
use crate::engine::Engine;
use crate::gather::GatherError;
use crate::log;

/// A repository of which nothing was heard for longer is left alone.
const HEARD_OF: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What the subject of every such event is called.
const SUBJECT: &str = "dependencies";

impl Engine {
    /// The same as [`Engine::survey`], unless it is under way; what it brings wakes the loop.
    pub(crate) async fn survey_alone(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(_held) = self.take_survey(user) else {
            return Ok(());
        };
        if self.survey(user, now).await? > 0 {
            self.wake();
        }
        Ok(())
    }

    /// Looks at the dependencies of every repository whose turn has come. Returns how many deliveries are new.
    pub async fn survey(&self, user: &UserId, now: Timestamp) -> Result<usize, StoreError> {
        let days = self.setup().preferences.dependencies_days;
        if days == 0 {
            return Ok(0);
        }
        let of = user.clone();
        let latest = self
            .db
            .read(move |db| events::latest_commits(db, &of, now - HEARD_OF))
            .await?;
        let mut added = 0;
        for row in latest {
            let setup = self.setup();
            let Some(connection) = setup
                .connection(&row.connection_id)
                .filter(|one| one.enabled)
            else {
                continue;
            };
            let (of, at) = (user.clone(), row.clone());
            let last = self
                .db
                .read(move |db| {
                    surveys::get(db, &of, &at.connection_id, &at.event.subject.repository_key)
                })
                .await?;
            let pause = SignedDuration::from_hours(24 * i64::from(days));
            if last
                .as_ref()
                .is_some_and(|last| now.duration_since(last.at) < pause)
            {
                continue;
            }
            added += self
                .survey_repository(connection, &row, last.unwrap_or_default(), now)
                .await?;
        }
        Ok(added)
    }

    async fn survey_repository(
        &self,
        connection: &Connection,
        source: &EventRow,
        last: Surveyed,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let Some(analyser) = analyser_of(EventType::DEPENDENCY_OUTDATED) else {
            return Ok(0);
        };
        let mut row = EventRow {
            event: event(connection, source, now),
            ..source.clone()
        };
        let facts = match self.gather(connection, &row, analyser, now).await {
            Ok(facts) => facts,
            Err(GatherError::Store(error)) => return Err(error),
            Err(GatherError::Provider(error)) => {
                // Its turn stays, so it is tried again with the next look.
                tracing::debug!(connection.id = %connection.id, %error, "the manifests could not be read");
                return Ok(0);
            }
        };
        let (survey, first_seen) = self
            .ask_ecosystems(source, &facts, last.first_seen, now)
            .await;
        let surveyed = Surveyed {
            at: now,
            first_seen,
        };
        let state = dependencies::state(&facts, &survey, now);
        let (user, of) = (row.user_id.clone(), row.connection_id.clone());
        let Some(state) = state else {
            let subject = row.event.subject;
            let standing = self
                .db
                .write(move |db| {
                    surveys::put(db, &user, &of, &subject.repository_key, &surveyed)?;
                    suggestions::about(db, &user, &subject.repository_key, SUBJECT, None)
                })
                .await?;
            for suggestion in standing {
                self.withdraw(&source.user_id, suggestion.id, now).await?;
            }
            return Ok(0);
        };
        row.event.dedup_key = format!("{}/{}", row.event.dedup_key, short_hash(&state, 16));
        row.event.data = json!({ "dependencies": survey });
        let body = serde_json::to_vec(&row.event).unwrap_or_default();
        let arrival = Arrival {
            user_id: user.clone(),
            connection_id: of.clone(),
            message: NewDelivery {
                door: Door::Observe,
                kind: EventType::DEPENDENCY_OUTDATED.as_str().into(),
                external_id: Some(row.event.dedup_key.clone()),
                body: body.into(),
            },
        };
        let repository_key = row.event.subject.repository_key;
        self.db
            .write(move |db| {
                surveys::put(db, &user, &of, &repository_key, &surveyed)?;
                let receipt = deliveries::insert(db, &log::delivery(arrival, now, 0), false)?;
                Ok(usize::from(!receipt.repeat))
            })
            .await
    }

    /// Asks every ecosystem the manifests name. A release without a date counts from when it was seen first.
    async fn ask_ecosystems(
        &self,
        source: &EventRow,
        facts: &Facts,
        known: FirstSeen,
        now: Timestamp,
    ) -> (Survey, FirstSeen) {
        let setup = self.setup();
        let min_age_days = setup.preferences.release_age_days;
        let mut survey = Survey {
            min_age_days,
            ..Survey::default()
        };
        let forge = source.event.subject.url.as_deref().and_then(origin);
        for (id, names) in dependencies::packages(facts) {
            let names: Vec<String> = names.into_iter().collect();
            let Some(ecosystem) = self.ecosystems.iter().find(|one| one.id() == id) else {
                survey.unasked.push((id, "it is not known".into()));
                continue;
            };
            let asked = Asked {
                names: &names,
                forge: forge.as_deref(),
                released_before: now - SignedDuration::from_hours(24 * i64::from(min_age_days)),
                scratch: &setup.scratch,
            };
            match ecosystem.releases(&asked).await {
                Ok(packages) => survey.packages.extend(packages),
                Err(reason) => {
                    let repository = &source.event.subject.repository;
                    tracing::info!(%repository, ecosystem = %id, %reason, "its dependencies were not looked up");
                    survey.unasked.push((id, reason.to_string()));
                }
            }
        }
        dependencies::keep_what_matters(facts, &mut survey);
        let mut first_seen = FirstSeen::new();
        for package in &mut survey.packages {
            for release in package
                .releases
                .iter_mut()
                .filter(|one| one.released_at.is_none())
            {
                let key = format!("{}:{}@{}", package.ecosystem, package.name, release.version);
                let seen = known.get(&key).copied().unwrap_or(now);
                release.released_at = Some(seen);
                first_seen.insert(key, seen);
            }
        }
        (survey, first_seen)
    }
}

/// The event as far as it is known before anything is asked.
fn event(connection: &Connection, source: &EventRow, now: Timestamp) -> Event {
    let subject = &source.event.subject;
    let place = format!("{}\n{}", connection.base_url, subject.repository_key);
    Event {
        event_type: EventType::DEPENDENCY_OUTDATED,
        dedup_key: format!(
            "{}/{}/{SUBJECT}",
            connection.provider,
            short_hash(&place, 16)
        ),
        subject: Subject {
            key: SUBJECT.into(),
            title: SUBJECT.into(),
            number: None,
            before: None,
            url: None,
            ..subject.clone()
        },
        at: now,
        actor: None,
        involves: Vec::new(),
        data: json!({}),
    }
}

/// `https://forge.example` of an address there.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    (!host.is_empty()).then(|| format!("{scheme}://{host}"))
}
