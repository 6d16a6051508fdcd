//! Maven and Gradle: both use Maven's repositories, and Maven's client knows the user's mirrors and logins.
//!
//! A project of ours names the artifacts; what Maven learned of their versions stands in its local repository.

use std::path::PathBuf;

use async_trait::async_trait;
use perch_core::dependency::Releases;
use perch_core::seam::ecosystem::{Asked, Ecosystem, Unasked};

use super::client::{Away, safe, undated};

pub(super) static GRADLE: Maven = Maven { id: "gradle" };
pub(super) static MAVEN: Maven = Maven { id: "maven" };

pub(super) struct Maven {
    id: &'static str,
}

/// The plug-in by which Maven looks for newer versions.
const GOAL: &str = "org.codehaus.mojo:versions-maven-plugin:2.18.0:display-dependency-updates";

#[async_trait]
impl Ecosystem for Maven {
    fn id(&self) -> &'static str {
        self.id
    }

    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked> {
        let names: Vec<&str> = safe(asked.names, ":._-")
            .into_iter()
            .filter(|name| name.split(':').count() == 2)
            .collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let away = Away::below(asked.scratch)?;
        away.write("pom.xml", &project(&names))?;
        let said = away
            .run(
                "mvn",
                &[
                    "--batch-mode",
                    "--non-recursive",
                    "-Dstyle.color=never",
                    GOAL,
                ],
                &[],
            )
            .await?;
        if !said.passed {
            // Maven complains where others answer.
            let text = said.text();
            let complaint = text.lines().find(|line| line.contains("[ERROR]"));
            return Err(match complaint {
                Some(line) => Unasked::NoAnswer(format!(
                    "`mvn` failed: {}",
                    line.trim_start_matches("[ERROR]")
                        .trim()
                        .chars()
                        .take(200)
                        .collect::<String>()
                )),
                None => said.no_answer("mvn"),
            });
        }
        let text = said.text();
        Ok(names
            .into_iter()
            .filter_map(|name| {
                let versions = known(name).or_else(|| printed(name, &text).map(|one| vec![one]));
                Some(undated(self.id, name, versions?))
            })
            .collect())
    }
}

/// A project that needs nothing but to know what there is.
fn project(names: &[&str]) -> String {
    let mut text = String::from(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>survey</groupId><artifactId>survey</artifactId><version>0</version>\
         <packaging>pom</packaging><dependencies>\n",
    );
    for name in names {
        if let Some((group, artifact)) = name.split_once(':') {
            text.push_str(&format!(
                "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>0</version></dependency>\n"
            ));
        }
    }
    text + "</dependencies></project>\n"
}

/// Every version in the metadata Maven keeps.
fn known(name: &str) -> Option<Vec<String>> {
    let (group, artifact) = name.split_once(':')?;
    let folder: PathBuf = directories::BaseDirs::new()?
        .home_dir()
        .join(".m2/repository")
        .join(group.replace('.', "/"))
        .join(artifact);
    let files = std::fs::read_dir(folder).ok()?;
    let (_, file) = files
        .filter_map(|file| {
            let file = file.ok()?;
            let name = file.file_name().into_string().ok()?;
            let fits = name.starts_with("maven-metadata-") && name.ends_with(".xml");
            fits.then_some((file.metadata().ok()?.modified().ok()?, file.path()))
        })
        .max()?;
    let text = std::fs::read_to_string(file).ok()?;
    let versions: Vec<String> = text
        .split("<version>")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("</version>")?.0.trim().to_owned()))
        .collect();
    (!versions.is_empty()).then_some(versions)
}

/// `group:artifact ..... 0 -> 2.0.16`, the numbers perhaps on the line below.
fn printed(name: &str, text: &str) -> Option<String> {
    let mut lines = text
        .lines()
        .map(|line| line.trim_start_matches("[INFO]").trim());
    lines
        .by_ref()
        .find_map(|line| {
            let rest = line.strip_prefix(name)?.trim_start();
            rest.starts_with('.').then_some(rest)
        })
        .and_then(|rest| {
            rest.split_once("-> ")
                .map(|(_, version)| version.trim().to_owned())
        })
        .or_else(|| {
            let below = lines.next()?;
            Some(below.split_once("-> ")?.1.trim().to_owned())
        })
}
