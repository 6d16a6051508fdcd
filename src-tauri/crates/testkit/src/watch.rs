//! A forge being watched: a provider, a connection to a stub, and the engine's way of polling it.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use perch_core::action::Step;
use perch_core::connection::Connection;
use perch_core::delivery::{Delivery, Door, NewDelivery};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Log, Want};
use perch_core::id::{ConnectionId, DeliveryId, UserId};
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::run::StepTime;
use perch_core::seam::http_cache::{HttpCache, Validators};
use perch_core::seam::provider::{Batch, Budget, Context, Cursor, Provider, ProviderError};
use perch_core::seam::publisher::{PublishError, Publisher};
use perch_core::subject::Subject;
use secrecy::SecretString;
use serde_json::Value;

use crate::forge::{Forge, Speaks, World};

/// The watched repository.
pub const REPO: &str = "acme/api";

/// Validators as the engine keeps them: those a poll put count only once it succeeded.
#[derive(Default)]
pub struct Cache {
    known: Mutex<HashMap<String, Validators>>,
    fresh: Mutex<HashMap<String, Validators>>,
}

impl HttpCache for Cache {
    fn get(&self, url: &str) -> Option<Validators> {
        let known = self.known.lock().expect("no test panics holding it");
        known.get(url).cloned()
    }

    fn put(&self, url: &str, validators: Validators) {
        let mut fresh = self.fresh.lock().expect("no test panics holding it");
        fresh.insert(url.to_owned(), validators);
    }
}

impl Cache {
    fn settle(&self, keep: bool) {
        let mut fresh = self.fresh.lock().expect("no test panics holding it");
        let fresh = std::mem::take(&mut *fresh);
        if keep {
            let mut known = self.known.lock().expect("no test panics holding it");
            known.extend(fresh);
        }
    }
}

/// A provider, a connection to a stub, and where its polls stand.
pub struct Watch<P> {
    /// The stub.
    pub forge: Forge,
    /// What watches it.
    pub provider: P,
    /// How it is watched.
    pub connection: Connection,
    /// The token the stub asks for.
    pub token: SecretString,
    /// Remembered validators.
    pub cache: Cache,
    /// Where the polls stopped.
    pub cursor: Option<Cursor>,
    /// The present.
    pub now: Timestamp,
    /// By how much the forge's clock is ahead of the present.
    pub ahead: SignedDuration,
}

/// A connection of the provider `id`, named after it.
pub fn connection(id: &str, base_url: &str, watch: &[&str]) -> Connection {
    Connection {
        watch: watch.iter().map(|name| (*name).to_owned()).collect(),
        identities: vec!["ada".into()],
        ..Connection::new(ConnectionId::new(id), UserId::new("ada"), id, base_url)
    }
}

impl<P: Provider> Watch<P> {
    /// True for a forge with issues.
    pub fn has_issues(&self) -> bool {
        self.provider.id() != "bitbucket-dc"
    }
}

impl<P: Provider + Default> Watch<P> {
    /// On a stub with one repository of one commit.
    pub async fn new() -> Self {
        let provider = P::default();
        let speaks = match provider.id() {
            "gitea" => Speaks::Gitea,
            "gitlab" => Speaks::GitLab,
            "bitbucket" => Speaks::Bitbucket,
            "bitbucket-dc" => Speaks::DataCenter,
            _ => Speaks::GitHub,
        };
        let forge = Forge::start_as(speaks).await;
        // Assembled here, so that nothing in the source looks like a token.
        let token = ["stub", "token"].join("-");
        let now = forge.with(|world| {
            world.create(REPO);
            world.token = Some(token.clone());
            world.now
        });
        Self {
            connection: connection(provider.id(), &forge.base_url(), &[REPO]),
            provider,
            token: token.into(),
            cache: Cache::default(),
            cursor: None,
            now,
            ahead: SignedDuration::ZERO,
            forge,
        }
    }

    /// With its baseline taken.
    pub async fn begun(arrange: impl FnOnce(&mut World)) -> Self {
        let mut watch = Self::new().await;
        watch.forge.with(arrange);
        let batch = watch.poll().await.expect("the stub answers");
        assert!(batch.baseline);
        watch.forge.take_log();
        watch
    }

