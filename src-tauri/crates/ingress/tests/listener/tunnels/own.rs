//! `custom`: an address is believed only once a nonce sent there arrives at this very port.

use std::net::SocketAddr;

use perch_core::seam::tunnel::TunnelState;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::{SECRET, Stand, kept};
use crate::support::{Request, talk, until};

/// A proxy of the user's: every connection to it is one to the target. It ends with this.
struct Proxy {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn proxy(at: SocketAddr, target: SocketAddr) -> Proxy {
    let listener = TcpListener::bind(at).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let task = tokio::spawn(async move {
        // Its connections end with it.
        let mut connections = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            if let Ok(mut far) = TcpStream::connect(target).await {
                connections.spawn(async move {
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        }
    });
    Proxy { address, task }
}

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

#[tokio::test]
async fn an_address_that_leads_here_is_open_and_brings_deliveries() {
    let stand = Stand::new();
    let proxy = proxy(anywhere(), stand.port.address).await;
    let url = format!("http://{}/", proxy.address);
    stand
        .tunnels
        .settle(vec![kept("custom", json!({ "url": url }))])
        .await;
    stand.is_open().await;
    let address = format!("http://{}/webhooks/forge", proxy.address);
    assert_eq!(stand.standing().address, Some(address));
    let reply = talk(proxy.address, &Request::push("forge", SECRET).bytes()).await;
    assert_eq!(reply.status, 202);
    until(async || stand.standing().deliveries == 1).await;
}

#[tokio::test]
async fn an_address_that_leads_to_another_perch_is_not_believed() {
    let (stand, other) = (Stand::new(), Stand::new());
    let proxy = proxy(anywhere(), other.port.address).await;
    let url = format!("http://{}", proxy.address);
    stand
        .tunnels
        .settle(vec![kept("custom", json!({ "url": url }))])
        .await;
    until(async || matches!(stand.standing().state, TunnelState::Retrying { .. })).await;
    let TunnelState::Retrying { problem, .. } = stand.standing().state else {
        panic!("it is tried again");
    };
    for part in [
        "does not lead to Perch",
        "401 Unauthorized",
        &stand.port.address.to_string(),
    ] {
        assert!(problem.contains(part), "{part}: {problem}");
    }
    assert_eq!(stand.looks(), 0);
}

#[tokio::test]
async fn an_address_that_leads_nowhere_for_a_while_is_found_again_and_the_forge_is_asked() {
    let stand = Stand::new();
    let first = proxy(anywhere(), stand.port.address).await;
    let at = first.address;
    let url = format!("http://{at}");
    stand
        .tunnels
        .settle(vec![kept("custom", json!({ "url": url }))])
        .await;
    stand.is_open().await;
    until(async || stand.looks() == 1).await;
    drop(first);
    stand.is_not_open().await;
    let _again = proxy(at, stand.port.address).await;
    stand.is_open().await;
    until(async || stand.looks() == 2).await;
}

#[tokio::test]
async fn the_port_takes_a_nonce_once_and_no_other() {
    let stand = Stand::new();
    let request = Request::unsigned("forge", "{}").header("x-perch-nonce", "guessed");
    assert_eq!(talk(stand.port.address, &request.bytes()).await.status, 401);
    let elsewhere = Request::unsigned("nobody", "{}").header("x-perch-nonce", "guessed");
    assert_eq!(
        talk(stand.port.address, &elsewhere.bytes()).await.status,
        404
    );
}
