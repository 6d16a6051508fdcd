//! Exchanges with the real GitHub that other projects recorded, replayed through the real client and the provider, as
//! they were and as they may look next year.
//!
//! `@octokit/fixtures` comes with `npm`, what `PyGithub` recorded with `pip` (`scripts/test-tools.sh`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use http::Method;
use perch_core::event::Event;
use perch_core::facts::{Facts, Want};
use perch_core::seam::provider::{Budget, Provider};
use perch_integrations::http::{Request, shared};
use perch_testkit::chance::Chance;
use perch_testkit::forge::{Forge, Made, World};
use perch_testkit::published;
use perch_testkit::scenario::steps;
use serde_json::{Value, json};

use crate::support::{REPO, Watch};

/// Headers that were true of how the recorded body came.
const OF_THE_WIRE: [&str; 4] = [
    "content-encoding",
    "content-length",
    "transfer-encoding",
    "connection",
];

/// An exchange that was recorded.
struct Exchange {
    method: Method,
    path: String,
    made: Made,
}

fn exchange(method: &str, path: &str, status: u64, headers: &[Value], body: Vec<u8>) -> Exchange {
    let header = |pair: &Value| {
        let name = pair[0].as_str()?.to_ascii_lowercase();
        let value = pair[1].as_str()?.to_owned();
        (!OF_THE_WIRE.contains(&name.as_str())).then_some((name, value))
    };
    Exchange {
        method: method.to_uppercase().parse().expect("a method"),
        path: path.to_owned(),
        made: Made {
            status: u16::try_from(status).expect("a status"),
            headers: headers.iter().filter_map(header).collect(),
            body,
        },
    }
}

/// Everything both projects recorded.
fn recorded() -> Vec<Exchange> {
    let mut all = Vec::new();
    let lines = published::material("pygithub.jsonl");
    for line in lines.lines() {
        let one: Value = serde_json::from_str(line).expect("JSON");
        let text = |field: &str| one[field].as_str().expect("a text");
        let headers = one["headers"].as_array().expect("a list");
        let status = one["status"].as_u64().expect("a status");
        let body = text("body").as_bytes().to_vec();
        all.push(exchange(
            text("method"),
            text("path"),
            status,
            headers,
            body,
        ));
    }
    let scenarios = published::file("@octokit/fixtures/scenarios/api.github.com");
    for scenario in std::fs::read_dir(scenarios).expect("a folder") {
        let file = scenario.expect("an entry").path().join("raw-fixture.json");
        let text = std::fs::read(&file).expect("readable");
        let steps: Vec<Value> = serde_json::from_slice(&text).expect("JSON");
        for one in &steps {
            let text = |field: &str| one[field].as_str().unwrap_or_default();
            let raw = one["rawHeaders"].as_array().cloned().unwrap_or_default();
            let headers: Vec<Value> = raw.chunks(2).map(|pair| json!(pair)).collect();
            let status = one["status"].as_u64().expect("a status");
            let body = match &one["response"] {
                Value::String(text) => text.clone().into_bytes(),
                value => value.to_string().into_bytes(),
            };
            all.push(exchange(
                text("method"),
                text("path"),
                status,
                &headers,
                body,
            ));
        }
    }
    all
}

/// The answer with addresses that lead to `base` instead of out of this machine.
fn at_home(mut made: Made, base: &str) -> Made {
    for (_, value) in &mut made.headers {
        *value = value
            .replace("https://api.github.com", base)
            .replace("https://", &format!("{base}/elsewhere/"));
    }
    made
}

/// What is asked, whatever it is asked about.
fn kind(method: &Method, path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let rest = match parts.as_slice() {
        ["repos", _, _, rest @ ..] | ["repositories", _, rest @ ..] => rest,
        others => return format!("{method} /{}", others.join("/")),
    };
    let named = |part: &str| {
        let number = part.bytes().all(|byte| byte.is_ascii_digit());
        if number {
            "N".to_owned()
        } else {
            part.to_owned()
        }
    };
    let rest: Vec<String> = match rest {
        ["commits", _, rest @ ..] => ["commits", "C"]
            .iter()
            .chain(rest)
            .map(|one| named(one))
            .collect(),
        [
            first @ ("compare" | "contents" | "branches" | "labels"),
            _,
            ..,
        ] => vec![(*first).into(), "X".into()],
        ["git", first, _, ..] => vec!["git".into(), (*first).into(), "X".into()],
        rest => rest.iter().map(|one| named(one)).collect(),
    };
    format!("{method} repository/{}", rest.join("/"))
}

