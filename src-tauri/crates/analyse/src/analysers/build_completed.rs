//! A build that passed: worth a word only when its health changed.
//!
//! Slower than its own history, new warnings, tests that pass only when tried again, a cache that no longer hits.
//! Each is said by the run at which it can first be told, and not again.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::finding::{Finding, Point};
use perch_core::suggestion::Level;

use crate::analyser::{Analyser, Look};
use crate::analysers::build::Build;
use crate::title::shortened;

mod caches;
mod flaky;
mod shift;
mod slower;
mod warnings;

pub(super) static ANALYSER: BuildCompleted = BuildCompleted;

pub(super) struct BuildCompleted;

/// One change of health.
struct Change {
    /// The finding's rule, should this lead.
    rule: &'static str,
    /// The finding's title, should this lead.
    title: String,
    /// What it is about, for the fingerprint.
    about: String,
    /// The statements.
    points: Vec<Point>,
}

impl Analyser for BuildCompleted {
    fn id(&self) -> &'static str {
        "build_completed"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::BUILD_COMPLETED]
    }

    fn wants(&self, event: &Event, _: &Facts) -> Vec<Want> {
        if judged(event, &Build::of(event)) {
            vec![Want::PassingLogs, Want::Log, Want::History, Want::Steps]
        } else {
            Vec::new()
        }
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let build = Build::of(event);
        if !judged(event, &build) {
            return Look::Nothing(
                "it passed, and the health of builds is judged on the default branch".into(),
            );
        }
        let mut changes = Vec::new();
        changes.extend(slower::change(event, &build, facts));
        changes.extend(warnings::change(facts));
        changes.extend(flaky::change(event, &build, facts));
        changes.extend(caches::change(facts));
        let Some(first) = changes.first() else {
            return Look::Nothing(usual(&build, facts));
        };
        let (title, rule) = (shortened(&first.title), first.rule);
        let fingerprint = format!("{rule}|{}|{}", build.name(), first.about);
        let points: Vec<Point> = changes
            .into_iter()
            .flat_map(|change| change.points)
            .collect();
        Look::Found(Box::new(Finding {
            analyser: self.id().into(),
            rule: rule.into(),
            why: format!("`{}` passed, and something about it changed.", build.name()),
            level: Level::Normal,
            category: Some("health".into()),
            confidence: 0.8,
            fingerprint,
            comment: Some(comment(&title, &points)),
            title,
            points,
            ..Finding::default()
        }))
    }
}

/// The default branch is everybody's; a run on this machine is the user's own.
fn judged(event: &Event, build: &Build) -> bool {
    event.subject.on_default_branch || build.local
}

fn usual(build: &Build, facts: &Facts) -> String {
    let earlier = facts.history.iter().filter(|run| run.passed).count();
    match (build.seconds, earlier) {
        (_, 0) => "it passed, and there is no earlier passing run to compare it with".into(),
        (Some(seconds), _) => format!(
            "it passed in {}, and nothing about it changed",
            slower::duration(seconds)
        ),
        (None, _) => "it passed, and nothing about it changed".into(),
    }
}

/// The finding as a text for an issue.
fn comment(title: &str, points: &[Point]) -> String {
    let mut text = format!("**{title}**\n\n");
    for point in points {
        text.push_str(&format!("- {}\n", point.text));
    }
    text
}
