//! The webhooks of a repository at GitLab.
//!
//! Source: docs.gitlab.com "Project webhooks API".

use async_trait::async_trait;
use http::Method;
use perch_core::seam::hooks::{Hook, Hooks, NewHook};
use perch_core::seam::provider::{Context, ProviderError};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::GitLab;
use crate::hooks::{Made, Shape};
use crate::http::address::part;

/// Every message that `parse` reads. A job's is left out, since its pipeline speaks for it.
const EVENTS: &[&str] = &[
    "confidential_issues_events",
    "confidential_note_events",
    "issues_events",
    "merge_requests_events",
    "note_events",
    "pipeline_events",
    "push_events",
    "releases_events",
];

/// Messages that are switched off where GitLab has them on from the beginning.
const OTHERS: &[&str] = &["job_events", "tag_push_events", "wiki_page_events"];

/// What a signing token begins with; every other secret is a secret token.
const SIGNING: &str = "whsec_";

static SHAPE: Shape = Shape {
    forge: "GitLab",
    path: |repository| format!("/projects/{}/hooks", part(repository)),
    members: None,
    write,
    read,
    change: Method::PUT,
    permission: "the scope `api` and its user the role Maintainer",
};

fn write(hook: &NewHook) -> Value {
    let secret = hook.secret.expose_secret();
    let kind = if secret.starts_with(SIGNING) {
        "signing_token"
    } else {
        "token"
    };
    let mut body = json!({
        "url": hook.url,
        "enable_ssl_verification": true,
        kind: secret,
    });
    for (events, on) in [(EVENTS, true), (OTHERS, false)] {
        for event in events {
            body[*event] = on.into();
        }
    }
    body
}

fn read(hook: &Value) -> Option<Hook> {
    Some(Hook {
        id: hook["id"].as_u64()?.to_string(),
        url: hook["url"].as_str().unwrap_or_default().to_owned(),
        active: !matches!(
            hook["alert_status"].as_str(),
            Some("disabled" | "temporarily_disabled")
        ),
        kind: "web".into(),
    })
}

/// GitLab passes over a signing token when it is too old to sign; then nothing it sends could be believed.
async fn signed(
    made: Made<'_>,
    repository: &str,
    hook: &NewHook,
    (found, answer): (Hook, Value),
) -> Result<Hook, ProviderError> {
    let signs = hook.secret.expose_secret().starts_with(SIGNING);
    if signs && answer["signing_token_present"] != true {
        made.delete(repository, &found.id).await?;
        return Err(ProviderError::Misconfigured {
            problem: "this GitLab does not sign webhooks yet, so it cannot use a signing token"
                .into(),
            next_step: "set a webhook secret that does not begin with `whsec_`".into(),
        });
    }
    Ok(found)
}

#[async_trait]
impl Hooks for GitLab {
    async fn list(&self, ctx: &Context<'_>, repository: &str) -> Result<Vec<Hook>, ProviderError> {
        made(self, ctx).list(repository).await
    }

    async fn create(
        &self,
        ctx: &Context<'_>,
        repository: &str,
        hook: &NewHook,
    ) -> Result<Hook, ProviderError> {
        let made = made(self, ctx);
        let found = made.create(repository, hook).await?;
        signed(made, repository, hook, found).await
    }

    async fn update(
        &self,
        ctx: &Context<'_>,
        repository: &str,
        id: &str,
        hook: &NewHook,
    ) -> Result<Hook, ProviderError> {
        let made = made(self, ctx);
        let found = made.update(repository, id, hook).await?;
        signed(made, repository, hook, found).await
    }

    async fn delete(
        &self,
        ctx: &Context<'_>,
        repository: &str,
        id: &str,
    ) -> Result<(), ProviderError> {
        made(self, ctx).delete(repository, id).await
    }
}

fn made<'a>(provider: &'a GitLab, ctx: &'a Context<'a>) -> Made<'a> {
    Made {
        api: provider.api(ctx),
        shape: &SHAPE,
    }
}
