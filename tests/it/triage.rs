//! `perch triage` on files: one line of JSON an issue, and what is wrong with a file named.

use std::fs;

use serde_json::Value;

use crate::world::World;

#[test]
fn every_issue_is_answered_by_a_line_of_its_own_shape() {
    let world = World::new();
    let file = world.folder().join("issues.jsonl");
    let issues = [
        r#"{"id": "a", "title": "Segfault when the file is empty", "body": "It crashes since 2.0.1."}"#,
        "",
        r#"{"title": "How do I sort the list?", "body": null}"#,
    ];
    fs::write(&file, issues.join("\n")).expect("it can be written");
    let words = world.says(&["triage".as_ref(), "--json".as_ref(), file.as_os_str()]);
    let told: Vec<Value> = words
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    let shown: Vec<(&Value, &Value)> = told.iter().map(|one| (&one["id"], &one["label"])).collect();
    assert_eq!(
        shown,
        [
            (&"a".into(), &"bug".into()),
            (&3.into(), &"question".into())
        ]
    );
    assert!(
        told.iter()
            .all(|one| one["confidence"].as_f64() > Some(0.33))
    );
}

#[test]
fn a_lesson_without_a_label_is_named() {
    let world = World::new();
    let file = world.folder().join("lessons.jsonl");
    fs::write(&file, "{\"title\": \"Crash\", \"label\": \"bgu\"}\n").expect("it can be written");
    let output = world.perch(&[
        "triage".as_ref(),
        "--train".as_ref(),
        file.as_os_str(),
        file.as_os_str(),
    ]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told.contains("line 1 of") && told.contains("`bgu`"),
        "{told}"
    );
}
