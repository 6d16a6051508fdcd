//! Cargo: `cargo add --dry-run` asks the configured registry about packages and nothing else; what it learned stands in
//! its index cache, with dates and yanks.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use perch_core::dependency::{Release, Releases};
use perch_core::seam::ecosystem::{Asked, Ecosystem, Unasked};
use serde::Deserialize;

use super::client::{Away, safe};

pub(super) static CARGO: Cargo = Cargo;

pub(super) struct Cargo;

/// A package that names nothing, for the client to stand in.
const MANIFEST: &str =
    "[package]\nname = \"survey\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n";

/// The largest index entry that is read.
const LARGEST: u64 = 32 << 20;

#[async_trait]
impl Ecosystem for Cargo {
    fn id(&self) -> &'static str {
        "cargo"
    }

    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked> {
        let names = safe(asked.names, "-_");
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let away = Away::below(asked.scratch)?;
        away.write("Cargo.toml", MANIFEST)?;
        away.write("src/lib.rs", "")?;
        let mut all = vec!["add", "--dry-run", "--quiet", "--"];
        all.extend(&names);
        let said = away.run("cargo", &all, &[]).await?;
        let mut failed = None;
        if !said.passed {
            // One unknown name spoils it for all.
            for name in &names {
                let one = away
                    .run("cargo", &["add", "--dry-run", "--quiet", "--", name], &[])
                    .await?;
                if one.passed {
                    failed = None;
                    continue;
                }
                // Who is not reached once is not asked for every other package too.
                if !one.complaint.contains("could not be found") {
                    failed = Some(one.no_answer("cargo"));
                    break;
                }
            }
        }
        let home = home();
        let found: Vec<Releases> = names
            .iter()
            .filter_map(|name| Some(releases(name, &entry(home.as_deref()?, name)?)))
            .collect();
        match failed {
            Some(reason) => Err(reason),
            None => Ok(found),
        }
    }
}

/// Where Cargo keeps what it knows.
fn home() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the client's own setting is what counts"
    )]
    let set = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
    set.map(PathBuf::from)
        .or_else(|| Some(directories::BaseDirs::new()?.home_dir().join(".cargo")))
}

/// The newest entry of a package among the indexes of all registries.
fn entry(home: &Path, name: &str) -> Option<Vec<u8>> {
    let lower = name.to_ascii_lowercase();
    let below = match lower.len() {
        0 => return None,
        1 | 2 => format!("{}/{lower}", lower.len()),
        3 => format!("3/{}/{lower}", &lower[..1]),
        _ => format!("{}/{}/{lower}", &lower[..2], &lower[2..4]),
    };
    let indexes = std::fs::read_dir(home.join("registry/index")).ok()?;
    let (_, file) = indexes
        .filter_map(|index| {
            let file = index.ok()?.path().join(".cache").join(&below);
            let known = std::fs::metadata(&file).ok()?;
            (known.len() <= LARGEST).then_some((known.modified().ok()?, file))
        })
        .max()?;
    std::fs::read(file).ok()
}

/// A line of the index.
#[derive(Deserialize)]
struct Line {
    vers: String,
    #[serde(default)]
    yanked: bool,
    #[serde(default)]
    pubtime: Option<Timestamp>,
}

/// The releases in an entry of the cache: texts between NULs, of which those that are JSON describe a version.
fn releases(name: &str, entry: &[u8]) -> Releases {
    Releases {
        ecosystem: "cargo".into(),
        name: name.into(),
        releases: entry
            .split(|byte| *byte == 0)
            .filter(|part| part.starts_with(b"{"))
            .filter_map(|part| serde_json::from_slice::<Line>(part).ok())
            .map(|line| Release {
                version: line.vers,
                released_at: line.pubtime,
                withdrawn: line.yanked,
            })
            .collect(),
    }
}
