//! What every publisher must show about the steps on issues, pull requests, lines and builds: done once wherever it
//! breaks off, taken back, nothing changed when it is refused. Tests call this with their provider and keep what it says.

use std::time::Duration;

use futures_util::future::join_all;
use perch_core::action::{Step, Thing};
use perch_core::outcome::{Before, StepResult};
use perch_core::seam::provider::Provider;
use perch_core::seam::publisher::PublishError;
use perch_core::subject::Subject;
use serde_json::{Value, json};

use crate::forge::{Refusal, Speaks, Trouble, World};
use crate::watch::{REPO, Watch};

/// How long a request may be waited for before the attempt counts as cut off.
const PATIENCE: Duration = Duration::from_millis(250);

/// A crash before a request took effect, and one after it.
const TROUBLES: [Trouble; 2] = [Trouble::Hang, Trouble::DoneThenHang];

/// The text of issue #1.
const TEXT: &str = "It breaks.";

/// A repository with issue 1, which has a label, pull request 2, which `grace` is asked to review, and a failed run.
pub async fn ready<P: Provider + Default>() -> Watch<P> {
    let watch = Watch::<P>::new().await;
    watch.forge.with(arrange);
    watch
}

fn arrange(world: &mut World) {
    world.open_issue(REPO, "It breaks", TEXT, "grace");
    world.label(REPO, 1, "bug");
    let head = world.push(REPO, "topic", &[("src/a.rs", "one\ntwo\nthree\n")], "Add a");
    world.open_pull(REPO, "topic", "Add a", "linus");
    world.ask_to_review(REPO, 2, "grace");
    world.run(REPO, None, &head, "topic", &[("test", "failure", "no")]);
}

fn marker(what: &str) -> String {
    format!("<!-- perch:{what} -->")
}

/// The newest run, as the provider names it.
fn build(world: &World) -> String {
    let run = world.newest_run(REPO);
    match world.speaks {
        Speaks::GitLab | Speaks::Bitbucket => format!("pipeline/{run}"),
        _ => format!("run/{run}"),
    }
}

/// One step of every kind, by name.
pub fn steps(world: &mut World) -> Vec<(&'static str, Step)> {
    let review = |lines, replacement: Option<&str>, mark| Step::ReviewComment {
        number: 2,
        commit: String::new(),
        path: "src/a.rs".into(),
        lines,
        body: "Count from zero.".into(),
        replacement: replacement.map(Into::into),
        marker: marker(mark),
    };
    let mut all = vec![
        ("review comment", review((2, 2), None, "line")),
        (
            "suggested change",
            review((1, 2), Some("zero\none\n"), "change"),
        ),
        (
            "labels",
            Step::AddLabels {
                thing: Thing::Issue(1),
                labels: vec!["bug".into(), "needs review".into()],
            },
        ),
        (
            "labels of a pull request",
            Step::AddLabels {
                thing: Thing::PullRequest(2),
                labels: vec!["feature".into()],
            },
        ),
        (
            "reviewers",
            Step::RequestReviewers {
                number: 2,
                reviewers: vec!["ada".into(), "grace".into()],
            },
        ),
        (
            "close an issue",
            Step::Close {
                thing: Thing::Issue(1),
                not_planned: true,
            },
        ),
        (
            "close a pull request",
            Step::Close {
                thing: Thing::PullRequest(2),
                not_planned: false,
            },
        ),
        (
            "edit",
            Step::EditIssue {
                number: 1,
                before: TEXT.into(),
                after: "It breaks when `a` is empty.".into(),
            },
        ),
        (
            "issue",
            Step::OpenIssue {
                title: "Test the empty case".into(),
                body: "There is none.".into(),
                labels: vec!["bug".into()],
                parent: None,
                marker: marker("alone"),
            },
        ),
        (
            "part of an issue",
            Step::OpenIssue {
                title: "Handle the empty case".into(),
                body: "As said.".into(),
                labels: Vec::new(),
                parent: Some(1),
                marker: marker("part"),
            },
        ),
        (
            "rerun",
            Step::Rerun {
                build: build(world),
            },
        ),
    ];
    if world.speaks == Speaks::DataCenter {
        // It has no issues, no labels and no builds of its own.
        all.retain(|(_, step)| {
            matches!(
                step,
                Step::ReviewComment { .. }
                    | Step::RequestReviewers { .. }
                    | Step::Close {
                        thing: Thing::PullRequest(_),
                        ..
                    }
            )
        });
    }
    if world.speaks == Speaks::Bitbucket {
        // It has no labels.
        all.retain(|(_, step)| !matches!(step, Step::AddLabels { .. }));
    }
    let head = world.repo(REPO).head("topic").expect("it was pushed");
    for (_, step) in &mut all {
        if let Step::OpenIssue { labels, .. } = step {
            labels.retain(|_| world.speaks != Speaks::Bitbucket);
        }
        if let Step::ReviewComment { commit, .. } = step {
            commit.clone_from(&head);
        }
    }
    all
}

fn subject() -> Subject {
    Subject {
        repository: REPO.into(),
        ..Subject::default()
    }
}

