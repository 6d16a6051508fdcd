//! Whether a connection works end to end, in words.

use http::StatusCode;
use perch_core::seam::provider::{Probe, ProviderError};
use serde_json::Value;

use super::api::{Api, read, unwatchable};
use crate::http::address::{encode, part};

/// Says who the token is, what it may do, and how each watched repository is reached.
pub(super) async fn probe(api: Api<'_>) -> Result<Probe, ProviderError> {
    let mut lines = Vec::new();
    if api.ctx.token.is_some() {
        let answer = api.get(&api.url("/user")).await?;
        let user: Value = read(&answer)?;
        let name = user["login"].as_str().unwrap_or("an app");
        lines.push(format!("signed in as {name}"));
        if let Some(login) = user["login"].as_str()
            && !api.ctx.connection.is_me(login)
        {
            lines.push(format!(
                "`{login}` is not among `identities`, so what {login} does counts as somebody else's"
            ));
        }
        match answer
            .header("x-oauth-scopes")
            .filter(|text| !text.is_empty())
        {
            Some(scopes) => lines.push(format!("a classic token with the scopes {scopes}")),
            None => lines.push("a token whose permissions GitHub does not list".into()),
        }
        if let Some(expiry) = answer.header("github-authentication-token-expiration") {
            lines.push(format!("the token ends on {expiry}"));
        }
        if let Some(rate) = answer.rate() {
            lines.push(format!(
                "{} requests left until {}",
                rate.remaining, rate.reset
            ));
        }
    } else {
        lines.push("no token: only public repositories, polled rarely".into());
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
    let branch = part(details["default_branch"].as_str().unwrap_or("main"));
    for (what, path) in [
        ("issues", "/issues?per_page=1".to_owned()),
        ("pull requests", "/pulls?per_page=1".to_owned()),
        (
            "commit statuses",
            format!("/commits/heads%2F{branch}/status"),
        ),
        (
            "checks",
            format!("/commits/heads%2F{branch}/check-runs?per_page=1"),
        ),
        ("workflow runs", "/actions/runs?per_page=1".to_owned()),
    ] {
        if api.get(&url(&path)).await?.status == StatusCode::FORBIDDEN {
            words.push(format!("the token may not read {what}"));
        }
    }
    Ok(format!("{name}: {}", words.join("; ")))
}
