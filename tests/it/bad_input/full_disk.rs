//! A data folder on a real disk of two megabytes that is full, and then no longer.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use perch_store::db::Connection;

use crate::crash::forge::Scene;
use crate::world::{World, wait_for};

/// A file system in memory. It is unmounted with this.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let size = format!("size=2m,mode=700,uid={},gid={}", user("-u"), user("-g"));
        as_root(
            &["mount", "-t", "tmpfs", "-o", &size, "tmpfs"],
            folder.path(),
        );
        Self { folder }
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("a file can be made");
        for size in [4096, 1] {
            while filler.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        fs::remove_file(self.filler()).expect("the filler is there");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        as_root(&["umount", "--lazy"], self.folder.path());
    }
}

/// What `id` says with this option.
fn user(option: &str) -> String {
    let output = Command::new("id").arg(option).output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs a command about `folder`, through sudo for those who are not root.
fn as_root(command: &[&str], folder: &Path) {
    let sudo: &[&str] = if user("-u") == "0" {
        &[]
    } else {
        &["sudo", "-n"]
    };
    let command = [sudo, command].concat();
    let status = Command::new(command[0])
        .args(&command[1..])
        .arg(folder)
        .status()
        .expect("it runs");
    assert!(
        status.success(),
        "{command:?}: mounting takes root or sudo without a password"
    );
}

#[test]
fn a_full_disk_loses_nothing_acknowledged_is_named_and_is_recovered_from() {
    let disk = SmallDisk::new();
    let home = disk.folder.path().to_str().expect("a plain name");
    let scene = Scene::within(World::new().with("PERCH_HOME", home));
    let world = &scene.world;
    let serve = world.serve(None).expect("it starts");
    let mut acknowledged = Vec::new();
    let mut tell = |id: String| {
        let status = scene.post(&id).expect("the listener answers");
        if status.is_success() {
            acknowledged.push(id);
        }
        status.as_u16()
    };
    assert_eq!(tell("before".into()), 202);
    disk.fill();
    // Room the database had taken before is used up first.
    let refusal = (0..1000).map(|number| tell(format!("full-{number}")));
    assert_eq!(refusal.into_iter().find(|status| *status != 202), Some(503));

    let problems = world.json(&["status"])["problems"].to_string();
    assert!(problems.contains("free some space"), "{problems}");
    let said = world.says(&["status"]);
    assert!(said.contains("the disk is full"), "{said}");
    let run = world.perch(&["exec", "--", "sh", "-c", "echo through; exit 7"]);
    assert_eq!(run.status.code(), Some(7));
    assert_eq!(run.stdout, b"through\n");

    disk.empty();
    assert_eq!(tell("after".into()), 202);
    wait_for("the problem to be gone", || {
        (world.json(&["status"])["problems"] == serde_json::json!([])).then_some(())
    });
    wait_for("the suggestion", || world.inbox().pop());
    assert!(serve.quit().success());
    let db = Connection::open(disk.folder.path().join("data/perch.db")).expect("the database");
    for id in acknowledged {
        let kept: i64 = db
            .query_row(
                "SELECT count(*) FROM deliveries WHERE external_id = ?1",
                [&id],
                |row| row.get(0),
            )
            .expect("it can be read");
        assert_eq!(kept, 1, "{id}");
    }
}
