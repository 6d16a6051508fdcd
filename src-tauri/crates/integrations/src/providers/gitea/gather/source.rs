//! The repository of one event, as a server shows it.

use std::ops::{Deref, DerefMut};

use perch_core::event::Event;
use perch_core::patch::Base;
use perch_core::seam::provider::Budget;
use serde_json::Value;

use crate::facts::{self, Lack, found};
use crate::http::address::encode;
use crate::providers::gitea::api::{Api, has_next, members, page_of};

/// Where facts come from.
pub(super) struct Source<'a>(facts::Source<'a>);

impl<'a> Source<'a> {
    pub(super) fn new(api: Api<'a>, event: &'a Event, budget: Budget, base: Option<Base>) -> Self {
        let path = format!("/repos/{}", encode(&event.subject.repository));
        Self(facts::Source::new(api, &path, event, budget, base))
    }

    /// The members of a list over all its pages, at most `most`.
    pub(super) async fn counted(
        &mut self,
        rest: &str,
        field: Option<&str>,
        what: &str,
        most: usize,
    ) -> Result<Vec<Value>, Lack> {
        let url = self.url(rest);
        let mut listed = Vec::new();
        let mut page = 0;
        loop {
            if let Err(lack) = self.spend() {
                if listed.is_empty() {
                    return Err(lack);
                }
                break;
            }
            page += 1;
            let answer = found(self.api.get(&page_of(&url, page)).await?, what)?;
            let read = members(&answer, field)?;
            let on_page = read.len();
            listed.extend(read);
            if listed.len() >= most || !has_next(&answer, listed.len(), on_page) {
                break;
            }
        }
        listed.truncate(most);
        Ok(listed)
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
