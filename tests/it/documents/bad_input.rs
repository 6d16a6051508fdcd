//! What cannot be used, or means harm: said in words, and nothing that is there is changed.

use perch_testkit::repository::Repository;

use super::{perch, refuses, says};
use crate::world::World;

fn with_changelog(text: &str) -> Repository {
    let repository = Repository::with_readme();
    repository.write("CHANGELOG.md", text);
    repository.commit("Keep a changelog");
    repository.git(&["tag", "v1.0.0"]);
    repository.write("src/a.rs", "// a\n");
    repository.commit("feat: read ranges (#1)");
    repository.git(&["tag", "v1.1.0"]);
    repository
}

#[test]
fn a_changelog_in_an_unknown_style_is_left_alone() {
    for (text, reason) in [
        (
            "2026-01-02  Ada Lovelace  <ada@example.org>\n\n\t* src/a.rs (read): Read it.\n\n2025-12-01  Ada Lovelace  <ada@example.org>\n\n\t* src/b.rs: New.\n",
            "is in a style that is not understood (no heading names a version)",
        ),
        (
            "# Changelog\n\n## 1.0.0\n\nThis version is about speed. It reads all at once.\n\n## 0.9.0\n\nThe first one.\n",
            "tells its versions in prose",
        ),
        (
            "changes:\n  - version: 1.0.0\n    entries:\n      - read\n",
            "is in a style that is not understood",
        ),
    ] {
        let repository = with_changelog(text);
        for range in ["v1.0.0..v1.1.0", "v1.0.0.."] {
            let said = refuses(&World::new(), &repository, &["changelog", range, "--write"]);
            assert!(
                said.contains(reason) && said.contains("left alone"),
                "{said}"
            );
        }
        assert_eq!(repository.read("CHANGELOG.md"), text);
        // Notes need no changelog.
        assert!(says(&World::new(), &repository, &["notes", "v1.1.0"]).contains("Read ranges"));
    }
}

#[test]
fn line_ends_and_a_missing_last_one_stay() {
    let text = "# Changelog\r\n\r\n## [Unreleased]\r\n\r\n## [1.0.0] - 2026-01-02\r\n\r\n### Added\r\n\r\n- Things (#9)";
    let repository = with_changelog(text);
    says(
        &World::new(),
        &repository,
        &["changelog", "v1.0.0..", "--write"],
    );
    let expected = "# Changelog\r\n\r\n## [Unreleased]\r\n\r\n### Added\r\n\r\n- Read ranges (#1)\r\n\r\n## [1.0.0] - 2026-01-02\r\n\r\n### Added\r\n\r\n- Things (#9)";
    assert_eq!(repository.read("CHANGELOG.md"), expected);

    let repository = with_changelog(text);
    says(
        &World::new(),
        &repository,
        &["changelog", "v1.1.0", "--write"],
    );
    let after = repository.read("CHANGELOG.md");
    assert!(
        after.contains("\r\n\r\n- Read ranges (#1)\r\n\r\n## [1.0.0]"),
        "{after:?}"
    );
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    assert!(after.ends_with("- Things (#9)"));
}

#[test]
fn a_section_that_is_there_is_not_written_twice() {
    let repository = with_changelog("# Changelog\n\n## 1.0.0\n\n- A\n");
    says(
        &World::new(),
        &repository,
        &["changelog", "v1.1.0", "--write"],
    );
    let once = repository.read("CHANGELOG.md");
    let said = refuses(
        &World::new(),
        &repository,
        &["changelog", "v1.1.0", "--write"],
    );
    assert!(
        said.contains("left alone") || said.contains("already"),
        "{said}"
    );
    assert_eq!(repository.read("CHANGELOG.md"), once);
}

#[test]
fn ranges_that_are_not_there_are_named_with_what_is() {
    let world = World::new();
    let repository = with_changelog("");
    for (range, reason) in [
        (
            "v9",
            "`v9` is no version here (the newest are `v1.1.0`, `v1.0.0`)",
        ),
        (
            "v8..v9",
            "`v9` is no tag, branch or commit here; `git tag` lists the tags",
        ),
        (
            "v1.0.0..nowhere",
            "`nowhere` is no tag, branch or commit here",
        ),
        (
            "v1.1.0..v1.0.0",
            "there is no commit in `v1.1.0..v1.0.0`; give the older end first",
        ),
        ("--version..x", "unexpected argument"),
        ("a b..c", "is no tag, branch or commit here"),
    ] {
        let said = refuses(&world, &repository, &["notes", range]);
        assert!(said.contains(reason), "{range}: {said}");
    }
}

