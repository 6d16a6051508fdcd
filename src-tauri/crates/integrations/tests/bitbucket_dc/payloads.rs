//! Payloads recorded by others, against the labels that say what each means; and who signed them.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use perch_core::seam::provider::Provider;
use perch_core::seam::webhook::{Unverified, Webhook};
use perch_integrations::providers::bitbucket_dc::PROVIDER;
use perch_testkit::labelled;
use perch_testkit::scenario::payloads::{self as scenario, headers};
use perch_testkit::watch::connection;
use secrecy::SecretString;
use serde_json::Value;
use sha2::Sha256;

const API: &str = "https://bitbucket.example.org";

fn webhook() -> &'static dyn Webhook {
    PROVIDER.webhook().expect("Bitbucket sends webhooks")
}

#[test]
fn every_recorded_payload_means_what_its_label_says() {
    let rows = labelled::webhooks("bitbucket-server");
    // Watched by its name, or by its number, which stays when it is renamed.
    let of = |payload: &Value, name: bool| {
        let sides = ["/repository", "/pullRequest/toRef/repository", "/new"];
        let repository = sides.iter().find_map(|side| payload.pointer(side))?;
        Some(if name {
            let text = |pointer: &str| repository.pointer(pointer)?.as_str();
            format!("{}/{}", text("/project/key")?, text("/slug")?)
        } else {
            repository["id"].to_string()
        })
    };
    for name in [true, false] {
        let meant = scenario::meant(
            &PROVIDER,
            &rows,
            |watch| connection("bitbucket-dc", API, watch),
            |payload| of(payload, name),
        );
        if !rows.is_empty() {
            assert_eq!(rows.len(), 10);
            insta::assert_snapshot!("every_recorded_payload_means_what_its_label_says", meant);
        }
    }
}

#[test]
fn no_missing_field_and_no_other_shape_breaks_the_reading() {
    let rows: Vec<(String, Value)> = labelled::webhooks("bitbucket-server")
        .into_iter()
        .map(|(row, payload)| {
            let kind = row["event_header_value"].as_str().expect("a kind");
            (kind.to_owned(), payload)
        })
        .collect();
    let connection = connection("bitbucket-dc", API, &[]);
    let read = scenario::no_other_shape_breaks_the_reading(&PROVIDER, &connection, &rows, 50);
    assert!(rows.is_empty() || read > 3_000, "{read}");
}

fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key fits");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn verify(list: &[(&str, &str)], body: &[u8], secret: &str) -> Result<(), Unverified> {
    let secret = SecretString::from(secret);
    webhook().verify(&headers(list), body, &secret, Timestamp::UNIX_EPOCH)
}

#[test]
fn only_the_sha256_signature_of_the_very_body_is_believed() {
    // Published in GitHub's documentation; the algorithm is the same.
    let (secret, body) = ("It's a Secret to Everybody", b"Hello, World!".as_slice());
    let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(sign(secret, body), good);
    let hub = "x-hub-signature";
    let (missing, wrong) = (Err(Unverified::Missing), Err(Unverified::Wrong));
    let cases: [(&[(&str, &str)], Result<(), Unverified>); 7] = [
        (&[(hub, good)], Ok(())),
        (&[], missing),
        (&[("x-hub-signature-256", good)], missing),
        (&[(hub, &good[7..])], wrong),
        (
            &[(hub, "sha1=d61220fa493ed0a2a5dc8b7c8ef6ffdd2ab7d3f1")],
            wrong,
        ),
        (&[(hub, &good[..69])], wrong),
        (&[(hub, "")], wrong),
    ];
    for (list, expected) in cases {
        assert_eq!(verify(list, body, secret), expected, "{list:?}");
    }
    assert_eq!(verify(&[(hub, good)], b"Hello World!", secret), wrong);
    assert_eq!(verify(&[(hub, good)], body, "another"), wrong);
}

#[test]
fn while_a_secret_is_replaced_old_and_new_are_both_believed() {
    for secret in ["old", "new"] {
        let signature = sign(secret, b"{}");
        let believed = ["old", "new"]
            .iter()
            .filter(|one| verify(&[("x-hub-signature", &signature)], b"{}", one).is_ok())
            .count();
        assert_eq!(believed, 1);
    }
}

#[test]
fn a_delivery_is_known_by_its_request_and_the_rest_is_malformed() {
    let list = [("x-event-key", "repo:refs_changed"), ("x-request-id", "7")];
    let read = webhook().read(&headers(&list), &Bytes::from("{}"));
    let read = read.expect("an object");
    assert_eq!(
        (read.kind.as_str(), read.external_id.as_deref()),
        ("repo:refs_changed", Some("7"))
    );
    for body in ["[]", "{", ""] {
        assert!(webhook().read(&headers(&list), &Bytes::from(body)).is_err());
    }
    for list in [&[][..], &[("x-event-key", "")]] {
        assert!(webhook().read(&headers(list), &Bytes::from("{}")).is_err());
    }
}
