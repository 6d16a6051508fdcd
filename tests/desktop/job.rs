//! What Perch is for, from end to end: a build fails, a toast offers the fix, a click makes it, the panel
//! shows it and takes it back.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use crate::session::{Session, session, wait_for};
use crate::toasts::Toast;

const SOON: Duration = Duration::from_secs(60);

/// A crate that builds, in a repository of its own.
struct Greeter {
    folder: PathBuf,
}

impl Greeter {
    fn new(within: &Path) -> Self {
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
    fn git(&self, arguments: &[&str]) -> String {
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

    fn fix_branches(&self) -> String {
        self.git(&[
            "branch",
            "--list",
            "--format",
            "%(refname:short)",
            "perch/*",
        ])
    }
}

const SOUND: &str = "#![deny(unused_mut)]\n\nfn main() {\n    let name = \"world\";\n    println!(\"hello {name}\");\n}\n";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_failed_build_is_mended_from_its_toast_and_the_panel_takes_it_back() {
    let Some(session) =
        session("a_failed_build_is_mended_from_its_toast_and_the_panel_takes_it_back")
    else {
        return;
    };
    let screen = &session.screen;
    screen.rest_pointer();
    let page = session.drive(&[]);
    let greeter = Greeter::new(session.home());
    let watched = session.perch(&["watch".as_ref(), greeter.folder.as_os_str()]);
    assert!(watched.status.success(), "{}", said(&watched));

    let passed = greeter.build(&session);
    assert_eq!(passed.status.code(), Some(0), "{}", said(&passed));
    let broken = SOUND.replace("let name", "let mut name");
    greeter.write("src/main.rs", &broken);
    greeter.git(&[
        "commit",
        "--quiet",
        "--all",
        "--message",
        "Make room for a name",
    ]);
    let failed = greeter.build(&session);
    assert_eq!(failed.status.code(), Some(101), "cargo's own code");
    assert!(
        said(&failed).contains("variable does not need to be mutable"),
        "cargo's own words: {}",
        said(&failed)
    );

    let toast = Toast::wait(screen);
    page.wait("main", "denied in src/main.rs");
    let buttons = wait_for("the toast's buttons", SOON, || {
        Some(toast.buttons(screen)).filter(|buttons| buttons.len() >= 2)
    });
    screen.save("job-toast");
    assert_eq!(
        greeter.fix_branches(),
        "",
        "nothing happens before the click"
    );
    // "Details" is the last one, before it stands what does the work.
    screen.click(buttons[buttons.len() - 2].centre(), 1);

    let branch = wait_for("the branch with the fix", SOON, || {
        Some(greeter.fix_branches()).filter(|branches| !branches.is_empty())
    });
    assert!(
        branch.starts_with("perch/") && !branch.contains('\n'),
        "one branch: {branch}"
    );
    assert_eq!(
        greeter.git(&["status", "--porcelain"]),
        "",
        "the working tree is the user's"
    );
    assert_eq!(greeter.git(&["branch", "--show-current"]), "main");
    assert_eq!(
        greeter.git(&["show", &format!("{branch}:src/main.rs")]),
        SOUND.trim()
    );
    let elsewhere = session.home().join("fixed");
    greeter.git(&[
        "worktree",
        "add",
        "--quiet",
        &elsewhere.display().to_string(),
        &branch,
    ]);
    let fixed = Command::new("cargo")
        .arg("build")
        .current_dir(&elsewhere)
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .expect("cargo runs");
    assert!(
        fixed.status.success(),
        "the branch builds: {}",
        said(&fixed)
    );
    greeter.git(&[
        "worktree",
        "remove",
        "--force",
        &elsewhere.display().to_string(),
    ]);

    page.click(&page.wait("button, a", "History"));
    page.click(&page.wait("main button, main a, main li", "denied in src/main.rs"));
    page.wait("main", &branch);
    screen.save("job-outcome");
    page.click(&page.wait("button", "Undo"));
    wait_for("the branch to be taken back", SOON, || {
        greeter.fix_branches().is_empty().then_some(())
    });
    page.wait("main", "Taken back");
    screen.save("job-undone");
}
