//! A build that fails at a forge, told by a webhook; its fix opened as a pull request and taken back.

use std::net::TcpListener;
use std::process::{Child, Stdio};

use hmac::{Hmac, KeyInit as _, Mac as _};
use perch_testkit::forge::{Forge, Trouble};
use sha2::Sha256;
use tokio::runtime::Runtime;

use super::{ENGINE, Minder, strike_everywhere};
use crate::webhooks::client;
use crate::world::greeter::{COMPLAINT, SOUND};
use crate::world::{World, wait_for};

pub(crate) const REPO: &str = "acme/api";
const SECRET: &str = "a secret of this test";

/// A forge, and a Perch that has watched a repository there for a while.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) forge: Forge,
    listener: String,
    runtime: Runtime,
    /// The webhook about the build that fails next, and its signature.
    told: (Vec<u8>, String),
}

impl Scene {
    fn new() -> Self {
        Self::within(World::new())
    }

    /// The same in a world made before.
    pub(crate) fn within(world: World) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be had");
        let forge = runtime.block_on(Forge::start());
        // Assembled here, so that nothing in the source looks like a token.
        let token = ["stub", "token"].join("-");
        forge.with(|far| {
            far.now = perch::wire::now();
            far.create(REPO);
            far.push(REPO, "main", &[("src/main.rs", SOUND)], "Greet the world");
            far.token = Some(token.clone());
        });
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("loopback has a free port");
        let world = world
            .with("CODE_REPO_URL", &format!("{}/{REPO}", forge.base_url()))
            .with("CODE_REPO_API_KEY", &token)
            .with("CODE_REPO_WEBHOOK_SECRET", SECRET)
            .with("PERCH_LISTEN", &port.to_string());
        let served = world.serve(None).expect("it starts");
        wait_for("the first look", || {
            let state = &world.json(&["status"])["connections"][0]["state"]["state"];
            (state == "well").then_some(())
        });
        served.quit();
        let payload = forge.with(|far| {
            let broken = SOUND.replace("let name", "let mut name");
            let red = far.push(REPO, "main", &[("src/main.rs", &broken)], "Make room");
            // What passed and then failed on one commit is worth another try.
            far.run(REPO, None, &red, "main", &[("test", "success", "ok\n")]);
            let run = far.run(REPO, None, &red, "main", &[("test", "failure", COMPLAINT)]);
            far.run_payload(REPO, run)
        });
        let body = serde_json::to_vec(&payload).expect("JSON");
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key fits");
        mac.update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        Self {
            world,
            forge,
            listener: format!("http://{port}/webhooks/code-repo"),
            runtime,
            told: (body, signature),
        }
    }

    /// Posts the webhook once; true if it was acknowledged.
    fn tell(&self) -> bool {
        let answer = self.post("7f3a1c9e-0000-4000-8000-000000000001");
        answer.is_some_and(|status| status.is_success())
    }

    /// Posts the webhook as the delivery `id`; nothing if there was no answer.
    pub(crate) fn post(&self, id: &str) -> Option<http::StatusCode> {
        let (body, signature) = self.told.clone();
        let post = client()
            .post(&self.listener)
            .header("content-type", "application/json")
            .header("x-github-event", "workflow_run")
            .header("x-github-delivery", id)
            .header("x-hub-signature-256", signature)
            .body(body);
        let answer = self.runtime.block_on(async { post.send().await });
        answer.ok().map(|answer| answer.status())
    }

    /// Told of the failed build and at rest, with the suggestion it led to.
    fn suggested(&self) -> (Minder<'_>, String) {
        let mut minder = Minder::new(&self.world, None);
        minder.until("the webhook to be taken", || self.tell().then_some(()));
        let suggestion = minder.suggestion();
        minder.rest();
        (minder, suggestion)
    }

    /// Runs `perch COMMAND` while the forge makes trouble at its `number`-th request, and kills Perch once the forge
    /// sits on that request. False if there were no so many.
    fn strike_during(
        &self,
        minder: &mut Minder<'_>,
        command: &[&str],
        number: usize,
        trouble: Trouble,
    ) -> bool {
        self.forge.take_log();
        self.forge.trouble(number, trouble);
        let mut asked: Child = self
            .world
            .command(&[command, &["--json"]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("perch runs");
        let mut log = Vec::new();
        let struck = wait_for(
            "the command to end or the forge to sit on a request",
            || {
                log.extend(self.forge.take_log());
                if log.iter().any(|request| request.status == 0) {
                    return Some(true);
                }
                let ended = asked.try_wait().expect("a child can be waited for");
                ended.map(|_| false)
            },
        );
        if struck {
            minder.strike();
        }
        asked.wait().expect("a child can be waited for");
        self.forge.calm();
        struck
    }

    fn fix_branches(&self) -> Vec<String> {
        let mut branches = self.forge.with(|far| far.repo(REPO).branches());
        branches.retain(|name| name.starts_with("perch/"));
        branches
    }

    /// The pull requests there are, as open or closed.
    fn pulls(&self) -> Vec<String> {
        self.forge.with(|far| {
            let repo = far.repo(REPO);
            let opened = u64::try_from(repo.pulls_opened()).expect("a small number");
            (1..=opened)
                .map(|number| {
                    repo.pull(number)["state"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned()
                })
                .collect()
        })
    }
}

#[test]
fn an_acknowledged_webhook_is_never_lost_and_a_repeated_one_never_doubled_wherever_perch_is_killed()
{
    strike_everywhere(ENGINE, |blow| {
        let scene = Scene::new();
        let mut minder = Minder::new(&scene.world, Some(blow));
        // A forge or its user sends again what was not acknowledged, and nothing else.
        minder.until("the webhook to be taken", || scene.tell().then_some(()));
        minder.suggestion();
        minder.rest();
        // The blow may fall on the repetition as well.
        minder.until("the repetition to be taken", || scene.tell().then_some(()));
        minder.rest();
        let events = minder.insist(&["events"]);
        let failed = events["events"]
            .as_array()
            .expect("events")
            .iter()
            .filter(|event| event["event_type"] == "repo.build.failed")
            .count();
        assert_eq!(failed, 1, "{blow:?}: {events}");
        let all = minder.insist(&["suggestions", "--all"]);
        let about_build = all["suggestions"]
            .as_array()
            .expect("suggestions")
            .iter()
            .filter(|one| one["event_type"] == "repo.build.failed")
            .count();
        assert_eq!(about_build, 1, "{blow:?}: {all}");
        assert!(scene.world.toasts() <= 1, "{blow:?}");
        minder.fell
    });
}

#[test]
fn an_accepted_fix_is_one_branch_and_one_pull_request_whatever_was_done_and_not_recorded() {
    for trouble in [Trouble::Hang, Trouble::DoneThenHang] {
        for number in 0.. {
            let scene = Scene::new();
            let (mut minder, suggestion) = scene.suggested();
            let command = ["accept", &suggestion];
            let struck = scene.strike_during(&mut minder, &command, number, trouble);
            let outcome = minder.insist(&["accept", &suggestion]);
            assert_eq!(
                outcome["state"], "done",
                "{trouble:?} at {number}: {outcome}"
            );
            assert_eq!(scene.fix_branches().len(), 1, "{trouble:?} at {number}");
            assert_eq!(scene.pulls(), ["open"], "{trouble:?} at {number}");
            if !struck {
                assert!(number >= 5, "an accepted fix is at least five requests");
                break;
            }
        }
    }
}

#[test]
fn what_is_taken_back_is_gone_whatever_was_done_and_not_recorded() {
    for trouble in [Trouble::Hang, Trouble::DoneThenHang] {
        for number in 0.. {
            let scene = Scene::new();
            let (mut minder, suggestion) = scene.suggested();
            minder.insist(&["accept", &suggestion]);
            let command = ["undo", &suggestion];
            let struck = scene.strike_during(&mut minder, &command, number, trouble);
            let outcome = minder.insist(&["undo", &suggestion]);
            assert_eq!(
                outcome["state"], "undone",
                "{trouble:?} at {number}: {outcome}"
            );
            assert_eq!(
                scene.fix_branches(),
                Vec::<String>::new(),
                "{trouble:?} at {number}"
            );
            assert_eq!(scene.pulls(), ["closed"], "{trouble:?} at {number}");
            if !struck {
                assert!(number >= 2, "taking it back is at least two requests");
                break;
            }
        }
    }
}

#[test]
fn a_build_is_started_again_once_whatever_was_done_and_not_recorded() {
    for trouble in [Trouble::Hang, Trouble::DoneThenHang] {
        for number in 0.. {
            let scene = Scene::new();
            let (mut minder, suggestion) = scene.suggested();
            let command = ["accept", &suggestion, "--action", "rerun"];
            let struck = scene.strike_during(&mut minder, &command, number, trouble);
            let outcome = minder.insist(&command);
            assert_eq!(
                outcome["state"], "done",
                "{trouble:?} at {number}: {outcome}"
            );
            let attempt = scene.forge.with(|far| {
                let run = far.newest_run(REPO);
                far.repo(REPO).run(run)["run_attempt"].clone()
            });
            assert_eq!(attempt, 2, "{trouble:?} at {number}");
            if !struck {
                assert!(number >= 3, "starting it again is at least three requests");
                break;
            }
        }
    }
}
