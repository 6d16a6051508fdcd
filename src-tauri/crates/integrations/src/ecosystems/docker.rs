//! Docker base images: `skopeo list-tags` reads the user's registries and logins; tags carry no dates.

use async_trait::async_trait;
use perch_core::dependency::Releases;
use perch_core::seam::ecosystem::{Asked, Ecosystem, Unasked};
use serde::Deserialize;

use super::client::{Away, safe, undated};

pub(super) static DOCKER: Docker = Docker;

pub(super) struct Docker;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    tags: Vec<String>,
}

#[async_trait]
impl Ecosystem for Docker {
    fn id(&self) -> &'static str {
        "docker"
    }

    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked> {
        let away = Away::below(asked.scratch)?;
        let mut found = Vec::new();
        let mut failed = None;
        for name in safe(asked.names, "/._:-") {
            let image = format!("docker://{name}");
            let said = away.run("skopeo", &["list-tags", &image], &[]).await?;
            match serde_json::from_slice::<Listed>(&said.output) {
                Ok(listed) if said.passed => found.push(undated("docker", name, listed.tags)),
                // One registry may be out of reach while another answers.
                _ => failed = Some(said.no_answer("skopeo")),
            }
        }
        match failed {
            Some(reason) if found.is_empty() => Err(reason),
            _ => Ok(found),
        }
    }
}
