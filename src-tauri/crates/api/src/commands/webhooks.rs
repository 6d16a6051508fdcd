//! The commands about webhooks at a forge: list, make, remove, and replace their secret.
//!
//! Only what Perch made is ever changed or removed there.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use perch_core::change::Change;
use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use perch_core::seam::hooks::{Hook, Hooks, NewHook};
use perch_core::seam::http_cache::Forgetful;
use perch_core::seam::provider::{Context, ProviderError};
use perch_store::table::webhooks::{self, WebhookRow};
use secrecy::SecretString;
use url::Url;

use super::connections::blocking;
use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::webhooks::{MakeWebhooks, OfConnection, WebhookFailure, WebhookView, Webhooks};

/// The secret that webhooks are signed with.
const SECRET: &str = "webhook_secret";
/// The one that replaces it; both are believed meanwhile.
const NEXT: &str = "webhook_secret_next";
/// Bytes of a secret made here.
const STRENGTH: usize = 32;

impl Api {
    pub(super) async fn webhooks(
        &self,
        user: &UserId,
        request: OfConnection,
    ) -> Result<Webhooks, ApiError> {
        let far = self.far(user, &request.connection).await?;
        self.told(&far, Vec::new()).await
    }

    pub(super) async fn make_webhooks(
        &self,
        user: &UserId,
        request: MakeWebhooks,
    ) -> Result<Webhooks, ApiError> {
        let far = self.far(user, &request.connection).await?;
        let url = address(&far.connection, &request.url)?;
        let repositories = if request.repositories.is_empty() {
            far.connection.watch.clone()
        } else {
            request.repositories
        };
        for repository in &repositories {
            let watched = &far.connection.watch;
            if !watched
                .iter()
                .any(|one| one.eq_ignore_ascii_case(repository))
            {
                let message = format!(
                    "`{}` does not watch `{repository}`; it watches {}",
                    far.connection.id,
                    watched.join(", ")
                );
                return Err(ApiError::new(Code::Invalid, message));
            }
        }
        // The listener must know the secret before the forge sends its first message.
        let (signs_with, secret) = match self.secret(&far, NEXT).await? {
            Some(next) => (NEXT, next),
            None => match self.secret(&far, SECRET).await? {
                Some(secret) => (SECRET, secret),
                None => (SECRET, self.new_secret(&far, SECRET).await?),
            },
        };
        let wanted = NewHook { url, secret };
        let mut failures = Vec::new();
        for repository in &repositories {
            let ctx = self.context(&far);
            match far.hooks.create(&ctx, repository, &wanted).await {
                Ok(hook) => self.remember(&far, repository, &hook, signs_with).await?,
                Err(error) => failures.push(failure(repository, &error)),
            }
        }
        self.engine.announce(Change::Status);
        self.told(&far, failures).await
    }

    pub(super) async fn remove_webhooks(
        &self,
        user: &UserId,
        request: OfConnection,
    ) -> Result<Webhooks, ApiError> {
        let far = self.far(user, &request.connection).await?;
        let failures = self.remove_made(&far).await?;
        self.engine.announce(Change::Status);
        self.told(&far, failures).await
    }

    pub(super) async fn rotate_webhook_secret(
        &self,
        user: &UserId,
        request: OfConnection,
    ) -> Result<Webhooks, ApiError> {
        let far = self.far(user, &request.connection).await?;
        // One that was begun goes on with the same secret, or those changed already could not be told from the others.
        let secret = match self.secret(&far, NEXT).await? {
            Some(next) => next,
            None => self.new_secret(&far, NEXT).await?,
        };
        let mut failures = Vec::new();
        for row in self.made(&far).await? {
            let wanted = NewHook {
                url: row.url.clone(),
                secret: secret.clone(),
            };
            let ctx = self.context(&far);
            let changed = far
                .hooks
                .update(&ctx, &row.repository, &row.webhook_id, &wanted);
            match changed.await {
                Ok(hook) => {
                    if hook.id != row.webhook_id {
                        self.forget(&row).await?;
                    }
                    self.remember(&far, &row.repository, &hook, NEXT).await?;
                }
                Err(error) => failures.push(failure(&row.repository, &error)),
            }
        }
        self.engine.announce(Change::Status);
        self.told(&far, failures).await
    }

