//! Histories of dependencies: which are worth a word, and near misses that are not.

use super::*;

#[test]
fn these_states_are_worth_a_word() {
    let lock = "[[package]]\nname = \"serde\"\nversion = \"1.0.100\"\n\n[[package]]\nname = \"toml\"\nversion = \"0.5.1\"\n";
    let both: &[(&str, &str)] = &[("Cargo.toml", CARGO), ("Cargo.lock", lock)];
    let advisory = Advisory {
        ecosystem: "cargo".into(),
        name: "toml".into(),
        id: "RUSTSEC-2026-0001".into(),
        fixed_in: Some("0.5.9".into()),
        summary: "a crafted document overflows the stack".into(),
        url: Some("https://advisories.example/1".into()),
    };
    let cases: [(&str, &[(&str, &str)], Survey, &str, &[&str]); 6] = [
        (
            "the lockfile lags behind what the manifest allows",
            both,
            Survey {
                packages: vec![package(
                    "cargo",
                    "serde",
                    &[("1.0.100", 900), ("1.0.210", 30)],
                )],
                min_age_days: 3,
                ..Survey::default()
            },
            "Update `serde` to 1.0.210",
            &[
                "`serde` 1.0.100 → 1.0.210, patch, 30 days old: the manifest allows it, `cargo update -p serde` takes it",
            ],
        ),
        (
            "below 1.0 a minor release may break, so it is a major update",
            both,
            Survey {
                packages: vec![package("cargo", "toml", &[("0.5.1", 900), ("0.8.2", 30)])],
                min_age_days: 3,
                ..Survey::default()
            },
            "Update `toml` to 0.8.2",
            &["`toml` 0.5.1 → 0.8.2, major, 30 days old"],
        ),
        (
            "an advisory comes first, takes the lowest version without the fault, and waits for no age",
            both,
            Survey {
                packages: vec![
                    package("cargo", "serde", &[("1.0.100", 900), ("1.0.210", 30)]),
                    package(
                        "cargo",
                        "toml",
                        &[("0.5.1", 900), ("0.5.9", 1), ("0.5.11", 0)],
                    ),
                ],
                advisories: vec![advisory],
                min_age_days: 3,
                ..Survey::default()
            },
            "Update `toml`: RUSTSEC-2026-0001",
            &[
                "`toml` 0.5.1 → 0.5.9, patch, 1 day old, mends RUSTSEC-2026-0001 (a crafted document overflows the \
                 stack): the manifest allows it, `cargo update -p toml` takes it",
                "`serde` 1.0.100 → 1.0.210, patch, 30 days old: the manifest allows it, `cargo update -p serde` takes it",
            ],
        ),
        (
            "the version in use was taken back",
            both,
            Survey {
                packages: vec![package(
                    "cargo",
                    "serde",
                    &[("!1.0.100", 900), ("1.0.101", 30)],
                )],
                min_age_days: 3,
                ..Survey::default()
            },
            "Update `serde`: 1.0.100 was withdrawn",
            &[
                "`serde` 1.0.100 → 1.0.101, patch, 30 days old, since 1.0.100 was withdrawn: the manifest allows it, \
               `cargo update -p serde` takes it",
            ],
        ),
        (
            "patch before minor before major, whatever the manifest's order",
            &[(
                "package.json",
                "{\"dependencies\": {\n\"a\": \"1.0.0\",\n\"b\": \"1.0.0\",\n\"c\": \"1.0.0\"}}\n",
            )],
            Survey {
                packages: vec![
                    package("npm", "a", &[("1.0.0", 900), ("2.0.0", 30)]),
                    package("npm", "b", &[("1.0.0", 900), ("1.1.0", 30)]),
                    package("npm", "c", &[("1.0.0", 900), ("1.0.1", 30)]),
                ],
                min_age_days: 3,
                ..Survey::default()
            },
            "Update 2 dependencies, and 1 major update",
            &[
                "`c` 1.0.0 → 1.0.1, patch, 30 days old",
                "`b` 1.0.0 → 1.1.0, minor, 30 days old",
                "`a` 1.0.0 → 2.0.0, major, 30 days old",
            ],
        ),
        (
            "a major update names the code that uses it",
            &[
                (
                    "go.mod",
                    "module demo\n\nrequire github.com/acme/cart v1.2.0\n",
                ),
                (
                    "main.go",
                    "package main\n\nimport \"github.com/acme/cart\"\n",
                ),
                ("doc.go", "// cart\npackage main\n"),
            ],
            Survey {
                packages: vec![package(
                    "go",
                    "github.com/acme/cart",
                    &[("v1.2.0", 900), ("v2.0.0+incompatible", 30)],
                )],
                min_age_days: 3,
                ..Survey::default()
            },
            "Update `github.com/acme/cart` to v2.0.0+incompatible",
            &[
                "`github.com/acme/cart` v1.2.0 → v2.0.0+incompatible, major, 30 days old; used in `main.go:3`",
            ],
        ),
    ];
    for (what, files, survey, title, points) in cases {
        let facts = facts(files);
        let finding = look("dependency_outdated", &told(&survey), &facts)
            .unwrap_or_else(|reason| panic!("{what}: {reason}"));
        assert_eq!(finding.title, title, "{what}");
        assert_eq!(plan(&finding, &facts).0, points, "{what}");
        assert_eq!(unfounded(&finding), Vec::<&str>::new(), "{what}");
    }
}

