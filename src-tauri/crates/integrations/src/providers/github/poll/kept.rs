//! Webhooks GitHub could not deliver and kept for three days (seven on Enterprise Server), fetched without a public
//! address of ours.
//!
//! It looks after a gap and a few times an hour, not with every poll: what polls find themselves needs no second road.
//! Source: docs.github.com "REST API endpoints for repository webhooks", deliveries. Needs a token that may read webhooks.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::look::{Work, moment};
use crate::providers::github::KEPT;
use crate::providers::github::api::read;

/// The shared route of code forges.
const SHARED: &str = "/webhooks/code-repo";

/// The pause between two looks.
const PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// How far a look reads behind the last one: a delivery is listed a little after it was made.
const OVERLAP: SignedDuration = SignedDuration::from_mins(2);

/// Pages of a hundred read back at most.
const PAGES: usize = 20;

/// Deliveries asked for again at most in one look.
const AGAIN: usize = 20;

impl Work<'_> {
    /// Failed deliveries of the webhooks that point to this connection, since the last look.
    pub(super) async fn kept(&mut self) -> Result<(), ProviderError> {
        let connection = self.api.ctx.connection;
        if connection.settings.get(KEPT) != Some(&Value::Bool(true)) {
            return Ok(());
        }
        let now = self.now();
        let since = match self.place.kept_until {
            // What was sent before watching began is no news.
            None => {
                self.place.kept_until = Some(now);
                return Ok(());
            }
            Some(last) if now.duration_since(last) < PAUSE => return Ok(()),
            Some(last) => last - OVERLAP,
        };
        if !self.purse.spend() {
            return Ok(());
        }
        let answer = self.api.get(&self.url("/hooks?per_page=100")).await?;
        // Who may not see webhooks still polls.
        if answer.status.is_success() {
            let own = format!("/webhooks/{}", connection.id);
            let hooks: Vec<Value> = read(&answer)?;
            let ours = hooks.iter().filter(|hook| {
                let target = hook["config"]["url"].as_str().unwrap_or_default();
                target.ends_with(&own) || target.ends_with(SHARED)
            });
            for hook in ours {
                let active = hook["active"] == true;
                if let Some(id) = hook["id"].as_u64()
                    && !self.failed(id, active, since).await?
                {
                    // The next poll looks again from where this one began.
                    return Ok(());
                }
            }
        }
        self.place.kept_until = Some(now);
        Ok(())
    }

    /// Fetches what `hook` failed to deliver since then; false when this poll may not ask on.
    async fn failed(
        &mut self,
        hook: u64,
        active: bool,
        since: Timestamp,
    ) -> Result<bool, ProviderError> {
        let mut url = Some(self.url(&format!("/hooks/{hook}/deliveries?per_page=100")));
        let mut attempts: Vec<Value> = Vec::new();
        for _ in 0..PAGES {
            let Some(page) = url.take() else {
                break;
            };
            if !self.purse.spend() {
                return Ok(false);
            }
            let answer = self.api.get(&page).await?;
            if !answer.status.is_success() {
                break;
            }
            let listed: Vec<Value> = read(&answer)?;
            let oldest = listed.last().and_then(|one| moment(one, "delivered_at"));
            attempts.extend(listed);
            if oldest.is_none_or(|oldest| oldest < since) {
                break;
            }
            url = answer.next_page();
        }
        // One message may have been tried several times; it arrived if any of them did.
        let guid = |attempt: &Value| attempt["guid"].as_str().unwrap_or_default().to_owned();
        let arrived: std::collections::HashSet<String> = attempts
            .iter()
            .filter(|one| {
                let code = one["status_code"].as_u64().unwrap_or_default();
                (200..300).contains(&code)
            })
            .map(guid)
            .collect();
        let mut again = 0;
        for attempt in attempts.iter().rev() {
            let fresh = moment(attempt, "delivered_at").is_some_and(|at| at >= since);
            let guid = guid(attempt);
            if !fresh || guid.is_empty() || arrived.contains(&guid) {
                continue;
            }
            let key = format!("kept/{guid}");
            if self.place.told.contains(&key) {
                continue;
            }
            let Some(id) = attempt["id"].as_u64() else {
                continue;
            };
            if !self.purse.spend() {
                return Ok(false);
            }
            let one = format!("/hooks/{hook}/deliveries/{id}");
            let answer = self.api.get(&self.url(&one)).await?;
            if !answer.status.is_success() {
                continue;
            }
            let kept: Value = read(&answer)?;
            let payload = &kept["request"]["payload"];
            if payload.is_object() {
                let at = moment(attempt, "delivered_at").unwrap_or(self.now());
                let message = NewDelivery {
                    door: Door::Pull,
                    kind: attempt["event"].as_str().unwrap_or("kept").to_owned(),
                    // As the webhook itself is known, so that both are one.
                    external_id: Some(guid),
                    body: payload.to_string().into(),
                };
                self.deliveries.push((at, message));
            } else if active && again < AGAIN {
                // GitHub kept no payload; it can only send it once more.
                again += 1;
                let url = self.url(&format!("{one}/attempts"));
                self.api.write(Method::POST, &url, None).await?;
            }
            self.place.tell(&key);
        }
        Ok(true)
    }
}
