//! `notes`, `changelog`, `rfc`, `adr`, `postmortem`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use perch_api::wire::documents::{AskDocument, DocumentView};

use super::Access;
use super::output::{Output, plain};

/// How a document is given out.
#[derive(Debug, Args)]
pub struct DocumentArgs {
    /// Print plain text instead of Markdown.
    #[arg(long)]
    text: bool,
    /// Write it into the repository: a new file, or lines added to the changelog. Nothing that is there changes.
    #[arg(long)]
    write: bool,
    /// The repository: a folder in it, or its name; the one around this folder when absent.
    #[arg(long, value_name = "REPOSITORY")]
    repo: Option<String>,
}

/// Options of documents about a range of commits.
#[derive(Debug, Args)]
pub struct RangeArgs {
    /// A version, or a range such as v1.2..v1.3; what came since the last version when absent.
    range: Option<String>,
    #[command(flatten)]
    how: DocumentArgs,
}

pub(super) async fn of_range(
    access: &Access,
    kind: &str,
    args: RangeArgs,
    output: &Output,
) -> anyhow::Result<()> {
    run(
        access,
        kind,
        args.range.unwrap_or_default(),
        args.how,
        output,
    )
    .await
}

/// The current folder, and the repository that `name` means: a folder where there is one, else a name.
pub(super) fn meant(name: Option<String>) -> anyhow::Result<(String, Option<String>)> {
    let here = std::env::current_dir().context("the current folder cannot be found")?;
    // A name may look like a path; what is there is meant first.
    let named = name.map(|name| {
        let folder: PathBuf = here.join(&name);
        if folder.is_dir() {
            folder.to_string_lossy().into_owned()
        } else {
            name
        }
    });
    Ok((here.to_string_lossy().into_owned(), named))
}

pub(super) async fn run(
    access: &Access,
    kind: &str,
    argument: String,
    how: DocumentArgs,
    output: &Output,
) -> anyhow::Result<()> {
    let (here, named) = meant(how.repo)?;
    let request = AskDocument {
        kind: kind.to_owned(),
        argument,
        repository: named,
        near: Some(here),
        write: how.write,
    };
    let made: DocumentView = access.call("document", request).await?;
    if !output.is_json() {
        for remark in &made.remarks {
            output.note(&plain(remark));
        }
    }
    output.print(&made, |made| {
        if made.written {
            let way = if made.adds { "added to" } else { "wrote" };
            return format!("{way} {}", made.path);
        }
        if how.text {
            made.text.clone()
        } else {
            made.markdown.clone()
        }
    })
}