    /// What the provider is given with every call.
    pub fn context(&self) -> Context<'_> {
        Context {
            connection: &self.connection,
            token: Some(&self.token),
            cache: &self.cache,
            now: self.now,
        }
    }

    /// Lets time pass here and there.
    pub fn later(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        let there = self.now + self.ahead;
        self.forge.with(|world| world.now = there);
    }

    /// Polls a minute later and goes on from there.
    pub async fn poll(&mut self) -> Result<Batch, ProviderError> {
        self.later(60);
        let batch = self
            .provider
            .poll(&self.context(), self.cursor.as_ref())
            .await;
        self.cache.settle(batch.is_ok());
        if let Ok(batch) = &batch {
            self.cursor = Some(batch.cursor.clone());
        }
        batch
    }

    /// The messages the next poll brings.
    ///
    /// # Panics
    /// When the poll fails or is a baseline.
    pub async fn messages(&mut self) -> Vec<NewDelivery> {
        let batch = self.poll().await.expect("the stub answers");
        assert!(!batch.baseline);
        batch.deliveries
    }

    /// The events the next poll brings.
    pub async fn events(&mut self) -> Vec<Event> {
        let messages = self.messages().await;
        messages
            .into_iter()
            .flat_map(|message| self.parse(message))
            .collect()
    }

    /// The events of a webhook.
    pub fn hook(&self, kind: &str, payload: &Value) -> Vec<Event> {
        self.parse(NewDelivery {
            door: Door::Webhook,
            kind: kind.into(),
            external_id: None,
            body: Bytes::from(payload.to_string()),
        })
    }

    /// The events of a message.
    pub fn parse(&self, message: NewDelivery) -> Vec<Event> {
        parse(&self.provider, &self.connection, message, self.now)
    }

    /// The first event of this type in the next poll.
    ///
    /// # Panics
    /// When there is none.
    pub async fn event(&mut self, event_type: &str) -> Event {
        let events = self.events().await;
        let found = keys(&events);
        let mut events = events.into_iter();
        let first = events.find(|event| event.event_type.as_str() == event_type);
        first.unwrap_or_else(|| panic!("no {event_type} in {found:?}"))
    }

    /// Something happens; returns the key of the event it is.
    pub fn news(&self) -> String {
        self.news_of(REPO)
    }

    /// Something happens in this repository: an issue is opened or, where there are none, somebody pushes.
    pub fn news_of(&self, name: &str) -> String {
        self.forge.with(|world| {
            if self.has_issues() {
                let number = world.open_issue(name, "New", "", "grace");
                format!("issue.created issue/{number}/opened")
            } else {
                let text = world.now.to_string();
                let sha = world.push(name, "main", &[("news.txt", &text)], "News");
                format!("repo.push branch/main/{sha}")
            }
        })
    }

    /// Facts for an event.
    ///
    /// # Panics
    /// When the stub cannot be asked.
    pub async fn gather(&self, event: &Event, wants: &[Want], budget: Budget) -> Facts {
        let mut facts = Facts::default();
        self.provider
            .gather(&self.context(), event, wants, budget, &mut facts)
            .await
            .expect("the stub answers");
        facts
    }

    /// What a run that passed after three others brings for a judgement on its health: `test` is its longest job.
    ///
    /// Also checks what the event itself says.
    pub async fn health() -> Facts {
        let mut watch = Self::begun(|world| {
            for number in 0..3 {
                let log = format!("run {number}\n");
                world.passing_run(&log);
            }
        })
        .await;
        watch.later(600);
        watch.forge.with(|world| world.passing_run("now\n"));
        let events = watch.events().await;
        let event = events
            .into_iter()
            .find(|event| event.event_type == EventType::BUILD_COMPLETED)
            .expect("the run passed");
        assert_eq!(event.data["build"]["seconds"], 120.0);
        let wants = [Want::PassingLogs, Want::Log, Want::History, Want::Steps];
        watch.gather(&event, &wants, Budget::default()).await
    }

    /// Does a step in the watched repository.
    pub async fn perform(&self, step: &Step) -> Result<StepResult, PublishError> {
        self.perform_about(&subject(), step).await
    }

    /// Does a step about something in it, for the first time.
    pub async fn perform_about(
        &self,
        subject: &Subject,
        step: &Step,
    ) -> Result<StepResult, PublishError> {
        let before = self.before(subject, step).await?;
        self.perform_after(subject, step, before.as_ref()).await
    }

    /// What stands before a step about something in it.
    pub async fn before(
        &self,
        subject: &Subject,
        step: &Step,
    ) -> Result<Option<Before>, PublishError> {
        self.publisher()
            .before(&self.context(), subject, step)
            .await
    }

    /// Does a step about something in it, which may have been tried after `before` was found.
    pub async fn perform_after(
        &self,
        subject: &Subject,
        step: &Step,
        before: Option<&Before>,
    ) -> Result<StepResult, PublishError> {
        self.publisher()
            .perform(&self.context(), subject, step, before)
            .await
    }

    fn publisher(&self) -> &dyn Publisher {
        let publisher = self.provider.publisher();
        publisher.expect("forges can be written to")
    }

    /// Takes a step back.
    pub async fn undo(&self, undo: &Undo) -> Result<String, PublishError> {
        self.publisher()
            .undo(&self.context(), &subject(), undo)
            .await
    }
}

/// The events a provider reads from a message.
pub fn parse(
    provider: &dyn Provider,
    connection: &Connection,
    message: NewDelivery,
    received_at: Timestamp,
) -> Vec<Event> {
    let delivery = Delivery {
        id: DeliveryId::new(received_at, &["delivery"]),
        user_id: connection.user_id.clone(),
        connection_id: connection.id.clone(),
        received_at,
        message,
    };
    provider.parse(connection, &delivery)
}

fn subject() -> Subject {
    Subject {
        repository: REPO.into(),
        ..Subject::default()
    }
}

/// Kind and key of each event, without provider, host and the repository's number.
pub fn keys(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let key = event.dedup_key.splitn(4, '/').nth(3).expect("four parts");
            format!("{} {key}", event.event_type)
        })
        .collect()
}

/// What [`Watch::health`] must bring where the forge tells these times of jobs and steps.
pub fn check_health(facts: &Facts, expected: &[(&str, Option<&str>, f64)]) {
    assert_eq!(facts.missing, []);
    let text = |log: &Log| String::from_utf8_lossy(&log.bytes).into_owned();
    let log = facts.log.as_ref().expect("there is a log");
    assert_eq!((log.name.as_str(), text(log)), ("test", "now\n".into()));
    let passed: Vec<String> = facts.passing_logs.iter().map(text).collect();
    assert_eq!(passed, ["run 2\n", "run 1\n", "run 0\n"]);
    let check = |steps: &[StepTime]| {
        let times: Vec<_> = steps
            .iter()
            .map(|time| (time.job.as_str(), time.step.as_deref(), time.seconds))
            .collect();
        assert_eq!(times, expected);
    };
    check(&facts.steps);
    assert_eq!(facts.history.len(), 3);
    for run in &facts.history {
        assert_eq!((run.passed, run.seconds), (true, Some(120.0)));
        check(&run.steps);
    }
}
