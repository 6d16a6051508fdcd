//! Settings files read, refused and edited.

use std::fs;
use std::path::PathBuf;

use jiff::civil::{Weekday, time};
use perch_core::connection::{Connection, TunnelChoice};
use perch_core::filter::{Filter, Treatment};
use perch_core::id::{ConnectionId, UserId};
use perch_core::preferences::{Mute, Staleness};
use serde_json::{Map, json};

use super::read::read;
use super::*;

mod edit;
mod kept;
mod models;

fn rules() -> Rules {
    let provider = |id: &str, base_url: &str, settings: &[&str]| ProviderRules {
        id: id.into(),
        default_base_url: base_url.into(),
        usual_watch: Vec::new(),
        settings: settings.iter().map(|key| (*key).to_owned()).collect(),
        secrets: vec!["credential".into()],
        webhooks: id != "local",
        check: Box::new(|connection| match connection.watch.first() {
            Some(watched) if !watched.contains('/') => {
                Err(format!("`{watched}` is not `owner/name`"))
            }
            _ => Ok(()),
        }),
    };
    Rules {
        login: UserId::new("ada"),
        providers: vec![
            provider("hub", "https://api.hub.example", &["labels", "token_days"]),
            provider("local", "", &["stale_days"]),
        ],
        tunnels: vec![TunnelRules {
            id: "smee".into(),
            settings: vec!["url".into()],
            check: Box::new(|connection| match &connection.tunnel {
                Some(choice) if choice.settings.contains_key("url") => Ok(()),
                _ => Err("a smee tunnel needs a `url`".into()),
            }),
        }],
        models: vec![
            ModelRules {
                id: "anthropic".into(),
                default_base_url: "https://api.anthropic.example".into(),
                local: false,
            },
            ModelRules {
                id: "ollama".into(),
                default_base_url: "http://127.0.0.1:11434".into(),
                local: true,
            },
        ],
        editors: vec!["auto", "vscode", "zed"],
    }
}

fn problems(text: &str) -> String {
    let problems = read(text, &rules()).expect_err("something is wrong");
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join(
        "
",
    ) + "
"
}

/// A settings file with this text, in a folder that lives as long as the first value.
fn file(text: &str) -> (tempfile::TempDir, SettingsFile) {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("config.toml");
    fs::write(&path, text).expect("written");
    let file = SettingsFile::open(&path, rules()).expect("well formed");
    (place, file)
}

fn text(file: &SettingsFile) -> String {
    fs::read_to_string(file.path()).expect("readable")
}

fn smee() -> TunnelChoice {
    let mut settings = Map::new();
    settings.insert("url".into(), "https://smee.example/one".into());
    TunnelChoice {
        kind: "smee".into(),
        settings,
    }
}

fn connection(name: &str) -> Connection {
    Connection {
        watch: vec!["acme/shop".into()],
        ..Connection::new(
            ConnectionId::new(name),
            UserId::new("ada"),
            "hub",
            "https://api.hub.example",
        )
    }
}

#[test]
fn the_default_file_and_an_empty_one_mean_the_defaults() {
    let defaults = Settings::new(UserId::new("ada"));
    assert_eq!(read("", &rules()), Ok(defaults.clone()));
    assert_eq!(read(DEFAULT_FILE, &rules()), Ok(defaults.clone()));
    assert_eq!(defaults.listen.to_string(), "127.0.0.1:7420");
}

#[test]
fn every_default_shown_in_the_default_file_is_the_default() {
    let mut shown = String::new();
    for line in DEFAULT_FILE.lines() {
        match line.strip_prefix("# ") {
            // Examples of sections follow; they are no defaults.
            Some(comment) if comment.starts_with("[[") => break,
            Some(comment) if comment.contains(" = ") => shown.push_str(comment),
            _ if line.starts_with('[') => shown.push_str(line),
            _ => {}
        }
        shown.push('\n');
    }
    assert_eq!(shown.matches(" = ").count(), 26, "{shown}");
    assert_eq!(
        read(&shown, &rules()),
        Ok(Settings::new(UserId::new("ada")))
    );
}

#[test]
fn the_examples_of_the_default_file_load() {
    let begin = DEFAULT_FILE.find("# [[user]]").expect("an example");
    let examples: Vec<&str> = DEFAULT_FILE[begin..]
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.starts_with('[') || line.contains(" = "))
        .collect();
    let mut rules = rules();
    rules.providers[0].id = "github".into();
    let settings = read(&examples.join("\n"), &rules).expect("well formed");
    assert_eq!(settings.connections.len(), 1);
    assert_eq!(settings.models.len(), 1);
    assert_eq!(settings.preferences.mutes.len(), 1);
    assert_eq!(settings.preferences.filters.len(), 1);
}

