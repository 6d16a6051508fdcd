//! `changepoints`: where the level of a series moved, or how odd each sample is.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use perch_analyse::changepoints::{change_points, oddness};
use serde::Serialize;

use super::output::{Output, plain};

/// Options of `perch changepoints`.
#[derive(Debug, Args)]
pub struct ChangePointsArgs {
    /// Print how odd each sample is as it comes in, from 0 to 1, instead of where levels moved.
    #[arg(long)]
    scores: bool,
    /// A table with a heading, the value in its last column.
    file: PathBuf,
}

/// The stable shape of `perch changepoints --json`.
#[derive(Serialize)]
struct ChangePoints {
    /// The index of the first sample of each new level, from 0.
    change_points: Vec<usize>,
}

pub(super) fn run(args: &ChangePointsArgs, output: Output) -> anyhow::Result<ExitCode> {
    let series = read(&args.file)?;
    if args.scores {
        let mut text = String::from("index,score\n");
        for (at, score) in oddness(&series).iter().enumerate() {
            text.push_str(&format!("{at},{score}\n"));
        }
        super::line(text.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let found = ChangePoints {
        change_points: change_points(&series),
    };
    output.print(&found, |found| {
        if found.change_points.is_empty() {
            return "The level never moved for good.".into();
        }
        let lines: Vec<String> = found
            .change_points
            .iter()
            .map(|at| format!("{at}: from {} to {}", series[at - 1], series[*at]))
            .collect();
        plain(&lines.join("\n"))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The last column of a table below its heading; a value that is missing or no number is one.
fn read(file: &Path) -> anyhow::Result<Vec<f64>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the series {} could not be read", file.display()))?;
    let series: Vec<f64> = text
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            line.rsplit(',')
                .next()
                .unwrap_or_default()
                .trim()
                .parse()
                .unwrap_or(f64::NAN)
        })
        .collect();
    if !series.is_empty() && series.iter().all(|value| value.is_nan()) {
        bail!(
            "the last column of {} holds no numbers; put the values there, below a heading",
            file.display()
        );
    }
    Ok(series)
}
