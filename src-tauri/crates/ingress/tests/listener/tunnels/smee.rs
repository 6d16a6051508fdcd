//! smee channels: bodies that survive the relay are believed, others only hint; and streams that break come back.

use std::time::Duration;

use perch_core::seam::tunnel::TunnelState;
use perch_testkit::smee::{Dialect, Smee};
use serde_json::json;

use super::{SECRET, Stand, client, kept};
use crate::support::{HANG, sign, until};

const BEAT: Duration = Duration::from_millis(200);

/// A forge posts `body` to the channel, signed.
async fn post(smee: &Smee, id: &str, body: &str) {
    let url = smee.url().parse().expect("an address");
    let answer = client(&url)
        .post(url)
        .header("content-type", "application/json")
        .header("x-event", "push")
        .header("x-id", id)
        .header("x-signature", sign(SECRET, body.as_bytes()))
        .body(body.to_owned())
        .send()
        .await
        .expect("the channel answers");
    assert!(answer.status().is_success());
}

async fn open(dialect: Dialect) -> (Smee, Stand) {
    let smee = Smee::start(dialect, BEAT).await;
    let stand = Stand::new();
    stand
        .tunnels
        .settle(vec![kept("smee", json!({ "url": smee.url() }))])
        .await;
    stand.is_open().await;
    until(async || smee.readers() == 1 && stand.looks() == 1).await;
    (smee, stand)
}

#[tokio::test]
async fn a_body_that_the_relay_writes_as_it_was_is_believed_and_any_other_only_hints() {
    for (name, body, survives) in [
        ("compact", r#"{"repository":"acme/api","t":"grüße"}"#, true),
        ("spaced", r#"{"repository": "acme/api"}"#, false),
        (
            "escaped",
            r#"{"repository":"acme/api","u":"\u0026"}"#,
            false,
        ),
        (
            "large number",
            r#"{"repository":"acme/api","n":9007199254740993}"#,
            false,
        ),
        ("double", r#"{"repository":"acme/api","n":1.0}"#, false),
        ("index keys", r#"{"repository":"acme/api","1":0}"#, false),
        ("newline", "{\"repository\":\"acme/api\"}\n", false),
    ] {
        let (smee, stand) = open(Dialect::Smee).await;
        post(&smee, name, body).await;
        if survives {
            until(async || stand.stored() == 1).await;
            let arrivals = stand.port.log.arrivals.lock().expect("no panic");
            assert_eq!(arrivals[0].message.body, body.as_bytes(), "{name}");
        } else {
            until(async || stand.looks() == 2).await;
            assert_eq!(stand.stored(), 0, "{name}");
        }
    }
}

#[tokio::test]
async fn through_gosmee_every_body_comes_byte_for_byte() {
    let (smee, stand) = open(Dialect::Gosmee).await;
    let bodies = [
        r#"{"repository": "acme/api", "u": "\u0026", "n": 9007199254740993}"#,
        "{\"repository\":\"acme/api\"}\n",
    ];
    for (id, body) in ["one", "two"].into_iter().zip(bodies) {
        post(&smee, id, body).await;
    }
    until(async || stand.stored() == 2).await;
    let came: Vec<_> = {
        let arrivals = stand.port.log.arrivals.lock().expect("no panic");
        arrivals
            .iter()
            .map(|one| one.message.body.clone())
            .collect()
    };
    assert_eq!(came, bodies.map(str::as_bytes));
    let standing = stand.standing();
    assert_eq!(standing.deliveries, 2);
    assert!(standing.last_delivery.is_some());
    assert_eq!(standing.address, Some(smee.url()));

    smee.say("gosmee-gap", r#"{"from":"1"}"#);
    until(async || stand.looks() == 2).await;
}

#[tokio::test]
async fn a_stream_that_ends_or_falls_silent_is_opened_again_and_the_forge_is_asked() {
    let (smee, stand) = open(Dialect::Smee).await;
    let body = r#"{"repository":"acme/api"}"#;
    let mut looks = stand.looks();
    for (times, (what, breaks)) in [
        ("cut", Smee::cut as fn(&Smee)),
        ("stalled", Smee::stall),
        ("cut again", Smee::cut),
    ]
    .into_iter()
    .enumerate()
    {
        let opened = smee.opened();
        breaks(&smee);
        until(async || smee.opened() > opened && stand.looks() > looks).await;
        stand.is_open().await;
        looks = stand.looks();
        post(&smee, what, body).await;
        until(async || stand.stored() == times + 1).await;
    }
}

#[tokio::test]
async fn signs_of_life_alone_keep_a_stream_open() {
    let (smee, stand) = open(Dialect::Gosmee).await;
    tokio::time::sleep(super::PACE.silence * 2).await;
    assert_eq!((smee.opened(), stand.looks()), (1, 1));
    assert_eq!(stand.standing().state, TunnelState::Open);
}

#[tokio::test]
async fn a_server_that_takes_connections_and_never_answers_is_given_up_and_tried_again() {
    let smee = Smee::start(Dialect::Smee, BEAT).await;
    smee.set_mute(true);
    let stand = Stand::new();
    let mut tunnel = kept("smee", json!({ "url": smee.url() }));
    tunnel.secret = None;
    let pace = super::PACE;
    stand.tunnels.settle(vec![tunnel]).await;
    let waiting = until(
        async || matches!(&stand.standing().state, TunnelState::Retrying { problem, .. } if problem.contains("in time")),
    );
    tokio::time::timeout(HANG.min(pace.patience * 2), waiting)
        .await
        .expect("it is given up");
    smee.set_mute(false);
    stand.is_open().await;
}

#[tokio::test]
async fn a_channel_there_is_not_is_told_with_what_to_do() {
    let smee = Smee::start(Dialect::Smee, BEAT).await;
    let stand = Stand::new();
    let url = smee.url().replace("channel", "nothing");
    stand
        .tunnels
        .settle(vec![kept("smee", json!({ "url": url }))])
        .await;
    until(async || matches!(stand.standing().state, TunnelState::Broken { .. })).await;
    let TunnelState::Broken { problem, next_step } = stand.standing().state else {
        panic!("it is broken");
    };
    assert_eq!(problem, "127.0.0.1 has no such channel (404 Not Found)");
    assert!(next_step.contains("`url` in [connection.tunnel]"));
}

#[tokio::test]
async fn what_floods_a_channel_costs_few_looks_at_the_forge() {
    let (smee, stand) = open(Dialect::Smee).await;
    let body = r#"{"repository": "acme/api"}"#;
    for number in 0..50 {
        post(&smee, &number.to_string(), body).await;
    }
    // The last of them is looked at too.
    tokio::time::sleep(super::PACE.between_looks * 5).await;
    let looks = stand.looks();
    assert!((2..40).contains(&looks), "{looks}");
    assert_eq!(stand.stored(), 0);
}
