//! What a delivery means: GitLab's payloads read into Perch's words. Pure.
//!
//! Unknown fields, missing ones and values GitLab invents later never break it: what is not understood is no event.
//! What a poll found is shaped like the webhook about the same thing, so there is one way to read both, and keys are
//! made only from what both doors know. A job's webhook is no event: its pipeline speaks for it, once it has ended.

mod issues;
mod merge_requests;
mod pipelines;
mod pushes;
mod shape;

use std::ops::Deref;

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use serde_json::Value;

pub(super) use self::merge_requests::fingerprint;
use self::shape::username;
use crate::payload::{number, text};
use crate::reading::{self, Found};

/// The event of a delivery, if it means one.
pub(super) fn parse(connection: &Connection, delivery: &Delivery) -> Option<Event> {
    let payload: Value = serde_json::from_slice(&delivery.message.body).ok()?;
    let reading = Reading::new(connection, &payload, delivery.received_at)?;
    // System hooks name some kinds elsewhere.
    let kind = text(&payload, "/object_kind").or(text(&payload, "/event_name"))?;
    let found = match kind {
        "merge_request" => merge_requests::merge_request(&reading),
        "push" => pushes::push(&reading),
        "release" => pushes::release(&reading),
        "pipeline" => pipelines::pipeline(&reading),
        "issue" | "work_item" => issues::issue(&reading),
        "note" => issues::note(&reading),
        _ => None,
    }?;
    Some(reading.finish(found))
}

/// The number and the name of the project a payload is about; older hooks have the number elsewhere.
pub(super) fn project(payload: &Value) -> (Option<u64>, Option<&str>) {
    let id = number(payload, "/project/id")
        .or_else(|| number(payload, "/project_id"))
        .or_else(|| number(payload, "/object_attributes/target_project_id"))
        .or_else(|| number(payload, "/object_attributes/project_id"));
    (id, text(payload, "/project/path_with_namespace"))
}

/// A payload and the project it is about.
struct Reading<'a>(reading::Reading<'a>);

impl<'a> Deref for Reading<'a> {
    type Target = reading::Reading<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a> Reading<'a> {
    fn new(connection: &Connection, payload: &'a Value, received_at: Timestamp) -> Option<Self> {
        let (id, name) = project(payload);
        Some(Self(reading::Reading::new(
            payload,
            &format!("gitlab/{}", super::api::host(&connection.base_url)),
            id?.to_string(),
            name?,
            text(payload, "/project/default_branch"),
            received_at,
        )))
    }

    /// What the payload is about, when it is an object.
    fn about(&self) -> Option<&'a Value> {
        self.get("object_attributes")
    }

    fn action(&self) -> &'a str {
        text(self.payload, "/object_attributes/action").unwrap_or_default()
    }

    /// Who set it off.
    fn sender(&self) -> Option<String> {
        let person = self.payload.get("user").and_then(username);
        person.or_else(|| text(self.payload, "/user_username").map(Into::into))
    }
}