    pub(super) async fn promote_webhook_secret(
        &self,
        user: &UserId,
        request: OfConnection,
    ) -> Result<Webhooks, ApiError> {
        let far = self.far(user, &request.connection).await?;
        let Some(next) = self.secret(&far, NEXT).await? else {
            let message = format!(
                "`{}` has no next webhook secret; `perch webhook rotate {0}` makes one",
                far.connection.id
            );
            return Err(ApiError::new(Code::Invalid, message));
        };
        let made = self.made(&far).await?;
        let behind: Vec<&str> = made
            .iter()
            .filter(|row| row.signs_with != NEXT)
            .map(|row| row.repository.as_str())
            .collect();
        if !behind.is_empty() {
            let message = format!(
                "the webhooks of {} still sign with the old secret; `perch webhook rotate {}` tries them again",
                behind.join(", "),
                far.connection.id
            );
            return Err(ApiError::new(Code::Invalid, message));
        }
        self.set_secret(&far, SECRET, next).await?;
        let id = far.connection.id.clone();
        self.engine
            .db()
            .write(move |db| webhooks::all_sign_with(db, &id, SECRET))
            .await?;
        let (secrets, entry) = (Arc::clone(self.engine.secrets()), entry(&far, NEXT));
        blocking(move || secrets.delete(&entry))
            .await?
            .map_err(|error| ApiError::new(Code::Failed, error.to_string()))?;
        self.engine.announce(Change::Status);
        self.told(&far, Vec::new()).await
    }

    /// Takes away at the forge what Perch made for `connection`, as far as it can. Returns what it could not.
    pub(super) async fn take_webhooks_away(
        &self,
        connection: &Connection,
    ) -> Result<Vec<WebhookFailure>, ApiError> {
        match self.far(&connection.user_id, connection.id.as_str()).await {
            Ok(far) => self.remove_made(&far).await,
            // It makes none, so there is none to take away.
            Err(error) if error.code == Code::Invalid => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn remove_made(&self, far: &Far) -> Result<Vec<WebhookFailure>, ApiError> {
        let mut failures = Vec::new();
        for row in self.made(far).await? {
            let ctx = self.context(far);
            match far
                .hooks
                .delete(&ctx, &row.repository, &row.webhook_id)
                .await
            {
                Ok(()) => self.forget(&row).await?,
                Err(error) => failures.push(failure(&row.repository, &error)),
            }
        }
        Ok(failures)
    }

    /// The webhooks that lead to a connection, as they stand at the forge now.
    async fn told(
        &self,
        far: &Far,
        mut failures: Vec<WebhookFailure>,
    ) -> Result<Webhooks, ApiError> {
        let path = path(&far.connection);
        let made = self.made(far).await?;
        let mut views = Vec::new();
        for repository in &far.connection.watch {
            let found = match far.hooks.list(&self.context(far), repository).await {
                Ok(found) => found,
                Err(error) => {
                    if !failures.iter().any(|one| one.repository == *repository) {
                        failures.push(failure(repository, &error));
                    }
                    continue;
                }
            };
            views.extend(found.into_iter().filter_map(|hook| {
                let made_here = made
                    .iter()
                    .any(|row| row.repository == *repository && row.webhook_id == hook.id);
                let leads_here =
                    hook.url.ends_with(&path) || hook.url.ends_with("/webhooks/code-repo");
                (made_here || leads_here).then(|| WebhookView {
                    repository: repository.clone(),
                    id: hook.id,
                    url: hook.url,
                    active: hook.active,
                    made_here,
                })
            }));
        }
        Ok(Webhooks {
            connection: far.connection.id.to_string(),
            path,
            secret: self.secret(far, SECRET).await?.is_some(),
            rotating: self.secret(far, NEXT).await?.is_some(),
            webhooks: views,
            failures,
        })
    }

    async fn far(&self, user: &UserId, name: &str) -> Result<Far, ApiError> {
        let connection = self.own_connection(user, name)?;
        let provider = self.engine.provider(&connection.provider);
        let hooks = provider
            .and_then(|provider| provider.hooks())
            .ok_or_else(|| {
                let message = format!("`{name}` has no webhooks that Perch could make");
                ApiError::new(Code::Invalid, message)
            })?;
        let token = self.engine.token(&connection.id, self.now()).await;
        let token = token.map_err(|problem| ApiError::new(Code::Failed, problem))?;
        Ok(Far {
            connection,
            hooks,
            token,
        })
    }

    fn context<'a>(&self, far: &'a Far) -> Context<'a> {
        Context {
            connection: &far.connection,
            token: far.token.as_ref(),
            cache: &Forgetful,
            now: self.now(),
        }
    }

    async fn made(&self, far: &Far) -> Result<Vec<WebhookRow>, ApiError> {
        let id = far.connection.id.clone();
        Ok(self
            .engine
            .db()
            .read(move |db| webhooks::of(db, &id))
            .await?)
    }

    async fn remember(
        &self,
        far: &Far,
        repository: &str,
        hook: &Hook,
        signs_with: &str,
    ) -> Result<(), ApiError> {
        let row = WebhookRow {
            connection_id: far.connection.id.clone(),
            repository: repository.to_owned(),
            webhook_id: hook.id.clone(),
            url: hook.url.clone(),
            signs_with: signs_with.to_owned(),
            made_at: self.now(),
        };
        Ok(self
            .engine
            .db()
            .write(move |db| webhooks::put(db, &row))
            .await?)
    }

