//! Logs, diffs and files as nobody should write them: each is read or left alone with a reason. `growth` looks at how long
//! that takes.

mod growth;

use std::fmt::Write as _;
use std::hint::black_box;

use perch_core::event_type::EventType;
use serde_json::json;

use crate::analyser::{Analyser, Look};
use crate::analysers;
use crate::change::sample;
use crate::explain::{Explanation, Options, explain};

fn explained(log: &[u8]) -> Explanation {
    let passing: Vec<&[u8]> = Vec::new();
    explain(log, passing, Options::default()).expect("a slice does not fail")
}

fn event_of(analyser: &dyn Analyser) -> EventType {
    analyser.watches()[0]
}

/// What the analysers of diffs say of `diff`, beside the files given.
fn looked(diff: &str, files: &[(&str, &str)]) -> Vec<Look> {
    let facts = sample::facts(diff, &[], files);
    let of_diffs = ["pr_opened", "pr_merged", "push", "dependency_outdated"];
    analysers::ALL
        .iter()
        .filter(|analyser| of_diffs.contains(&analyser.id()))
        .map(|analyser| {
            let event = sample::pull_request(event_of(*analyser), &json!({}));
            black_box(analyser.wants(&event, &facts));
            analyser.look(&event, &facts)
        })
        .collect()
}

#[test]
fn a_cause_is_found_in_every_encoding() {
    let log = "compiling\nmain.c:3:5: error: größer als erwartet\nmake: *** [main.o] Error 1\n";
    let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let text = format!("\u{feff}{log}");
        text.encode_utf16().flat_map(order).collect()
    };
    let latin1: Vec<u8> = log
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).expect("a letter of Latin-1"))
        .collect();
    for (what, bytes) in [
        ("UTF-8", log.as_bytes().to_vec()),
        ("UTF-8 with a mark", format!("\u{feff}{log}").into_bytes()),
        ("UTF-16, little end first", utf16(u16::to_le_bytes)),
        ("UTF-16, big end first", utf16(u16::to_be_bytes)),
        ("Latin-1", latin1),
        ("CRLF", log.replace('\n', "\r\n").into_bytes()),
    ] {
        let explanation = explained(&bytes);
        let best = explanation.blocks.first().expect("a block");
        assert_eq!((best.start_line, explanation.lines), (2, 3), "{what}");
        assert_eq!(explanation.diagnostics[0].line, Some(3), "{what}");
    }
}

#[test]
fn hostile_escapes_reach_nobody_and_hide_nothing() {
    let hidden = b"\x1b]0;\x1b[2J\x07\x1b[8mmain.c:3:5: error: no such thing\x1b[0m\n\x1bP1;1|data\x1b\\ok\n\x9b31mraw\n\x1b[999999999999999999999999C\n\x08\x08\x08back\n\x1b]52;c;aGk=\x07\n";
    let explanation = explained(hidden);
    let shown = explanation.blocks[0].lines.concat();
    assert!(
        shown.contains("main.c:3:5: error: no such thing"),
        "{shown:?}"
    );
    for block in &explanation.blocks {
        assert!(!block.lines.concat().contains(['\x1b', '\x07', '\x08']));
    }
}

/// A diff of so many files, each changed in a way of its own.
fn large_diff(files: usize) -> String {
    let mut diff = String::new();
    for number in 0..files {
        let folder = number % 97;
        let path = format!("src/part{folder}/file{number}");
        let _ = match number % 8 {
            0 => write!(
                diff,
                "diff --git a/{path}.rs b/{path}.rs\n@@ -1 +1,2 @@ fn a() {{\n-pub fn old{number}() {{}}\n+pub fn new{number}() {{}}\n+    a{number}();\n"
            ),
            1 => write!(
                diff,
                "diff --git a/{path}.ts b/{path}-moved.ts\nsimilarity index 100%\nrename from {path}.ts\nrename to {path}-moved.ts\n"
            ),
            2 => write!(
                diff,
                "diff --git a/{path} b/{path}\nindex 1111111..2222222 160000\n@@ -1 +1 @@\n-Subproject commit {number:040x}\n+Subproject commit {folder:040x}\n"
            ),
            3 => write!(
                diff,
                "diff --git a/{path}.sh b/{path}.sh\nold mode 100644\nnew mode 100755\n"
            ),
            4 => write!(
                diff,
                "diff --git a/{path} b/{path}\nnew file mode 120000\n@@ -0,0 +1 @@\n+../../etc/passwd\n\\ No newline at end of file\n"
            ),
            5 => write!(
                diff,
                "diff --git a/{path}.py b/{path}.py\n@@ -1,2 +1,2 @@\n-def a{number}():\r\n+def b{number}():\r\n \r\n"
            ),
            6 => write!(
                diff,
                "diff --git a/{path}.json b/{path}.json\n@@ -1 +1 @@\n-{{\"a\": {number}}}\n\\ No newline at end of file\n+{{\"a\": {folder}}}\n\\ No newline at end of file\n"
            ),
            _ => write!(
                diff,
                "diff --git a/{path}.png b/{path}.png\nBinary files differ\n"
            ),
        };
    }
    diff
}

#[test]
fn a_diff_of_ten_thousand_files_of_every_kind_is_read() {
    let looks = looked(&large_diff(10_000), &[]);
    assert!(looks.iter().any(|look| matches!(look, Look::Found(_))));
}

#[test]
fn a_change_of_mode_a_link_a_submodule_and_a_move_make_no_checklist_of_code() {
    let kinds = [
        "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n",
        "diff --git a/lib b/lib\nindex 1111111..2222222 160000\n@@ -1 +1 @@\n-Subproject commit 1111111111111111111111111111111111111111\n+Subproject commit 2222222222222222222222222222222222222222\n",
        "diff --git a/link b/link\nnew file mode 120000\n@@ -0,0 +1 @@\n+target\n\\ No newline at end of file\n",
        "diff --git a/a.rs b/b.rs\nsimilarity index 100%\nrename from a.rs\nrename to b.rs\n",
    ];
    for kind in kinds {
        for look in looked(kind, &[]) {
            if let Look::Found(finding) = look {
                let said = format!("{finding:?}");
                assert!(
                    !said.contains("Subproject") && !said.contains("untested"),
                    "{said}"
                );
            }
        }
    }
}
