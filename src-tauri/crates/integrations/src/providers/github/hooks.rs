//! The webhooks of a repository at GitHub.
//!
//! Source: docs.github.com "REST API endpoints for repository webhooks".

use async_trait::async_trait;
use http::Method;
use perch_core::seam::hooks::{Hook, Hooks, NewHook};
use perch_core::seam::provider::{Context, ProviderError};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::GitHub;
use crate::hooks::{Made, Shape};
use crate::http::address::encode;

/// Every message that `parse` reads.
const EVENTS: &[&str] = &[
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

static SHAPE: Shape = Shape {
    forge: "GitHub",
    path: |repository| format!("/repos/{}/hooks", encode(repository)),
    members: None,
    write,
    read,
    change: Method::PATCH,
    permission: "`Webhooks: write` (`admin:repo_hook` for a classic token) and its user the role Admin",
};

fn write(hook: &NewHook) -> Value {
    json!({
        "name": "web",
        "active": true,
        "events": EVENTS,
        "config": {
            "url": hook.url,
            "content_type": "json",
            "insecure_ssl": "0",
            "secret": hook.secret.expose_secret(),
        },
    })
}

fn read(hook: &Value) -> Option<Hook> {
    Some(Hook {
        id: hook["id"].as_u64()?.to_string(),
        url: hook["config"]["url"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        active: hook["active"] == true,
        kind: hook["name"].as_str().unwrap_or("web").to_owned(),
    })
}

#[async_trait]
impl Hooks for GitHub {
    async fn list(&self, ctx: &Context<'_>, repository: &str) -> Result<Vec<Hook>, ProviderError> {
        made(self, ctx).list(repository).await
    }

    async fn create(
        &self,
        ctx: &Context<'_>,
        repository: &str,
        hook: &NewHook,
    ) -> Result<Hook, ProviderError> {
        Ok(made(self, ctx).create(repository, hook).await?.0)
    }

    async fn update(
        &self,
        ctx: &Context<'_>,
        repository: &str,
        id: &str,
        hook: &NewHook,
    ) -> Result<Hook, ProviderError> {
        Ok(made(self, ctx).update(repository, id, hook).await?.0)
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

fn made<'a>(provider: &'a GitHub, ctx: &'a Context<'a>) -> Made<'a> {
    Made {
        api: provider.api(ctx),
        shape: &SHAPE,
    }
}
