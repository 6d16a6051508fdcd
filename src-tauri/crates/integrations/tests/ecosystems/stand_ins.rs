//! Clients that are not part of the set-up, as scripts that print what the real ones do; and what no client may get.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::asked::{ask, shown};

/// A script called `client` that writes its arguments to `<client>.said` and then runs `body`.
fn stand_in(folder: &Path, client: &str, body: &str) -> Vec<(&'static str, Option<OsString>)> {
    let said = folder.join(format!("{client}.said"));
    let script = format!("#!/bin/sh\necho \"$@\" >> '{}'\n{body}\n", said.display());
    let file = folder.join(client);
    std::fs::write(&file, script).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let path = format!("{}:/usr/bin:/bin", folder.display());
    vec![("PATH", Some(path.into())), ("HOME", Some(folder.into()))]
}

#[test]
fn what_other_clients_print_is_read() {
    let metadata = "mkdir -p ~/.m2/repository/org/slf4j/slf4j-api; echo '<metadata><versioning><versions>\
                    <version>2.0.1</version><version>2.0.16</version></versions></versioning></metadata>' \
                    > ~/.m2/repository/org/slf4j/slf4j-api/maven-metadata-central.xml";
    let printed = "cat <<'END'\n[INFO] The following dependencies in Dependencies have newer versions:\n\
                   [INFO]   org.slf4j:slf4j-api ............... 0 -> 2.0.16\nEND";
    let long = "cat <<'END'\n[INFO]   org.example:an-artifact-with-a-long-name ......\n\
                [INFO]                                        0 -> 3.1\nEND";
    let cases: [(&str, &str, &str, &str, &[&str]); 8] = [
        (
            "bundler",
            "gem",
            "rack",
            "echo; echo '*** REMOTE GEMS ***'; echo; echo 'rack (3.1.8, 3.1.7 ruby java, 2.2.10)'",
            &[
                "bundler:rack 3.1.8 -",
                "bundler:rack 3.1.7 -",
                "bundler:rack 2.2.10 -",
            ],
        ),
        (
            "docker",
            "skopeo",
            "node",
            r#"echo '{"Repository": "x/node", "Tags": ["22", "22-alpine"]}'"#,
            &["docker:node 22 -", "docker:node 22-alpine -"],
        ),
        (
            "uv",
            "uv",
            "httpx",
            "echo 'httpx==0.27.2'",
            &["uv:httpx 0.27.2 2026-11-22T12:00:00Z"],
        ),
        (
            "maven",
            "mvn",
            "org.slf4j:slf4j-api",
            metadata,
            &[
                "maven:org.slf4j:slf4j-api 2.0.1 -",
                "maven:org.slf4j:slf4j-api 2.0.16 -",
            ],
        ),
        (
            "gradle",
            "mvn",
            "org.slf4j:slf4j-api",
            printed,
            &["gradle:org.slf4j:slf4j-api 2.0.16 -"],
        ),
        (
            "maven",
            "mvn",
            "org.example:an-artifact-with-a-long-name",
            long,
            &["maven:org.example:an-artifact-with-a-long-name 3.1 -"],
        ),
        (
            "pnpm",
            "pnpm",
            "left",
            r#"echo '{"versions": "1.0.0", "time": {"1.0.0": "2026-01-01T00:00:00.000Z"}, "version": "1.0.0"}'"#,
            &["pnpm:left 1.0.0 2026-01-01T00:00:00Z"],
        ),
        (
            "pnpm",
            "pnpm",
            "gone",
            "echo 'ERR_PNPM_FETCH_404  GET: Not Found - 404'; exit 1",
            &[],
        ),
    ];
    for (id, client, name, body, expected) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let variables = stand_in(folder.path(), client, body);
        let found = ask(
            &folder.path().join("scratch"),
            id,
            &[name],
            None,
            &variables,
        );
        assert_eq!(
            shown(&found.unwrap_or_else(|reason| panic!("{id}: {reason}"))),
            expected,
            "{id}"
        );
    }
}

#[test]
fn what_a_client_complains_of_is_the_reason_and_a_client_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = stand_in(
        folder.path(),
        "gem",
        "echo 'ERROR:  Could not find a valid gem' >&2; exit 1",
    );
    assert_eq!(
        ask(folder.path(), "bundler", &["rack"], None, &variables),
        Err("`gem` failed: ERROR:  Could not find a valid gem".into())
    );
    let secret = stand_in(
        folder.path(),
        "skopeo",
        "echo 'error: https://ada:hunter2hunter2@registry.example refused' >&2; exit 1",
    );
    let reason = ask(folder.path(), "docker", &["node"], None, &secret).expect_err("refused");
    assert!(!reason.contains("hunter2"), "{reason}");
    let nothing = [("PATH", Some(OsString::from("/nonexistent")))];
    for (id, name, client) in [
        ("cargo", "serde", "cargo"),
        ("npm", "left", "npm"),
        ("yarn", "left", "pnpm"),
        ("go", "example.com/x", "go"),
        ("pip", "left", "pip"),
        ("uv", "left", "uv"),
        ("maven", "a:b", "mvn"),
        ("bundler", "rack", "gem"),
        ("docker", "node", "skopeo"),
    ] {
        assert_eq!(
            ask(folder.path(), id, &[name], None, &nothing),
            Err(format!("`{client}` is not installed"))
        );
    }
}

#[test]
fn names_a_hostile_manifest_makes_up_reach_no_client() {
    let hostile = [
        "--registry=http://evil.example",
        "-e",
        "git+ssh://evil.example/x",
        "http://evil.example/x.tgz",
        "../../x",
        "file:/etc/passwd",
        "a;touch pwned",
        "$(touch pwned)",
        "a b",
        "@/../x",
        "x\ny",
    ];
    for (id, client) in [
        ("actions", "git"),
        ("bundler", "gem"),
        ("cargo", "cargo"),
        ("docker", "skopeo"),
        ("go", "go"),
        ("gradle", "mvn"),
        ("maven", "mvn"),
        ("npm", "npm"),
        ("pip", "pip"),
        ("pnpm", "pnpm"),
        ("poetry", "pip"),
        ("uv", "uv"),
        ("yarn", "npm"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let variables = stand_in(folder.path(), client, "exit 0");
        let scratch = folder.path().join("scratch");
        let found = ask(
            &scratch,
            id,
            &hostile,
            Some("http://forge.example"),
            &variables,
        );
        assert_eq!(found, Ok(Vec::new()), "{id}");
        let said = std::fs::read_to_string(folder.path().join(format!("{client}.said")));
        assert!(said.is_err(), "{id}: {said:?}");
    }
}
