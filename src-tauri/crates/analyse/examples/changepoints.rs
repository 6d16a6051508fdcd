//! `perch changepoints` alone, for the scorers: `changepoints --json|--scores FILE`.
#![expect(clippy::print_stdout, reason = "a command's output")]

use std::io;

use perch_analyse::changepoints::{change_points, oddness};

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let usage = "changepoints --json|--scores FILE.csv";
    let file = words.last().ok_or_else(|| io::Error::other(usage))?;
    let text = std::fs::read_to_string(file)?;
    let series: Vec<f64> = text
        .lines()
        .skip(1)
        .map(|line| {
            line.rsplit(',')
                .next()
                .unwrap_or_default()
                .trim()
                .parse()
                .unwrap_or(f64::NAN)
        })
        .collect();
    if words.iter().any(|word| word == "--scores") {
        println!("index,score");
        for (at, score) in oddness(&series).iter().enumerate() {
            println!("{at},{score}");
        }
    } else {
        println!(
            "{}",
            serde_json::json!({ "change_points": change_points(&series) })
        );
    }
    Ok(())
}
