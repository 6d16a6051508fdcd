//! Recorded webhooks with labels that say what each means, read from where `PERCH_DATA` says.

use std::path::Path;

use serde_json::Value;

/// The rows of the index that are of `provider`, each with its payload; nothing, said aloud, when `PERCH_DATA` is
/// not set.
///
/// # Panics
/// When it is set and the data are not there.
pub fn webhooks(provider: &str) -> Vec<(Value, Value)> {
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "a test's data lies where the caller says, and a skipped test says so"
    )]
    let data = {
        let data = std::env::var("PERCH_DATA");
        if data.is_err() {
            eprintln!("skipped: PERCH_DATA does not say where the recorded payloads are");
        }
        data
    };
    let Ok(data) = data else {
        return Vec::new();
    };
    let folder = Path::new(&data).join("webhooks");
    let index = std::fs::read_to_string(folder.join("index.jsonl")).expect("the index is there");
    let rows: Vec<(Value, Value)> = index
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|row| row["provider"] == provider)
        .map(|row| {
            let file = folder.join(row["file"].as_str().expect("a name"));
            let payload = std::fs::read(file).expect("the payload is there");
            (row, serde_json::from_slice(&payload).expect("JSON"))
        })
        .collect();
    assert!(!rows.is_empty(), "no payloads of `{provider}`");
    rows
}
