//! Secrets planted in every string of every provider's recorded webhooks: none of them reaches the database, a log line
//! or an answer.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use perch_api::wire::health::BudgetView;
use perch_api::{Api, Configuration};
use perch_core::id::ConnectionId;
use perch_core::seam::tunnel::Standing;
use perch_engine::loops::Loops;
use perch_integrations::editors::{Editors, Surroundings};
use perch_store::settings::{Settings, SettingsFile};
use perch_store::table::{deliveries, events};
use perch_testkit::{labelled, published};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::webhooks::{SECRET, Stand, now, sign};

/// The secret planted in string number `number`; no two are alike, and none is one of a service.
fn canary(number: usize) -> String {
    let digits = format!("{number:04}");
    format!(
        "ghp_{}q7Zk3Xv9Rt2Lm8Wp5Ny1Bc6Hd4Jf0G{}",
        digits,
        &digits[2..]
    )[..40]
        .to_owned()
}

/// The part that all canaries share.
const SHARED: &str = "q7Zk3Xv9Rt2Lm8Wp5Ny1Bc6Hd4";

/// Plants a canary behind every string below `value` for which `here` says so, in each of a few disguises.
fn plant(value: &mut Value, number: &mut usize, here: &dyn Fn(&str) -> bool, key: &str) {
    match value {
        Value::String(text) if here(key) => {
            *number += 1;
            let canary = canary(*number);
            let planted = match *number % 4 {
                0 => format!("{text} {canary}"),
                1 => format!("{text}\nTOKEN={canary}\n"),
                2 => format!("{text} https://ada:{canary}@git.acme.test/x"),
                _ => format!("{text} \"token\": \"{canary}\""),
            };
            *text = planted;
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| plant(item, number, here, key)),
        Value::Object(fields) => {
            for (key, value) in fields {
                plant(value, number, here, key);
            }
        }
        _ => {}
    }
}

/// What people write themselves: with a secret there a payload still means what it meant.
fn is_prose(key: &str) -> bool {
    matches!(
        key,
        "title"
            | "body"
            | "description"
            | "message"
            | "note"
            | "raw"
            | "html"
            | "text"
            | "display_title"
            | "bio"
            | "company"
    )
}

/// All that was logged.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logged {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A provider, where it lives, and its recorded webhooks: headers and body of each.
type Recorded = (
    &'static str,
    &'static str,
    Vec<(Vec<(String, String)>, Value)>,
);

fn recorded() -> Vec<Recorded> {
    let github = published::webhooks()
        .into_iter()
        .map(|one| (vec![("x-github-event".to_owned(), one.kind)], one.payload))
        .collect();
    let mut all = vec![("github", "https://api.github.com", github)];
    for (provider, recorded_as, base_url) in [
        ("bitbucket", "bitbucket", "https://api.bitbucket.org"),
        (
            "bitbucket-dc",
            "bitbucket-server",
            "https://server.bitbucket.local",
        ),
        ("gitea", "gitea", "https://gitea.test"),
        ("gitlab", "gitlab", "https://gitlab.test"),
    ] {
        let rows = labelled::webhooks(recorded_as)
            .into_iter()
            .map(|(row, payload)| {
                let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
                (
                    vec![(
                        word("event_header").to_lowercase(),
                        word("event_header_value"),
                    )],
                    payload,
                )
            })
            .collect();
        all.push((provider, base_url, rows));
    }
    all
}

/// The repositories a payload may be about, by any name a provider watches them by.
fn watched(payload: &Value) -> Vec<String> {
    [
        "/repository",
        "/project",
        "/pullRequest/toRef/repository",
        "/new",
    ]
    .iter()
    .filter_map(|place| payload.pointer(place))
    .flat_map(|one| {
        ["full_name", "path_with_namespace", "id"].map(|key| match &one[key] {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        })
    })
    .filter(|name| name != "null")
    .collect()
}

