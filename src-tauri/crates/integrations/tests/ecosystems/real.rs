//! Clients of the set-up: cargo, git, go, npm and pip.

use std::ffi::OsString;
use std::path::Path;

use crate::asked::{ask, shown};
use crate::registry::serve;

fn set(value: impl Into<OsString>) -> Option<OsString> {
    Some(value.into())
}

fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    std::fs::create_dir_all(file.parent().expect("inside")).expect("folders");
    std::fs::write(file, text).expect("written");
}

/// A home of Cargo whose configuration puts a registry in the place of the usual one.
fn cargo_home(home: &Path, registry: &str) -> Vec<(&'static str, Option<OsString>)> {
    write(
        home,
        "config.toml",
        &format!(
            "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\nregistry = \"sparse+{registry}/index/\"\n\
             [net]\nretry = 0\n"
        ),
    );
    vec![("CARGO_HOME", set(home)), ("RUSTC_WRAPPER", None)]
}

#[test]
fn cargo_tells_versions_dates_and_yanks_of_the_registry_the_user_configured() {
    let line = |version: &str, yanked: bool, date: &str| {
        format!(
            r#"{{"name":"left-pad","vers":"{version}","deps":[],"cksum":"{}","features":{{}},"yanked":{yanked},"pubtime":"{date}"}}"#,
            "0".repeat(64)
        )
    };
    let index = [
        line("1.0.0", false, "2026-01-01T00:00:00Z"),
        line("1.1.0", true, "2026-02-01T00:00:00Z"),
        line("1.2.0", false, "2026-03-01T00:00:00Z"),
    ]
    .join("\n");
    let registry = serve(&[
        ("/index/config.json", r#"{"dl":"{here}/dl"}"#),
        ("/index/le/ft/left-pad", &index),
    ]);
    let folder = tempfile::tempdir().expect("a folder");
    let variables = cargo_home(&folder.path().join("home"), &registry);
    let names = ["left-pad", "not-there"];
    let found = ask(
        &folder.path().join("scratch"),
        "cargo",
        &names,
        None,
        &variables,
    );
    assert_eq!(
        shown(&found.expect("an answer")),
        [
            "cargo:left-pad 1.0.0 2026-01-01T00:00:00Z",
            "cargo:left-pad !1.1.0 2026-02-01T00:00:00Z",
            "cargo:left-pad 1.2.0 2026-03-01T00:00:00Z",
        ]
    );
    let left: Vec<_> = std::fs::read_dir(folder.path().join("scratch"))
        .expect("it is there")
        .collect();
    assert_eq!(left.len(), 0, "the scratch folder is empty again");
}

#[test]
fn npm_tells_versions_dates_and_what_is_deprecated() {
    let version = |number: &str, more: &str| {
        format!(
            r#""{number}":{{"name":"@acme/left","version":"{number}","dist":{{"tarball":"{{here}}/x.tgz"}}{more}}}"#
        )
    };
    let package = format!(
        r#"{{"name":"@acme/left","dist-tags":{{"latest":"1.1.0"}},"versions":{{{},{}}},
            "time":{{"1.0.0":"2026-01-01T00:00:00.000Z","1.1.0":"2026-02-01T00:00:00.000Z"}}}}"#,
        version("1.0.0", ""),
        version("1.1.0", r#","deprecated":"it leaks""#)
    );
    let registry = serve(&[("/@acme/left", &package)]);
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [
        ("NPM_CONFIG_REGISTRY", set(registry)),
        ("NPM_CONFIG_CACHE", set(folder.path().join("cache"))),
        ("NPM_CONFIG_USERCONFIG", set("/dev/null")),
        ("NPM_CONFIG_FETCH_RETRIES", set("0")),
    ];
    for id in ["npm", "yarn"] {
        let found = ask(
            folder.path(),
            id,
            &["@acme/left", "not-there"],
            None,
            &variables,
        );
        assert_eq!(
            shown(&found.expect("an answer")),
            [
                format!("{id}:@acme/left 1.0.0 2026-01-01T00:00:00Z"),
                format!("{id}:@acme/left !1.1.0 2026-02-01T00:00:00Z"),
            ]
        );
    }
}

