//! What each kind of line names.

use super::*;

fn read(text: &str) -> Fingerprint {
    fingerprint(&Log {
        name: "test".into(),
        bytes: text.into(),
        first_line: 1,
        url: None,
    })
}

#[test]
fn tools_images_and_packages_say_their_versions() {
    let cases: &[(&str, &[&str])] = &[
        ("rustc 1.80.0 (051478957 2024-07-21)", &["rustc 1.80.0"]),
        (
            "  stable-x86_64-unknown-linux-gnu unchanged - rustc 1.83.0 (90b35a623 2024-11-26)",
            &["rustc 1.83.0"],
        ),
        (
            "Found in cache @ /opt/hostedtoolcache/node/22.12.0/x64",
            &["Node 22.12.0"],
        ),
        (
            "Found in cache @ C:\\hostedtoolcache\\windows\\Python\\3.12.7\\x64",
            &["Python 3.12.7"],
        ),
        (
            "/opt/hostedtoolcache/Java_Temurin-Hotspot_jdk/17.0.9-9/x64",
            &["Java 17.0.9-9"],
        ),
        ("node: v22.12.0", &["Node 22.12.0"]),
        ("$ node --version\nv22.11.0", &["Node 22.11.0"]),
        (
            "##[group]Run node -v\nnode -v\nshell: /usr/bin/bash -e {0}\n##[endgroup]\nv22.11.0",
            &["Node 22.11.0"],
        ),
        (
            "Now using node v20.1.0 (npm v9.6.4)",
            &["Node 20.1.0", "npm 9.6.4"],
        ),
        (
            "platform linux -- Python 3.10.20, pytest-7.3.2, pluggy-1.6.0\nplugins: cov-5.0.0, xdist-3.6.1",
            &[
                "Python 3.10.20",
                "pytest 7.3.2",
                "pytest-cov 5.0.0",
                "pytest-xdist 3.6.1",
            ],
        ),
        ("go version go1.22.1 linux/amd64", &["Go 1.22.1"]),
        ("openjdk version \"17.0.9\" 2023-10-17", &["Java 17.0.9"]),
        ("gcc (Debian 12.2.0-14) 12.2.0", &["gcc 12.2.0"]),
        ("Debian clang version 14.0.6", &["clang 14.0.6"]),
        ("Welcome to Gradle 8.5!", &["Gradle 8.5"]),
        ("yarn install v1.22.22", &["yarn 1.22.22"]),
        (
            "Current runner version: '2.336.0'",
            &["Actions runner 2.336.0"],
        ),
        (
            "##[group]Runner Image\nImage: ubuntu-24.04\nVersion: 20241117.1.0\n##[endgroup]",
            &["ubuntu-24.04 20241117.1.0"],
        ),
        (
            "Using docker image sha256:11ab22cd33ef44 for node:22 with digest node@sha256:0123456789abcdef ...",
            &["node:22 0123456789ab"],
        ),
        (
            "Digest: sha256:0123456789abcdef\nStatus: Downloaded newer image for node:22",
            &["node:22 0123456789ab"],
        ),
        (
            "Download action repository 'actions/checkout@v4' (SHA:11bd71901bbe5b1630ceea73d27597364c9af683)",
            &["actions/checkout@v4 11bd719"],
        ),
        (
            "Successfully installed pyyaml-6.0.2 typing_extensions-4.12.2",
            &["pyyaml 6.0.2", "typing_extensions 4.12.2"],
        ),
        ("   Compiling serde v1.0.210", &["serde 1.0.210"]),
        (
            "go: downloading golang.org/x/sys v0.26.0",
            &["golang.org/x/sys v0.26.0"],
        ),
        (
            "Setting up libssl3:amd64 (3.0.13-0ubuntu3.4) ...",
            &["libssl3 3.0.13-0ubuntu3.4"],
        ),
        ("Using rake 13.2.1", &["rake 13.2.1"]),
        ("  - Installing certifi (2024.7.4)", &["certifi 2024.7.4"]),
        (
            "  - Updating certifi (2024.2.2 -> 2024.7.4)",
            &["certifi 2024.7.4"],
        ),
        (" + anyio==4.4.0", &["anyio 4.4.0"]),
        (
            "Downloaded from central: https://repository.example/org/slf4j/slf4j-api/2.0.16/slf4j-api-2.0.16.jar (69 kB at 1 MB/s)",
            &["slf4j-api 2.0.16"],
        ),
    ];
    for (text, expected) in cases {
        let found: Vec<String> = read(text)
            .versions
            .iter()
            .flat_map(|((_, name), versions)| {
                versions
                    .keys()
                    .map(move |version| format!("{name} {version}"))
            })
            .collect();
        assert_eq!(&found, expected, "{text}");
    }
}

#[test]
fn what_only_looks_like_a_version_is_none() {
    let lines = [
        "   Compiling demo v0.1.0 (/home/runner/work/demo)",
        "assertion failed: expected version 2.0.0",
        "Version: 20241117.1.0",
        "$ node --version && npm ci\nv22.11.0",
        "$ echo --version\nhello",
        "GET /hostedtoolcache",
        "Installing the package 3 of 4",
        "-  - Installing nothing",
    ];
    for text in lines {
        assert_eq!(read(text).versions.len(), 0, "{text}: {:?}", read(text));
    }
}

#[test]
fn names_of_variables_are_kept_and_their_values_are_not() {
    let log = read(
        "##[group]Run npm test\nnpm test\nshell: bash\nenv:\n  CI: true\n  DEPLOY_KEY: hunter2hunter2\n  EMPTY:\n##[endgroup]\nenv:\n  printed: by the program\n$ export TRAVIS_OS=linux\n",
    );
    assert!(!format!("{log:?}").contains("hunter2"), "{log:?}");
    let names: Vec<_> = log
        .variables
        .iter()
        .map(|(step, names)| (step.as_str(), names.keys().map(String::as_str).collect()))
        .collect::<Vec<(_, Vec<_>)>>();
    assert_eq!(
        names,
        [
            ("Run npm test", vec!["CI", "DEPLOY_KEY", "EMPTY"]),
            ("export", vec!["TRAVIS_OS"])
        ]
    );
}

#[test]
fn hostile_logs_cost_bounded_memory() {
    let many: String = (0..20_000)
        .map(|number| format!("Compiling crate{number} v1.0.{number}\n"))
        .collect();
    let log = read(&many);
    assert_eq!(log.versions.len(), MOST);
    let endless = "Successfully installed ".to_owned() + &"a-1 ".repeat(100_000);
    assert_eq!(read(&endless).versions.len(), 0);
    assert_eq!(
        read("\u{1b}[2J\u{1b}]8;;x\u{7}Python 3.1\0").versions.len(),
        1
    );
}
