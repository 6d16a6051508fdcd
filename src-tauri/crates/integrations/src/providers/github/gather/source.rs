//! The repository of one event, as GitHub shows it.

use std::ops::{Deref, DerefMut};

use perch_core::event::Event;
use perch_core::patch::Base;
use perch_core::seam::provider::Budget;

use crate::facts;
use crate::http::address::encode;
use crate::providers::github::api::Api;

/// Where facts come from.
pub(super) struct Source<'a>(facts::Source<'a>);

impl<'a> Source<'a> {
    pub(super) fn new(api: Api<'a>, event: &'a Event, budget: Budget, base: Option<Base>) -> Self {
        let path = format!("/repos/{}", encode(&event.subject.repository));
        Self(facts::Source::new(api, &path, event, budget, base))
    }
}

impl<'a> Deref for Source<'a> {
    type Target = facts::Source<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Source<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
