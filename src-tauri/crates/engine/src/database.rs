//! What changed in a watched database between two looks, as deliveries. The look itself is the provider's.
//!
//! Snapshot and deliveries share the commit of the poll, so a change is told once: the next look compares with what was
//! stored. A first look is only remembered; what lies open in it is told once.

use jiff::Timestamp;
use perch_analyse::schema::change::Change;
use perch_analyse::schema::{compare, lints, migrations};
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::id::UserId;
use perch_core::schema::{Part, Reading, Schema};
use perch_core::subject::Subject;
use perch_store::db::StoreError;
use perch_store::table::schemas::{self, Packed, Snapshot};
use perch_store::table::suggestions;
use serde_json::{Value, json};

use crate::engine::Engine;

/// More things than this changing at once are told together: a branch was merged, or another database answers.
const CROWD: usize = 20;

/// What a look means.
pub(crate) struct Looked {
    user: UserId,
    place: String,
    /// What happened.
    pub(crate) deliveries: Vec<NewDelivery>,
    /// What is to be remembered in place of the last look, if anything differs.
    remembered: Option<(Snapshot, Packed)>,
    /// The merge key of a suggestion that has become pointless.
    pub(crate) settled: Option<String>,
}

impl Looked {
    /// Stores what is to be remembered.
    pub(crate) fn remember(&self, db: &perch_store::db::Connection) -> Result<(), StoreError> {
        match &self.remembered {
            Some((snapshot, packed)) => schemas::put(db, &self.user, &self.place, snapshot, packed),
            None => Ok(()),
        }
    }
}

/// What a later suggestion about the same thing of a database replaces.
pub(crate) fn merge_key(event: &Event) -> Option<String> {
    let place = event.data["place"].as_str()?;
    let known = event.event_type.as_str().starts_with("supabase.");
    known.then(|| key_of(place, &event.subject.key))
}

fn key_of(place: &str, subject: &str) -> String {
    format!("supabase/{place}/{subject}")
}

impl Engine {
    /// Compares a look with the one before.
    pub(crate) async fn look_at_database(
        &self,
        connection: &Connection,
        reading: Reading,
        now: Timestamp,
    ) -> Result<Looked, StoreError> {
        let (user, place) = (connection.user_id.clone(), reading.place.clone());
        let known = self
            .db
            .read(move |db| schemas::get(db, &user, &place))
            .await?;
        let (user, place) = (connection.user_id.clone(), reading.place.clone());
        let before = if known.is_some() {
            self.db
                .read(move |db| schemas::schema(db, &user, &place))
                .await?
        } else {
            None
        };
        let connection = connection.clone();
        // A large schema takes a moment.
        let looked = tokio::task::spawn_blocking(move || {
            look(&connection, &reading, known.as_ref(), before.as_ref(), now)
        });
        looked.await.map_err(|error| StoreError::Unreadable {
            what: "schema",
            detail: error.to_string(),
        })
    }

    /// Takes the standing suggestion with this merge key, if there is one, out of the inbox.
    pub(crate) async fn withdraw_by_key(
        &self,
        user: &UserId,
        key: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (of, key) = (user.clone(), key.to_owned());
        let standing = self
            .db
            .read(move |db| suggestions::standing(db, &of, &key))
            .await?;
        match standing {
            Some(suggestion) => self.withdraw(user, suggestion.id, now).await,
            None => Ok(()),
        }
    }
}

fn look(
    connection: &Connection,
    reading: &Reading,
    known: Option<&Snapshot>,
    before: Option<&Schema>,
    now: Timestamp,
) -> Looked {
    let packed = Packed::new(&reading.schema);
    let number = known.map_or(0, |known| known.number) + 1;
    let told = Teller {
        connection,
        reading,
        number,
        now,
    };
    let mut deliveries = Vec::new();
    let same = known.is_some_and(|known| known.hash == packed.hash);
    match before {
        Some(_) if same => {}
        Some(before) => deliveries.extend(told.changes(before)),
        None => deliveries.extend(told.first_look()),
    }
    let was = known.map_or("", |known| known.pending.as_str());
    // Where either side cannot be seen, what was known of them stands.
    let seen = reading.schema.has(Part::Migrations);
    let state = match reading.files.as_ref().filter(|_| seen) {
        None => was.to_owned(),
        Some(files) => {
            let pending = migrations::pending(files, &reading.schema.applied);
            let state = migrations::state(&pending);
            if state != was && !state.is_empty() {
                deliveries.push(told.pending(&pending, &state));
            }
            state
        }
    };
    let settled = (state != was && state.is_empty()).then(|| key_of(&reading.place, MIGRATIONS));
    let remembered = (!same || state != was).then(|| {
        let snapshot = Snapshot {
            number,
            taken_at: now,
            hash: packed.hash.clone(),
            pending: state,
        };
        (snapshot, packed)
    });
    Looked {
        user: connection.user_id.clone(),
        place: reading.place.clone(),
        deliveries,
        remembered,
        settled,
    }
}

