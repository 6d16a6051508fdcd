//! Suggestions in a model's words: when they come, what they cost, and what stands when they do not.

use jiff::{SignedDuration, Timestamp};
use perch_core::change::Change;
use perch_core::seam::model::{ModelLimits, ModelStanding, NoAnswer, Price};
use perch_core::suggestion::Suggestion;
use perch_store::table::agent_runs::{self, AgentRun};
use perch_store::table::model_calls::{self, Spent};
use perch_testkit::writer::Writer;
use serde_json::json;

use crate::house::{House, failed_build, start};

fn answer(title: &str, explanation: &str) -> String {
    json!({ "title": title, "why": "It stopped just now.", "explanation": explanation, "comment": null })
        .to_string()
}

fn good() -> String {
    answer(
        "`mut` is not needed",
        "`answer` is never assigned again [E1]. Take `mut` out.",
    )
}

fn with_a_model() -> House {
    let house = House::open();
    house.ask_models(vec![Writer::model("one")], ModelLimits::default());
    house
}

/// When the first events have happened.
fn soon() -> Timestamp {
    start() + SignedDuration::from_mins(10)
}

async fn run_of(house: &House, suggestion: &Suggestion) -> AgentRun {
    let id = suggestion.run_id;
    let run = house.db.read(move |db| agent_runs::get(db, id)).await;
    run.unwrap().unwrap()
}

async fn spent(house: &House) -> Spent {
    let spent = house
        .db
        .read(|db| model_calls::spent_since(db, Timestamp::UNIX_EPOCH))
        .await;
    spent.unwrap()
}

/// What `perch why` says last of the newest event.
async fn last_words(house: &House) -> String {
    let event = house.events().await.remove(0);
    event.verdict.unwrap().reason
}

#[tokio::test]
async fn perchs_own_words_stand_at_once_and_a_models_take_their_place() {
    let house = with_a_model();
    house.writer.set_then(&good());
    house.happens(failed_build(1)).await;
    let before = house.suggestions().await.remove(0);
    assert_eq!(run_of(&house, &before).await.model_used, "built-in");
    assert_eq!(house.recorder.titles().len(), 1, "the toast does not wait");

    let mut changes = house.engine.changes();
    assert_eq!(house.write(start() + SignedDuration::from_mins(2)).await, 1);
    let after = house.suggestions().await.remove(0);
    assert_eq!(after.id, before.id);
    assert_eq!(after.title, "`mut` is not needed");
    assert!(
        after.body.starts_with("`answer` is never assigned again"),
        "{}",
        after.body
    );
    assert_eq!(after.actions, before.actions, "what a click does stays");
    assert_eq!(house.recorder.titles().len(), 1, "no second toast");

    let run = run_of(&house, &after).await;
    assert_eq!(run.model_used, "writer/one-1");
    assert!(run.assembled_prompt.contains("let mut answer = 42;"));
    assert_eq!((run.tokens_used, run.sent.calls), (1200, 1));
    assert_eq!(run.sent.host, "writer.example");
    assert!(
        last_words(&house)
            .await
            .starts_with("writer/one-1 wrote it in")
    );
    let mut heard = Vec::new();
    while let Ok(change) = changes.try_recv() {
        if let Change::Writing { text, .. } = change {
            heard.push(text);
        }
    }
    assert!(
        heard.len() > 1 && heard[0].starts_with("`answer`"),
        "{heard:?}"
    );
    assert_eq!(house.write(start() + SignedDuration::from_mins(3)).await, 0);
}

