//! Temporary git repositories, made by the real `git`.
//!
//! Nothing of the machine's own git configuration shows through, and commits are dated by the test.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jiff::Timestamp;
use tempfile::TempDir;

/// Who commits unless the test says otherwise.
pub const NAME: &str = "Ada Lovelace";
/// Their e-mail.
pub const EMAIL: &str = "ada@example.org";

/// When the first commit is made; each later one follows a minute after.
const START: i64 = 1_750_000_000;

/// A git repository in a folder that vanishes with it.
pub struct Repository {
    folder: TempDir,
    path: PathBuf,
    second: Cell<i64>,
}

impl Default for Repository {
    fn default() -> Self {
        Self::new()
    }
}

impl Repository {
    /// A repository without a commit, on branch `main`, in a folder called `project`.
    pub fn new() -> Self {
        Self::made(&["init", "--quiet", "--initial-branch=main"])
    }

    /// A bare repository.
    pub fn bare() -> Self {
        Self::made(&["init", "--quiet", "--bare", "--initial-branch=main"])
    }

    /// A clone of `origin`, as `git clone` makes it with `options`.
    pub fn clone_of(origin: &Self, options: &[&str]) -> Self {
        let url = format!("file://{}", origin.path.display());
        let mut arguments = vec!["clone", "--quiet"];
        arguments.extend_from_slice(options);
        arguments.extend_from_slice(&[&url, "."]);
        Self::made(&arguments)
    }

    /// A repository with one file, `README.md`, in one commit.
    pub fn with_readme() -> Self {
        let repository = Self::new();
        repository.write("README.md", "# Project\n");
        repository.commit("Begin");
        repository
    }

    /// A repository whose branch `main` is a line of `count` commits to one file.
    pub fn with_commits(count: usize) -> Self {
        let repository = Self::new();
        let mut stream = String::new();
        for number in 1..=count {
            let second = START + i64::try_from(number).expect("a small number");
            let _ = write!(
                stream,
                "commit refs/heads/main\nmark :{number}\n\
                 committer {NAME} <{EMAIL}> {second} +0000\ndata 7\nStep on\n"
            );
            if number > 1 {
                let _ = writeln!(stream, "from :{}", number - 1);
            }
            let text = number.to_string();
            let _ = write!(stream, "M 100644 inline n\ndata {}\n{text}\n", text.len());
        }
        repository.git_with_input(&["fast-import", "--quiet"], stream.as_bytes());
        repository.git(&["reset", "--hard", "--quiet"]);
        repository
    }

    fn made(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("project");
        std::fs::create_dir(&path).expect("a folder can be made");
        let path = path.canonicalize().expect("the folder exists");
        let repository = Self {
            folder,
            path,
            second: Cell::new(START),
        };
        repository.git(arguments);
        // The code under test reads the machine's own configuration; these stand above it.
        for (key, value) in [
            ("user.name", NAME),
            ("user.email", EMAIL),
            ("commit.gpgsign", "false"),
            ("format.signOff", "false"),
            ("core.autocrlf", "false"),
            ("core.hooksPath", "/dev/null"),
        ] {
            repository.git(&["config", key, value]);
        }
        repository
    }

    /// The root of the working tree, or the repository itself when it is bare; absolute and free of links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same as text.
    pub fn key(&self) -> String {
        self.path
            .to_str()
            .expect("temporary folders are UTF-8")
            .into()
    }

    /// A folder beside the repository that vanishes with it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder
            .path()
            .canonicalize()
            .expect("the folder exists")
            .join(name)
    }

    /// Dates the next commit; later ones follow a minute apart.
    pub fn set_date(&self, at: Timestamp) {
        self.second.set(at.as_second());
    }

    /// The date of the next commit.
    pub fn date(&self) -> Timestamp {
        Timestamp::from_second(self.second.get()).expect("a date of this age")
    }

    /// Runs `git` and gives what it printed without the last line end. Panics when it fails.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_with_input(arguments, b"")
    }

    fn git_with_input(&self, arguments: &[&str], input: &[u8]) -> String {
        let output = self.try_git(arguments, input);
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim_end().into()
    }

    /// Runs `git` with `input`, whatever comes of it.
    pub fn try_git(&self, arguments: &[&str], input: &[u8]) -> Output {
        let date = format!("{} +0000", self.second.get());
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(&self.path)
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git is installed");
        let mut stdin = child.stdin.take().expect("it was asked for");
        std::thread::scope(|scope| {
            // A program that ends early closes its input; what it says tells more than that.
            scope.spawn(move || stdin.write_all(input).ok());
            child.wait_with_output()
        })
        .expect("git can be waited for")
    }

    /// Writes a file, making the folders above it.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("folders can be made");
        std::fs::write(path, content).expect("the file can be written");
    }

    /// Reads a file of the working tree.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path.join(path)).expect("the file can be read")
    }

    /// Commits everything and gives the commit's hash.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.tick();
        self.head()
    }

    /// Merges `branch` into the checked-out one with a merge commit and gives its hash.
    pub fn merge(&self, branch: &str, message: &str) -> String {
        self.git(&["merge", "--quiet", "--no-ff", "-m", message, branch]);
        self.tick();
        self.head()
    }

    /// Makes `branch` here and checks it out.
    pub fn branch(&self, branch: &str) {
        self.git(&["checkout", "--quiet", "-b", branch]);
    }

    /// Checks `target` out.
    pub fn checkout(&self, target: &str) {
        self.git(&["checkout", "--quiet", target]);
    }

    /// The hash `HEAD` stands on.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn tick(&self) {
        self.second.set(self.second.get() + 60);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_steps_make_the_same_commit_on_every_machine() {
        assert_eq!(
            Repository::with_readme().head(),
            Repository::with_readme().head()
        );
        let long = Repository::with_commits(3);
        assert_eq!(long.git(&["rev-list", "--count", "HEAD"]), "3");
        assert_eq!(long.read("n"), "3");
    }
}
