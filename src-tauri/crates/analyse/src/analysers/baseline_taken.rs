//! Looks at `BASELINE_TAKEN`: what a new connection found when it began to watch, told once for all of it.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::finding::{Finding, Point};
use perch_core::suggestion::Level;

use crate::analyser::{Analyser, Look};

pub(super) static ANALYSER: BaselineTaken = BaselineTaken;

pub(super) struct BaselineTaken;

/// Hurdles named one by one.
const NAMED: usize = 10;

impl Analyser for BaselineTaken {
    fn id(&self) -> &'static str {
        "baseline_taken"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::BASELINE_TAKEN]
    }

    fn wants(&self, _event: &Event, _facts: &Facts) -> Vec<Want> {
        Vec::new()
    }

    fn look(&self, event: &Event, _facts: &Facts) -> Look {
        let baseline = &event.data["baseline"];
        let number = |field: &str| baseline[field].as_u64().unwrap_or_default();
        let (repositories, found) = (number("repositories"), number("found"));
        let connection = &event.subject.title;
        let point = |text: String, todo| Point {
            text,
            evidence: Vec::new(),
            todo,
        };
        let mut points = vec![point(
            format!(
                "`{connection}` watches {repositories} repositories from now on; {found} things were there already and \
                 suggest nothing"
            ),
            false,
        )];
        let hurdles = baseline["hurdles"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        for hurdle in hurdles.iter().take(NAMED) {
            let text = |field: &str| hurdle[field].as_str().unwrap_or_default();
            points.push(point(
                format!("{}: {}", text("problem"), text("next_step")),
                true,
            ));
        }
        if hurdles.len() > NAMED {
            let more = hurdles.len() - NAMED;
            points.push(point(
                format!("{more} more cannot be watched; `perch status` names them"),
                true,
            ));
        }
        Look::Found(Box::new(Finding {
            analyser: self.id().into(),
            rule: "connection/baseline".into(),
            title: format!("{repositories} repositories are watched now"),
            why: format!("`{connection}` is new, and its first look is done."),
            level: Level::Silent,
            confidence: 1.0,
            fingerprint: event.dedup_key.clone(),
            points,
            ..Finding::default()
        }))
    }
}