/// All that steps can change.
pub fn standing(world: &mut World) -> Value {
    let repo = world.repo(REPO);
    let names = |list: &Value, field: &str| -> Vec<Value> {
        let members = list.as_array().into_iter().flatten();
        members.map(|one| one[field].clone()).collect()
    };
    let count = u64::try_from(repo.issues_opened()).expect("a small number");
    let tickets: Vec<Value> = (1..=count)
        .map(|number| {
            let (issue, pull) = (repo.issue(number), repo.pull(number));
            json!({
                "state": issue["state"],
                "body": issue["body"],
                "labels": names(&issue["labels"], "name"),
                "labels_too": names(&pull["labels"], "name"),
                "reviewers": names(&pull["requested_reviewers"], "login"),
                "parts": repo.parts(number),
            })
        })
        .collect();
    let lines: Vec<Value> = repo
        .line_comments()
        .iter()
        .map(|one| json!([one["path"], one["start_line"], one["line"], one["body"]]))
        .collect();
    let run = world.newest_run(REPO);
    let repo = world.repo(REPO);
    let (attempt, runs) = (repo.run(run)["run_attempt"].clone(), repo.runs_begun());
    json!({"tickets": tickets, "lines": lines, "attempt": attempt, "runs": runs})
}

/// One attempt as the engine makes it: what stood before is kept, then the step is done.
async fn attempt<P: Provider + Default>(
    watch: &Watch<P>,
    step: &Step,
    before: &mut Option<Before>,
) -> Result<StepResult, PublishError> {
    if before.is_none() {
        *before = watch.before(&subject(), step).await?;
    }
    watch.perform_after(&subject(), step, before.as_ref()).await
}

/// Numbers differ from one stub to the next where a broken attempt took some.
fn plain(result: &StepResult) -> (String, bool) {
    (result.summary.clone(), result.undo.is_some())
}

/// Every step done, done again, broken off at every request, taken back and broken off at that; what it said, a line
/// each.
///
/// # Panics
/// When a step is not done once, or not wholly taken back.
pub async fn transcript<P: Provider + Default + 'static>() -> String {
    let mut said = String::new();
    let count = ready::<P>().await.forge.with(steps).len();
    for number in 0..count {
        let watch = ready::<P>().await;
        let (name, step) = watch.forge.with(steps).swap_remove(number);
        let at_first = watch.forge.with(standing);
        watch.forge.take_log();
        let mut before = None;
        let done = attempt(&watch, &step, &mut before).await;
        let done = done.unwrap_or_else(|error| panic!("{name}: {error}"));
        let requests = watch.forge.take_log().len();
        let after = watch.forge.with(standing);
        assert_ne!(at_first, after, "{name} changes something");
        let again = attempt(&watch, &step, &mut before).await;
        assert_eq!(again.as_ref().ok(), Some(&done), "{name} again");
        assert_eq!(watch.forge.with(standing), after, "{name} again");
        said.push_str(&format!("{name}: {}", done.summary));
        let broken = (0..requests).flat_map(|at| TROUBLES.map(|trouble| (at, trouble)));
        join_all(broken.map(|(at, trouble)| broken_off::<P>(number, at, trouble, &done, &after)))
            .await;
        if let Some(undo) = &done.undo {
            watch.forge.take_log();
            let words = watch.undo(undo).await;
            let words = words.unwrap_or_else(|error| panic!("{name} back: {error}"));
            let requests = watch.forge.take_log().len();
            let back = watch.forge.with(standing);
            assert_ne!(back, after, "{name} back");
            let again = watch.undo(undo).await;
            let again = again.unwrap_or_else(|error| panic!("{name} back again: {error}"));
            assert_eq!(watch.forge.with(standing), back, "{name} back again");
            said.push_str(&format!("; {words}; {again}"));
            let whole = back == at_first;
            let issue = matches!(step, Step::OpenIssue { .. });
            assert!(whole || issue, "{name} back: {back} is not {at_first}");
            let broken = (0..requests).flat_map(|at| TROUBLES.map(|trouble| (at, trouble)));
            join_all(broken.map(|(at, trouble)| taken_back::<P>(number, at, trouble, &back))).await;
        }
        said.push('\n');
    }
    said
}

/// A step broken off at one request and gone on with: once done, and to be taken back like one that went through.
async fn broken_off<P: Provider + Default>(
    number: usize,
    at: usize,
    trouble: Trouble,
    whole: &StepResult,
    after: &Value,
) {
    let watch = ready::<P>().await;
    let (name, step) = watch.forge.with(steps).swap_remove(number);
    let what = format!("{name}, {trouble:?} at {at}");
    watch.forge.trouble(at, trouble);
    let mut before = None;
    let first = tokio::time::timeout(PATIENCE, attempt(&watch, &step, &mut before)).await;
    assert!(first.is_err(), "{what}: it was not cut off");
    watch.forge.calm();
    let done = attempt(&watch, &step, &mut before).await;
    let done = done.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(plain(&done), plain(whole), "{what}");
    assert_eq!(&watch.forge.with(standing), after, "{what}");
    // What the attempt before did is taken back as well.
    if let Some(undo) = &done.undo {
        let words = watch.undo(undo).await;
        words.unwrap_or_else(|error| panic!("{what}, back: {error}"));
        assert_ne!(&watch.forge.with(standing), after, "{what}, back");
    }
}

