//! Whether a connection works end to end, in words.

use http::StatusCode;
use jiff::SignedDuration;
use perch_core::seam::provider::{Probe, ProviderError};
use serde_json::Value;

use super::api::{Api, read, unwatchable};
use crate::http::address::part;

/// How long before its end a token is warned of.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The access level of a Developer, who may push.
const DEVELOPER: u64 = 30;

/// Says who the token is, what it may do, and how each watched project is reached.
pub(super) async fn probe(api: Api<'_>) -> Result<Probe, ProviderError> {
    let mut lines = Vec::new();
    let mut writes = true;
    if api.ctx.token.is_some() {
        let answer = api.get(&api.url("/user")).await?;
        if answer.status == StatusCode::FORBIDDEN {
            return Err(ProviderError::Refused {
                problem: format!("the token lacks a scope: {}", answer.message()),
                next_step: "make one with the scope `read_api`, or `api` to accept suggestions"
                    .into(),
            });
        }
        let user: Value = read(&answer)?;
        if let Some(name) = user["username"].as_str() {
            lines.push(format!("signed in as {name}"));
            if !api.ctx.connection.is_me(name) {
                lines.push(format!(
                    "`{name}` is not among `identities`, so what {name} does counts as somebody else's"
                ));
            }
        }
        writes = token(api, &mut lines).await?;
        if let Some(rate) = answer.rate() {
            lines.push(format!(
                "{} requests left until {}",
                rate.remaining, rate.reset
            ));
        }
    } else {
        lines.push("no token: only public projects, polled rarely".into());
    }
    let mut faults = Vec::new();
    for name in &api.ctx.connection.watch {
        match project(api, name, writes).await {
            Ok(line) => lines.push(line),
            // With one alone that is all there is to say.
            Err(error) if api.ctx.connection.watch.len() == 1 => return Err(error),
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    Ok(Probe { lines, faults })
}

/// Says what the token is; true if it may write. Tokens of applications do not tell.
async fn token(api: Api<'_>, lines: &mut Vec<String>) -> Result<bool, ProviderError> {
    let answer = api.get(&api.url("/personal_access_tokens/self")).await?;
    if answer.status != StatusCode::OK {
        lines.push("a token whose scopes GitLab does not list".into());
        return Ok(true);
    }
    let token: Value = read(&answer)?;
    let scopes: Vec<&str> = token["scopes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let writes = scopes.contains(&"api");
    let reads = writes || scopes.contains(&"read_api");
    lines.push(format!("a token with the scopes {}", scopes.join(", ")));
    if !reads {
        lines.push("the scope `read_api` is missing, so little can be watched".into());
    } else if !writes {
        lines.push("enough to watch; accepting a suggestion needs the scope `api`".into());
    }
    if let Some(ends) = token["expires_at"].as_str() {
        lines.push(format!("the token ends on {ends}"));
        let end = format!("{ends}T00:00:00Z").parse::<jiff::Timestamp>();
        if end.is_ok_and(|end| end.duration_since(api.ctx.now) < SOON) {
            lines
                .push("that is soon: make a new one and set it with `perch connect gitlab`".into());
        }
    }
    Ok(writes)
}

async fn project(api: Api<'_>, name: &str, writes: bool) -> Result<String, ProviderError> {
    let answer = api
        .get(&api.url(&format!("/projects/{}", part(name))))
        .await?;
    if answer.status != StatusCode::OK {
        return Err(unwatchable(&answer, name));
    }
    let details: Value = read(&answer)?;
    let level = ["project_access", "group_access"]
        .iter()
        .filter_map(|of| details["permissions"][*of]["access_level"].as_u64())
        .max();
    let mut words = vec![match (writes, level) {
        (true, Some(level)) if level >= DEVELOPER => "readable and writable".to_owned(),
        (true, _) => "readable; accepting a suggestion needs the Developer role".into(),
        (false, _) => "readable".into(),
    }];
    if let Some(now) = details["path_with_namespace"].as_str()
        && !now.eq_ignore_ascii_case(name)
    {
        words.push(format!("it moved to `{now}`; write that in `watch`"));
    }
    if details["archived"] == true {
        words.push("archived, so nothing can be written".into());
    }
    for (what, field) in [
        ("issues", "issues_access_level"),
        ("merge requests", "merge_requests_access_level"),
        ("pipelines", "builds_access_level"),
    ] {
        if details[field] == "disabled" {
            words.push(format!("{what} are turned off"));
        }
    }
    for (what, path) in [
        ("merge requests", "/merge_requests?per_page=1"),
        ("pipelines", "/pipelines?per_page=1"),
    ] {
        let url = api.url(&format!("/projects/{}{path}", part(name)));
        if api.get(&url).await?.status == StatusCode::FORBIDDEN {
            words.push(format!("the token may not read {what}"));
        }
    }
    Ok(format!("{name}: {}", words.join("; ")))
}
