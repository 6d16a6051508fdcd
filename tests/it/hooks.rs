//! Webhooks made, replaced and taken away by command, with the forge's own messages let in meanwhile.

use hmac::{Hmac, KeyInit as _, Mac as _};
use perch_testkit::forge::{Forge, Speaks};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::runtime::Runtime;

use crate::world::{World, wait_for};

const REPO: &str = "acme/api";

/// GitHub on loopback with one repository, and what asks it.
struct Far {
    runtime: Runtime,
    forge: Forge,
}

impl Far {
    fn start() -> Self {
        // Somebody's earlier choice stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().expect("threads can be had");
        let forge = runtime.block_on(Forge::start_as(Speaks::GitHub));
        forge.with(|far| far.create(REPO));
        Self { runtime, forge }
    }

    /// The secret that the only webhook signs with.
    fn secret(&self) -> String {
        self.forge.with(|far| {
            let secrets = &far.repo(REPO).hook_secrets;
            secrets
                .values()
                .next_back()
                .cloned()
                .expect("a webhook was made")
        })
    }

    fn hooks(&self) -> Vec<Value> {
        self.forge.with(|far| far.repo(REPO).webhooks())
    }

    /// Sends the webhook `guid` to `url`, signed, as GitHub does. Returns the answer's status.
    fn send(&self, url: &str, guid: &str, secret: &str) -> u16 {
        let id = self.forge.with(|far| far.repo(REPO).id);
        let body = json!({
            "action": "opened",
            "repository": {"id": id, "full_name": REPO},
            "issue": {"number": 7, "title": guid, "user": {"login": "grace"}},
        });
        let body = body.to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key fits");
        mac.update(body.as_bytes());
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        self.runtime.block_on(async {
            #[expect(clippy::disallowed_methods, reason = "a test sends what a forge sends")]
            let client = reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client");
            let sent = client
                .post(url)
                .header("x-github-event", "issues")
                .header("x-github-delivery", guid)
                .header("x-hub-signature-256", signature)
                .header("content-type", "application/json")
                .body(body)
                .send();
            sent.await.expect("the listener answers").status().as_u16()
        })
    }
}

fn connect(world: &World, far: &Far) {
    let base = far.forge.base_url();
    let arguments = [
        "connect",
        "github",
        REPO,
        "--base-url",
        &base,
        "--me",
        "ada",
    ];
    world.json_of_input(&arguments, "any\n");
}

#[test]
fn a_webhook_is_made_its_secret_replaced_and_taken_away_by_command() {
    let far = Far::start();
    let world = World::new();
    let served = world.serve(None).expect("it starts");
    connect(&world, &far);
    let listener = world.json(&["status"])["listener"].clone();
    let public = format!("http://{}", listener.as_str().expect("it listens"));

    let made = world.json(&["webhook", "create", "github-acme", "--url", &public]);
    let url = format!("{public}/webhooks/github-acme");
    assert_eq!(made["webhooks"][0]["url"], url);
    assert_eq!(made["webhooks"][0]["made_here"], true);
    assert_eq!(made["secret"], true);
    let first = far.secret();
    assert!(first.len() >= 40, "{}", first.len());
    wait_for("the secret to be believed", || {
        (far.send(&url, "one", &first) == 202).then_some(())
    });
    assert_eq!(far.send(&url, "forged", "a guess"), 401);

    let rotated = world.json(&["webhook", "rotate", "github-acme"]);
    assert_eq!(rotated["rotating"], true);
    let second = far.secret();
    assert_ne!(second, first);
    wait_for("the next secret to be believed", || {
        (far.send(&url, "two", &second) == 202).then_some(())
    });
    assert_eq!(far.send(&url, "three", &first), 202, "both are believed");

    let promoted = world.json(&["webhook", "promote", "github-acme"]);
    assert_eq!(promoted["rotating"], false);
    wait_for("the old secret to be forgotten", || {
        (far.send(&url, "four", &first) == 401).then_some(())
    });
    assert_eq!(far.send(&url, "five", &second), 202);

    let by_hand = far
        .forge
        .with(|far| far.add_hook(REPO, "https://elsewhere.example.org/webhooks/github-acme"));
    let removed = world.json(&["webhook", "remove", "github-acme"]);
    let left = removed["webhooks"].as_array().expect("a list");
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["id"], by_hand.to_string());
    assert_eq!(left[0]["made_here"], false);

    world.says(&["webhook", "create", "github-acme", "--url", &public]);
    assert_eq!(far.hooks().len(), 2);
    world.says(&["disconnect", "github-acme"]);
    assert_eq!(far.hooks().len(), 1, "what was made by hand stays");
    assert!(served.quit().success());
}

#[test]
fn a_webhook_that_may_not_be_made_is_told_and_changes_nothing() {
    let far = Far::start();
    let world = World::new();
    let served = world.serve(None).expect("it starts");
    connect(&world, &far);
    far.forge.with(|far| far.administers = false);
    let create = ["webhook", "create", "github-acme", "--url"];
    let said = |url: &str| {
        let output = world.perch(&[&create[..], &[url]].concat());
        assert!(!output.status.success());
        String::from_utf8(output.stderr).expect("text")
    };
    let refused = said("https://perch.example.org");
    assert!(refused.contains("Webhooks: write"), "{refused}");
    let invalid = said("perch.example.org");
    assert!(invalid.contains("no address"), "{invalid}");
    assert!(far.hooks().is_empty());
    assert!(served.quit().success());
}

#[test]
fn uninstalling_takes_the_webhooks_away_before_anything_else() {
    let far = Far::start();
    let world = World::new();
    let served = world.serve(None).expect("it starts");
    connect(&world, &far);
    let public = "https://perch.example.org";
    world.says(&["webhook", "create", "github-acme", "--url", public]);
    assert!(served.quit().success());

    let listed = world.says(&["uninstall"]);
    let expected = format!("webhook of acme/api {public}/webhooks/github-acme");
    assert!(listed.contains(&expected), "{listed}");
    far.forge.with(|far| far.administers = false);
    let refused = world.perch(&["uninstall", "--yes"]);
    assert!(!refused.status.success());
    let database = world.home().join("data").join("perch.db");
    assert!(database.exists(), "nothing else was removed");
    assert_eq!(far.hooks().len(), 1);

    far.forge.with(|far| far.administers = true);
    world.says(&["uninstall", "--yes"]);
    assert!(far.hooks().is_empty());
}
