//! How many secrets redaction takes out and how much it takes out that is none, on made-up samples of every kind.

mod samples;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use perch_core::redact::redact;
use samples::Sample;

/// How often each kind is put into each place, with other letters every time.
const ROUNDS: usize = 2;
const SEED: u64 = 20_261_125;

/// A secret is out when neither it nor its second half is left; a text without a secret must stay as it is.
fn is_good(sample: &Sample) -> bool {
    let out = redact(&sample.text);
    if sample.secrets.is_empty() {
        return out == sample.text.as_str();
    }
    sample.secrets.iter().all(|secret| {
        let half = (secret.len() / 2..secret.len())
            .find(|&at| secret.is_char_boundary(at))
            .unwrap_or_default();
        !out.contains(secret.as_str()) && !out.contains(&secret[half..])
    })
}

/// Good and all, by kind; samples that are not good are printed where `PERCH_SHOW` names their kind or is `all`.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "what to print is asked for from outside"
)]
fn rates(samples: &[Sample]) -> BTreeMap<&str, (usize, usize)> {
    let show = std::env::var("PERCH_SHOW").unwrap_or_default();
    let mut rates = BTreeMap::new();
    for sample in samples {
        let good = is_good(sample);
        let rate: &mut (usize, usize) = rates.entry(sample.kind.as_str()).or_default();
        rate.0 += usize::from(good);
        rate.1 += 1;
        if !good && (show == "all" || show == sample.kind) {
            println!(
                "{}: {:?} -> {:?}",
                sample.kind,
                sample.text,
                redact(&sample.text)
            );
        }
    }
    rates
}

#[expect(clippy::cast_precision_loss, reason = "counts of samples are small")]
fn percent((good, all): (usize, usize)) -> f64 {
    100.0 * good as f64 / all as f64
}

fn sum(rates: &BTreeMap<&str, (usize, usize)>) -> (usize, usize) {
    rates
        .values()
        .fold((0, 0), |sum, rate| (sum.0 + rate.0, sum.1 + rate.1))
}

#[expect(clippy::print_stdout, reason = "the rates are said")]
fn print(title: &str, rates: &BTreeMap<&str, (usize, usize)>) {
    println!("{title}: {:.2} % of {}", percent(sum(rates)), sum(rates).1);
    for (kind, rate) in rates {
        println!("  {:6.2} % {:5}  {kind}", percent(*rate), rate.1);
    }
}

#[test]
fn secrets_of_every_kind_go_wherever_they_stand() {
    let samples = samples::secrets(SEED, ROUNDS);
    let rates = rates(&samples);
    print("redacted", &rates);
    let weak: Vec<_> = rates
        .iter()
        .filter(|(_, rate)| percent(**rate) < 95.0)
        .collect();
    assert!(weak.is_empty(), "kinds below 95 %: {weak:?}");
    assert!(
        percent(sum(&rates)) >= 99.5,
        "{:.2} %",
        percent(sum(&rates))
    );
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    let samples = samples::look_alikes(SEED, ROUNDS);
    let rates = rates(&samples);
    print("kept", &rates);
    assert!(
        percent(sum(&rates)) >= 95.0,
        "{:.2} %",
        percent(sum(&rates))
    );
}

#[test]
fn redacting_again_changes_nothing() {
    for sample in samples::secrets(SEED + 1, 1) {
        let once = redact(&sample.text).into_owned();
        assert_eq!(redact(&once), once, "{}: {:?}", sample.kind, sample.text);
    }
}

/// The fastest of three runs.
#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is what is tested"
)]
fn fastest(text: &str) -> Duration {
    let once = || {
        let start = Instant::now();
        std::hint::black_box(redact(text));
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

/// Four times the text takes about four times the time, whatever it repeats; sixteen times would be quadratic.
#[test]
fn hostile_lines_are_read_in_linear_time() {
    for piece in [
        "key=",
        "password ",
        "token:",
        "\"secret\":\"",
        "a.b.c.",
        "https://",
        "https://a:",
        "curl -u ",
        "curl -H \"",
        "Authorization: ",
        "Bearer ",
        "cookie: a=b; ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "eyJ",
        "eyJa.eyJb.",
        "sk-",
        "ghp_",
        "xoxb-",
        "AKIA",
        "EAAA",
        "s.",
        "sl.",
        "pat.",
        "st.",
        "SG.",
        "0Q~",
        "{",
        "\\\"",
        "\\n",
        "‹redacted:",
        "‹redacted:password#1›",
        "_mmk",
        "key-",
        "-us1",
        "AZDO",
        "kind: Secret",
        "twitter ",
        "twitter",
        "sumo=",
        "datadog ....",
        "algolia\t",
        "live_",
        "://",
        "@",
        "a",
        "=",
        " ",
        "-",
        "\"",
        "<key>",
        "sig=",
        "/api/webhooks/",
        "x%",
        "1|",
    ] {
        let length = 50_000 / piece.len();
        let (short, long) = (piece.repeat(length), piece.repeat(4 * length));
        // A machine that is busy makes anything take long once.
        let times = (0..4).map(|_| (fastest(&short), fastest(&long)));
        let mut slow = times
            .take_while(|(once, four)| *four > Duration::from_millis(100) && *four > *once * 10);
        assert_eq!(slow.nth(3), None, "{piece:?} once, and four times as much");
    }
}
