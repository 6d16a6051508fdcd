//! Settings files read, refused and edited.

use std::fs;
use std::path::PathBuf;

use jiff::civil::time;
use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use perch_core::preferences::Mute;
use serde_json::{Map, json};

use super::read::read;
use super::*;

fn rules() -> Rules {
    let provider = |id: &str, base_url: &str, settings: &[&str]| ProviderRules {
        id: id.into(),
        default_base_url: base_url.into(),
        settings: settings.iter().map(|key| (*key).to_owned()).collect(),
        secrets: vec!["credential".into()],
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

fn connection(name: &str) -> Connection {
    Connection {
        id: ConnectionId::new(name),
        user_id: UserId::new("ada"),
        provider: "hub".into(),
        base_url: "https://api.hub.example".into(),
        watch: vec!["acme/shop".into()],
        identities: Vec::new(),
        insecure: false,
        enabled: true,
        settings: Map::new(),
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
    assert_eq!(shown.matches(" = ").count(), 12, "{shown}");
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
    assert_eq!(settings.preferences.mutes.len(), 1);
}

#[test]
fn a_full_file_is_read_whole() {
    let settings = read(
        r#"
        listen = "localhost:9000"
        theme = "dark"
        toasts = false
        toasts_per_hour = 2
        toast_actions = ["copy"]
        auto_accept = ["comment"]
        quiet_hours = "22:00-07:30"
        stale_days = 5
        poll_seconds = 120
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
        [[connection]]
        name = "other"
        provider = "hub"
        [[mute]]
        rule = "flaky_test"
        branch = "main"
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
    let mut other = connection("other");
    other.watch.clear();
    let expected = Settings {
        listen: "127.0.0.1:9000".parse().expect("an address"),
        theme: Theme::Dark,
        poll_seconds: 120,
        preferences: Preferences {
            toasts: false,
            toasts_per_hour: 2,
            toast_actions: vec!["copy".into()],
            auto_accept: vec!["comment".into()],
            quiet_hours: Some((time(22, 0, 0, 0), time(7, 30, 0, 0))),
            stale_days: 5,
            mutes: vec![Mute {
                rule: Some("flaky_test".into()),
                branch: Some("main".into()),
                ..Mute::default()
            }],
            ..Preferences::default()
        },
        retention: Retention {
            deliveries_days: 7,
            events_days: 90,
            logs_days: 14,
        },
        users: vec![UserId::new("ada"), UserId::new("grace")],
        connections: vec![acme, other],
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
fn a_missing_file_is_written_with_every_default_as_a_comment() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("below/config.toml");
    let file = SettingsFile::open(&path, rules()).expect("defaults");
    assert_eq!(text(&file), DEFAULT_FILE);
    assert_eq!(*file.settings(), Settings::new(UserId::new("ada")));
    assert!(!file.changed_on_disk());
}

#[test]
fn a_setting_takes_the_place_of_its_commented_default_and_nothing_else_changes() {
    let (_place, mut file) = file(DEFAULT_FILE);
    for (key, value, before, after) in [
        ("toasts", json!(false), "# toasts = true", "toasts = false"),
        (
            "quiet_hours",
            json!("22:00-07:00"),
            "# quiet_hours = \"\"",
            "quiet_hours = \"22:00-07:00\"",
        ),
        (
            "auto_accept",
            json!(["comment"]),
            "# auto_accept = []",
            "auto_accept = [\"comment\"]",
        ),
        (
            "retention.logs_days",
            json!(9),
            "# logs_days = 30",
            "logs_days = 9",
        ),
        (
            "listen",
            json!("127.0.0.1:1"),
            "# listen = \"127.0.0.1:7420\"",
            "listen = \"127.0.0.1:1\"",
        ),
    ] {
        let expected = text(&file).replacen(before, after, 1);
        assert_ne!(expected, text(&file), "{key} is shown as a comment");
        file.set(key, &value).expect("set");
        assert_eq!(text(&file), expected);
    }
    assert!(!file.settings().preferences.toasts);
    assert_eq!(file.settings().retention.logs_days, 9);
    assert!(!file.changed_on_disk(), "an edit of its own is no news");
}

#[test]
fn a_setting_is_changed_and_taken_out_where_it_stands_with_comments_kept() {
    let begin =
        "# mine\ntoasts=true   # loud\n\n[retention] # days\n  logs_days = 3 # three\n# end\n";
    let (_place, mut file) = file(begin);
    file.set("toasts", &json!(false)).expect("set");
    file.set("retention.logs_days", &json!(4)).expect("set");
    let expected =
        "# mine\ntoasts=false   # loud\n\n[retention] # days\n  logs_days = 4 # three\n# end\n";
    assert_eq!(text(&file), expected);
    file.set("retention.events_days", &json!(50)).expect("set");
    assert_eq!(file.settings().retention.events_days, 50);
    for key in [
        "toasts",
        "retention.logs_days",
        "retention.events_days",
        "theme",
    ] {
        file.set(key, &json!(null)).expect("taken out");
    }
    assert_eq!(text(&file), "# mine\n\n[retention] # days\n# end\n");
}

#[test]
fn a_setting_finds_its_place_in_a_file_of_any_shape() {
    for begin in [
        "",
        "theme = \"dark\"",
        "[[mute]]\nrule = \"x\"\n",
        "retention = { events_days = 40 }\n",
        "retention.events_days = 40\n",
        "# [other]\n# logs_days = 1\n[[user]]\nname = \"ada\"\n",
        "x = 1\n",
    ]
    .into_iter()
    .filter(|text| read(text, &rules()).is_ok())
    {
        let (_place, mut file) = file(begin);
        let mut expected = file.settings().clone();
        expected.retention.logs_days = 9;
        expected.preferences.toasts = false;
        file.set("retention.logs_days", &json!(9)).expect("set");
        file.set("toasts", &json!(false)).expect("set");
        assert_eq!(
            read(&text(&file), &rules()),
            Ok(expected),
            "{begin}\n---\n{}",
            text(&file)
        );
    }
}

#[test]
fn an_edit_that_would_not_load_is_refused_and_the_file_stays() {
    let begin = "[[connection]]\nname = \"a\"\nprovider = \"hub\"\ninsecure = true\n";
    let (_place, mut file) = file(begin);
    let before = file.settings().clone();
    for (key, value, expected) in [
        ("toast", json!(true), "did you mean `toasts`?"),
        ("auto_suggest", json!(false), "belongs to the vibe"),
        ("toasts", json!("yes"), "must be true or false"),
        ("toasts", json!({"a": null}), "cannot have that value"),
        ("listen", json!("0.0.0.0:1"), "needs a loopback"),
        ("connection", json!([]), "commands of its own"),
        ("retention", json!(3), "must be a section"),
        ("theme.dark", json!(true), "must be a text"),
        ("", json!(true), "unknown key"),
    ] {
        let error = file.set(key, &value).expect_err(key).to_string();
        assert!(error.contains(expected), "{key}: {error}");
    }
    let mut wrong = connection("b");
    wrong.watch = vec!["shop".into()];
    let error = file
        .put_connection(&wrong)
        .expect_err("checked")
        .to_string();
    assert!(error.contains("`shop` is not `owner/name`"), "{error}");
    let error = file
        .put_connection(&connection("supabase"))
        .expect_err("reserved");
    assert!(error.to_string().contains("reserved"), "{error}");
    file.add_mute(&Mute::default())
        .expect_err("would silence everything");
    file.add_user(&UserId::new("a/b")).expect_err("no name");
    assert_eq!(text(&file), begin);
    assert_eq!(*file.settings(), before);
}

#[test]
fn connections_come_and_go_and_the_comments_around_them_stay() {
    let (_place, mut file) = file(DEFAULT_FILE);
    file.put_connection(&connection("acme")).expect("added");
    let added = format!(
        "{DEFAULT_FILE}\n[[connection]]\nname = \"acme\"\nprovider = \"hub\"\nwatch = [\"acme/shop\"]\n"
    );
    assert_eq!(text(&file), added);
    assert_eq!(file.settings().connections, [connection("acme")]);

    let mut other = connection("other");
    other.base_url = "https://git.acme.example".into();
    other.settings.insert("labels".into(), json!(["bug"]));
    other.enabled = false;
    file.put_connection(&other).expect("added");
    assert_eq!(
        file.settings().connections,
        [connection("acme"), other.clone()]
    );

    let mine = text(&file).replace("name = \"other\"", "name = \"other\" # mine");
    fs::write(file.path(), &mine).expect("written");
    other.base_url = "https://git2.acme.example".into();
    other.settings.clear();
    other.watch.push("acme/web".into());
    file.put_connection(&other).expect("changed");
    assert_eq!(file.settings().connections, [connection("acme"), other]);
    assert!(
        text(&file).contains("name = \"other\" # mine\n"),
        "{}",
        text(&file)
    );

    assert!(file.remove_connection("other").expect("removed"));
    assert_eq!(text(&file), added);
    assert!(file.remove_connection("acme").expect("removed"));
    assert!(!file.remove_connection("acme").expect("nothing to remove"));
    assert_eq!(text(&file), DEFAULT_FILE);
}

#[test]
fn a_connection_in_the_middle_goes_with_its_own_comment_only() {
    let begin = "\
# general

# the first
[[connection]]
name = \"a\"
provider = \"hub\"
# of a, below

# the second
[[connection]]
name = \"b\" # b
provider = \"hub\"

# mutes
[[mute]]
rule = \"x\"
";
    let (_place, mut file) = file(begin);
    assert!(file.remove_connection("a").expect("removed"));
    let expected = "\
# general

# of a, below

# the second
[[connection]]
name = \"b\" # b
provider = \"hub\"

# mutes
[[mute]]
rule = \"x\"
";
    assert_eq!(text(&file), expected);
    assert!(file.remove_connection("b").expect("removed"));
    let expected = "# general\n\n# of a, below\n\n# mutes\n[[mute]]\nrule = \"x\"\n";
    assert_eq!(text(&file), expected);
}

#[test]
fn mutes_are_added_once_and_lifted() {
    let (_place, mut file) = file("toasts = true # mine");
    let flaky = Mute {
        rule: Some("flaky \"test\"".into()),
        ..Mute::default()
    };
    let push = Mute {
        event_type: Some("repo.push".into()),
        repository: Some("acme/shop".into()),
        ..Mute::default()
    };
    file.add_mute(&flaky).expect("added");
    file.add_mute(&push).expect("added");
    file.add_mute(&flaky).expect("there already");
    assert_eq!(
        file.settings().preferences.mutes,
        [flaky.clone(), push.clone()]
    );
    assert!(file.lift_mute(&flaky).expect("lifted"));
    assert!(!file.lift_mute(&flaky).expect("not there"));
    assert_eq!(
        file.settings().preferences.mutes,
        std::slice::from_ref(&push)
    );
    assert!(file.lift_mute(&push).expect("lifted"));
    assert_eq!(text(&file).trim_end(), "toasts = true # mine");
}

#[test]
fn the_login_is_the_only_user_until_another_is_added_and_then_still_one() {
    let (_place, mut file) = file("");
    file.add_user(&UserId::new("ada")).expect("there already");
    assert_eq!(text(&file), "");
    file.add_user(&UserId::new("grace")).expect("added");
    file.add_user(&UserId::new("Linus T")).expect("added");
    let users: Vec<&str> = file.settings().users.iter().map(UserId::as_str).collect();
    assert_eq!(users, ["ada", "grace", "Linus T"]);
    let mut theirs = connection("theirs");
    theirs.user_id = UserId::new("grace");
    file.put_connection(&theirs).expect("added");
    assert_eq!(file.settings().connections, [theirs]);
}

#[test]
fn what_a_user_saves_is_noticed_and_an_edit_builds_on_it() {
    let (_place, mut file) = file("toasts = true\n");
    fs::write(file.path(), "toasts = true\nstale_days = 3\n").expect("written");
    assert!(file.changed_on_disk());
    file.set("theme", &json!("dark")).expect("set");
    assert_eq!(file.settings().preferences.stale_days, 3);
    assert_eq!(file.settings().theme, Theme::Dark);

    fs::write(file.path(), "toasts = maybe\n").expect("written");
    assert!(file.changed_on_disk());
    let error = file.reload().expect_err("not TOML").to_string();
    assert!(
        error.contains("config.toml cannot be used: ") && error.contains("(line 1)"),
        "{error}"
    );
    assert_eq!(
        file.settings().theme,
        Theme::Dark,
        "the last good settings hold"
    );
    assert!(!file.changed_on_disk(), "the same problem is told once");
    file.set("theme", &json!("light"))
        .expect_err("the file must be repaired first");
    assert_eq!(text(&file), "toasts = maybe\n");
    fs::write(file.path(), "theme = \"light\"\n").expect("written");
    file.reload().expect("repaired");
    assert_eq!(file.settings().theme, Theme::Light);
    fs::remove_file(file.path()).expect("removed");
    assert!(file.changed_on_disk());
    file.reload().expect("no file means the defaults");
    assert_eq!(file.settings().theme, Theme::System);
}

#[test]
fn a_file_that_cannot_be_used_leaves_the_defaults_and_says_why() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("config.toml");
    for (bytes, expected) in [
        (
            &b"toasts = true\n# caf\xe9\n"[..],
            "not UTF-8 text; save it as UTF-8 (line 2)",
        ),
        (
            b"toast = true\nthem = 1\n",
            "\n  unknown key `toast`; did you mean `toasts`? (line 1)\n  unknown key `them`; did you mean `theme`? (line 2)",
        ),
    ] {
        fs::write(&path, bytes).expect("written");
        let (file, error) = SettingsFile::open_or_default(&path, rules());
        let error = error.expect("a problem").to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(*file.settings(), Settings::new(UserId::new("ada")));
    }
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("created");
    let error = SettingsFile::open(&path, rules()).expect_err("a folder");
    assert!(error.to_string().contains("cannot be read: "), "{error}");
}

#[test]
fn a_byte_order_mark_of_an_editor_is_no_problem() {
    let (_place, mut file) = file("\u{feff}theme = \"dark\"\r\ntoasts = true\r\n");
    file.set("theme", &json!("light")).expect("set");
    assert_eq!(text(&file), "theme = \"light\"\r\ntoasts = true\r\n");
}

#[cfg(unix)]
#[test]
fn links_and_modes_stay_and_a_read_only_file_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let (place, mut file) = file("theme = \"dark\"\n");
    let dotfiles: PathBuf = place.path().join("dotfiles.toml");
    fs::rename(file.path(), &dotfiles).expect("moved");
    std::os::unix::fs::symlink(&dotfiles, file.path()).expect("linked");
    fs::set_permissions(&dotfiles, fs::Permissions::from_mode(0o640)).expect("set");
    file.set("theme", &json!("light")).expect("set");
    let link = fs::symlink_metadata(file.path()).expect("there");
    assert!(link.file_type().is_symlink());
    let seen = fs::metadata(&dotfiles).expect("there");
    assert_eq!(seen.permissions().mode() & 0o777, 0o640);
    assert_eq!(
        fs::read_to_string(&dotfiles).expect("readable"),
        "theme = \"light\"\n"
    );

    fs::set_permissions(&dotfiles, fs::Permissions::from_mode(0o440)).expect("set");
    let error = file
        .set("theme", &json!("dark"))
        .expect_err("read-only")
        .to_string();
    assert!(
        error.contains("cannot be written") && error.contains("nothing was changed"),
        "{error}"
    );
    assert_eq!(file.settings().theme, Theme::Light);
    let names = fs::read_dir(place.path()).expect("readable").count();
    assert_eq!(names, 2, "no temporary file is left");
}
