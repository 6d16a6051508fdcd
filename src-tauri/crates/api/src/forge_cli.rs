//! Asks a forge's own command line for the token it is logged in with. Only when the user said so.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use perch_core::seam::account::ForgeCli;
use secrecy::SecretString;
use tokio::process::Command;

/// How long it may take; one that asks something on a terminal never ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest token believed to be one.
const LONGEST: usize = 4096;

/// Runs `program`, found at `path`, and reads the token it prints. The problem is said in words.
pub(crate) async fn token(cli: &ForgeCli, path: &Path) -> Result<SecretString, String> {
    token_within(cli, path, PATIENCE).await
}

async fn token_within(
    cli: &ForgeCli,
    path: &Path,
    patience: Duration,
) -> Result<SecretString, String> {
    let name = cli.program;
    let mut command = Command::new(path);
    command
        .args(&cli.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(patience, command.output())
        .await
        .map_err(|_| format!("`{name}` gave no token in time; run it once by hand"))?
        .map_err(|error| format!("`{name}` could not be run: {error}"))?;
    let said = String::from_utf8(output.stdout).unwrap_or_default();
    let token = said.trim();
    let is_token = !token.is_empty()
        && token.len() <= LONGEST
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    if !output.status.success() || !is_token {
        return Err(format!(
            "`{name}` is not logged in at this server; log in with it, or paste a token"
        ));
    }
    Ok(token.into())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    async fn run(script: &str, patience: Duration) -> Result<SecretString, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("gh");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
        let executable = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&program, executable).expect("changed");
        let cli = ForgeCli {
            program: "gh",
            arguments: vec!["auth".into(), "token".into()],
        };
        token_within(&cli, &program, patience).await
    }

    #[tokio::test]
    async fn the_token_is_what_it_prints_and_anything_else_is_none() {
        let found = run("[ \"$1 $2\" = 'auth token' ] && echo the-token", PATIENCE).await;
        assert_eq!(found.expect("a token").expose_secret(), "the-token");
        for script in [
            "exit 1",
            "echo the-token; exit 1",
            "true",
            "echo 'not one word'",
        ] {
            let problem = run(script, PATIENCE).await.expect_err(script);
            assert!(problem.contains("not logged in"), "{script}: {problem}");
        }
    }

    #[tokio::test]
    async fn one_that_never_ends_is_given_up() {
        let soon = Duration::from_millis(200);
        let problem = run("exec sleep 600", soon).await.expect_err("given up");
        assert!(problem.contains("in time"), "{problem}");
    }
}
