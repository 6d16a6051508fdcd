//! Settings changed by a program, with the comments of whoever wrote them kept.

use super::*;

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
fn a_tunnel_outlives_edits_of_its_connection_in_either_form() {
    for form in [
        "[connection.tunnel] # out\nkind = \"smee\" # relayed\nurl = \"https://smee.example/one\"\n",
        "tunnel = { kind = \"smee\", url = \"https://smee.example/one\" } # relayed\n",
    ] {
        let begin = format!(
            "[[connection]]\nname = \"acme\"\nprovider = \"hub\"\nwatch = [\"acme/shop\"]\n{form}"
        );
        let (_place, mut file) = file(&begin);
        let mut acme = connection("acme");
        acme.tunnel = Some(smee());
        assert_eq!(file.settings().connections, [acme.clone()], "{form}");
        acme.watch.push("acme/web".into());
        file.put_connection(&acme).expect("changed");
        assert_eq!(file.settings().connections, [acme.clone()]);
        assert!(text(&file).contains(form), "{}", text(&file));
        acme.tunnel = None;
        file.put_connection(&acme).expect("changed");
        assert_eq!(file.settings().connections, [acme.clone()]);
        assert!(!text(&file).contains("smee"), "{}", text(&file));
        acme.tunnel = Some(smee());
        file.put_connection(&acme).expect("changed");
        assert_eq!(file.settings().connections, [acme]);
        assert!(file.remove_connection("acme").expect("removed"));
        assert!(!text(&file).contains("smee"), "{}", text(&file));
    }
}

#[test]
fn filters_are_added_changed_moved_and_taken_out_and_comments_go_with_them() {
    let (_folder, mut file) = file(
        "# mine\n\n# bots chat\n[[filter]]\naction = \"silent\"\nauthor = \"*[bot]\" # all\n\n[[filter]]\naction = \"never\"\nlabel = \"wip\"\n",
    );
    let bots = file.settings().preferences.filters[0].clone();
    let wip = file.settings().preferences.filters[1].clone();
    let urgent = Filter {
        action: Treatment::Urgent,
        path: Some("src/auth/**".into()),
        ..Filter::default()
    };
    file.change_filter(None, Some(&urgent), Some(0))
        .expect("added");
    let loud = Filter {
        action: Treatment::Show,
        ..bots.clone()
    };
    file.change_filter(Some(&bots), Some(&loud), None)
        .expect("changed");
    assert_eq!(
        file.settings().preferences.filters,
        [urgent.clone(), loud, wip.clone()]
    );
    file.change_filter(Some(&wip), Some(&wip), Some(0))
        .expect("moved");
    file.change_filter(Some(&urgent), None, None)
        .expect("taken out");
    assert_eq!(
        text(&file),
        "# mine\n\n[[filter]]\naction = \"never\"\nlabel = \"wip\"\n\n# bots chat\n[[filter]]\naction = \"show\"\nauthor = \"*[bot]\" # all\n"
    );
    let gone = file
        .change_filter(Some(&urgent), None, None)
        .expect_err("it is gone");
    assert_eq!(
        gone.to_string(),
        "this filter is no longer set; look at them again"
    );
}
