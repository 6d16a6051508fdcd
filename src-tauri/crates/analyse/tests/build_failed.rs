//! Real builds that fail, and whether the patch that is proposed makes them pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use perch_analyse::analyser::{Analyser, Look};
use perch_analyse::analysers;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Log, Want};
use perch_core::finding::{Finding, Remedy};
use perch_core::subject::Subject;
use tempfile::TempDir;

/// A crate in a folder of its own.
struct Crate(TempDir);

impl Crate {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let made = Self(folder);
        made.write(
            "Cargo.toml",
            "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n",
        );
        for (path, text) in files {
            made.write(path, text);
        }
        made
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("inside the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root().join(path)).ok()
    }

    /// Runs cargo; its exit and everything it printed.
    fn cargo(&self, words: &[&str]) -> (bool, Vec<u8>) {
        let output = Command::new(env!("CARGO"))
            .args(words)
            .current_dir(self.root())
            .env("CARGO_TARGET_DIR", self.root().join("target"))
            .env_remove("RUSTFLAGS")
            .env_remove("RUST_BACKTRACE")
            .output()
            .expect("cargo runs");
        let mut log = output.stdout;
        log.extend_from_slice(&output.stderr);
        (output.status.success(), log)
    }

    /// Asks the analyser for what it wants, gives it, and takes its conclusion.
    fn conclude(&self, log: &[u8], folder_prefix: &str) -> Finding {
        let analyser = build_failed();
        let event = event(self.root(), folder_prefix);
        let mut facts = Facts::default();
        loop {
            let wants: Vec<Want> = analyser
                .wants(&event, &facts)
                .into_iter()
                .filter(|want| !facts.answered.contains(want))
                .collect();
            if wants.is_empty() {
                break;
            }
            for want in wants {
                match &want {
                    Want::FailingLog => {
                        facts.failing_log = Some(Log {
                            name: "cargo".into(),
                            bytes: log.to_vec(),
                            first_line: 1,
                            url: None,
                        });
                    }
                    Want::Tree => facts.tree = self.tree(),
                    Want::File(path) => {
                        if let Some(text) = self.read(path) {
                            facts.files.insert(path.clone(), text);
                        }
                    }
                    _ => {}
                }
                facts.answered.insert(want);
            }
        }
        match analyser.look(&event, &facts) {
            Look::Found(finding) => *finding,
            Look::Nothing(reason) => panic!("nothing found: {reason}"),
        }
    }

    fn tree(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.root().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.ends_with("target") {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let inside = path.strip_prefix(self.root()).expect("inside");
                    files.push(inside.to_string_lossy().into_owned());
                }
            }
        }
        files.sort();
        files
    }

    /// Writes what the first patch of `finding` makes of the files.
    fn apply(&self, finding: &Finding) -> BTreeMap<String, String> {
        let patch = finding
            .fixes
            .iter()
            .find_map(|fix| match &fix.remedy {
                Remedy::Patch { patch } => Some(patch),
                Remedy::Command { .. } => None,
            })
            .unwrap_or_else(|| panic!("no patch among {:#?}", finding.fixes));
        let patched = patch.resolve(|path| self.read(path)).expect("it applies");
        patched
            .into_iter()
            .map(|file| {
                self.write(&file.path, &file.after);
                (file.path, file.after)
            })
            .collect()
    }
}

fn build_failed() -> &'static dyn Analyser {
    *analysers::ALL
        .iter()
        .find(|analyser| analyser.id() == "build_failed")
        .expect("it is in the registry")
}

fn event(root: &Path, folder_prefix: &str) -> Event {
    Event {
        event_type: EventType::BUILD_FAILED,
        dedup_key: "local/demo/run/1/failed".into(),
        subject: Subject {
            repository: "demo".into(),
            repository_key: root.to_string_lossy().into_owned(),
            key: "exec/1".into(),
            branch: Some("main".into()),
            on_default_branch: true,
            ..Subject::default()
        },
        at: jiff::Timestamp::UNIX_EPOCH,
        actor: None,
        involves: Vec::new(),
        data: serde_json::json!({"build": {
            "job": "cargo build", "command": ["cargo", "build"], "exit_code": 101,
            "folder_prefix": folder_prefix, "local": true,
        }}),
    }
}

const ONE: &str =
    "#![deny(unused_mut)]\nfn main() {\n    let mut x = 5;\n    println!(\"{x}\");\n}\n";

#[test]
fn the_patch_for_an_unused_mut_makes_the_crate_build() {
    for colour in ["never", "always"] {
        let demo = Crate::new(&[("src/main.rs", ONE)]);
        let (passed, log) = demo.cargo(&["build", "--offline", "--color", colour]);
        assert!(!passed);
        let finding = demo.conclude(&log, "");
        assert_eq!(finding.title, "unused `mut` denied in src/main.rs");
        assert_eq!(finding.rule, "rust/unused_mut");
        assert_eq!(finding.category.as_deref(), Some("lint"));
        assert_eq!(
            finding.why,
            "`cargo build` failed with exit code 101 on `main`."
        );
        assert_eq!(finding.fixes[0].title, "Remove the unused `mut`");
        demo.apply(&finding);
        assert_eq!(demo.read("src/main.rs"), Some(ONE.replace("mut x", "x")));
        assert!(demo.cargo(&["build", "--offline"]).0);
    }
}

