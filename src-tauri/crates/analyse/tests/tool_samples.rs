//! What the tools' own samples hold is read in full: each finding once, at its place.
//!
//! The samples are part of the labelled data in the folder `PERCH_DATA` names; without it there is nothing to read.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use perch_analyse::explain::{Diagnostic, Options, Severity, explain};

/// Samples in which more is read than their list holds, and why that is right.
const MORE: &[(&str, &str)] = &[(
    "msbuild",
    "the list lacks a warning of a file below `Program Files (x86)`",
)];

/// Logs of which fewer, more or other issues are read than the label counts, and why that is right.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "logs/Gcc/issue4712.txt",
        "the label counts a note, which belongs to its warning",
    ),
    (
        "logs/Javac/javac-timestamps.txt",
        "five warnings that differ in a number only are said once",
    ),
    (
        "logs/Javac/javadoc-in-java.log",
        "the label leaves out a warning that it counts in maven.3.9.1.log",
    ),
    (
        "logs/MavenConsole/issue64284.log",
        "what Maven warns of for several goals alike is said once",
    ),
    (
        "logs/MavenConsole/maven-console.txt",
        "what Maven warns of twice is said once, and a compiler's error is not Maven's",
    ),
    (
        "logs/MavenConsole/maven-goals.log",
        "what Maven warns of for several goals alike is said once",
    ),
    (
        "logs/MavenConsole/maven-multimodule.log",
        "what Maven warns of for several modules alike is said once",
    ),
    (
        "logs/MsBuild/issue56613-extended.txt",
        "NMAKE passes a failure on, and other programs' words are not MSBuild's",
    ),
    (
        "logs/MsBuild/issue56613.txt",
        "NMAKE passes a failure on, and other programs' words are not MSBuild's",
    ),
];

/// A place as the samples write it: path, line, column.
type Place = (String, Option<u32>, Option<u32>);

/// The folder of one set of samples.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where the data is"
)]
fn data(set: &str) -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("PERCH_DATA")?).join(set))
}

fn places_read(log: &[u8]) -> BTreeSet<Place> {
    let passing: Vec<&[u8]> = Vec::new();
    explain(log, passing, Options::default())
        .expect("a slice does not fail")
        .diagnostics
        .into_iter()
        .filter(|one| one.severity != Severity::Consequence)
        .filter_map(|one| Some((one.path?, one.line, one.column)))
        .collect()
}

/// The places of a sample's `.ok` file: `path|line col column kind| message`.
fn places_expected(ok: &str) -> BTreeSet<Place> {
    ok.lines()
        .filter_map(|line| {
            let (path, rest) = line.split_once('|')?;
            let (place, _) = rest.split_once('|')?;
            let mut words = place.split_whitespace();
            let number = words.next().and_then(|word| word.parse().ok());
            let column = (words.next() == Some("col"))
                .then(|| words.next()?.parse().ok())
                .flatten();
            (!path.is_empty()).then(|| (path.to_owned(), number, column))
        })
        .collect()
}

