//! Go modules: `go list -m` asks the configured proxy; retracted versions are not among what it lists.

use async_trait::async_trait;
use jiff::Timestamp;
use perch_core::dependency::{Release, Releases};
use perch_core::seam::ecosystem::{Asked, Ecosystem, Unasked};
use serde::Deserialize;

use super::client::{Away, Said, safe};

pub(super) static GO: Go = Go;

pub(super) struct Go;

/// The newest versions of each module whose dates are asked for.
const DATED: usize = 8;

/// No other toolchain is fetched, and version control runs only for modules the user calls private.
const VARIABLES: &[(&str, &str)] = &[
    ("GOFLAGS", "-mod=mod"),
    ("GOTOOLCHAIN", "local"),
    ("GOVCS", "private:all,public:off"),
    ("GOWORK", "off"),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    path: String,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    time: Option<Timestamp>,
}

#[async_trait]
impl Ecosystem for Go {
    fn id(&self) -> &'static str {
        "go"
    }

    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked> {
        let away = Away::below(asked.scratch)?;
        let mut found = Vec::new();
        let mut failed = None;
        for name in safe(asked.names, "/._-~") {
            let listed = list(&away, &["-versions"], &[name.to_owned()]).await?;
            let Some(module) = modules(&listed).into_iter().next() else {
                failed = Some(listed.no_answer("go"));
                continue;
            };
            let newest = module.versions.iter().rev().take(DATED);
            let queries: Vec<String> = newest.map(|version| format!("{name}@{version}")).collect();
            let dated = if queries.is_empty() {
                Vec::new()
            } else {
                modules(&list(&away, &[], &queries).await?)
            };
            let date = |version: &str| {
                dated
                    .iter()
                    .find(|one| one.path == module.path && one.version.as_deref() == Some(version))
                    .and_then(|one| one.time)
            };
            found.push(Releases {
                ecosystem: "go".into(),
                name: name.into(),
                releases: module
                    .versions
                    .iter()
                    .map(|version| Release {
                        version: version.clone(),
                        released_at: date(version),
                        withdrawn: false,
                    })
                    .collect(),
            });
        }
        match failed {
            Some(reason) if found.is_empty() => Err(reason),
            _ => Ok(found),
        }
    }
}

async fn list(away: &Away, flags: &[&str], modules: &[String]) -> Result<Said, Unasked> {
    let mut arguments = vec!["list", "-m", "-e", "-json"];
    arguments.extend(flags);
    arguments.push("--");
    arguments.extend(modules.iter().map(String::as_str));
    away.run("go", &arguments, VARIABLES).await
}

/// The modules in a stream of JSON objects.
fn modules(said: &Said) -> Vec<Module> {
    serde_json::Deserializer::from_slice(&said.output)
        .into_iter::<Module>()
        .map_while(Result::ok)
        .filter(|module| module.version.is_some() || !module.versions.is_empty())
        .collect()
}
