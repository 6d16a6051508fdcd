//! `perch backtest`: whole reports on a noisy repository, on a calm one, and on this one's own past.

mod noise;

use std::path::Path;
use std::process::Command;

use insta::{Settings, assert_json_snapshot, assert_snapshot};
use jiff::{SignedDuration, Timestamp};
use perch_testkit::repository::Repository;

use crate::world::World;
use crate::world::greeter::Greeter;

/// Where this repository's own past is looked at from: what came later is no part of the report.
const OWN_END: &str = "e4df67a";

fn begin() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().expect("a moment")
}

fn on_day(repository: &Repository, day: i64) {
    repository.set_date(begin() + SignedDuration::from_hours(24 * day));
}

/// Hashes stay, since the test dates its commits; only the folder differs.
fn redacted() -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("backtest/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings
}

/// The report for people, and for the small ones that for programs too.
fn reports(name: &str, folder: &Path, options: &[&str]) {
    let world = World::new();
    let folder = folder.to_str().expect("UTF-8");
    let arguments = [&["backtest", folder][..], options].concat();
    let text = world.says(&arguments);
    redacted().bind(|| {
        assert_snapshot!(format!("{name}_text"), text);
        if name != "own" {
            assert_json_snapshot!(format!("{name}_json"), world.json(&arguments));
        }
    });
    // Nothing of it is kept, since it does not end with the present.
    assert_eq!(
        world.json(&["filters", "silent"])["rules"],
        serde_json::json!([])
    );
    assert_eq!(world.json(&["events"])["events"], serde_json::json!([]));
    assert!(world.inbox().is_empty());
}

/// Exports come and go while others use them, secrets slip in, functions arrive without tests.
fn noisy() -> Repository {
    let repository = Repository::new();
    on_day(&repository, 0);
    repository.write(
        "package.json",
        "{ \"name\": \"shop\", \"version\": \"1.0.0\" }\n",
    );
    repository.write(
        "src/price.ts",
        "export function parse(text: string): number {\n  return Number(text);\n}\n\nexport function show(price: number): string {\n  return price.toFixed(2);\n}\n",
    );
    repository.write(
        "src/cart.ts",
        "import { parse, show } from './price';\n\nexport const total = (prices: string[]): string => {\n  const sum = prices.map(parse).reduce((a, b) => a + b, 0);\n  return show(sum);\n};\n",
    );
    repository.commit("Begin");

    // An export goes while the cart still uses it; the cart is put right the day after.
    on_day(&repository, 3);
    repository.write(
        "src/price.ts",
        "export function read(text: string): number {\n  return Number(text);\n}\n\nexport function show(price: number): string {\n  return price.toFixed(2);\n}\n",
    );
    repository.commit("Call it read");
    on_day(&repository, 4);
    repository.write(
        "src/cart.ts",
        "import { read, show } from './price';\n\nexport const total = (prices: string[]): string => {\n  const sum = prices.map(read).reduce((a, b) => a + b, 0);\n  return show(sum);\n};\n",
    );
    repository.commit("Use it");

    // A second one goes and nobody minds.
    on_day(&repository, 10);
    repository.write(
        "src/price.ts",
        "export function read(text: string): number {\n  return Number(text);\n}\n",
    );
    repository.commit("Drop show");

    // A column is dropped; a branch brings functions without tests.
    on_day(&repository, 12);
    repository.write(
        "migrations/0002_drop.sql",
        "ALTER TABLE orders DROP COLUMN note;\n",
    );
    repository.commit("Drop the note");
    repository.branch("feature/refunds");
    on_day(&repository, 14);
    repository.write(
        "src/refund.ts",
        "export function refund(amount: number, reason: string): number {\n  if (amount < 0) {\n    throw new Error('negative');\n  }\n  if (reason === '') {\n    return 0;\n  }\n  return -amount;\n}\n\nexport function fee(amount: number): number {\n  if (amount > 100) {\n    return 1;\n  }\n  return 2;\n}\n",
    );
    repository.commit("Refund orders");
    repository.checkout("main");
    on_day(&repository, 15);
    repository.merge(
        "feature/refunds",
        "Merge pull request #7 from acme/feature/refunds\n\nRefund orders",
    );
    on_day(&repository, 16);
    repository.write(
        "src/refund.ts",
        "export function refund(amount: number, reason: string): number {\n  if (!(amount >= 0)) {\n    throw new Error('negative');\n  }\n  if (reason === '') {\n    return 0;\n  }\n  return -amount;\n}\n\nexport function fee(amount: number): number {\n  if (amount > 100) {\n    return 1;\n  }\n  return 2;\n}\n",
    );
    repository.commit("Refuse what is no number");
    on_day(&repository, 40);
    repository.write("README.md", "# Shop\n");
    repository.commit("Say what it is");
    repository
}

