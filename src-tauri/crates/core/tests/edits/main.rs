//! Edits as models write them: which apply, to which bytes, and which are refused with which reason.

use perch_core::edit::{Allowed, Block, Limits, resolve, undo};
use perch_core::patch::unified_diff;

/// The files the finding of the table is about.
const ABOUT: &[&str] = &[
    "src/a.rs",
    "app/cart.py",
    "web/cart.ts",
    "pkg/cart.go",
    "src/Cart.java",
    "lib/cart.rb",
    "src/cart.c",
    "Cargo.toml",
    "config/app.yml",
    "docs/guide.md",
    "Dockerfile",
    "gone.rs",
];
const WORKFLOW: &str = ".github/workflows/about.yml";

struct Case {
    what: String,
    block: Block,
    file: Option<String>,
    expected: Result<String, String>,
}

fn unescape(text: &str) -> String {
    let text = match text.split_once("»×") {
        Some((piece, times)) => piece[2..].repeat(times.parse().expect("a number")),
        None => text.to_owned(),
    };
    text.replace("\\\\", "\u{0}")
        .replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\\t", "\t")
        .replace('\u{0}', "\\")
        .replace('¦', "|")
        .replace('∅', "")
}

fn cases() -> Vec<Case> {
    include_str!("cases.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let columns: Vec<&str> = line.split(" | ").collect();
            let [what, path, file, search, replace, expected] = columns[..] else {
                panic!("six columns: {line}")
            };
            Case {
                what: what.into(),
                block: Block {
                    path: unescape(path),
                    search: unescape(search),
                    replace: unescape(replace),
                },
                file: (file != "-").then(|| unescape(file)),
                expected: match expected.split_at(2) {
                    ("= ", text) => Ok(unescape(text)),
                    (_, words) => Err(words.into()),
                },
            }
        })
        .collect()
}

fn outcome(case: &Case) -> Result<String, String> {
    let about_workflow = case.block.path == WORKFLOW;
    let mut implicated: Vec<String> = ABOUT.iter().map(|path| (*path).to_owned()).collect();
    if about_workflow {
        implicated.push(WORKFLOW.into());
    }
    let new_in = ["src".to_owned(), String::new()];
    let allowed = Allowed {
        implicated: &implicated,
        new_in: &new_in,
        workflows: about_workflow,
        limits: Limits::default(),
    };
    let read = |_: &str| case.file.clone();
    let patch = resolve(std::slice::from_ref(&case.block), &allowed, read)
        .map_err(|refused| refused.to_string())?;
    let patched = patch.resolve(read).map_err(|error| error.to_string())?;
    // What was applied is a change git can read, and can be taken back to the byte.
    assert!(
        unified_diff(&patched).starts_with("diff --git a/"),
        "{}",
        case.what
    );
    if let Some(before) = &case.file {
        let back = undo(&patch, read).expect("it applied");
        let again = back
            .resolve(|_| Some(patched[0].after.clone()))
            .expect("it can be taken back");
        assert_eq!(
            &again[0].after, before,
            "{}: {}",
            case.what, case.block.path
        );
    }
    Ok(patched[0].after.clone())
}

#[test]
fn each_edit_of_the_table_applies_or_is_refused_as_it_says() {
    let cases = cases();
    assert!(cases.len() >= 200, "{} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let outcome = outcome(case);
            let right = match (&outcome, &case.expected) {
                (Ok(text), Ok(expected)) => text == expected,
                (Err(reason), Err(words)) => reason.contains(words.as_str()),
                _ => false,
            };
            (!right).then(|| {
                format!(
                    "{} in {}: {outcome:?} instead of {:?}",
                    case.what, case.block.path, case.expected
                )
            })
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("small") % bound
    }
}

/// Random files of awkward lines, random pieces of them replaced by others: whatever applies can be taken back.
#[test]
fn applying_and_taking_back_gives_the_same_bytes() {
    const LINES: &[&str] = &[
        "",
        " ",
        "\t",
        "a",
        "  b = 1;",
        "  b = 2;",
        "\tc {",
        "}",
        "äöü 漢字",
        "long line with many words in it, number ",
        "x\r",
        "\u{feff}y",
        "    return a + b;",
    ];
    let mut applied = 0;
    for seed in 0..3_000 {
        let mut chance = Chance(seed);
        let file: String = (0..chance.below(30))
            .map(|_| {
                format!(
                    "{}{}",
                    LINES[chance.below(LINES.len())],
                    ["\n", "\r\n", "\n"][chance.below(3)]
                )
            })
            .collect();
        let file = if chance.below(3) == 0 {
            file.trim_end_matches('\n').to_owned()
        } else {
            file
        };
        let lines: Vec<&str> = file.split_inclusive('\n').collect();
        let start = chance.below(lines.len().max(1));
        let end = (start + 1 + chance.below(4)).min(lines.len());
        let mut search = lines.get(start..end).unwrap_or_default().concat();
        match chance.below(5) {
            0 => search = search.replace('\n', "  \n"),
            1 => search = search.replace("\r\n", "\n"),
            2 => search = search.lines().map(|line| format!("  {line}\n")).collect(),
            3 => search = search.replacen("words", "wrods", 1),
            _ => {}
        }
        let replace: String = (0..chance.below(4))
            .map(|_| format!("{}\n", LINES[chance.below(LINES.len())]))
            .collect();
        let implicated = ["a.txt".to_owned()];
        let allowed = Allowed {
            implicated: &implicated,
            new_in: &[],
            workflows: false,
            limits: Limits::default(),
        };
        let read = |_: &str| Some(file.clone());
        let block = Block {
            path: "a.txt".into(),
            search,
            replace,
        };
        let Ok(patch) = resolve(&[block], &allowed, read) else {
            continue;
        };
        let after = patch.resolve(read).expect("a resolved patch applies")[0]
            .after
            .clone();
        let back = undo(&patch, read).expect("a resolved patch applies");
        let again = back
            .resolve(|_| Some(after.clone()))
            .expect("it can be taken back");
        assert_eq!(again[0].after, file, "seed {seed}");
        applied += 1;
    }
    assert!(applied > 500, "{applied} of 3000 applied");
}

#[test]
fn several_edits_of_a_file_become_one_patch_or_none() {
    let implicated = ["a.txt".to_owned(), "b.txt".to_owned()];
    let allowed = Allowed {
        implicated: &implicated,
        new_in: &[],
        workflows: false,
        limits: Limits {
            files: 1,
            ..Limits::default()
        },
    };
    let block = |path: &str, search: &str, replace: &str| Block {
        path: path.into(),
        search: search.into(),
        replace: replace.into(),
    };
    let read = |_: &str| Some("one\ntwo\nthree\n".to_owned());
    let patch = resolve(
        &[block("a.txt", "three", "3"), block("a.txt", "one", "1")],
        &allowed,
        read,
    )
    .unwrap();
    assert_eq!(patch.resolve(read).unwrap()[0].after, "1\ntwo\n3\n");
    let overlap = resolve(
        &[
            block("a.txt", "one\ntwo", "1"),
            block("a.txt", "two\nthree", "2"),
        ],
        &allowed,
        read,
    )
    .unwrap_err();
    assert_eq!(overlap.to_string(), "two edits to `a.txt` overlap");
    let many = resolve(
        &[block("a.txt", "one", "1"), block("b.txt", "one", "1")],
        &allowed,
        read,
    )
    .unwrap_err();
    assert_eq!(
        many.to_string(),
        "the edits are too large: 2 files, 1 at most"
    );
}