async fn taken_back<P: Provider + Default>(
    number: usize,
    at: usize,
    trouble: Trouble,
    back: &Value,
) {
    let watch = ready::<P>().await;
    let (name, step) = watch.forge.with(steps).swap_remove(number);
    let what = format!("{name} back, {trouble:?} at {at}");
    let done = attempt(&watch, &step, &mut None).await;
    let done = done.unwrap_or_else(|error| panic!("{what}: {error}"));
    let undo = done.undo.expect("it can be taken back");
    watch.forge.trouble(at, trouble);
    let _ = tokio::time::timeout(PATIENCE, watch.undo(&undo)).await;
    watch.forge.calm();
    let words = watch.undo(&undo).await;
    words.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(&watch.forge.with(standing), back, "{what}");
}

/// Every step where it is refused: what was said, and that nothing changed.
///
/// # Panics
/// When a step is not refused, or changed something.
pub async fn refusals<P: Provider + Default>(denied: &str) -> String {
    let mut said = String::new();
    type Arrange = Box<dyn Fn(&mut World)>;
    let denied = denied.to_owned();
    let cases: [(&str, Arrange); 3] = [
        (
            "archived",
            Box::new(|world| world.repo(REPO).archived = true),
        ),
        (
            "missing permission",
            Box::new(move |world| {
                for method in ["POST", "PATCH", "PUT", "DELETE"] {
                    world.refusals.push(Refusal {
                        method: method.parse().expect("a method"),
                        path: String::new(),
                        status: 403,
                        message: denied.clone(),
                        headers: Vec::new(),
                    });
                }
            }),
        ),
        ("moved", Box::new(move_on)),
    ];
    for (what, arrange) in cases {
        let count = ready::<P>().await.forge.with(steps).len();
        for number in 0..count {
            let watch = ready::<P>().await;
            let (name, step) = watch.forge.with(steps).swap_remove(number);
            watch.forge.with(|world| arrange(world));
            let before = watch.forge.with(standing);
            let kind = match attempt(&watch, &step, &mut None).await {
                Err(PublishError::Refused { reason, next_step }) => {
                    format!("{reason}; {next_step}")
                }
                Err(PublishError::Moved(words)) => format!("moved: {words}"),
                // What others did elsewhere does not matter to every step.
                Ok(_) if what == "moved" => continue,
                other => panic!("{what}, {name}: {other:?}"),
            };
            assert_eq!(watch.forge.with(standing), before, "{what}, {name}");
            said.push_str(&format!("{what}, {name}: {kind}\n"));
        }
    }
    said
}

/// The world goes on after the suggestion was made.
fn move_on(world: &mut World) {
    world.set_body(REPO, 1, "Somebody wrote this.");
    world.push(REPO, "topic", &[("src/a.rs", "two\n")], "Change a");
    let run = world.newest_run(REPO);
    if world.speaks == Speaks::Bitbucket {
        world.run_anew(REPO, run);
    } else {
        world.run_again(REPO, run);
    }
    world.later(60);
    world.set_state(REPO, 2, "closed");
}

/// What is done, changed by others, and then taken back: what was said, a line each.
///
/// # Panics
/// When it is not refused, or changed something.
pub async fn others<P: Provider + Default>() -> String {
    let mut said = String::new();
    type Meddle = fn(&mut World);
    let cases: [(&str, Meddle); 4] = [
        ("edit", |world| world.set_body(REPO, 1, "Others wrote.")),
        ("close an issue", |world| {
            world.later(60);
            world.set_state(REPO, 1, "open");
            world.set_state(REPO, 1, "closed");
        }),
        ("close a pull request", |world| {
            world.later(60);
            world.set_state(REPO, 2, "open");
            world.merge(REPO, 2);
        }),
        ("issue", |world| {
            let newest = world.repo(REPO).issues_opened();
            let newest = u64::try_from(newest).expect("a small number");
            world.comment(REPO, newest, "linus", "I take this.");
        }),
    ];
    for (name, meddle) in cases {
        let watch = ready::<P>().await;
        let known = watch.forge.with(steps);
        if !known.iter().any(|(one, _)| *one == name) {
            continue;
        }
        let done = attempt(&watch, &step(&watch, name), &mut None).await;
        let done = done.expect("it can be done");
        let Some(undo) = done.undo else {
            said.push_str(&format!("{name}: it cannot be taken back\n"));
            continue;
        };
        watch.forge.with(meddle);
        let before = watch.forge.with(standing);
        match watch.undo(&undo).await {
            Err(error @ PublishError::Refused { .. }) => {
                said.push_str(&format!("{name}: {error}\n"));
            }
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(watch.forge.with(standing), before, "{name}");
    }
    said
}

/// The step of this name.
///
/// # Panics
/// When there is none.
pub fn step<P: Provider + Default>(watch: &Watch<P>, name: &str) -> Step {
    let all = watch.forge.with(steps);
    let found = all.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, step)| step).expect("a known step")
}
