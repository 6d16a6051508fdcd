//! The webhooks of a repository at Gitea or Forgejo.
//!
//! Source: the server's own description at `/api/swagger`, `repoCreateHook`, `repoEditHook`.

use async_trait::async_trait;
use http::Method;
use perch_core::seam::hooks::{Hook, Hooks, NewHook};
use perch_core::seam::provider::{Context, ProviderError};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Gitea;
use crate::hooks::{Made, Shape};
use crate::http::address::encode;

/// Every message that `parse` reads. `issues` and `pull_request` stand for whole families; names that a server does
/// not know, such as those of its Actions before it told of them, are passed over.
const EVENTS: &[&str] = &[
    "action_run_failure",
    "action_run_recover",
    "action_run_success",
    "issue_comment",
    "issues",
    "pull_request",
    "pull_request_comment",
    "pull_request_review",
    "pull_request_review_approved",
    "pull_request_review_comment",
    "pull_request_review_rejected",
    "pull_request_sync",
    "push",
    "release",
    "status",
    "workflow_run",
];

static SHAPE: Shape = Shape {
    forge: "the server",
    path: |repository| format!("/repos/{}/hooks", encode(repository)),
    members: None,
    write,
    read,
    change: Method::PATCH,
    permission: "`write:repository` and its user administration of the repository",
};

fn write(hook: &NewHook) -> Value {
    json!({
        "type": "gitea",
        "branch_filter": "*",
        "active": true,
        "events": EVENTS,
        "config": {
            "url": hook.url,
            "content_type": "json",
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
        kind: "web".into(),
    })
}

#[async_trait]
impl Hooks for Gitea {
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

fn made<'a>(provider: &'a Gitea, ctx: &'a Context<'a>) -> Made<'a> {
    Made {
        api: provider.api(ctx),
        shape: &SHAPE,
    }
}