#[test]
fn without_tags_it_is_everything_and_says_so() {
    let repository = Repository::with_readme();
    repository.write("src/a.rs", "// a\n");
    repository.commit("Add ranges");
    let output = perch(&World::new(), &repository, &["notes"]);
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.starts_with("# Unreleased\n\n## Added\n\n- Add ranges ("),
        "{text}"
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("no tag names a version, so this is everything since the first commit"),
        "{said}"
    );
}

#[test]
fn no_commit_no_repository_and_a_bare_one_are_told_apart() {
    let world = World::new();
    let empty = Repository::new();
    assert!(refuses(&world, &empty, &["notes"]).contains("the repository has no commit yet"));
    let nowhere = world.perch(&["notes"]);
    assert!(!nowhere.status.success());
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("is not a git repository"));
    let unknown = world.perch(&["notes", "--repo", "acme/none"]);
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(
        said.contains("no repository called `acme/none` is watched"),
        "{said}"
    );
}

#[test]
fn a_shallow_clone_says_what_it_lacks() {
    let origin = with_changelog("");
    for number in 0..3 {
        origin.write("src/a.rs", format!("// {number}\n"));
        origin.commit(&format!("fix: number {number}"));
    }
    origin.git(&["tag", "v1.2.0"]);
    let clone = Repository::clone_of(&origin, &["--depth", "2"]);
    let said = refuses(&World::new(), &clone, &["notes"]);
    assert!(
        said.contains("the clone is shallow and ends before"),
        "{said}"
    );
    let said = refuses(&World::new(), &clone, &["notes", "v1.1.0..HEAD"]);
    assert!(said.contains("`git fetch --unshallow --tags`"), "{said}");
    // What it holds in full can be told.
    assert!(says(&World::new(), &clone, &["notes", "HEAD~1..HEAD"]).contains("Number 2"));
}

#[test]
fn hostile_titles_show_as_text() {
    let repository = Repository::with_readme();
    repository.git(&["tag", "v1.0.0"]);
    let titles = [
        "Fix [the docs](javascript:alert(1)) <img src=x onerror=alert(1)>",
        "Fix ![pixel](https://evil.test/p.png) and thank @everyone",
        "feat: \u{202e}gnp.exe\u{202c} support\u{200b}",
        "fix: end ` of code ``` and </details>",
        "Add # heading\u{2028}## Not a section",
        "fix(<b>): a | table |",
    ];
    for (number, title) in titles.iter().enumerate() {
        repository.write("src/a.rs", format!("// {number}\n"));
        repository.commit(title);
    }
    repository.git(&["tag", "v1.1.0"]);
    let text = says(&World::new(), &repository, &["notes", "v1.1.0"]);
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("hostile_notes", text) });
    let plain = says(&World::new(), &repository, &["notes", "v1.1.0", "--text"]);
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("hostile_notes_text", plain) });
    let titled = says(
        &World::new(),
        &repository,
        &["adr", "../../etc/[x](y) \u{202e}# <script>"],
    );
    assert!(
        titled.starts_with("# 1. ../../etc/\\[x\\](y) # \\<script>\n"),
        "{titled}"
    );
    let told = says(
        &World::new(),
        &repository,
        &["adr", "../../etc/passwd", "--write"],
    );
    assert_eq!(told, "wrote docs/adr/0001-etc-passwd.md\n");
}

#[test]
#[cfg(unix)]
fn a_link_out_of_the_repository_is_not_followed() {
    let repository = Repository::with_readme();
    let outside = repository.beside("outside");
    std::fs::create_dir(&outside).expect("a folder can be made");
    std::os::unix::fs::symlink(&outside, repository.path().join("docs"))
        .expect("a link can be made");
    repository.commit("Link");
    let said = refuses(&World::new(), &repository, &["adr", "A title", "--write"]);
    assert!(said.contains("a link"), "{said}");
    assert_eq!(std::fs::read_dir(&outside).expect("it is there").count(), 0);
}
