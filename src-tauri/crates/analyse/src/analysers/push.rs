//! Looks at `PUSH`.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};

use crate::analyser::{Analyser, Look};

pub(super) static ANALYSER: Push = Push;

pub(super) struct Push;

impl Analyser for Push {
    fn id(&self) -> &'static str {
        "push"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::PUSH]
    }

    fn wants(&self, _event: &Event, _facts: &Facts) -> Vec<Want> {
        Vec::new()
    }

    fn look(&self, _event: &Event, _facts: &Facts) -> Look {
        Look::Nothing(String::new())
    }
}
