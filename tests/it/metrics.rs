//! A real Prometheus scrapes a running Perch.

use crate::world::greeter::Greeter;
use crate::world::monitors::Prometheus;
use crate::world::{World, wait_for};

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
    let prometheus = Prometheus::scraping("perch", listener);
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
