//! A model set by command, a build that fails, and the suggestion in the model's words with all that was sent.

use std::process::Stdio;
use std::time::Duration;

use perch_testkit::model::{KEY, MODEL, ModelServer, Turn, draft};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::world::greeter::Greeter;
use crate::world::serve::Serve;
use crate::world::{World, wait_for};

/// A machine with an engine that runs and a model server beside it.
struct Scene {
    world: World,
    greeter: Greeter,
    server: ModelServer,
    served: Serve,
    _runtime: Runtime,
}

fn good() -> String {
    draft("`mut` is not needed").replace("`answer`", "`name`")
}

impl Scene {
    fn new(then: Turn) -> Self {
        let runtime = Runtime::new().expect("threads can be had");
        let server = runtime.block_on(ModelServer::start(then));
        let world = World::new();
        let greeter = Greeter::new(world.folder());
        world.says(&["watch", &greeter.folder.display().to_string()]);
        let served = world.serve(None).expect("it starts");
        Self {
            world,
            greeter,
            server,
            served,
            _runtime: runtime,
        }
    }

    /// `perch models add`, with the key typed.
    fn add(&self, provider: &str, model: &str, key: &str) -> Value {
        let base_url = match provider {
            "anthropic" => self.server.url(),
            _ => format!("{}/v1", self.server.url()),
        };
        let arguments = [
            "models",
            "add",
            provider,
            model,
            "--name",
            provider,
            "--base-url",
            &base_url,
        ];
        self.world.json_of_input(&arguments, &format!("{key}\n"))
    }

    /// A build that fails, and the id of its suggestion once it is in the inbox.
    fn fail(&self) -> String {
        self.greeter.break_it();
        self.greeter.fail_quickly(&self.world);
        wait_for("the suggestion", || self.world.inbox().pop())
    }

    fn shown(&self, id: &str) -> Value {
        self.world.json(&["show", id])
    }
}

#[test]
fn a_failed_build_is_explained_in_the_models_words_and_all_that_was_sent_is_shown() {
    let slowly = Turn::SaysSlowly(good(), Duration::from_millis(20));
    for provider in ["openai", "anthropic", "openai-responses"] {
        let scene = Scene::new(slowly.clone());
        let models = scene.add(provider, MODEL, KEY);
        assert_eq!(models["models"][0]["has_key"], true);
        let id = scene.fail();
        let detail = wait_for("the model's words", || {
            let why = scene.world.says(&["why", &id]);
            assert!(!why.contains("own words stand"), "{why}");
            Some(scene.shown(&id)).filter(|detail| detail["model_used"] != "built-in")
        });
        assert_eq!(
            detail["summary"]["title"], "`mut` is not needed",
            "{provider}"
        );
        assert_eq!(detail["model_used"], format!("{provider}/{MODEL}"));
        assert_eq!(detail["waits_for_words"], false);
        let sent = &detail["sent"];
        assert!(
            sent["prompt"]
                .as_str()
                .expect("a prompt")
                .contains("let mut name"),
            "{sent}"
        );
        assert!(
            scene
                .server
                .url()
                .ends_with(sent["host"].as_str().expect("a host"))
        );
        assert!(sent["tokens_in"].as_u64() > Some(100) && sent["latency_ms"].as_u64() > Some(20));
        assert!(sent["cost_usd"].as_f64() > Some(0.0));
        assert!(!sent.to_string().contains(KEY));
        let words = scene.world.says(&["show", &id, "--sent"]);
        assert!(
            words.starts_with(&format!(
                "Sent to {}",
                sent["host"].as_str().unwrap_or_default()
            )),
            "{words}"
        );
        let why = scene.world.says(&["why", &id]);
        assert!(why.contains("wrote it in"), "{why}");
        let doctor = scene.world.perch(&["doctor"]);
        let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(
            doctor.contains(&format!("ok   model {provider}")),
            "{doctor}"
        );
        assert!(scene.served.quit().success());
    }
}

#[test]
fn a_wrong_key_leaves_perchs_own_words_and_a_state_that_says_what_to_do() {
    let scene = Scene::new(Turn::Says(good()));
    scene.add("openai", MODEL, "a-wrong-key");
    let id = scene.fail();
    let why = wait_for("the verdict", || {
        Some(scene.world.says(&["why", &id])).filter(|why| why.contains("own words stand"))
    });
    assert!(why.contains("set a key that is valid"), "{why}");
    let detail = scene.shown(&id);
    assert_eq!(detail["model_used"], "built-in");
    assert_eq!(detail["sent"], Value::Null);
    let models = scene.world.json(&["models"]);
    assert_eq!(models["models"][0]["standing"]["state"], "broken");
    let check = scene.world.perch(&["models", "check", "openai"]);
    assert_eq!(check.status.code(), Some(1));
    // With the right one the next failure is explained.
    let mut child = scene
        .world
        .command(&["models", "key", "openai"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("perch runs");
    std::io::Write::write_all(
        &mut child.stdin.take().expect("piped"),
        format!("{KEY}\n").as_bytes(),
    )
    .expect("it reads");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(
        scene.world.json(&["models"])["models"][0]["standing"]["state"],
        "unasked"
    );
    assert!(
        scene
            .world
            .perch(&["models", "check", "openai"])
            .status
            .success()
    );
}

#[test]
fn a_policy_that_forbids_a_model_sends_nothing() {
    let scene = Scene::new(Turn::Says(good()));
    let status = scene.world.json(&["status"]);
    let settings = std::path::Path::new(status["config_file"].as_str().expect("a file"));
    std::fs::write(
        settings.with_file_name("policy.toml"),
        "allowed_providers = [\"ollama\"]\n",
    )
    .expect("the settings' folder is there");
    wait_for("the policy", || {
        scene.world.json(&["models"])["policy"]
            .as_object()
            .map(drop)
    });
    scene.add("openai", MODEL, KEY);
    let id = scene.fail();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(scene.shown(&id)["model_used"], "built-in");
    assert!(scene.server.asked().is_empty());
    let models = scene.world.json(&["models"]);
    assert_eq!(
        models["models"][0]["forbidden"],
        "the policy allows only ollama"
    );
}
