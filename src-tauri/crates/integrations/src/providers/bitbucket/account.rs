//! Whose a token is at Bitbucket, what it may do, and which repositories it sees.
//!
//! Bitbucket has no command line of its own and grants no tokens to devices. Source: developer.atlassian.com "The
//! Bitbucket Cloud REST API", `/repositories` with `role`.

use async_trait::async_trait;
use http::StatusCode;
use perch_core::seam::account::{Account, Listing, Seen, TokenCheck};
use perch_core::seam::provider::{Context, ProviderError};
use serde_json::Value;

use super::api::{page, read};
use super::{ABOUT, Bitbucket, probe};
use crate::account::{line, need, sorted, unknown};
use crate::http::Answer;

/// Repositories listed at most.
const MOST: usize = 1_000;

#[async_trait]
impl Account for Bitbucket {
    async fn check_token(&self, ctx: &Context<'_>) -> Result<TokenCheck, ProviderError> {
        let api = self.api(ctx);
        let answer = api.get(&api.url("/user")).await?;
        let mut check = TokenCheck {
            kind: "a token of no person".into(),
            needs: unknown(ABOUT.scopes),
            ..TokenCheck::default()
        };
        if answer.status == StatusCode::OK {
            let user: Value = read(&answer)?;
            check.login = user["nickname"].as_str().map(Into::into);
            check.kind = "a token".into();
        }
        if let Some(list) = answer.header("x-oauth-scopes") {
            let scopes: Vec<&str> = list.split(',').map(str::trim).collect();
            check.needs = ABOUT
                .scopes
                .iter()
                .map(|scope| need(scope, Some(probe::has(&scopes, scope.name))))
                .collect();
            check.scopes = Some(scopes.into_iter().map(Into::into).collect());
        }
        Ok(check)
    }

    async fn repositories(&self, ctx: &Context<'_>) -> Result<Listing, ProviderError> {
        let api = self.api(ctx);
        let mut next = Some(api.url("/repositories?role=member&sort=-updated_on&pagelen=100"));
        let mut repositories: Vec<Seen> = Vec::new();
        while repositories.len() < MOST
            && let Some(url) = next.take()
        {
            let answer = api.get(&url).await?;
            if !answer.status.is_success() {
                return Err(refusal(&answer));
            }
            let (members, after) = page(&api, &answer)?;
            repositories.extend(members.iter().filter_map(seen));
            next = after;
        }
        let more = next.is_some();
        Ok(Listing {
            repositories: sorted(repositories),
            more,
        })
    }
}

fn seen(repository: &Value) -> Option<Seen> {
    Some(Seen {
        name: repository["full_name"].as_str()?.to_owned(),
        description: line(repository, "description"),
        private: repository["is_private"] == true,
        archived: false,
        active_at: repository["updated_on"]
            .as_str()
            .and_then(|at| at.parse().ok()),
    })
}

fn refusal(answer: &Answer) -> ProviderError {
    ProviderError::Refused {
        problem: format!(
            "Bitbucket does not list the token's repositories: {} {}",
            answer.status.as_u16(),
            answer.message()
        ),
        next_step: "give the token the scope `repository`, or name the repositories yourself"
            .into(),
    }
}
