//! pip, Poetry and uv. pip lists all versions without dates; uv tells the newest one that is old enough.
//!
//! Poetry has no look-up outside a project, so pip is asked for it.

use async_trait::async_trait;
use perch_core::dependency::{Release, Releases};
use perch_core::seam::ecosystem::{Asked, Ecosystem, Unasked};

use super::client::{Away, safe, undated};

pub(super) static PIP: Python = Python { id: "pip" };
pub(super) static POETRY: Python = Python { id: "poetry" };
pub(super) static UV: Python = Python { id: "uv" };

pub(super) struct Python {
    id: &'static str,
}

#[async_trait]
impl Ecosystem for Python {
    fn id(&self) -> &'static str {
        self.id
    }

    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked> {
        let names = safe(asked.names, "._-");
        let away = Away::below(asked.scratch)?;
        let mut found = Vec::new();
        for name in names {
            let known = if self.id == "uv" {
                newest(&away, name, asked).await?
            } else {
                listed(&away, self.id, name).await?
            };
            found.extend(known);
        }
        Ok(found)
    }
}

/// `Available versions: 1.17.0, 1.16.0` of `pip index versions`; yanked ones are not among them.
async fn listed(away: &Away, ecosystem: &str, name: &str) -> Result<Option<Releases>, Unasked> {
    let question = ["--no-input", "index", "versions", name];
    let said = match away.run("pip", &question, &[]).await {
        // Some systems have pip as a module only.
        Err(missing @ Unasked::NoClient(_)) => {
            let module = [&["-m", "pip"], &question[..]].concat();
            let said = away
                .run("python3", &module, &[])
                .await
                .map_err(|_| missing.clone())?;
            if said.complaint.contains("No module named pip") {
                return Err(missing);
            }
            said
        }
        said => said?,
    };
    if !said.passed {
        if said.complaint.contains("No matching distribution") {
            return Ok(None);
        }
        return Err(said.no_answer("pip"));
    }
    let text = said.text();
    let versions = text
        .lines()
        .find_map(|line| line.strip_prefix("Available versions: "))
        .map(|line| line.split(", ").map(str::to_owned).collect());
    Ok(versions.map(|versions| undated(ecosystem, name, versions)))
}

/// `name==1.2.3` of `uv pip compile`, as it was when releases were still old enough.
async fn newest(away: &Away, name: &str, asked: &Asked<'_>) -> Result<Option<Releases>, Unasked> {
    away.write("requirements.in", &format!("{name}\n"))?;
    let before = asked.released_before.to_string();
    let arguments = [
        "pip",
        "compile",
        "--quiet",
        "--no-deps",
        "--no-header",
        "--no-annotate",
        "--exclude-newer",
        &before,
        "requirements.in",
    ];
    let said = away.run("uv", &arguments, &[]).await?;
    if !said.passed {
        if said.complaint.contains("not found in the package registry") {
            return Ok(None);
        }
        return Err(said.no_answer("uv"));
    }
    let text = said.text();
    let version = text.lines().find_map(|line| line.trim().split_once("=="));
    Ok(version.map(|(_, version)| Releases {
        ecosystem: "uv".into(),
        name: name.into(),
        releases: vec![Release {
            version: version.into(),
            // At the latest; the client does not say when exactly.
            released_at: Some(asked.released_before),
            withdrawn: false,
        }],
    }))
}
