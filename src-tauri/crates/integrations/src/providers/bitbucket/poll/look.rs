//! One repository being looked at: what was asked, what it brought, and what may still be asked.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Place;
use crate::http::Answer;
use crate::providers::bitbucket::api::{Api, bare, page, repository, unwatchable};
use crate::rounds::Purse;

/// Requests of the hour's that following up leaves for looks at rest, for facts and for what is accepted.
const RESERVE: u32 = 100;

/// A repository being looked at.
pub(super) struct Work<'a> {
    pub(super) api: Api<'a>,
    purse: &'a Purse,
    /// `workspace/repository` as it is watched.
    pub(super) name: &'a str,
    pub(super) place: Place,
    /// True for the first look: everything is there already.
    pub(super) baseline: bool,
    /// Looks taken before.
    pub(super) round: u64,
    pub(super) deliveries: Vec<(Timestamp, NewDelivery)>,
    /// Pull requests read in this poll.
    pub(super) read: BTreeMap<u64, Value>,
    /// False when something is left for the next look.
    pub(super) whole: bool,
    /// True once this look saw that the repository itself can be read.
    there: bool,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        api: Api<'a>,
        name: &'a str,
        place: Option<&Place>,
        round: u64,
        purse: &'a Purse,
    ) -> Self {
        Self {
            api,
            purse,
            name,
            baseline: place.is_none(),
            place: place.cloned().unwrap_or_default(),
            round,
            deliveries: Vec::new(),
            read: BTreeMap::new(),
            whole: true,
            there: false,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.api.ctx.now
    }

    /// The address of `rest` below the repository.
    pub(super) fn url(&self, rest: &str) -> String {
        self.api.url(&format!("{}{rest}", repository(self.name)))
    }

    /// Takes one request for following up; false when no more may be asked now.
    pub(super) fn may(&mut self) -> bool {
        let may = self.api.left().is_none_or(|left| left > RESERVE) && self.purse.spend();
        self.whole &= may;
        may
    }

    /// Asks for `url`. Nothing when there is no such thing (404: a feature that is turned off) or when the token may
    /// not read just this (403). Whether it is just this is asked for once a look.
    pub(super) async fn ask(&mut self, url: &str) -> Result<Option<Answer>, ProviderError> {
        let answer = self.api.get(url).await?;
        match answer.status {
            status if status.is_success() => Ok(Some(answer)),
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::GONE => {
                if !self.there {
                    let whole = self.api.get(&self.url("")).await?;
                    if !whole.status.is_success() {
                        return Err(unwatchable(&whole, self.name));
                    }
                    self.there = true;
                }
                Ok(None)
            }
            _ => Err(unwatchable(&answer, self.name)),
        }
    }

    /// A page of a list; nothing where [`Work::ask`] has nothing.
    pub(super) async fn list(
        &mut self,
        url: &str,
    ) -> Result<Option<(Vec<Value>, Option<String>)>, ProviderError> {
        match self.ask(url).await? {
            Some(answer) => page(&self.api, &answer).map(Some),
            None => Ok(None),
        }
    }

    /// A message shaped like the webhook `kind` about the same thing. `key` tells it from all others here.
    pub(super) fn deliver(
        &mut self,
        kind: &str,
        key: &str,
        at: Option<Timestamp>,
        mut body: Value,
    ) {
        if !self.place.told.tell(key) {
            return;
        }
        body["repository"] = json!({
            "uuid": self.place.id,
            "full_name": self.place.full_name,
            "mainbranch": {"name": self.place.default_branch},
            "links": {"html": {"href": self.place.page}},
        });
        let message = NewDelivery {
            door: Door::Poll,
            kind: format!("poll/{kind}"),
            external_id: Some(format!("poll/{}/{key}", bare(&self.place.id))),
            body: body.to_string().into(),
        };
        self.deliveries.push((at.unwrap_or(self.now()), message));
    }
}

/// A moment the API writes, if it is one.
pub(super) fn moment(value: &Value, name: &str) -> Option<Timestamp> {
    value[name].as_str()?.parse().ok()
}

/// A hash as Bitbucket cuts it in pull requests.
pub(super) fn cut(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
