//! Whose a token is at GitHub, what it may do, which repositories it sees, and how one is had by device.
//!
//! Sources: docs.github.com "Scopes for OAuth apps", "Authorizing OAuth apps" (device flow), "List repositories for
//! the authenticated user".

use async_trait::async_trait;
use http::StatusCode;
use perch_core::seam::account::{
    Account, DeviceAnswer, DeviceCode, ForgeCli, Grant, Listing, Need, Seen, TokenCheck,
};
use perch_core::seam::provider::{Context, ProviderError};
use reqwest::Url;
use serde_json::Value;

use super::api::{host, read};
use super::{ABOUT, GitHub};
use crate::account::{line, listing, unknown};
use crate::device::Endpoints;
use crate::http::Answer;
use crate::http::limits::ends;

/// What an OAuth application asks for: there is no smaller scope that sees private repositories.
const SCOPE: &str = "repo";

#[async_trait]
impl Account for GitHub {
    async fn check_token(&self, ctx: &Context<'_>) -> Result<TokenCheck, ProviderError> {
        let api = self.api(ctx);
        let answer = api.get(&api.url("/user")).await?;
        if answer.status != StatusCode::OK {
            return Err(refusal(&answer));
        }
        let user: Value = read(&answer)?;
        let scopes: Option<Vec<String>> = answer.header("x-oauth-scopes").map(|list| {
            list.split(',')
                .map(|scope| scope.trim().to_owned())
                .filter(|scope| !scope.is_empty())
                .collect()
        });
        Ok(TokenCheck {
            login: user["login"].as_str().map(Into::into),
            kind: match scopes {
                Some(_) => "a classic token".into(),
                None => "a token whose permissions GitHub does not list".into(),
            },
            needs: scopes
                .as_deref()
                .map_or_else(|| unknown(ABOUT.scopes), classic),
            scopes,
            ends: ends(&answer),
        })
    }

    async fn repositories(&self, ctx: &Context<'_>) -> Result<Listing, ProviderError> {
        let api = self.api(ctx);
        let first = api.url("/user/repos?per_page=100&sort=pushed");
        listing(api, first, seen, |answer, _, _| answer.next_page(), refusal).await
    }

    fn cli(&self, base_url: &str) -> Option<ForgeCli> {
        let host = host(base_url);
        Some(ForgeCli {
            program: "gh",
            arguments: ["auth", "token", "--hostname", &host]
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
        _accepting: bool,
    ) -> Result<DeviceCode, ProviderError> {
        endpoints(&ctx.connection.base_url)
            .begin(client_id, SCOPE)
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

/// The website's own address: that of the API without what GitHub puts before or behind it.
fn endpoints(base_url: &str) -> Endpoints {
    let scheme =
        Url::parse(base_url).map_or_else(|_| "https".into(), |url| url.scheme().to_owned());
    let website = format!("{scheme}://{}", host(base_url));
    Endpoints {
        forge: "GitHub",
        code: format!("{website}/login/device/code"),
        token: format!("{website}/login/oauth/access_token"),
    }
}

/// What a classic token's scopes mean here.
fn classic(scopes: &[String]) -> Vec<Need> {
    let has = |name: &str| scopes.iter().any(|scope| scope == name);
    let need = |name: &str, why: &str, held: bool| Need {
        name: name.into(),
        why: why.into(),
        only_to_accept: true,
        held: Some(held),
    };
    vec![
        need(
            "repo",
            "to see private repositories, and to push a fix branch, open a pull request or comment when you accept it",
            has("repo"),
        ),
        need(
            "workflow",
            "to change a workflow's file when you accept it",
            has("workflow"),
        ),
        need(
            "admin:repo_hook",
            "to make webhooks when you ask for it; `repo` holds it",
            has("admin:repo_hook") || has("write:repo_hook") || has("repo"),
        ),
    ]
}

fn seen(repository: &Value) -> Option<Seen> {
    Some(Seen {
        name: repository["full_name"].as_str()?.to_owned(),
        description: line(repository, "description"),
        private: repository["private"] == true,
        archived: repository["archived"] == true,
        active_at: repository["pushed_at"]
            .as_str()
            .and_then(|at| at.parse().ok()),
    })
}

fn refusal(answer: &Answer) -> ProviderError {
    ProviderError::Refused {
        problem: format!(
            "GitHub does not say whose the token is: {} {}",
            answer.status.as_u16(),
            answer.message()
        ),
        next_step: "make a new token with the permissions that are listed".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_goes_to_the_website_and_not_to_the_api() {
        for (base, website) in [
            ("https://api.github.com", "https://github.com"),
            ("https://ghe.acme.com/api/v3", "https://ghe.acme.com"),
            ("https://api.acme.ghe.com", "https://acme.ghe.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(endpoints(base).code, format!("{website}/login/device/code"));
        }
    }
}