#[test]
fn every_finding_of_a_tools_sample_is_read_at_its_place() {
    let Some(folder) = data("errorformat") else {
        return;
    };
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the data holds the samples")
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            Some(name.strip_suffix(".in")?.to_owned())
        })
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no samples in {}", folder.display());
    let mut wrong = String::new();
    for name in &names {
        let log = fs::read(folder.join(format!("{name}.in"))).expect("it was listed");
        let ok = fs::read_to_string(folder.join(format!("{name}.ok"))).expect("it has a twin");
        let (read, expected) = (places_read(&log), places_expected(&ok));
        let more = MORE.iter().any(|(sample, _)| sample == name);
        if read != expected && !(more && expected.is_subset(&read)) {
            let missing: Vec<_> = expected.difference(&read).take(3).collect();
            let extra: Vec<_> = read.difference(&expected).take(3).collect();
            let _ = writeln!(
                wrong,
                "{name}: {} of {} places; missing {missing:?}, extra {extra:?}",
                read.intersection(&expected).count(),
                expected.len()
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// One log of the second set: how many issues of one tool it holds, and where those are that the label names.
#[derive(serde::Deserialize)]
struct Label {
    log: String,
    tool: String,
    count: usize,
    issues: Vec<Issue>,
}

#[derive(serde::Deserialize)]
struct Issue {
    file: Option<String>,
    line: Option<u32>,
}

/// Tools of the second set that `explain` reads, with what it calls them; the others are compilers for embedded targets
/// and formats of their own. Many logs hold reports of several tools, of which a label counts one.
const READ: &[(&str, &[&str])] = &[
    ("AntJavac", &["javac"]),
    ("Black", &["black"]),
    ("CMake", &["cmake"]),
    ("ClangTidy", &["clang-tidy"]),
    ("Erlc", &["", "compiler"]),
    ("ErrorProne", &["errorprone"]),
    ("Gcc", &["cc", "ld", "compiler"]),
    ("GradleErrorProne", &["javac"]),
    ("Javac", &["javac", "kotlinc"]),
    ("LlvmLinker", &["ld"]),
    ("MavenConsole", &["maven"]),
    ("MsBuild", &["msbuild", "csc", "cl", "link", "delphi"]),
    ("ProtoLint", &[""]),
    ("RuboCop", &[""]),
];

/// A path to be compared: as Windows reads it, and as seen from wherever the tool ran.
fn comparable(path: &str) -> String {
    let path = path.replace('\\', "/").to_lowercase();
    path.trim_start_matches("../").to_owned()
}

#[test]
fn every_issue_of_a_compilers_log_is_counted_and_found() {
    let Some(folder) = data("analysis-model") else {
        return;
    };
    let labels =
        fs::read_to_string(folder.join("labels.jsonl")).expect("the data holds the labels");
    let (mut wrong, mut exact) = (String::new(), 0);
    for line in labels.lines() {
        let label: Label = serde_json::from_str(line).expect("a label");
        let Some((_, tools)) = READ.iter().find(|(tool, _)| *tool == label.tool) else {
            continue;
        };
        let log = fs::read(folder.join(&label.log)).expect("it is labelled");
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = text.lines().collect();
        let at = |one: &Diagnostic| {
            let first = usize::try_from(one.start_line).expect("a small log") - 1;
            lines[first..usize::try_from(one.end_line).expect("a small log")].join("\n")
        };
        let passing: Vec<&[u8]> = Vec::new();
        let read: Vec<_> = explain(log.as_slice(), passing, Options::default())
            .expect("a slice does not fail")
            .diagnostics
            .into_iter()
            .filter(|one| one.severity != Severity::Consequence)
            .filter(|one| tools.contains(&one.tool) && (!one.tool.is_empty() || one.path.is_some()))
            // Two labels part javac under Ant, which writes its own places, from javac under Maven.
            .filter(|one| match label.tool.as_str() {
                "AntJavac" => !at(one).contains(":["),
                "Javac" => one.tool == "kotlinc" || at(one).contains(":["),
                _ => true,
            })
            .collect();
        let found = |issue: &&Issue| {
            let file = issue.file.as_deref().unwrap_or("-");
            let line = issue.line.filter(|line| *line != 0);
            file == "-"
                || read.iter().any(|one| {
                    let path = one.path.as_deref().map_or_else(String::new, comparable);
                    let wanted = comparable(file);
                    // A library or a program is no place: the message names it.
                    let named = path.is_empty() && at(one).contains(file.trim_start_matches('/'));
                    let there =
                        !path.is_empty() && (path.ends_with(&wanted) || wanted.ends_with(&path));
                    (there || named) && line.is_none_or(|line| one.line == Some(line))
                })
        };
        let missing = label.issues.iter().filter(|issue| !found(issue)).count();
        let as_labelled = read.len() == label.count && missing == 0;
        exact += usize::from(as_labelled);
        if as_labelled == OTHERWISE.iter().any(|(log, _)| *log == label.log) {
            let _ = writeln!(
                wrong,
                "{}: read {} of {}, {missing} places missing",
                label.log,
                read.len(),
                label.count
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(exact, 99, "the figure in docs/quality.md");
}

#[test]
fn what_tools_print_about_small_projects_is_read_in_full() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/captured");
    let mut logs: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the logs are part of the repository")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
        .collect();
    logs.sort();
    let mut read = String::new();
    for log in logs {
        let passing: Vec<&[u8]> = Vec::new();
        let text = fs::read(&log).expect("it was listed");
        let mut found = explain(text.as_slice(), passing, Options::default())
            .expect("a slice does not fail")
            .diagnostics;
        found.retain(|one| one.severity != Severity::Consequence && !one.rule.starts_with("log/"));
        found.sort_by_key(|one| one.start_line);
        let name = log.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(read, "{name}");
        for one in found {
            let place: Vec<String> = one
                .path
                .into_iter()
                .chain(one.line.map(|line| line.to_string()))
                .chain(one.column.map(|column| column.to_string()))
                .collect();
            let tool = if one.tool.is_empty() { "-" } else { one.tool };
            let said: String = one.message.chars().take(80).collect();
            let _ = writeln!(read, "  {tool} {} {} {said}", one.rule, place.join(":"));
        }
    }
    insta::assert_snapshot!(read);
}
