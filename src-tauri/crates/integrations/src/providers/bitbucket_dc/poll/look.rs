//! One repository being looked at: what was asked, what it brought, and what may still be asked.

use http::StatusCode;
use jiff::Timestamp;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Place;
use crate::http::Answer;
use crate::providers::bitbucket_dc::api::{Api, from, page, read, repository, unwatchable};
use crate::rounds::Purse;

/// A repository being looked at.
pub(super) struct Work<'a> {
    pub(super) api: Api<'a>,
    purse: &'a Purse,
    /// `PROJECT/repository` as it is watched.
    name: &'a str,
    pub(super) place: Place,
    /// True for the first look: everything is there already.
    pub(super) baseline: bool,
    pub(super) deliveries: Vec<(Timestamp, NewDelivery)>,
    /// True once this look saw that the repository itself can be read.
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
            there: false,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.api.ctx.now
    }

    /// The address of `rest` below the repository.
    pub(super) fn url(&self, rest: &str) -> String {
        self.api
            .url(&format!("{}{rest}", repository("api", self.name)))
    }

    /// Takes one request for following up; false when no more may be asked now.
    pub(super) fn may(&self) -> bool {
        self.purse.spend()
    }

    /// Learns the repository's number, its name as the server writes it, and its default branch.
    pub(super) async fn identify(&mut self) -> Result<(), ProviderError> {
        let answer = self.api.get(&self.url("")).await?;
        if !answer.status.is_success() {
            return Err(unwatchable(&answer, self.name));
        }
        let date = answer.header("date").map(jiff::fmt::rfc2822::parse);
        let date = date.and_then(Result::ok).map(|date| date.timestamp());
        if self.baseline {
            self.place.begun = date.or(Some(self.now()));
        }
        let details: Value = read(&answer)?;
        let text = |pointer: &str| {
            let found = details.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        self.place.id = details["id"].as_u64().unwrap_or_default();
        self.place.project = text("/project/key");
        self.place.slug = text("/slug");
        self.place.archived = details["archived"] == true;
        self.there = true;
        if !self.baseline {
            // The list of branches tells it.
            return Ok(());
        }
        let answer = self.api.get(&self.url("/default-branch")).await?;
        if answer.status == StatusCode::OK {
            let branch: Value = read(&answer)?;
            self.place.default_branch = branch["displayId"].as_str().unwrap_or_default().into();
        }
        Ok(())
    }

    /// An answer that is one. Nothing when there is no such thing or the token may not read just this; whether it is
    /// just this is asked for once a look.
    pub(super) async fn seen(&mut self, answer: Answer) -> Result<Option<Answer>, ProviderError> {
        match answer.status {
            status if status.is_success() => Ok(Some(answer)),
            StatusCode::NOT_FOUND
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::GONE => {
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

    /// The page of the list at `url` that begins at `start`.
    pub(super) async fn list(
        &mut self,
        url: &str,
        start: u64,
    ) -> Result<Option<(Vec<Value>, Option<u64>)>, ProviderError> {
        let answer = self.api.get(&from(url, start)).await?;
        match self.seen(answer).await? {
            Some(answer) => page(&answer).map(Some),
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
            "id": self.place.id,
            "slug": self.place.slug,
            "project": {"key": self.place.project},
        });
        body["defaultBranch"] = self.place.default_branch.clone().into();
        body["date"] = at.map(|at| at.to_string()).into();
        let message = NewDelivery {
            door: Door::Poll,
            kind: format!("poll/{kind}"),
            external_id: Some(format!("poll/{}/{key}", self.place.id)),
            body: body.to_string().into(),
        };
        self.deliveries.push((at.unwrap_or(self.now()), message));
    }
}
