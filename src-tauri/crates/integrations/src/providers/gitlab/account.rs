//! Whose a token is at GitLab, what it may do, which projects it sees, and how one is had by device.
//!
//! Sources: docs.gitlab.com "Personal access tokens API", "OAuth 2.0 identity provider API" (device authorization
//! grant), "Projects API".

use async_trait::async_trait;
use http::StatusCode;
use jiff::Timestamp;
use perch_core::seam::account::{
    Account, DeviceAnswer, DeviceCode, ForgeCli, Grant, Listing, Need, Seen, TokenCheck,
};
use perch_core::seam::provider::{Context, ProviderError};
use serde_json::Value;

use super::api::{Api, host, read, start_page};
use super::{ABOUT, GitLab};
use crate::account::{line, listing, need, unknown};
use crate::device::Endpoints;
use crate::http::Answer;
use crate::http::limits::day_ends;

#[async_trait]
impl Account for GitLab {
    async fn check_token(&self, ctx: &Context<'_>) -> Result<TokenCheck, ProviderError> {
        let api = self.api(ctx);
        let answer = api.get(&api.url("/user")).await?;
        if answer.status != StatusCode::OK {
            return Err(refusal(&answer));
        }
        let user: Value = read(&answer)?;
        let mut check = TokenCheck {
            login: user["username"].as_str().map(Into::into),
            kind: "a token whose scopes GitLab does not list".into(),
            needs: unknown(ABOUT.scopes),
            ..TokenCheck::default()
        };
        let answer = api.get(&api.url("/personal_access_tokens/self")).await?;
        if answer.status == StatusCode::OK {
            let token: Value = read(&answer)?;
            let scopes: Vec<String> = token["scopes"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|scope| scope.as_str().map(Into::into))
                .collect();
            check.kind = "an access token".into();
            check.needs = needs(&scopes);
            check.scopes = Some(scopes);
            check.ends = token["expires_at"].as_str().and_then(day_ends);
        }
        Ok(check)
    }

    async fn repositories(&self, ctx: &Context<'_>) -> Result<Listing, ProviderError> {
        let api = self.api(ctx);
        let first = api.url(
            "/projects?membership=true&archived=false&order_by=last_activity_at&sort=desc&per_page=100",
        );
        listing(api, first, seen, |answer, _, _| answer.next_page(), refusal).await
    }

    fn cli(&self, base_url: &str) -> Option<ForgeCli> {
        let server = host(base_url);
        let host = server.split('~').next().unwrap_or_default();
        Some(ForgeCli {
            program: "glab",
            arguments: ["config", "get", "token", "--host", host]
                .map(Into::into)
                .into(),
        })
    }

    fn grants_devices(&self) -> bool {
        true
    }

    async fn begin_device(
        &self,
        ctx: &Context<'_>,
        client_id: &str,
        accepting: bool,
    ) -> Result<DeviceCode, ProviderError> {
        let scope = if accepting { "api" } else { "read_api" };
        endpoints(&ctx.connection.base_url)
            .begin(client_id, scope)
            .await
    }

    async fn ask_device(
        &self,
        ctx: &Context<'_>,
        client_id: &str,
        code: &DeviceCode,
    ) -> Result<DeviceAnswer, ProviderError> {
        let endpoints = endpoints(&ctx.connection.base_url);
        endpoints.ask(client_id, code, ctx.now).await
    }

    async fn renew(&self, ctx: &Context<'_>, grant: &Grant) -> Result<Grant, ProviderError> {
        endpoints(&ctx.connection.base_url)
            .renew(grant, ctx.now)
            .await
    }
}

/// When the token ends, if it is of a kind that says so.
pub(super) async fn token_ends(api: Api<'_>) -> Result<Option<Timestamp>, ProviderError> {
    let answer = api.get(&api.url("/personal_access_tokens/self")).await?;
    if answer.status != StatusCode::OK {
        return Ok(None);
    }
    let token: Value = read(&answer)?;
    Ok(token["expires_at"].as_str().and_then(day_ends))
}

fn endpoints(base_url: &str) -> Endpoints {
    let start = start_page(base_url);
    Endpoints {
        forge: "GitLab",
        code: format!("{start}/oauth/authorize_device"),
        token: format!("{start}/oauth/token"),
    }
}

/// What the listed scopes mean here. Roles are a matter of each project.
fn needs(scopes: &[String]) -> Vec<Need> {
    let has = |name: &str| scopes.iter().any(|scope| scope == name);
    ABOUT
        .scopes
        .iter()
        .map(|scope| match scope.name {
            "read_api" => need(scope, Some(has("read_api") || has("api"))),
            "api" => need(scope, Some(has("api"))),
            _ => need(scope, None),
        })
        .collect()
}

fn seen(project: &Value) -> Option<Seen> {
    Some(Seen {
        name: project["path_with_namespace"].as_str()?.to_owned(),
        description: line(project, "description"),
        private: project["visibility"]
            .as_str()
            .is_some_and(|visibility| visibility != "public"),
        archived: project["archived"] == true,
        active_at: project["last_activity_at"]
            .as_str()
            .and_then(|at| at.parse().ok()),
    })
}

fn refusal(answer: &Answer) -> ProviderError {
    ProviderError::Refused {
        problem: format!(
            "GitLab does not say whose the token is: {} {}",
            answer.status.as_u16(),
            answer.message()
        ),
        next_step: "make one with the scope `read_api`, or `api` to accept suggestions".into(),
    }
}
