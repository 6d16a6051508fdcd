//! `perch triage` alone, for the scorer: `triage triage --json [--train TRAIN.jsonl] FILE.jsonl`.
#![expect(clippy::print_stdout, reason = "a command's output")]

use std::io;

use perch_analyse::triage::{Judge, Label, Report};
use serde_json::Value;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (train, asked) = match words.as_slice() {
        [_, _, asked] => (None, asked),
        [_, _, _, lessons, asked] => (Some(lessons), asked),
        _ => {
            return Err(io::Error::other(
                "triage --json [--train TRAIN.jsonl] FILE.jsonl",
            ));
        }
    };
    let judge = match train {
        None => Judge::cold(),
        Some(lessons) => Judge::trained(
            &read(lessons)?
                .into_iter()
                .filter_map(|(line, report)| {
                    let label = serde_json::from_value::<Label>(line["label"].clone());
                    Some((report, label.ok()?))
                })
                .collect::<Vec<_>>(),
        ),
    };
    for (line, report) in read(asked)? {
        let judgement = judge.judge(&report);
        let answer = serde_json::json!({
            "id": line["id"],
            "label": judgement.label,
            "confidence": judgement.confidence,
        });
        println!("{answer}");
    }
    Ok(())
}

fn read(file: &str) -> io::Result<Vec<(Value, Report)>> {
    std::fs::read_to_string(file)?
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line)?;
            let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
            let report = Report {
                title: text("title"),
                body: text("body"),
            };
            Ok((line, report))
        })
        .collect()
}
