//! Counts what the listeners did, and writes it as Prometheus text (exposition format 0.0.4).

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;

use crate::listener::Kind;

/// Every status the listener itself gives. Heads that are no HTTP are answered before they can be counted.
const STATUSES: [StatusCode; 13] = [
    StatusCode::OK,
    StatusCode::ACCEPTED,
    StatusCode::NO_CONTENT,
    StatusCode::BAD_REQUEST,
    StatusCode::UNAUTHORIZED,
    StatusCode::NOT_FOUND,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// What all listeners of a running Perch did; the local one shows it at `/metrics`.
#[derive(Debug, Default)]
pub struct Tally {
    local: Counts,
    tunnel: Counts,
}

/// What one kind of listener did.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    answers: [AtomicU64; STATUSES.len()],
    deliveries: AtomicU64,
    repeats: AtomicU64,
    bytes: AtomicU64,
    in_flight: AtomicU64,
    connections: AtomicU64,
}

/// A metric with one value per listener.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    value: fn(&Counts) -> &AtomicU64,
}

const FAMILIES: [Family; 5] = [
    Family {
        name: "deliveries_total",
        kind: "counter",
        help: "Deliveries stored, one per connection concerned.",
        value: |of| &of.deliveries,
    },
    Family {
        name: "repeats_total",
        kind: "counter",
        help: "Deliveries that were stored before.",
        value: |of| &of.repeats,
    },
    Family {
        name: "delivery_bytes_total",
        kind: "counter",
        help: "Bytes of the bodies committed.",
        value: |of| &of.bytes,
    },
    Family {
        name: "requests_in_flight",
        kind: "gauge",
        help: "Requests being handled now.",
        value: |of| &of.in_flight,
    },
    Family {
        name: "connections",
        kind: "gauge",
        help: "Connections open now.",
        value: |of| &of.connections,
    },
];

/// Something that is going on for as long as this lives.
pub(crate) struct Ongoing {
    tally: Arc<Tally>,
    kind: Kind,
    gauge: fn(&Counts) -> &AtomicU64,
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        (self.gauge)(self.tally.of(self.kind)).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Tally {
    fn of(&self, kind: Kind) -> &Counts {
        match kind {
            Kind::Local => &self.local,
            Kind::Tunnel => &self.tunnel,
        }
    }

    pub(crate) fn request(self: &Arc<Self>, kind: Kind) -> Ongoing {
        self.begin(kind, |counts| &counts.in_flight)
    }

    pub(crate) fn connection(self: &Arc<Self>, kind: Kind) -> Ongoing {
        self.begin(kind, |counts| &counts.connections)
    }

    fn begin(self: &Arc<Self>, kind: Kind, gauge: fn(&Counts) -> &AtomicU64) -> Ongoing {
        gauge(self.of(kind)).fetch_add(1, Ordering::Relaxed);
        Ongoing {
            tally: Arc::clone(self),
            kind,
            gauge,
        }
    }

    pub(crate) fn answered(&self, kind: Kind, status: StatusCode) {
        if let Some(at) = STATUSES.iter().position(|known| *known == status) {
            self.of(kind).answers[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts one request's bytes and what was stored of it, one delivery per connection concerned.
    pub(crate) fn committed(&self, kind: Kind, bytes: usize, stored: usize, repeats: usize) {
        let counts = self.of(kind);
        counts.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        counts
            .deliveries
            .fetch_add(stored as u64, Ordering::Relaxed);
        counts.repeats.fetch_add(repeats as u64, Ordering::Relaxed);
    }

    /// The counts as text for Prometheus. Answers never given are left out.
    pub fn in_words(&self) -> String {
        let mut out = String::new();
        let kinds = [("local", &self.local), ("tunnel", &self.tunnel)];
        family(
            &mut out,
            "requests_total",
            "counter",
            "Requests answered, by status.",
        );
        for (listener, counts) in kinds {
            for (status, count) in STATUSES.iter().zip(&counts.answers) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let labels = format!("listener=\"{listener}\",answer=\"{}\"", status.as_u16());
                    sample(&mut out, "requests_total", &labels, count);
                }
            }
        }
        for Family {
            name,
            kind,
            help,
            value,
        } in FAMILIES
        {
            family(&mut out, name, kind, help);
            for (listener, counts) in kinds {
                let labels = format!("listener=\"{listener}\"");
                sample(
                    &mut out,
                    name,
                    &labels,
                    value(counts).load(Ordering::Relaxed),
                );
            }
        }
        out
    }
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "# HELP perch_ingress_{name} {help}\n# TYPE perch_ingress_{name} {kind}"
    );
}

fn sample(out: &mut String, name: &str, labels: &str, value: u64) {
    let _ = writeln!(out, "perch_ingress_{name}{{{labels}}} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_per_listener() {
        let tally = Arc::new(Tally::default());
        let _open = tally.connection(Kind::Tunnel);
        drop(tally.request(Kind::Local));
        tally.answered(Kind::Local, StatusCode::ACCEPTED);
        tally.answered(Kind::Tunnel, StatusCode::UNAUTHORIZED);
        tally.committed(Kind::Local, 120, 2, 1);
        assert_eq!(
            tally.in_words(),
            "\
# HELP perch_ingress_requests_total Requests answered, by status.
# TYPE perch_ingress_requests_total counter
perch_ingress_requests_total{listener=\"local\",answer=\"202\"} 1
perch_ingress_requests_total{listener=\"tunnel\",answer=\"401\"} 1
# HELP perch_ingress_deliveries_total Deliveries stored, one per connection concerned.
# TYPE perch_ingress_deliveries_total counter
perch_ingress_deliveries_total{listener=\"local\"} 2
perch_ingress_deliveries_total{listener=\"tunnel\"} 0
# HELP perch_ingress_repeats_total Deliveries that were stored before.
# TYPE perch_ingress_repeats_total counter
perch_ingress_repeats_total{listener=\"local\"} 1
perch_ingress_repeats_total{listener=\"tunnel\"} 0
# HELP perch_ingress_delivery_bytes_total Bytes of the bodies committed.
# TYPE perch_ingress_delivery_bytes_total counter
perch_ingress_delivery_bytes_total{listener=\"local\"} 120
perch_ingress_delivery_bytes_total{listener=\"tunnel\"} 0
# HELP perch_ingress_requests_in_flight Requests being handled now.
# TYPE perch_ingress_requests_in_flight gauge
perch_ingress_requests_in_flight{listener=\"local\"} 0
perch_ingress_requests_in_flight{listener=\"tunnel\"} 0
# HELP perch_ingress_connections Connections open now.
# TYPE perch_ingress_connections gauge
perch_ingress_connections{listener=\"local\"} 0
perch_ingress_connections{listener=\"tunnel\"} 1
"
        );
    }
}
