//! Signatures: which are believed, by the vectors that are published, and how a delivery is known again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use perch_core::seam::webhook::{Unverified, Webhook};
use perch_integrations::providers::ALL;
use perch_testkit::scenario::payloads::headers;
use secrecy::SecretString;

use crate::forges::{NOW, hmac};

type Headers<'a> = &'a [(&'a str, &'a str)];

/// Published in GitHub's documentation; the others use the same algorithm.
const SECRET: &str = "It's a Secret to Everybody";
const BODY: &[u8] = b"Hello, World!";
const HEX: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
const HUB: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
const OTHER: &str = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";
/// The same text's SHA-1 by that secret.
const SHA1: &str = "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59";

const OK: Result<(), Unverified> = Ok(());
const MISSING: Result<(), Unverified> = Err(Unverified::Missing);
const WRONG: Result<(), Unverified> = Err(Unverified::Wrong);

fn webhook(provider: &str) -> &'static dyn Webhook {
    let provider = ALL.iter().find(|one| one.id() == provider);
    let webhook = provider.and_then(|one| one.webhook());
    webhook.expect("the registry has it")
}

fn verify(provider: &str, list: Headers<'_>, body: &[u8], secret: &str) -> Result<(), Unverified> {
    let now = Timestamp::from_second(NOW).expect("in range");
    webhook(provider).verify(&headers(list), body, &SecretString::from(secret), now)
}

