//! `explain`: the lines of a log that say why it failed.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use perch_analyse::explain::{Options, explain};
use serde::Serialize;

use super::output::{Output, plain};

/// Options of `perch explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A log of the same job that passed, to compare with; may be given again.
    #[arg(long, value_name = "LOG")]
    passing: Vec<PathBuf>,
    /// The log that failed; `-` is standard input.
    log: PathBuf,
}

pub(super) fn run(args: &ExplainArgs, output: Output) -> anyhow::Result<ExitCode> {
    let passing = args
        .passing
        .iter()
        .map(|path| open(path))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let failing: Box<dyn BufRead> = if args.log == Path::new("-") {
        Box::new(BufReader::with_capacity(BUFFER, std::io::stdin()))
    } else {
        Box::new(open(&args.log)?)
    };
    let explanation = explain(failing, passing, Options::default())
        .with_context(|| format!("{} could not be read to its end", args.log.display()))?;
    let shown = Explained {
        blocks: explanation
            .blocks
            .iter()
            .zip(1..)
            .map(|(block, rank)| ExplainedBlock {
                rank,
                start_line: block.start_line,
                end_line: block.end_line,
                category: &block.category,
                tool: block.tool.as_deref(),
                summary: &block.summary,
            })
            .collect(),
        category: explanation.category.as_deref(),
    };
    output.print(&shown, |_| {
        if explanation.blocks.is_empty() {
            return "Nothing in this log says why it failed.".into();
        }
        let mut text = String::new();
        for block in &explanation.blocks {
            text.push_str(&format!("{} ({})\n", block.summary, block.category));
            for (number, line) in (block.start_line..).zip(&block.lines) {
                text.push_str(&format!("  {number:>7}  {line}\n"));
            }
        }
        plain(&text)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The stable shape of `perch explain --json`.
#[derive(Serialize)]
struct Explained<'a> {
    /// Best first; together at most 60 lines.
    blocks: Vec<ExplainedBlock<'a>>,
    /// The category of the best block.
    category: Option<&'a str>,
}

#[derive(Serialize)]
struct ExplainedBlock<'a> {
    /// From 1.
    rank: usize,
    /// 1-based.
    start_line: u64,
    /// Inclusive.
    end_line: u64,
    category: &'a str,
    tool: Option<&'a str>,
    summary: &'a str,
}

const BUFFER: usize = 1 << 16;

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path)
        .with_context(|| format!("the log {} could not be opened", path.display()))?;
    Ok(BufReader::with_capacity(BUFFER, file))
}
