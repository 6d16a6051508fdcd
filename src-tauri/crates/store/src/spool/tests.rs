//! Both ends of the spool, and what is left between them.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn run(id: &str, started: i64) -> ExecRun {
    let started_at = Timestamp::from_second(1_700_000_000 + started).expect("in range");
    ExecRun {
        id: id.into(),
        command: vec!["cargo".into(), "test".into()],
        folder: "/src/shop".into(),
        repository: Some("/src/shop".into()),
        base: None,
        exit_code: 101,
        started_at,
        finished_at: started_at,
        log_bytes: 4,
        environment: perch_core::run::Environment::default(),
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("in range")
}

fn gzip(path: &Path, pieces: impl IntoIterator<Item = impl AsRef<[u8]>>) {
    let mut log = GzEncoder::new(File::create(path).expect("created"), Compression::fast());
    for piece in pieces {
        log.write_all(piece.as_ref()).expect("written");
    }
    log.finish().expect("finished");
}

fn record(spool: &Path, id: &str, started: i64) {
    let writer = SpoolWriter::begin(spool, id).expect("begun");
    gzip(&writer.log_path(), ["log\n"]);
    writer.finish(&run(id, started)).expect("finished");
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("readable")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_run_appears_when_it_is_whole_and_goes_when_it_is_stored() {
    let place = tempfile::tempdir().expect("a folder");
    let (spool, logs) = (place.path().join("spool"), place.path().join("logs"));
    assert_eq!(waiting(&spool, now()).expect("no folder holds none"), []);
    let writer = SpoolWriter::begin(&spool, "b").expect("begun");
    gzip(&writer.log_path(), ["log\n"]);
    fs::create_dir(writer.folder().join("snapshot")).expect("created");
    fs::write(writer.folder().join("snapshot/blob"), "text").expect("written");
    assert_eq!(waiting(&spool, now()).expect("readable"), []);
    writer.finish(&run("b", 10)).expect("finished");
    record(&spool, "c", 5);
    record(&spool, "a", 10);

    let found = waiting(&spool, now()).expect("readable");
    let ids: Vec<&str> = found
        .iter()
        .map(|spooled| spooled.run.id.as_str())
        .collect();
    assert_eq!(ids, ["c", "a", "b"], "oldest first");
    assert_eq!(found[2].run, run("b", 10));
    assert_eq!(
        listing(&found[2].folder),
        ["log.gz", "run.json", "snapshot"]
    );
    for _ in 0..2 {
        let kept = found[2].keep_log(&logs).expect("kept");
        assert_eq!(kept, logs.join("b.gz"));
        assert_eq!(listing(&logs), ["b.gz"]);
        assert_eq!(
            read_log_end(&kept, 100).expect("readable"),
            (b"log\n".to_vec(), 1)
        );
    }
    found[2].remove().expect("removed");
    assert_eq!(listing(&spool), ["a", "c"]);
    assert_eq!(listing(&logs), ["b.gz"], "the kept log stays");
}

#[test]
fn a_broken_run_is_set_aside_with_the_reason_and_blocks_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let spool = place.path();
    let make = |id: &str, json: &str| {
        fs::create_dir(spool.join(id)).expect("created");
        fs::write(spool.join(id).join("run.json"), json).expect("written");
    };
    for round in ["", "-2"] {
        record(spool, "good", 0);
        make("cut-off", r#"{"id": "cut-o"#);
        make(
            "renamed",
            &serde_json::to_string(&run("other", 0)).expect("JSON"),
        );
        make(
            "no-log",
            &serde_json::to_string(&run("no-log", 0)).expect("JSON"),
        );
        fs::create_dir(spool.join("empty")).expect("created");
        let found = waiting(spool, now()).expect("readable");
        assert_eq!(found.len(), 1);
        found[0].remove().expect("removed");
        for (id, reason) in [
            ("cut-off", "does not describe a run"),
            ("renamed", "names another run, `other`"),
            ("no-log", "has no log.gz"),
            ("empty", "cannot be read"),
        ] {
            let aside = spool.join(format!("refused/{id}{round}/reason.txt"));
            let told = fs::read_to_string(aside).expect("a reason");
            assert!(told.contains(reason), "{id}: {told}");
        }
        assert_eq!(listing(spool), ["refused"]);
    }
}

#[test]
fn what_is_half_written_is_swept_after_a_day_unless_its_recorder_lives() {
    let place = tempfile::tempdir().expect("a folder");
    let spool = place.path();
    let alive = SpoolWriter::begin(spool, "alive").expect("begun");
    fs::create_dir(spool.join(".dead")).expect("created");
    fs::write(spool.join(".dead/writing.lock"), "").expect("written");
    fs::create_dir(spool.join(".bare")).expect("created");
    let real = Timestamp::try_from(SystemTime::UNIX_EPOCH + modified(&spool.join(".dead")));
    let real = real.expect("in range");
    waiting(spool, real + SignedDuration::from_hours(23)).expect("readable");
    assert_eq!(listing(spool), [".alive", ".bare", ".dead"]);
    waiting(spool, real + SignedDuration::from_hours(25)).expect("readable");
    assert_eq!(listing(spool), [".alive"]);
    alive.finish(&run("alive", 0)).expect("finished after all");
    assert_eq!(listing(spool), ["alive"]);
    assert_eq!(listing(&spool.join("alive")), ["log.gz", "run.json"]);
}

fn modified(path: &Path) -> Duration {
    let modified = fs::metadata(path).and_then(|seen| seen.modified());
    let modified = modified.expect("a time");
    modified
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970")
}

#[test]
fn a_run_given_up_or_named_wrongly_leaves_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let spool = place.path();
    drop(SpoolWriter::begin(spool, "given-up").expect("begun"));
    let writer = SpoolWriter::begin(spool, "one").expect("begun");
    writer.finish(&run("two", 0)).expect_err("another run");
    assert_eq!(listing(spool), Vec::<String>::new());
    for id in [
        "",
        ".hidden",
        "../up",
        "a/b",
        "a\\b",
        "refused",
        &"x".repeat(200),
    ] {
        SpoolWriter::begin(spool, id).expect_err(id);
    }
    record(spool, "one", 0);
    let twice = SpoolWriter::begin(spool, "one").expect("begun");
    twice.finish(&run("one", 0)).expect_err("already there");
    assert_eq!(listing(spool), ["one"]);
}

