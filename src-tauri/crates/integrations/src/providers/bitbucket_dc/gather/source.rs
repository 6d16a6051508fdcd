//! The repository of one event, as Data Center shows it.

use std::ops::{Deref, DerefMut};

use perch_core::event::Event;
use perch_core::patch::Base;
use perch_core::seam::provider::Budget;
use serde_json::Value;

use crate::facts::{self, Lack, found};
use crate::providers::bitbucket_dc::api::{Api, from, page, repository};

/// Where facts come from.
pub(super) struct Source<'a>(facts::Source<'a>);

impl<'a> Source<'a> {
    pub(super) fn new(api: Api<'a>, event: &'a Event, budget: Budget, base: Option<Base>) -> Self {
        let path = repository("api", &event.subject.repository);
        Self(facts::Source::new(api, &path, event, budget, base))
    }

    /// The members of the list at `url` over all its pages, at most `most`, and whether these are all.
    pub(super) async fn values(
        &mut self,
        url: &str,
        what: &str,
        most: usize,
    ) -> Result<(Vec<Value>, bool), Lack> {
        let mut next = Some(0);
        let mut members = Vec::new();
        while let Some(start) = next.take() {
            if let Err(lack) = self.spend() {
                if members.is_empty() {
                    return Err(lack);
                }
                return Ok((members, false));
            }
            let answer = found(self.api.get(&from(url, start)).await?, what)?;
            let (values, further) = page(&answer)?;
            members.extend(values);
            if members.len() >= most {
                let whole = members.len() == most && further.is_none();
                members.truncate(most);
                return Ok((members, whole));
            }
            next = further;
        }
        Ok((members, true))
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
