//! Provider `alertmanager`: groups of alerts, as its webhook receiver sends them.
//!
//! It signs nothing; it sends the secret in `Authorization`, as `http_config` says.
//! Source: prometheus/alertmanager notify/webhook/webhook.go, template/template.go.

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Delivery, NewDelivery};
use perch_core::event::Event;
use perch_core::seam::provider::{About, Field};
use perch_core::seam::webhook::{Malformed, Unverified, Webhook};
use secrecy::SecretString;

use crate::alerts::{Listener, SETTINGS, groups, secrets};
use crate::signed;

static SECRETS: [Field; 2] = secrets(
    "What `http_config` sends: the credentials of `authorization`, or the password of `basic_auth`.",
);

static ABOUT: About = About {
    name: "Alertmanager",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M8 1.75v1m0 0a4 4 0 0 1 4 4v3l1.25 2.25H2.75L4 9.75v-3a4 4 0 0 1 4-4zM6.5 14h3"/></svg>"#,
    ),
    default_base_url: "",
    watch_hint: "names of alerts, or * for all",
    secrets: &SECRETS,
    settings: SETTINGS,
    scopes: &[],
    local: false,
};

pub(super) static PROVIDER: Listener = Listener {
    id: "alertmanager",
    about: &ABOUT,
    webhook: &AlertmanagerWebhook,
    parse,
};

struct AlertmanagerWebhook;

impl Webhook for AlertmanagerWebhook {
    fn family(&self) -> &'static str {
        "alertmanager"
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        _body: &[u8],
        secret: &SecretString,
        _now: Timestamp,
    ) -> Result<(), Unverified> {
        signed::verify_authorization(headers, secret)
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        signed::told_in_body(headers, body, "/status", None)
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        groups::concerns(connection, message)
    }
}

fn parse(connection: &Connection, delivery: &Delivery) -> Vec<Event> {
    groups::parse(connection, ABOUT.name, &delivery.message.body)
}
