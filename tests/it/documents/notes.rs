//! Release notes and changelog sections of small histories made by real git, as whole texts.

use jiff::Timestamp;
use perch_testkit::repository::{EMAIL, NAME, Repository};

use super::{perch, says};
use crate::world::World;

/// A repository that grows commit by commit.
struct History {
    repository: Repository,
    written: std::cell::Cell<u32>,
}

impl History {
    /// One at `remote`, with a first commit and the tag before the one to come.
    fn begun(remote: &str, tag: &str) -> Self {
        let repository = Repository::new();
        repository.set_date(
            "2026-02-02T09:00:00Z"
                .parse::<Timestamp>()
                .expect("a moment"),
        );
        if !remote.is_empty() {
            repository.git(&["remote", "add", "origin", remote]);
        }
        repository.write("src/lib.rs", "// begun\n");
        repository.commit("Begin");
        let history = Self {
            repository,
            written: std::cell::Cell::new(0),
        };
        if !tag.is_empty() {
            history.tag(tag);
        }
        history
    }

    /// At GitHub.
    fn at_github(tag: &str) -> Self {
        Self::begun("git@github.com:acme/api.git", tag)
    }

    /// A commit to the code.
    fn code(&self, message: &str) -> String {
        self.file("src/lib.rs", message)
    }

    /// A commit to one file.
    fn file(&self, path: &str, message: &str) -> String {
        self.written.set(self.written.get() + 1);
        let place = self.repository.path().join(path);
        let before = std::fs::read_to_string(place).unwrap_or_default();
        self.repository
            .write(path, format!("{before}// {}\n", self.written.get()));
        self.repository.commit(message)
    }

    /// A commit to the code by somebody else.
    fn by(&self, name: &str, email: &str, message: &str) -> String {
        self.repository.git(&["config", "user.name", name]);
        self.repository.git(&["config", "user.email", email]);
        let hash = self.code(message);
        self.repository.git(&["config", "user.name", NAME]);
        self.repository.git(&["config", "user.email", EMAIL]);
        hash
    }

    /// A file in a commit that says nothing else.
    fn given(&self, path: &str, text: &str) -> &Self {
        self.repository.write(path, text);
        self.repository.commit("chore: keep a file");
        self
    }

    fn tag(&self, name: &str) {
        self.repository.git(&["tag", "-a", "-m", name, name]);
    }

    /// Tags a version on the fourth of March.
    fn release(&self, name: &str) {
        self.repository.set_date(
            "2026-03-04T05:06:07Z"
                .parse::<Timestamp>()
                .expect("a moment"),
        );
        self.tag(name);
    }

    fn says(&self, arguments: &[&str]) -> String {
        says(&World::new(), &self.repository, arguments)
    }
}

/// Asserts on a whole text.
macro_rules! publishes {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($name, $text) })
    };
}

#[test]
fn conventional_commits_are_sorted_by_type() {
    let history = History::at_github("v1.2.0");
    history.code("feat(parser): accept ranges without an end (#12)");
    history.code("fix: close the file when reading stops early (#13)");
    history.code("perf(parser): read headers in one pass (#15)");
    history.code("refactor: split the reader (#16)");
    history.file(".github/workflows/ci.yml", "ci: cache more");
    history.file("tests/a.rs", "test: cover empty bodies");
    history.file("docs/a.md", "docs: explain ranges");
    history.code("chore(release): 1.3.0");
    history.release("v1.3.0");
    publishes!("notes_conventional", history.says(&["notes", "v1.2..v1.3"]));
    publishes!(
        "notes_conventional_text",
        history.says(&["notes", "v1.3.0", "--text"])
    );
    publishes!(
        "changelog_begun",
        history.says(&["changelog", "v1.2..v1.3"])
    );
}

