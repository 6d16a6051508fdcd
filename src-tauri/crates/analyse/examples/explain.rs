//! `perch explain` alone, for the scorers: `explain --json [--passing FILE]… LOG`.
#![expect(clippy::print_stdout, reason = "a command's output")]

use std::fs::File;
use std::io::{self, BufReader};

use perch_analyse::explain::{Options, explain};

fn main() -> io::Result<()> {
    let mut passing = Vec::new();
    let mut log = None;
    let mut words = std::env::args().skip(1);
    let usage = "explain [--json] [--passing FILE]… LOG";
    if words.next().as_deref() != Some("explain") {
        return Err(io::Error::other(usage));
    }
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => {}
            "--help" => {
                println!("{usage}");
                return Ok(());
            }
            "--passing" => passing.extend(words.next()),
            _ => log = Some(word),
        }
    }
    let log = log.ok_or_else(|| io::Error::other(usage))?;
    let open = |path: &String| File::open(path).map(|file| BufReader::with_capacity(1 << 16, file));
    let passing = passing.iter().map(open).collect::<io::Result<Vec<_>>>()?;
    let explanation = explain(open(&log)?, passing, Options::default())?;
    let blocks: Vec<_> = explanation
        .blocks
        .iter()
        .enumerate()
        .map(|(at, block)| {
            serde_json::json!({
                "rank": at + 1,
                "start_line": block.start_line,
                "end_line": block.end_line,
                "category": block.category,
                "tool": block.tool,
                "summary": block.summary,
            })
        })
        .collect();
    println!(
        "{}",
        serde_json::json!({"blocks": blocks, "category": explanation.category})
    );
    Ok(())
}
