//! `write`: has models write what waits for their words, beside the rounds and one after the other.
//!
//! A suggestion is shown in Perch's own words at once; a model's words take their place when they come, as a new version
//! of it. Until then a row says that it waits, so nothing is lost to a crash, a limit or a server that is down.

mod partial;

use jiff::{SignedDuration, Timestamp};
use perch_core::change::Change;
use perch_core::draft::Sent;
use perch_core::event::{EventRow, EventState};
use perch_core::id::{AgentRunId, SuggestionId, UserId};
use perch_core::suggestion::{Suggestion, SuggestionState};
use perch_core::user::VibeConfig;
use perch_core::verdict::Verdict;
use perch_store::db::StoreError;
use perch_store::table::agent_runs::{self, AgentRun};
use perch_store::table::writings::{self, Writing};
use perch_store::table::{atoms, events, suggestions, users};

use self::partial::Partial;
use crate::agent::{Unwritten, Wanted, Written};
use crate::compose::reworded;
use crate::engine::Engine;
use crate::prompt::{Assembled, prompt};
use crate::revise::Reader;

/// After this many attempts Perch's own words stand.
const ATTEMPTS: u32 = 6;

/// A server that wants to be left alone longer than this is not waited for.
const LONGEST: SignedDuration = SignedDuration::from_hours(2);

impl Engine {
    /// True when something of this user waits to be written and nobody is at it.
    pub(crate) async fn writing_is_due(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if self.is_writing(user) || self.setup().models.iter().all(|one| !one.enabled) {
            return Ok(false);
        }
        let of = user.clone();
        self.db.read(move |db| writings::is_due(db, &of, now)).await
    }

    /// Writes all that waits of this user, unless somebody is at it. Returns how many suggestions have new words.
    pub async fn write_waiting(
        &self,
        user: &UserId,
        clock: impl Fn() -> Timestamp + Sync,
    ) -> Result<usize, StoreError> {
        let Some(_held) = self.take_writing(user) else {
            return Ok(0);
        };
        let mut written = 0;
        loop {
            let (of, now) = (user.clone(), clock());
            let next = self.db.read(move |db| writings::next(db, &of, now)).await?;
            let Some(writing) = next else {
                return Ok(written);
            };
            written += usize::from(self.write_one(writing, &clock).await?);
        }
    }

    /// One of them; true when it has new words. In any case it no longer waits, or waits longer.
    async fn write_one(
        &self,
        writing: Writing,
        clock: &(dyn Fn() -> Timestamp + Sync),
    ) -> Result<bool, StoreError> {
        let id = writing.suggestion_id;
        let found = self
            .db
            .read(move |db| {
                let Some(suggestion) = suggestions::get(db, id)? else {
                    return Ok(None);
                };
                let row = events::get(db, suggestion.event_id)?;
                Ok(row.map(|row| (suggestion, row)))
            })
            .await?;
        // It was answered, or has been made anew, in the meantime.
        let Some((suggestion, row)) = found.filter(|(one, _)| is_wanted(one, &writing)) else {
            self.db
                .write(move |db| writings::settle(db, id, None))
                .await?;
            return Ok(false);
        };
        let reader = self.reader(&writing.user_id).await?;
        let instruction = writing.instruction.as_deref();
        let revision = instruction.map(|instruction| (suggestion.body.as_str(), instruction));
        let assemble =
            |room, seed: &str| prompt(&writing.brief, &reader.terms(room, seed, revision));
        let wanted = Wanted {
            user: &writing.user_id,
            suggestion: id,
            preferred: &reader.profile.preferred_models,
            assemble: &assemble,
            clock,
        };
        let mut partial = Partial::default();
        let mut listener = |piece: &str| {
            if let Some(text) = partial.push(piece) {
                self.announce(Change::Writing {
                    user: writing.user_id.clone(),
                    id,
                    text,
                });
            }
        };
        match self.have_written(&wanted, &mut listener).await? {
            Ok(written) => {
                self.store_written(&writing, &suggestion, &row, &reader.vibe, written, clock())
                    .await
            }
            Err(unwritten) => {
                self.store_unwritten(&writing, &row, unwritten, clock())
                    .await?;
                Ok(false)
            }
        }
    }

    pub(crate) async fn reader(&self, user: &UserId) -> Result<Reader, StoreError> {
        let user = user.clone();
        self.db
            .read(move |db| {
                Ok(Reader {
                    profile: users::profile(db, &user)?,
                    vibe: users::vibe(db, &user)?,
                    own: atoms::own(db, &user)?,
                    worth: atoms::worth(db, &user)?,
                })
            })
            .await
    }

