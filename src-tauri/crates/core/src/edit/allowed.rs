//! What a model's edits may change at all: only files the finding is about, never what holds credentials or runs with
//! rights of its own, and no more than a reader can check.

use super::{Block, Refused};
use crate::patch::{PatchError, Patched, is_inside};

/// How much may be changed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Edits in all.
    pub edits: usize,
    /// Files in all.
    pub files: usize,
    /// Bytes of all that is written.
    pub written: usize,
    /// Bytes of a file that is changed.
    pub file: usize,
    /// Bytes of a file that is new.
    pub new_file: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            edits: 40,
            files: 12,
            written: 64 * 1024,
            file: 2 * 1024 * 1024,
            new_file: 16 * 1024,
        }
    }
}

/// What may be changed.
#[derive(Debug, Clone, Copy)]
pub struct Allowed<'a> {
    /// The files the finding is about.
    pub implicated: &'a [String],
    /// Folders new files may be made in, `""` for the root.
    pub new_in: &'a [String],
    /// True when the event is about the workflows of the forge.
    pub workflows: bool,
    /// How much.
    pub limits: Limits,
}

impl Allowed<'_> {
    pub(super) fn amount(&self, blocks: &[Block]) -> Result<(), Refused> {
        let mut paths: Vec<&str> = blocks.iter().map(|block| block.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        let written: usize = blocks.iter().map(|block| block.replace.len()).sum();
        let too_large = |what: String| Err(Refused::TooLarge(what));
        if blocks.len() > self.limits.edits {
            return too_large(format!(
                "{} edits, {} at most",
                blocks.len(),
                self.limits.edits
            ));
        }
        if paths.len() > self.limits.files {
            return too_large(format!(
                "{} files, {} at most",
                paths.len(),
                self.limits.files
            ));
        }
        if written > self.limits.written {
            return too_large(format!(
                "{written} bytes written, {} at most",
                self.limits.written
            ));
        }
        Ok(())
    }

    pub(super) fn path(&self, path: &str, exists: bool) -> Result<(), Refused> {
        let forbidden = |reason: &str| {
            Err(Refused::Forbidden {
                path: path.to_owned(),
                reason: reason.to_owned(),
            })
        };
        if !is_inside(path)
            || path
                .chars()
                .any(|c| c.is_control() || !c.is_ascii() && !c.is_alphanumeric())
        {
            return Err(PatchError::Outside {
                path: path.to_owned(),
            }
            .into());
        }
        if path.split('/').any(is_git) {
            return forbidden("it steers git itself");
        }
        if holds_credentials(path) {
            return forbidden("it is a place for credentials");
        }
        if is_workflow(path) && !self.workflows {
            return forbidden("it runs on the forge, and this is not about it");
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let implicated = self.implicated.iter().any(|one| one == path);
        let new_here = !exists && !is_workflow(path) && self.new_in.iter().any(|one| one == folder);
        if !implicated && !new_here {
            return forbidden("the finding is not about it");
        }
        Ok(())
    }

    pub(super) fn size(&self, path: &str, text: &str) -> Result<(), Refused> {
        if text.len() > self.limits.file {
            return Err(Refused::TooLarge(format!(
                "`{path}` has {} bytes, {} at most",
                text.len(),
                self.limits.file
            )));
        }
        Ok(())
    }

    /// What one edit writes, against what it replaces.
    pub(super) fn content(&self, block: &Block, before: &str, after: &str) -> Result<(), Refused> {
        let forbidden = |reason: String| {
            Err(Refused::Forbidden {
                path: block.path.clone(),
                reason,
            })
        };
        if block.search.is_empty() && after.len() > self.limits.new_file {
            return Err(Refused::TooLarge(format!(
                "`{}` would have {} bytes, a new file {} at most",
                block.path,
                after.len(),
                self.limits.new_file
            )));
        }
        let unseen = |text: &str| text.chars().filter(|&c| is_unseen(c)).count();
        if unseen(after) > unseen(before) {
            return forbidden("it would hold characters nobody sees".into());
        }
        if crate::redact::redact(after) != after && crate::redact::redact(before) == before {
            return forbidden("it would hold a secret".into());
        }
        Ok(())
    }

    /// What a whole file becomes.
    pub(super) fn whole(&self, file: &Patched) -> Result<(), Refused> {
        if !is_workflow(&file.path) {
            return Ok(());
        }
        let before = file.before.as_deref().unwrap_or_default();
        if let Some(right) = widened(before, &file.after) {
            return Err(Refused::Forbidden {
                path: file.path.clone(),
                reason: format!("the workflow would gain `{right}`"),
            });
        }
        Ok(())
    }
}

fn is_git(part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    matches!(
        part.as_str(),
        ".git" | ".gitmodules" | ".gitattributes" | ".githooks" | ".husky" | "git~1"
    ) || part.ends_with([' ', '.'])
}

/// Names of files that hold keys, tokens or passwords, or tell a tool where to send them.
fn holds_credentials(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let folders: Vec<&str> = path.split('/').collect();
    let example = [".example", ".sample", ".template", ".dist"]
        .iter()
        .any(|end| name.ends_with(end));
    !example
        && (matches!(
            name,
            ".netrc"
                | "_netrc"
                | ".npmrc"
                | ".yarnrc"
                | ".yarnrc.yml"
                | ".pypirc"
                | ".pgpass"
                | ".htpasswd"
                | ".git-credentials"
                | ".dockercfg"
                | ".dockerconfigjson"
                | "credentials"
                | "credentials.json"
                | "credentials.toml"
                | "kubeconfig"
                | "id_rsa"
                | "id_ed25519"
                | "id_ecdsa"
                | "id_dsa"
                | "secrets.yml"
                | "secrets.yaml"
                | "secrets.json"
                | "secrets.toml"
                | "master.key"
                | "service-account.json"
                | "auth.json"
        ) || name == ".env"
            || name.starts_with(".env.")
            || [
                ".pem",
                ".key",
                ".p12",
                ".pfx",
                ".jks",
                ".keystore",
                ".kdbx",
                ".ppk",
                ".asc",
                ".gpg",
                ".tfstate",
            ]
            .iter()
            .any(|end| name.ends_with(end))
            || folders.iter().any(|folder| {
                matches!(
                    *folder,
                    ".ssh" | ".gnupg" | ".aws" | ".kube" | ".docker" | ".azure"
                )
            }))
}

/// What runs at the forge with the repository's rights.
fn is_workflow(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let within = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
    within(".github/workflows/")
        || within(".github/actions/")
        || within(".gitea/workflows/")
        || within(".forgejo/workflows/")
        || within(".circleci/")
        || within(".buildkite/")
        || matches!(
            path.rsplit('/').next().unwrap_or_default(),
            ".gitlab-ci.yml"
                | "bitbucket-pipelines.yml"
                | "azure-pipelines.yml"
                | "jenkinsfile"
                | ".travis.yml"
                | ".drone.yml"
                | ".woodpecker.yml"
                | "action.yml"
                | "action.yaml"
                | "codeowners"
                | "dependabot.yml"
        )
}

/// A right that the text of a workflow has after a change and had not before, or had less often.
fn widened(before: &str, after: &str) -> Option<String> {
    rights(after)
        .into_iter()
        .find_map(|(right, count)| {
            let had = rights(before)
                .into_iter()
                .find(|(other, _)| *other == right)
                .map_or(0, |(_, count)| count);
            (count > had).then_some(right)
        })
        .or_else(|| {
            // Without `permissions` a job has the repository's default, which may be all.
            let named = |text: &str| {
                text.lines()
                    .filter(|line| key(line) == "permissions")
                    .count()
            };
            (named(after) < named(before)).then(|| "the default permissions".to_owned())
        })
}

/// The key of a line of YAML, bare.
fn key(line: &str) -> String {
    let line = line.split(" #").next().unwrap_or_default();
    let key = line.split(':').next().unwrap_or_default();
    key.trim_matches([' ', '-', '"', '\'', '\t', '{', '?'])
        .to_ascii_lowercase()
}

/// Everything in a workflow that gives rights or lets strangers' code have them, each with how often it stands there.
fn rights(text: &str) -> Vec<(String, usize)> {
    let mut rights: Vec<(String, usize)> = Vec::new();
    let mut add = |right: String| match rights.iter_mut().find(|(other, _)| *other == right) {
        Some((_, count)) => *count += 1,
        None => rights.push((right, 1)),
    };
    for line in text.lines() {
        let plain: String = line
            .split(" #")
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|c| !matches!(c, '"' | '\''))
            .collect::<String>()
            .to_ascii_lowercase();
        for word in [
            "write-all",
            "pull_request_target",
            "workflow_run",
            "self-hosted",
            "secrets.",
            "secrets: inherit",
            "github.token",
            "id-token",
            "issue_comment",
        ] {
            for _ in plain.matches(word) {
                add(word.trim_end_matches('.').to_owned());
            }
        }
        for part in plain.split([',', '{', '}']) {
            if let Some((scope, "write")) = part
                .split_once(':')
                .map(|(scope, value)| (scope, value.trim()))
            {
                add(format!("{}: write", scope.trim_matches([' ', '-', '\t'])));
            }
        }
        for word in ["curl ", "wget ", "uses:"] {
            for found in plain.match_indices(word) {
                add(plain[found.0..].trim().to_owned());
            }
        }
    }
    rights
}

/// Characters that are not seen or change the order in which others are seen.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
