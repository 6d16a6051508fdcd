//! Bundler: `gem list --remote` asks the configured sources for all versions; they carry no dates.

use async_trait::async_trait;
use perch_core::dependency::Releases;
use perch_core::seam::ecosystem::{Asked, Ecosystem, Unasked};

use super::client::{Away, safe, undated};

pub(super) static BUNDLER: Bundler = Bundler;

pub(super) struct Bundler;

#[async_trait]
impl Ecosystem for Bundler {
    fn id(&self) -> &'static str {
        "bundler"
    }

    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked> {
        let away = Away::below(asked.scratch)?;
        let mut found = Vec::new();
        for name in safe(asked.names, "._-") {
            let arguments = ["list", "--remote", "--all", "--exact", name];
            let said = away.run("gem", &arguments, &[]).await?;
            if !said.passed {
                return Err(said.no_answer("gem"));
            }
            found.extend(listed(name, &said.text()));
        }
        Ok(found)
    }
}

/// `rack (3.1.8, 3.1.7 ruby java)`: a platform behind a version is no part of it.
fn listed(name: &str, text: &str) -> Option<Releases> {
    let versions = text.lines().find_map(|line| {
        line.strip_prefix(name)?
            .trim()
            .strip_prefix('(')?
            .strip_suffix(')')
    })?;
    let versions = versions
        .split(", ")
        .filter_map(|one| one.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    Some(undated("bundler", name, versions))
}
