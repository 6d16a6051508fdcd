//! Tunnels: the ways by which forges reach a machine without a public address, and the registry of them.
//!
//! A tunnel either hands deliveries to the port for tunnels itself (`gh-forward`, `smee`) or makes the world reach
//! that port (`cloudflared`, `ngrok`, `custom`). Whatever comes passes the same checks there.

mod back_off;
mod cloudflared;
mod custom;
mod follow;
mod gh_forward;
mod inlet;
mod keep;
mod last;
mod ngrok;
mod program;
mod smee;
mod sse;
mod strand;
mod websocket;

use std::sync::Arc;

use perch_core::seam::tunnel::Tunnel;
use reqwest::Url;

pub use keep::{Kept, Parts, Tunnels};
pub use last::{Came, Noting};

/// What tunnels need of the program they are part of.
#[derive(Debug, Clone)]
pub struct Rim {
    /// The client for an address. It follows no redirects and sets no limit on how long an answer takes; HTTP/1.1.
    pub client: fn(&Url) -> reqwest::Client,
    /// Words that go before a program's own, so that it ends with Perch however Perch ends.
    pub leash: Vec<String>,
}

/// Every tunnel, in alphabetical order.
pub fn all(rim: &Rim) -> Vec<Arc<dyn Tunnel>> {
    vec![
        Arc::new(cloudflared::Cloudflared(rim.clone())),
        Arc::new(custom::Custom),
        Arc::new(gh_forward::GhForward(rim.clone())),
        Arc::new(ngrok::Ngrok(rim.clone())),
        Arc::new(smee::Smee(rim.clone())),
    ]
}
