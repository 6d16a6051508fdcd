//! `replay`: a recorded delivery goes down the road, or is only read.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use perch_api::wire::events::{Replay, Replayed};

use super::Access;
use super::output::{Output, plain};

/// Options of `perch replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The provider it came from.
    #[arg(long)]
    provider: String,
    /// A header it came with, as `Name: value`; may be given again.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// Only say which events it means.
    #[arg(long)]
    dry_run: bool,
    /// The file with the body.
    file: PathBuf,
}

pub(super) async fn run(access: &Access, args: ReplayArgs, output: &Output) -> anyhow::Result<()> {
    let headers = args
        .headers
        .iter()
        .map(|header| {
            let (name, value) = header
                .split_once(':')
                .with_context(|| format!("`{header}` is not of the form `Name: value`"))?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let body = std::fs::read_to_string(&args.file)
        .with_context(|| format!("{} could not be read", args.file.display()))?;
    let request = Replay {
        provider: args.provider,
        headers,
        body,
        dry_run: args.dry_run,
    };
    let replayed: Replayed = access.call("replay", request).await?;
    output.print(&replayed, |replayed| {
        if replayed.events.is_empty() {
            return "it means no event".into();
        }
        let lines: Vec<String> = replayed
            .events
            .iter()
            .map(|event| {
                format!(
                    "{}  {}  {}",
                    event.event_type, event.dedup_key, event.subject.title
                )
            })
            .collect();
        plain(&lines.join("\n"))
    })
}
