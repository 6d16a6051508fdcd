//! A provider whose far side is a value in the test: what it sends, what it knows, and what was done to it.
//!
//! Its deliveries are events as JSON, so a test says directly what happened. Publishing is idempotent by the
//! step, as a real publisher's is by branch, pull request and marker.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use perch_core::action::Step;
use perch_core::build::Build;
use perch_core::connection::Connection;
use perch_core::delivery::{Delivery, Door, NewDelivery};
use perch_core::event::Event;
use perch_core::facts::{Facts, Want};
use perch_core::outcome::{Before, StepResult, Undo};
use perch_core::seam::provider::{
    About, Batch, Budget, Context, Cursor, Probe, Provider, ProviderError,
};
use perch_core::seam::publisher::{PublishError, Publisher};
use perch_core::subject::Subject;
use serde_json::{Value, json};

/// The far side of a scripted provider.
pub struct FarSide {
    /// What the next polls bring, a batch each.
    pub batches: VecDeque<Vec<Event>>,
    /// The facts of every event; the wants asked for are taken from here.
    pub facts: Facts,
    /// The facts of single events, by their keys, in the place of `facts`.
    pub facts_of: BTreeMap<String, Facts>,
    /// Effects that stand there, in order.
    pub standing: Vec<String>,
    /// How often each call was made: `poll`, `perform`, `undo`, `builds`.
    pub calls: Vec<&'static str>,
    /// What the next publishing calls answer instead of doing it.
    pub refusals: VecDeque<PublishError>,
    /// Builds it knows, of which those of the asked branch or commit are told; a reason keeps it from telling any.
    pub builds: Result<Vec<Build>, String>,
    /// True: polls of connections whose setting `stuck` is true never answer.
    pub silent: bool,
}

impl Default for FarSide {
    fn default() -> Self {
        Self {
            batches: VecDeque::new(),
            facts: Facts::default(),
            facts_of: BTreeMap::new(),
            standing: Vec::new(),
            calls: Vec::new(),
            refusals: VecDeque::new(),
            builds: Ok(Vec::new()),
            silent: false,
        }
    }
}

/// A provider over a [`FarSide`].
pub struct Scripted {
    about: About,
    side: Mutex<FarSide>,
}

impl Scripted {
    /// A provider called `scripted` whose far side is empty; leaked, since registries are static.
    pub fn leaked() -> &'static Self {
        Self::leaked_as(true)
    }

    /// The same, acting on this machine or elsewhere.
    pub fn leaked_as(local: bool) -> &'static Self {
        Box::leak(Box::new(Self {
            about: About {
                name: "Scripted",
                icon: "<svg/>",
                default_base_url: "",
                watch_hint: "anything",
                secrets: &[],
                settings: &[],
                scopes: &[],
                local,
            },
            side: Mutex::default(),
        }))
    }

    /// The far side, to script and to inspect.
    pub fn side(&self) -> MutexGuard<'_, FarSide> {
        self.side.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery of `event` through `door`, as the scripted provider reads it.
pub fn delivery_of(event: &Event, door: Door) -> NewDelivery {
    NewDelivery {
        door,
        kind: "event".into(),
        external_id: None,
        body: Bytes::from(serde_json::to_vec(event).expect("an event has JSON")),
    }
}

#[async_trait]
impl Provider for Scripted {
    fn id(&self) -> &'static str {
        "scripted"
    }

    fn about(&self) -> &'static About {
        // The scripted provider is leaked, so what it holds lives as long as the test.
        Box::leak(Box::new(self.about))
    }

    fn check(&self, _connection: &Connection) -> Result<(), String> {
        Ok(())
    }

    async fn poll(
        &self,
        ctx: &Context<'_>,
        cursor: Option<&Cursor>,
    ) -> Result<Batch, ProviderError> {
        let silent = {
            let mut side = self.side();
            side.calls.push("poll");
            side.silent
        };
        let stuck = ctx
            .connection
            .settings
            .get("stuck")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        if silent && stuck {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        let events = self.side().batches.pop_front().unwrap_or_default();
        let polls = cursor.and_then(Cursor::as_u64).unwrap_or(0);
        Ok(Batch {
            deliveries: events
                .iter()
                .map(|event| delivery_of(event, Door::Poll))
                .collect(),
            cursor: json!(polls + 1),
            baseline: false,
            wait: None,
            ..Batch::default()
        })
    }

    fn parse(&self, _connection: &Connection, delivery: &Delivery) -> Vec<Event> {
        serde_json::from_slice(&delivery.message.body)
            .into_iter()
            .collect()
    }

    async fn gather(
        &self,
        _ctx: &Context<'_>,
        event: &Event,
        wants: &[Want],
        _budget: Budget,
        facts: &mut Facts,
    ) -> Result<(), ProviderError> {
        let known = {
            let side = self.side();
            let own = side.facts_of.get(&event.dedup_key);
            own.unwrap_or(&side.facts).clone()
        };
        facts.base = known.base.or(facts.base.take());
        for want in wants {
            match want {
                Want::FailingLog => facts.failing_log.clone_from(&known.failing_log),
                Want::PassingLogs => facts.passing_logs.clone_from(&known.passing_logs),
                Want::Log => facts.log.clone_from(&known.log),
                Want::History => facts.history.clone_from(&known.history),
                Want::Steps => facts.steps.clone_from(&known.steps),
                Want::Diff => facts.diff.clone_from(&known.diff),
                Want::Commits => facts.commits.clone_from(&known.commits),
                Want::Tree => facts.tree.clone_from(&known.tree),
                Want::Reviews => facts.reviews.clone_from(&known.reviews),
                Want::Checks => facts.checks.clone_from(&known.checks),
                Want::Ticket => facts.ticket.clone_from(&known.ticket),
                Want::Thread => facts.thread.clone_from(&known.thread),
                Want::Issues => facts.issues.clone_from(&known.issues),
                Want::Schema => facts.schema.clone_from(&known.schema),
                Want::File(path) => {
                    if let Some(text) = known.files.get(path) {
                        facts.files.insert(path.clone(), text.clone());
                    }
                }
                Want::Around(..) | Want::Suspects(..) | Want::SuspectFiles(_) => {}
            }
        }
        Ok(())
    }

    async fn builds(
        &self,
        _ctx: &Context<'_>,
        repository: &str,
        reference: &str,
    ) -> Result<Option<Vec<Build>>, ProviderError> {
        let mut side = self.side();
        side.calls.push("builds");
        let known = side.builds.clone().map_err(ProviderError::Unavailable)?;
        let fits = |build: &Build| {
            let named = build.branch.as_deref() == Some(reference);
            let commit = build.commit.as_deref().unwrap_or_default();
            build.repository == repository && (named || commit.starts_with(reference))
        };
        Ok(Some(known.into_iter().filter(fits).collect()))
    }

    async fn probe(&self, _ctx: &Context<'_>) -> Result<Probe, ProviderError> {
        Ok(vec!["answers".into()].into())
    }

    fn publisher(&self) -> Option<&dyn Publisher> {
        Some(self)
    }
}

