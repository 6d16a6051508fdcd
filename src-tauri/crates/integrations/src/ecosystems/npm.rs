//! npm, pnpm and yarn: `view` of the client tells versions, dates and what is deprecated.
//!
//! Yarn reads npm's configuration, so npm is asked for it too.

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::Timestamp;
use perch_core::dependency::{Release, Releases};
use perch_core::seam::ecosystem::{Asked, Ecosystem, Unasked};
use serde_json::Value;

use super::client::{Away, safe};

pub(super) static NPM: Npm = Npm {
    id: "npm",
    clients: &["npm"],
};
pub(super) static PNPM: Npm = Npm {
    id: "pnpm",
    clients: &["pnpm", "npm"],
};
pub(super) static YARN: Npm = Npm {
    id: "yarn",
    clients: &["npm", "pnpm"],
};

pub(super) struct Npm {
    id: &'static str,
    /// Who is asked, the first that is installed.
    clients: &'static [&'static str],
}

/// Calls at the same time.
const AT_ONCE: usize = 4;

#[async_trait]
impl Ecosystem for Npm {
    fn id(&self) -> &'static str {
        self.id
    }

    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked> {
        let names = safe(asked.names, "@/._-");
        let away = Away::below(asked.scratch)?;
        let mut none = Unasked::NoClient(self.id.into());
        for client in self.clients {
            match self.view_all(&away, client, &names).await {
                Err(Unasked::NoClient(name)) => none = Unasked::NoClient(name),
                answer => return answer,
            }
        }
        Err(none)
    }
}

impl Npm {
    async fn view_all(
        &self,
        away: &Away,
        client: &str,
        names: &[&str],
    ) -> Result<Vec<Releases>, Unasked> {
        let mut found = Vec::new();
        for some in names.chunks(AT_ONCE) {
            let mut views = Vec::new();
            for name in some {
                views.push(self.view(away, client, name));
            }
            for view in join_all(views).await {
                found.extend(view?);
            }
        }
        Ok(found)
    }

    async fn view(
        &self,
        away: &Away,
        client: &str,
        name: &str,
    ) -> Result<Option<Releases>, Unasked> {
        let arguments = [
            "view",
            "--json",
            name,
            "versions",
            "time",
            "version",
            "deprecated",
        ];
        let said = away.run(client, &arguments, &[]).await?;
        if !said.passed {
            let unknown = ["E404", "404 Not Found", "ERR_PNPM_FETCH_404"];
            let complaint = format!("{}{}", said.complaint, said.text());
            if unknown.iter().any(|code| complaint.contains(code)) {
                return Ok(None);
            }
            return Err(said.no_answer(client));
        }
        Ok(releases(self.id, name, &said.output))
    }
}

/// The releases in what `view --json` prints; a single version is no list.
fn releases(ecosystem: &str, name: &str, output: &[u8]) -> Option<Releases> {
    let view: Value = serde_json::from_slice(output).ok()?;
    let versions: Vec<&str> = match &view["versions"] {
        Value::Array(versions) => versions.iter().filter_map(Value::as_str).collect(),
        Value::String(version) => vec![version],
        _ => return None,
    };
    // What is asked for is the latest version, so that is what is deprecated.
    let deprecated = view["deprecated"].as_str().and(view["version"].as_str());
    let releases = versions
        .into_iter()
        .map(|version| Release {
            version: version.into(),
            released_at: view["time"][version]
                .as_str()
                .and_then(|at| at.parse::<Timestamp>().ok()),
            withdrawn: deprecated == Some(version),
        })
        .collect();
    Some(Releases {
        ecosystem: ecosystem.into(),
        name: name.into(),
        releases,
    })
}
