//! How long reading takes grows with what is read, and no faster: pieces repeated until a reader that goes back over what
//! it has seen stands out.

use std::hint::black_box;
use std::time::Duration;

use perch_core::event_type::EventType;
use serde_json::json;

use super::{explained, large_diff, looked};
use crate::analysers;
use crate::explain::{Options, explain};
use crate::history::History;
use crate::markdown::plain;

/// What this thread has computed so far: other programs' work counts in no machine's clock but this one.
fn computed() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = told.split_whitespace().next();
    Duration::from_nanos(first.and_then(|word| word.parse().ok()).unwrap_or_default())
}

/// The shorter of two times `work` computes for.
fn time(mut work: impl FnMut()) -> Duration {
    let times = (0..2).map(|_| {
        let began = computed();
        work();
        computed().saturating_sub(began)
    });
    times.min().unwrap_or_default()
}

/// How much longer four times the input may take. Work that grows with its size takes four times as long, quadratic work
/// sixteen times.
const PER_FOURFOLD: f64 = 10.0;

/// Shorter times than this say nothing.
const LEAST: Duration = Duration::from_millis(15);

/// How often what took long is tried again: a machine that is busy makes anything take long once.
const TRIES: usize = 4;

/// What is amiss where four times the input takes much more than four times as long, however often it is tried.
fn fault(what: &str, mut work: impl FnMut(usize), size: usize) -> Option<String> {
    let mut told = None;
    for _ in 0..TRIES {
        let [once, four] = [1, 4].map(|times| time(|| work(times * size)));
        if four <= once.max(LEAST).mul_f64(PER_FOURFOLD) {
            return None;
        }
        told = Some(format!("{what}: {once:?}, four times as much {four:?}"));
    }
    told
}

