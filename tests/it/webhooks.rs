//! Every payload GitHub's own examples hold, and every recorded one of Bitbucket, signed and posted to the running
//! listener over a real store: the answer, and the event that the table expects.

use std::collections::BTreeSet;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use perch_core::policy::Policy;
use perch_core::preferences::Preferences;
use perch_core::seam::model::ModelLimits;
use perch_core::seam::provider::Provider;
use perch_engine::setup::{Retention, Setup};
use perch_engine::{Engine, Parts};
use perch_ingress::{Door, Doors, Kind, Listener};
use perch_integrations::providers::ALL;
use perch_store::db::Db;
use perch_store::table::{events, users};
use perch_testkit::published::{self, Example};
use perch_testkit::recorder::{Keychain, Recorder};
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::{oneshot, watch};

pub(crate) const SECRET: &str = "a secret of this test";

pub(crate) fn now() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().expect("a time")
}

pub(crate) fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key fits");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// What is posted, with which headers and body, and the answer.
type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, Vec<u8>, u16);

pub(crate) struct Stand {
    pub(crate) engine: Arc<Engine>,
    pub(crate) db: Db,
    pub(crate) user: UserId,
    address: String,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) folder: tempfile::TempDir,
}

impl Stand {
    async fn open(watch_list: Vec<String>) -> Self {
        Self::of("github", "https://api.github.com", watch_list).await
    }

    pub(crate) async fn of(provider: &str, base_url: &str, watch_list: Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("perch.db")).expect("a database");
        let user = UserId::new("ada");
        let row = user.clone();
        db.write(move |db| users::add(db, &row, now()))
            .await
            .expect("stored");
        let connection = Connection {
            watch: watch_list,
            ..Connection::new(
                ConnectionId::new("examples"),
                user.clone(),
                provider,
                base_url,
            )
        };
        let (_setup, in_force) = watch::channel(Arc::new(Setup {
            connections: vec![connection.clone()],
            // Nothing is made of the events: this is about what comes in.
            preferences: Preferences::default(),
            models: Vec::new(),
            model_limits: ModelLimits::default(),
            policy: Policy::default(),
            poll_every: SignedDuration::from_hours(24),
            retention: Retention {
                delivery_days: 30,
                event_days: 365,
                log_days: 30,
            },
            logs: folder.path().join("logs"),
            spool: folder.path().join("spool"),
            snapshots: folder.path().join("snapshots"),
            scratch: folder.path().join("scratch"),
        }));
        let engine = Arc::new(Engine::new(Parts {
            db: db.clone(),
            providers: &ALL,
            ecosystems: &[],
            models: &[],
            notifiers: vec![Arc::new(Recorder::default())],
            secrets: Arc::new(Keychain::default()),
            setup: in_force,
        }));
        let forge: &'static dyn Provider = *ALL
            .iter()
            .find(|one| one.id() == provider)
            .expect("the registry has it");
        let doors: Doors = Arc::new(vec![Door {
            connection,
            webhook: forge.webhook().expect("a forge sends webhooks"),
            secrets: vec![SECRET.into()],
        }]);
        let (_doors, doors) = watch::channel(doors);
        let log = Arc::new(engine.delivery_log(now));
        let any_port = "127.0.0.1:0".parse().expect("an address");
        let listener =
            Listener::bind(any_port, Kind::Local, doors, log, now, engine.woken()).expect("bound");
        let address = format!("http://{}", listener.address());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            listener
                .run(async move {
                    let _ = stopped.await;
                })
                .await;
        });
        Self {
            engine,
            db,
            user,
            address,
            stop: Some(stop),
            folder,
        }
    }

    pub(crate) async fn post(&self, route: &str, headers: &[(&str, &str)], body: Vec<u8>) -> u16 {
        let mut request = client().post(format!("{}{route}", self.address)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request
            .send()
            .await
            .expect("the listener answers")
            .status()
            .as_u16()
    }

    /// Reads what came and returns the stored event types, by delivery kind order of arrival.
    pub(crate) async fn stored(&self) -> Vec<(String, String)> {
        let user = self.user.clone();
        self.engine
            .step_road(&self.user, now())
            .await
            .expect("the road is open");
        let mut stored: Vec<(String, String)> = self
            .db
            .read(move |db| events::list(db, &user, None, 1000))
            .await
            .expect("readable")
            .into_iter()
            .map(|row| (row.event.dedup_key, row.event.event_type.to_string()))
            .collect();
        stored.sort();
        stored
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own client, on loopback"
)]
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

fn repositories(examples: &[Example]) -> Vec<String> {
    let names: BTreeSet<String> = examples
        .iter()
        .filter_map(|one| one.payload["repository"]["full_name"].as_str())
        .map(str::to_owned)
        .collect();
    names.into_iter().collect()
}

