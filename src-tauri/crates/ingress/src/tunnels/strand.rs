//! One strand of a kept tunnel: what it tells its keeper, and what it may ask of it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use perch_core::id::ConnectionId;
use perch_core::seam::tunnel::{Line, Pace, Reply, TunnelState};
use reqwest::Url;
use tokio::sync::{Notify, watch};

use super::keep::Board;
use super::{Rim, inlet, websocket};
use crate::round_trip::{self, RoundTrips};

/// A strand. It lives as long as its tunnel is kept.
pub(super) struct Strand {
    pub(super) connection: ConnectionId,
    /// Its number on the board.
    pub(super) number: usize,
    pub(super) board: Arc<Board>,
    pub(super) rim: Rim,
    pub(super) pace: Pace,
    pub(super) inlet: SocketAddr,
    pub(super) trips: Arc<RoundTrips>,
    /// Notified when the forge should be asked soon.
    pub(super) hints: Arc<Notify>,
    /// Where forges send to, once the strand has stood.
    pub(super) address: watch::Sender<Option<String>>,
    /// True once it stood in this attempt.
    pub(super) stood: AtomicBool,
    pub(super) resume: Mutex<Option<String>>,
}

#[async_trait]
impl Line for Strand {
    fn opened(&self, address: &str) {
        tracing::info!(connection.id = %self.connection, "a tunnel is open");
        self.stood.store(true, Ordering::Relaxed);
        self.board.set_address(address);
        self.board.set_state(self.number, TunnelState::Open);
        self.address.send_replace(Some(address.to_owned()));
        // Whatever happened while it was not open was sent to nobody.
        self.hint();
    }

    async fn deliver(&self, headers: &HeaderMap, body: Bytes) -> Reply {
        let client = match Url::parse(&format!("http://{}", self.inlet)) {
            Ok(url) => (self.rim.client)(&url),
            Err(error) => {
                return Reply {
                    status: http::StatusCode::BAD_GATEWAY,
                    headers: HeaderMap::new(),
                    body: error.to_string().into(),
                };
            }
        };
        let reply = inlet::deliver(
            &client,
            self.inlet,
            &self.connection,
            headers,
            body,
            self.pace.patience,
        )
        .await;
        if !reply.status.is_success() {
            tracing::info!(
                connection.id = %self.connection,
                answer = reply.status.as_u16(),
                "a delivery by tunnel was not taken; the forge is asked instead"
            );
            self.hint();
        }
        reply
    }

    fn hint(&self) {
        self.hints.notify_one();
    }

    async fn round_trip(&self, address: &str) -> Result<(), String> {
        let url = Url::parse(address).map_err(|error| error.to_string())?;
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        let nonce = bytes.map(|byte| format!("{byte:02x}")).concat();
        let mut trip = self.trips.begin(nonce);
        let sent = (self.rim.client)(&url)
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(round_trip::HEADER, trip.nonce())
            .body("{}")
            .timeout(self.pace.patience)
            .send()
            .await;
        match sent {
            _ if trip.has_arrived() => Ok(()),
            Ok(response) => Err(format!(
                "it answers {}, and what is sent there does not arrive at {}",
                response.status(),
                self.inlet
            )),
            Err(error) => Err(websocket::plain(&error)),
        }
    }

    fn resume(&self) -> Option<String> {
        let resume = self.resume.lock();
        resume.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_resume(&self, from: Option<String>) {
        *self.resume.lock().unwrap_or_else(PoisonError::into_inner) = from;
    }
}