#[test]
fn these_near_misses_are_not() {
    let cargo: &[(&str, &str)] = &[("Cargo.toml", CARGO)];
    let exact: &[(&str, &str)] = &[("Cargo.toml", "[dependencies]\nserde = \"=1.0.100\"\n")];
    let cases: [(&str, &[(&str, &str)], Releases); 14] = [
        (
            "up to date",
            exact,
            package("cargo", "serde", &[("1.0.100", 30)]),
        ),
        (
            "the release is a day old",
            exact,
            package("cargo", "serde", &[("1.0.101", 1)]),
        ),
        (
            "nobody knows how old the release is",
            exact,
            Releases {
                releases: vec![Release {
                    released_at: None,
                    ..release("1.0.101", 0)
                }],
                ..package("cargo", "serde", &[])
            },
        ),
        (
            "the release was taken back",
            exact,
            package("cargo", "serde", &[("!1.0.101", 30)]),
        ),
        (
            "only a release candidate is newer",
            exact,
            package("cargo", "serde", &[("1.0.101-rc.1", 30)]),
        ),
        (
            "a library without a lockfile whose manifest allows it",
            cargo,
            package("cargo", "serde", &[("1.0.210", 30)]),
        ),
        (
            "a path, a git and a workspace dependency",
            &[(
                "Cargo.toml",
                "[dependencies]\nserde = { path = \"../serde\" }\ntoml = { git = \"https://x\" }\nrand.workspace = true\n",
            )],
            package("cargo", "serde", &[("2.0.0", 30)]),
        ),
        (
            "a range with two ends is somebody's decision",
            &[("requirements.txt", "django>=4.2,<5\n")],
            package("pip", "django", &[("5.1.0", 30)]),
        ),
        (
            "a hash pins the bytes and only the client can renew it",
            &[(
                "requirements.txt",
                "django==4.2.1 \\\n    --hash=sha256:aa\n",
            )],
            package("pip", "django", &[("5.1.0", 30)]),
        ),
        (
            "an action pinned to a commit",
            &[(
                ".github/workflows/ci.yml",
                "- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683\n",
            )],
            package("actions", "actions/checkout", &[("v5", 30)]),
        ),
        (
            "an action by its major follows by itself",
            &[(".github/workflows/ci.yml", "- uses: actions/checkout@v4\n")],
            package("actions", "actions/checkout", &[("v4", 30), ("v4.2.2", 30)]),
        ),
        (
            "an image of another flavour",
            &[("Dockerfile", "FROM node:22-alpine\n")],
            package("docker", "node", &[("24", 30), ("24-slim", 30)]),
        ),
        (
            "an indirect module is its importer's business",
            &[(
                "go.mod",
                "module m\n\nrequire example.com/in v1.0.0 // indirect\n",
            )],
            package("go", "example.com/in", &[("v1.1.0", 30)]),
        ),
        (
            "a manifest that does not parse",
            &[("package.json", "{\"dependencies\": {\"a\": \"1.0.0\"")],
            package("npm", "a", &[("2.0.0", 30)]),
        ),
    ];
    for (what, files, releases) in cases {
        if let Ok(finding) = look(
            "dependency_outdated",
            &surveyed(vec![releases]),
            &facts(files),
        ) {
            panic!("{what}: {} {:#?}", finding.title, finding.points);
        }
    }
}
