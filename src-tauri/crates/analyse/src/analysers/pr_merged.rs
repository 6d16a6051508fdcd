//! Looks at `PR_MERGED`.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};

use crate::analyser::{Analyser, Look};

pub(super) static ANALYSER: PrMerged = PrMerged;

pub(super) struct PrMerged;

impl Analyser for PrMerged {
    fn id(&self) -> &'static str {
        "pr_merged"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::PR_MERGED]
    }

    fn wants(&self, _event: &Event, _facts: &Facts) -> Vec<Want> {
        Vec::new()
    }

    fn look(&self, _event: &Event, _facts: &Facts) -> Look {
        Look::Nothing(String::new())
    }
}
