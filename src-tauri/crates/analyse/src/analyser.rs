//! The shape of every analyser.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::finding::Finding;

/// What an analyser concluded.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// Something worth saying.
    Found(Box<Finding>),
    /// Nothing worth saying, and why, as a clause for `perch why`: "the diff touches only documentation".
    Nothing(String),
}

/// Concludes from one kind of event and its facts.
pub trait Analyser: Send + Sync {
    /// Its id in the registry: its file's name.
    fn id(&self) -> &'static str;

    /// The event types it looks at.
    fn watches(&self) -> &'static [EventType];

    /// What it needs beyond `facts`. Asked again with what came, until it names nothing new.
    fn wants(&self, event: &Event, facts: &Facts) -> Vec<Want>;

    /// Concludes. Missing facts make it say less, never fail.
    fn look(&self, event: &Event, facts: &Facts) -> Look;
}
