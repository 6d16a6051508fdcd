//! What `/metrics` says of the road: every step's work, errors and lag, and what is left of the forges' quotas, in
//! Prometheus' text format (exposition format 0.0.4).

use std::fmt::Write as _;
use std::sync::{Arc, Weak};

use futures_util::FutureExt as _;
use perch_engine::{Engine, StepHealth};
use perch_ingress::More;
use perch_integrations::http::limits::Rate;

use crate::wire::now;

/// The words for the listener of a program with this engine.
pub(crate) fn more(engine: &Arc<Engine>) -> More {
    let engine: Weak<Engine> = Arc::downgrade(engine);
    Arc::new(move || {
        let engine = engine.upgrade();
        async move {
            let Some(engine) = engine else {
                return String::new();
            };
            match engine.health(now()).await {
                Ok(steps) => in_words(&steps, &perch_integrations::http::quotas()),
                // What cannot be read is missing, which is what an alert on it looks for.
                Err(error) => {
                    tracing::warn!(%error, "the metrics of the road could not be read");
                    String::new()
                }
            }
        }
        .boxed()
    })
}

fn in_words(steps: &[StepHealth], quotas: &[(String, Rate)]) -> String {
    let mut out = String::new();
    family(&mut out, "perch_info", "gauge", "This Perch.");
    sample(
        &mut out,
        "perch_info",
        "version",
        env!("CARGO_PKG_VERSION"),
        1,
    );
    let counters: [(&str, &str, fn(&StepHealth) -> u64); 2] = [
        (
            "perch_step_done_total",
            "Things a step brought along.",
            |one| one.count.done,
        ),
        (
            "perch_step_errors_total",
            "Attempts of a step that failed.",
            |one| one.count.errors,
        ),
    ];
    for (name, help, value) in counters {
        family(&mut out, name, "counter", help);
        for one in steps {
            sample(&mut out, name, "step", one.step, value(one));
        }
    }
    family(
        &mut out,
        "perch_step_waiting",
        "gauge",
        "Things that wait for a step.",
    );
    for one in steps {
        sample(
            &mut out,
            "perch_step_waiting",
            "step",
            one.step,
            one.waiting,
        );
    }
    let name = "perch_step_lag_seconds";
    family(
        &mut out,
        name,
        "gauge",
        "How long the oldest of them has waited.",
    );
    for one in steps {
        sample(&mut out, name, "step", one.step, one.lag.as_secs_f64());
    }
    let name = "perch_forge_requests_left";
    family(&mut out, name, "gauge", "Requests left of a forge's quota.");
    for (host, rate) in quotas {
        sample(&mut out, name, "host", host, rate.remaining);
    }
    let name = "perch_forge_reset_timestamp_seconds";
    family(
        &mut out,
        name,
        "gauge",
        "When a forge's quota is full again.",
    );
    for (host, rate) in quotas {
        sample(&mut out, name, "host", host, rate.reset.as_second());
    }
    out
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(out: &mut String, name: &str, label: &str, of: &str, value: impl std::fmt::Display) {
    let of = of
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    let _ = writeln!(out, "{name}{{{label}=\"{of}\"}} {value}");
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use perch_engine::Count;

    use super::*;

    #[test]
    fn every_step_and_every_quota_has_its_lines() {
        let step = StepHealth {
            step: "intake",
            count: Count {
                done: 7,
                errors: 2,
                ..Count::default()
            },
            waiting: 3,
            lag: SignedDuration::from_millis(1500),
        };
        let rate = Rate {
            used: None,
            remaining: 4981,
            limit: Some(5000),
            reset: Timestamp::UNIX_EPOCH,
        };
        let words = in_words(&[step], &[("git.\"odd\".example".into(), rate)]);
        let samples: Vec<&str> = words
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert_eq!(
            samples,
            [
                concat!("perch_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
                "perch_step_done_total{step=\"intake\"} 7",
                "perch_step_errors_total{step=\"intake\"} 2",
                "perch_step_waiting{step=\"intake\"} 3",
                "perch_step_lag_seconds{step=\"intake\"} 1.5",
                "perch_forge_requests_left{host=\"git.\\\"odd\\\".example\"} 4981",
                "perch_forge_reset_timestamp_seconds{host=\"git.\\\"odd\\\".example\"} 0",
            ]
        );
    }
}
