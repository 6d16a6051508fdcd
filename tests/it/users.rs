//! Two users of one machine who share a repository, one of them with a forge that never answers.

use std::net::TcpListener;

use serde_json::Value;

use crate::world::greeter::Greeter;
use crate::world::{World, ids, wait_for};

const ADA: &str = "ada";
const BOB: &str = "bob";

/// A machine with both, each watching the same folder; Bob's forge takes connections and says nothing.
struct Scene {
    world: World,
    greeter: Greeter,
    forge: TcpListener,
}

impl Scene {
    fn new() -> Self {
        let forge = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = forge.local_addr().expect("a bound socket has an address");
        let world = World::new();
        let greeter = Greeter::new(world.folder());
        let folder = greeter.folder.display().to_string();
        for user in [ADA, BOB] {
            world.says(&["users", "add", user]);
            world.says(&["--user", user, "watch", &folder]);
        }
        world.says(&[
            "--user",
            BOB,
            "connect",
            "github",
            "acme/api",
            "--base-url",
            &format!("http://{address}"),
        ]);
        greeter.break_it();
        greeter.commit("Make room for a name");
        Self {
            world,
            greeter,
            forge,
        }
    }

    fn ask(&self, user: &str, arguments: &[&str]) -> Value {
        self.world.json(&[&["--user", user], arguments].concat())
    }

    fn inbox(&self, user: &str) -> Vec<String> {
        ids(&self.ask(user, &["suggestions"])["suggestions"])
    }

    /// The failed builds a user is told of.
    fn failures(&self, user: &str) -> Vec<String> {
        let mut events = self.ask(user, &["events"])["events"].take();
        let all = events.as_array_mut().expect("events");
        all.retain(|event| event["event_type"] == "repo.build.failed");
        ids(&events)
    }

    /// Whose loops run, Ada's and Bob's.
    fn running(&self) -> [bool; 2] {
        let users = self.world.json(&["users"]);
        let users = users["users"].as_array().expect("users");
        [ADA, BOB].map(|name| {
            users
                .iter()
                .any(|user| user["name"] == name && user["running"] == true)
        })
    }
}

#[test]
fn a_forge_that_never_answers_one_user_keeps_nobody_waiting_and_nothing_is_mixed() {
    let scene = Scene::new();
    let served = scene.world.serve(None).expect("it starts");
    // Kept open, so that the poll goes on waiting.
    let _poll = scene.forge.accept().expect("Bob's forge is asked");
    scene.greeter.fail_quickly(&scene.world);
    let [ada, bob] =
        [ADA, BOB].map(|user| wait_for("the user's suggestion", || scene.inbox(user).pop()));
    assert_ne!(ada, bob, "each has one of their own");
    for (user, other) in [(ADA, &bob), (BOB, &ada)] {
        assert_eq!(scene.inbox(user).len(), 1);
        for command in ["show", "why", "accept", "dismiss"] {
            let asked = scene.world.perch(&["--user", user, command, other]);
            assert_eq!(asked.status.code(), Some(1), "{user} may {command}");
        }
    }
    assert_eq!(scene.failures(ADA).len(), 1);
    assert_eq!(scene.failures(BOB).len(), 1);
    let connections = scene.ask(ADA, &["status"])["connections"].take();
    assert_eq!(connections.as_array().expect("connections").len(), 1);

    scene.ask(ADA, &["dismiss", &ada]);
    assert_eq!(scene.inbox(ADA), Vec::<String>::new());
    assert_eq!(scene.inbox(BOB), [bob], "what Ada put away is hers alone");
    assert!(served.quit().success());
}

#[test]
fn loops_are_stopped_and_started_for_one_or_for_all_and_stay_so_over_a_restart() {
    let scene = Scene::new();
    let served = scene.world.serve(None).expect("it starts");
    let _poll = scene.forge.accept().expect("Bob's forge is asked");
    assert_eq!(scene.running(), [true, true]);
    scene.world.says(&["users", "stop"]);
    assert_eq!(scene.running(), [false, false]);
    assert!(served.quit().success());

    let served = scene.world.serve(None).expect("it starts");
    assert_eq!(scene.running(), [false, false], "as they were left");
    scene.world.says(&["users", "start", ADA]);
    assert_eq!(scene.running(), [true, false]);
    scene.greeter.fail_quickly(&scene.world);
    wait_for("Ada's failure", || scene.failures(ADA).pop());
    assert_eq!(
        scene.failures(BOB),
        Vec::<String>::new(),
        "Bob's loop rests"
    );

    scene.world.says(&["users", "start"]);
    assert_eq!(scene.running(), [true, true]);
    wait_for("Bob's failure", || scene.failures(BOB).pop());
    assert!(served.quit().success());
}
