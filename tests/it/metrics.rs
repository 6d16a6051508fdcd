//! A real Prometheus scrapes a running Perch.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::world::greeter::Greeter;
use crate::world::{World, wait_for};

/// A Prometheus that asks one target every second. It ends with this.
struct Prometheus {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    fn scrape(target: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = free.local_addr().expect("it is bound").to_string();
        drop(free);
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: perch\n    static_configs:\n      - targets: ['{target}']\n"
        );
        std::fs::write(&config, text).expect("written");
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus is part of the set-up of the tests");
        Self {
            child,
            address,
            _folder: folder,
        }
    }

    /// What a query finds: each label's value with the sample's, in order.
    fn asks(&self, query: &str, label: &str) -> Option<Vec<(String, String)>> {
        let url = format!("http://{}/api/v1/query?query={query}", self.address);
        let answer = Command::new("curl")
            .args(["--silent", "--fail", "--max-time", "5", &url])
            .output()
            .ok()?;
        let answer: Value = serde_json::from_slice(&answer.stdout).ok()?;
        let found = answer["data"]["result"].as_array()?.iter().map(|one| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&one["metric"][label]), text(&one["value"][1]))
        });
        let mut found: Vec<_> = found.collect();
        found.sort();
        (!found.is_empty()).then_some(found)
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_prometheus_reads_what_every_step_did() {
    let world = World::new();
    let greeter = Greeter::new(world.folder());
    world.says(&["watch".as_ref(), greeter.folder.as_os_str()]);
    let served = world.serve(None).expect("it starts");
    greeter.break_it();
    greeter.commit("Make room for a name");
    assert_eq!(greeter.fail_quickly(&world).status.code(), Some(101));
    wait_for("the suggestion", || world.inbox().pop());

    let status = world.json(&["status"]);
    let listener = status["listener"].as_str().expect("it listens");
    let prometheus = Prometheus::scrape(listener);
    let up = wait_for("a scrape", || {
        prometheus
            .asks("up", "job")
            .filter(|found| found[0].1 == "1")
    });
    assert_eq!(up, [("perch".to_owned(), "1".to_owned())]);
    let done = wait_for("the steps", || {
        prometheus.asks("perch_step_done_total", "step")
    });
    let number = |step: &str| {
        let found = done.iter().find(|(name, _)| name == step);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(number("process"), Some("1"), "{done:?}");
    assert_eq!(number("notify"), Some("1"), "{done:?}");
    let lag = prometheus
        .asks("perch_step_lag_seconds", "step")
        .expect("it is there");
    assert_eq!(lag.len(), done.len());
    assert!(lag.iter().all(|(_, value)| value == "0"), "{lag:?}");
    let errors = prometheus
        .asks("sum(perch_step_errors_total)", "step")
        .expect("it is there");
    assert_eq!(errors[0].1, "0");
    assert!(served.quit().success());
}
