//! Webhooks that others recorded: signed, verified, read and parsed by the way they come, they mean what their labels
//! say, and no other shape of one breaks the reading.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::event::Event;
use perch_core::seam::webhook::Unverified;
use perch_testkit::scenario::payloads::{self as scenario, headers};
use perch_testkit::watch::{self, parse};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::forges::{Conduct, NOW, Recorded, for_every_forge};

for_every_forge! {
    every_recorded_payload_means_what_its_label_says
    no_missing_field_and_no_other_shape_breaks_the_reading
    a_connection_hears_only_of_what_it_watches
}

fn connection<P: Conduct>(watched: &[&str]) -> Connection {
    watch::connection(P::default().id(), P::SITE, watched)
}

/// The events of a webhook, by the way it comes; a delivery that comes again means the same.
fn events<P: Conduct>(recorded: &Recorded, form: bool) -> Vec<Event> {
    let forge = P::default();
    let webhook = forge.webhook().expect("forges send webhooks");
    let json = recorded.payload.to_string();
    let (content, body) = if form {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("payload", &json);
        ("application/x-www-form-urlencoded", body.finish())
    } else {
        ("application/json", json.clone())
    };
    let body = Bytes::from(body);
    let secrets = [P::secret(1), P::secret(2)];
    let mut list = P::signed(&secrets[1], json.as_bytes(), &body);
    list.push(recorded.kind.clone());
    list.push(("content-type".into(), content.into()));
    let list: Vec<(&str, &str)> = list
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let headers = headers(&list);
    let now = Timestamp::from_second(NOW).expect("in range");
    let verify = |secret: &str, body: &[u8]| {
        webhook.verify(&headers, body, &SecretString::from(secret), now)
    };
    // While a secret is being replaced both are tried, each by itself.
    assert_eq!(verify(&secrets[0], &body), Err(Unverified::Wrong));
    assert_eq!(verify(&secrets[1], &body), Ok(()));
    let mut tampered = body.to_vec();
    *tampered.last_mut().expect("a body") ^= 1;
    assert_eq!(verify(&secrets[1], &tampered), Err(Unverified::Wrong));

    let watched = P::watched(&recorded.payload);
    let name = watched.first().map_or("acme/api", String::as_str);
    let connection = connection::<P>(&[name]);
    let mut found = [(), ()].map(|()| {
        let message = webhook.read(&headers, &body).expect("a payload");
        // What tests a webhook is about none of the repositories in particular.
        if recorded.kind.1 != "ping" {
            let concerns = webhook.concerns(&connection, &message);
            assert_eq!(concerns, !watched.is_empty(), "{}", recorded.name);
            let stranger = self::connection::<P>(&["somebody/else"]);
            assert!(!webhook.concerns(&stranger, &message), "{}", recorded.name);
        }
        parse(&forge, &connection, message, Timestamp::UNIX_EPOCH)
    });
    assert_eq!(found[0], found[1], "{}", recorded.name);
    std::mem::take(&mut found[0])
}

async fn every_recorded_payload_means_what_its_label_says<P: Conduct>() {
    let mut meant = String::new();
    for recorded in P::recorded() {
        let found = events::<P>(&recorded, false);
        if P::FORMS {
            assert_eq!(found, events::<P>(&recorded, true), "{}", recorded.name);
        }
        let types: Vec<String> = found.iter().map(|one| one.event_type.to_string()).collect();
        let name = &recorded.name;
        assert!(recorded.means.contains(&types), "{name}: {types:?}");
        for event in &found {
            let mut shown = event.clone();
            let data = shown.data.as_object_mut().expect("an object");
            data.shift_remove("payload");
            meant.push_str(&format!("{name} {:#}\n", json!(shown)));
        }
    }
    if !meant.is_empty() {
        insta::assert_snapshot!(format!("what_is_meant_{}", P::default().id()), meant);
    }
}

async fn no_missing_field_and_no_other_shape_breaks_the_reading<P: Conduct>() {
    // One that means something stands for all of its kind.
    let mut kinds: BTreeMap<String, Value> = BTreeMap::new();
    let all = P::recorded();
    for recorded in &all {
        let (_, kind) = &recorded.kind;
        let means = recorded.means.iter().any(|types| !types.is_empty());
        if means && !kinds.contains_key(kind) && !events::<P>(recorded, false).is_empty() {
            kinds.insert(kind.clone(), recorded.payload.clone());
        }
    }
    let payloads: Vec<(String, Value)> = kinds.into_iter().collect();
    let (forge, connection) = (P::default(), connection::<P>(&[]));
    let read = scenario::no_other_shape_breaks_the_reading(&forge, &connection, &payloads, P::MOST);
    assert!(all.is_empty() || read > 1_000, "{read}");
}

async fn a_connection_hears_only_of_what_it_watches<P: Conduct>() {
    let forge = P::default();
    let webhook = forge.webhook().expect("forges send webhooks");
    let all = P::recorded();
    let Some(recorded) = all.iter().find(|one| !P::watched(&one.payload).is_empty()) else {
        return;
    };
    let (header, kind) = &recorded.kind;
    let hears = |payload: &Value, watch: &[&str]| {
        let headers = headers(&[(header, kind)]);
        let body = Bytes::from(payload.to_string());
        let message = webhook.read(&headers, &body).expect("an object");
        webhook.concerns(&connection::<P>(watch), &message)
    };
    let payload = &recorded.payload;
    let ways = P::watched(payload);
    for way in &ways {
        assert!(hears(payload, &["x/y", way]), "{way}");
        assert!(!hears(payload, &[&format!("{way}s")]), "{way}");
    }
    assert!(hears(payload, &[&ways[0].to_uppercase()]));
    assert!(!hears(payload, &[]));
    for payload in [
        json!({}),
        json!({"repository": 7, "project": 7}),
        json!({"repository": {"id": "7"}, "project": {"id": "7"}}),
    ] {
        assert!(!hears(&payload, &["acme/api", "7"]), "{payload}");
    }
}