#[test]
fn commits_without_types_are_sorted_by_their_words() {
    let history = History::at_github("v0.9");
    history.code("Add support for Unix sockets");
    history.code("wip");
    history.code("fix typo");
    history.code("Fix crash when the config file is empty");
    history.code("Allow `listen` to be given twice");
    history.code("Remove the deprecated --legacy flag");
    history.file("README.md", "Update README.md");
    history.code("Refactor connection handling");
    history.code("address review comments");
    history.code("Use less memory for idle connections");
    history.code("net/http: handle chunked bodies");
    history.code("cli, tray: refactor the menu");
    history.code("cli, tray: show [paused] while nothing is watched");
    history.code("Bump version to 0.10");
    history.release("v0.10");
    publishes!(
        "notes_unconventional",
        history.says(&["notes", "v0.9..v0.10"])
    );
}

#[test]
fn a_squash_merge_is_one_entry_with_all_who_took_part() {
    let history = History::at_github("v2.0.0");
    history.by(
        "Grace Hopper",
        "1234+grace@users.noreply.github.com",
        "Add a dry run to every command (#101)\n\n* add flag\n* fix test\n* wip\n\nCo-authored-by: Ada Lovelace <ada@example.org>\nCo-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
    );
    history.code("Fix the exit code of `check` (#104)\n\n* fix\n* fix again");
    history.by("Linus", "linus@example.org", "Fix colours on Windows (#99)");
    history.release("v2.1.0");
    publishes!("notes_squash", history.says(&["notes", "v2.1.0"]));
}

#[test]
fn a_merge_commit_stands_for_its_pull_request() {
    let history = History::at_github("v1.0.0");
    let repository = &history.repository;
    repository.branch("ranges");
    history.code("try ranges");
    history.code("fix test");
    repository.checkout("main");
    repository.merge(
        "ranges",
        "Merge pull request #7 from ada/ranges\n\nRead ranges from the end of a file",
    );
    repository.branch("typed");
    history.code("feat: print a summary at the end");
    history.code("fix: keep the order of arguments");
    repository.checkout("main");
    repository.merge(
        "typed",
        "Merge pull request #8 from ada/typed\n\nSummary and order",
    );
    repository.branch("local");
    history.code("Support stdin as `-`");
    repository.checkout("main");
    repository.merge("local", "Merge branch 'local'");
    history.release("v1.1.0");
    publishes!("notes_merges", history.says(&["notes", "v1.0.0..v1.1.0"]));
}

#[test]
fn what_was_reverted_is_not_told() {
    let history = History::at_github("v1.0.0");
    let old = history.repository.head();
    let cache = history.code("feat: cache answers (#20)");
    history.code("fix: retry on timeout (#21)");
    history.code(&format!(
        "Revert \"feat: cache answers (#20)\" (#22)\n\nThis reverts commit {cache}."
    ));
    let first = history.code("feat: sort by date (#23)");
    let second = history.code(&format!(
        "Revert \"feat: sort by date (#23)\"\n\nThis reverts commit {first}."
    ));
    history.code(&format!(
        "Reapply \"feat: sort by date (#23)\"\n\nThis reverts commit {second}."
    ));
    history.code(&format!(
        "Revert \"feat: guess the encoding (#3)\" (#24)\n\nThis reverts commit {old}."
    ));
    history.code("feat: follow links (#25)");
    history.code("Revert \"feat: follow links (#25)\" (#26)\n\nReverts acme/api#25");
    history.release("v1.1.0");
    publishes!("notes_reverts", history.says(&["notes", "v1.1.0"]));
}

#[test]
fn breaking_changes_come_first_with_what_to_do() {
    let history = History::at_github("v1.4.0");
    history.code("feat(api)!: return ranges as text (#31)\n\nBREAKING CHANGE: parse the field `range` yourself, or call `Range::parse`.");
    history.code("fix: count bytes, not letters (#32)");
    history.code("refactor!: drop support for Python 3.8 (#33)");
    history.code("feat: name the host in errors\n\nMore words.\n\nBREAKING-CHANGE: errors are objects now\nRefs: #9");
    history.release("v2.0.0");
    publishes!("notes_breaking", history.says(&["notes", "v2.0.0"]));
}