#[test]
fn the_end_of_a_log_begins_with_a_line_and_knows_its_number() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("log.gz");
    for (text, max, expected, first) in [
        ("", 10, "", 1),
        ("one\ntwo\nthree\n", 100, "one\ntwo\nthree\n", 1),
        ("one\ntwo\nthree\n", 14, "one\ntwo\nthree\n", 1),
        ("one\ntwo\nthree\n", 13, "two\nthree\n", 2),
        ("one\ntwo\nthree\n", 10, "two\nthree\n", 2),
        ("one\ntwo\nthree\n", 9, "three\n", 3),
        ("one\r\ntwo\r\nthree", 11, "two\r\nthree", 2),
        ("one\r\ntwo\r\nthree", 10, "two\r\nthree", 2),
        ("one\r\ntwo\r\nthree", 6, "three", 3),
        ("one\rtwo\rthree", 9, "two\rthree", 2),
        ("one\rtwo\rthree", 10, "two\rthree", 2),
        ("one\n\n\ntwo", 4, "\ntwo", 3),
        ("one\na line without an end", 6, "an end", 2),
        ("one\na line longer than that\n", 6, " that\n", 2),
        ("one\ntwo\n", 0, "", 3),
    ] {
        gzip(&path, [text]);
        let (bytes, number) = read_log_end(&path, max).expect("readable");
        let found = (String::from_utf8_lossy(&bytes).into_owned(), number);
        assert_eq!(found, (expected.to_owned(), first), "{text:?} {max}");
    }
}

#[test]
fn every_cut_of_mixed_line_ends_agrees_with_counting_from_the_start() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("log.gz");
    // Long enough for several pieces, with line ends of every kind at every place.
    let text: Vec<u8> = (0..70_000_u32)
        .flat_map(|n| match n % 7 {
            0 => b"\r\n".to_vec(),
            1 => b"\r".to_vec(),
            2 | 5 => b"\n".to_vec(),
            _ => b"ab".to_vec(),
        })
        .collect();
    gzip(&path, text.chunks(1000));
    for max in (1..400).chain([60_000, 65_535, 65_536, 65_537, 80_000]) {
        let (bytes, number) = read_log_end(&path, max).expect("readable");
        assert!(bytes.len() <= max && text.ends_with(&bytes), "{max}");
        let before = &text[..text.len() - bytes.len()];
        let ends = (0..before.len())
            .filter(|at| match before[*at] {
                b'\n' => true,
                b'\r' => text.get(at + 1) != Some(&b'\n'),
                _ => false,
            })
            .count();
        assert_eq!(number, ends as u64 + 1, "{max}");
    }
}

#[test]
fn a_log_of_200_megabytes_is_read_to_its_end_in_little_memory() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("log.gz");
    let line = format!("{}\n", "x".repeat(1023));
    let piece = line.repeat(1024);
    gzip(&path, (0..200).map(|_| &piece));
    let (bytes, first) = read_log_end(&path, 10_000).expect("readable");
    assert_eq!(bytes.len(), 9 * 1024);
    assert_eq!(first, 200 * 1024 - 9 + 1);
    assert!(
        bytes.capacity() < 1 << 20,
        "{} bytes held",
        bytes.capacity()
    );
}

#[test]
fn a_log_in_several_members_is_one_log_and_one_cut_short_gives_what_is_there() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("log.gz");
    gzip(&path, ["one\n"]);
    let first = fs::read(&path).expect("readable");
    gzip(&path, ["two\n"]);
    let second = fs::read(&path).expect("readable");
    fs::write(&path, [&first[..], &second[..]].concat()).expect("written");
    assert_eq!(
        read_log_end(&path, 100).expect("readable"),
        (b"one\ntwo\n".to_vec(), 1)
    );
    fs::write(&path, [&first[..], &second[..second.len() - 6]].concat()).expect("written");
    assert_eq!(
        read_log_end(&path, 100).expect("readable"),
        (b"one\ntwo\n".to_vec(), 1)
    );
    fs::write(&path, "this is no gzip file").expect("written");
    read_log_end(&path, 100).expect_err("not a log");
    read_log_end(&place.path().join("missing"), 100).expect_err("no file");
}
