//! One repository being looked at: what was asked, what it brought, what is to be remembered.

use std::collections::{BTreeMap, HashSet};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::http_cache::Validators;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::{Head, Place};
use crate::http::Answer;
use crate::http::address::encode;
use crate::providers::github::api::{Api, unwatchable};
use crate::rounds::Purse;

/// A repository being looked at.
pub(super) struct Work<'a> {
    pub(super) api: Api<'a>,
    pub(super) purse: &'a Purse,
    /// `owner/name` as it is watched.
    pub(super) name: &'a str,
    pub(super) place: Place,
    /// True for the first look: everything is there already.
    pub(super) baseline: bool,
    /// The poll before read changes up to here.
    pub(super) since: Option<Timestamp>,
    pub(super) deliveries: Vec<(Timestamp, NewDelivery)>,
    pub(super) validators: Vec<(String, Validators)>,
    pub(super) wait: Option<SignedDuration>,
    /// Issues and pull requests this poll listed, by number.
    pub(super) listed: BTreeMap<u64, Value>,
    /// Addresses asked in this poll.
    asked: HashSet<String>,
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
            since: place.and_then(|place| place.things_until),
            place: place.cloned().unwrap_or_default(),
            deliveries: Vec::new(),
            validators: Vec::new(),
            wait: None,
            listed: BTreeMap::new(),
            asked: HashSet::new(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.api.ctx.now
    }

    /// The address of `rest` below the repository.
    pub(super) fn url(&self, rest: &str) -> String {
        self.api.url(&format!("/repos/{}{rest}", encode(self.name)))
    }

    /// Asks for `url` unless it is unchanged. The first look asks for everything, whatever validators an earlier
    /// watching left behind.
    pub(super) async fn ask(&self, url: &str) -> Result<Option<Answer>, ProviderError> {
        if self.baseline {
            return self.api.get(url).await.map(Some);
        }
        self.api.get_if_changed(url).await
    }

    /// Asks for `url` if it changed; the same address is asked once a poll.
    ///
    /// Nothing too when there is no such thing (404, 409 and 422: an empty repository, a commit that is gone, a
    /// feature that is turned off) or when the token may not read just this.
    pub(super) async fn changed(&mut self, url: &str) -> Result<Option<Answer>, ProviderError> {
        if !self.asked.insert(url.to_owned()) {
            return Ok(None);
        }
        let Some(answer) = self.ask(url).await? else {
            return Ok(None);
        };
        self.wait = self.wait.max(answer.poll_interval());
        Ok(match answer.status {
            status if status.is_success() => Some(answer),
            StatusCode::NOT_FOUND
            | StatusCode::CONFLICT
            | StatusCode::GONE
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::FORBIDDEN => None,
            _ => return Err(unwatchable(&answer, self.name)),
        })
    }

    /// Remembers an answer whose content is used up. It counts only if the whole look succeeds.
    pub(super) fn remember(&mut self, url: &str, answer: &Answer) {
        if let Some(validators) = answer.validators() {
            self.validators.push((url.to_owned(), validators));
        }
    }

    /// Asks for a part of a sweep; nothing when this poll has asked enough, or there is no such thing.
    pub(super) async fn spend(&self, url: &str) -> Result<Option<Answer>, ProviderError> {
        if !self.purse.spend() {
            return Ok(None);
        }
        let answer = self.api.get(url).await?;
        Ok(answer.status.is_success().then_some(answer))
    }

    /// A message shaped like the webhook `kind` about the same thing. `key` tells it from all others here.
    pub(super) fn deliver(&mut self, kind: &str, key: &str, at: Option<Timestamp>, body: Value) {
        if !self.place.tell(key) {
            return;
        }
        let mut body = body;
        body["repository"] = self.repository();
        let message = NewDelivery {
            door: Door::Poll,
            kind: format!("poll/{kind}"),
            external_id: Some(format!("poll/{}/{key}", self.place.id)),
            body: body.to_string().into(),
        };
        self.deliveries.push((at.unwrap_or(self.now()), message));
    }

    fn repository(&self) -> Value {
        let (owner, name) = self
            .place
            .full_name
            .split_once('/')
            .unwrap_or(("", &self.place.full_name));
        json!({
            "id": self.place.id,
            "name": name,
            "full_name": self.place.full_name,
            "owner": {"login": owner},
            "html_url": self.place.html_url,
            "default_branch": self.place.default_branch,
        })
    }

    /// The pull request of a commit, as GitHub names it in check runs.
    pub(super) fn pull_requests(head: &Head) -> Value {
        match head.pull {
            Some(number) => json!([{
                "number": number,
                "base": {"ref": head.base},
                "user": {"login": head.author},
            }]),
            None => json!([]),
        }
    }
}

/// A moment GitHub writes, if it is one.
pub(super) fn moment(value: &Value, name: &str) -> Option<Timestamp> {
    value[name].as_str()?.parse().ok()
}

/// A moment as it stands in keys.
pub(super) fn second(at: Option<Timestamp>) -> i64 {
    at.map_or(0, Timestamp::as_second)
}
