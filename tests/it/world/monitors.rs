//! A real Prometheus, a real Alertmanager, and what they watch: each on a free port with its own data, ended with its value.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::wait_for;

/// A port nobody listens on, as an address of this machine.
fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    free.local_addr().expect("it is bound").to_string()
}

/// A server of the set-up; it ends with this.
struct Server(Child);

impl Server {
    fn start(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.expect("prometheus and alertmanager are part of the set-up of the tests"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `url` of a server here answers.
fn get(url: &str) -> Option<Value> {
    let answer = Command::new("curl")
        .args(["--silent", "--fail", "--globoff", "--max-time", "5", url])
        .output()
        .ok()?;
    serde_json::from_slice(&answer.stdout).ok()
}

/// A Prometheus.
pub(crate) struct Prometheus {
    pub(crate) address: String,
    _server: Server,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// One that asks one target every second.
    pub(crate) fn scraping(job: &str, target: &str) -> Self {
        Self::over(&scrape(job, target), "", "")
    }

    /// One that does so and tells an Alertmanager what `rules` say.
    pub(crate) fn alerting(
        job: &str,
        target: &str,
        rules: &str,
        alertmanager: &Alertmanager,
    ) -> Self {
        let config = format!(
            "{}rule_files: [rules.yml]\nalerting:\n  alertmanagers:\n    - static_configs:\n      - targets: ['{}']\n",
            scrape(job, target),
            alertmanager.address
        );
        Self::over(&config, rules, "")
    }

    /// One that asks nobody and remembers `samples`, written as `OpenMetrics`.
    pub(crate) fn remembering(samples: &str) -> Self {
        Self::over("global: {}\n", "", samples)
    }

    fn over(config: &str, rules: &str, samples: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let within = |name: &str| folder.path().join(name);
        std::fs::write(within("prometheus.yml"), config).expect("written");
        std::fs::write(within("rules.yml"), rules).expect("written");
        if !samples.is_empty() {
            std::fs::write(within("samples"), samples).expect("written");
            let made = Command::new("promtool")
                .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"])
                .args([within("samples"), within("data")])
                .output()
                .expect("promtool comes with prometheus");
            assert!(
                made.status.success(),
                "{}",
                String::from_utf8_lossy(&made.stderr)
            );
        }
        let address = free_address();
        let server = Server::start(
            Command::new("prometheus")
                .arg(format!(
                    "--config.file={}",
                    within("prometheus.yml").display()
                ))
                .arg(format!("--storage.tsdb.path={}", within("data").display()))
                .arg("--storage.tsdb.retention.time=100y")
                .arg(format!("--web.listen-address={address}")),
        );
        let prometheus = Self {
            address,
            _server: server,
            _folder: folder,
        };
        wait_for("prometheus", || {
            get(&format!(
                "http://{}/api/v1/status/buildinfo",
                prometheus.address
            ))
        });
        prometheus
    }

    /// What a query finds: each label's value with the sample's, in order.
    pub(crate) fn asks(&self, query: &str, label: &str) -> Option<Vec<(String, String)>> {
        let answer = get(&format!(
            "http://{}/api/v1/query?query={query}",
            self.address
        ))?;
        let found = answer["data"]["result"].as_array()?.iter().map(|one| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&one["metric"][label]), text(&one["value"][1]))
        });
        let mut found: Vec<_> = found.collect();
        found.sort();
        (!found.is_empty()).then_some(found)
    }
}

fn scrape(job: &str, target: &str) -> String {
    format!(
        "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nscrape_configs:\n  - job_name: {job}\n    \
         static_configs:\n      - targets: ['{target}']\n"
    )
}

/// An Alertmanager that tells one webhook what it hears, without waiting long.
pub(crate) struct Alertmanager {
    address: String,
    _server: Server,
    _folder: tempfile::TempDir,
}

impl Alertmanager {
    /// One that sends to `url` with `secret` as its credentials.
    pub(crate) fn telling(url: &str, secret: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let config = folder.path().join("alertmanager.yml");
        let text = format!(
            "route:\n  receiver: perch\n  group_by: [alertname]\n  group_wait: 1s\n  group_interval: 1s\n  \
             repeat_interval: 1h\nreceivers:\n  - name: perch\n    webhook_configs:\n      - url: {url}\n        \
             http_config:\n          authorization:\n            credentials: {secret}\n"
        );
        std::fs::write(&config, text).expect("written");
        let address = free_address();
        let server = Server::start(
            Command::new("prometheus-alertmanager")
                .arg(format!("--config.file={}", config.display()))
                .arg(format!(
                    "--storage.path={}",
                    folder.path().join("data").display()
                ))
                .arg(format!("--web.listen-address={address}"))
                .arg("--cluster.listen-address="),
        );
        let alertmanager = Self {
            address,
            _server: server,
            _folder: folder,
        };
        wait_for("alertmanager", || {
            get(&format!("http://{}/api/v2/status", alertmanager.address))
        });
        alertmanager
    }
}

/// A target to be scraped, whose gauges are in the test's hand. Its thread ends with the test's process.
pub(crate) struct Exporter {
    pub(crate) address: String,
    gauges: Arc<Mutex<Vec<(String, f64)>>>,
}

impl Exporter {
    /// Gauges by their names with labels.
    pub(crate) fn of(gauges: &[(&str, f64)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let gauges = gauges
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value));
        let gauges: Arc<Mutex<Vec<_>>> = Arc::new(Mutex::new(gauges.collect()));
        let shown = Arc::clone(&gauges);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut asked = [0; 4_096];
                let _ = stream.read(&mut asked);
                let mut page = String::new();
                for (name, value) in shown.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                    let _ = writeln!(page, "{name} {value}");
                }
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\n\
                     connection: close\r\n\r\n{page}",
                    page.len()
                );
            }
        });
        Self { address, gauges }
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, name: &str, value: f64) {
        let mut gauges = self.gauges.lock().unwrap_or_else(PoisonError::into_inner);
        let found = gauges.iter_mut().find(|(known, _)| known == name);
        found.expect("it is one of them").1 = value;
    }
}

/// Writes samples as `OpenMetrics`: each metric with its samples in order of time, seconds and value.
pub(crate) fn open_metrics(metrics: &[(&str, Vec<(i64, f64)>)]) -> String {
    let mut text = String::new();
    for (name, samples) in metrics {
        let bare = name.split('{').next().unwrap_or(name);
        let _ = writeln!(text, "# TYPE {bare} gauge");
        for (second, value) in samples {
            let _ = writeln!(text, "{name} {value} {second}");
        }
    }
    text.push_str("# EOF\n");
    text
}

/// Runs git in `folder`, as Ada at a moment.
pub(crate) fn git_at(folder: &Path, at: &str, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(arguments)
        .env("GIT_AUTHOR_DATE", at)
        .env("GIT_COMMITTER_DATE", at)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