/// Documents, tests beside the code, small steps.
fn calm() -> Repository {
    let repository = Repository::new();
    on_day(&repository, 0);
    repository.write("src/lib.rs", "//! Sums.\n\n/// The sum of both.\npub fn sum(a: i32, b: i32) -> i32 {\n    a + b\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn sums() {\n        assert_eq!(sum(1, 2), 3);\n    }\n}\n");
    repository.commit("Begin");
    for day in 1..20 {
        on_day(&repository, day);
        repository.write("docs/diary.md", format!("# Diary\n\nDay {day}.\n"));
        repository.commit("Write the diary");
    }
    on_day(&repository, 20);
    repository.write("src/lib.rs", "//! Sums.\n\n/// The sum of both, or nothing where there is none.\npub fn sum(a: i32, b: i32) -> i32 {\n    a.saturating_add(b)\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn sums() {\n        assert_eq!(sum(1, 2), 3);\n        assert_eq!(sum(i32::MAX, 1), i32::MAX);\n    }\n}\n");
    repository.commit("Stay within bounds");
    repository
}

#[test]
fn a_noisy_repository_gets_a_report_that_says_what_was_right() {
    let repository = noisy();
    reports("noisy", repository.path(), &["--to", "main"]);
}

#[test]
fn a_calm_repository_gets_a_report_that_says_how_little_there_was_to_say() {
    let repository = calm();
    reports("calm", repository.path(), &["--to", "main", "--days", "30"]);
}

#[test]
fn this_repositorys_own_past_gets_a_report() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known = Command::new("git")
        .current_dir(root)
        .args(["cat-file", "-e", OWN_END])
        .output()
        .expect("git is installed");
    if !known.status.success() {
        eprintln!(
            "skipped: this copy of the sources has no past back to {OWN_END}; `git fetch --unshallow` brings it"
        );
        return;
    }
    // The report names the folder and the branch that are checked out, and those are anybody's choice.
    let world = World::new();
    let clone = world.folder().join("perch-past");
    let cloned = Command::new("git")
        .args(["clone", "--quiet", "--no-local"])
        .arg(root)
        .arg(&clone)
        .output()
        .expect("git is installed");
    assert!(
        cloned.status.success(),
        "{}",
        String::from_utf8_lossy(&cloned.stderr)
    );
    let checked_out = Command::new("git")
        .current_dir(&clone)
        .args(["checkout", "--quiet", "-B", "main", OWN_END])
        .output()
        .expect("git is installed");
    assert!(checked_out.status.success());
    reports("own", &clone, &["--to", "main"]);
}

#[test]
fn a_build_that_broke_is_right_when_the_commit_that_mended_it_changed_the_lines_shown() {
    let world = World::new();
    let greeter = Greeter::new(world.folder());
    world.says(&["watch".as_ref(), greeter.folder.as_os_str()]);
    assert!(greeter.build(&world).status.success());
    greeter.break_it();
    greeter.commit("Make room for a name");
    greeter.build(&world);
    let suggestion = world.inbox().remove(0);
    let folder = greeter.folder.to_str().expect("UTF-8");
    let report = world.json(&["backtest", folder]);
    assert_eq!(
        report["builds"],
        serde_json::json!({ "broke": 1, "mended": 0, "right": 0 })
    );

    greeter.mend_it();
    greeter.commit("Take the name as it is");
    assert!(greeter.build(&world).status.success());
    let report = world.json(&["backtest", folder]);
    assert_eq!(
        report["builds"],
        serde_json::json!({ "broke": 1, "mended": 1, "right": 1 })
    );
    let said = report["said"].as_array().expect("a list");
    let build = said
        .iter()
        .find(|one| one["event_type"] == "repo.build.failed")
        .expect("the build is told");
    assert_eq!(build["outcome"]["kind"], "right");
    assert_eq!(build["outcome"]["path"], "src/main.rs");
    assert!(!suggestion.is_empty());
}

#[test]
fn what_cannot_be_looked_back_at_says_why() {
    let world = World::new();
    let nowhere = world.perch(&["backtest"]);
    assert!(!nowhere.status.success());
    let said = String::from_utf8_lossy(&nowhere.stderr).into_owned();
    assert!(said.contains("is not a git repository"), "{said}");
    let empty = Repository::new();
    let folder = empty.path().to_str().expect("UTF-8");
    let said = world.perch(&["backtest", folder]);
    assert!(
        String::from_utf8_lossy(&said.stderr)
            .contains("the repository has no commit yet, so it has no past")
    );
    let repository = Repository::with_readme();
    let folder = repository.path().to_str().expect("UTF-8");
    let said = world.perch(&["backtest", folder, "--to", "v9"]);
    assert!(
        String::from_utf8_lossy(&said.stderr).contains("`v9` is no tag, branch or commit here")
    );
}
