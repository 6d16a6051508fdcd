//! Actions: the tags of their repositories on the forge the workflows run on, by `git ls-remote`; they carry no dates.

use async_trait::async_trait;
use perch_core::dependency::Releases;
use perch_core::seam::ecosystem::{Asked, Ecosystem, Unasked};

use super::client::{Away, safe, undated};

pub(super) static ACTIONS: Actions = Actions;

pub(super) struct Actions;

/// No question is put to a user who is not there, and no program but git answers for a scheme.
const VARIABLES: &[(&str, &str)] = &[
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ALLOW_PROTOCOL", "https:http:ssh"),
];

#[async_trait]
impl Ecosystem for Actions {
    fn id(&self) -> &'static str {
        "actions"
    }

    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked> {
        let forge = asked.forge.ok_or_else(|| {
            Unasked::NoAnswer("the forge that runs the workflows is not known".into())
        })?;
        let away = Away::below(asked.scratch)?;
        let mut found = Vec::new();
        let mut failed = None;
        for name in safe(asked.names, "/._-") {
            let address = format!("{}/{name}", forge.trim_end_matches('/'));
            let arguments = ["ls-remote", "--tags", "--refs", "--", &address];
            let said = away.run("git", &arguments, VARIABLES).await?;
            if said.passed {
                let text = said.text();
                let tags = text
                    .lines()
                    .filter_map(|line| line.split_once("refs/tags/"))
                    .map(|(_, tag)| tag.to_owned())
                    .collect();
                found.push(undated("actions", name, tags));
            } else {
                failed = Some(said.no_answer("git"));
            }
        }
        match failed {
            Some(reason) if found.is_empty() => Err(reason),
            _ => Ok(found),
        }
    }
}
