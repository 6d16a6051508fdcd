//! A token on the command line: what it may do is shown, and a sign-in in a browser is waited for.

use std::time::Duration;

use anyhow::bail;
use perch_api::wire::sign_in::{
    OfSignIn, Server, SignIn, SignInState, SignInView, SignInWay, SignInWays,
};
use perch_core::seam::account::TokenCheck;

use crate::cli::Access;
use crate::cli::output::{Output, plain};
use crate::cli::terminal;

/// Offers the token of the forge's own command line where there is one and somebody to ask. Nothing is taken unasked.
pub(super) async fn cli_is_wanted(
    access: &Access,
    provider: &str,
    base_url: Option<&str>,
) -> anyhow::Result<bool> {
    if !terminal::is_there() {
        return Ok(false);
    }
    let server = Server {
        provider: provider.to_owned(),
        base_url: base_url.map(Into::into),
    };
    // What is wrong with the server is told by what comes next.
    let ways: Result<SignInWays, _> = access.call("sign_in_ways", server).await;
    let Some(program) = ways.ok().and_then(|ways| ways.forge_cli) else {
        return Ok(false);
    };
    let answer = terminal::ask(&format!(
        "Use the token that {program} is logged in with? [y/N]"
    ))?;
    Ok(matches!(answer.as_str(), "y" | "Y" | "yes"))
}

/// Signs in and says what the token may do. The id of the sign-in; nothing where the provider has no accounts, or where a
/// typed token could not be looked at and may still be right.
pub(super) async fn run(
    access: &Access,
    (provider, base_url): (&str, Option<String>),
    way: SignInWay,
    output: &Output,
) -> anyhow::Result<Option<String>> {
    let typed = matches!(way, SignInWay::Token { .. });
    let request = SignIn {
        provider: provider.to_owned(),
        base_url,
        way,
    };
    let mut view: SignInView = match access.call("sign_in", request).await {
        Ok(view) => view,
        Err(_) if typed => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut told = false;
    loop {
        match view.state {
            SignInState::Ready { check } => {
                output.note(&in_words(&check));
                return Ok(Some(view.id));
            }
            SignInState::Failed { problem } if typed => {
                // The forge may only be out of reach; the connection's state tells, and `perch doctor`.
                output.note(&plain(&problem));
                return Ok(None);
            }
            SignInState::Failed { problem } => bail!("{}", plain(&problem)),
            SignInState::Waiting {
                user_code,
                verification_uri,
                ask_again_in,
                ..
            } => {
                if !told {
                    output.note(&plain(&format!(
                        "open {verification_uri} and enter the code {user_code}"
                    )));
                    told = true;
                }
                tokio::time::sleep(Duration::from_secs(u64::from(ask_again_in))).await;
            }
        }
        let of = OfSignIn { id: view.id };
        view = access.call("sign_in_state", of).await?;
    }
}

/// What a token turned out to be, against what Perch needs.
fn in_words(check: &TokenCheck) -> String {
    let mut text = check.kind.clone();
    if let Some(login) = &check.login {
        text.push_str(&format!(" of {login}"));
    }
    if let Some(scopes) = &check.scopes {
        let scopes = if scopes.is_empty() {
            "no scope".to_owned()
        } else {
            scopes.join(", ")
        };
        text.push_str(&format!(" with {scopes}"));
    }
    if let Some(ends) = check.ends {
        text.push_str(&format!(", which ends on {}", ends.strftime("%Y-%m-%d")));
    }
    for need in &check.needs {
        let mark = match need.held {
            Some(true) => "ok     ",
            Some(false) if need.only_to_accept => "later  ",
            Some(false) => "MISSING",
            None => "?      ",
        };
        text.push_str(&format!("\n  {mark} {}: {}", need.name, need.why));
    }
    if check.reads_only() {
        text.push_str("\n  it only reads: what you accept needs a token that may write");
    }
    plain(&text)
}

#[cfg(test)]
mod tests {
    use perch_core::seam::account::Need;

    use super::*;

    #[test]
    fn what_a_token_lacks_is_said_by_when_it_is_needed() {
        let need = |name: &str, only_to_accept, held| Need {
            name: name.into(),
            why: "for this".into(),
            only_to_accept,
            held,
        };
        let check = TokenCheck {
            login: Some("ada".into()),
            kind: "an access token".into(),
            scopes: Some(vec!["read_api".into()]),
            needs: vec![
                need("read_api", false, Some(true)),
                need("read_user", false, Some(false)),
                need("Developer role", false, None),
                need("api", true, Some(false)),
            ],
            ends: Some("2026-12-02T00:00:00Z".parse().expect("a time")),
        };
        assert_eq!(
            in_words(&check),
            "an access token of ada with read_api, which ends on 2026-12-02\
             \n  ok      read_api: for this\
             \n  MISSING read_user: for this\
             \n  ?       Developer role: for this\
             \n  later   api: for this\
             \n  it only reads: what you accept needs a token that may write"
        );
    }
}
