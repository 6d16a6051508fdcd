//! When outdated dependencies are worth a word, what the plan is, and when there is none.

mod histories;

use jiff::SignedDuration;
use perch_core::dependency::{Advisory, Release, Releases, Survey};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::Facts;
use perch_core::finding::{Finding, Remedy};
use serde_json::json;

use crate::support::{event, look, noon, unfounded};

/// A release this many days old.
fn release(version: &str, days: i64) -> Release {
    Release {
        version: version.into(),
        released_at: Some(noon() - SignedDuration::from_hours(24 * days)),
        withdrawn: false,
    }
}

/// `name` of `ecosystem` with these releases: version and age in days, `!` before a version that was withdrawn.
fn package(ecosystem: &str, name: &str, releases: &[(&str, i64)]) -> Releases {
    Releases {
        ecosystem: ecosystem.into(),
        name: name.into(),
        releases: releases
            .iter()
            .map(|(version, days)| Release {
                withdrawn: version.starts_with('!'),
                ..release(version.trim_start_matches('!'), *days)
            })
            .collect(),
    }
}

fn facts(files: &[(&str, &str)]) -> Facts {
    let mut facts = Facts::default();
    for (path, text) in files {
        facts.tree.push((*path).to_owned());
        facts.files.insert((*path).to_owned(), (*text).to_owned());
    }
    facts.tree.sort();
    facts
}

fn surveyed(packages: Vec<Releases>) -> Event {
    told(&Survey {
        packages,
        min_age_days: 3,
        ..Survey::default()
    })
}

fn told(survey: &Survey) -> Event {
    event(
        EventType::DEPENDENCY_OUTDATED,
        json!({ "dependencies": survey }),
    )
}

/// The statements in their order and, of the first patch, the changed lines.
fn plan(finding: &Finding, facts: &Facts) -> (Vec<String>, Vec<String>) {
    let points = finding
        .points
        .iter()
        .map(|point| point.text.clone())
        .collect();
    let mut changed = Vec::new();
    if let Some(Remedy::Patch { patch }) = finding.fixes.first().map(|fix| &fix.remedy) {
        let files = patch
            .resolve(|path| facts.files.get(path).cloned())
            .expect("it applies");
        for file in files {
            let before = file.before.unwrap_or_default();
            changed.extend(
                file.after
                    .lines()
                    .zip(before.lines())
                    .filter(|(after, before)| after != before)
                    .map(|(after, _)| format!("{}: {}", file.path, after.trim())),
            );
        }
    }
    (points, changed)
}

const CARGO: &str = "[package]\nname = \"demo\"\n\n[dependencies]\n# Keep serde small.\nserde = { version = \"1.0.100\", features = [\"derive\"] }   # as is\ntoml = \"0.5\"\n";

