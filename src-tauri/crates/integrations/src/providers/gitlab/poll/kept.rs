//! Webhooks GitLab could not deliver and kept for seven days, fetched without a public address of ours.
//!
//! Source: docs.gitlab.com "Project webhooks API", "List all events for a project webhook". Needs a Maintainer's token.

use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::look::{Work, moment};
use crate::providers::gitlab::KEPT;
use crate::providers::gitlab::api::read;

/// The shared route of code forges.
const SHARED: &str = "/webhooks/code-repo";

impl Work<'_> {
    /// Failed deliveries of the webhooks that point to this connection, since the last one read.
    pub(super) async fn kept(&mut self) -> Result<(), ProviderError> {
        let connection = self.api.ctx.connection;
        if connection.settings.get(KEPT) != Some(&Value::Bool(true)) {
            return Ok(());
        }
        let own = format!("/webhooks/{}", connection.id);
        let url = self.url("/hooks?per_page=100");
        if let Some(answer) = self.changed(&url).await? {
            let hooks: Vec<Value> = read(&answer)?;
            let ours = hooks.iter().filter(|hook| {
                let target = hook["url"].as_str().unwrap_or_default();
                target.ends_with(&own) || target.ends_with(SHARED)
            });
            let known = std::mem::take(&mut self.place.kept);
            for id in ours.filter_map(|hook| hook["id"].as_u64()) {
                let last = known.get(&id).copied().unwrap_or(0);
                self.place.kept.insert(id, last);
            }
            self.remember(&url, &answer);
        }
        for (hook, last) in self.place.kept.clone() {
            self.failed(hook, last).await?;
        }
        Ok(())
    }

    async fn failed(&mut self, hook: u64, last: u64) -> Result<(), ProviderError> {
        let first = self.url(&format!("/hooks/{hook}/events?per_page=20"));
        let Some(answer) = self.changed(&first).await? else {
            return Ok(());
        };
        let mut events: Vec<Value> = read(&answer)?;
        let id = |event: &Value| event["id"].as_u64().unwrap_or_default();
        let mut next = answer.next_page();
        while let Some(url) = next.take() {
            if events.last().is_none_or(|oldest| id(oldest) <= last) || self.baseline {
                break;
            }
            if !self.purse.spend() {
                return Ok(());
            }
            let page = self.api.get(&url).await?;
            if !page.status.is_success() {
                break;
            }
            events.extend(read::<Vec<Value>>(&page)?);
            next = page.next_page();
        }
        for event in events.iter().rev().filter(|event| id(event) > last) {
            self.place.kept.insert(hook, id(event));
            let status = &event["response_status"];
            let status = status
                .as_str()
                .map_or_else(|| status.to_string(), Into::into);
            if self.baseline || status.starts_with('2') || !event["request_data"].is_object() {
                continue;
            }
            let header = |name: &str| {
                let headers = event["request_headers"].as_object()?;
                let found = headers
                    .iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(name));
                found?.1.as_str().map(ToOwned::to_owned)
            };
            let message = NewDelivery {
                door: Door::Pull,
                kind: header("x-gitlab-event").unwrap_or_else(|| "kept".into()),
                external_id: header("webhook-id").or_else(|| header("idempotency-key")),
                body: event["request_data"].to_string().into(),
            };
            let at = moment(event, "created_at").unwrap_or(self.now());
            self.deliveries.push((at, message));
        }
        self.remember(&first, &answer);
        Ok(())
    }
}
