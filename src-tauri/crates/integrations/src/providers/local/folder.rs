//! Opening a folder: is it the root of a git working tree, and if not, what is it and what would help?
//!
//! Only reads. libgit2 itself checks who owns the folder, as git does (`safe.directory`).

use std::path::{Path, PathBuf};

use git2::{ErrorCode, Repository, RepositoryOpenFlags};
use perch_core::seam::provider::ProviderError;
use perch_core::seam::publisher::PublishError;
use serde::{Deserialize, Serialize};

/// A folder that is no working tree Perch can use, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unusable {
    pub(super) problem: String,
    pub(super) next_step: String,
}

impl Unusable {
    pub(super) fn new(problem: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            next_step: next_step.into(),
        }
    }
}

impl From<Unusable> for ProviderError {
    fn from(unusable: Unusable) -> Self {
        Self::Misconfigured {
            problem: unusable.problem,
            next_step: unusable.next_step,
        }
    }
}

impl From<Unusable> for PublishError {
    fn from(unusable: Unusable) -> Self {
        Self::Refused {
            reason: unusable.problem,
            next_step: unusable.next_step,
        }
    }
}

/// A working tree.
pub(super) struct Folder {
    /// Its repository.
    pub(super) git: Repository,
    /// Its root, absolute and without links.
    pub(super) root: PathBuf,
    /// The same as text: the repository's key.
    pub(super) key: String,
    /// The folder's name: the repository's name for people.
    pub(super) name: String,
}

/// Who commits in a repository by its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
}

impl Folder {
    /// Opens the working tree whose root is `path`.
    pub(super) fn open(path: &Path) -> Result<Self, Unusable> {
        let shown = path.display();
        let root = path.canonicalize().map_err(|error| {
            let next_step = "put the folder back, or take it off the connection's `watch`";
            match error.kind() {
                std::io::ErrorKind::NotFound => {
                    Unusable::new(format!("`{shown}` is not there"), next_step)
                }
                _ => Unusable::new(format!("`{shown}` cannot be read: {error}"), next_step),
            }
        })?;
        if !root.is_dir() {
            return Err(Unusable::new(
                format!("`{shown}` is a file, not a folder"),
                "watch the root of a git working tree",
            ));
        }
        let git = Repository::open_ext(&root, RepositoryOpenFlags::NO_SEARCH, &[] as &[&Path])
            .map_err(|error| unopened(&root, &error))?;
        let Some(tree) = git.workdir().map(Path::to_path_buf) else {
            return Err(Unusable::new(
                format!("`{shown}` is a bare repository and has no working tree"),
                "watch a clone of it instead",
            ));
        };
        if tree.canonicalize().ok().as_deref() != Some(&root) {
            return Err(Unusable::new(
                format!("`{shown}` is not the root of its working tree"),
                format!("watch `{}` instead", tree.display()),
            ));
        }
        let Some(key) = root.to_str().map(str::to_owned) else {
            return Err(Unusable::new(
                format!("the name of `{}` is not UTF-8", root.display()),
                "rename the folder",
            ));
        };
        let name = root
            .file_name()
            .map_or_else(|| key.clone(), |name| name.to_string_lossy().into_owned());
        Ok(Self {
            git,
            root,
            key,
            name,
        })
    }

    /// The working tree around `path`, if there is one Perch can use.
    pub(super) fn around(path: &Path) -> Option<Self> {
        let found = Repository::discover(path).ok()?;
        Self::open(found.workdir()?).ok()
    }

    /// Who commits here. Both `user.*` and `author.*` are asked, as git does; nothing is guessed.
    pub(super) fn person(&self) -> Option<Person> {
        let config = self.git.config().ok()?.snapshot().ok()?;
        let read = |key: &str| {
            let own = config.get_string(&format!("author.{key}"));
            own.or_else(|_| config.get_string(&format!("user.{key}")))
                .ok()
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        Some(Person {
            name: read("name")?,
            email: read("email")?,
        })
    }

    /// The branch pull requests go into: what `origin` says, else the configured or a usual name that
    /// exists, else the only branch.
    pub(super) fn default_branch(&self) -> Option<String> {
        const ORIGIN: &str = "refs/remotes/origin/";
        if let Ok(head) = self.git.find_reference("refs/remotes/origin/HEAD")
            && let Ok(Some(target)) = head.symbolic_target()
            && let Some(name) = target.strip_prefix(ORIGIN)
        {
            return Some(name.into());
        }
        let configured = self
            .git
            .config()
            .and_then(|config| config.get_string("init.defaultBranch"));
        let usual = ["main", "master"].map(str::to_owned);
        let exists = |name: &String| {
            self.git
                .refname_to_id(&format!("refs/heads/{name}"))
                .is_ok()
        };
        if let Some(name) = configured.into_iter().chain(usual).find(exists) {
            return Some(name);
        }
        let branches = self.git.branches(Some(git2::BranchType::Local)).ok()?;
        let mut names = branches
            .flatten()
            .filter_map(|(branch, _)| branch.name().ok().flatten().map(str::to_owned));
        let only = names.next()?;
        names.next().is_none().then_some(only)
    }
}

fn unopened(root: &Path, error: &git2::Error) -> Unusable {
    let shown = root.display();
    match error.code() {
        ErrorCode::Owner => Unusable::new(
            format!("`{shown}` belongs to another user, so git does not trust it"),
            format!(
                "if you trust it, run `git config --global --add safe.directory {}`",
                quoted(root)
            ),
        ),
        ErrorCode::NotFound => match Folder::around(root) {
            Some(around) => Unusable::new(
                format!("`{shown}` is a folder inside a repository, not its root"),
                format!("watch `{}` instead", around.key),
            ),
            None => Unusable::new(
                format!("`{shown}` is not a git repository"),
                "run `git init` there, or watch another folder",
            ),
        },
        _ => Unusable::new(
            format!(
                "`{shown}` cannot be opened as a git repository: {}",
                error.message()
            ),
            "check it with `git status`; Perch reads SHA-1 repositories without partial clones and reftables",
        ),
    }
}

/// A path as a shell takes it back.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
