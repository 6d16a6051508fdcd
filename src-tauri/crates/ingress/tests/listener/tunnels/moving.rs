//! Webhooks that cannot follow a tunnel's address are told, and tried again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use perch_core::connection::Connection;
use perch_core::seam::tunnel::{About, Tunnel, TunnelContext, TunnelError};
use serde_json::{Map, Value, json};

use super::{Forge, Stand, kept};
use crate::support::until;

/// A tunnel that stands at once, and panics or breaks as often as it is told.
struct Moving {
    breaks: std::sync::atomic::AtomicU32,
    panics: bool,
}

static ABOUT: About = About {
    name: "A tunnel of the tests",
    settings: &[],
    moves: true,
    makes_secret: true,
};

#[async_trait]
impl Tunnel for Moving {
    fn id(&self) -> &'static str {
        "moving"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, _: &Connection, _: &Map<String, Value>) -> Result<(), String> {
        Ok(())
    }

    async fn run(&self, ctx: &TunnelContext<'_>) -> TunnelError {
        if self.breaks.load(Ordering::SeqCst) > 0 {
            self.breaks.fetch_sub(1, Ordering::SeqCst);
            assert!(!self.panics, "a fault in a tunnel");
            return TunnelError::Broken("not yet".into());
        }
        ctx.line.opened("https://one.example/webhooks/forge");
        std::future::pending().await
    }
}

fn moving(breaks: u32, panics: bool) -> Arc<Moving> {
    Arc::new(Moving {
        breaks: breaks.into(),
        panics,
    })
}

#[tokio::test]
async fn a_forge_that_refuses_is_told_with_the_address_and_asked_again() {
    let forge = Forge::leaked();
    forge.refuses.store(true, Ordering::SeqCst);
    let stand = Stand::new();
    let mut tunnel = kept("smee", json!({}));
    tunnel.tunnel = moving(0, false);
    tunnel.hooks = Some(forge);
    stand.tunnels.settle(vec![tunnel]).await;
    until(async || stand.standing().note.is_some()).await;
    let note = stand.standing().note.expect("a note");
    for part in [
        "the webhook of acme/api was not set: the token may not",
        "let the token manage webhooks",
        "by hand to https://one.example/webhooks/forge",
    ] {
        assert!(note.contains(part), "{part}: {note}");
    }
    // It was asked after the opening, and is once more when the webhook leads here.
    let looks = stand.looks();
    forge.refuses.store(false, Ordering::SeqCst);
    until(async || stand.standing().note.is_none() && stand.looks() > looks).await;
    assert_eq!(forge.urls(), ["https://one.example/webhooks/forge"]);
    assert_eq!(
        forge.secrets.lock().expect("no panic")["100"],
        super::SECRET
    );
}

#[tokio::test]
async fn where_webhooks_cannot_be_changed_by_program_the_address_is_told() {
    let stand = Stand::new();
    let mut tunnel = kept("smee", json!({}));
    tunnel.tunnel = moving(0, false);
    stand.tunnels.settle(vec![tunnel]).await;
    until(async || {
        stand.standing().note.is_some_and(|note| {
            note.contains("cannot change webhooks") && note.contains("https://one.example/")
        })
    })
    .await;
}

#[tokio::test]
async fn a_strand_that_breaks_or_panics_is_opened_again_until_it_stands() {
    for panics in [false, true] {
        let stand = Stand::new();
        let mut tunnel = kept("smee", json!({}));
        tunnel.tunnel = moving(4, panics);
        stand.tunnels.settle(vec![tunnel]).await;
        stand.is_open().await;
    }
}

#[tokio::test]
async fn a_tunnel_that_is_wanted_as_before_goes_on_undisturbed() {
    let stand = Stand::new();
    let mut tunnel = kept("smee", json!({}));
    tunnel.tunnel = moving(0, false);
    stand.tunnels.settle(vec![tunnel.clone()]).await;
    stand.is_open().await;
    until(async || stand.looks() == 1).await;
    for _ in 0..3 {
        stand.tunnels.settle(vec![tunnel.clone()]).await;
    }
    tokio::time::sleep(super::PACE.between_looks * 3).await;
    assert_eq!(stand.looks(), 1);
    tunnel.secret = Some("another".into());
    stand.tunnels.settle(vec![tunnel]).await;
    until(async || stand.looks() == 2).await;
}
