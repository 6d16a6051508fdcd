//! The webhooks of a repository at Data Center.
//!
//! Source: developer.atlassian.com "Bitbucket Data Center REST API", "Create webhook"; confluence.atlassian.com "Event
//! payload".

use async_trait::async_trait;
use http::Method;
use perch_core::seam::hooks::{Hook, Hooks, NewHook};
use perch_core::seam::provider::{Context, ProviderError};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::BitbucketDc;
use super::api::repository;
use crate::hooks::{Made, Shape};

/// Every message that `parse` reads.
const EVENTS: &[&str] = &[
    "pr:comment:added",
    "pr:declined",
    "pr:deleted",
    "pr:from_ref_updated",
    "pr:merged",
    "pr:modified",
    "pr:opened",
    "pr:reviewer:approved",
    "pr:reviewer:needs_work",
    "pr:reviewer:unapproved",
    "pr:reviewer:updated",
    "repo:refs_changed",
];

static SHAPE: Shape = Shape {
    forge: "Bitbucket",
    path: |name| format!("{}/webhooks", repository("api", name)),
    members: Some("values"),
    write,
    read,
    change: Method::PUT,
    permission: "`Repository admin`",
};

fn write(hook: &NewHook) -> Value {
    json!({
        "name": "Perch",
        "url": hook.url,
        "active": true,
        "sslVerificationRequired": true,
        "events": EVENTS,
        "configuration": {"secret": hook.secret.expose_secret()},
    })
}

fn read(hook: &Value) -> Option<Hook> {
    Some(Hook {
        id: hook["id"].as_u64()?.to_string(),
        url: hook["url"].as_str().unwrap_or_default().to_owned(),
        active: hook["active"] == true,
        kind: "web".into(),
    })
}

#[async_trait]
impl Hooks for BitbucketDc {
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

fn made<'a>(provider: &'a BitbucketDc, ctx: &'a Context<'a>) -> Made<'a> {
    Made {
        api: provider.api(ctx),
        shape: &SHAPE,
    }
}
