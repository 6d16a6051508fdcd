//! Every request the provider sends, held against GitHub's own description of its API by Prism.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use http::Method;
use perch_core::action::Step;
use perch_core::facts::Want;
use perch_core::patch::{Base, Change, Edit, FilePatch, Patch};
use perch_core::seam::provider::{Budget, Provider};
use perch_integrations::http::{Answer, Request, shared};
use perch_integrations::providers::github::GitHub;
use perch_testkit::forge::Logged;
use perch_testkit::published;
use perch_testkit::scenario::steps;
use serde_json::{Value, json};

use crate::support::{REPO, Watch};

/// A running Prism; it ends with this.
struct Prism {
    process: Child,
    at: String,
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Prism {
    /// Prism over GitHub's description, once it answers.
    async fn start() -> Self {
        let program = published::file("@stoplight/prism-cli/dist/index.js");
        let description = published::file("@octokit/openapi/generated/api.github.com.json");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let process = Command::new("node")
            .arg(program)
            .args(["mock", "--host", "127.0.0.1", "--port", &port.to_string()])
            .arg(description)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is installed");
        let prism = Self {
            process,
            at: format!("http://127.0.0.1:{port}"),
        };
        // Reading the description takes seconds; a minute or two on a busy machine.
        for _ in 0..1_200 {
            if prism.ask(Method::GET, "/zen", None).await.is_some() {
                return prism;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("Prism did not answer within two minutes");
    }

    /// Sends a request as Prism wants it: the description knows GitHub's JSON only as `application/json`.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<Answer> {
        let mut request =
            Request::new(method, format!("{}{path}", self.at)).accept("application/json");
        request.body = body.map(Into::into);
        shared().send(&request).await.ok()
    }

    /// What Prism has against a request; empty if nothing.
    async fn objections(&self, asked: &Logged) -> String {
        let query = if asked.query.is_empty() {
            String::new()
        } else {
            format!("?{}", asked.query)
        };
        // The description wants a workflow to be a number or else a text, and in an address a number is both.
        let path = asked
            .path
            .replace("/actions/workflows/77/", "/actions/workflows/ci.yml/");
        let path = format!("{path}{query}");
        let mut answer = None;
        // A busy machine may cut a connection; what Prism thinks of the request it says the next time.
        for _ in 0..3 {
            answer = self
                .ask(asked.method.clone(), &path, asked.body.clone())
                .await;
            if answer.is_some() {
                break;
            }
        }
        let Some(answer) = answer else {
            // A log is answered with a redirect to GitHub's storage, where nobody goes from here.
            return if asked.path.ends_with("/logs") {
                String::new()
            } else {
                "Prism gave no answer".into()
            };
        };
        // Examples in the description that break its own rules are none of ours.
        let violations: Vec<Value> = answer
            .header("sl-violations")
            .and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok())
            .unwrap_or_default()
            .into_iter()
            .filter(|one| one["location"][0] == "request")
            .collect();
        let words = String::from_utf8_lossy(&answer.body).into_owned();
        let refused = words.contains("stoplight.io/prism/errors")
            && !words.contains("NO_RESPONSE_DEFINED")
            && !words.contains("INVALID_CONTENT_TYPE");
        if !violations.is_empty() {
            json!(violations).to_string()
        } else if refused {
            words
        } else {
            String::new()
        }
    }
}

/// A working day: everything the provider does, recorded by the stub.
async fn day() -> Vec<Logged> {
    let mut watch = Watch::begun(|world| {
        let main = world.push(REPO, "main", &[("src/lib.rs", "let mut a = 1;\n")], "Begin");
        world.run(REPO, None, &main, "main", &[("test", "success", "ok\n")]);
        let issue = world.open_issue(REPO, "Old", "", "grace");
        world.set_state(REPO, issue, "closed");
    })
    .await;
    let mut log = Vec::new();
    // The baseline's own requests were taken from the log; a second connection asks them again.
    watch.cursor = None;
    watch.poll().await.expect("the stub answers");
    watch.forge.with(|world| {
        let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        world.review(REPO, 2, "grace", "APPROVED");
        world.comment(REPO, 2, "grace", "Good");
        world.check(REPO, &sha, "lint", Some("failure"));
        world.status(REPO, &sha, "ci/build", "failure");
        world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        world.set_state(REPO, 1, "open");
        let red = world.push(REPO, "main", &[("c.txt", "1\n")], "Break");
        world.run(REPO, None, &red, "main", &[("test", "failure", "no\n")]);
        world.release(REPO, "v1");
    });
    let mut events = Vec::new();
    for _ in 0..12 {
        events.extend(watch.events().await);
    }
    watch.later(600);
    let old = watch.forge.with(|world| {
        let comments = world.repo(REPO).comments();
        let id = comments[0]["id"].as_u64().expect("an id");
        world.edit_comment(REPO, id, "Better");
        id
    });
    events.extend(watch.events().await);
    assert!(old > 0);
    let wants = [
        Want::FailingLog,
        Want::PassingLogs,
        Want::History,
        Want::Diff,
        Want::Commits,
        Want::Tree,
        Want::File("src/lib.rs".into()),
        Want::Reviews,
        Want::Checks,
    ];
    for event in &events {
        watch.gather(event, &wants, Budget::default()).await;
    }
    watch
        .provider
        .probe(&watch.context())
        .await
        .expect("the stub answers");
    let builds = watch.provider.builds(&watch.context(), REPO, "main").await;
    builds.expect("the stub answers");
    let commit = watch
        .forge
        .with(|world| world.repo(REPO).head("main").expect("a commit"));
    let edit = Edit {
        search: "let mut a".into(),
        replace: "let a".into(),
        line: None,
    };
    let steps = [
        Step::CreateBranch {
            branch: "perch/build-failed/fix-1a2b".into(),
            base: Base {
                commit,
                branch: Some("main".into()),
                ..Base::default()
            },
            message: "Remove the unused `mut`".into(),
            patch: Patch {
                files: vec![FilePatch {
                    path: "src/lib.rs".into(),
                    change: Change::Edit { edits: vec![edit] },
                }],
            },
        },
        Step::OpenPullRequest {
            branch: "perch/build-failed/fix-1a2b".into(),
            base_branch: "main".into(),
            title: "Remove the unused `mut`".into(),
            body: String::new(),
            draft: true,
        },
        Step::Comment {
            number: 1,
            body: "Looked at it.".into(),
            marker: "<!-- perch:1a2b -->".into(),
        },
    ];
    let mut undos = Vec::new();
    for step in &steps {
        undos.extend(watch.perform(step).await.expect("it can be done").undo);
    }
    for undo in undos.iter().rev() {
        watch.undo(undo).await.expect("it can be taken back");
    }
    log.extend(watch.forge.take_log());
    let count = steps::ready::<GitHub>()
        .await
        .forge
        .with(steps::steps)
        .len();
    for number in 0..count {
        let watch = steps::ready::<GitHub>().await;
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
async fn every_request_is_one_that_github_describes() {
    let prism = Prism::start().await;
    let spoiled = Logged {
        method: Method::POST,
        path: format!("/repos/{REPO}/pulls"),
        query: String::new(),
        conditional: false,
        authorized: true,
        storage: false,
        accept: String::new(),
        body: Some(json!({"title": "no base", "head": "feature"})),
        status: 0,
    };
    assert!(
        prism.objections(&spoiled).await.contains("base"),
        "Prism must notice what is wrong"
    );
    let mut unknown = spoiled.clone();
    unknown.path = format!("/repos/{REPO}/no-such-thing");
    assert_ne!(prism.objections(&unknown).await, "");

    let mut distinct: BTreeMap<String, Logged> = BTreeMap::new();
    for asked in day().await.into_iter().filter(|asked| !asked.storage) {
        // Numbers and hashes make no difference to the description.
        let shape: String = asked
            .path
            .split('/')
            .map(|part| {
                let number = part.parse::<u64>().is_ok();
                let hash = part.len() == 40 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
                if number || hash { "*/" } else { part }.to_owned() + "/"
            })
            .collect();
        let query: Vec<&str> = asked
            .query
            .split('&')
            .map(|pair| pair.split('=').next().unwrap_or_default())
            .collect();
        distinct.insert(format!("{} {shape}?{query:?}", asked.method), asked);
    }
    assert!(distinct.len() > 30, "{:#?}", distinct.keys());
    for (shape, asked) in &distinct {
        assert_eq!(prism.objections(asked).await, "", "{shape} {asked:?}");
    }
}
