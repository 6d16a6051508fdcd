//! Every request the provider sends, held against what python-gitlab knows of GitLab's API: its addresses, the words of
//! its queries and of what is written. Fetched by `scripts/test-tools.sh`; a request it does not know is not judged.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use perch_core::facts::Want;
use perch_core::seam::provider::{Budget, Provider};
use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::forge::Logged;
use perch_testkit::published;
use perch_testkit::scenario::{facts, publish, steps};
use serde_json::Value;

use crate::support::{REPO, Watch};

/// Words that every list knows.
const OF_LISTS: [&str; 6] = [
    "page",
    "per_page",
    "order_by",
    "sort",
    "pagination",
    "cursor",
];

/// Words GitLab documents and python-gitlab does not name. Source: docs.gitlab.com/api/issues, `merge_requests`, `issue_links`,
/// commits.
const UNNAMED: [&str; 4] = ["add_labels", "remove_labels", "link_type", "start_sha"];

/// What python-gitlab knows.
fn described() -> Vec<Value> {
    let text = published::material("gitlab.jsonl");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// True when `path` is one that `pattern` describes.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.trim_matches('/').split('/'), path.split('/'));
    let pattern: Vec<&str> = pattern.collect();
    let path: Vec<&str> = path.collect();
    let same = |(one, other): (&&str, &&str)| one.starts_with('{') || one == other;
    pattern.len() == path.len() && pattern.iter().zip(&path).all(same)
}

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// What is wrong with a request; nothing known of it is `None`.
fn objections(known: &[Value], asked: &Logged) -> Option<Vec<String>> {
    let path = asked.path.trim_start_matches("/api/v4/");
    let of = |path: &str| {
        known
            .iter()
            .find(|one| fits(one["path"].as_str().unwrap_or_default(), path))
    };
    let body = asked.body.as_ref().and_then(Value::as_object);
    let sent: BTreeSet<&str> = body
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    let within = |words: &Value| {
        let (required, optional) = (texts(&words["required"]), texts(&words["optional"]));
        let unknown = sent.iter().filter(|word| {
            !required.contains(*word) && !optional.contains(*word) && !UNNAMED.contains(*word)
        });
        let unknown = unknown.map(|word| format!("`{word}` is not known"));
        let missing = required
            .difference(&sent)
            .map(|word| format!("`{word}` is missing"));
        unknown.chain(missing).collect::<Vec<_>>()
    };
    if asked.method == Method::GET {
        let list = of(path)?;
        let filters = texts(&list["filters"]);
        let words = asked.query.split('&').filter(|pair| !pair.is_empty());
        let words = words.map(|pair| pair.split('=').next().unwrap_or_default());
        let words = words.map(|word| word.trim_end_matches("[]").trim_end_matches("%5B%5D"));
        let unknown = words.filter(|word| {
            !list["filters"].is_null() && !filters.contains(word) && !OF_LISTS.contains(word)
        });
        return Some(
            unknown
                .map(|word| format!("`{word}` is not known"))
                .collect(),
        );
    }
    if asked.method == Method::POST {
        let words = &of(path)?["create"];
        return (!words.is_null()).then(|| within(words));
    }
    if asked.method == Method::PUT {
        let (list, _) = path.rsplit_once('/')?;
        let words = &of(list)?["update"];
        return (!words.is_null()).then(|| within(words));
    }
    None
}

/// Everything the provider does in a day.
async fn day() -> Vec<Logged> {
    let mut watch = Watch::begun(|world| {
        world.push(
            REPO,
            "main",
            &[("src/lib.rs", "let mut a = 1;\n")],
            "Add code",
        );
        world.open_issue(REPO, "Old", "", "grace");
    })
    .await;
    watch
        .connection
        .settings
        .insert("kept_webhooks".into(), true.into());
    watch.forge.with(|world| {
        world.add_hook(REPO, "https://perch.example.org/webhooks/gitlab");
        let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        let number = world.open_pull(REPO, "feature", "Add a", "ada");
        world.review(REPO, number, "grace", "APPROVED");
        world.comment(REPO, number, "grace", "Good");
        world.run(REPO, None, &sha, "feature", &[("test", "failure", "no\n")]);
        world.set_state(REPO, 1, "closed");
        world.release(REPO, "v1");
    });
    let mut events = Vec::new();
    for _ in 0..6 {
        events.extend(watch.events().await);
        watch.later(3_600);
    }
    let mut wants = facts::all(&[]);
    wants.extend([
        Want::Log,
        Want::Steps,
        Want::Ticket,
        Want::Thread,
        Want::Issues,
    ]);
    for event in &events {
        watch.gather(event, &wants, Budget::default()).await;
    }
    let context = watch.context();
    watch
        .provider
        .probe(&context)
        .await
        .expect("the stub answers");
    let builds = watch.provider.builds(&context, REPO, "main").await;
    builds.expect("the stub answers");
    let account = watch.provider.account().expect("it has accounts");
    account
        .check_token(&context)
        .await
        .expect("the stub answers");
    account
        .repositories(&context)
        .await
        .expect("the stub answers");
    let mut log = watch.forge.take_log();
    let watch = publish::ready::<GitLab>().await;
    for (subject, step) in publish::steps(&watch) {
        let done = watch.perform_about(&subject, &step).await;
        let undo = done.expect("it can be done").undo.expect("an undo");
        if !matches!(undo, perch_core::outcome::Undo::DeleteBranch { .. }) {
            watch.undo(&undo).await.expect("it can be taken back");
        }
    }
    log.extend(watch.forge.take_log());
    let count = steps::ready::<GitLab>()
        .await
        .forge
        .with(steps::steps)
        .len();
    for number in 0..count {
        let watch = steps::ready::<GitLab>().await;
        let (_, step) = watch.forge.with(steps::steps).swap_remove(number);
        let done = watch.perform(&step).await.expect("it can be done");
        if let Some(undo) = done.undo {
            watch.undo(&undo).await.expect("it can be taken back");
        }
        log.extend(watch.forge.take_log());
    }
    log
}

#[tokio::test]
async fn every_request_python_gitlab_knows_is_written_as_it_knows_it() {
    let known = described();
    let mut judged: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for asked in day().await.into_iter().filter(|asked| !asked.storage) {
        let number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let shape = asked
            .path
            .split('/')
            .map(|part| if number(part) { "N" } else { part });
        let shape = format!("{} {}", asked.method, shape.collect::<Vec<_>>().join("/"));
        match objections(&known, &asked) {
            Some(found) => judged.entry(shape).or_default().extend(found),
            None => {
                unknown.insert(shape);
            }
        }
    }
    println!(
        "{} kinds of requests judged, {} not known: {unknown:#?}",
        judged.len(),
        unknown.len()
    );
    let wrong: Vec<_> = judged
        .iter()
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(judged.len() >= 20, "{judged:#?}");
}
