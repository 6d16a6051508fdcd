//! A crate whose build the tests break.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::Session;

/// A crate that builds, in a repository of its own.
pub(crate) struct Greeter {
    pub(crate) folder: PathBuf,
}

impl Greeter {
    pub(crate) fn new(within: &Path) -> Self {
        let folder = within.join("greeter");
        std::fs::create_dir_all(folder.join("src")).expect("an empty folder can be filled");
        let greeter = Self { folder };
        greeter.write(
            "Cargo.toml",
            "[package]\nname = \"greeter\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        );
        greeter.write(
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"greeter\"\nversion = \"0.1.0\"\n",
        );
        greeter.write(".gitignore", "/target\n");
        greeter.write("src/main.rs", SOUND);
        greeter.git(&["init", "--quiet", "--initial-branch", "main"]);
        greeter.git(&["config", "user.name", "Ada"]);
        greeter.git(&["config", "user.email", "ada@example.com"]);
        greeter.git(&["add", "."]);
        greeter.git(&["commit", "--quiet", "--message", "Greet the world"]);
        greeter
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.join(file), text).expect("a file of the test's own is written");
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
    fn build(&self, session: &Session) -> Output {
        session
            .command(&["exec", "--", "cargo", "build"])
            .current_dir(&self.folder)
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .expect("perch runs")
    }

    /// A build that passes, a commit that breaks it, a build that fails as cargo itself does.
    pub(crate) fn fail(&self, session: &Session) {
        let passed = self.build(session);
        assert_eq!(passed.status.code(), Some(0), "{}", said(&passed));
        self.write("src/main.rs", &SOUND.replace("let name", "let mut name"));
        self.git(&[
            "commit",
            "--quiet",
            "--all",
            "--message",
            "Make room for a name",
        ]);
        let failed = self.build(session);
        assert_eq!(failed.status.code(), Some(101), "cargo's own code");
        assert!(
            said(&failed).contains("variable does not need to be mutable"),
            "cargo's own words: {}",
            said(&failed)
        );
    }

    pub(crate) fn fix_branches(&self) -> String {
        self.git(&[
            "branch",
            "--list",
            "--format",
            "%(refname:short)",
            "perch/*",
        ])
    }
}

/// Its source while it builds.
pub(crate) const SOUND: &str = "#![deny(unused_mut)]\n\nfn main() {\n    let name = \"world\";\n    println!(\"hello {name}\");\n}\n";

/// What a command said beside its output.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
