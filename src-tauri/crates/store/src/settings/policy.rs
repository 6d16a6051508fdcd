//! Reading `policy.toml` beside the settings: what a team forbids whatever a user sets.

use std::io;
use std::path::{Path, PathBuf};

use perch_core::policy::Policy;

/// A policy as it was found.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// What holds.
    pub(super) policy: Policy,
    /// Why the file cannot be used.
    pub(super) problem: Option<String>,
}

/// Where the policy of the settings at `path` is.
pub(super) fn beside(path: &Path) -> PathBuf {
    path.with_file_name("policy.toml")
}

/// The policy at `path`; an empty one where there is no file. With one that cannot be used no model is asked: what it
/// was to forbid is not known.
pub(super) fn read(path: &Path) -> Found {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::default(),
        Err(error) => return unusable(path, &error.to_string()),
    };
    match toml_edit::de::from_str(&text) {
        Ok(policy) => Found {
            policy,
            problem: None,
        },
        Err(error) => unusable(path, &error.message().replace('\n', ", ")),
    }
}

fn unusable(path: &Path, problem: &str) -> Found {
    Found {
        policy: Policy {
            allowed_providers: Some(Vec::new()),
            ..Policy::default()
        },
        problem: Some(format!(
            "the policy {} cannot be used, so no model is asked until it is put right: {problem}",
            path.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_cannot_be_read_forbids_all_models() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = beside(&folder.path().join("config.toml"));
        assert_eq!(read(&path).policy, Policy::default());
        std::fs::write(
            &path,
            "local_only = true\nforbidden_paths = [\"secrets/**\"]\n",
        )
        .expect("written");
        let found = read(&path);
        assert!(found.policy.local_only && found.problem.is_none());
        std::fs::write(&path, "local_onyl = true\n").expect("written");
        let found = read(&path);
        assert_eq!(found.policy.allowed_providers, Some(Vec::new()));
        assert!(found.problem.expect("a problem").contains("local_onyl"));
    }
}