#[test]
fn several_spans_on_a_line_and_several_files_are_one_patch() {
    let demo = Crate::new(&[
        (
            "src/main.rs",
            "#![deny(unused_mut, unused_parens)]\nmod other;\nfn main() {\n    let (mut a, mut b) = (1, 2);\n    \
             if (a == 1) { println!(\"{a}{b}\"); }\n    other::run();\n}\n",
        ),
        (
            "src/other.rs",
            "pub fn run() {\n\tlet mut tabbed = 1;\n\tprintln!(\"{tabbed}\");\n}\n",
        ),
    ]);
    let (passed, log) = demo.cargo(&["build", "--offline"]);
    assert!(!passed);
    let finding = demo.conclude(&log, "");
    assert_eq!(demo.apply(&finding).len(), 2);
    let (passed, log) = demo.cargo(&["build", "--offline"]);
    assert!(passed, "{}", String::from_utf8_lossy(&log));
    assert_eq!(
        demo.read("src/other.rs").as_deref(),
        Some("pub fn run() {\n\tlet tabbed = 1;\n\tprintln!(\"{tabbed}\");\n}\n")
    );
}

#[test]
fn unused_imports_are_taken_out_of_their_lists() {
    let demo = Crate::new(&[(
        "src/main.rs",
        "#![deny(unused_imports)]\nuse std::collections::{BTreeMap, HashMap, HashSet};\nuse std::fs::File;\nuse std::io::{Read, Write};\n\n\
         fn main() {\n    let _: HashMap<u8, HashSet<u8>> = HashMap::new();\n    let _ = std::io::stdin().read(&mut []);\n}\n",
    )]);
    let (passed, log) = demo.cargo(&["build", "--offline"]);
    assert!(!passed);
    let finding = demo.conclude(&log, "");
    demo.apply(&finding);
    assert!(demo.cargo(&["build", "--offline"]).0);
    let text = demo.read("src/main.rs").unwrap_or_default();
    let head: Vec<&str> = text.lines().take(4).collect();
    assert_eq!(
        head,
        [
            "#![deny(unused_imports)]",
            "use std::collections::{HashMap, HashSet};",
            "use std::io::Read;",
            ""
        ]
    );
}

#[test]
fn what_clippy_denies_is_mended_by_what_clippy_proposes() {
    let demo = Crate::new(&[(
        "src/main.rs",
        "fn empty(v: &[i32]) -> bool {\n    return v.len() == 0;\n}\nfn main() {\n    let mut v = vec![1];\n    \
         println!(\"{}\", empty(&v));\n}\n",
    )]);
    let (passed, log) = demo.cargo(&["clippy", "--offline", "--", "-D", "warnings"]);
    assert!(!passed);
    let finding = demo.conclude(&log, "");
    demo.apply(&finding);
    let (passed, log) = demo.cargo(&["clippy", "--offline", "--", "-D", "warnings"]);
    assert!(passed, "{}", String::from_utf8_lossy(&log));
}

#[test]
fn the_difference_rustfmt_prints_is_the_patch() {
    let demo = Crate::new(&[
        (
            "src/main.rs",
            "mod other;\nfn main() { let  x = 5;\n    println!(\"{}\",x);   \n}\n\n\n\nfn f(){}\n",
        ),
        ("src/other.rs", "pub fn a( ) {}"),
    ]);
    let (passed, log) = demo.cargo(&["fmt", "--check"]);
    assert!(!passed);
    let finding = demo.conclude(&log, "");
    assert_eq!(finding.rule, "format/rustfmt");
    demo.apply(&finding);
    let (passed, log) = demo.cargo(&["fmt", "--check"]);
    assert!(passed, "{}", String::from_utf8_lossy(&log));
}

#[test]
fn a_guess_of_the_compiler_is_offered_as_a_guess() {
    let demo = Crate::new(&[(
        "src/main.rs",
        "fn main() {\n    let value = 1;\n    println!(\"{}\", valeu);\n    let _ = value;\n}\n",
    )]);
    let (_, log) = demo.cargo(&["build", "--offline"]);
    let finding = demo.conclude(&log, "");
    assert_eq!(finding.rule, "rust/E0425");
    assert!(finding.fixes[0].confidence < 0.6);
    demo.apply(&finding);
    assert!(demo.cargo(&["build", "--offline"]).0);
}

#[test]
fn a_file_that_changed_since_is_not_patched_and_the_reason_is_said() {
    let demo = Crate::new(&[("src/main.rs", ONE)]);
    let (_, log) = demo.cargo(&["build", "--offline"]);
    demo.write("src/main.rs", &ONE.replace("let mut x", "let mut y"));
    let finding = demo.conclude(&log, "");
    assert!(finding.fixes.is_empty());
    let reason = "rustc prints a change, which is not offered: `src/main.rs` does not read as the log shows it at line 3";
    assert!(
        finding.points.iter().any(|point| point.text == reason),
        "{:#?}",
        finding.points
    );
}

#[test]
fn a_build_in_a_folder_of_the_repository_patches_that_folder() {
    let demo = Crate::new(&[("src/main.rs", "fn main() {}\n"), ("tool/src/main.rs", ONE)]);
    demo.write(
        "tool/Cargo.toml",
        "[package]\nname = \"tool\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n",
    );
    let (passed, log) = demo.cargo(&["build", "--offline", "--manifest-path", "tool/Cargo.toml"]);
    assert!(!passed);
    let finding = demo.conclude(&log, "tool/");
    assert_eq!(
        demo.apply(&finding).keys().collect::<Vec<_>>(),
        ["tool/src/main.rs"]
    );
}
