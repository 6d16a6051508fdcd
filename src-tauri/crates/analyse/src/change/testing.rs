//! Which tests belong to which source, and whether one speaks of a function.

use std::collections::{BTreeSet, HashMap, HashSet};

use perch_core::facts::{DiffLine, Facts, FileChange, Want};

use super::functions::Touched;
use super::language::Language;
use super::role::{self, Role};

/// The most test files asked for on behalf of one source file.
const MOST_FILES: usize = 4;

/// What is known of a function's tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tested {
    /// A test names it.
    Yes,
    /// Every test that could name it was read and does not.
    No,
    /// Not all of them could be read.
    Unknown,
}

/// The tests among the files of a repository, by the names they may be meant for.
pub(crate) struct TestFiles<'a>(HashMap<String, Vec<&'a str>>);

impl<'a> TestFiles<'a> {
    pub(crate) fn among(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut by_name: HashMap<String, Vec<&str>> = HashMap::new();
        for path in paths {
            if role::of(path) != Role::Test {
                continue;
            }
            let (stem, folder) = (stem_of(path), folder_of(path));
            let parts = stem.split(['_', '-']).filter(|part| part.len() >= WORD);
            let names: BTreeSet<&str> = parts.chain([stem.as_str()]).chain(folder).collect();
            for name in names {
                by_name.entry(name.to_owned()).or_default().push(path);
            }
        }
        Self(by_name)
    }

    /// Those that could be about the source at `path`, nearest first.
    pub(crate) fn candidates(&self, path: &str) -> Vec<&'a str> {
        let mut found: Vec<&str> = self.about(path).collect();
        found.sort_by_key(|other| std::cmp::Reverse(shared_folders(other, path)));
        found.truncate(MOST_FILES);
        found
    }

    fn about(&self, path: &str) -> impl Iterator<Item = &'a str> {
        let language = Language::of(path);
        let subject = subject_of(path).to_ascii_lowercase();
        let named = self.0.get(&subject).filter(|_| language.is_some());
        named.into_iter().flatten().copied().filter(move |other| {
            *other != path && Language::of(other) == language && speaks_of(other, path, &subject)
        })
    }
}

/// Letters a part of a test's name has at least that is taken for a source's name.
const WORD: usize = 4;

/// The name a source's tests are called after: `range` for `src/range.rs` and for `src/range/mod.rs`.
fn subject_of(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    match stem {
        "mod" | "index" | "__init__" | "lib" | "main" => parts.next().unwrap_or(stem),
        _ => stem,
    }
}

/// What a test is called, without what says that it is one.
fn stem_of(test: &str) -> String {
    let name = test.rsplit('/').next().unwrap_or(test);
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let stem = ["test_", "spec_"]
        .iter()
        .fold(stem.as_str(), |stem, start| {
            stem.strip_prefix(start).unwrap_or(stem)
        });
    let stem = ["_test", "_spec", "test", "tests", "it"]
        .iter()
        .fold(stem, |stem, end| {
            stem.strip_suffix(end)
                .filter(|rest| !rest.is_empty())
                .unwrap_or(stem)
        });
    stem.to_owned()
}

fn folder_of(test: &str) -> Option<&str> {
    test.rsplit_once('/')?.0.rsplit('/').next()
}

/// `subject` in small letters.
fn speaks_of(test: &str, path: &str, subject: &str) -> bool {
    let stem = stem_of(test);
    // `src/range/tests.rs` beside `src/range.rs`.
    let beside = folder_of(test) == Some(subject)
        && test.rfind('/').is_some_and(|length| length < path.len());
    stem == subject
        || beside
        || (subject.len() >= WORD && stem.split(['_', '-']).any(|part| part == subject))
}

fn shared_folders(a: &str, b: &str) -> usize {
    a.split('/')
        .zip(b.split('/'))
        .take_while(|(a, b)| a == b)
        .count()
}

fn in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// True if `text` holds `name` as a word of its own.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            !text[..at].ends_with(in_word) && !text[at + name.len()..].starts_with(in_word)
        })
}

/// What the tests of a repository say, gathered once for all functions that are asked about.
pub(crate) struct Tests<'a> {
    facts: &'a Facts,
    in_tree: TestFiles<'a>,
    /// Test files to which the diff adds something.
    grown: TestFiles<'a>,
    /// Lines of tests that the diff shows, as they are after it.
    lines: Vec<&'a str>,
    /// The words of those lines.
    words: HashSet<&'a str>,
}

impl<'a> Tests<'a> {
    pub(crate) fn of(facts: &'a Facts) -> Self {
        let (mut grown, mut lines) = (Vec::new(), Vec::new());
        for change in &facts.diff {
            if role::of(&change.path) == Role::Test {
                grown.extend(change.added().next().map(|_| change.path.as_str()));
                let all = change.hunks.iter().flat_map(|hunk| &hunk.lines);
                lines.extend(all.filter_map(after));
            } else {
                lines.extend(test_lines(change).filter_map(after));
            }
        }
        let words = lines
            .iter()
            .flat_map(|line| line.split(|letter| !in_word(letter)));
        Self {
            facts,
            in_tree: TestFiles::among(facts.tree.iter().map(String::as_str)),
            grown: TestFiles::among(grown),
            words: words.collect(),
            lines,
        }
    }

