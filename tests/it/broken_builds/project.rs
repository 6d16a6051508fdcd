//! A project of the collection, copied into a git repository of its own, and its real tools.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;

use crate::world::World;

/// What is wrong with a project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Broken {
    /// What is wrong, in a sentence for people.
    pub(super) why: String,
    /// What fails.
    pub(super) command: Vec<String>,
    /// Parts of the lines that say why, the most telling first.
    pub(super) cause: Vec<String>,
    /// The sort of trouble, as `explain` calls it.
    pub(super) category: String,
    /// True if one click makes the command pass.
    pub(super) mended: bool,
    /// True if the tool itself prints what is to be changed to what.
    pub(super) printed: bool,
    /// True if nothing of it is committed yet, so that the fix goes to the working tree and not to a branch.
    #[serde(default)]
    pub(super) uncommitted: bool,
}

/// A copy of a project.
pub(super) struct Project {
    pub(super) broken: Broken,
    pub(super) folder: PathBuf,
}

/// How a command ended.
pub(super) struct Ended {
    pub(super) passed: bool,
    /// All it printed.
    pub(super) said: String,
}

/// What a fix changed.
pub(super) struct Change {
    pub(super) files: Vec<String>,
    pub(super) diff: String,
}

impl Change {
    /// Lines whose text is new, without blanks around it; lines of a bracket or less are none.
    pub(super) fn added(&self) -> impl Iterator<Item = &str> {
        let gone: Vec<&str> = self.side('-', "---").collect();
        self.side('+', "+++")
            .filter(move |line| line.len() > 2 && !gone.contains(line))
    }

    fn side(&self, sign: char, head: &'static str) -> impl Iterator<Item = &str> {
        self.diff
            .lines()
            .filter(move |line| !line.starts_with(head))
            .filter_map(move |line| line.strip_prefix(sign))
            .map(str::trim)
    }
}

fn collection() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken_builds")
}

/// The names of all projects, sorted.
pub(super) fn names() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(collection())
        .expect("the collection is there")
        .map(|entry| entry.expect("its folders can be listed"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

impl Broken {
    /// What `name`'s own file says.
    pub(super) fn of(name: &str) -> Self {
        let path = collection().join(name).join("broken.toml");
        let text = std::fs::read_to_string(&path).expect("each project says what is wrong with it");
        let broken: Self = toml_edit::de::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!broken.why.is_empty() && !broken.cause.is_empty(), "{name}");
        broken
    }
}

impl Project {
    /// The project `name` in a git repository below `world`.
    pub(super) fn copied(name: &str, world: &World) -> Self {
        let project = Self {
            broken: Broken::of(name),
            folder: world.folder().join(name),
        };
        copy(&collection().join(name), &project.folder);
        std::fs::remove_file(project.folder.join("broken.toml")).expect("it was copied");
        project.git(&["init", "--quiet", "--initial-branch", "main"]);
        project.git(&["config", "user.name", "Ada"]);
        project.git(&["config", "user.email", "ada@example.com"]);
        let built = "target/\nout/\n__pycache__/\n*.o\n";
        std::fs::write(project.folder.join(".git/info/exclude"), built)
            .expect("git made the folder");
        if !project.broken.uncommitted {
            project.git(&["add", "."]);
        }
        project.git(&["commit", "--quiet", "--allow-empty", "--message", "Begin"]);
        project
    }

    /// Runs the command under `perch exec`.
    pub(super) fn exec(&self, world: &World) -> Ended {
        let mut perch = world.command(&["exec", "--"]);
        perch.args(&self.broken.command);
        self.ended(perch)
    }

    /// Runs the command by itself.
    pub(super) fn run(&self, world: &World) -> Ended {
        let mut command = world.program(&self.broken.command[0]);
        command.args(&self.broken.command[1..]);
        self.ended(command)
    }

    fn ended(&self, mut command: Command) -> Ended {
        let tool = &self.broken.command[0];
        let path = path();
        // A tool that is missing would look like a build that fails.
        assert!(
            std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()),
            "`{tool}` is missing: scripts/setup.sh test and scripts/test-tools.sh install it"
        );
        let output = command
            .current_dir(&self.folder)
            .env("PATH", path)
            .env("LC_ALL", "C.UTF-8")
            .env("CARGO_TERM_COLOR", "never")
            .env("GOFLAGS", "-mod=mod")
            .env("GOPROXY", "off")
            .env("GOTOOLCHAIN", "local")
            .env("NO_UPDATE_NOTIFIER", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env_remove("RUSTFLAGS")
            .env_remove("RUST_BACKTRACE")
            .output()
            .expect("it starts");
        Ended {
            passed: output.status.success(),
            said: both(&output),
        }
    }

    /// Goes on with what accepting made: the branch, or the changed working tree. Tells what is different.
    pub(super) fn take_up_the_fix(&self) -> Change {
        let before = if self.broken.uncommitted {
            // Against a copy of the project as it was.
            let path = collection().join(self.folder.file_name().expect("a name"));
            let output = Command::new("git")
                .args(["diff", "--no-index", "--unified=0"])
                .arg(path)
                .arg(&self.folder)
                .output()
                .expect("git runs");
            String::from_utf8_lossy(&output.stdout).into_owned()
        } else {
            let branch = self.git(&[
                "branch",
                "--list",
                "--format",
                "%(refname:short)",
                "perch/*",
            ]);
            self.git(&["checkout", "--quiet", branch.trim()]);
            self.git(&["diff", "--unified=0", "main", "HEAD"])
        };
        let own = self.folder.display().to_string();
        let files = before
            .lines()
            .filter_map(|line| line.strip_prefix("+++ b/"))
            .map(|path| {
                let inside = own.trim_start_matches('/');
                path.strip_prefix(inside)
                    .unwrap_or(path)
                    .trim_start_matches('/')
                    .to_owned()
            })
            .collect();
        Change {
            files,
            diff: before,
        }
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(&self.folder)
            .args(arguments)
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn both(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The tools that Perch's own set-up installs, before those of this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "a test of real tools runs those of this machine"
)]
fn path() -> OsString {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own =
        ["tests/python/venv/bin", "tests/node/node_modules/.bin"].map(|folder| root.join(folder));
    let usual = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(own.into_iter().chain(std::env::split_paths(&usual)))
        .expect("a folder's name has no colon")
}

/// Copies a folder with what is in it; modes go along.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder can be read") {
        let entry = entry.expect("its entries can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
