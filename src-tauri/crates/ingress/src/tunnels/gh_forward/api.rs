//! The part of GitHub's REST API that forwarding uses: webhooks of kind `cli`, made, switched on, listed and removed.

use http::StatusCode;
use http::header::ACCEPT;
use perch_core::seam::tunnel::{TunnelContext, TunnelError};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{Forwarding, refused};
use crate::tunnels::Rim;
use crate::tunnels::websocket::{NotOpened, plain};

/// What Perch reads of a repository.
const EVENTS: [&str; 10] = [
    "check_run",
    "issue_comment",
    "issues",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "release",
    "status",
    "workflow_run",
];

/// The kind of webhook that forwards.
pub(super) const CLI: &str = "cli";

/// A webhook in a list.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) active: bool,
}

pub(super) struct Api<'a> {
    ctx: &'a TunnelContext<'a>,
    client: Client,
    base: Url,
    pub(super) token: &'a SecretString,
}

impl<'a> Api<'a> {
    /// The API of the connection; a token is needed.
    pub(super) fn of(rim: &Rim, ctx: &'a TunnelContext<'a>) -> Result<Self, TunnelError> {
        let base = Url::parse(&ctx.connection.base_url)
            .map_err(|error| TunnelError::Broken(format!("the connection's address: {error}")))?;
        Ok(Self {
            ctx,
            client: (rim.client)(&base),
            base,
            token: ctx.token.ok_or_else(|| missing("token"))?,
        })
    }

    /// True for an address that the token may be sent to: encrypted, or as near as the API itself.
    pub(super) fn may_trust(&self, url: &Url) -> bool {
        matches!(url.scheme(), "wss" | "https")
            || (self.base.scheme() == "http" && url.host_str() == self.base.host_str())
    }

    /// Makes the webhook, switched off; nothing if another one is in the way.
    pub(super) async fn create(&self) -> Result<Option<Forwarding>, TunnelError> {
        let secret = self.ctx.secret.ok_or_else(|| missing("webhook secret"))?;
        let body = json!({
            "name": CLI,
            "active": false,
            "events": EVENTS,
            "config": {
                "content_type": "json",
                "insecure_ssl": "0",
                "secret": secret.expose_secret(),
            },
        });
        let response = send(self.request(Method::POST, &self.hooks()).json(&body)).await?;
        let status = response.status();
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            let answer = response.text().await.unwrap_or_default();
            if answer.contains("already exists") {
                return Ok(None);
            }
            return Err(refused(status, "forward webhooks"));
        }
        if !status.is_success() {
            return Err(refused(status, "forward webhooks"));
        }
        let new = response.json().await.map_err(|_| {
            TunnelError::Broken(
                "GitHub's answer names no WebSocket; this server may not forward webhooks".into(),
            )
        })?;
        Ok(Some(new))
    }

    /// Switches the webhook on.
    pub(super) async fn activate(&self, url: &str) -> Result<(), NotOpened> {
        let ours = Url::parse(url).is_ok_and(|url| url.origin() == self.base.origin());
        if !ours {
            return Err(NotOpened::Broken("GitHub names a webhook elsewhere".into()));
        }
        let response = self
            .request(Method::PATCH, url)
            .json(&json!({ "active": true }))
            .send()
            .await
            .map_err(|error| NotOpened::Broken(plain(&error)))?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(NotOpened::Status(status)),
        }
    }

    /// The repository's webhooks; no repository may have more than a page of them.
    pub(super) async fn list(&self) -> Result<Vec<Listed>, TunnelError> {
        let url = format!("{}?per_page=100", self.hooks());
        let response = send(self.request(Method::GET, &url)).await?;
        if !response.status().is_success() {
            return Err(refused(response.status(), "list webhooks"));
        }
        response
            .json()
            .await
            .map_err(|_| TunnelError::Broken("GitHub's list of webhooks cannot be read".into()))
    }

    /// Removes a webhook; an absent one is no error.
    pub(super) async fn delete(&self, id: &str) -> Result<(), TunnelError> {
        let url = format!("{}/{id}", self.hooks());
        let status = send(self.request(Method::DELETE, &url)).await?.status();
        if status.is_success() || status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        Err(refused(status, "remove a webhook"))
    }

    fn hooks(&self) -> String {
        let base = self.base.as_str().trim_end_matches('/');
        format!("{base}/repos/{}/hooks", self.ctx.strand)
    }

    fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.client
            .request(method, url)
            .bearer_auth(self.token.expose_secret())
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
            .timeout(self.ctx.pace.patience)
    }
}

async fn send(request: RequestBuilder) -> Result<Response, TunnelError> {
    request.send().await.map_err(|error| {
        TunnelError::Broken(format!("GitHub could not be reached: {}", plain(&error)))
    })
}

fn missing(what: &str) -> TunnelError {
    TunnelError::Refused {
        problem: format!("the connection has no {what}"),
        next_step: "set it with `perch connect github`".into(),
    }
}
