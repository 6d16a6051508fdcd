//! What triage promises, and what it reaches on labelled issues.

use std::fmt::Write as _;
use std::path::Path;

use super::*;

fn report(title: &str, body: &str) -> Report {
    Report {
        title: title.into(),
        body: body.into(),
    }
}

fn cold(title: &str, body: &str) -> Label {
    Judge::cold().judge(&report(title, body)).label
}

#[test]
fn people_are_understood_without_any_lesson() {
    let cases = [
        (
            "Crash when the config file is empty",
            "Steps to reproduce:\n\n1. `touch a.toml`\n2. run\n\nthread 'main' panicked at src/main.rs:3:1",
            Label::Bug,
        ),
        (
            "[BUG] Export writes the wrong dates",
            "**Describe the bug**\nDates are off by one since 2.1.0.\n\n**Expected behavior**\nThe right dates.",
            Label::Bug,
        ),
        ("Sidebar flickers when scrolling", "", Label::Bug),
        (
            "Support reading the settings from YAML",
            "It would be nice to be able to write the settings in YAML. I'd like an option for it.",
            Label::Feature,
        ),
        (
            "Feature request: dark mode",
            "**Is your feature request related to a problem?**\nMy eyes.\n\n**Describe the solution you'd like**\nA dark theme.",
            Label::Feature,
        ),
        ("Add a `--quiet` flag", "", Label::Feature),
        (
            "How do I run only one test?",
            "Hi, I am new to this. Is there a way to run a single test? Thanks!",
            Label::Question,
        ),
        (
            "Question about licences",
            "Can I use this at work? I could not find anything in the documentation.",
            Label::Question,
        ),
        (
            "help me please",
            "I don't know what to do, can someone help me?",
            Label::Question,
        ),
    ];
    for (title, body, expected) in cases {
        assert_eq!(cold(title, body), expected, "{title}");
    }
}

#[test]
fn what_a_form_declares_counts() {
    let body = |kind: &str| format!("### Issue type\n\n{kind}\n\n### Your words\n\nSee title\n");
    for (kind, expected) in [
        ("Bug", Label::Bug),
        ("Feature Request", Label::Feature),
        ("Support", Label::Question),
    ] {
        assert_eq!(
            cold("Frobnication of widgets", &body(kind)),
            expected,
            "{kind}"
        );
    }
}

#[test]
fn a_repository_s_own_way_of_writing_is_learnt() {
    let lessons: Vec<(Report, Label)> = (0..30)
        .map(|number| {
            let (title, label) = match number % 3 {
                0 => (format!("zap: widget {number}"), Label::Bug),
                1 => (format!("zip: widget {number}"), Label::Feature),
                _ => (format!("zup: widget {number}"), Label::Question),
            };
            (report(&title, ""), label)
        })
        .collect();
    let judge = Judge::trained(&lessons);
    for (title, expected) in [
        ("zap: gadget", Label::Bug),
        ("zip: gadget", Label::Feature),
        ("zup: gadget", Label::Question),
    ] {
        let judgement = judge.judge(&report(title, ""));
        assert_eq!(judgement.label, expected, "{title}");
        assert!(judgement.confidence > 0.5, "{judgement:?}");
    }
}

#[test]
fn few_lessons_change_nothing() {
    let lesson = (report("Add a flag", ""), Label::Bug);
    let judge = Judge::trained(&vec![lesson; FEW - 1]);
    assert_eq!(judge.judge(&report("Add a flag", "")).label, Label::Feature);
}

#[test]
fn any_text_is_judged() {
    let long = "a".repeat(1 << 20);
    let deep = "#".repeat(1 << 18);
    for body in [
        "",
        "\u{0}\r\r\u{202e}",
        "```",
        "|||||",
        &long,
        &deep,
        "<!-- ",
    ] {
        for title in ["", "?", "[", "😀", &long] {
            let judgement = Judge::cold().judge(&report(title, body));
            assert!((0.33..=1.0).contains(&judgement.confidence));
        }
    }
}

#[test]
fn labels_are_understood_as_repositories_write_them() {
    for (written, expected) in [
        ("bug", Some(Label::Bug)),
        ("kind/bug", Some(Label::Bug)),
        ("C-bug", Some(Label::Bug)),
        ("Type: Enhancement", Some(Label::Feature)),
        ("feature-request", Some(Label::Feature)),
        ("support", Some(Label::Question)),
        ("help wanted", None),
        ("not a bug", None),
        ("good first issue", None),
        ("P1", None),
    ] {
        assert_eq!(Label::meant_by(written), expected, "{written}");
    }
}

/// The labelled issues of `PERCH_DATA`; nothing, said aloud, when it is not set.
fn labelled() -> Vec<Report> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's data lies where the caller says"
    )]
    let data = std::env::var("PERCH_DATA").inspect_err(|_| {
        eprintln!("skipped: PERCH_DATA does not say where the labelled issues are");
    });
    let Ok(data) = data else {
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(Path::new(&data).join("issues"))
        .expect("the issues are there")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let text = std::fs::read_to_string(file).expect("text");
            let reports = text.lines().map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
                let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
                report(&text("title"), &text("body"))
            });
            reports.collect::<Vec<_>>()
        })
        .collect()
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "thousands")]
fn typical_values_are_those_of_the_labelled_issues() {
    let issues = labelled();
    if issues.is_empty() {
        return;
    }
    let measured: Vec<Vec<f32>> = issues.iter().map(signs::measured).collect();
    let mut table = String::new();
    let mut off = Vec::new();
    for (number, sign) in lexicon::signs().iter().enumerate() {
        let values: Vec<f64> = measured.iter().map(|all| f64::from(all[number])).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = |value: &f64| (value - mean).powi(2);
        let spread = (values.iter().map(square).sum::<f64>() / values.len() as f64).sqrt();
        let spread = spread.max(0.05);
        writeln!(table, "{mean:.3}\t{spread:.3}\t{}", sign.name()).expect("a string takes it");
        let near = |stored: f32, found: f64| (f64::from(stored) - found).abs() < spread / 3.0;
        if !near(sign.typical, mean) || !near(sign.spread, spread) {
            off.push(sign.name());
        }
    }
    assert!(off.is_empty(), "differ: {off:?}; measured:\n{table}");
}
