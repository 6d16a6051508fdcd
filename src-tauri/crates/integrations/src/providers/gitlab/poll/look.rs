//! One project being looked at: what was asked, what it brought, what is to be remembered.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::http_cache::Validators;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Place;
use crate::http::Answer;
use crate::http::address::part;
use crate::providers::gitlab::api::{Api, unwatchable};
use crate::rounds::Purse;

/// A project being looked at.
pub(super) struct Work<'a> {
    pub(super) api: Api<'a>,
    pub(super) purse: &'a Purse,
    /// `group/project` as it is watched.
    pub(super) name: &'a str,
    pub(super) place: Place,
    /// True for the first look: everything is there already.
    pub(super) baseline: bool,
    pub(super) deliveries: Vec<(Timestamp, NewDelivery)>,
    pub(super) validators: Vec<(String, Validators)>,
    /// Issues and merge requests read in this poll, by the API's name of their kind and number.
    pub(super) read: BTreeMap<(&'static str, u64), Value>,
    /// True once this poll saw that the project itself can be read.
    there: bool,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        api: Api<'a>,
        name: &'a str,
        place: Option<&Place>,
        purse: &'a Purse,
    ) -> Self {
        Self {
            api,
            purse,
            name,
            baseline: place.is_none(),
            place: place.cloned().unwrap_or_default(),
            deliveries: Vec::new(),
            validators: Vec::new(),
            read: BTreeMap::new(),
            there: false,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.api.ctx.now
    }

    /// The address of `rest` below the project: by its number once that is known, which a move does not change.
    pub(super) fn url(&self, rest: &str) -> String {
        let project = match self.place.id {
            0 => part(self.name),
            id => id.to_string(),
        };
        self.api.url(&format!("/projects/{project}{rest}"))
    }

    /// Asks for `url` unless it is unchanged. The first look asks for everything, whatever validators an earlier
    /// watching left behind.
    ///
    /// Nothing too when there is no such thing (404: a feature that is turned off) or when the token may not read
    /// just this (403). Whether it is just this is asked for once a poll.
    pub(super) async fn changed(&mut self, url: &str) -> Result<Option<Answer>, ProviderError> {
        let answer = if self.baseline {
            Some(self.api.get(url).await?)
        } else {
            self.api.get_if_changed(url).await?
        };
        let Some(answer) = answer else {
            return Ok(None);
        };
        match answer.status {
            status if status.is_success() => Ok(Some(answer)),
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => {
                if !self.there {
                    let project = self.api.get(&self.url("")).await?;
                    if !project.status.is_success() {
                        return Err(unwatchable(&project, self.name));
                    }
                    self.there = true;
                }
                Ok(None)
            }
            _ => Err(unwatchable(&answer, self.name)),
        }
    }

    /// Remembers an answer whose content is used up. It counts only if the whole look succeeds.
    pub(super) fn remember(&mut self, url: &str, answer: &Answer) {
        if let Some(validators) = answer.validators() {
            self.validators.push((url.to_owned(), validators));
        }
    }

    /// A thing of its own, such as an issue; absent when it is gone or hidden. Of one asked for before in this poll
    /// the answer is still known.
    pub(super) async fn thing(
        &mut self,
        kind: &'static str,
        number: u64,
    ) -> Result<Option<Value>, ProviderError> {
        if let Some(known) = self.read.get(&(kind, number)) {
            return Ok(Some(known.clone()));
        }
        let answer = self
            .api
            .get(&self.url(&format!("/{kind}/{number}")))
            .await?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        let thing: Value = crate::http::rest::read(&answer)?;
        self.read.insert((kind, number), thing.clone());
        Ok(Some(thing))
    }

    /// A message shaped like the webhook about the same thing. `key` tells it from all others here.
    pub(super) fn deliver(&mut self, key: &str, at: Option<Timestamp>, mut body: Value) {
        if !self.place.told.tell(key) {
            return;
        }
        body["project"] = json!({
            "id": self.place.id,
            "path_with_namespace": self.place.full_name,
            "default_branch": self.place.default_branch,
            "web_url": self.place.web_url,
        });
        let kind = body["object_kind"].as_str().unwrap_or_default().to_owned();
        let message = NewDelivery {
            door: Door::Poll,
            kind: format!("poll/{kind}"),
            external_id: Some(format!("poll/{}/{key}", self.place.id)),
            body: body.to_string().into(),
        };
        self.deliveries.push((at.unwrap_or(self.now()), message));
    }
}

/// A moment the API writes, if it is one.
pub(super) fn moment(value: &Value, name: &str) -> Option<Timestamp> {
    value[name].as_str()?.parse().ok()
}

/// A moment as it stands in keys.
pub(super) fn second(at: Option<Timestamp>) -> i64 {
    at.map_or(0, Timestamp::as_second)
}