#[test]
fn dependencies_are_told_once_each_and_tools_not_at_all() {
    let history = History::at_github("v1.0.0");
    history.file(
        "Cargo.lock",
        "build(deps): bump serde from 1.0.1 to 1.0.2 (#41)",
    );
    history.file(
        "Cargo.lock",
        "build(deps): bump tokio from 1.40.0 to 1.41.0 (#42)",
    );
    history.file(
        "Cargo.lock",
        "build(deps): bump serde from 1.0.2 to 1.0.5 (#43)",
    );
    history.file(
        "Cargo.lock",
        "build(deps-dev): bump insta from 1.1 to 1.2 (#44)",
    );
    history.file(
        ".github/workflows/ci.yml",
        "build(deps): bump actions/checkout from 4 to 5 (#45)",
    );
    history.file(
        "package.json",
        "Update dependency @types/node to v22.1.0 (#46)",
    );
    history.code("fix: wait for the last answer (#47)");
    history.file(
        "Cargo.lock",
        "chore(deps): Update Rust crate indoc to v2.0.6",
    );
    history.file(
        ".pre-commit-config.yaml",
        "chore(deps): Update pre-commit hook acme/typos to v1.44.0",
    );
    history.file(
        "assets/zig",
        "Bump assets/zig from `c16d871` to `363f0e7` (#48)",
    );
    history.file(
        "package-lock.json",
        "fix(deps): update all non-major dependencies (#49)",
    );
    history.release("v1.0.1");
    publishes!("notes_dependencies", history.says(&["notes", "v1.0.1"]));
}

const GERMAN: &str = "# Änderungsprotokoll\n\n## [Unveröffentlicht]\n\n## [1.0.0] - 2026-01-02\n\n### Hinzugefügt\n\n- Bereiche lesen (#1)\n\n### Behoben\n\n- Absturz beim Start (#2)\n\n[Unveröffentlicht]: https://github.com/acme/api/compare/v1.0.0...HEAD\n[1.0.0]: https://github.com/acme/api/compare/v0.9.0...v1.0.0\n";

#[test]
fn headings_in_another_language_are_continued() {
    let history = History::at_github("");
    history.given("CHANGELOG.md", GERMAN);
    history.tag("v1.0.0");
    history.code("feat: Dateien vom Ende her lesen (#5)");
    history.by(
        "Grete Hermann",
        "grete@example.org",
        "fix: leere Zeilen überspringen (#6)",
    );
    history.code("feat!: Bereiche als Text ausgeben (#7)");
    history.release("v2.0.0");
    publishes!("notes_german", history.says(&["notes", "v2.0.0"]));
    publishes!("changelog_german", history.says(&["changelog", "v2.0.0"]));
    says(
        &World::new(),
        &history.repository,
        &["changelog", "v2.0.0", "--write"],
    );
    publishes!(
        "changelog_german_file",
        history.repository.read("CHANGELOG.md")
    );
}

#[test]
fn keep_a_changelog_gets_what_came_since_the_last_version() {
    let history = History::at_github("");
    history.given(
        "CHANGELOG.md",
        "# Changelog\n\nAll notable changes to this project are documented here.\n\n## [Unreleased]\n\n### Added\n\n- Ranges without an end ([#12](https://github.com/acme/api/pull/12))\n\n## [1.2.0] - 2026-01-02\n\n### Fixed\n\n- Crash on start ([#3](https://github.com/acme/api/pull/3))\n",
    );
    history.tag("v1.2.0");
    history.code("feat: ranges without an end (#12)");
    history.code("feat: read ranges from standard input (#14)");
    history.code("fix: close the file when reading stops early (#13)");
    history.code("Remove the --legacy flag (#15)");
    history.file("tests/x.rs", "test: more (#16)");
    publishes!("changelog_keep", history.says(&["changelog"]));
    says(
        &World::new(),
        &history.repository,
        &["changelog", "--write"],
    );
    publishes!(
        "changelog_keep_file",
        history.repository.read("CHANGELOG.md")
    );
    let again = perch(&World::new(), &history.repository, &["changelog"]);
    let reason = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(
        reason.contains("`CHANGELOG.md` names everything that is worth an entry already"),
        "{reason}"
    );
}

