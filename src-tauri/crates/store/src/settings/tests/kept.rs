//! A settings file over time: users, what is noticed, what cannot be used, links and modes.

use super::*;

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
