//! Folders as documents see them: what stands there, what happened, and putting a document in.

use perch_core::patch::{Change, Edit, FilePatch, Patch};
use perch_core::seam::checkout::{Checkout, CheckoutError};
use perch_core::seam::provider::Provider as _;
use perch_integrations::providers::local::Local;
use perch_testkit::repository::Repository;

fn checkout(local: &Local) -> &dyn Checkout {
    local.checkout().expect("folders can be read")
}

fn patch(path: &str, change: Change) -> Patch {
    Patch {
        files: vec![FilePatch {
            path: path.into(),
            change,
        }],
    }
}

#[tokio::test]
async fn a_survey_tells_what_lies_in_the_folder_and_not_only_what_is_committed() {
    let repository = Repository::with_readme();
    repository.write(".gitignore", "target\n");
    repository.write("docs/old.md", "old\n");
    repository.commit("Keep");
    repository.git(&["tag", "light"]);
    repository.git(&["tag", "-a", "-m", "v1", "v1"]);
    repository.branch("side");
    repository.write("side.md", "side\n");
    repository.commit("Aside");
    repository.git(&["tag", "aside"]);
    repository.checkout("main");
    repository.git(&["remote", "add", "origin", "git@github.com:acme/api.git"]);
    repository.write("docs/new.md", "new\n");
    repository.write("target/made.md", "made\n");
    std::fs::remove_file(repository.path().join("docs/old.md")).expect("it is there");

    let local = Local::default();
    let inside = repository.path().join("docs");
    let found = checkout(&local)
        .survey(inside.to_str().expect("a path of the test's own"))
        .await
        .expect("it is a working tree");
    assert_eq!(
        (found.root, found.within),
        (repository.key(), "docs".to_owned())
    );
    assert_eq!(found.branch.as_deref(), Some("main"));
    assert_eq!(found.head, Some(repository.head()));
    assert_eq!(found.remote.as_deref(), Some("git@github.com:acme/api.git"));
    assert_eq!(found.person.as_deref(), Some("Ada Lovelace"));
    assert_eq!(found.paths, [".gitignore", "README.md", "docs/new.md"]);
    let mut tags: Vec<(String, bool)> = found
        .tags
        .into_iter()
        .map(|tag| (tag.name, tag.contained))
        .collect();
    tags.sort();
    let expected = [("aside", false), ("light", true), ("v1", true)];
    assert_eq!(
        tags,
        expected.map(|(name, contained)| (name.to_owned(), contained))
    );
}

