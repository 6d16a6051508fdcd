//! The part of GitHub's REST API that only forwarding uses: a webhook of kind `cli`, made and switched on.

use http::StatusCode;
use http::header::ACCEPT;
use perch_core::seam::tunnel::{TunnelContext, TunnelError};
use reqwest::{Client, Method, RequestBuilder, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

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

pub(super) struct Api<'a> {
    ctx: &'a TunnelContext<'a>,
    client: Client,
    base: Url,
    pub(super) token: &'a SecretString,
    secret: &'a SecretString,
}

impl<'a> Api<'a> {
    /// The API of the connection; a token and a webhook secret are needed.
    pub(super) fn of(rim: &Rim, ctx: &'a TunnelContext<'a>) -> Result<Self, TunnelError> {
        let missing = |what: &str| TunnelError::Refused {
            problem: format!("the connection has no {what}"),
            next_step: "set it with `perch connect github`".into(),
        };
        let base = Url::parse(&ctx.connection.base_url)
            .map_err(|error| TunnelError::Broken(format!("the connection's address: {error}")))?;
        Ok(Self {
            ctx,
            client: (rim.client)(&base),
            base,
            token: ctx.token.ok_or_else(|| missing("token"))?,
            secret: ctx.secret.ok_or_else(|| missing("webhook secret"))?,
        })
    }

    /// True for an address that the token may be sent to: encrypted, or as near as the API itself.
    pub(super) fn may_trust(&self, url: &Url) -> bool {
        matches!(url.scheme(), "wss" | "https")
            || (self.base.scheme() == "http" && url.host_str() == self.base.host_str())
    }

    /// Makes the webhook, switched off; nothing if another one is in the way.
    pub(super) async fn create(&self) -> Result<Option<Forwarding>, TunnelError> {
        let url = format!(
            "{}/repos/{}/hooks",
            self.base.as_str().trim_end_matches('/'),
            self.ctx.strand
        );
        let body = json!({
            "name": "cli",
            "active": false,
            "events": EVENTS,
            "config": {
                "content_type": "json",
                "insecure_ssl": "0",
                "secret": self.secret.expose_secret(),
            },
        });
        let response = self
            .request(Method::POST, &url, &body)
            .send()
            .await
            .map_err(|error| {
                TunnelError::Broken(format!("GitHub could not be reached: {}", plain(&error)))
            })?;
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
            .request(Method::PATCH, url, &json!({ "active": true }))
            .send()
            .await
            .map_err(|error| NotOpened::Broken(plain(&error)))?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(NotOpened::Status(status)),
        }
    }

    fn request(&self, method: Method, url: &str, body: &Value) -> RequestBuilder {
        self.client
            .request(method, url)
            .bearer_auth(self.token.expose_secret())
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
            .json(body)
            .timeout(self.ctx.pace.patience)
    }
}