/// Fails with all of `faults`.
fn none(faults: impl Iterator<Item = Option<String>>) {
    let faults: Vec<String> = faults.flatten().collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Lines, or pieces of one line, that readers of logs may go through again and again. What redaction reads is tested
/// beside it.
const LOGS: &[&str] = &[
    "error: error: error: error\n",
    "(((((((((((",
    "a.c:1:1: note: x\n",
    "In file included from a.h:1:\n",
    "a.c:1:1: error: x\n    1 | x\n",
    "    at a.b.C.d(C.java:1)\n",
    "Caused by: java.lang.Exception: x\n",
    "Exception in thread \"main\" a.B: x\n\tat a.b(C.java:1)\n",
    "/a.js:1\n",
    "Traceback (most recent call last):\n",
    "  File \"a.py\", line 1, in x\n",
    "[WARNING]\n",
    "[WARNING] /a.java:[1,2] x\n",
    "[ERROR] x\n",
    "1) x\n",
    "  1) x\n     expected\n",
    "___ x ___\n",
    "E   assert x\n",
    " --> a.py:1:1\n",
    "F401 x\n --> a.py:1:1\n",
    "│ Error: x\n",
    "Error: x\n\n  on a.tf line 1\n",
    "Problem 1\n  - x\n",
    "Your requirements could not be resolved\n",
    "x : error : ",
    "a (1): warning X : ",
    "[a] [b] 1>",
    "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n",
    "@@ -1 +1 @@\n",
    "+",
    "not ok 1 - x\n  ---\n",
    "--- FAIL: x (0s)\n",
    "panic: x\ngoroutine 1 [running]:\n",
    "thread 'main' panicked at a.rs:1:1:\n",
    "error[E0001]: x\n --> a.rs:1:1\n",
    "  | \n",
    "npm error x\n",
    "● x › y\n",
    "FAIL a.test.js\n",
    "a.js\n  1:1  error  x  y\n",
    "  1:1  error  x  y\n",
    "::error file=a,line=1::x\n",
    "##[group]x\n",
    "section_start:1:x\r\x1b[0K",
    "travis_fold:start:x\r",
    "FAILED: x\n",
    "make: *** [x] Error 1\n",
    "CMake Error at a:1 (x):\n",
    "ERROR: AddressSanitizer: x\n",
    "#0 0x1 in a b.c:1\n",
    "would reformat a.py\n",
    "[warn] a.js\n",
    "* What went wrong:\n",
    "fatal: \n",
    "\x1b[",
    "\x1b]",
    "\x1b",
    "\x08",
    "a\x08",
    "\r",
    "\t",
    " ",
    "=",
    "0",
    "\"",
    "-----BEGIN PRIVATE KEY-----\n",
    "\u{fffd}",
];

/// So many bytes of `piece`.
fn repeated(piece: &str, size: usize) -> String {
    piece.repeat(size / piece.len())
}

#[test]
fn no_log_takes_more_than_time_that_grows_with_it() {
    none(LOGS.iter().map(|piece| {
        let work = |size: usize| {
            black_box(explained(repeated(piece, size).as_bytes()));
        };
        fault(&format!("{piece:?}"), work, 64 << 10)
    }));
}

/// Far below what a log takes, and far above what a reader may that looks ahead from every line.
const BYTES_A_SECOND: f64 = 50_000.0;

#[test]
fn no_reader_looks_so_far_ahead_from_every_line_that_a_log_takes_minutes() {
    const SIZE: u32 = 192 << 10;
    none(LOGS.iter().map(|piece| {
        let log = piece.repeat(SIZE as usize / piece.len());
        let took = time(|| {
            black_box(explained(log.as_bytes()));
        });
        let most = Duration::from_secs_f64(f64::from(SIZE) / BYTES_A_SECOND);
        (took > most).then(|| format!("{piece:?}: {took:?}"))
    }));
}

#[test]
fn no_log_takes_more_than_that_beside_a_passing_one_and_after_a_mark_of_failure() {
    let passing: Vec<&[u8]> = vec![b"all is well\n"];
    none(LOGS.iter().map(|piece| {
        let work = |size: usize| {
            let mut log = repeated(piece, size);
            log.push_str("\n##[error]Process completed with exit code 1.\n");
            black_box(explain(log.as_bytes(), passing.clone(), Options::default()).is_ok());
        };
        fault(&format!("{piece:?}"), work, 48 << 10)
    }));
}

#[test]
fn a_large_diff_takes_no_more_than_time_that_grows_with_it() {
    let diffs = [400, 800, 1_600].map(large_diff);
    let work = |files: usize| {
        black_box(looked(&diffs[files / 400 / 2], &[]));
    };
    none([fault("files", work, 400)].into_iter());
}

/// Texts of files that readers may go through again and again, or not understand.
const TEXTS: &[&str] = &[
    "## [1.0.0]\n- x\n",
    "# ",
    "- ",
    "* x\n",
    "[",
    "[a](",
    "`",
    "**",
    "<!--",
    "> ",
    "{",
    "[[a]]\n",
    "a = [\n",
    "\"a\": {\n",
    "<a>",
    "- a: &a\n",
    "1.0.0 (2020-01-01)\n====\n",
    "\r\n",
    "\u{1f980}",
];

/// Files that analysers read, each in the place where it is looked for.
const FILES: &[&str] = &[
    "CHANGELOG.md",
    "CHANGES",
    "Cargo.toml",
    "package.json",
    "pyproject.toml",
    "go.mod",
    "pom.xml",
    "Gemfile",
    "requirements.txt",
    "Cargo.lock",
    ".github/CODEOWNERS",
    ".github/workflows/ci.yml",
    ".changeset/config.json",
];

#[test]
fn no_file_makes_an_analyser_fail_or_takes_more_than_time_that_grows_with_it() {
    let diff =
        "diff --git a/src/range.rs b/src/range.rs\n@@ -1,2 +1,3 @@\n fn a() {\n+    b();\n }\n";
    none(TEXTS.iter().map(|piece| {
        let work = |size: usize| {
            let text = repeated(piece, size);
            let files: Vec<(&str, &str)> = FILES.iter().map(|path| (*path, &*text)).collect();
            black_box(looked(diff, &files));
        };
        fault(&format!("{piece:?}"), work, 4 << 10)
    }));
}

/// What issues and comments may hold.
const TALK: &[&str] = &[
    "@a ",
    "#1 ",
    "fixed by #1 ",
    "blocked by ",
    "could you? ",
    "let's use it. ",
    "a.b",
    "a/",
    "`a.b` ",
    "`",
    "- [ ] x\n",
    "> x\n",
    "```\n",
    "File \"a.py\", line 1, in x\n",
    "    at a.b (c.js:1:1)\n",
    "ValueError: x of y and z\n",
    "0x1f 12 ",
    "![",
    "<!--",
    "https://a",
    "## We want:\n- a b\n",
];

#[test]
fn no_talk_takes_more_than_time_that_grows_with_it() {
    none(TALK.iter().map(|piece| {
        let work = |size: usize| {
            let text = repeated(piece, size);
            let history = History::issue("It crashes", &text).said("grace", 1, &text);
            for (id, event) in [
                ("issue_created", history.opened()),
                ("issue_comment", history.commented()),
                (
                    "stale",
                    history.event(EventType::ISSUE_STALE, "ada", &json!({})),
                ),
            ] {
                let analyser = analysers::ALL.iter().find(|one| one.id() == id);
                black_box(analyser.map(|one| one.look(&event, &history.facts())));
            }
        };
        fault(&format!("{piece:?}"), work, 16 << 10)
    }));
}

#[test]
fn no_document_takes_more_than_time_that_grows_with_it_as_plain_text() {
    none(TEXTS.iter().chain(TALK).map(|piece| {
        let work = |size: usize| {
            black_box(plain(&repeated(piece, size)));
        };
        fault(&format!("{piece:?}"), work, 32 << 10)
    }));
}
