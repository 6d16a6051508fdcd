//! What the tests of the local provider share: a connection, a context, a listing that notices any write.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::delivery::{Delivery, NewDelivery};
use perch_core::event::Event;
use perch_core::id::{ConnectionId, DeliveryId, UserId};
use perch_core::outcome::{StepResult, Undo};
use perch_core::seam::http_cache::Forgetful;
use perch_core::seam::provider::{Batch, Context, Cursor, Provider, ProviderError};
use perch_core::seam::publisher::PublishError;
use perch_core::subject::Subject;
use perch_integrations::providers::local::Local;
use perch_testkit::repository::Repository;
use serde_json::json;
use sha2::{Digest, Sha256};

/// The provider, a connection, and where its poll stands.
pub(crate) struct Watch {
    pub(crate) provider: Local,
    pub(crate) connection: Connection,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) now: Timestamp,
}

impl Watch {
    pub(crate) fn on(folders: &[&Path]) -> Self {
        Self {
            provider: Local::default(),
            connection: Connection {
                watch: folders
                    .iter()
                    .map(|folder| folder.to_str().expect("UTF-8").to_owned())
                    .collect(),
                ..Connection::new(ConnectionId::new("local"), UserId::new("ada"), "local", "")
            },
            cursor: None,
            now: Timestamp::from_second(1_750_003_600).expect("in range"),
        }
    }

    /// On one repository whose baseline is taken.
    pub(crate) async fn begun(repository: &Repository) -> Self {
        let mut watch = Self::on(&[repository.path()]);
        let batch = watch.poll().await.expect("the folder can be read");
        assert!(batch.baseline);
        assert_eq!(batch.deliveries, []);
        watch
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            connection: &self.connection,
            token: None,
            cache: &Forgetful,
            now: self.now,
        }
    }

    pub(crate) fn later(&mut self, by: SignedDuration) {
        self.now += by;
    }

    /// Polls and goes on from there.
    pub(crate) async fn poll(&mut self) -> Result<Batch, ProviderError> {
        let batch = self
            .provider
            .poll(&self.context(), self.cursor.as_ref())
            .await?;
        self.cursor = Some(batch.cursor.clone());
        Ok(batch)
    }

    /// The events the next poll brings.
    pub(crate) async fn events(&mut self) -> Vec<Event> {
        let batch = self.poll().await.expect("the folder can be read");
        assert!(!batch.baseline);
        batch
            .deliveries
            .into_iter()
            .flat_map(|message| self.parse(message))
            .collect()
    }

    pub(crate) fn parse(&self, message: NewDelivery) -> Vec<Event> {
        let delivery = Delivery {
            id: DeliveryId::new(self.now, &["delivery"]),
            user_id: self.connection.user_id.clone(),
            connection_id: self.connection.id.clone(),
            received_at: self.now,
            message,
        };
        self.provider.parse(&self.connection, &delivery)
    }

    pub(crate) async fn perform(
        &self,
        repository: &Repository,
        step: &perch_core::action::Step,
    ) -> Result<StepResult, PublishError> {
        self.provider
            .publisher()
            .expect("a folder can be written to")
            .perform(&self.context(), &subject(repository), step, None)
            .await
    }

    pub(crate) async fn undo(
        &self,
        repository: &Repository,
        undo: &Undo,
    ) -> Result<String, PublishError> {
        self.provider
            .publisher()
            .expect("a folder can be written to")
            .undo(&self.context(), &subject(repository), undo)
            .await
    }
}

pub(crate) fn subject(repository: &Repository) -> Subject {
    Subject {
        repository: "project".into(),
        repository_key: repository.key(),
        ..Subject::default()
    }
}

/// Kind and key of each event, without the hash of the temporary folder.
pub(crate) fn keys(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let key = event.dedup_key.splitn(3, '/').nth(2).expect("three parts");
            format!("{} {key}", event.event_type)
        })
        .collect()
}

/// Every path below `folder` with its date and a hash of its content.
pub(crate) fn listing(folder: &Path) -> BTreeMap<String, (Option<SystemTime>, String)> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(path) = open.pop() {
        let metadata = path.symlink_metadata().expect("it was just listed");
        let hash = if metadata.is_file() {
            let bytes = std::fs::read(&path).expect("readable");
            json!(Sha256::digest(bytes).as_slice()).to_string()
        } else {
            String::new()
        };
        if metadata.is_dir() {
            let entries = std::fs::read_dir(&path).expect("readable");
            open.extend(entries.map(|entry| entry.expect("readable").path()));
        }
        found.insert(path.display().to_string(), (metadata.modified().ok(), hash));
    }
    found
}
