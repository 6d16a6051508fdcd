//! One repository being looked at: what was asked, what it brought, what is to be remembered.

use std::collections::{BTreeMap, HashSet};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::{Head, Place};
use super::turns::Look;
use crate::http::Answer;
use crate::http::address::encode;
use crate::providers::gitea::api::{Api, has_next, members, page_of, unwatchable};
use crate::rounds::Purse;

/// How far each poll looks back behind where the last one stopped. What changed while its pages were read may
/// have slipped from one page to another.
const OVERLAP: SignedDuration = SignedDuration::from_secs(60);

/// A repository being looked at.
pub(super) struct Work<'a> {
    pub(super) api: Api<'a>,
    pub(super) purse: &'a Purse,
    /// `owner/name` as it is watched.
    pub(super) name: &'a str,
    pub(super) place: Place,
    /// True for the first look: everything is there already.
    pub(super) baseline: bool,
    /// What the poll before read changes up to, less the overlap.
    pub(super) since: Option<Timestamp>,
    pub(super) deliveries: Vec<(Timestamp, NewDelivery)>,
    /// Issues and pull requests this poll listed, by number.
    pub(super) listed: BTreeMap<u64, Value>,
    /// Looks taken in this poll.
    pub(super) looked: HashSet<Look>,
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
            since: place.and_then(|place| behind(place.things_until)),
            place: place.cloned().unwrap_or_default(),
            deliveries: Vec::new(),
            listed: BTreeMap::new(),
            looked: HashSet::new(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.api.ctx.now
    }

    /// The address of `rest` below the repository.
    pub(super) fn url(&self, rest: &str) -> String {
        self.api.url(&format!("/repos/{}{rest}", encode(self.name)))
    }

    /// The members of the list at `rest`, from page to page until `enough` says so, at most `pages`.
    ///
    /// Nothing when there is no such thing (404, 409 and 422: an empty repository, a commit that is gone, a
    /// feature that is turned off) or when the token may not read just this.
    pub(super) async fn list(
        &self,
        rest: &str,
        field: Option<&str>,
        pages: usize,
        enough: impl Fn(&[Value]) -> bool + Send,
    ) -> Result<Option<Vec<Value>>, ProviderError> {
        let url = self.url(rest);
        let mut items: Vec<Value> = Vec::new();
        for page in 1..=pages {
            let answer = self.api.get(&page_of(&url, page)).await?;
            if !self.is_there(&answer)? {
                return Ok(None);
            }
            let read = members(&answer, field)?;
            let on_page = read.len();
            items.extend(read);
            if enough(&items) || !has_next(&answer, items.len(), on_page) {
                break;
            }
        }
        Ok(Some(items))
    }

    /// True for an answer that is one, false when there is no such thing.
    pub(super) fn is_there(&self, answer: &Answer) -> Result<bool, ProviderError> {
        match answer.status {
            status if status.is_success() => Ok(true),
            StatusCode::NOT_FOUND
            | StatusCode::CONFLICT
            | StatusCode::GONE
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::FORBIDDEN => Ok(false),
            _ => Err(unwatchable(answer, self.name)),
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

    /// True for what happened since watching began.
    pub(super) fn is_news(&self, at: Option<Timestamp>) -> bool {
        !self.baseline && at.is_some() && at >= self.place.begun
    }
}

/// The moment to look back to.
pub(super) fn behind(until: Option<Timestamp>) -> Option<Timestamp> {
    until.and_then(|until| until.checked_sub(OVERLAP).ok())
}

/// The pull request of a commit, as a build is told with.
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

/// A moment the server writes, if it is one.
pub(super) fn moment(value: &Value, name: &str) -> Option<Timestamp> {
    value[name].as_str()?.parse().ok()
}

/// A moment as it stands in keys.
pub(super) fn second(at: Option<Timestamp>) -> i64 {
    at.map_or(0, Timestamp::as_second)
}