    async fn forget(&self, row: &WebhookRow) -> Result<(), ApiError> {
        let row = row.clone();
        Ok(self
            .engine
            .db()
            .write(move |db| webhooks::remove(db, &row))
            .await?)
    }

    async fn secret(&self, far: &Far, key: &str) -> Result<Option<SecretString>, ApiError> {
        let (secrets, entry) = (Arc::clone(self.engine.secrets()), entry(far, key));
        blocking(move || secrets.get(&entry))
            .await?
            .map_err(|error| ApiError::new(Code::Failed, error.to_string()))
    }

    async fn set_secret(&self, far: &Far, key: &str, secret: SecretString) -> Result<(), ApiError> {
        let (secrets, entry) = (Arc::clone(self.engine.secrets()), entry(far, key));
        blocking(move || secrets.set(&entry, &secret))
            .await?
            .map_err(|error| ApiError::new(Code::Failed, error.to_string()))?;
        // The listener takes up secrets when the state changed.
        self.engine.announce(Change::Status);
        Ok(())
    }

    /// A secret nobody can guess, kept before anybody signs with it.
    async fn new_secret(&self, far: &Far, key: &str) -> Result<SecretString, ApiError> {
        let mut bytes = [0; STRENGTH];
        getrandom::fill(&mut bytes).map_err(|error| {
            ApiError::new(
                Code::Failed,
                format!("there is no randomness to be had: {error}"),
            )
        })?;
        let secret = SecretString::from(URL_SAFE_NO_PAD.encode(bytes));
        self.set_secret(far, key, secret.clone()).await?;
        Ok(secret)
    }
}

/// A connection whose forge lets programs make webhooks.
struct Far {
    connection: Connection,
    hooks: &'static dyn Hooks,
    token: Option<SecretString>,
}

fn entry(far: &Far, key: &str) -> String {
    format!("{}/{key}", far.connection.id)
}

fn path(connection: &Connection) -> String {
    webhook_path(&connection.id)
}

/// The path of a connection on the listener.
pub(super) fn webhook_path(id: &ConnectionId) -> String {
    format!("/webhooks/{id}")
}

fn failure(repository: &str, error: &ProviderError) -> WebhookFailure {
    WebhookFailure {
        repository: repository.to_owned(),
        problem: error.to_string(),
    }
}

/// The whole address of a connection's webhooks, from the one that leads to the listener.
fn address(connection: &Connection, given: &str) -> Result<String, ApiError> {
    let invalid = |message: String| ApiError::new(Code::Invalid, message);
    let url = Url::parse(given.trim()).ok().filter(Url::has_host).ok_or_else(|| {
        invalid(format!(
            "`{given}` is no address; give the one that leads to Perch's listener, such as https://perch.example.org"
        ))
    })?;
    let near = connection.base_url.starts_with("http://");
    if url.scheme() != "https" && !(url.scheme() == "http" && near) {
        return Err(invalid(format!(
            "`{given}` would carry webhooks unencrypted; write https"
        )));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(invalid(format!(
            "`{given}` holds more than a host and a path; take the rest off"
        )));
    }
    let plain = url.as_str().trim_end_matches('/').to_owned();
    let path = path(connection);
    if plain.ends_with(&path) || plain.ends_with("/webhooks/code-repo") {
        return Ok(plain);
    }
    Ok(format!("{plain}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_the_connection_s_own_path_and_is_encrypted() {
        let connection = |base_url: &str| Connection {
            id: ConnectionId::new("github-acme"),
            user_id: UserId::new("ada"),
            provider: "github".into(),
            base_url: base_url.into(),
            watch: vec!["acme/api".into()],
            identities: Vec::new(),
            insecure: false,
            tunnel: None,
            enabled: true,
            settings: serde_json::Map::new(),
        };
        let public = connection("https://api.github.com");
        let own = "https://perch.example.org/webhooks/github-acme";
        for (given, whole) in [
            ("https://perch.example.org", Some(own)),
            ("https://perch.example.org/", Some(own)),
            (own, Some(own)),
            (
                "https://perch.example.org/a/b",
                Some("https://perch.example.org/a/b/webhooks/github-acme"),
            ),
            (
                "https://perch.example.org/webhooks/code-repo",
                Some("https://perch.example.org/webhooks/code-repo"),
            ),
            ("http://perch.example.org", None),
            ("perch.example.org", None),
            ("", None),
            ("https://ada:x@perch.example.org", None),
            ("https://perch.example.org/?a=b", None),
        ] {
            assert_eq!(address(&public, given).ok().as_deref(), whole, "{given}");
        }
        let near = connection("http://127.0.0.1:3000");
        assert!(address(&near, "http://127.0.0.1:7420").is_ok());
    }
}
