//! Provider `grafana`: groups of alerts, as the webhook contact point of Grafana 12 and later sends them, signed.
//!
//! Source: grafana.com/docs, "Configure webhook notifications".

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

/// The signature, in hexadecimal.
const SIGNATURE: &str = "x-grafana-alerting-signature";

/// The signed time, where the contact point is told to send one by this name.
const TIME: &str = "x-grafana-alerting-timestamp";

static SECRETS: [Field; 2] = secrets("The secret of the contact point's HMAC signature.");

static ABOUT: About = About {
    name: "Grafana",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M8 4.5A3.5 3.5 0 1 0 11.5 8c0-1-.75-1.75-1.75-1.75S8 7 8 8m0-6.25v1m6.25 5.25h-1M8 14.25v-1M1.75 8h1"/></svg>"#,
    ),
    default_base_url: "",
    watch_hint: "names of alerts, or * for all",
    secrets: &SECRETS,
    settings: SETTINGS,
    scopes: &[],
    local: false,
};

pub(super) static PROVIDER: Listener = Listener {
    id: "grafana",
    about: &ABOUT,
    webhook: &GrafanaWebhook,
    parse,
};

struct GrafanaWebhook;

impl Webhook for GrafanaWebhook {
    fn family(&self) -> &'static str {
        "grafana"
    }

    /// Of a message with a time both are signed together, and the time must be near.
    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<(), Unverified> {
        let signature = signed::header(headers, SIGNATURE).ok_or(Unverified::Missing)?;
        let Some(time) = signed::header(headers, TIME) else {
            return signed::verify_hex(&signature, body, secret);
        };
        signed::is_near(&time, now)?;
        let content = [time.as_bytes(), b":", body].concat();
        signed::verify_hex(&signature, &content, secret)
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
