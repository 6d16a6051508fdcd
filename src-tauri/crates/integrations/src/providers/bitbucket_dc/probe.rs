//! Whether a connection works end to end, in words.

use http::StatusCode;
use perch_core::seam::provider::{Probe, ProviderError};
use serde_json::Value;

use super::api::{Api, full_name, is_same, page, read, repository, unwatchable, version, whose};
use crate::http::address::part;

/// Says which server answers, who the token is, and how each watched repository is reached.
pub(super) async fn probe(api: Api<'_>) -> Result<Probe, ProviderError> {
    let mut lines = Vec::new();
    let answer = api
        .get(&api.url("/api/latest/application-properties"))
        .await?;
    if answer.status != StatusCode::OK {
        return Err(ProviderError::Misconfigured {
            problem: format!("no Bitbucket answers there ({})", answer.status),
            next_step: "set `base_url` to the address of its start page".into(),
        });
    }
    let about: Value = read(&answer)?;
    let Some(number) = about["version"].as_str() else {
        return Err(ProviderError::Misconfigured {
            problem: "what answers there is no Bitbucket Data Center".into(),
            next_step: "set `base_url` to the address of its start page".into(),
        });
    };
    lines.push(format!("Bitbucket Data Center {number}"));
    if !version(&about).drafts() {
        lines.push(
            "it knows no drafts before 8.18: a pull request says `WIP` in its title instead".into(),
        );
    }
    if api.ctx.token.is_none() {
        lines.push("no token: only public repositories".into());
    }
    let mut who = whose(&answer);
    let mut faults = Vec::new();
    for name in &api.ctx.connection.watch {
        match watched(api, name, &mut who).await {
            Ok(line) => lines.push(line),
            // With one alone that is all there is to say.
            Err(error) if api.ctx.connection.watch.len() == 1 => return Err(error),
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    if let Some(name) = who {
        lines.insert(1, format!("signed in as {name}"));
        if !api.ctx.connection.is_me(&name) {
            let line = format!(
                "`{name}` is not among `identities`, so what {name} does counts as somebody else's"
            );
            lines.insert(2, line);
        }
    }
    Ok(Probe { lines, faults })
}

async fn watched(
    api: Api<'_>,
    name: &str,
    who: &mut Option<String>,
) -> Result<String, ProviderError> {
    let answer = api.get(&api.url(&repository("api", name))).await?;
    if answer.status != StatusCode::OK {
        return Err(unwatchable(&answer, name));
    }
    *who = whose(&answer).or(who.take());
    let details: Value = read(&answer)?;
    let now = full_name(&details).unwrap_or_default();
    let mut words = Vec::new();
    if details["archived"] == true {
        words.push("readable; archived, so nothing can be changed there".to_owned());
    } else if writes(api, &details).await? {
        words.push("readable and writable".into());
    } else {
        words.push("readable; accepting a suggestion needs `Repository write`".into());
    }
    if !now.eq_ignore_ascii_case(name) {
        words.push(format!("it moved to `{now}`; write that in `watch`"));
    }
    Ok(format!("{name}: {}", words.join("; ")))
}

/// True if the token may push to this repository.
async fn writes(api: Api<'_>, details: &Value) -> Result<bool, ProviderError> {
    let text = |pointer: &str| details.pointer(pointer).and_then(Value::as_str);
    let (project, title) = (text("/project/key"), text("/name").or(text("/slug")));
    let url = api.url(&format!(
        "/api/latest/repos?permission=REPO_WRITE&limit=100&projectkey={}&name={}",
        part(project.unwrap_or_default()),
        part(title.unwrap_or_default())
    ));
    let answer = api.get(&url).await?;
    if answer.status != StatusCode::OK {
        return Ok(false);
    }
    let (listed, _) = page(&answer)?;
    Ok(listed.iter().any(|one| is_same(&one["id"], &details["id"])))
}