/// What events about the migrations are about.
const MIGRATIONS: &str = "migrations";

struct Teller<'a> {
    connection: &'a Connection,
    reading: &'a Reading,
    number: u32,
    now: Timestamp,
}

impl Teller<'_> {
    /// An event for every change; of those about one table the first leads.
    fn changes(&self, before: &Schema) -> Vec<NewDelivery> {
        let after = &self.reading.schema;
        let changes = compare::compare(before, after);
        let subjects: Vec<String> = changes.iter().map(Change::subject).collect();
        let mut distinct = subjects.clone();
        distinct.sort();
        distinct.dedup();
        let crowd = distinct.len() > CROWD;
        let mut deliveries = Vec::new();
        for (number, (change, subject)) in changes.iter().zip(&subjects).enumerate() {
            let first = subjects.iter().position(|one| one == subject) == Some(number);
            let leads = if crowd { number == 0 } else { first };
            let together: Vec<&Change> = match (leads, crowd) {
                (false, _) => vec![change],
                (true, true) => changes.iter().take(200).collect(),
                (true, false) => {
                    let about = changes.iter().zip(&subjects);
                    about
                        .filter(|(_, one)| *one == subject)
                        .map(|(one, _)| one)
                        .collect()
                }
            };
            let title = change
                .table
                .as_ref()
                .map_or_else(|| change.object.replace('`', ""), ToString::to_string);
            deliveries.push(self.delivery(
                change.event_type(),
                subject,
                &title,
                &format!("{subject}/{}", change.key()),
                json!({ "change": change, "changes": together, "leads": leads, "things": distinct.len() }),
            ));
        }
        deliveries
    }

    /// What lies open in a database that is looked at for the first time.
    fn first_look(&self) -> Option<NewDelivery> {
        let open = lints::lints(&self.reading.schema)
            .iter()
            .filter(|lint| lint.level == lints::Level::Error)
            .count();
        (open > 0).then(|| {
            self.delivery(
                EventType::SCHEMA_CHANGED,
                "schema",
                &self.reading.name,
                "schema/first",
                json!({ "first_look": true, "leads": true }),
            )
        })
    }

    fn pending(&self, pending: &[migrations::Pending], state: &str) -> NewDelivery {
        self.delivery(
            EventType::MIGRATION_PENDING,
            MIGRATIONS,
            MIGRATIONS,
            &format!("{MIGRATIONS}/{state}"),
            json!({ "pending": pending }),
        )
    }

    fn delivery(
        &self,
        event_type: EventType,
        subject: &str,
        title: &str,
        key: &str,
        mut data: Value,
    ) -> NewDelivery {
        let Reading { place, name, .. } = self.reading;
        let setting = |key: &str| self.connection.settings.get(key).cloned();
        data["place"] = place.as_str().into();
        data["docs"] = setting("docs").unwrap_or_else(|| "docs/database".into());
        let event = Event {
            event_type,
            dedup_key: format!("{}/{place}/{}/{key}", self.connection.provider, self.number),
            subject: Subject {
                repository: name.clone(),
                repository_key: place.clone(),
                key: subject.into(),
                title: title.into(),
                ..Subject::default()
            },
            at: self.now,
            actor: None,
            involves: self.connection.identities.clone(),
            data,
        };
        NewDelivery {
            door: Door::Observe,
            kind: event_type.as_str().into(),
            external_id: Some(event.dedup_key.clone()),
            body: serde_json::to_vec(&event).unwrap_or_default().into(),
        }
    }
}
