//! Whose a token is at Data Center, what it may do as far as asking tells, and which repositories it sees.
//!
//! The server names no token's permissions, but lists the repositories on which it has one.

use async_trait::async_trait;
use http::StatusCode;
use perch_core::seam::account::{Account, Listing, Seen, TokenCheck};
use perch_core::seam::provider::{Context, ProviderError};
use serde_json::Value;

use super::api::{from, full_name, page, whose};
use super::{ABOUT, BitbucketDc};
use crate::account::{line, need, sorted};
use crate::http::Answer;

/// Repositories listed at most.
const MOST: usize = 1_000;

#[async_trait]
impl Account for BitbucketDc {
    async fn check_token(&self, ctx: &Context<'_>) -> Result<TokenCheck, ProviderError> {
        let api = self.api(ctx);
        let mut login = None;
        let mut needs = Vec::new();
        for scope in ABOUT.scopes {
            let permission = if scope.only_to_accept {
                "REPO_WRITE"
            } else {
                "REPO_READ"
            };
            let url = format!("/api/latest/repos?permission={permission}&limit=1");
            let answer = api.get(&api.url(&url)).await?;
            login = whose(&answer).or(login);
            let held = match answer.status {
                StatusCode::OK => Some(!page(&answer)?.0.is_empty()),
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(false),
                _ => None,
            };
            needs.push(need(scope, held));
        }
        Ok(TokenCheck {
            login,
            kind: "an HTTP access token, whose permissions are known by trying".into(),
            scopes: None,
            needs,
            ends: None,
        })
    }

    async fn repositories(&self, ctx: &Context<'_>) -> Result<Listing, ProviderError> {
        let api = self.api(ctx);
        let url = api.url("/api/latest/repos?permission=REPO_READ");
        let mut repositories: Vec<Seen> = Vec::new();
        let mut next = Some(0);
        while let Some(start) = next.filter(|_| repositories.len() < MOST) {
            let answer = api.get(&from(&url, start)).await?;
            if !answer.status.is_success() {
                return Err(refusal(&answer));
            }
            let (members, further) = page(&answer)?;
            repositories.extend(members.iter().filter_map(seen));
            // A server that does not move on is at its end.
            next = further.filter(|further| *further > start);
        }
        Ok(Listing {
            repositories: sorted(repositories),
            more: next.is_some(),
        })
    }
}

fn seen(repository: &Value) -> Option<Seen> {
    Some(Seen {
        name: full_name(repository)?,
        description: line(repository, "description"),
        private: repository["public"] != true,
        archived: repository["archived"] == true,
        active_at: None,
    })
}

fn refusal(answer: &Answer) -> ProviderError {
    ProviderError::Refused {
        problem: format!(
            "Bitbucket does not list the token's repositories: {} {}",
            answer.status.as_u16(),
            answer.message()
        ),
        next_step: "give the token `Repository read`, or name the repositories yourself".into(),
    }
}
