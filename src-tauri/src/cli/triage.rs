//! `triage`: is an issue a bug, a feature or a question?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use perch_analyse::triage::{Judge, Label, Report};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::output::{Output, plain};

/// Options of `perch triage`.
#[derive(Debug, Args)]
pub struct TriageArgs {
    /// Issues of the same repository with a `label` (bug, feature or question) to learn from, one as JSON per line.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// Issues with `id`, `title` and `body`, one as JSON per line.
    file: PathBuf,
}

/// A line of the input.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    label: Option<String>,
}

/// The stable shape of a line of `perch triage --json`.
#[derive(Serialize)]
struct Triaged {
    /// The issue's own.
    id: Value,
    label: Label,
    /// 0 to 1.
    confidence: f32,
}

pub(super) fn run(args: &TriageArgs, output: Output) -> anyhow::Result<ExitCode> {
    let judge = match &args.train {
        None => Judge::cold(),
        Some(file) => Judge::trained(&lessons(file)?),
    };
    for (number, line) in read(&args.file)? {
        let id = match line.id {
            Value::Null => number.into(),
            ref id => id.clone(),
        };
        let title = line.title.clone().unwrap_or_default();
        let judgement = judge.judge(&report(line));
        let triaged = Triaged {
            id,
            label: judgement.label,
            confidence: judgement.confidence,
        };
        output.print_line(&triaged, |triaged| {
            let label = triaged.label.as_str();
            plain(&format!(
                "{label:<8} {:>3.0} %  {title}",
                triaged.confidence * 100.0
            ))
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn lessons(file: &Path) -> anyhow::Result<Vec<(Report, Label)>> {
    let mut lessons = Vec::new();
    for (number, line) in read(file)? {
        let label = match line.label.as_deref() {
            Some("bug") => Label::Bug,
            Some("feature") => Label::Feature,
            Some("question") => Label::Question,
            other => bail!(
                "line {number} of {} has the label `{}`; write bug, feature or question",
                file.display(),
                other.unwrap_or_default()
            ),
        };
        lessons.push((report(line), label));
    }
    Ok(lessons)
}

fn report(line: Line) -> Report {
    Report {
        title: line.title.unwrap_or_default(),
        body: line.body.unwrap_or_default(),
    }
}

/// The lines that are not blank, each with its number.
fn read(file: &Path) -> anyhow::Result<Vec<(usize, Line)>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the issues {} could not be read", file.display()))?;
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            let read = serde_json::from_str(line);
            let read = read.with_context(|| {
                format!("line {number} of {} is no issue as JSON", file.display())
            })?;
            Ok((number, read))
        })
        .collect()
}
