//! The webhooks of a repository at Bitbucket Cloud.
//!
//! Source: developer.atlassian.com "The Bitbucket Cloud REST API", "Create a webhook for a repository";
//! support.atlassian.com "Event payloads".

use async_trait::async_trait;
use http::Method;
use perch_core::seam::hooks::{Hook, Hooks, NewHook};
use perch_core::seam::provider::{Context, ProviderError};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Bitbucket;
use super::api::repository;
use crate::hooks::{Made, Shape};

/// Every message that `parse` reads.
const EVENTS: &[&str] = &[
    "issue:comment_created",
    "issue:created",
    "issue:updated",
    "pullrequest:approved",
    "pullrequest:changes_request_created",
    "pullrequest:changes_request_removed",
    "pullrequest:comment_created",
    "pullrequest:created",
    "pullrequest:fulfilled",
    "pullrequest:rejected",
    "pullrequest:unapproved",
    "pullrequest:updated",
    "repo:commit_status_created",
    "repo:commit_status_updated",
    "repo:push",
];

static SHAPE: Shape = Shape {
    forge: "Bitbucket",
    path: |name| format!("{}/hooks", repository(name)),
    members: Some("values"),
    write,
    read,
    change: Method::PUT,
    permission: "`webhook`, and its user admin rights on the repository",
};

fn write(hook: &NewHook) -> Value {
    json!({
        "description": "Perch",
        "url": hook.url,
        "active": true,
        "secret": hook.secret.expose_secret(),
        "events": EVENTS,
    })
}

fn read(hook: &Value) -> Option<Hook> {
    Some(Hook {
        id: hook["uuid"].as_str()?.to_owned(),
        url: hook["url"].as_str().unwrap_or_default().to_owned(),
        active: hook["active"] == true,
        kind: "web".into(),
    })
}

#[async_trait]
impl Hooks for Bitbucket {
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

fn made<'a>(provider: &'a Bitbucket, ctx: &'a Context<'a>) -> Made<'a> {
    Made {
        api: provider.api(ctx),
        shape: &SHAPE,
    }
}
