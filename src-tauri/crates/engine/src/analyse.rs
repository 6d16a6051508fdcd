//! `analyse`: asks the analysers that watch an event's type, first come first served. Pure.

use perch_analyse::analyser::Analyser;
use perch_analyse::analysers;
use perch_core::event_type::EventType;

/// The analyser that looks at events of this type.
pub(crate) fn analyser_of(event_type: EventType) -> Option<&'static dyn Analyser> {
    analysers::ALL
        .iter()
        .copied()
        .find(|analyser| analyser.watches().contains(&event_type))
}
