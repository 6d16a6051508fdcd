//! What `explain` promises whatever the log: bounded output, line numbers that count, and no failure on any bytes.

use std::io::{self, BufReader, Read};

use perch_analyse::explain::{Explanation, Options, explain};

fn explained(failing: &[u8], passing: &[&[u8]]) -> Explanation {
    explain(failing, passing.to_vec(), Options::default()).expect("slices do not fail")
}

fn ranges(explanation: &Explanation) -> Vec<(u64, u64)> {
    explanation
        .blocks
        .iter()
        .map(|block| (block.start_line, block.end_line))
        .collect()
}

const ERROR: &str = "src/a.c:3:5: error: 'x' undeclared\n    3 |     x = 1;\n      |     ^\n";

#[test]
fn lines_are_counted_at_every_kind_of_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let log = format!("one{end}two{end}{}", ERROR.replace('\n', end));
        assert_eq!(ranges(&explained(log.as_bytes(), &[])), [(3, 5)], "{end:?}");
    }
}

#[test]
fn line_numbers_go_on_from_where_the_log_was_cut() {
    let options = Options {
        first_line: 1001,
        ..Options::default()
    };
    let passing: Vec<&[u8]> = Vec::new();
    let explanation = explain(ERROR.as_bytes(), passing, options).expect("a slice does not fail");
    assert_eq!(ranges(&explanation), [(1001, 1003)]);
    assert_eq!(explanation.lines, 1003);
}

#[test]
fn blocks_hold_the_lines_they_number_and_never_more_than_sixty() {
    let mut log = String::new();
    for number in 0..200 {
        log += &ERROR.replace(":3:5", &format!(":{number}:5"));
    }
    let explanation = explained(log.as_bytes(), &[]);
    let shown: u64 = ranges(&explanation)
        .iter()
        .map(|(start, end)| end - start + 1)
        .sum();
    assert_eq!(shown, 60);
    for block in &explanation.blocks {
        assert_eq!(
            block.lines.len() as u64,
            block.end_line - block.start_line + 1
        );
    }
    assert_eq!(ranges(&explanation)[0], (1, 3));
    assert_eq!(explanation.category.as_deref(), Some("compile"));
}

#[test]
fn what_passing_runs_print_too_is_not_the_cause() {
    let known = "warming up 3.1s\nERROR: cache is cold, going on\nplain\n";
    let failing =
        "warming up 4.7s\nERROR: cache is cold, going on\nplain\nthe frobnicator is gone\n";
    // Without the passing run the error is where the explanation begins.
    assert_eq!(
        ranges(&explained(failing.as_bytes(), &[]))[0].0,
        2,
        "the error"
    );
    assert_eq!(
        ranges(&explained(failing.as_bytes(), &[known.as_bytes()])),
        [(4, 4)]
    );
}

#[test]
fn a_line_that_stands_more_often_than_in_the_passing_run_is_new() {
    let known = "ERROR: retrying\nplain\n";
    let failing = "ERROR: retrying\nplain\nplain as well\nERROR: retrying\n";
    assert_eq!(
        ranges(&explained(failing.as_bytes(), &[known.as_bytes()])),
        [(3, 4)]
    );
}

#[test]
fn an_exit_in_a_log_without_marks_is_explained_by_what_was_said_before_it() {
    let log = "collecting\n\nthe checkout is not clean\n?? build/cache\n+ exit 1\nRequests   12\nHits 3\n";
    assert_eq!(
        ranges(&explained(log.as_bytes(), &[])).first(),
        Some(&(3, 4))
    );
}

#[test]
fn the_failed_step_comes_before_errors_of_steps_that_went_on() {
    let log = format!(
        "$ ./optional.sh\nTraceback (most recent call last):\n  File \"o.py\", line 1, in <module>\nValueError: later\n\
         The command \"./optional.sh\" exited with 0.\n$ make\n{ERROR}The command \"make\" exited with 2.\n"
    );
    assert_eq!(
        ranges(&explained(log.as_bytes(), &[])).first(),
        Some(&(7, 9))
    );
}

#[test]
fn secrets_in_the_log_are_not_shown() {
    let token = format!("ghp_{}", "aB3dE5gH7jK9mN1pQ3sT5vX7zB9dF1hJ3lN5");
    let log = format!("fatal: could not read from https://user:{token}@example.org\n");
    let explanation = explained(log.as_bytes(), &[]);
    let block = &explanation.blocks[0];
    assert!(
        !block.summary.contains(&token) && !block.lines.concat().contains(&token),
        "{block:?}"
    );
}

#[test]
fn a_key_that_begins_before_the_block_is_not_shown() {
    let body = "MIIEowIBAAKCAQEAx7Zk2mQ9vT4hLr8sWb3nYc5dPf6gJe1aUo0iKt".to_owned();
    let log = format!(
        "-----BEGIN RSA {key}-----\n{body}\nERROR: {body}\n{body}\n-----END RSA {key}-----\n",
        key = "PRIVATE KEY"
    );
    let explanation = explained(log.as_bytes(), &[]);
    assert!(!explanation.blocks.is_empty());
    for block in &explanation.blocks {
        assert!(!block.lines.concat().contains(&body), "{block:?}");
    }
}

#[test]
fn no_bytes_make_it_fail() {
    let long = vec![b'x'; 1 << 20];
    let mut noise: Vec<u8> = (0..200_000_u32)
        .map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .collect();
    noise.extend_from_slice(b"\nerror: \xff\xfe\x1b[\n");
    for log in [&b""[..], b"\n", b"\r", b"\x1b", b"\x1b]", &long, &noise] {
        let explanation = explained(log, &[log]);
        assert!(
            ranges(&explanation)
                .iter()
                .all(|&(start, end)| start >= 1 && start <= end)
        );
    }
}

/// A log of many lines that is never in memory as a whole.
struct Endless {
    left: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const LINE: &[u8] = b"error: something failed in src/lib.c:12 while compiling, going on\n";
        let mut written = 0;
        while written + LINE.len() <= buffer.len() && self.left > 0 {
            buffer[written..written + LINE.len()].copy_from_slice(LINE);
            written += LINE.len();
            self.left -= 1;
        }
        Ok(written)
    }
}

#[test]
fn a_log_of_nothing_but_errors_leaves_a_bounded_number_of_reports() {
    let log = BufReader::new(Endless { left: 300_000 });
    let passing: Vec<&[u8]> = Vec::new();
    let explanation = explain(log, passing, Options::default()).expect("it can be read");
    assert_eq!(explanation.lines, 300_000);
    assert!(explanation.diagnostics.len() <= 10_000);
    assert!(!explanation.blocks.is_empty());
}
