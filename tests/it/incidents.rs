//! A real Alertmanager tells a running Perch of an alert that a real Prometheus raised: it fires, grows, resolves.

use serde_json::Value;

use crate::world::monitors::{Alertmanager, Exporter, Prometheus, git_at};
use crate::world::{World, wait_for};

const RULES: &str = "\
groups:
  - name: checkout
    rules:
      - alert: HighLatency
        expr: checkout_latency_seconds > 0.5
        labels: {severity: critical, service: checkout}
        annotations: {summary: checkout is slow}
";

const A: &str = "checkout_latency_seconds{pod=\"a\"}";
const B: &str = "checkout_latency_seconds{pod=\"b\"}";

/// The events of a type, newest first.
fn events(world: &World, event_type: &str) -> Vec<Value> {
    let all = world.json(&["events"]);
    let all = all["events"].as_array().expect("a list");
    let of = |one: &&Value| one["event_type"] == event_type;
    all.iter().filter(of).cloned().collect()
}

#[test]
fn a_real_alert_is_one_incident_that_grows_is_resolved_and_has_one_postmortem() {
    let world = World::new();
    let shop = world.folder().join("shop");
    std::fs::create_dir(&shop).expect("a folder");
    let at = "2026-11-01T10:00:00Z";
    git_at(&shop, at, &["init", "--quiet", "--initial-branch", "main"]);
    git_at(
        &shop,
        at,
        &["commit", "--quiet", "--allow-empty", "--message", "Begin"],
    );
    world.says(&["watch".as_ref(), shop.as_os_str()]);
    let served = world.serve(None).expect("it starts");
    let secret = ["alert", "secret"].join("-");
    let arguments = ["connect", "alertmanager", "*", "--secret", "webhook_secret"];
    let connected = world.json_of_input(&arguments, &format!("{secret}\n"));
    assert_eq!(connected["webhook_path"], "/webhooks/alertmanager");
    let status = world.json(&["status"]);
    let listener = status["listener"].as_str().expect("it listens");

    let exporter = Exporter::of(&[(A, 0.2), (B, 0.2)]);
    let url = format!("http://{listener}/webhooks/alertmanager");
    let alertmanager = Alertmanager::telling(&url, &secret);
    let prometheus = Prometheus::alerting("shop", &exporter.address, RULES, &alertmanager);
    wait_for("a scrape", || {
        prometheus.asks("checkout_latency_seconds", "pod")
    });

    exporter.set(A, 0.9);
    let opened = wait_for("the incident", || events(&world, "incident.opened").pop());
    let shown = wait_for("the suggestion", || world.inbox().pop());
    exporter.set(B, 0.9);
    wait_for("its growth", || events(&world, "incident.updated").pop());
    wait_for("it in the suggestion", || {
        let detail = world.json(&["show", &shown]);
        let body = detail["body"].as_str().unwrap_or_default();
        body.contains("2 alerts belong to it").then_some(())
    });
    let detail = world.json(&["show", &shown]);
    assert_eq!(detail["summary"]["title"], "HighLatency: checkout is slow");
    assert_eq!(detail["summary"]["level"], "urgent");
    let body = detail["body"].as_str().expect("a text");
    assert!(body.contains("severity critical"), "{body}");

    exporter.set(A, 0.2);
    exporter.set(B, 0.2);
    wait_for("its end", || events(&world, "incident.resolved").pop());
    wait_for("it in the suggestion", || {
        let detail = world.json(&["show", &shown]);
        (detail["summary"]["title"] == "Resolved: HighLatency: checkout is slow").then_some(())
    });
    assert_eq!(world.inbox(), [shown], "it is one suggestion all along");
    assert_eq!(events(&world, "incident.opened").len(), 1);
    assert_eq!(events(&world, "incident.resolved").len(), 1);

    let id = opened["id"].as_str().expect("an id");
    let document = world.says(&["postmortem", id]);
    assert!(
        document.contains("HighLatency: checkout is slow"),
        "{document}"
    );
    assert!(document.contains("It ended"), "{document}");
    let wrong = world
        .program("curl")
        .args([
            "--silent",
            "--write-out",
            "%{http_code}",
            "--output",
            "/dev/null",
        ])
        .args([
            "--data",
            "{}",
            "--header",
            "Authorization: Bearer another",
            &url,
        ])
        .output()
        .expect("curl is part of the set-up");
    assert_eq!(String::from_utf8_lossy(&wrong.stdout), "401");
    assert!(served.quit().success());
}
