//! Whether a connection works end to end, in words.

use http::StatusCode;
use perch_core::seam::provider::{Probe, ProviderError};
use serde_json::Value;

use super::api::{Api, read, repository, unwatchable};

/// Scopes without which something is not seen, and what that is.
const READS: [(&str, &str); 4] = [
    ("repository", "branches and files"),
    ("pullrequest", "pull requests"),
    ("issue", "issues"),
    ("pipeline", "pipelines"),
];

/// Scopes that accepting a fix needs.
const WRITES: [&str; 2] = ["repository:write", "pullrequest:write"];

/// Says who the token is, what it may do, and how each watched repository is reached.
pub(super) async fn probe(api: Api<'_>) -> Result<Probe, ProviderError> {
    let mut lines = Vec::new();
    let mut writes = false;
    if api.ctx.token.is_some() {
        let answer = api.get(&api.url("/user")).await?;
        if answer.status == StatusCode::OK {
            let user: Value = read(&answer)?;
            let name = user["nickname"].as_str().unwrap_or_default();
            lines.push(format!("signed in as {name}"));
            if !api.ctx.connection.is_me(name) {
                lines.push(format!(
                    "`{name}` is not among `identities`, so what {name} does counts as somebody else's"
                ));
            }
        } else {
            lines.push("a token of no person, or without `account`".into());
        }
        if let Some(scopes) = answer.header("x-oauth-scopes") {
            let scopes: Vec<&str> = scopes.split(',').map(str::trim).collect();
            writes = told(&scopes, &mut lines);
        }
    } else {
        lines.push("no token: only public repositories, polled rarely".into());
    }
    let mut faults = Vec::new();
    for name in &api.ctx.connection.watch {
        match watched(api, name, writes).await {
            Ok(line) => lines.push(line),
            // With one alone that is all there is to say.
            Err(error) if api.ctx.connection.watch.len() == 1 => return Err(error),
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    if let Some(left) = api.left() {
        lines.push(format!(
            "{left} of the thousand requests an hour are left to Perch"
        ));
    }
    Ok(Probe { lines, faults })
}

/// True if one of `scopes` is `wanted` or includes it: a scope includes those it builds on.
pub(super) fn has(scopes: &[&str], wanted: &str) -> bool {
    scopes.iter().any(|scope| {
        *scope == wanted
            || scope
                .strip_prefix(wanted)
                .is_some_and(|rest| rest.starts_with(':'))
            || (wanted == "repository" && scope.starts_with("pullrequest"))
    })
}

/// Says what the token's scopes lack; true if a fix can be accepted.
fn told(scopes: &[&str], lines: &mut Vec<String>) -> bool {
    lines.push(format!("a token with the scopes {}", scopes.join(", ")));
    for (scope, what) in READS {
        if !has(scopes, scope) {
            lines.push(format!(
                "the scope `{scope}` is missing, so {what} are not seen"
            ));
        }
    }
    let missing: Vec<&str> = WRITES
        .into_iter()
        .filter(|scope| !has(scopes, scope))
        .collect();
    if !missing.is_empty() {
        lines.push(format!(
            "enough to watch; accepting a suggestion needs `{}`",
            missing.join("` and `")
        ));
    }
    missing.is_empty()
}

async fn watched(api: Api<'_>, name: &str, writes: bool) -> Result<String, ProviderError> {
    let url = |rest: &str| api.url(&format!("{}{rest}", repository(name)));
    let answer = api.get(&url("")).await?;
    if answer.status != StatusCode::OK {
        return Err(unwatchable(&answer, name));
    }
    let details: Value = read(&answer)?;
    let mut words = vec![if writes {
        "readable and writable".to_owned()
    } else {
        "readable".to_owned()
    }];
    if let Some(now) = details["full_name"].as_str()
        && !now.eq_ignore_ascii_case(name)
    {
        words.push(format!("it moved to `{now}`; write that in `watch`"));
    }
    for (what, rest) in [
        ("pull requests", "/pullrequests?pagelen=1"),
        ("branches", "/refs/branches?pagelen=1"),
        ("issues", "/issues?pagelen=1"),
        ("pipelines", "/pipelines?pagelen=1"),
    ] {
        match api.get(&url(rest)).await?.status {
            StatusCode::FORBIDDEN => words.push(format!("the token may not read {what}")),
            StatusCode::NOT_FOUND => words.push(format!("{what} are turned off")),
            _ => {}
        }
    }
    Ok(format!("{name}: {}", words.join("; ")))
}
