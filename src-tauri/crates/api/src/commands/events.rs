//! The commands about events.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use perch_core::delivery::{Delivery, Door, NewDelivery};
use perch_core::id::{DeliveryId, UserId};
use perch_core::seam::delivery_log::Arrival;
use perch_store::table::{events, notifications, suggestions};

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::view;
use crate::wire::events::{AskWhy, Events, ListEvents, Replay, Replayed, ReplayedEvent, Why};

impl Api {
    pub(super) async fn events(
        &self,
        user: &UserId,
        request: ListEvents,
    ) -> Result<Events, ApiError> {
        let user = user.clone();
        let events = self
            .engine
            .db()
            .read(move |db| {
                let limit = request.limit.unwrap_or(100).min(1000);
                events::list(db, &user, request.query.as_deref(), limit)?
                    .iter()
                    .map(|row| Ok(view::event(row, suggestions::of_event(db, row.id)?)))
                    .collect()
            })
            .await?;
        Ok(Events { events })
    }

    pub(super) async fn why(&self, user: &UserId, request: AskWhy) -> Result<Why, ApiError> {
        let (user, text) = (user.clone(), request.event.clone());
        let found = self
            .engine
            .db()
            .read(move |db| {
                let mut found = events::find(db, &user, &text)?;
                let by_key = found.first().is_some_and(|row| row.event.dedup_key == text);
                if found.is_empty() {
                    for suggestion in suggestions::find(db, &user, &text)? {
                        found.extend(events::get(db, suggestion.event_id)?);
                    }
                }
                if found.len() > 1 && !by_key {
                    return Ok(Err(found.len()));
                }
                let Some(row) = found.into_iter().next() else {
                    return Ok(Err(0));
                };
                let verdicts = events::verdicts(db, row.id)?;
                let suggestion = suggestions::of_event(db, row.id)?;
                let mut shown = Vec::new();
                if let Some(id) = suggestion {
                    for notification in notifications::of(db, id)? {
                        shown.push(in_words(&notification));
                    }
                }
                Ok(Ok(Why {
                    event: view::event(&row, suggestion),
                    verdicts,
                    shown,
                }))
            })
            .await?;
        found.map_err(|count| {
            let text = &request.event;
            match count {
                0 => ApiError::new(
                    Code::NotFound,
                    format!("there is no event `{text}`; `perch events` lists them"),
                ),
                _ => ApiError::new(
                    Code::Invalid,
                    format!("several events have an id like `{text}`; give more of it"),
                ),
            }
        })
    }

    pub(super) async fn replay(
        &self,
        user: &UserId,
        request: Replay,
    ) -> Result<Replayed, ApiError> {
        let provider = self.known_provider(&request.provider)?;
        let message = read_recorded(provider, &request)?;
        let setup = self.engine.setup();
        let connection = setup
            .connections_of(user)
            .find(|one| {
                one.provider == request.provider
                    && provider
                        .webhook()
                        .is_none_or(|webhook| webhook.concerns(one, &message))
            })
            .cloned();
        if connection.is_none() && !request.dry_run {
            return Err(ApiError::new(
                Code::Refused,
                "no connection of yours watches what this delivery is about; connect it, or use --dry-run",
            ));
        }
        let connection = connection.unwrap_or_else(|| stand_in(user, &request.provider));
        let now = self.now();
        let delivery = Delivery {
            id: DeliveryId::new(now, &["replay"]),
            user_id: user.clone(),
            connection_id: connection.id.clone(),
            received_at: now,
            message: message.clone(),
        };
        let parsed = provider.parse(&connection, &delivery);
        if !request.dry_run {
            let now = self.now();
            let arrival = Arrival {
                user_id: user.clone(),
                connection_id: connection.id,
                message,
            };
            self.engine
                .commit_arrivals(vec![arrival], now)
                .await
                .map_err(|error| ApiError::new(Code::Failed, error.to_string()))?;
            self.engine.step_road(user, now).await?;
        }
        let events = parsed
            .into_iter()
            .map(|event| ReplayedEvent {
                event_type: event.event_type.to_string(),
                source: event.event_type.source().to_owned(),
                dedup_key: event.dedup_key,
                subject: event.subject,
            })
            .collect();
        Ok(Replayed { events })
    }

    pub(super) fn known_provider(
        &self,
        id: &str,
    ) -> Result<&'static dyn perch_core::seam::provider::Provider, ApiError> {
        self.engine.provider(id).ok_or_else(|| {
            let known: Vec<&str> = self.engine.providers().iter().map(|one| one.id()).collect();
            ApiError::new(
                Code::Invalid,
                format!(
                    "there is no provider `{id}`; there are: {}",
                    known.join(", ")
                ),
            )
        })
    }
}

/// What became of a notice, for people.
fn in_words(notification: &notifications::Notification) -> String {
    let notifier = &notification.notifier;
    match (&notification.shown_at, &notification.detail) {
        (Some(at), _) => format!("{notifier}: {} {at}", notification.state),
        (None, Some(detail)) => format!("{notifier}: {} ({detail})", notification.state),
        (None, None) => format!(
            "{notifier}: {}, due {}",
            notification.state, notification.due_at
        ),
    }
}

/// The message of a recorded delivery: as the webhook would read it, without asking for a signature.
fn read_recorded(
    provider: &'static dyn perch_core::seam::provider::Provider,
    request: &Replay,
) -> Result<NewDelivery, ApiError> {
    let invalid = |text: String| ApiError::new(Code::Invalid, text);
    let body = Bytes::from(request.body.clone().into_bytes());
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name: HeaderName = name
            .parse()
            .map_err(|_| invalid(format!("`{name}` is no header name")))?;
        let value: HeaderValue = value
            .parse()
            .map_err(|_| invalid(format!("`{name}` has no valid value")))?;
        headers.insert(name, value);
    }
    headers
        .entry(http::header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    let read = match provider.webhook() {
        Some(webhook) => webhook
            .read(&headers, &body)
            .map_err(|error| invalid(error.to_string()))?,
        None => NewDelivery {
            door: Door::Replay,
            kind: headers
                .get("x-perch-kind")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            external_id: None,
            body,
        },
    };
    Ok(NewDelivery {
        door: Door::Replay,
        external_id: None,
        ..read
    })
}

/// A connection that watches nothing, to read a delivery nobody watches.
fn stand_in(user: &UserId, provider: &str) -> perch_core::connection::Connection {
    perch_core::connection::Connection::new(
        perch_core::id::ConnectionId::new("replay"),
        user.clone(),
        provider,
        "",
    )
}