#[tokio::test]
async fn no_planted_secret_is_kept_logged_or_answered() {
    let logged = Logged::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(logged.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (mut planted, mut meant) = (0, 0);
    for (provider, base_url, webhooks) in recorded() {
        let mut watch: Vec<String> = webhooks
            .iter()
            .flat_map(|(_, payload)| watched(payload))
            .collect();
        watch.sort();
        watch.dedup();
        let stand = Stand::of(provider, base_url, watch).await;
        let mut kept = 0;
        for (headers, payload) in &webhooks {
            for (round, here) in [
                ("prose", &is_prose as &dyn Fn(&str) -> bool),
                ("all", &|_: &str| true),
            ] {
                let mut payload = payload.clone();
                plant(&mut payload, &mut planted, here, "");
                let body = serde_json::to_vec(&payload).expect("JSON");
                let signature = sign(&body);
                let mut sent: Vec<(&str, &str)> = headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                sent.push(("content-type", "application/json"));
                let delivery = format!("{planted}/{round}");
                if provider == "github" {
                    sent.push(("x-github-delivery", &delivery));
                }
                match provider {
                    "gitlab" => sent.push(("x-gitlab-token", SECRET)),
                    "gitea" => sent.push(("x-gitea-signature", &signature["sha256=".len()..])),
                    "github" => sent.push(("x-hub-signature-256", &signature)),
                    _ => sent.push(("x-hub-signature", &signature)),
                }
                let status = stand.post("/webhooks/code-repo", &sent, body).await;
                assert!(
                    (200..300).contains(&status),
                    "{provider} {headers:?}: {status}"
                );
                // Others are answered that they concern nothing that is watched.
                kept += usize::from(status == 202);
            }
        }
        assert!(kept * 2 > webhooks.len(), "{provider}: {kept} kept");
        stand.receives_no(SHARED, kept).await;
        meant += stand.stored().await.len();
        stand.hold_no(SHARED).await;
        stand.answers_no(SHARED).await;
    }
    assert!(
        planted > 5_000 && meant > 20,
        "{planted} planted, {meant} events"
    );
    let logged = logged.0.lock().expect("not poisoned");
    let logged = String::from_utf8_lossy(&logged);
    let leaks: Vec<&str> = logged
        .lines()
        .filter(|line| line.contains(SHARED))
        .collect();
    assert!(leaks.is_empty(), "{leaks:?}");
}

/// The settings of one user, which nobody edits.
struct Unedited(Settings);

impl Configuration for Unedited {
    fn settings(&self) -> Settings {
        self.0.clone()
    }

    fn edit(
        &self,
        _edit: &mut dyn FnMut(&mut SettingsFile) -> Result<(), String>,
    ) -> Result<(), String> {
        Err("nothing is edited here".into())
    }

    fn problems(&self) -> Vec<String> {
        Vec::new()
    }

    fn listener(&self) -> Option<String> {
        None
    }

    fn tunnel(&self, _connection: &ConnectionId) -> Option<Standing> {
        None
    }

    fn places(&self) -> (String, String) {
        (String::new(), String::new())
    }

    fn budgets(&self) -> Vec<BudgetView> {
        Vec::new()
    }

    fn started_in(&self) -> Option<String> {
        None
    }

    fn program(&self, _name: &str) -> Option<PathBuf> {
        None
    }
}

impl Stand {
    /// Nothing the panel or the command line is told of what came holds `secret`.
    async fn answers_no(&self, secret: &str) {
        let api = Api::new(perch_api::Parts {
            engine: Arc::clone(&self.engine),
            loops: Arc::new(Loops::new(Arc::clone(&self.engine), now)),
            configuration: Arc::new(Unedited(Settings::new(self.user.clone()))),
            editor: Arc::new(Editors::new(Surroundings::default())),
            home: None,
            clock: now,
        });
        let ask = async |name: &str, request: Value| {
            let answer = api.call(&self.user, name, request).await;
            let answer = answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let text = answer.to_string();
            assert!(!text.contains(secret), "`{name}` tells a secret: {text}");
            answer
        };
        let listed = ask("events", json!({ "limit": 1_000 })).await;
        let events = listed["events"].as_array().expect("a list");
        assert!(!events.is_empty());
        for event in events {
            ask("why", json!({ "event": event["id"] })).await;
        }
        let listed = ask("suggestions", json!({ "list": "all", "limit": 1_000 })).await;
        for suggestion in listed["suggestions"].as_array().expect("a list") {
            ask("show", json!({ "id": suggestion["id"] })).await;
        }
        for name in ["status", "health", "insights", "builds"] {
            ask(name, json!({})).await;
        }
    }

    /// No delivery that waits, unpacked as the road will read it, holds `secret`.
    async fn receives_no(&self, secret: &str, kept: usize) {
        let user = self.user.clone();
        let waiting = self
            .db
            .read(move |db| deliveries::waiting(db, &user, 10_000))
            .await
            .expect("readable");
        assert_eq!(waiting.len(), kept, "all that was kept waits");
        for one in waiting {
            let text = format!(
                "{:?} {}",
                one.delivery.message.external_id,
                String::from_utf8_lossy(&one.delivery.message.body)
            );
            assert!(!text.contains(secret), "a delivery holds a secret: {text}");
        }
    }

    /// Neither the files of the database, byte for byte, nor what is read from it hold `secret`.
    async fn hold_no(&self, secret: &str) {
        let user = self.user.clone();
        let rows = self
            .db
            .read(move |db| events::list(db, &user, None, 10_000))
            .await
            .expect("readable");
        for row in rows {
            let text = serde_json::to_string(&row.event).expect("JSON");
            assert!(!text.contains(secret), "an event holds a secret: {text}");
        }
        for entry in std::fs::read_dir(self.folder.path()).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let bytes = std::fs::read(&path).expect("readable");
                let found = bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes());
                assert!(!found, "{} holds a secret", path.display());
            }
        }
    }
}