#[test]
fn only_the_signature_of_the_very_body_by_the_very_secret_is_believed() {
    let hub = "x-hub-signature";
    let hub256 = "x-hub-signature-256";
    let (forgejo, gitea) = ("x-forgejo-signature", "x-gitea-signature");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let cases: &[(&str, Headers<'_>, Result<(), Unverified>)] = &[
        ("github", &[(hub256, HUB)], OK),
        ("github", &[(hub256, HUB), (hub, SHA1)], OK),
        ("github", &[(hub256, &HUB[..69])], WRONG),
        ("github", &[(hub256, HEX)], WRONG),
        ("github", &[(hub256, "sha256=")], WRONG),
        ("github", &[(hub256, SHA1)], WRONG),
        ("github", &[(hub, SHA1)], MISSING),
        ("github", &[(gitea, HEX)], MISSING),
        ("github", &[], MISSING),
        ("bitbucket", &[(hub, HUB)], OK),
        ("bitbucket", &[(hub256, HUB)], MISSING),
        ("bitbucket", &[(hub, HEX)], WRONG),
        ("bitbucket", &[(hub, SHA1)], WRONG),
        ("bitbucket", &[(hub, &HUB[..69])], WRONG),
        ("bitbucket", &[(hub, "")], WRONG),
        ("bitbucket", &[], MISSING),
        ("bitbucket-dc", &[(hub, HUB)], OK),
        ("bitbucket-dc", &[(hub256, HUB)], MISSING),
        ("bitbucket-dc", &[(hub, HEX)], WRONG),
        ("bitbucket-dc", &[(hub, SHA1)], WRONG),
        ("bitbucket-dc", &[(hub, "")], WRONG),
        ("bitbucket-dc", &[], MISSING),
        // The first of the headers there is decides alone.
        ("gitea", &[(gitea, HEX)], OK),
        ("gitea", &[(forgejo, HEX)], OK),
        ("gitea", &[(hub256, HUB)], OK),
        ("gitea", &[(forgejo, HEX), (gitea, OTHER)], OK),
        ("gitea", &[(forgejo, OTHER), (gitea, HEX)], WRONG),
        ("gitea", &[(gitea, OTHER), (hub256, HUB)], WRONG),
        ("gitea", &[(gitea, HUB)], WRONG),
        ("gitea", &[(hub256, HEX)], WRONG),
        ("gitea", &[(gitea, &HEX[..62])], WRONG),
        ("gitea", &[(gitea, "")], MISSING),
        ("gitea", &[(forgejo, ""), (gitea, HEX)], MISSING),
        ("gitea", &[("x-gogs-signature", HEX)], MISSING),
        ("gitea", &[], MISSING),
        // Of a form it is the JSON within that is signed, and this is none.
        ("gitea", &[form, (gitea, HEX)], WRONG),
        // A secret token is sent as it is.
        ("gitlab", &[("x-gitlab-token", SECRET)], OK),
        ("gitlab", &[("x-gitlab-token", &SECRET[1..])], WRONG),
        ("gitlab", &[("x-gitlab-token", "")], WRONG),
        ("gitlab", &[(hub256, HUB)], MISSING),
        ("gitlab", &[("webhook-signature", "v1,AAAA")], MISSING),
        ("gitlab", &[], MISSING),
    ];
    for (provider, list, expected) in cases {
        let found = verify(provider, list, BODY, SECRET);
        assert_eq!(found, *expected, "{provider} {list:?}");
        if found.is_ok() {
            assert_eq!(verify(provider, list, BODY, "another"), WRONG, "{provider}");
            // A token in plain says nothing about the body.
            if *provider != "gitlab" {
                let tampered = verify(provider, list, b"Hello, World?", SECRET);
                assert_eq!(tampered, WRONG, "{provider} {list:?}");
            }
        }
    }
    let list = [form, (gitea, HEX)];
    assert_eq!(
        verify("gitea", &list, b"payload=Hello%2C+World%21", SECRET),
        OK
    );
    for body in [&b"payload=Hello"[..], b"other=Hello%2C+World%21"] {
        assert_eq!(verify("gitea", &list, body, SECRET), WRONG);
    }
}

#[test]
fn a_signing_token_is_never_replaced_by_a_plain_one_and_its_time_must_be_near() {
    let token = |key: &[u8]| format!("whsec_{}", STANDARD.encode(key));
    let sign = |key: &[u8], time: i64| {
        let mac = hmac(key, &[format!("id.{time}.").as_bytes(), BODY]);
        format!("v1,{}", STANDARD.encode(mac))
    };
    let (ours, theirs, short) = ([7; 32], [8; 32], [7; 24]);
    let (good, foreign) = (sign(&ours, NOW), sign(&theirs, NOW));
    let rotated = format!("{foreign} {good}");
    let own = token(&ours);
    let late = (NOW - 301, sign(&ours, NOW - 301));
    let early = (NOW + 301, sign(&ours, NOW + 301));
    let edge = (NOW - 300, sign(&ours, NOW - 300));
    let cases = [
        ("signed", NOW, good.as_str(), own.clone(), OK),
        ("among others", NOW, &rotated, own.clone(), OK),
        ("a clock five minutes off", edge.0, &edge.1, own.clone(), OK),
        ("by a stranger", NOW, &foreign, own.clone(), WRONG),
        ("replayed", late.0, &late.1, own.clone(), WRONG),
        ("of the future", early.0, &early.1, own.clone(), WRONG),
        (
            "another time than signed",
            NOW - 1,
            &good,
            own.clone(),
            WRONG,
        ),
        (
            "too short a key",
            NOW,
            &sign(&short, NOW),
            token(&short),
            WRONG,
        ),
        ("a secret token instead", NOW, &good, SECRET.into(), MISSING),
    ];
    for (what, time, signature, secret, expected) in cases {
        let time = time.to_string();
        let list = [
            ("webhook-id", "id"),
            ("webhook-timestamp", time.as_str()),
            ("webhook-signature", signature),
        ];
        assert_eq!(verify("gitlab", &list, BODY, &secret), expected, "{what}");
    }
    // The token itself in the other header proves nothing about the body.
    assert_eq!(
        verify("gitlab", &[("x-gitlab-token", &own)], BODY, &own),
        MISSING
    );
    assert_eq!(verify("gitlab", &[("x-gitlab-token", "")], BODY, ""), WRONG);
}

#[test]
fn a_delivery_is_known_by_what_stays_when_it_is_sent_again_and_the_rest_is_malformed() {
    let cases: &[(&str, &str, Headers<'_>, Option<&str>)] = &[
        (
            "github",
            "x-github-event",
            &[("x-github-delivery", "7")],
            Some("7"),
        ),
        (
            "gitea",
            "x-gitea-event",
            &[("x-gitea-delivery", "7"), ("x-github-delivery", "8")],
            Some("7"),
        ),
        (
            "gitlab",
            "x-gitlab-event",
            &[("webhook-id", "7")],
            Some("7"),
        ),
        (
            "gitlab",
            "x-gitlab-event",
            &[("idempotency-key", "7")],
            Some("7"),
        ),
        (
            "gitlab",
            "x-gitlab-event",
            &[("x-gitlab-event-uuid", "7")],
            None,
        ),
        (
            "bitbucket",
            "x-event-key",
            &[("x-request-uuid", "7"), ("x-hook-uuid", "8")],
            Some("7"),
        ),
        (
            "bitbucket-dc",
            "x-event-key",
            &[("x-request-id", "7")],
            Some("7"),
        ),
    ];
    let form = ("content-type", "application/x-www-form-urlencoded");
    for (provider, kind, list, id) in cases {
        let read = |more: Headers<'_>, body: &'static str| {
            let list = [list, more].concat();
            webhook(provider).read(&headers(&list), &Bytes::from(body))
        };
        let event = (*kind, "something");
        let whole = read(&[event], "{\"a\": 1}").expect("an object");
        assert_eq!(
            (whole.kind.as_str(), whole.external_id.as_deref()),
            ("something", *id),
            "{provider}"
        );
        assert_eq!(whole.body, "{\"a\": 1}", "{provider}");
        for body in ["[]", "{", "", "\"text\""] {
            assert!(read(&[event], body).is_err(), "{provider} {body}");
        }
        assert!(read(&[], "{}").is_err(), "{provider} without a kind");
        assert!(read(&[(kind, "")], "{}").is_err(), "{provider} of no kind");
        if matches!(*provider, "github" | "gitea") {
            let unpacked = read(&[event, form], "payload=%7B%22a%22%3A+%22%C3%BC%26%22%7D");
            let unpacked = unpacked.expect("a form");
            assert_eq!(unpacked.body, "{\"a\": \"ü&\"}", "{provider}");
            for body in ["{}", "payload=%7B", "payload="] {
                assert!(read(&[event, form], body).is_err(), "{provider} {body}");
            }
        }
    }
    // Gitea names GitHub's events too, and is not taken for it.
    let list = [("x-github-event", "push")];
    assert!(
        webhook("gitea")
            .read(&headers(&list), &Bytes::from("{}"))
            .is_err()
    );
}
