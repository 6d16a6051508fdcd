//! What a file is for, by its path: code, test, documentation, lock file, something a tool wrote.

use perch_core::facts::FileChange;

use super::language::Language;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Code,
    Test,
    Docs,
    /// Names its dependencies: `Cargo.toml`, `package.json`.
    Manifest,
    /// Pins them.
    Lockfile,
    /// Written by a tool, from somewhere else, or recorded: not for reading line by line.
    Generated,
    /// A pipeline.
    Workflow,
    /// Changes a database.
    Migration,
    /// The rest: settings, data, styles.
    Other,
}

const LOCKFILES: &[&str] = &[
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "pdm.lock",
    "go.sum",
    "Gemfile.lock",
    "composer.lock",
    "mix.lock",
    "gradle.lockfile",
    "Package.resolved",
    "Podfile.lock",
    "flake.lock",
    "deno.lock",
    "packages.lock.json",
];

/// Manifests and the lock files that follow from them.
pub(crate) const LOCKED_BY: &[(&str, &[&str])] = &[
    ("Cargo.toml", &["Cargo.lock"]),
    (
        "package.json",
        &[
            "package-lock.json",
            "npm-shrinkwrap.json",
            "yarn.lock",
            "pnpm-lock.yaml",
            "bun.lock",
            "bun.lockb",
        ],
    ),
    ("pyproject.toml", &["poetry.lock", "uv.lock", "pdm.lock"]),
    ("Pipfile", &["Pipfile.lock"]),
    ("go.mod", &["go.sum"]),
    ("Gemfile", &["Gemfile.lock"]),
    ("composer.json", &["composer.lock"]),
    ("mix.exs", &["mix.lock"]),
];

const GENERATED_FOLDERS: &[&str] = &[
    "vendor",
    "node_modules",
    "third_party",
    "third-party",
    "dist",
    "__snapshots__",
    "snapshots",
    "generated",
    "gen",
    "__generated__",
    "testdata",
    "fixtures",
    "__fixtures__",
];

const TEST_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "testing",
];

/// The ending of the file at `path` in lower case, without its dot; empty if it has none.
pub(crate) fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.')
        .map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase())
}

/// The role of the file at `path`.
pub(crate) fn of(path: &str) -> Role {
    let lower = path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower_name = lower.rsplit('/').next().unwrap_or(&lower);
    let folders: Vec<&str> = lower
        .rsplit_once('/')
        .map_or(Vec::new(), |(folders, _)| folders.split('/').collect());
    let within = |list: &[&str]| folders.iter().any(|folder| list.contains(folder));
    if LOCKFILES.contains(&name) {
        return Role::Lockfile;
    }
    let generated_ending = [
        ".min.js",
        ".min.css",
        ".map",
        ".snap",
        ".pb.go",
        "_pb2.py",
        "_pb2_grpc.py",
        ".pb.cc",
        ".pb.h",
        ".g.dart",
        ".generated.ts",
        ".gen.go",
        ".gen.ts",
        "_generated.go",
        ".designer.cs",
        ".svg",
        ".golden",
    ];
    if within(GENERATED_FOLDERS)
        || generated_ending
            .iter()
            .any(|ending| lower.ends_with(ending))
    {
        return Role::Generated;
    }
    if LOCKED_BY.iter().any(|(manifest, _)| *manifest == name) {
        return Role::Manifest;
    }
    if lower.starts_with(".github/workflows/")
        || lower_name == ".gitlab-ci.yml"
        || lower == "bitbucket-pipelines.yml"
        || lower.starts_with(".circleci/")
        || lower_name == "jenkinsfile"
    {
        return Role::Workflow;
    }
    let documentation = [".md", ".mdx", ".rst", ".adoc", ".txt"];
    if documentation
        .iter()
        .any(|ending| lower_name.ends_with(ending))
        && lower_name != "requirements.txt"
        && lower_name != "cmakelists.txt"
    {
        return Role::Docs;
    }
    if within(&["migrations", "migrate"]) && (ending(path) == "sql" || Language::of(path).is_some())
    {
        return Role::Migration;
    }
    if Language::of(path).is_some() {
        return if is_test(lower_name, name) || within(TEST_FOLDERS) {
            Role::Test
        } else {
            Role::Code
        };
    }
    Role::Other
}

fn is_test(lower: &str, name: &str) -> bool {
    let stem = lower.rsplit_once('.').map_or(lower, |(stem, _)| stem);
    stem.ends_with("_test")
        || stem.ends_with("_spec")
        || matches!(ending(stem).as_str(), "test" | "spec" | "e2e")
        || stem.starts_with("test_")
        || stem == "tests"
        || stem == "conftest"
        || (matches!(ending(name).as_str(), "java" | "kt")
            && name.split('.').next().is_some_and(|class| {
                ["Test", "Tests", "IT"]
                    .iter()
                    .any(|end| class.ends_with(end))
            }))
}

/// True if a person reads this change line by line.
pub(crate) fn is_reviewed(change: &FileChange) -> bool {
    !change.opaque && !matches!(of(&change.path), Role::Lockfile | Role::Generated)
}

/// Changed lines, added and removed.
pub(crate) fn changed_lines(change: &FileChange) -> usize {
    change.added().count() + change.removed().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_what_a_file_is_for() {
        for (path, role) in [
            ("src/range.rs", Role::Code),
            ("src/range/tests.rs", Role::Test),
            ("tests/it/main.rs", Role::Test),
            ("pkg/parse_test.go", Role::Test),
            ("web/src/cart.test.tsx", Role::Test),
            ("web/src/__tests__/cart.ts", Role::Test),
            ("tests/test_cart.py", Role::Test),
            ("src/main/java/a/Cart.java", Role::Code),
            ("src/test/java/a/CartTest.java", Role::Test),
            ("spec/cart_spec.rb", Role::Test),
            ("web/package-lock.json", Role::Lockfile),
            ("Cargo.toml", Role::Manifest),
            ("vendor/a/b.go", Role::Generated),
            ("src/__snapshots__/a.snap", Role::Generated),
            ("api/user.pb.go", Role::Generated),
            (".github/workflows/ci.yml", Role::Workflow),
            ("db/migrations/0003_users.sql", Role::Migration),
            ("docs/guide.md", Role::Docs),
            ("requirements.txt", Role::Other),
            ("LICENSE", Role::Other),
            ("src/contest.rs", Role::Code),
        ] {
            assert_eq!(of(path), role, "{path}");
        }
    }
}
