//! Running an ecosystem's client: in an empty folder, without input, for a limited time, with limited output.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use perch_core::dependency::{Release, Releases};
use perch_core::seam::ecosystem::Unasked;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes of output kept at most.
const OUTPUT: u64 = 64 << 20;

/// Packages asked for in one survey of one ecosystem at most.
pub(super) const MOST: usize = 300;

/// What a client said.
pub(super) struct Said {
    pub(super) passed: bool,
    pub(super) output: Vec<u8>,
    pub(super) complaint: String,
}

impl Said {
    /// The output as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// Why there is no answer, in the client's own words.
    pub(super) fn no_answer(&self, client: &str) -> Unasked {
        let said = self
            .complaint
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .find(|line| line.to_ascii_lowercase().contains("err"))
            .or_else(|| self.complaint.lines().rfind(|line| !line.trim().is_empty()))
            .unwrap_or("it gave no reason");
        let said: String = perch_core::redact::redact(said).chars().take(200).collect();
        Unasked::NoAnswer(format!("`{client}` failed: {said}"))
    }
}

/// An empty folder in which clients run. It goes when it is dropped.
pub(super) struct Away(TempDir);

impl Away {
    /// Makes one in `scratch`, away from any repository.
    pub(super) fn below(scratch: &Path) -> Result<Self, Unasked> {
        std::fs::create_dir_all(scratch)
            .and_then(|()| {
                tempfile::Builder::new()
                    .prefix("survey-")
                    .tempdir_in(scratch)
            })
            .map(Self)
            .map_err(|error| {
                Unasked::NoAnswer(format!("no folder could be made to ask from: {error}"))
            })
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into it.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Unasked> {
        let file = self.path().join(name);
        file.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&file, text))
            .map_err(|error| {
                Unasked::NoAnswer(format!("`{}` cannot be written: {error}", file.display()))
            })
    }

    /// Runs `client` here.
    pub(super) async fn run(
        &self,
        client: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Said, Unasked> {
        let mut command = Command::new(program(client));
        command
            .args(arguments)
            .envs(variables.iter().copied())
            .current_dir(self.path())
            .env("PWD", self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Unasked::NoClient(client.into()),
            _ => Unasked::NoAnswer(format!("`{client}` does not start: {error}")),
        })?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let talk = async {
            let (output, complaint) = tokio::join!(kept(stdout), kept(stderr));
            (output, complaint, child.wait().await)
        };
        let (output, complaint, ended) =
            tokio::time::timeout(PATIENCE, talk).await.map_err(|_| {
                Unasked::NoAnswer(format!(
                    "`{client}` did not answer within {} s",
                    PATIENCE.as_secs()
                ))
            })?;
        Ok(Said {
            passed: ended.is_ok_and(|status| status.success()),
            output,
            complaint: String::from_utf8_lossy(&complaint).into_owned(),
        })
    }
}

/// What a stream says, up to the limit; the rest is read and dropped, so that the client can end.
async fn kept(stream: Option<impl tokio::io::AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = (&mut stream).take(OUTPUT).read_to_end(&mut bytes).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
    bytes
}

/// The file to start: Windows keeps most clients in command files.
fn program(client: &str) -> OsString {
    let in_command_file = ["gem", "mvn", "npm", "pnpm"].contains(&client);
    if cfg!(windows) && in_command_file {
        format!("{client}.cmd").into()
    } else {
        client.into()
    }
}

/// Those of `names` that are made of letters, digits and `others`, and could not be taken for an option or a path
/// upwards.
pub(super) fn safe<'a>(names: &'a [String], others: &str) -> Vec<&'a str> {
    names
        .iter()
        .map(String::as_str)
        .filter(|name| {
            name.len() <= 214
                && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@')
                && !name.contains("..")
                && !name.contains("//")
                && !name.contains(":/")
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
        })
        .take(MOST)
        .collect()
}

/// Releases whose age nobody tells.
pub(super) fn undated(ecosystem: &str, name: &str, versions: Vec<String>) -> Releases {
    Releases {
        ecosystem: ecosystem.into(),
        name: name.into(),
        releases: versions
            .into_iter()
            .map(|version| Release {
                version,
                ..Release::default()
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_options_paths_or_addresses_are_not_asked_for() {
        let names: Vec<String> = [
            "serde",
            "@scope/left",
            "-o",
            "--registry=http://x",
            "../x",
            "a/../b",
            "git+ssh://x",
            "a b",
            "a;b",
            "file:x",
            "",
            "@types/node",
            "http://x/y.tgz",
        ]
        .map(String::from)
        .into();
        assert_eq!(
            safe(&names, "@/._-"),
            ["serde", "@scope/left", "@types/node"]
        );
    }
}
