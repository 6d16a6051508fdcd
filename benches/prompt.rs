//! How long a prompt takes to be put together, with ten thousand runs stored and every atom learnt of.
//!
//! It does not ask a model.

use std::time::{Duration, Instant};

use perch_core::draft::{Brief, Excerpt};
use perch_core::evidence::Evidence;
use perch_core::finding::{Finding, LogBlock, LogExcerpt, Point};
use perch_core::id::{AgentRunId, EventId, UserId};
use perch_core::user::VibeConfig;
use perch_engine::atoms::SHIPPED;
use perch_engine::prompt::{Terms, prompt};
use perch_store::db::Db;
use perch_store::table::{atoms, users};

/// Runs stored before.
const RUNS: u32 = 10_000;

/// Prompts put together; the 95th percentile counts.
const PROMPTS: usize = 400;

fn brief() -> Brief {
    let point = |number: u32| Point {
        text: format!("function `part_{number}` has no test"),
        evidence: vec![Evidence::file(
            "it",
            format!("src/part_{number}.rs"),
            Some(number),
        )],
        todo: false,
    };
    let line = |number: u64| {
        format!("error[E0{number}]: something is not as it should be --> src/main.rs:{number}:9")
    };
    Brief {
        event_type: "repo.build.failed".into(),
        repository: "acme/api".into(),
        subject: "cargo build on main".into(),
        number: None,
        finding: Finding {
            title: "something is wrong".into(),
            why: "The build you started stopped here.".into(),
            points: (1..20).map(point).collect(),
            log: Some(LogExcerpt {
                log: "cargo build".into(),
                blocks: vec![LogBlock {
                    start_line: 1,
                    end_line: 60,
                    category: "compile".into(),
                    tool: None,
                    summary: "wrong".into(),
                    lines: (1..60).map(line).collect(),
                }],
                url: None,
            }),
            ..Finding::default()
        },
        excerpts: (0..40)
            .map(|number| Excerpt {
                name: format!("src/part_{number}.rs, lines 1 to 40"),
                text: format!("pub fn part_{number}(input: &str) -> usize {{ input.len() }}\n")
                    .repeat(40),
            })
            .collect(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]
fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("threads can be had");
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open(&folder.path().join("perch.db")).expect("a database");
    let user = UserId::new("ada");
    let start = jiff::Timestamp::UNIX_EPOCH;
    let of = user.clone();
    let filled = db.write(move |db| {
        users::add(db, &of, start)?;
        let event = EventId::new(start, &["event"]).to_string();
        db.execute("PRAGMA defer_foreign_keys = ON", [])?;
        db.execute(
            "INSERT INTO background_events (id, user_id, event_type, source, event_data, event_timestamp, connection_id,
                dedup_key, state, stored_at, subject, involves)
             VALUES (?1, 'ada', 'repo.push', 'code_repo', '{}', 0, 'one', 'key', 'suggested', 0, '{}', '[]')",
            [&event],
        )?;
        for number in 0..RUNS {
            let id = AgentRunId::new(start, &[&number.to_string()]).to_string();
            db.execute(
                "INSERT INTO agent_runs (id, user_id, created_at, trigger, trigger_data, assembled_prompt, selected_atoms,
                    vibe_config_snapshot, agent_type, model_used, generated_content, tokens_used, latency_ms, cost_usd, event_id)
                 VALUES (?1, 'ada', 0, 'event', 'key', ?2, '[]', '{}', 'build_failed', 'openai/m', '{}', 1, 1, 0.1, ?3)",
                [&id, &"prompt ".repeat(500), &event],
            )?;
        }
        for atom in SHIPPED.iter() {
            atoms::learn(db, &of, std::slice::from_ref(&atom.id), true)?;
        }
        Ok(())
    });
    runtime.block_on(filled).expect("rows are stored");
    let brief = brief();
    let mut took: Vec<Duration> = (0..PROMPTS)
        .map(|number| {
            let begun = now();
            let of = user.clone();
            let read = db.read(move |db| {
                Ok((
                    users::profile(db, &of)?,
                    users::vibe(db, &of)?,
                    atoms::own(db, &of)?,
                    atoms::worth(db, &of)?,
                ))
            });
            let (profile, vibe, own, worth) = runtime.block_on(read).expect("rows are read");
            let seed = number.to_string();
            let vibe = VibeConfig {
                playfulness: u8::try_from(number % 100).unwrap_or_default(),
                ..vibe
            };
            let assembled = prompt(
                &brief,
                &Terms {
                    profile: &profile,
                    vibe: &vibe,
                    own: &own,
                    worth: &worth,
                    room: 12_000,
                    seed: &seed,
                    revision: None,
                },
            );
            assert!(assembled.prompt.user.len() > 10_000);
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    let at = |share: usize| took[PROMPTS * share / 100].as_secs_f64() * 1e3;
    println!(
        "prompt assembly with {RUNS} runs stored: p50 {:.2} ms, p95 {:.2} ms",
        at(50),
        at(95)
    );
}
