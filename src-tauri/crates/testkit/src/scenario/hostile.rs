//! Names that are made to mislead: a branch that climbs out of its folder, a repository that is a query, a title of ten
//! megabytes, characters that turn the reading round. A forge of one's own may send any of them.

use bytes::Bytes;
use perch_core::action::Step;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event::Event;
use perch_core::facts::{Facts, Want};
use perch_core::outcome::Undo;
use perch_core::patch::Base;
use perch_core::seam::provider::{Budget, Provider};
use perch_core::subject::Subject;
use serde_json::Value;

use super::publish;
use crate::forge::World;
use crate::watch::{REPO, Watch};

/// What the stub's branch is called, and what is read instead, here and as it stands in JSON.
const PLAIN: &str = "harmless-branch";
/// The branch that is read.
pub const BRANCH: &str = "../../../x\u{202e}\u{7}";
const IN_JSON: &str = "../../../x\\u202e\\u0007";

/// The repository that is read in webhooks.
pub const REPOSITORY: &str = "a/b?c";

/// Characters of a title at most that are kept.
const TITLE: usize = 1_100;

/// Bytes of an event at most.
const EVENT: usize = 1 << 20;

/// A webhook about the pull request with this number: its kind and its body.
pub type Hook = fn(&mut World, u64) -> (&'static str, Value);

fn title(length: usize) -> String {
    let misleading = "Fix\u{202e}it\u{0}\u{1b}[2J `$(rm -rf /)` ";
    format!("{misleading}{}", "x".repeat(length))
}

/// Polls, a webhook and every fact and step about such names: what is read stays within bounds, and no request leaves
/// the repository. `roots` are what paths of requests may begin with.
///
/// # Panics
/// When one does, or an event has no bounds.
pub async fn no_name_leads_anywhere<P: Provider + Default>(roots: &[&str], hook: Hook) {
    let mut watch: Watch<P> = Watch::begun(|world| {
        world.push(REPO, "old", &[("o.txt", "1\n")], "Old");
    })
    .await;
    watch.forge.rewrite(PLAIN, IN_JSON);
    let (number, (kind, body)) = watch.forge.with(|world| {
        let (long, longest) = (title(100 << 10), title(10 << 20));
        let head = world.push(REPO, PLAIN, &[("src/a.rs", "a\n")], "Fix\u{202e}it");
        let number = world.open_pull(REPO, PLAIN, &long, "grace");
        world.run(
            REPO,
            None,
            &head,
            PLAIN,
            &[("test\u{202e}", "failure", "no\n")],
        );
        world.open_issue(REPO, &longest, &long, "grace");
        world.comment(REPO, number, "grace", &long);
        (number, hook(world, number))
    });
    let mut events: Vec<Event> = Vec::new();
    for _ in 0..4 {
        events.extend(watch.events().await);
    }
    let least = 3 + usize::from(watch.has_issues());
    assert!(events.len() >= least, "{}", events.len());
    let hooked = hooked(&watch, kind, &body);
    assert!(!hooked.is_empty(), "{kind} means nothing");
    let on_branch = |event: &&Event| event.subject.branch.as_deref() == Some(BRANCH);
    assert!(
        events.iter().any(|event| on_branch(&event)),
        "nobody read the branch"
    );
    for event in events.iter().chain(&hooked) {
        bounded(event);
    }
    for event in events.iter().chain(&hooked) {
        let mut facts = Facts::default();
        let wants = [
            Want::FailingLog,
            Want::PassingLogs,
            Want::History,
            Want::Steps,
            Want::Diff,
            Want::Commits,
            Want::Tree,
            Want::File("../../etc/passwd".into()),
            Want::Checks,
            Want::Ticket,
            Want::Thread,
        ];
        let _ = watch
            .provider
            .gather(
                &watch.context(),
                event,
                &wants,
                Budget::default(),
                &mut facts,
            )
            .await;
    }
    act(&watch, number).await;
    for asked in watch.forge.take_log() {
        let stays = roots.iter().any(|root| asked.path.starts_with(root));
        assert!(
            stays && !asked.path.contains("/../"),
            "{} {}",
            asked.method,
            asked.path
        );
    }
}

fn hooked<P: Provider + Default>(watch: &Watch<P>, kind: &str, body: &Value) -> Vec<Event> {
    let body = body.to_string().replace(PLAIN, IN_JSON);
    let mut found = Vec::new();
    for body in [body.replace(REPO, REPOSITORY), body] {
        found.extend(watch.parse(NewDelivery {
            door: Door::Webhook,
            kind: kind.into(),
            external_id: None,
            body: Bytes::from(body),
        }));
    }
    found
}

/// Steps that name what was read.
async fn act<P: Provider + Default>(watch: &Watch<P>, number: u64) {
    let base = Base {
        branch: Some(BRANCH.into()),
        ..publish::base(watch, "main")
    };
    let mut steps = vec![publish::create(base), publish::open()];
    steps.push(Step::OpenPullRequest {
        branch: BRANCH.into(),
        base_branch: BRANCH.into(),
        title: title(1_000),
        body: "Text".into(),
        draft: true,
    });
    for repository in [REPO, REPOSITORY] {
        let about = Subject {
            repository: repository.into(),
            key: format!("pull/{number}"),
            ..Subject::default()
        };
        for step in &steps {
            let _ = watch.perform_about(&about, step).await;
        }
    }
    for branch in [BRANCH, ".."] {
        let undo = Undo::DeleteBranch {
            branch: branch.into(),
            commit: "0123456789012345678901234567890123456789".into(),
        };
        let _ = watch.undo(&undo).await;
    }
}

fn bounded(event: &Event) {
    let subject = &event.subject;
    let letters = subject.title.chars().count();
    assert!(letters <= TITLE, "a title of {letters} characters");
    assert!(event.dedup_key.len() <= 1_000 && subject.key.len() <= 1_000);
    let size = serde_json::to_vec(event).expect("an event is JSON").len();
    assert!(
        size <= EVENT,
        "{}: an event of {size} bytes",
        event.dedup_key
    );
}