#[test]
fn a_full_file_is_read_whole() {
    let settings = read(
        r#"
        listen = "localhost:9000"
        tunnel_listen = "localhost:9001"
        theme = "dark"
        editor = "zed"
        toasts = false
        toasts_per_hour = 2
        toast_actions = ["copy"]
        auto_accept = ["comment"]
        working_days = ["Friday", "mon"]
        quiet_hours = "22:00-07:30"
        stale_days = 5
        poll_seconds = 120
        ca_file = "/etc/ssl/acme.pem"
        [stale]
        issue_days = 30
        exempt_labels = ["later"]
        exempt_milestones = ["*"]
        drafts = true
        [retention]
        deliveries_days = 7
        events_days = 90
        logs_days = 14
        [[user]]
        name = "ada"
        [[user]]
        name = "grace"
        [[connection]]
        name = "acme"
        provider = "hub"
        user = "grace"
        base_url = "https://git.acme.example/"
        watch = ["acme/shop"]
        identities = ["Grace"]
        insecure = true
        enabled = false
        labels = ["bug", 3]
        token_days = 1.5
        [connection.tunnel]
        kind = "smee"
        url = "https://smee.example/one"
        [[connection]]
        name = "other"
        provider = "hub"
        [[mute]]
        rule = "flaky_test"
        branch = "main"
        [[filter]]
        action = "urgent"
        label = "security"
        [[filter]]
        action = "silent"
        event_type = "repo.pr"
        author = "*[bot]"
        "#,
        &rules(),
    )
    .expect("well formed");
    let mut acme = connection("acme");
    acme.user_id = UserId::new("grace");
    acme.base_url = "https://git.acme.example".into();
    acme.identities = vec!["Grace".into()];
    acme.insecure = true;
    acme.enabled = false;
    acme.settings.insert("labels".into(), json!(["bug", 3]));
    acme.settings.insert("token_days".into(), json!(1.5));
    acme.tunnel = Some(smee());
    let mut other = connection("other");
    other.watch.clear();
    let expected = Settings {
        listen: "127.0.0.1:9000".parse().expect("an address"),
        tunnel_listen: "127.0.0.1:9001".parse().expect("an address"),
        theme: Theme::Dark,
        editor: "zed".into(),
        poll_seconds: 120,
        ca_file: Some("/etc/ssl/acme.pem".into()),
        preferences: Preferences {
            toasts: false,
            toasts_per_hour: 2,
            toast_actions: vec!["copy".into()],
            auto_accept: vec!["comment".into()],
            quiet_hours: Some((time(22, 0, 0, 0), time(7, 30, 0, 0))),
            stale_days: 5,
            stale: Staleness {
                issue_days: 30,
                exempt_labels: vec!["later".into()],
                exempt_milestones: vec!["*".into()],
                drafts: true,
            },
            mutes: vec![Mute {
                rule: Some("flaky_test".into()),
                branch: Some("main".into()),
                ..Mute::default()
            }],
            filters: vec![
                Filter {
                    action: Treatment::Urgent,
                    label: Some("security".into()),
                    ..Filter::default()
                },
                Filter {
                    event_type: Some("repo.pr".into()),
                    author: Some("*[bot]".into()),
                    ..Filter::default()
                },
            ],
            working_days: vec![Weekday::Monday, Weekday::Friday],
            ..Preferences::default()
        },
        retention: Retention {
            deliveries_days: 7,
            events_days: 90,
            logs_days: 14,
        },
        users: vec![UserId::new("ada"), UserId::new("grace")],
        connections: vec![acme, other],
        models: Vec::new(),
        model_limits: ModelLimits::default(),
    };
    assert_eq!(settings, expected);
}