    /// True if the diff adds to a test that could be about the source `change` changes.
    pub(crate) fn grew_with(&self, change: &FileChange) -> bool {
        let path = change.path.as_str();
        Language::of(path).is_some()
            && (test_lines(change).any(|line| matches!(line, DiffLine::Added(_)))
                || self.grown.about(path).next().is_some())
    }

    /// What is known of the tests of `function`.
    pub(crate) fn of_function(&self, function: &Touched) -> Tested {
        let facts = self.facts;
        let name = bare(&function.name);
        let in_diff = if name.chars().all(in_word) {
            self.words.contains(name)
        } else {
            self.lines.iter().any(|line| mentions(line, name))
        };
        if in_diff {
            return Tested::Yes;
        }
        let candidates = self.in_tree.candidates(&function.path);
        let read = |path: &str| facts.files.get(path);
        let own = read(&function.path).map(|text| own_tests(function.language, text));
        let mut texts = candidates
            .iter()
            .copied()
            .filter_map(read)
            .map(String::as_str)
            .chain(own);
        if texts.any(|text| mentions(text, name)) {
            return Tested::Yes;
        }
        let answered = |path: &str| {
            facts.answered.contains(&Want::File(path.to_owned())) && facts.files.contains_key(path)
        };
        let all_read = !facts.tree.is_empty()
            && candidates.iter().all(|path| answered(path))
            && (function.language != Language::Rust || answered(&function.path));
        // What is new cannot be named by a test that was there before.
        if all_read || function.is_new {
            Tested::No
        } else {
            Tested::Unknown
        }
    }
}

/// The text of a line as it is after the change.
fn after(line: &DiffLine) -> Option<&str> {
    match line {
        DiffLine::Added(text) | DiffLine::Context(text) => Some(text),
        DiffLine::Removed(_) => None,
    }
}

fn bare(name: &str) -> &str {
    name.rsplit("::")
        .next()
        .unwrap_or(name)
        .trim_end_matches(['?', '!', '='])
}

/// The part of a source that holds its own tests.
fn own_tests(language: Language, text: &str) -> &str {
    match language {
        Language::Rust => text.find("#[cfg(test)]").map_or("", |at| &text[at..]),
        _ => "",
    }
}

/// Lines of `change` that stand in the source's own tests.
fn test_lines(change: &FileChange) -> impl Iterator<Item = &DiffLine> {
    let rust = Language::of(&change.path) == Some(Language::Rust);
    change.hunks.iter().filter(move |_| rust).flat_map(|hunk| {
        let mut within =
            hunk.heading.starts_with("mod tests") || hunk.heading.starts_with("fn test_");
        hunk.lines.iter().filter(move |line| {
            let (DiffLine::Context(text) | DiffLine::Added(text) | DiffLine::Removed(text)) = line;
            within |= text.trim_start().starts_with("#[cfg(test)]") || text.trim() == "#[test]";
            within
        })
    })
}

/// The files worth reading before [`Tests`] is asked about the sources in `diff`.
pub(crate) fn wanted(facts: &Facts, sources: &[&str]) -> Vec<String> {
    let tests = TestFiles::among(facts.tree.iter().map(String::as_str));
    let mut wanted: Vec<String> = Vec::new();
    for source in sources {
        if facts
            .tree
            .binary_search_by(|path| path.as_str().cmp(source))
            .is_ok()
        {
            wanted.push((*source).to_owned());
        }
        wanted.extend(tests.candidates(source).into_iter().map(str::to_owned));
    }
    wanted.sort();
    wanted.dedup();
    wanted
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn tests_are_found_by_the_habits_of_each_language() {
        let tree: Vec<String> = [
            "pkg/cart.go",
            "pkg/cart_test.go",
            "pkg/order_test.go",
            "spec/models/cart_spec.rb",
            "src/cart.rs",
            "src/cart/tests.rs",
            "src/main/java/a/Cart.java",
            "src/test/java/a/CartTest.java",
            "tests/cart.rs",
            "tests/order.rs",
            "tests/test_cart.py",
            "web/__tests__/cart.ts",
            "web/cart.test.tsx",
        ]
        .map(str::to_owned)
        .to_vec();
        for (path, expected) in [
            ("src/cart.rs", vec!["src/cart/tests.rs", "tests/cart.rs"]),
            ("pkg/cart.go", vec!["pkg/cart_test.go"]),
            (
                "web/cart.tsx",
                vec!["web/__tests__/cart.ts", "web/cart.test.tsx"],
            ),
            ("shop/cart.py", vec!["tests/test_cart.py"]),
            (
                "src/main/java/a/Cart.java",
                vec!["src/test/java/a/CartTest.java"],
            ),
            ("app/models/cart.rb", vec!["spec/models/cart_spec.rb"]),
            ("README.md", vec![]),
        ] {
            let tests = TestFiles::among(tree.iter().map(String::as_str));
            assert_eq!(tests.candidates(path), expected, "{path}");
        }
    }

    #[test]
    fn a_name_is_mentioned_as_a_word_only() {
        assert!(mentions("assert_eq!(parse(1), 2)", "parse"));
        assert!(!mentions("parse_range(1); reparse(2)", "parse"));
    }
}
