//! A crate whose build a test breaks, in a git repository of its own.

use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::World;
use super::blow::Blow;

/// Its source while it builds.
pub(crate) const SOUND: &str = "#![deny(unused_mut)]\n\nfn main() {\n    let name = \"world\";\n    println!(\"hello {name}\");\n}\n";

/// What rustc says of a `mut` that is not needed.
pub(crate) const COMPLAINT: &str = "\
error: variable does not need to be mutable
 --> src/main.rs:4:9
  |
4 |     let mut name = \"world\";
  |         ----^^^^
  |         |
  |         help: remove this `mut`
  |
note: the lint level is defined here
 --> src/main.rs:1:9
  |
1 | #![deny(unused_mut)]
  |         ^^^^^^^^^^

error: could not compile `greeter` (bin \"greeter\") due to 1 previous error
";

/// Fails as cargo does.
const FAILING: &[&str] = &["sh", "-c", "cat complaint >&2; exit 101"];

/// The crate.
pub(crate) struct Greeter {
    pub(crate) folder: PathBuf,
}

impl Greeter {
    /// One that builds, committed to `main`.
    pub(crate) fn new(within: &Path) -> Self {
        let greeter = Self {
            folder: within.join("greeter"),
        };
        std::fs::create_dir_all(greeter.folder.join("src")).expect("an empty folder can be filled");
        greeter.write(
            "Cargo.toml",
            "[package]\nname = \"greeter\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        );
        greeter.write(
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"greeter\"\nversion = \"0.1.0\"\n",
        );
        greeter.write(".gitignore", "/target\n");
        greeter.write("complaint", COMPLAINT);
        greeter.write("src/main.rs", SOUND);
        greeter.git(&["init", "--quiet", "--initial-branch", "main"]);
        greeter.git(&["config", "user.name", "Ada"]);
        greeter.git(&["config", "user.email", "ada@example.com"]);
        greeter.commit("Greet the world");
        greeter
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.join(file), text).expect("a file of the test's own is written");
    }

    /// Makes it fail to build, without committing.
    pub(crate) fn break_it(&self) {
        self.write("src/main.rs", &SOUND.replace("let name", "let mut name"));
    }

    /// Puts its source right again, without committing.
    pub(crate) fn mend_it(&self) {
        self.write("src/main.rs", SOUND);
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// Runs git and tells what it said.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(&self.folder)
            .args(arguments)
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// `perch exec -- cargo build`.
    pub(crate) fn build(&self, world: &World) -> Output {
        self.exec(world.struck(None), &["cargo", "build"])
    }

    /// `perch exec` of a command that fails as cargo does, without the wait for the compiler.
    pub(crate) fn fail_quickly(&self, world: &World) -> Output {
        self.exec(world.struck(None), FAILING)
    }

    /// The same, killed where `blow` says.
    pub(crate) fn fail_struck(&self, world: &World, blow: Blow) -> Output {
        self.exec(world.struck(Some(blow)), FAILING)
    }

    fn exec(&self, mut perch: Command, command: &[&str]) -> Output {
        perch
            .args(["exec", "--"])
            .args(command)
            .current_dir(&self.folder)
            .output()
            .expect("perch runs")
    }

    /// Branches Perch made.
    pub(crate) fn fix_branches(&self) -> Vec<String> {
        let named = self.git(&[
            "branch",
            "--list",
            "--format",
            "%(refname:short)",
            "perch/*",
        ]);
        named.lines().map(str::to_owned).collect()
    }

    /// True if `cargo build` passes on `branch`.
    pub(crate) fn builds(&self, branch: &str, world: &World) -> bool {
        let elsewhere = world.folder().join("elsewhere");
        let place = elsewhere.display().to_string();
        self.git(&["worktree", "add", "--quiet", "--detach", &place, branch]);
        let built = world
            .program("cargo")
            .arg("build")
            .current_dir(&elsewhere)
            .output()
            .expect("cargo runs");
        self.git(&["worktree", "remove", "--force", &place]);
        built.status.success()
    }

    /// All that is the user's: `HEAD`, index, and every file outside `target`.
    pub(crate) fn state(&self) -> Vec<FileState> {
        let files = [
            ".git/HEAD",
            ".git/index",
            ".git/refs/heads/main",
            "Cargo.toml",
            "Cargo.lock",
            "complaint",
            "src/main.rs",
        ];
        files.map(|name| FileState::of(&self.folder, name)).into()
    }
}

/// A file byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileState {
    pub(crate) name: &'static str,
    /// A digest of what it holds.
    pub(crate) content: u64,
    changed: std::time::SystemTime,
}

impl FileState {
    fn of(folder: &Path, name: &'static str) -> Self {
        let path = folder.join(name);
        let mut digest = std::hash::DefaultHasher::new();
        std::fs::read(&path)
            .expect("the file is there")
            .hash(&mut digest);
        Self {
            name,
            content: digest.finish(),
            changed: std::fs::metadata(path)
                .and_then(|found| found.modified())
                .expect("the file is there"),
        }
    }
}