#[test]
fn everything_wrong_with_a_file_is_told_at_once_with_its_line() {
    let told = problems(
        r#"toast = true
listen = "7420"
theme = "drak"
toasts = "yes"
toasts_per_hour = -1
quiet_hours = "22-7"
working_days = ["mon", "mox"]
stale_days = 0
poll_seconds = 1
auto_accept = ["merge", "comment"]
toast_actions = ["copy", 1]
auto_suggest = true

[retention]
deliveries_days = 400
event_days = 3

[[user]]
name = "ada"
nmae = "x"
[[user]]
[[user]]
name = "ada"
[[user]]
name = 3

[[mute]]
[[mute]]
repo = "x"
[[filter]]
[[filter]]
action = "slient"
event_type = "repo.bild"

[stale]
issue_day = 30
exempt_labels = "later"
drafts = 1
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn everything_wrong_with_connections_is_told_at_once_with_its_line() {
    let told = problems(
        r#"listen = "0.0.0.0:7420"
[[connection]]
name = "Hub_1"
provider = "hbu"
[[connection]]
name = "code-repo"
[[connection]]
provider = "hub"
base_url = "git.acme.example"
user = "eve"
[[connection]]
name = "twice"
provider = "hub"
wach = ["a/b"]
lables = []
[[connection]]
name = "twice"
provider = "hub"
insecure = true
[[connection]]
name = "twice"
provider = "hub"
watch = ["shop"]
[[connection]]
name = "environment"
provider = "local"
watch = "a/b"
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn a_secret_in_the_file_is_refused_without_repeating_it() {
    let secret = ["hun", "ter2"].concat();
    for (key, line) in [
        ("token", 4),
        ("webhook_secret", 4),
        ("Password", 4),
        ("api-key", 4),
        ("credential", 4),
    ] {
        let told = problems(&format!(
            "[[connection]]\nname = \"acme\"\nprovider = \"hub\"\n{key} = \"{secret}\"\n"
        ));
        assert_eq!(
            told,
            format!(
                "`{key}` looks like a secret, and secrets never stand in this file; take it out and \
                 put it into the keychain with `perch connect hub` (line {line})\n"
            )
        );
    }
    let told = problems(&format!("token = \"{secret}\""));
    assert!(
        told.contains("keychain") && !told.contains(&secret),
        "{told}"
    );
    let told = problems(&format!(
        "[[connection]]\nname = \"acme\"\nprovider = \"hub\"\nbase_url = \"https://ada:{secret}@git.acme.example\""
    ));
    assert!(
        told.contains("keychain") && !told.contains(&secret),
        "{told}"
    );
}

#[test]
fn what_is_no_toml_or_written_the_wrong_way_says_where() {
    for (text, expected) in [
        (
            "[[connection]]\nname = \"a\"\nprovider = \"hub\"\n[[connection]]\nname = \"a\"\nprovider = \"hub\"\n",
            "two connections are called `a`; rename one (line 5)\n",
        ),
        (
            "toasts = true\ntoasts = false\n",
            "duplicate key (line 2)\n",
        ),
        (
            "[connection]\nname = \"a\"\n",
            "`connection` must be written as sections that each begin with [[connection]] (line 1)\n",
        ),
        (
            "\nretention = 3\n",
            "`retention` must be a section that begins with [retention] (line 2)\n",
        ),
        (
            "quiet_hours = \"07:00-07:00\"",
            "`quiet_hours` begin and end at the same time; for no toasts at all set `toasts = false` instead of `07:00-07:00` (line 1)\n",
        ),
        (
            "theme = \"neon\"",
            "there is no theme `neon`; there are system, light, dark, contrast (line 1)\n",
        ),
        (
            "editor = \"rm -rf {file}\"",
            "there is no editor `rm -rf {file}`; there are auto, vscode, zed (line 1)\n",
        ),
    ] {
        assert_eq!(problems(text), expected, "{text}");
    }
    let told = problems("a = [1,\n\n= 3\n");
    assert!(
        told.contains("(line 3)") && told.lines().count() == 1,
        "{told}"
    );
}

#[test]
fn the_listener_moves_only_where_unsigned_webhooks_stay_on_this_machine() {
    let open = "0.0.0.0:1".parse().expect("an address");
    let closed = "[::1]:1".parse().expect("an address");
    let insecure = "[[connection]]\nname = \"a\"\nprovider = \"hub\"\ninsecure = true\n";
    let settings = read(insecure, &rules()).expect("well formed");
    assert!(settings.clone().with_listen(closed).is_ok());
    let refused = settings.with_listen(open).expect_err("not loopback");
    assert!(
        refused.contains("`a`") && refused.contains("0.0.0.0:1"),
        "{refused}"
    );
    assert!(Settings::new(UserId::new("ada")).with_listen(open).is_ok());
}

#[test]
fn a_tunnel_that_cannot_stand_is_told_with_its_line() {
    let of = |provider: &str, tunnel: &str| {
        let watch = if provider == "hub" { "a/b" } else { "/a" };
        problems(&format!(
            "[[connection]]\nname = \"a\"\nprovider = \"{provider}\"\nwatch = [\"{watch}\"]\n{tunnel}"
        ))
    };
    for (provider, tunnel, expected) in [
        (
            "hub",
            "[connection.tunnel]\nkind = \"smie\"\n",
            "there is no tunnel `smie`; did you mean `smee`? (line 6)\n",
        ),
        (
            "hub",
            "[connection.tunnel]\nkind = \"smee\"\nulr = \"x\"\nurl = \"y\"\n",
            "unknown key `ulr`; did you mean `url`? (line 7)\n",
        ),
        (
            "hub",
            "[connection.tunnel]\nurl = \"y\"\n",
            "a [connection.tunnel] needs a `kind`: smee (line 5)\n",
        ),
        (
            "hub",
            "tunnel = \"smee\"\n",
            "`tunnel` must be a section that begins with [connection.tunnel] (line 5)\n",
        ),
        (
            "hub",
            "[connection.tunnel]\nkind = \"smee\"\n",
            "connection `a`: a smee tunnel needs a `url` (line 2)\n",
        ),
        (
            "local",
            "tunnel = { kind = \"smee\", url = \"y\" }\n",
            "connection `a`: `local` sends no webhooks, so a tunnel brings nothing; take [connection.tunnel] out (line 2)\n",
        ),
    ] {
        assert_eq!(of(provider, tunnel), expected, "{tunnel}");
    }
}