/// Answers of each kind, each different one once.
fn by_kind(all: &[Exchange]) -> BTreeMap<String, Vec<Made>> {
    let mut kinds: BTreeMap<String, Vec<Made>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for one in all {
        // What is secondary here: that the token is not accepted, and that nothing is left, end every round at once.
        if matches!(one.made.status, 401 | 429) || one.made.status == 304 {
            continue;
        }
        let kind = kind(&one.method, &one.path);
        if known.insert((kind.clone(), one.made.status, one.made.body.clone())) {
            kinds.entry(kind).or_default().push(one.made.clone());
        }
    }
    kinds
}

/// The answer as GitHub may give it next year.
fn drifted(made: &Made, chance: &mut Chance) -> Made {
    let body = match serde_json::from_slice::<Value>(&made.body) {
        Ok(value) => chance.drift(&value).to_string().into_bytes(),
        Err(_) => made.body.clone(),
    };
    Made {
        body,
        ..made.clone()
    }
}

fn arrange(world: &mut World) {
    let main = world.push(REPO, "main", &[("src/a.rs", "fn a() {}\n")], "Add a");
    world.status(REPO, &main, "ci/build", "failure");
    world.run(REPO, None, &main, "main", &[("test", "success", "ok\n")]);
    let head = world.push(REPO, "topic", &[("src/a.rs", "fn b() {}\n")], "Change a");
    let pull = world.open_pull(REPO, "topic", "Change a", "grace");
    world.review(REPO, pull, "ada", "APPROVED");
    let issue = world.open_issue(REPO, "It breaks", "Always", "grace");
    world.comment(REPO, issue, "ada", "I see");
    world.comment(REPO, pull, "ada", "Hm");
    world.run(REPO, None, &head, "topic", &[("test", "failure", "no\n")]);
    world.release(REPO, "v1");
    world.add_hook(REPO, "https://perch.example.org/webhooks/github");
}

/// Fails if an answer that is GitHub's own could not be read. What it says may well stand in the way.
fn is_read<T: Debug, E: Debug>(what: &str, result: Result<T, E>) -> Option<T> {
    let words = match &result {
        Ok(_) => String::new(),
        Err(error) => format!("{error:?}"),
    };
    assert!(!words.contains("cannot be read"), "{what}: {words}");
    result.ok()
}

/// Everything the provider reads of a GitHub that answers with `answer`, as far as there is such an answer.
async fn read_everything(
    what: &str,
    answer: impl Fn(&str) -> Option<Made> + Send + 'static,
    act: bool,
) -> usize {
    let mut watch = Watch::begun(arrange).await;
    watch
        .connection
        .settings
        .insert("kept_webhooks".into(), true.into());
    let before: Vec<Event> = news(&mut watch).await;
    let base = watch.forge.base_url();
    watch.forge.stand_in(Box::new(move |method, path| {
        Some(at_home(answer(&kind(method, path))?, &base))
    }));
    watch.later(3_600);
    let mut events = 0;
    for _ in 0..2 {
        let batch = is_read(what, watch.poll().await);
        let messages = batch.into_iter().flat_map(|batch| batch.deliveries);
        events += messages.flat_map(|message| watch.parse(message)).count();
        watch.later(3_600);
    }
    let first = watch.provider.poll(&watch.context(), None).await;
    is_read(what, first);
    let wants = [
        Want::FailingLog,
        Want::PassingLogs,
        Want::Log,
        Want::History,
        Want::Steps,
        Want::Diff,
        Want::Commits,
        Want::Tree,
        Want::File("src/a.rs".into()),
        Want::Reviews,
        Want::Checks,
        Want::Ticket,
        Want::Thread,
        Want::Issues,
    ];
    for event in &before {
        let mut facts = Facts::default();
        let context = watch.context();
        let gathered =
            watch
                .provider
                .gather(&context, event, &wants, Budget::default(), &mut facts);
        is_read(what, gathered.await);
    }
    let context = watch.context();
    let provider = &watch.provider;
    is_read(what, provider.builds(&context, REPO, "topic").await);
    is_read(what, provider.probe(&context).await);
    let account = provider.account().expect("GitHub has accounts");
    is_read(what, account.check_token(&context).await);
    is_read(what, account.repositories(&context).await);
    let hooks = provider.hooks().expect("GitHub has webhooks");
    is_read(what, hooks.list(&context, REPO).await);
    if act {
        for (name, step) in watch.forge.with(steps::steps) {
            let what = format!("{what}, {name}");
            let before = is_read(&what, watch.perform(&step).await);
            if let Some(undo) = before.and_then(|done| done.undo) {
                is_read(&what, watch.undo(&undo).await);
            }
        }
    }
    events
}

