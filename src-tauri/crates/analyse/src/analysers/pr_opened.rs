//! Looks at `PR_OPENED`.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};

use crate::analyser::{Analyser, Look};

pub(super) static ANALYSER: PrOpened = PrOpened;

pub(super) struct PrOpened;

impl Analyser for PrOpened {
    fn id(&self) -> &'static str {
        "pr_opened"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::PR_OPENED]
    }

    fn wants(&self, _event: &Event, _facts: &Facts) -> Vec<Want> {
        Vec::new()
    }

    fn look(&self, _event: &Event, _facts: &Facts) -> Look {
        Look::Nothing(String::new())
    }
}