#[test]
fn conventional_changelogs_headings_and_links_are_continued() {
    let history = History::at_github("");
    history.given(
        "CHANGELOG.md",
        "# Changelog\n\n## [1.1.0](https://github.com/acme/api/compare/v1.0.0...v1.1.0) (2026-01-02)\n\n\n### Features\n\n* **cli:** add tabs ([#7](https://github.com/acme/api/issues/7)) ([abcdef1](https://github.com/acme/api/commit/abcdef1234567))\n\n\n### Bug Fixes\n\n* stop early ([#8](https://github.com/acme/api/issues/8)) ([abcdef2](https://github.com/acme/api/commit/abcdef2234567))\n",
    );
    history.tag("v1.1.0");
    history.code("feat(parser): accept empty ranges (#9)");
    history.code("fix: keep the order of arguments (#10)");
    history.code("chore: release 1.2.0");
    history.release("v1.2.0");
    let text = history.says(&["changelog", "v1.2.0"]);
    publishes!("changelog_conventional", text);
    publishes!(
        "notes_with_conventional_changelog",
        history.says(&["notes", "v1.2.0"])
    );
}

#[test]
fn git_cliffs_layout_is_continued() {
    let history = History::at_github("");
    history.given(
        "CHANGELOG.md",
        "# Changelog\n\n## [0.4.0] - 2026-01-02\n\n### 🚀 Features\n\n- *(cli)* Add tabs\n\n### 🐛 Bug Fixes\n\n- *(cli)* Close the file\n- Stop early\n",
    );
    history.given("cliff.toml", "[changelog]\n");
    history.tag("v0.4.0");
    history.code("feat(parser): accept empty ranges");
    history.code("fix(cli): print errors in red");
    history.release("v0.5.0");
    publishes!("changelog_cliff", history.says(&["changelog", "v0.5.0"]));
    publishes!("notes_cliff", history.says(&["notes", "v0.5.0"]));
}

#[test]
fn release_drafters_layout_is_continued() {
    let history = History::at_github("");
    history.given(
        "CHANGELOG.md",
        "# v3.1.0 (2026-01-02)\n\n## 🚀 Features\n\n* Add tabs @bob (#41)\n\n## 🐛 Bug Fixes\n\n* Stop early @bob (#40)\n* Close the file @carol (#39)\n",
    );
    history.tag("v3.1.0");
    history.by(
        "Bob",
        "77+bob@users.noreply.github.com",
        "Add a progress bar (#50)",
    );
    history.by(
        "Carol",
        "78+carol@users.noreply.github.com",
        "Fix the width of wide letters (#51)",
    );
    history.release("v3.2.0");
    publishes!("changelog_drafter", history.says(&["changelog", "v3.2.0"]));
}

#[test]
fn a_package_of_a_monorepo_has_its_own_tags_and_file() {
    let history = History::at_github("");
    history.given("packages/web/package.json", "{ \"name\": \"@acme/web\" }\n");
    history.given(
        "packages/web/CHANGELOG.md",
        "# @acme/web\n\n## 2.0.0\n\n- Read ranges\n",
    );
    history.given("CHANGELOG.md", "# Changelog\n\n## 9.0.0\n\n- Everything\n");
    history.tag("@acme/web@2.0.0");
    history.tag("@acme/cli@5.0.0");
    history.file(
        "packages/web/src/a.ts",
        "feat(web): show ranges in the list (#60)",
    );
    history.file("packages/cli/src/b.ts", "feat(cli): print ranges (#61)");
    history.file(
        "packages/web/src/a.ts",
        "fix(web): align numbers to the right (#62)",
    );
    history.release("@acme/web@2.1.0");
    publishes!(
        "notes_monorepo",
        history.says(&["notes", "@acme/web@2.1.0"])
    );
    publishes!(
        "changelog_monorepo",
        history.says(&["changelog", "@acme/web@2.0.0..@acme/web@2.1.0"])
    );
    history.file(
        "packages/web/src/a.ts",
        "fix(web): keep the scroll position (#63)",
    );
    let world = World::new();
    let inside = world
        .command(&["changelog", "--write"])
        .current_dir(history.repository.path().join("packages/web"))
        .output()
        .expect("perch runs");
    assert!(inside.status.success(), "{inside:?}");
    publishes!(
        "changelog_monorepo_file",
        history.repository.read("packages/web/CHANGELOG.md")
    );
}

