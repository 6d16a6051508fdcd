//! Outdated dependencies: one plan in the order in which they should move, with the manifest's patch.
//!
//! What was released is in the event; manifests, lockfiles and code come as facts. Breaking notes of releases are not
//! read yet: a major update names where the code uses the package instead.

use perch_core::dependency::Survey;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::finding::Finding;
use perch_core::suggestion::Level;
use serde::Deserialize as _;

use crate::analyser::{Analyser, Look};
use crate::dependencies::plan::{Update, plan};
use crate::dependencies::version::Class;
use crate::dependencies::{self, could_use};
use crate::title::shortened;

mod fixes;
mod words;

pub(super) static ANALYSER: DependencyOutdated = DependencyOutdated;

/// Files of code read in search of uses.
const CODE: usize = 20;

/// Updates said one by one; more are counted.
const SAID: usize = 20;

pub(super) struct DependencyOutdated;

impl Analyser for DependencyOutdated {
    fn id(&self) -> &'static str {
        "dependency_outdated"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::DEPENDENCY_OUTDATED]
    }

    fn wants(&self, event: &Event, facts: &Facts) -> Vec<Want> {
        if !facts.answered.contains(&Want::Tree) {
            return vec![Want::Tree];
        }
        let mut wants = dependencies::files(&facts.tree);
        if wants.iter().all(|want| facts.answered.contains(want)) {
            let updates = updates(event, facts);
            let majors: Vec<&str> = updates
                .iter()
                .filter(|update| update.class == Class::Major)
                .map(|update| update.ecosystem)
                .collect();
            let code = facts
                .tree
                .iter()
                .filter(|path| majors.iter().any(|ecosystem| could_use(path, ecosystem)));
            wants.extend(code.take(CODE).cloned().map(Want::File));
        }
        wants
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let updates = updates(event, facts);
        let Some(first) = updates.first() else {
            return Look::Nothing(nothing(event, facts));
        };
        let rule = if !first.mends.is_empty() {
            "dependency/advisory"
        } else if first.withdrawn {
            "dependency/withdrawn"
        } else {
            "dependency/outdated"
        };
        let mut points: Vec<_> = updates
            .iter()
            .take(SAID)
            .map(|update| words::point(update, facts))
            .collect();
        if let (Some(last), true) = (points.last_mut(), updates.len() > SAID) {
            last.text
                .push_str(&format!("; {} more follow", updates.len() - SAID));
        }
        let title = shortened(&words::title(&updates));
        Look::Found(Box::new(Finding {
            analyser: self.id().into(),
            rule: rule.into(),
            why: words::why(&updates),
            // What is merely old can wait; a toast is for what is unsafe.
            level: if first.is_urgent() {
                Level::Normal
            } else {
                Level::Silent
            },
            category: Some("dependency".into()),
            confidence: 0.9,
            fingerprint: dependencies::plan::state(&updates),
            comment: Some(words::comment(&title, &points)),
            title,
            points,
            fixes: fixes::fixes(&updates, facts),
            ..Finding::default()
        }))
    }
}

/// What the event's survey says.
fn survey(event: &Event) -> Survey {
    event
        .data
        .get("dependencies")
        .and_then(|survey| Survey::deserialize(survey).ok())
        .unwrap_or_default()
}

fn updates(event: &Event, facts: &Facts) -> Vec<Update> {
    plan(
        &dependencies::read(facts).requirements,
        &survey(event),
        event.at,
    )
}

/// Why there is no plan, with what could not be asked or read.
fn nothing(event: &Event, facts: &Facts) -> String {
    let mut reasons = vec!["no dependency is outdated as far as could be seen".to_owned()];
    for (ecosystem, reason) in survey(event).unasked {
        reasons.push(format!("{ecosystem} could not be asked: {reason}"));
    }
    for path in dependencies::read(facts).broken {
        reasons.push(format!("`{path}` does not parse"));
    }
    reasons.join("; ")
}