#[tokio::test]
async fn every_published_payload_is_taken_and_means_what_the_table_says() {
    let examples = published::webhooks();
    let stand = Stand::open(repositories(&examples)).await;
    let mut wrong = Vec::new();
    for example in &examples {
        let name = &example.name;
        let before: BTreeSet<_> = stand.stored().await.into_iter().collect();
        let body = serde_json::to_vec(&example.payload).expect("JSON");
        let headers = [
            ("content-type", "application/json"),
            ("x-github-event", example.kind.as_str()),
            ("x-github-delivery", name.as_str()),
            ("x-hub-signature-256", &sign(&body)),
        ];
        let status = stand.post("/webhooks/code-repo", &headers, body).await;
        let after: BTreeSet<_> = stand.stored().await.into_iter().collect();
        let new: Vec<&str> = after
            .difference(&before)
            .map(|(_, kind)| kind.as_str())
            .collect();
        let wanted = example.expected.as_deref().unwrap_or_default();
        let seen_before = !wanted.is_empty() && new.is_empty();
        if !(200..300).contains(&status) || (new.join(" ") != wanted && !seen_before) {
            wrong.push(format!("{name}: {status}, {new:?} instead of {wanted}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let types: BTreeSet<String> = stand
        .stored()
        .await
        .into_iter()
        .map(|(_, kind)| kind)
        .collect();
    let wanted: BTreeSet<String> = examples
        .into_iter()
        .filter_map(|one| one.expected)
        .collect();
    assert_eq!(types, wanted);
}

#[tokio::test]
async fn every_recorded_payload_of_bitbucket_is_taken_and_means_what_its_label_says() {
    let data_center = "https://server.bitbucket.local";
    for (provider, recorded_as, base_url, count) in [
        ("bitbucket", "bitbucket", "https://api.bitbucket.org", 10),
        ("bitbucket-dc", "bitbucket-server", data_center, 10),
    ] {
        let rows = perch_testkit::labelled::webhooks(recorded_as);
        for (row, payload) in &rows {
            let name = row["file"].as_str().expect("a name");
            let watched = ["/repository", "/pullRequest/toRef/repository", "/new"]
                .iter()
                .find_map(|place| payload.pointer(place))
                .map(|repository| match repository["full_name"].as_str() {
                    Some(name) => name.to_owned(),
                    None => repository["id"].to_string(),
                })
                .expect("a repository");
            let stand = Stand::of(provider, base_url, vec![watched]).await;
            let body = serde_json::to_vec(payload).expect("JSON");
            let signature = sign(&body);
            let headers = [
                ("content-type", "application/json"),
                (
                    "x-event-key",
                    row["event_header_value"].as_str().expect("a key"),
                ),
                ("x-hub-signature", signature.as_str()),
            ];
            // The same twice is the same event.
            for _ in 0..2 {
                let status = stand
                    .post("/webhooks/code-repo", &headers, body.clone())
                    .await;
                assert!((200..300).contains(&status), "{name}: {status}");
            }
            let stored = stand.stored().await;
            let types: Vec<Value> = stored.into_iter().map(|(_, kind)| kind.into()).collect();
            let expected: Vec<Value> = [row["expect"].clone()]
                .into_iter()
                .filter(|one| !one.is_null())
                .collect();
            let also = row["also"].as_array().cloned().unwrap_or_default();
            assert!(types == expected || types == also, "{name}: {types:?}");
            let unsigned = stand.post("/webhooks/code-repo", &headers[..2], body).await;
            assert_eq!(unsigned, 401, "{name}");
        }
        assert!(rows.is_empty() || rows.len() == count, "{}", rows.len());
    }
}

#[tokio::test]
async fn what_is_not_signed_rightly_is_refused_and_nothing_is_stored() {
    let stand = Stand::open(vec!["acme/api".into()]).await;
    let body = br#"{"action":"opened","repository":{"full_name":"acme/api","id":7}}"#.to_vec();
    let right = sign(&body);
    let wrong = sign(b"something else");
    let json = ("content-type", "application/json");
    let event = ("x-github-event", "issues");
    let cases: [Case<'_>; 7] = [
        ("unsigned", vec![json, event], body.clone(), 401),
        (
            "wrongly signed",
            vec![json, event, ("x-hub-signature-256", &wrong)],
            body.clone(),
            401,
        ),
        (
            "tampered",
            vec![json, event, ("x-hub-signature-256", &right)],
            [&body[..], b" "].concat(),
            401,
        ),
        (
            "only the old signature",
            vec![json, event, ("x-hub-signature", "sha1=00")],
            body.clone(),
            401,
        ),
        (
            "an empty event",
            vec![
                json,
                ("x-github-event", ""),
                ("x-hub-signature-256", &right),
            ],
            body.clone(),
            400,
        ),
        (
            "another content type",
            vec![
                ("content-type", "text/plain"),
                event,
                ("x-hub-signature-256", &right),
            ],
            body.clone(),
            415,
        ),
        (
            "oversized",
            vec![json, event, ("x-hub-signature-256", &right)],
            vec![b'x'; (25 << 20) + 1],
            413,
        ),
    ];
    for (what, headers, body, status) in cases {
        assert_eq!(
            stand.post("/webhooks/code-repo", &headers, body).await,
            status,
            "{what}"
        );
    }
    let broken = b"{\"action\":".to_vec();
    let signed = sign(&broken);
    let headers = [json, event, ("x-hub-signature-256", signed.as_str())];
    assert_eq!(
        stand.post("/webhooks/code-repo", &headers, broken).await,
        400,
        "malformed"
    );
    assert_eq!(
        stand.post("/webhooks/nobody", &[json, event], body).await,
        404,
        "an unknown route"
    );
    assert_eq!(stand.stored().await, []);
}

#[test]
fn the_signature_published_by_github_is_the_one_computed_here() {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(b"It's a Secret to Everybody").expect("any key fits");
    mac.update(b"Hello, World!");
    assert_eq!(
        hex::encode(mac.finalize().into_bytes()),
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    );
    let github = ALL
        .iter()
        .find(|one| one.id() == "github")
        .expect("the registry has it");
    let mut headers = http::HeaderMap::new();
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    headers.insert(
        "x-hub-signature-256",
        signature.parse().expect("a header value"),
    );
    let webhook = github.webhook().expect("GitHub sends webhooks");
    let verify = |secret: &str| webhook.verify(&headers, b"Hello, World!", &secret.into(), now());
    assert!(verify("It's a Secret to Everybody").is_ok());
    assert!(verify("another").is_err());
}
