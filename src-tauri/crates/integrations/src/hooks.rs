//! Webhooks at a forge: listed, made, changed and removed over its REST API. How a forge writes one is its
//! [`Shape`]; nothing here knows which forge it is.

use http::{Method, StatusCode};
use perch_core::seam::hooks::{Hook, NewHook};
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use crate::http::Answer;
use crate::http::rest::{Rest, read};

/// Pages of a list read at most.
const PAGES: usize = 20;

/// Members of a page asked for.
const PAGE: usize = 50;

/// Members of the smallest page a server gives out; a shorter one is the last.
const SMALLEST_PAGE: usize = 20;

/// How a forge writes its webhooks.
pub(crate) struct Shape {
    /// The forge's name for people.
    pub(crate) forge: &'static str,
    /// The path of a repository's list below the API's address.
    pub(crate) path: fn(&str) -> String,
    /// Where in its pages the members of the list stand, if not alone.
    pub(crate) members: Option<&'static str>,
    /// A webhook as it should be, for making and for changing one.
    pub(crate) write: fn(&NewHook) -> Value,
    /// A webhook as it stands; nothing when it is no web address.
    pub(crate) read: fn(&Value) -> Option<Hook>,
    /// What changes one.
    pub(crate) change: Method,
    /// What the token and its user need, for the next step.
    pub(crate) permission: &'static str,
}

/// One API and how its webhooks are written.
#[derive(Clone, Copy)]
pub(crate) struct Made<'a> {
    pub(crate) api: Rest<'a>,
    pub(crate) shape: &'a Shape,
}

impl Made<'_> {
    fn url(&self, repository: &str, rest: &str) -> String {
        let path = (self.shape.path)(repository);
        self.api.url(&format!("{path}{rest}"))
    }

    /// All that the token may see.
    pub(crate) async fn list(&self, repository: &str) -> Result<Vec<Hook>, ProviderError> {
        let mut found = Vec::new();
        for page in 1..=PAGES {
            // Each forge knows one way to count pages and passes over the others.
            let start = (page - 1) * PAGE;
            let rest =
                format!("?per_page={PAGE}&pagelen={PAGE}&limit={PAGE}&page={page}&start={start}");
            let answer = self.api.get(&self.url(repository, &rest)).await?;
            if !answer.status.is_success() {
                return Err(self.refusal(repository, &answer));
            }
            let mut hooks: Value = read(&answer)?;
            if let Some(members) = self.shape.members {
                hooks = hooks[members].take();
            }
            let Value::Array(hooks) = hooks else {
                return Err(self.no_list(repository));
            };
            found.extend(hooks.iter().filter_map(self.shape.read));
            if hooks.len() < SMALLEST_PAGE {
                break;
            }
        }
        Ok(found)
    }

    /// Makes one, or takes the one with the same address as made. Also what the forge answered.
    pub(crate) async fn create(
        &self,
        repository: &str,
        hook: &NewHook,
    ) -> Result<(Hook, Value), ProviderError> {
        // Looked for first: two webhooks with one address would tell everything twice.
        let there = self.list(repository).await?;
        let same = there.iter().find(|one| one.url == hook.url);
        match same {
            Some(same) => self.update(repository, &same.id, hook).await,
            None => self.send(Method::POST, repository, "", hook).await,
        }
    }

    /// Gives one another address and secret. Also what the forge answered.
    pub(crate) async fn update(
        &self,
        repository: &str,
        id: &str,
        hook: &NewHook,
    ) -> Result<(Hook, Value), ProviderError> {
        let rest = format!("/{}", crate::http::address::part(id));
        self.send(self.shape.change.clone(), repository, &rest, hook)
            .await
    }

    async fn send(
        &self,
        method: Method,
        repository: &str,
        rest: &str,
        hook: &NewHook,
    ) -> Result<(Hook, Value), ProviderError> {
        let body = (self.shape.write)(hook);
        let url = self.url(repository, rest);
        let answer = self.api.write(method, &url, Some(body)).await?;
        if !answer.status.is_success() {
            return Err(self.refusal(repository, &answer));
        }
        let made: Value = read(&answer)?;
        let hook = (self.shape.read)(&made).ok_or_else(|| {
            let forge = self.shape.forge;
            ProviderError::Unavailable(format!("{forge} did not say which webhook it made"))
        })?;
        Ok((hook, made))
    }

    /// Removes one; an absent one is no error.
    pub(crate) async fn delete(&self, repository: &str, id: &str) -> Result<(), ProviderError> {
        let rest = format!("/{}", crate::http::address::part(id));
        let url = self.url(repository, &rest);
        let answer = self.api.write(Method::DELETE, &url, None).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        if answer.status == StatusCode::NOT_FOUND {
            // The same answer comes to who may not see webhooks at all; then it still stands.
            return self.list(repository).await.map(drop);
        }
        Err(self.refusal(repository, &answer))
    }

    fn no_list(&self, repository: &str) -> ProviderError {
        let forge = self.shape.forge;
        ProviderError::Unavailable(format!(
            "{forge} answered with no list of the webhooks of `{repository}`"
        ))
    }

    fn refusal(&self, repository: &str, answer: &Answer) -> ProviderError {
        let Shape {
            forge, permission, ..
        } = self.shape;
        let message = answer.message();
        match answer.status {
            StatusCode::UNAUTHORIZED
            | StatusCode::NOT_FOUND
            | StatusCode::FORBIDDEN
            | StatusCode::GONE => ProviderError::Refused {
                problem: format!(
                    "{forge} does not let the token manage the webhooks of `{repository}`"
                ),
                next_step: format!(
                    "give it {permission}, or add the webhook by hand as the guide says"
                ),
            },
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => {
                ProviderError::Misconfigured {
                    problem: format!("{forge} refuses the webhook for `{repository}`: {message}"),
                    next_step: "give an address that it can reach from where it runs".into(),
                }
            }
            status => ProviderError::Unavailable(format!(
                "{forge} answered {status} about the webhooks of `{repository}`: {message}"
            )),
        }
    }
}