#[tokio::test]
async fn the_past_is_told_newest_first_with_people_as_the_mailmap_knows_them() {
    let repository = Repository::with_readme();
    repository.git(&["tag", "v1"]);
    repository.write(
        ".mailmap",
        "Ada King <ada@king.example> Ada Lovelace <ada@example.org>\n",
    );
    repository.write("src/a.rs", "a\n");
    repository.commit("One\n\nMore");
    repository.branch("side");
    repository.write("src/b.rs", "b\n");
    repository.commit("Two");
    repository.checkout("main");
    repository.merge("side", "Merge branch 'side'");

    let local = Local::default();
    let found = checkout(&local)
        .history(&repository.key(), Some("v1"), "HEAD")
        .await
        .expect("both are there");
    let told: Vec<(String, usize, Vec<String>)> = found
        .commits
        .iter()
        .map(|one| {
            (
                one.message.lines().next().unwrap_or_default().to_owned(),
                one.parents.len(),
                one.paths.clone(),
            )
        })
        .collect();
    let paths = |list: &[&str]| {
        list.iter()
            .map(|path| (*path).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told,
        [
            ("Merge branch 'side'".to_owned(), 2, paths(&["src/b.rs"])),
            ("Two".to_owned(), 1, paths(&["src/b.rs"])),
            ("One".to_owned(), 1, paths(&[".mailmap", "src/a.rs"])),
        ]
    );
    assert!(
        found
            .commits
            .iter()
            .all(|one| one.name == "Ada King" && one.email == "ada@king.example")
    );
    assert!(found.earlier_authors.contains("ada@king.example"));
    assert!(!found.cut_short);
}

#[tokio::test]
async fn a_document_is_put_in_once_and_what_is_there_stays() {
    let repository = Repository::with_readme();
    let local = Local::default();
    let (checkout, root) = (checkout(&local), repository.key());
    let create = patch(
        "docs/adr/0001-a.md",
        Change::Create {
            content: "# A\n".into(),
        },
    );
    checkout.put(&root, &create).await.expect("it is new");
    assert_eq!(repository.read("docs/adr/0001-a.md"), "# A\n");
    let again = checkout.put(&root, &create).await.expect_err("it is there");
    assert!(matches!(again, CheckoutError::Refused { .. }));
    assert_eq!(
        again.to_string(),
        "`docs/adr/0001-a.md` already exists; nothing was written; make the document afresh"
    );
    // Only what lies there counts, committed or not.
    let edit = |search: &str| {
        patch(
            "docs/adr/0001-a.md",
            Change::Edit {
                edits: vec![Edit {
                    search: search.into(),
                    replace: "# A\n\nMore.\n".into(),
                    line: Some(1),
                }],
            },
        )
    };
    checkout.put(&root, &edit("# A\n")).await.expect("it fits");
    assert_eq!(repository.read("docs/adr/0001-a.md"), "# A\n\nMore.\n");
    assert!(checkout.put(&root, &edit("# B\n")).await.is_err());
    for outside in ["../a.md", "/tmp/a.md", ".git/config", "a/../../b"] {
        let create = patch(
            outside,
            Change::Create {
                content: "x".into(),
            },
        );
        assert!(checkout.put(&root, &create).await.is_err(), "{outside}");
    }
    assert_eq!(repository.git(&["status", "--porcelain"]), "?? docs/");
}

#[tokio::test]
async fn a_file_is_found_however_its_path_is_written_and_never_outside() {
    let repository = Repository::new();
    for path in [
        "src/main.rs",
        "ui/src/App.svelte",
        "ui/a/same.ts",
        "ui/b/same.ts",
        "odd $(name).rs",
    ] {
        repository.write(path, "text\n");
    }
    repository.commit("Begin");
    let outside = tempfile::NamedTempFile::new().expect("a file");
    std::os::unix::fs::symlink(outside.path(), repository.path().join("link.rs")).expect("a link");
    std::os::unix::fs::symlink("/", repository.path().join("all")).expect("a link");
    let root = repository.key();
    let absolute = |path: &str| format!("{root}/{path}");
    let local = Local::default();
    for (path, found) in [
        ("src/main.rs", Some("src/main.rs")),
        ("./src/main.rs", Some("src/main.rs")),
        ("src\\main.rs", Some("src/main.rs")),
        (&absolute("src/main.rs"), Some("src/main.rs")),
        ("/home/runner/work/api/api/src/main.rs", Some("src/main.rs")),
        ("D:\\a\\api\\src\\main.rs", Some("src/main.rs")),
        ("src/App.svelte", Some("ui/src/App.svelte")),
        ("odd $(name).rs", Some("odd $(name).rs")),
        ("same.ts", None),
        ("src", None),
        ("src/absent.rs", None),
        ("../main.rs", None),
        ("src/../../main.rs", None),
        ("/etc/passwd", None),
        (".git/config", None),
        (&absolute(".git/config"), None),
        ("link.rs", None),
        ("all/etc/passwd", None),
        ("", None),
    ] {
        let answer = checkout(&local).file(&root, path).await;
        assert_eq!(answer.ok(), found.map(absolute), "{path}");
    }
    let error = checkout(&local)
        .file(&root, "src/absent.rs")
        .await
        .expect_err("it is not there");
    assert!(
        error
            .to_string()
            .ends_with("check out the commit it is about"),
        "{error}"
    );
}
