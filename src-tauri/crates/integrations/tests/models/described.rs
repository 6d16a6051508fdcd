//! Requests held against what the providers publish of their interfaces.

use std::io::Write as _;
use std::process::{Command, Stdio};

use perch_testkit::model::{ModelServer, Turn, draft};
use perch_testkit::published;
use serde_json::{Value, json};

use super::support::{ask, formats};

/// What is wrong with these requests, a line each.
fn faults(requests: &[Value]) -> String {
    let python = published::root().join("tests/python");
    let interfaces = python.join("venv/material/models.jsonl");
    let mut child = Command::new(python.join("venv/bin/python"))
        .arg(python.join("valid.py"))
        .arg(interfaces)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`make test-setup` brings it");
    let mut input = child.stdin.take().expect("it is piped");
    for request in requests {
        writeln!(input, "{request}").expect("it reads");
    }
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(
        output.status.success(),
        "`make test-setup` brings what it needs"
    );
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn every_request_is_as_its_provider_describes_it() {
    let server = ModelServer::start(Turn::Says(draft("t"))).await;
    for (provider, choice) in formats(&server) {
        let (answer, _) = ask(provider, &choice).await;
        answer.expect("it answers");
    }
    let asked = server.asked();
    let requests: Vec<Value> = asked
        .iter()
        .map(|asked| json!({ "path": asked.path, "body": asked.body }))
        .collect();
    assert_eq!(requests.len(), 4);
    assert_eq!(faults(&requests), "");
    // Were nothing looked at, nothing would be wrong.
    let mut wrong = requests;
    for request in &mut wrong {
        request["body"]["stream"] = "yes".into();
    }
    assert_eq!(
        faults(&wrong)
            .lines()
            .filter(|line| line.contains("stream"))
            .count(),
        4
    );
}