/// Something of every kind happens before the recorded answers are given; the events it is.
async fn news(watch: &mut Watch) -> Vec<Event> {
    watch.forge.with(|world| {
        world.push(REPO, "next", &[("src/n.rs", "fn n() {}\n")], "Next");
        let pull = world.open_pull(REPO, "next", "Next", "grace");
        let head = world.repo(REPO).head("next").expect("it was pushed");
        world.run(REPO, None, &head, "next", &[("test", "failure", "no\n")]);
        world.open_issue(REPO, "More", "", "grace");
        world.comment(REPO, pull, "linus", "Why?");
    });
    watch.events().await
}

#[tokio::test]
async fn every_recorded_exchange_comes_through_the_client_as_it_was() {
    let all = Arc::new(recorded());
    assert!(all.len() > 2_500, "{} exchanges", all.len());
    let forge = Forge::start().await;
    let (answers, base) = (Arc::clone(&all), forge.base_url());
    forge.stand_in(Box::new(move |_, path| {
        let number: usize = path.trim_start_matches('/').parse().ok()?;
        Some(at_home(answers[number].made.clone(), &base))
    }));
    let (mut links, mut seen) = (0, 0);
    for (number, one) in all.iter().enumerate() {
        // A redirection would be followed to where nobody is.
        if matches!(one.made.status, 301 | 302 | 307 | 308) {
            continue;
        }
        let request = Request::new(one.method.clone(), format!("{}/{number}", forge.base_url()));
        let answer = shared().send(&request).await;
        let answer = answer.unwrap_or_else(|fault| panic!("{} {}: {fault}", one.method, one.path));
        assert_eq!(answer.status.as_u16(), one.made.status, "{}", one.path);
        if one.method != Method::HEAD && one.made.status != 204 && one.made.status != 304 {
            assert_eq!(answer.body, one.made.body, "{}", one.path);
        }
        links += usize::from(answer.next_page().is_some());
        seen += 1;
    }
    assert!(
        seen > 2_400 && links > 200,
        "{seen} seen, {links} with a next page"
    );
}

#[tokio::test]
async fn no_recorded_answer_breaks_a_parse_nor_does_what_it_may_become() {
    let kinds = Arc::new(by_kind(&recorded()));
    let mut events = 0;
    for drifts in [false, true] {
        let used = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
        let mut rounds = 0;
        // Until every answer of every kind the provider asks for was given.
        while rounds < 2 || (rounds < 80 && !lacking(&kinds, &used).is_empty()) {
            let chance = Mutex::new(Chance(rounds));
            let (kinds, used) = (Arc::clone(&kinds), Arc::clone(&used));
            let answer = move |kind: &str| {
                let answers = kinds.get(kind)?;
                let mut used = used.lock().expect("nobody panics with it");
                let count = used.entry(kind.to_owned()).or_default();
                *count += 1;
                let made = &answers[(*count - 1) % answers.len()];
                let mut chance = chance.lock().expect("nobody panics with it");
                Some(if drifts {
                    drifted(made, &mut chance)
                } else {
                    made.clone()
                })
            };
            let state = if drifts { "drifted" } else { "as recorded" };
            let what = format!("round {rounds}, {state}");
            events += read_everything(&what, answer, rounds % 10 == 0).await;
            rounds += 1;
        }
        let lacking = lacking(&kinds, &used);
        assert!(lacking.is_empty(), "never given: {lacking:#?}");
        let used = used.lock().expect("nobody panics with it");
        println!("{rounds} rounds, {events} events, {} kinds", used.len());
        assert!(used.len() >= 30, "{used:#?}");
    }
    assert!(events > 100, "{events} events");
}

/// Kinds the provider reads of which not every answer was given: how many there are, and how often it asked.
fn lacking(
    kinds: &BTreeMap<String, Vec<Made>>,
    used: &Mutex<BTreeMap<String, usize>>,
) -> Vec<(String, usize, usize)> {
    let used = used.lock().expect("nobody panics with it");
    used.iter()
        .map(|(kind, count)| (kind.clone(), kinds[kind].len(), *count))
        .filter(|(kind, there, count)| kind.starts_with("GET ") && count < there)
        .collect()
}
