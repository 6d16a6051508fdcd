//! The repository of one event, asked within a budget.

use std::collections::BTreeMap;

use http::StatusCode;
use perch_core::event::Event;
use perch_core::patch::Base;
use perch_core::seam::provider::{Budget, ProviderError};
use serde_json::Value;

use crate::http::Answer;
use crate::http::address::encode;
use crate::providers::gitea::api::{Api, members, read};

/// Why a want is not met.
pub(super) enum Lack {
    /// It cannot be had; the reason as a clause.
    Missing(String),
    /// Later it may be had, or the connection is broken.
    Failed(ProviderError),
}

impl From<ProviderError> for Lack {
    fn from(error: ProviderError) -> Self {
        Self::Failed(error)
    }
}

pub(super) fn missing(reason: impl Into<String>) -> Lack {
    Lack::Missing(reason.into())
}

/// Where facts come from. Answers several wants share are asked for once.
pub(super) struct Source<'a> {
    pub(super) api: Api<'a>,
    pub(super) event: &'a Event,
    pub(super) budget: Budget,
    pub(super) base: Option<Base>,
    left: u32,
    known: BTreeMap<String, Value>,
}

impl<'a> Source<'a> {
    pub(super) fn new(api: Api<'a>, event: &'a Event, budget: Budget, base: Option<Base>) -> Self {
        Self {
            api,
            event,
            budget,
            base,
            left: budget.requests,
            known: BTreeMap::new(),
        }
    }

    /// The address of `rest` below the repository.
    pub(super) fn url(&self, rest: &str) -> String {
        let repository = encode(&self.event.subject.repository);
        self.api.url(&format!("/repos/{repository}{rest}"))
    }

    /// Takes one request from the budget.
    pub(super) fn spend(&mut self) -> Result<(), Lack> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            missing("fetching it would take more requests than one event may cost")
        })?;
        Ok(())
    }

    /// JSON at `rest`; `what` names it for the reason it is missing.
    pub(super) async fn json(&mut self, rest: &str, what: &str) -> Result<Value, Lack> {
        if let Some(known) = self.known.get(rest) {
            return Ok(known.clone());
        }
        self.spend()?;
        let answer = self.api.get(&self.url(rest)).await?;
        let value: Value = read(&found(answer, what)?)?;
        self.known.insert(rest.to_owned(), value.clone());
        Ok(value)
    }

    /// The members of a list over all its pages, at most `most`.
    pub(super) async fn list(
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
            let answer = found(self.api.get(&Api::page(&url, page)).await?, what)?;
            let read = members(&answer, field)?;
            let on_page = read.len();
            listed.extend(read);
            if listed.len() >= most || !Api::has_next(&answer, listed.len(), on_page) {
                break;
            }
        }
        listed.truncate(most);
        Ok(listed)
    }
}

/// An answer that is one; else why `what` is missing.
pub(super) fn found(answer: Answer, what: &str) -> Result<Answer, Lack> {
    match answer.status {
        status if status.is_success() => Ok(answer),
        StatusCode::GONE => Err(missing(format!("{what} has expired"))),
        StatusCode::NOT_FOUND => Err(missing(format!("{what} is not there"))),
        StatusCode::FORBIDDEN => Err(missing(format!("the token may not read {what}"))),
        status => Err(missing(format!(
            "the server answered {status} about {what}"
        ))),
    }
}