#[test]
fn go_tells_versions_and_dates_of_the_proxy_the_user_configured() {
    let folder = tempfile::tempdir().expect("a folder");
    let proxy = folder.path().join("proxy");
    write(&proxy, "example.com/left/@v/list", "v1.0.0\nv1.1.0\n");
    for (version, month) in [("v1.0.0", "01"), ("v1.1.0", "02")] {
        let info = format!(r#"{{"Version":"{version}","Time":"2026-{month}-01T00:00:00Z"}}"#);
        write(
            &proxy,
            &format!("example.com/left/@v/{version}.info"),
            &info,
        );
        write(
            &proxy,
            &format!("example.com/left/@v/{version}.mod"),
            "module example.com/left\n",
        );
    }
    let variables = [
        ("GOPROXY", set(format!("file://{}", proxy.display()))),
        ("GONOSUMDB", set("*")),
        ("GOMODCACHE", set(folder.path().join("cache"))),
        ("GOENV", set("off")),
    ];
    let names = ["example.com/left", "example.com/not-there"];
    let found = ask(folder.path(), "go", &names, None, &variables);
    assert_eq!(
        shown(&found.expect("an answer")),
        [
            "go:example.com/left v1.0.0 2026-01-01T00:00:00Z",
            "go:example.com/left v1.1.0 2026-02-01T00:00:00Z",
        ]
    );
}

#[test]
fn pip_tells_versions_without_dates() {
    let page = "<html><body><a href=\"/f/left-1.0.0.tar.gz\">left-1.0.0.tar.gz</a>\
                <a href=\"/f/left-1.1.0.tar.gz\">left-1.1.0.tar.gz</a>\
                <a href=\"/f/left-1.2.0.tar.gz\" data-yanked=\"broken\">left-1.2.0.tar.gz</a></body></html>";
    let registry = serve(&[("/simple/left/", page)]);
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [
        ("PIP_INDEX_URL", set(format!("{registry}/simple/"))),
        ("PIP_CONFIG_FILE", set("/dev/null")),
        ("PIP_FIND_LINKS", None),
        ("PIP_RETRIES", set("0")),
        ("PIP_NO_CACHE_DIR", set("1")),
    ];
    for id in ["pip", "poetry"] {
        let found = ask(folder.path(), id, &["left", "not-there"], None, &variables);
        let found = shown(&found.expect("an answer"));
        assert!(found.contains(&format!("{id}:left 1.1.0 -")), "{found:?}");
        assert!(
            !found.iter().any(|one| one.contains("not-there")),
            "{found:?}"
        );
    }
}

#[test]
fn git_tells_the_tags_of_actions_on_the_repositorys_own_forge() {
    let refs = "1111111111111111111111111111111111111111\trefs/heads/main\n\
                2222222222222222222222222222222222222222\trefs/tags/v4\n\
                3333333333333333333333333333333333333333\trefs/tags/v4.2.2\n";
    let forge = serve(&[
        ("/actions/checkout/info/refs", refs),
        ("/actions/checkout/HEAD", "ref: refs/heads/main\n"),
    ]);
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["actions/checkout", "actions/not-there"];
    let found = ask(folder.path(), "actions", &names, Some(&forge), &[]);
    assert_eq!(
        shown(&found.expect("an answer")),
        [
            "actions:actions/checkout v4 -",
            "actions:actions/checkout v4.2.2 -"
        ]
    );
    let unknown = ask(folder.path(), "actions", &names, None, &[]);
    assert_eq!(
        unknown,
        Err("the forge that runs the workflows is not known".into())
    );
}

#[test]
fn a_registry_that_is_not_there_is_a_reason_in_the_clients_words() {
    let folder = tempfile::tempdir().expect("a folder");
    // Nobody listens on a port that was just given back.
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("loopback");
    let nobody = format!("http://{}", closed.local_addr().expect("bound"));
    drop(closed);
    let mut cargo = cargo_home(&folder.path().join("home"), &nobody);
    cargo.push(("CARGO_HTTP_TIMEOUT", set("5")));
    let npm = vec![
        ("NPM_CONFIG_REGISTRY", set(nobody.as_str())),
        ("NPM_CONFIG_CACHE", set(folder.path().join("cache"))),
        ("NPM_CONFIG_FETCH_RETRIES", set("0")),
    ];
    let go = vec![
        ("GOPROXY", set(nobody.as_str())),
        ("GOMODCACHE", set(folder.path().join("modules"))),
        ("GOENV", set("off")),
    ];
    for (id, name, variables) in [
        ("cargo", "left", cargo),
        ("npm", "left", npm),
        ("go", "example.com/left", go),
    ] {
        let reason =
            ask(folder.path(), id, &[name], None, &variables).expect_err("nobody is there");
        assert!(reason.starts_with(&format!("`{id}` failed: ")), "{reason}");
    }
}