#[tokio::test]
async fn a_burst_makes_no_more_calls_than_the_budget_and_loses_nothing() {
    const BURST: u32 = 500;
    let house = with_a_model();
    house.ask_models(
        vec![Writer::model("one")],
        ModelLimits {
            calls_per_day: 10,
            ..ModelLimits::default()
        },
    );
    house.writer.set_then(&good());
    let events: Vec<_> = (1..=BURST)
        .map(|number| {
            let mut event = failed_build(number);
            event.at = start();
            event
        })
        .collect();
    house.far_side().batches = vec![events].into();
    house.step(start()).await;
    // Several tasks at once, as loops of several users and clicks would be.
    let writers = (0..8).map(|_| {
        let (engine, user) = (house.engine.clone(), house.user.clone());
        tokio::spawn(async move { engine.write_waiting(&user, soon).await.unwrap() })
    });
    let mut written = 0;
    for writer in writers.collect::<Vec<_>>() {
        written += writer.await.unwrap();
    }
    while house.write(soon()).await > 0 {}
    let calls = house.writer.prompts().len();
    assert!(calls <= 10, "{calls} calls");
    assert_eq!(spent(&house).await.calls as usize, calls);
    let user = house.user.clone();
    let (total, by_model) = house
        .db
        .read(move |db| {
            let count = |sql: &str| -> Result<u32, perch_store::db::StoreError> {
                Ok(db.query_row(sql, [user.as_str()], |row| row.get(0))?)
            };
            Ok((
                count("SELECT count(*) FROM suggestions WHERE user_id = ?1 AND state = 'open'")?,
                count(
                    "SELECT count(*) FROM suggestions JOIN agent_runs ON agent_runs.id = run_id
                       WHERE suggestions.user_id = ?1 AND model_used <> 'built-in'",
                )?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(total, BURST, "none is lost");
    assert_eq!(by_model as usize, written);
    assert!((1..=10).contains(&by_model));
}

#[tokio::test]
async fn a_limit_in_dollars_holds_before_the_call_and_what_is_free_passes_it() {
    let house = with_a_model();
    house.writer.set_then(&good());
    house.writer.set_price(Price {
        input: 1.0,
        output: 100.0,
    });
    let limits = ModelLimits {
        dollars_per_day: 0.3,
        ..ModelLimits::default()
    };
    house.ask_models(vec![Writer::model("dear")], limits);
    house.happens(failed_build(1)).await;
    house.write(soon()).await;
    assert!(house.writer.prompts().is_empty());
    let said = last_words(&house).await;
    assert!(said.contains("the call could cost $0.4"), "{said}");

    let free = perch_core::seam::model::ModelChoice {
        price: Some(Price::FREE),
        ..Writer::model("free")
    };
    house.ask_models(vec![Writer::model("dear"), free], limits);
    house.happens(failed_build(2)).await;
    assert_eq!(house.write(soon()).await, 1);
    assert!(spent(&house).await.cost_usd.abs() < f64::EPSILON);
}

#[tokio::test]
async fn an_answer_that_is_no_draft_is_repaired_once_and_then_perchs_own_words_stand() {
    let house = with_a_model();
    house.happens(failed_build(1)).await;
    house.writer.script([Ok("Certainly!".into()), Ok(good())]);
    assert_eq!(house.write(soon()).await, 1);
    let prompts = house.writer.prompts();
    assert!(
        prompts[1]
            .user
            .contains("Your last answer was refused: it holds no JSON object")
    );
    let run = run_of(&house, &house.suggestions().await[0]).await;
    assert_eq!((run.sent.calls, run.tokens_used), (2, 2400));

    house.happens(failed_build(2)).await;
    let lie = answer(
        "`imagined` broke",
        "`imagined` calls `invented` on line 9731.",
    );
    house.writer.script([Ok(lie.clone()), Ok(lie)]);
    assert_eq!(house.write(soon()).await, 0);
    let said = last_words(&house).await;
    assert!(
        said.contains("Perch's own words stand: one: its answer was refused twice"),
        "{said}"
    );
    assert_eq!(house.suggestions().await.len(), 2);
}

#[tokio::test]
async fn what_mentions_people_or_links_elsewhere_is_not_shown() {
    let house = with_a_model();
    house.happens(failed_build(1)).await;
    let lured = |words: &str| answer("`mut` is not needed", &format!("Take `mut` out. {words}"));
    house.writer.script([
        Ok(lured("Ask @eve.")),
        Ok(lured("See https://evil.test/x.")),
    ]);
    assert_eq!(house.write(soon()).await, 0);
    let prompts = house.writer.prompts();
    assert!(prompts[1].user.contains("mentions `eve`"));
    let said = last_words(&house).await;
    assert!(said.contains("names the address `evil.test/x`"), "{said}");
}

#[tokio::test]
async fn the_next_model_is_asked_when_one_cannot_and_the_state_says_why() {
    let house = with_a_model();
    house.ask_models(
        vec![Writer::model("one"), Writer::model("two")],
        ModelLimits::default(),
    );
    house.happens(failed_build(1)).await;
    house.writer.script([
        Err(NoAnswer::Misconfigured {
            problem: "the key is wrong".into(),
            next_step: "set another".into(),
        }),
        Ok(good()),
    ]);
    assert_eq!(house.write(soon()).await, 1);
    let run = run_of(&house, &house.suggestions().await[0]).await;
    assert_eq!(run.model_used, "writer/two-1");
    let broken = ModelStanding::Broken {
        problem: "the key is wrong".into(),
        next_step: "set another".into(),
    };
    assert_eq!(house.engine.model_standing("one"), broken);
    assert_eq!(house.engine.model_standing("two"), ModelStanding::Well);

    // A model with a wrong key is left alone until the user does something.
    house.happens(failed_build(2)).await;
    house.writer.script([Ok(good())]);
    house.write(soon() + SignedDuration::from_mins(5)).await;
    assert_eq!(house.writer.prompts().len(), 3);
    house.engine.try_model_again("one");
    assert_eq!(house.engine.model_standing("one"), ModelStanding::Unasked);
}

#[tokio::test]
async fn a_server_that_wants_to_be_left_alone_is_and_then_writes_all_the_same() {
    let house = with_a_model();
    house.happens(failed_build(1)).await;
    let later = soon() + SignedDuration::from_mins(3);
    house.writer.script([Err(NoAnswer::Limited {
        until: later,
        problem: "slow down".into(),
    })]);
    house.writer.set_then(&good());
    assert_eq!(house.write(soon()).await, 0);
    assert_eq!(house.write(soon() + SignedDuration::from_mins(1)).await, 0);
    assert_eq!(house.writer.prompts().len(), 1, "it is left alone");
    assert_eq!(
        house.suggestions().await.len(),
        1,
        "the built-in one stands"
    );
    assert_eq!(house.write(later + SignedDuration::from_secs(1)).await, 1);
}

#[tokio::test]
async fn a_server_that_never_comes_back_is_given_up_and_nothing_waits_for_ever() {
    let house = with_a_model();
    house.happens(failed_build(1)).await;
    let mut now = soon();
    for _ in 0..20 {
        house.write(now).await;
        now += SignedDuration::from_mins(20);
    }
    let asked = house.writer.prompts().len();
    assert!((2..=6).contains(&asked), "{asked} times");
    assert!(last_words(&house).await.contains("nobody is there"));
}

#[tokio::test]
async fn the_same_is_asked_once_and_told_again_for_nothing() {
    let house = with_a_model();
    house.writer.set_then(&good());
    house.happens(failed_build(1)).await;
    house.write(soon()).await;
    let event = house.events().await.remove(0);
    house.engine.refresh(&event, soon()).await.unwrap();
    assert_eq!(house.write(soon() + SignedDuration::from_mins(9)).await, 1);
    assert_eq!(house.writer.prompts().len(), 1);
    let run = run_of(&house, &house.suggestions().await[0]).await;
    assert_eq!((run.sent.calls, run.tokens_used), (0, 0));
    assert!(last_words(&house).await.contains("from an earlier answer"));
}

#[tokio::test]
async fn what_was_answered_meanwhile_keeps_the_words_it_was_answered_in() {
    let house = with_a_model();
    house.writer.set_then(&good());
    house.happens(failed_build(1)).await;
    let before = house.suggestions().await.remove(0);
    house
        .engine
        .dismiss(before.id, None, start())
        .await
        .unwrap();
    assert_eq!(house.write(soon()).await, 0);
    assert!(
        house.writer.prompts().is_empty(),
        "nothing is asked for what is gone"
    );
}

#[tokio::test]
async fn without_a_model_nothing_waits() {
    let house = House::open();
    house.happens(failed_build(1)).await;
    house.ask_models(vec![Writer::model("one")], ModelLimits::default());
    assert_eq!(house.write(soon()).await, 0);
}

#[tokio::test]
async fn a_revision_is_a_new_version_and_tells_the_model_what_stands_and_what_is_asked() {
    let house = with_a_model();
    house.writer.set_then(&good());
    house.happens(failed_build(1)).await;
    house.write(soon()).await;
    let id = house.suggestions().await[0].id;
    house
        .engine
        .revise(id, "shorter please", soon())
        .await
        .unwrap();
    house
        .writer
        .set_then(&answer("Take `mut` out", "Take `mut` out [E1]."));
    assert_eq!(house.write(soon() + SignedDuration::from_mins(1)).await, 1);
    let prompt = house.writer.prompts().pop().unwrap();
    assert!(
        prompt
            .user
            .contains("# What the reader asks to be changed\nshorter please")
    );
    assert!(prompt.user.contains("`answer` is never assigned again"));
    let versions = house.db.read(move |db| agent_runs::versions(db, id)).await;
    let versions = versions.unwrap();
    let by: Vec<&str> = versions.iter().map(|one| one.model_used.as_str()).collect();
    assert_eq!(by, ["built-in", "writer/one-1", "writer/one-1"]);
    assert_eq!(
        versions[2].sent.instruction.as_deref(),
        Some("shorter please")
    );
    assert_eq!(house.suggestions().await[0].title, "Take `mut` out");

    let long = "x".repeat(3_000);
    assert!(house.engine.revise(id, &long, soon()).await.is_err());
}

#[tokio::test]
async fn atoms_learn_from_what_became_of_the_words_they_shaped() {
    let house = with_a_model();
    house.writer.set_then(&good());
    for number in 1..=2 {
        house.happens(failed_build(number)).await;
    }
    house.write(soon()).await;
    let both = house.suggestions().await;
    let action = both[0].actions[0].id;
    let accepted = house
        .engine
        .accept(
            both[0].id,
            action,
            perch_core::action::Amendments::default(),
            soon(),
        )
        .await;
    accepted.unwrap();
    house
        .engine
        .dismiss(both[1].id, None, soon())
        .await
        .unwrap();
    let worth = |user: perch_core::id::UserId| {
        let db = house.db.clone();
        async move {
            let worth = db
                .read(move |db| perch_store::table::atoms::worth(db, &user))
                .await;
            worth.unwrap()["goal/build-failed"]
        }
    };
    let found = worth(house.user.clone()).await;
    assert_eq!((found.accepted, found.rejected), (1, 1));
    house.engine.undo(action, soon()).await.unwrap();
    assert_eq!(worth(house.user.clone()).await.rejected, 2);
}

#[tokio::test]
async fn a_preview_shows_the_same_under_two_vibes_and_changes_nothing() {
    use perch_core::user::VibeConfig;
    use perch_store::table::users;
    let house = with_a_model();
    house.writer.set_then(&good());
    house.happens(failed_build(1)).await;
    house.write(soon()).await;
    let before = house.suggestions().await.remove(0);
    let user = house.user.clone();
    house
        .db
        .write(move |db| {
            let vibe = VibeConfig {
                name: "release week".into(),
                playfulness: 0,
                ..VibeConfig::default()
            };
            users::put_vibe_called(db, &user, &vibe)
        })
        .await
        .unwrap();
    let mut atoms = Vec::new();
    for vibe in ["default", "release week"] {
        let preview = house
            .engine
            .preview(&house.user, before.id, vibe, soon)
            .await;
        let preview = preview.unwrap();
        assert_eq!(preview.words.unwrap().0, "`mut` is not needed");
        atoms.push(
            preview
                .atoms
                .into_iter()
                .map(|atom| atom.id)
                .collect::<Vec<_>>(),
        );
    }
    assert!(atoms[0].contains(&"tone/playful".to_owned()));
    assert!(!atoms[1].contains(&"tone/playful".to_owned()));
    assert!(atoms[1].contains(&"phase/release".to_owned()));
    assert_eq!(house.suggestions().await.remove(0), before);
    let missing = house
        .engine
        .preview(&house.user, before.id, "no such", soon)
        .await;
    assert!(missing.is_err());
}
