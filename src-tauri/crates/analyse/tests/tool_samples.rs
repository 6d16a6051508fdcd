//! What the tools' own samples hold is read in full: each finding once, at its place.
//!
//! The samples are part of the labelled data in the folder `PERCH_DATA` names; without it there is nothing to read.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use perch_analyse::explain::{Options, Severity, explain};

/// Samples that are not read exactly.
const INEXACT: &[&str] = &[];

/// Logs of which fewer, more or other issues are read than the label counts, as found by running this test. Some hold
/// reports of several tools of which the label counts one; most have shapes that are not read yet.
const UNCOUNTED: &[&str] = &[
    "logs/AntJavac/gradle.java.log",
    "logs/AntJavac/issue21240.txt",
    "logs/AntJavac/issue4098.txt",
    "logs/AntJavac/issue5868.txt",
    "logs/AntJavac/issue63346.log",
    "logs/AntJavac/issue63346.txt",
    "logs/AntJavac/javadoc-in-java.log",
    "logs/AntJavac/taskname.txt",
    "logs/Black/black-report.txt",
    "logs/ClangTidy/ClangTidy.txt",
    "logs/ClangTidy/gcc-clang-tidy-mixed.txt",
    "logs/ClangTidy/issue56915.txt",
    "logs/ClangTidy/issue64614.txt",
    "logs/ErrorProne/javac.log",
    "logs/ErrorProne/maven-error-prone.log",
    "logs/Gcc/issue4010.txt",
    "logs/Gcc/issue4260.txt",
    "logs/Gcc/issue9926.txt",
    "logs/Javac/issue5868.txt",
    "logs/Javac/issue63346.log",
    "logs/Javac/issue63346.txt",
    "logs/Javac/issue66738.txt",
    "logs/Javac/javac-parallel-pipeline.txt",
    "logs/Javac/javac-timestamps.txt",
    "logs/Javac/javadoc-in-java.log",
    "logs/Javac/kotlin-1_8.txt",
    "logs/Javac/kotlin-cmake.txt",
    "logs/Javac/maven-ansi.txt",
    "logs/Javac/maven.3.9.1.log",
    "logs/LlvmLinker/mixed-output.log",
    "logs/MavenConsole/issue16826.txt",
    "logs/MavenConsole/maven-console.txt",
    "logs/MavenConsole/maven-enforcer.log",
    "logs/MavenConsole/maven-enforcer2.log",
    "logs/MavenConsole/maven-line-number.log",
    "logs/MavenConsole/maven-multimodule.log",
    "logs/MavenConsole/maven.3.9.1.log",
    "logs/MsBuild/MSBuildANSIColor.txt",
    "logs/MsBuild/issue1512.txt",
    "logs/MsBuild/issue20154.txt",
    "logs/MsBuild/issue26441.txt",
    "logs/MsBuild/issue3238.txt",
    "logs/MsBuild/issue3582.txt",
    "logs/MsBuild/issue38215.txt",
    "logs/MsBuild/issue4731.txt",
    "logs/MsBuild/issue4932.txt",
    "logs/MsBuild/issue51485.txt",
    "logs/MsBuild/issue56193.log",
    "logs/MsBuild/issue56450.txt",
    "logs/MsBuild/issue56613-extended.txt",
    "logs/MsBuild/issue56613.txt",
    "logs/MsBuild/issue57789.txt",
    "logs/MsBuild/issue63580.txt",
    "logs/MsBuild/issue67291.txt",
    "logs/MsBuild/issue68744.txt",
    "logs/MsBuild/issue9926.txt",
    "logs/MsBuild/msbuild.txt",
    "logs/ProtoLint/protolint.txt",
    "logs/RuboCop/rubocop.log",
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
        let listed = INEXACT.contains(&name.as_str());
        if (read == expected) == listed {
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

/// One log of the second set: how many issues it holds, and where those are that the label names.
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

/// Tools of the second set that `explain` reads; the others are compilers for embedded targets and formats of their own.
const READ: &[&str] = &[
    "AntJavac",
    "Black",
    "CMake",
    "ClangTidy",
    "Erlc",
    "ErrorProne",
    "Gcc",
    "GradleErrorProne",
    "Javac",
    "LlvmLinker",
    "MavenConsole",
    "MsBuild",
    "ProtoLint",
    "RuboCop",
];

#[test]
fn every_issue_of_a_compilers_log_is_counted_and_found() {
    let Some(folder) = data("analysis-model") else {
        return;
    };
    let labels =
        fs::read_to_string(folder.join("labels.jsonl")).expect("the data holds the labels");
    let mut wrong = String::new();
    for line in labels.lines() {
        let label: Label = serde_json::from_str(line).expect("a label");
        if !READ.contains(&label.tool.as_str()) {
            continue;
        }
        let log = fs::read(folder.join(&label.log)).expect("it is labelled");
        let passing: Vec<&[u8]> = Vec::new();
        let read: Vec<_> = explain(log.as_slice(), passing, Options::default())
            .expect("a slice does not fail")
            .diagnostics
            .into_iter()
            .filter(|one| !one.tool.is_empty() || one.path.is_some())
            .filter(|one| one.severity != Severity::Consequence)
            .collect();
        let missing = label.issues.iter().filter(|issue| {
            let file = issue.file.as_deref().unwrap_or("-");
            file != "-"
                && !read.iter().any(|one| {
                    let path = one.path.as_deref().unwrap_or_default().replace('\\', "/");
                    (path.ends_with(file) || file.ends_with(&path))
                        && issue
                            .line
                            .is_none_or(|line| line == 0 || one.line == Some(line))
                })
        });
        let missing = missing.count();
        let exact = read.len() == label.count && missing == 0;
        if exact == UNCOUNTED.contains(&label.log.as_str()) {
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
}