    /// Stores the new version, its words and why, in one commit; nothing if the suggestion was answered meanwhile.
    async fn store_written(
        &self,
        writing: &Writing,
        before: &Suggestion,
        row: &EventRow,
        vibe: &VibeConfig,
        written: Written,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = before.id;
        let event_id = row.id;
        let number = self
            .db
            .read(move |db| agent_runs::count(db, event_id))
            .await?;
        let run_id = AgentRunId::new(now, &[&row.id.to_string(), &number.to_string()]);
        let run = run(writing, row, vibe, &written, run_id, now);
        let after = reworded(before, &writing.brief.finding, &written.draft, run_id, row);
        let verdict = Verdict::new("agent", "written", in_words(&written));
        let waits = writing.clone();
        let stored = self
            .db
            .write(move |db| {
                agent_runs::insert(db, &run)?;
                writings::settle(db, id, Some(run.id))?;
                let now_there = suggestions::get(db, id)?;
                if !now_there.is_some_and(|one| is_wanted(&one, &waits)) {
                    return Ok(false);
                }
                suggestions::reword(db, &after)?;
                events::suggested(db, event_id, run.id)?;
                events::decide(db, event_id, EventState::Suggested, &verdict)?;
                Ok(true)
            })
            .await?;
        self.announce_change(&writing.user_id, id);
        Ok(stored)
    }

    /// Lets it wait longer, or lets Perch's own words stand and says why.
    async fn store_unwritten(
        &self,
        writing: &Writing,
        row: &EventRow,
        unwritten: Unwritten,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, event_id) = (writing.suggestion_id, row.id);
        let Unwritten { reason, until } = unwritten;
        // Each wait is longer than the one before, even where the far side names short ones.
        let patience = SignedDuration::from_secs(5 << writing.attempts.min(8));
        let until = until.map(|until| until.max(now + patience));
        let again = until
            .filter(|until| writing.attempts + 1 < ATTEMPTS && until.duration_since(now) < LONGEST);
        self.db
            .write(move |db| {
                if let Some(until) = again {
                    return writings::postpone(db, id, until);
                }
                writings::settle(db, id, None)?;
                let words = format!("Perch's own words stand: {reason}");
                let verdict = Verdict::new("agent", "built-in", words);
                events::decide(db, event_id, EventState::Suggested, &verdict)
            })
            .await?;
        self.announce_change(&writing.user_id, id);
        self.announce(Change::Status);
        Ok(())
    }

    fn announce_change(&self, user: &UserId, id: SuggestionId) {
        self.announce(Change::Suggestion {
            user: user.clone(),
            id,
        });
    }
}

/// True while a suggestion still stands as it did when it began to wait.
fn is_wanted(suggestion: &Suggestion, writing: &Writing) -> bool {
    let stands = matches!(
        suggestion.state,
        SuggestionState::Open | SuggestionState::Snoozed
    );
    stands && suggestion.run_id == writing.run_id
}

fn run(
    writing: &Writing,
    row: &EventRow,
    vibe: &VibeConfig,
    written: &Written,
    id: AgentRunId,
    now: Timestamp,
) -> AgentRun {
    let Assembled {
        prompt,
        atoms,
        left_out,
        redacted,
        ..
    } = &written.assembled;
    let ids: Vec<&str> = atoms.iter().map(|atom| atom.id.as_str()).collect();
    AgentRun {
        id,
        user_id: writing.user_id.clone(),
        created_at: now,
        trigger: if writing.instruction.is_some() {
            "manual".into()
        } else {
            "event".into()
        },
        trigger_data: row.event.dedup_key.clone(),
        assembled_prompt: format!("{}\n\n{}", prompt.system, prompt.user),
        selected_atoms: serde_json::to_string(&ids).unwrap_or_default(),
        vibe_config_snapshot: serde_json::to_string(vibe).unwrap_or_default(),
        agent_type: writing.brief.finding.analyser.clone(),
        model_used: written.model.id(),
        generated_content: serde_json::to_string(&written.draft).unwrap_or_default(),
        tokens_used: written.usage.total(),
        latency_ms: u64::try_from(written.latency.as_millis()).unwrap_or(u64::MAX),
        cost_usd: written.cost_usd,
        event_id: row.id,
        suggestion_id: Some(writing.suggestion_id),
        sent: Sent {
            host: host(&written.model.base_url),
            tokens_in: written.usage.input,
            tokens_out: written.usage.output,
            calls: written.calls,
            redacted: redacted.clone(),
            stripped: prompt.stripped.clone(),
            left_out: left_out.clone(),
            dropped: written.dropped.clone(),
            instruction: writing.instruction.clone(),
        },
    }
}

/// Host and port of an address.
fn host(base_url: &str) -> String {
    let rest = base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// What a run took, in a sentence.
fn in_words(written: &Written) -> String {
    let seconds = written.latency.as_secs_f64();
    let how = if written.calls == 0 {
        "from an earlier answer to the same".to_owned()
    } else {
        format!("in {seconds:.1} s for ${:.4}", written.cost_usd)
    };
    let dropped = match written.dropped.len() {
        0 => String::new(),
        1 => "; a statement without support was dropped".into(),
        many => format!("; {many} statements without support were dropped"),
    };
    format!("{} wrote it {how}{dropped}", written.model.id())
}