#[test]
fn changesets_get_a_note_for_what_has_none() {
    let history = History::at_github("");
    history.given(".changeset/config.json", "{}\n");
    history.given(
        "package.json",
        "{ \"name\": \"root\", \"private\": true }\n",
    );
    history.given("packages/a/package.json", "{ \"name\": \"@acme/a\" }\n");
    history.given("packages/b/package.json", "{ \"name\": \"@acme/b\" }\n");
    history.tag("@acme/a@1.0.0");
    history.file("packages/a/src/x.ts", "feat: ranges without an end (#70)");
    history.repository.write(
        ".changeset/old-dogs-run.md",
        "---\n\"@acme/b\": patch\n---\n\nFix b\n",
    );
    history.file("packages/b/src/y.ts", "fix: close the file (#71)");
    history.file("packages/b/src/y.ts", "fix: retry once (#72)");
    history.file("README.md", "docs: say more");
    publishes!("changelog_changeset", history.says(&["changelog"]));
}

#[test]
fn merge_requests_of_gitlab_are_named_as_there() {
    let history = History::begun("https://gitlab.com/acme/group/api.git", "v1.0.0");
    let repository = &history.repository;
    repository.branch("ranges");
    history.code("try");
    repository.checkout("main");
    repository.merge(
        "ranges",
        "Merge branch 'ranges' into 'main'\n\nRead ranges from the end of a file\n\nSee merge request acme/group/api!14",
    );
    history.code("Fix the exit code of `check`\n\nSee merge request acme/group/api!15");
    history.release("v1.1.0");
    publishes!("notes_gitlab", history.says(&["notes", "v1.1.0"]));
}

#[test]
fn without_a_forge_commits_are_named_by_their_hash() {
    let history = History::begun("", "v1.0");
    history.code("Add a --quiet flag");
    history.code("Fix the manual page");
    history.release("v1.1");
    publishes!("notes_without_forge", history.says(&["notes", "v1.1"]));
}

#[test]
fn a_pre_release_begins_at_the_one_before_and_a_release_at_the_last_release() {
    let history = History::at_github("v1.0.0");
    history.code("feat: ranges (#80)");
    history.tag("v1.1.0-rc.1");
    history.code("fix: empty ranges (#81)");
    history.tag("v1.1.0-rc.2");
    history.code("fix: open ranges (#82)");
    history.release("v1.1.0");
    publishes!("notes_candidate", history.says(&["notes", "v1.1.0-rc.2"]));
    publishes!("notes_after_candidates", history.says(&["notes", "v1.1.0"]));
}

#[test]
fn a_version_of_internal_changes_says_so() {
    let history = History::at_github("v1.0.0");
    history.file("tests/a.rs", "test: more");
    history.file(".github/workflows/ci.yml", "ci: faster");
    history.code("refactor: split the reader");
    history.release("v1.0.1");
    publishes!("notes_internal", history.says(&["notes", "v1.0.1"]));
}

#[test]
fn notes_lie_and_look_like_those_before_them() {
    let history = History::at_github("");
    history.given(
        "docs/releases/1.0.0.md",
        "# Release 1.0.0 (January 2, 2026)\n\nWords.\n",
    );
    history.tag("v1.0.0");
    history.code("Add ranges (#90)");
    history.release("v1.1.0");
    assert_eq!(
        history.says(&["notes", "v1.1.0", "--write"]),
        "wrote docs/releases/1.1.0.md\n"
    );
    publishes!(
        "notes_file",
        history.repository.read("docs/releases/1.1.0.md")
    );
}
