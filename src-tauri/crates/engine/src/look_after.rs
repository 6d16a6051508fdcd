//! Perch's look at itself: a step that fails again and again becomes one suggestion that says so and what to do; it
//! goes when the step works again.

use jiff::Timestamp;
use perch_core::change::Change;
use perch_core::draft::Sent;
use perch_core::event::{Event, EventRow, EventState};
use perch_core::event_type::EventType;
use perch_core::id::{AgentRunId, ConnectionId, EventId, SuggestionId, UserId};
use perch_core::subject::Subject;
use perch_core::suggestion::{Level, Suggestion, SuggestionState};
use perch_core::verdict::Verdict;
use perch_store::db::StoreError;
use perch_store::table::agent_runs::{self, AgentRun};
use perch_store::table::{events, suggestions};

use crate::engine::Engine;
use crate::meter::{Count, STEPS};

/// So many failures without a success in between are told.
const TOO_MANY: u32 = 5;

/// The connection and the repository of what is about Perch itself.
const ITSELF: &str = "perch";

/// The rule, by which it can be muted.
const RULE: &str = "perch_step_fails";

impl Engine {
    /// Tells of steps that fail again and again, and takes back what was told of those that work again.
    pub(crate) async fn look_after(&self, user: &UserId, now: Timestamp) -> Result<(), StoreError> {
        for step in STEPS {
            let count = self.meter.of(step);
            let fails = count.in_a_row >= TOO_MANY;
            if fails == self.tells_of(user, step) {
                continue;
            }
            let (of, key) = (user.clone(), merge_key(step));
            let standing = self
                .db
                .read(move |db| suggestions::standing(db, &of, &key))
                .await?;
            match standing {
                None if fails => self.tell(user, step, &count, now).await?,
                Some(standing) if !fails => {
                    let id = standing.id;
                    self.db
                        .write(move |db| {
                            suggestions::set_state(db, id, SuggestionState::Overtaken, None, now)
                        })
                        .await?;
                    self.announce(Change::Suggestion {
                        user: user.clone(),
                        id,
                    });
                }
                _ => {}
            }
            self.set_tells_of(user, step, fails);
        }
        Ok(())
    }

    async fn tell(
        &self,
        user: &UserId,
        step: &'static str,
        count: &Count,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let muted = self.setup().preferences.mutes.iter().any(|mute| {
            mute.rule.as_deref() == Some(RULE)
                && mute.repository.as_deref().is_none_or(|one| one == ITSELF)
        });
        if muted {
            return Ok(());
        }
        let (event, run, suggestion) = rows(user, step, count, now);
        let id = suggestion.id;
        self.db
            .write(move |db| {
                if !events::insert(db, &event)? {
                    return Ok(());
                }
                agent_runs::insert(db, &run)?;
                suggestions::put(db, &suggestion)?;
                events::suggested(db, event.id, run.id)
            })
            .await?;
        self.announce(Change::Suggestion {
            user: user.clone(),
            id,
        });
        Ok(())
    }
}

fn merge_key(step: &str) -> String {
    format!("perch/step/{step}")
}

/// What each step is for, and what helps when it does not work.
fn words(step: &str) -> (&'static str, &'static str) {
    match step {
        "poll" => (
            "What connections bring cannot be stored.",
            "Look at the free space of the disk with the data folder.",
        ),
        "spool" => (
            "Runs of `perch exec` are not taken up.",
            "Look at the free space of the disk and at who owns the data folder.",
        ),
        "notify" => (
            "Suggestions are in the inbox, but no toast shows them.",
            "Start your desktop's notification service, or turn toasts off in the settings.",
        ),
        "publish" => (
            "What you accepted is not carried out. It goes on by itself once it can.",
            "Open the accepted suggestion in the history; it says what is in the way.",
        ),
        "process" => (
            "What happened is stored, but does not become suggestions.",
            "Look at the connections in the settings, then at the free space of the disk with the data folder.",
        ),
        _ => (
            "What happened is stored, but does not become suggestions.",
            "Look at the free space of the disk with the data folder.",
        ),
    }
}

fn rows(
    user: &UserId,
    step: &'static str,
    count: &Count,
    now: Timestamp,
) -> (EventRow, AgentRun, Suggestion) {
    let (effect, remedy) = words(step);
    let problem = count.last_error.as_ref().map_or("", |(_, problem)| problem);
    let title = format!("Perch itself: the step `{step}` fails");
    let why = format!("It failed {} times in a row: {problem}", count.in_a_row);
    let body = format!(
        "{effect}\n\n{remedy} Then run `perch doctor`, or the check-up in the settings: it says what is wrong \
         elsewhere.\n\nThis goes away by itself once the step works again."
    );
    let subject = Subject {
        repository: ITSELF.into(),
        repository_key: ITSELF.into(),
        key: format!("step/{step}"),
        title: step.into(),
        ..Subject::default()
    };
    let dedup_key = format!("{}/{}", merge_key(step), now.as_millisecond());
    let event_id = EventId::new(now, &[user.as_str(), &dedup_key]);
    let run_id = AgentRunId::new(now, &[&event_id.to_string()]);
    let event = EventRow {
        id: event_id,
        user_id: user.clone(),
        connection_id: ConnectionId::new(ITSELF),
        delivery_id: None,
        event: Event {
            event_type: EventType::INCIDENT_OPENED,
            dedup_key: dedup_key.clone(),
            subject: subject.clone(),
            at: now,
            actor: None,
            involves: Vec::new(),
            data: serde_json::json!({ "step": step, "errors": count.errors, "problem": problem }),
        },
        stored_at: now,
        state: EventState::Suggested,
        verdict: Some(Verdict::new("observe", "suggested", why.clone())),
        attempts: 0,
        suggestion_id: None,
        user_actioned: false,
    };
    let run = AgentRun {
        id: run_id,
        user_id: user.clone(),
        created_at: now,
        trigger: "event".into(),
        trigger_data: dedup_key,
        assembled_prompt: String::new(),
        selected_atoms: "[]".into(),
        vibe_config_snapshot: "{}".into(),
        agent_type: "look_after".into(),
        model_used: "built-in".into(),
        generated_content: body.clone(),
        tokens_used: 0,
        latency_ms: 0,
        cost_usd: 0.0,
        event_id,
        suggestion_id: None,
        sent: Sent::default(),
    };
    let suggestion = Suggestion {
        id: SuggestionId::new(now, &[&event_id.to_string()]),
        user_id: user.clone(),
        connection_id: ConnectionId::new(ITSELF),
        run_id,
        event_id,
        subject,
        rule: RULE.into(),
        merge_key: merge_key(step),
        title,
        why,
        body,
        points: Vec::new(),
        log: None,
        chart: None,
        level: Level::Normal,
        actions: Vec::new(),
        state: SuggestionState::Open,
        snoozed_until: None,
        created_at: now,
        updated_at: now,
    };
    (event, run, suggestion)
}
