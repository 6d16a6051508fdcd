//! The house's rules that a compiler does not check: allowed crate edges, where Tauri may be named, what every
//! file opens with, and how long files may grow.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every crate of the workspace with the crates of the workspace it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("perch-analyse", &["perch-core"]),
    (
        "perch-api",
        &["perch-analyse", "perch-core", "perch-engine", "perch-store"],
    ),
    ("perch-core", &[]),
    (
        "perch-engine",
        &["perch-analyse", "perch-core", "perch-store"],
    ),
    ("perch-ingress", &["perch-core"]),
    ("perch-integrations", &["perch-core"]),
    ("perch-notify", &["perch-core"]),
    ("perch-store", &["perch-core"]),
    ("perch-testkit", &["perch-core"]),
    (
        "perch",
        &[
            "perch-analyse",
            "perch-api",
            "perch-core",
            "perch-engine",
            "perch-ingress",
            "perch-integrations",
            "perch-notify",
            "perch-store",
        ],
    ),
];

/// A file longer than this is two files. Tests are exempt: a table may be long.
const LONGEST: usize = 600;

type Edges = BTreeMap<String, BTreeSet<String>>;

/// The edges that are not in [`ALLOWED`], in words.
fn forbidden(edges: &Edges) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut faults = Vec::new();
    for (from, targets) in edges {
        let Some(permitted) = allowed.get(from.as_str()) else {
            faults.push(format!("{from} is not in the list of crates"));
            continue;
        };
        for to in targets
            .iter()
            .filter(|to| !permitted.contains(&to.as_str()))
        {
            faults.push(format!("{from} may not depend on {to}"));
        }
    }
    faults
}

/// The workspace's own edges beside those of tests, as Cargo sees them.
fn edges() -> Edges {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let names: BTreeSet<&str> = packages
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    packages
        .iter()
        .map(|package| {
            let own = package["dependencies"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
                .filter_map(|dependency| dependency["name"].as_str())
                .filter(|name| names.contains(name))
                .map(str::to_owned)
                .collect();
            (package["name"].as_str().unwrap_or_default().to_owned(), own)
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `folder`. Those of the projects that must not build are not the house's.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is readable") {
            let path = entry.expect("the entry is readable").path();
            if path.is_dir() {
                if !path.ends_with("tests/broken_builds") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

#[test]
fn crates_depend_on_each_other_only_as_allowed() {
    let edges = edges();
    assert_eq!(
        edges.len(),
        ALLOWED.len(),
        "a crate is missing from the list, or gone: {edges:?}"
    );
    assert_eq!(forbidden(&edges), Vec::<String>::new());
}

#[test]
fn a_forbidden_edge_is_noticed() {
    let edge =
        |from: &str, to: &str| Edges::from([(from.to_owned(), BTreeSet::from([to.to_owned()]))]);
    assert_eq!(
        forbidden(&edge("perch-engine", "perch-integrations")),
        ["perch-engine may not depend on perch-integrations"]
    );
    assert_eq!(
        forbidden(&edge("perch-ingress", "perch-store")),
        ["perch-ingress may not depend on perch-store"]
    );
    assert_eq!(
        forbidden(&edge("perch-new", "perch-core")),
        ["perch-new is not in the list of crates"]
    );
    assert_eq!(
        forbidden(&edge("perch-engine", "perch-store")),
        Vec::<String>::new()
    );
}

#[test]
fn tauri_is_named_only_in_the_desktop_module() {
    let shell = root().join("src-tauri/src");
    let desktop =
        |path: &Path| path == shell.join("desktop.rs") || path.starts_with(shell.join("desktop"));
    let named: Vec<String> = rust_files(&root().join("src-tauri"))
        .into_iter()
        .filter(|path| !desktop(path) && *path != root().join("src-tauri/build.rs"))
        .filter(|path| {
            let text = std::fs::read_to_string(path).expect("the file is readable");
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            code.into_iter()
                .any(|line| line.contains("tauri::") || line.contains("tauri_"))
        })
        .map(|path| shown(&path))
        .collect();
    assert_eq!(named, Vec::<String>::new());
}

#[test]
fn every_file_opens_with_its_one_job_and_stays_short() {
    let mut faults = Vec::new();
    for folder in ["src-tauri", "tests"] {
        for path in rust_files(&root().join(folder)) {
            let text = std::fs::read_to_string(&path).expect("the file is readable");
            if !text.starts_with("//!") {
                faults.push(format!("{} does not open with `//!`", shown(&path)));
            }
            let lines = text.lines().count();
            let is_test = folder == "tests" || shown(&path).contains("/tests");
            if lines > LONGEST && !is_test {
                faults.push(format!("{} has {lines} lines", shown(&path)));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_registries_are_in_alphabetical_order_and_their_ids_are_unique() {
    let providers: Vec<&str> = perch_integrations::providers::ALL
        .iter()
        .map(|one| one.id())
        .collect();
    let analysers: Vec<&str> = perch_analyse::analysers::ALL
        .iter()
        .map(|one| one.id())
        .collect();
    for ids in [providers, analysers] {
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    }
}
