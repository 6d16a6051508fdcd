//! Looks at `BUILD_FAILED`.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};

use crate::analyser::{Analyser, Look};

pub(super) static ANALYSER: BuildFailed = BuildFailed;

pub(super) struct BuildFailed;

impl Analyser for BuildFailed {
    fn id(&self) -> &'static str {
        "build_failed"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::BUILD_FAILED]
    }

    fn wants(&self, _event: &Event, _facts: &Facts) -> Vec<Want> {
        Vec::new()
    }

    fn look(&self, _event: &Event, _facts: &Facts) -> Look {
        Look::Nothing(String::new())
    }
}
