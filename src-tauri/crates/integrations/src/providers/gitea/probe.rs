//! Whether a connection works end to end, in words.

use http::StatusCode;
use perch_core::seam::provider::{Probe, ProviderError};
use serde_json::Value;

use super::api::{Api, read, unwatchable};
use crate::http::address::encode;

/// Says what the server is, who the token is, and how each watched repository is reached.
pub(super) async fn probe(api: Api<'_>) -> Result<Probe, ProviderError> {
    let answer = api.get(&api.url("/version")).await?;
    let version = match answer.status {
        StatusCode::OK => read::<Value>(&answer)?["version"]
            .as_str()
            .map(str::to_owned),
        _ => None,
    };
    let Some(version) = version else {
        return Err(ProviderError::Misconfigured {
            problem: format!(
                "`{}` does not answer as Gitea or Forgejo do",
                api.ctx.connection.base_url
            ),
            next_step: "set `base_url` to the address of its start page".into(),
        });
    };
    // Forgejo names the version of Gitea it is compatible with after its own.
    let name = if version.contains("gitea") {
        "Forgejo"
    } else {
        "Gitea"
    };
    let mut lines = vec![format!("{name} {version}")];
    if api.ctx.token.is_some() {
        let answer = api.get(&api.url("/user")).await?;
        match answer.status {
            StatusCode::OK => {
                let user: Value = read(&answer)?;
                let login = user["login"].as_str().unwrap_or_default();
                lines.push(format!("signed in as {login}"));
                if !api.ctx.connection.is_me(login) {
                    lines.push(format!(
                        "`{login}` is not among `identities`, so what {login} does counts as somebody else's"
                    ));
                }
            }
            _ => {
                lines.push("the token has no `read:user`, so whose it is cannot be checked".into());
            }
        }
    } else {
        lines.push("no token: only public repositories, and nothing can be accepted".into());
    }
    let mut faults = Vec::new();
    for name in &api.ctx.connection.watch {
        match repository(api, name).await {
            Ok(line) => lines.push(line),
            // With one alone that is all there is to say.
            Err(error) if api.ctx.connection.watch.len() == 1 => return Err(error),
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    Ok(Probe { lines, faults })
}

async fn repository(api: Api<'_>, name: &str) -> Result<String, ProviderError> {
    let url = |rest: &str| api.url(&format!("/repos/{}{rest}", encode(name)));
    let answer = api.get(&url("")).await?;
    if answer.status != StatusCode::OK {
        return Err(unwatchable(&answer, name));
    }
    let details: Value = read(&answer)?;
    let mut words = vec![
        if details.pointer("/permissions/push") == Some(&Value::Bool(true)) {
            "readable and writable".to_owned()
        } else {
            "readable; accepting a suggestion needs write access".to_owned()
        },
    ];
    if details["archived"] == true {
        words.push("archived, so nothing can be written".into());
    }
    for (what, rest) in [
        ("issues", "/issues?limit=1"),
        ("pull requests", "/pulls?limit=1"),
        ("branches", "/git/refs/heads"),
        ("releases", "/releases?limit=1"),
    ] {
        if api.get(&url(rest)).await?.status == StatusCode::FORBIDDEN {
            words.push(format!("the token may not read {what}"));
        }
    }
    let runs = api.get(&url("/actions/runs?limit=1")).await?.status;
    if runs != StatusCode::OK {
        words.push("no list of Actions runs; their jobs are watched by commit status".into());
    }
    Ok(format!("{name}: {}", words.join("; ")))
}
