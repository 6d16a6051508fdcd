//! What one listener takes on at most.

use std::time::Duration;

/// Limits of one listener. The defaults are what the design promises; tests take smaller ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open connections; more wait unaccepted.
    pub connections: usize,
    /// Bytes of request line and headers together; more is answered 431.
    pub head_bytes: usize,
    /// How long a head may take, from the connection's or the last answer's end. Also ends idle connections.
    pub head_time: Duration,
    /// Bytes of one body: as many as GitHub and GitLab send at most.
    pub body_bytes: usize,
    /// How long a body may take.
    pub body_time: Duration,
    /// How long a sender may take nothing of its answers before it is cut.
    pub answer_time: Duration,
    /// Deliveries being checked and stored at once; more are answered 429.
    pub in_flight: usize,
    /// Bytes of bodies held in memory at once, whoever sends them; more are answered 429.
    pub held_bytes: usize,
    /// How long requests that already came may still take once the listener ends.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            head_bytes: 32 << 10,
            head_time: Duration::from_secs(10),
            body_bytes: 25 << 20,
            body_time: Duration::from_secs(30),
            answer_time: Duration::from_secs(10),
            in_flight: 64,
            held_bytes: 128 << 20,
            grace: Duration::from_secs(5),
        }
    }
}
