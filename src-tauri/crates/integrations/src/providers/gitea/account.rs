//! Whose a token is at Gitea or Forgejo, what it may do as far as asking tells, and which repositories it sees.
//!
//! These servers list a token's scopes only to who gives a password, so each kind of reading is tried once. What may be
//! written shows when something is accepted. Source: the server's own description at `/api/swagger`.

use async_trait::async_trait;
use http::StatusCode;
use perch_core::seam::account::{Account, Listing, Seen, TokenCheck};
use perch_core::seam::provider::{Context, ProviderError};
use serde_json::Value;

use super::api::{has_next, page_of, read};
use super::{ABOUT, Gitea};
use crate::account::{line, listing, need};
use crate::http::Answer;

/// What is asked to see whether a scope is there.
const TRIED: [(&str, &str); 3] = [
    ("read:user", "/user"),
    ("read:repository", "/user/repos?limit=1"),
    ("read:issue", "/repos/issues/search?limit=1"),
];

#[async_trait]
impl Account for Gitea {
    async fn check_token(&self, ctx: &Context<'_>) -> Result<TokenCheck, ProviderError> {
        let api = self.api(ctx);
        let mut login = None;
        let mut needs = Vec::new();
        for scope in ABOUT.scopes {
            let tried = TRIED.iter().find(|(name, _)| *name == scope.name);
            let held = match tried {
                None => None,
                Some((name, path)) => {
                    let answer = api.get(&api.url(path)).await?;
                    if *name == "read:user" && answer.status == StatusCode::OK {
                        let user: Value = read(&answer)?;
                        login = user["login"].as_str().map(Into::into);
                    }
                    match answer.status {
                        StatusCode::OK => Some(true),
                        StatusCode::FORBIDDEN => Some(false),
                        _ => None,
                    }
                }
            };
            needs.push(need(scope, held));
        }
        Ok(TokenCheck {
            login,
            kind: "an access token, whose scopes are known by trying".into(),
            scopes: None,
            needs,
            ends: None,
        })
    }

    async fn repositories(&self, ctx: &Context<'_>) -> Result<Listing, ProviderError> {
        let api = self.api(ctx);
        let url = api.url("/user/repos");
        let first = page_of(&url, 1);
        let page = std::sync::atomic::AtomicUsize::new(1);
        let next = move |answer: &Answer, read: usize, on_page: usize| {
            let number = 1 + page.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            has_next(answer, read, on_page).then(|| page_of(&url, number))
        };
        listing(api, first, seen, next, refusal).await
    }
}

fn seen(repository: &Value) -> Option<Seen> {
    Some(Seen {
        name: repository["full_name"].as_str()?.to_owned(),
        description: line(repository, "description"),
        private: repository["private"] == true,
        archived: repository["archived"] == true,
        active_at: repository["updated_at"]
            .as_str()
            .and_then(|at| at.parse().ok()),
    })
}

fn refusal(answer: &Answer) -> ProviderError {
    ProviderError::Refused {
        problem: format!(
            "the server does not list the token's repositories: {} {}",
            answer.status.as_u16(),
            answer.message()
        ),
        next_step:
            "give the token `read:user` and `read:repository`, or name the repositories yourself"
                .into(),
    }
}