#[async_trait]
impl Publisher for Scripted {
    fn knows(&self, _step: &Step) -> bool {
        true
    }

    async fn perform(
        &self,
        _ctx: &Context<'_>,
        _subject: &Subject,
        step: &Step,
        _before: Option<&Before>,
    ) -> Result<StepResult, PublishError> {
        let mut side = self.side();
        side.calls.push("perform");
        if let Some(refusal) = side.refusals.pop_front() {
            return Err(refusal);
        }
        let (name, undo) = match step {
            Step::CreateBranch { branch, .. } => (
                format!("branch {branch}"),
                Undo::DeleteBranch {
                    branch: branch.clone(),
                    commit: "c0ffee".into(),
                },
            ),
            Step::OpenPullRequest { branch, .. } => (
                format!("pull request from {branch}"),
                Undo::ClosePullRequest { number: 1 },
            ),
            Step::Comment { marker, .. } => (
                format!("comment {marker}"),
                Undo::DeleteComment { id: marker.clone() },
            ),
            Step::ApplyToTree { .. } => (
                "changed tree".into(),
                Undo::RestoreFiles { files: Vec::new() },
            ),
            Step::ReviewComment { marker, .. } => (
                format!("review comment {marker}"),
                Undo::DeleteReviewComment {
                    number: 1,
                    id: marker.clone(),
                },
            ),
            Step::AddLabels { thing, labels } => (
                format!("labels {}", labels.join(", ")),
                Undo::RemoveLabels {
                    thing: *thing,
                    labels: labels.clone(),
                },
            ),
            Step::RequestReviewers { number, reviewers } => (
                format!("reviewers {}", reviewers.join(", ")),
                Undo::WithdrawReviewers {
                    number: *number,
                    reviewers: reviewers.clone(),
                },
            ),
            Step::Close { thing, .. } => (
                format!("closed {thing:?}"),
                Undo::Reopen {
                    thing: *thing,
                    closed_at: None,
                },
            ),
            Step::EditIssue {
                number,
                before,
                after,
            } => (
                format!("text of #{number}"),
                Undo::RestoreIssue {
                    number: *number,
                    before: before.clone(),
                    after: after.clone(),
                },
            ),
            Step::OpenIssue { title, .. } => {
                (format!("issue {title}"), Undo::CloseIssue { number: 1 })
            }
            Step::Rerun { build } => (
                format!("rerun {build}"),
                Undo::DeleteComment { id: String::new() },
            ),
            Step::Copy { .. } => ("copy".into(), Undo::DeleteComment { id: String::new() }),
        };
        if !side.standing.contains(&name) {
            side.standing.push(name.clone());
        }
        Ok(StepResult {
            summary: format!("made {name}"),
            links: Vec::new(),
            undo: Some(undo),
        })
    }

    async fn undo(
        &self,
        _ctx: &Context<'_>,
        _subject: &Subject,
        undo: &Undo,
    ) -> Result<String, PublishError> {
        let mut side = self.side();
        side.calls.push("undo");
        if let Some(refusal) = side.refusals.pop_front() {
            return Err(refusal);
        }
        let gone = match undo {
            Undo::DeleteBranch { branch, .. } => format!("branch {branch}"),
            Undo::ClosePullRequest { .. } => "pull request".into(),
            Undo::DeleteComment { id } => format!("comment {id}"),
            Undo::RestoreFiles { .. } => "changed tree".into(),
            Undo::DeleteReviewComment { id, .. } => format!("review comment {id}"),
            Undo::RemoveLabels { labels, .. } => format!("labels {}", labels.join(", ")),
            Undo::WithdrawReviewers { reviewers, .. } => {
                format!("reviewers {}", reviewers.join(", "))
            }
            Undo::Reopen { thing, .. } => format!("closed {thing:?}"),
            Undo::RestoreIssue { number, .. } => format!("text of #{number}"),
            Undo::CloseIssue { .. } => "issue".into(),
        };
        side.standing.retain(|name| !name.starts_with(&gone));
        Ok(format!("removed {gone}"))
    }
}