/// Every ecosystem with a manifest, what was released, and the changed lines of the patch.
#[test]
fn each_ecosystem_is_read_ordered_and_patched_without_touching_the_rest() {
    let cases: [(&str, &[(&str, &str)], Releases, &str); 13] = [
        (
            "Cargo, pinned exactly",
            &[("Cargo.toml", "[dependencies]\nserde = \"=1.0.100\"\n")],
            package("cargo", "serde", &[("1.0.100", 900), ("1.0.200", 30)]),
            "Cargo.toml: serde = \"=1.0.200\"",
        ),
        (
            "npm",
            &[(
                "package.json",
                "{\n  \"dependencies\": {\n    \"left\": \"1.2.0\",\n    \"right\": \"^2.0.0\"\n  }\n}\n",
            )],
            package("npm", "left", &[("1.2.0", 900), ("1.3.1", 30)]),
            "package.json: \"left\": \"1.3.1\",",
        ),
        (
            "pnpm",
            &[
                (
                    "web/package.json",
                    "{\"devDependencies\": {\n\"@scope/left\": \"~1.2.0\"}}\n",
                ),
                ("web/pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
            ],
            package("pnpm", "@scope/left", &[("1.2.0", 900), ("1.3.1", 30)]),
            "web/package.json: \"@scope/left\": \"~1.3.1\"}}",
        ),
        (
            "yarn",
            &[
                (
                    "package.json",
                    "{\"dependencies\": {\n\"left\": \"1.2.0\"}}\n",
                ),
                (
                    "yarn.lock",
                    "# yarn lockfile v1\n\n\nleft@1.2.0:\n  version \"1.2.0\"\n",
                ),
            ],
            package("yarn", "left", &[("1.2.0", 900), ("1.3.1", 30)]),
            "package.json: \"left\": \"1.3.1\"}}",
        ),
        (
            "pip",
            &[(
                "requirements.txt",
                "# web\nDjango[argon2]==4.2.1  # LTS\nrequests>=2\n",
            )],
            package("pip", "django", &[("4.2.1", 900), ("4.2.16", 30)]),
            "requirements.txt: Django[argon2]==4.2.16  # LTS",
        ),
        (
            "uv",
            &[
                (
                    "pyproject.toml",
                    "[project]\ndependencies = [\n  \"httpx~=0.26.0\",\n]\n",
                ),
                (
                    "uv.lock",
                    "version = 1\n\n[[package]]\nname = \"httpx\"\nversion = \"0.26.0\"\n",
                ),
            ],
            package(
                "uv",
                "httpx",
                &[("0.26.0", 900), ("0.26.3", 30), ("0.27.2", 30)],
            ),
            "",
        ),
        (
            "Poetry",
            &[
                (
                    "pyproject.toml",
                    "[tool.poetry.dependencies]\npython = \"^3.11\"\nattrs = \"23.1.0\"\n",
                ),
                (
                    "poetry.lock",
                    "[[package]]\nname = \"attrs\"\nversion = \"23.1.0\"\n",
                ),
            ],
            package("poetry", "attrs", &[("23.1.0", 900), ("23.2.0", 30)]),
            "pyproject.toml: attrs = \"23.2.0\"",
        ),
        (
            "Go modules",
            &[(
                "go.mod",
                "module demo\n\ngo 1.22\n\nrequire (\n\tgolang.org/x/text v0.3.0\n\texample.com/in v1.0.0 // indirect\n)\n",
            )],
            package(
                "go",
                "golang.org/x/text",
                &[("v0.3.0", 900), ("v0.3.8", 30)],
            ),
            "go.mod: golang.org/x/text v0.3.8",
        ),
        (
            "Maven, by a property",
            &[(
                "pom.xml",
                "<project><properties><slf4j.version>2.0.1</slf4j.version></properties>\n<dependencies><dependency><groupId>org.slf4j</groupId><artifactId>slf4j-api</artifactId>\n<version>${slf4j.version}</version></dependency></dependencies></project>\n",
            )],
            package(
                "maven",
                "org.slf4j:slf4j-api",
                &[("2.0.1", 900), ("2.0.16", 30), ("2.1.0-alpha1", 30)],
            ),
            "pom.xml: <project><properties><slf4j.version>2.0.16</slf4j.version></properties>",
        ),
        (
            "Gradle",
            &[(
                "app/build.gradle.kts",
                "dependencies {\n    implementation(\"com.google.guava:guava:32.0.0-jre\")\n}\n",
            )],
            package(
                "gradle",
                "com.google.guava:guava",
                &[
                    ("32.0.0-jre", 900),
                    ("32.1.3-jre", 30),
                    ("32.1.4-android", 30),
                ],
            ),
            "app/build.gradle.kts: implementation(\"com.google.guava:guava:32.1.3-jre\")",
        ),
        (
            "Bundler",
            &[(
                "Gemfile",
                "source \"https://gems.example\"\ngem \"rack\", \"2.2.3\" # web\n",
            )],
            package("bundler", "rack", &[("2.2.3", 900), ("2.2.10", 30)]),
            "Gemfile: gem \"rack\", \"2.2.10\" # web",
        ),
        (
            "GitHub Actions",
            &[(
                ".github/workflows/ci.yml",
                "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4.1.0 # pinned\n",
            )],
            package(
                "actions",
                "actions/checkout",
                &[("v4.1.0", 900), ("v4", 30), ("v4.2.2", 30)],
            ),
            ".github/workflows/ci.yml: - uses: actions/checkout@v4.2.2 # pinned",
        ),
        (
            "Docker base images",
            &[(
                "Dockerfile",
                "FROM node:22.1.0-alpine AS build\nFROM build\n",
            )],
            package(
                "docker",
                "node",
                &[
                    ("22.1.0-alpine", 900),
                    ("22.12.0-alpine", 30),
                    ("22.13.0", 30),
                    ("22.12-alpine", 30),
                ],
            ),
            "Dockerfile: FROM node:22.12.0-alpine AS build",
        ),
    ];
    for (what, files, releases, expected) in cases {
        let facts = facts(files);
        let finding = look("dependency_outdated", &surveyed(vec![releases]), &facts)
            .unwrap_or_else(|reason| panic!("{what}: {reason}"));
        let (_, changed) = plan(&finding, &facts);
        let expected: Vec<&str> = Some(expected)
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(changed, expected, "{what}");
        assert_eq!(unfounded(&finding), Vec::<&str>::new(), "{what}");
    }
}

#[test]
fn silence_says_what_could_not_be_asked_or_read() {
    let survey = Survey {
        unasked: vec![("npm".into(), "`npm` is not installed".into())],
        ..Survey::default()
    };
    let broken = facts(&[("package.json", "{")]);
    assert_eq!(
        look("dependency_outdated", &told(&survey), &broken),
        Err(
            "no dependency is outdated as far as could be seen; npm could not be asked: `npm` is not installed; \
             `package.json` does not parse"
                .into()
        )
    );
}

#[test]
fn hostile_manifests_cost_little_and_say_nothing() {
    let deep = |open: &str, times: usize| open.repeat(times);
    let members: String = (0..30_000)
        .map(|number| format!("\"p{number}\": \"1.0.{number}\",\n"))
        .collect();
    let crates: String = (0..30_000)
        .map(|number| format!("c{number} = \"1.0.{number}\"\n"))
        .collect();
    let artifacts = "<dependency><groupId>a</groupId><artifactId>b</artifactId><version>${v}</version></dependency>"
        .repeat(8_000);
    let texts = [
        (
            "package.json",
            format!("{{\"dependencies\": {{\n{members}\"end\": \"1\"}}}}"),
        ),
        (
            "package.json",
            format!("{{\"dependencies\": {}", deep("{\"a\":", 100_000)),
        ),
        ("package.json", "\u{feff}{\"dependencies\": []}".into()),
        ("Cargo.toml", format!("[dependencies]\n{crates}")),
        (
            "Cargo.toml",
            format!("[dependencies]\na = {}", deep("[", 100_000)),
        ),
        ("Cargo.lock", deep("[[package]]\n", 50_000)),
        (
            "pyproject.toml",
            format!("[project]\ndependencies = {}", deep("[", 100_000)),
        ),
        ("pom.xml", deep("<a>", 200_000)),
        (
            "pom.xml",
            format!("<p><properties><v>1</v></properties>{artifacts}</p>"),
        ),
        (
            "pom.xml",
            "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>".into(),
        ),
        ("Dockerfile", deep("FROM a:", 100_000)),
        ("Gemfile", deep("gem \"a\", ", 100_000)),
        (".github/workflows/x.yml", deep("- uses: a/b@", 80_000)),
        (
            "go.mod",
            format!("module m\nrequire (\n{}", deep("a v1 ", 200_000)),
        ),
        ("build.gradle", deep("\"a:b:", 200_000)),
        ("requirements.txt", deep("a==1,", 200_000)),
        ("yarn.lock", deep("\"@", 300_000)),
    ];
    for (path, text) in texts {
        let facts = facts(&[(path, &text), ("go.sum", "\0")]);
        let event = surveyed(vec![package("npm", "nobody", &[("2.0.0", 30)])]);
        assert!(
            look("dependency_outdated", &event, &facts).is_err(),
            "{path}"
        );
    }
}

#[test]
fn an_update_plan_as_a_whole() {
    let facts = facts(&[
        ("Cargo.toml", CARGO),
        (
            "Cargo.lock",
            "[[package]]\nname = \"serde\"\nversion = \"1.0.100\"\n\n[[package]]\nname = \"toml\"\nversion = \"0.5.1\"\n",
        ),
        (
            "src/main.rs",
            "use serde::Serialize;\nfn main() { toml::to_string(&1); }\n",
        ),
        ("Dockerfile", "FROM rust:1.80.0-slim\n"),
    ]);
    let event = surveyed(vec![
        package(
            "cargo",
            "toml",
            &[("0.5.1", 900), ("0.5.11", 400), ("0.8.2", 30)],
        ),
        package("cargo", "serde", &[("1.0.100", 900), ("1.0.210", 30)]),
        package(
            "docker",
            "rust",
            &[("1.80.0-slim", 90), ("1.81.0-slim", 30)],
        ),
    ]);
    insta::assert_json_snapshot!(look("dependency_outdated", &event, &facts).expect("a plan"));
}
