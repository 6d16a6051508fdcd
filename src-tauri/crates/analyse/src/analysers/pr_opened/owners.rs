//! Who owns what is changed, by the repository's CODEOWNERS file.
//!
//! Rules as GitHub documents them: patterns like those of `.gitignore` without `!` and `[ ]`, the last one that
//! matches wins, a match without owners means nobody. GitLab's section headings are passed over.

use std::collections::BTreeMap;

use perch_core::evidence::Evidence;
use perch_core::facts::Facts;
use perch_core::finding::{Offer, Point};
use perch_core::wildcard;
use regex::Regex;

use super::{Remark, Review, words};

/// Where the file may be; the first one there is in force.
const PLACES: &[&str] = &[
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
    ".gitea/CODEOWNERS",
];

/// The most owners named.
const MOST: usize = 4;

struct Rule {
    pattern: Regex,
    owners: Vec<String>,
    line: u32,
}

/// The file to read.
pub(super) fn wanted(facts: &Facts) -> Option<String> {
    PLACES
        .iter()
        .find(|place| {
            facts
                .tree
                .binary_search_by(|path| path.as_str().cmp(place))
                .is_ok()
        })
        .map(|place| (*place).to_owned())
}

/// An owner of changed files.
pub(super) struct Owner {
    /// As the file writes it: `@grace`, `@acme/core`, an address.
    name: String,
    /// The changed files it owns.
    paths: Vec<String>,
    /// Where the file says so.
    line: u32,
}

/// The owners of what is changed but for the author, those of most files first.
fn owners(review: &Review<'_>) -> Option<(&'static str, Vec<Owner>)> {
    let (file, text) = PLACES
        .iter()
        .find_map(|place| Some((*place, review.facts.files.get(*place)?)))?;
    let rules = parse(text);
    let author = format!("@{}", review.pull_request.author);
    let mut owned: BTreeMap<&str, (Vec<String>, u32)> = BTreeMap::new();
    for change in &review.changes {
        let Some(rule) = rules
            .iter()
            .rev()
            .find(|rule| rule.pattern.is_match(&change.path))
        else {
            continue;
        };
        if rule
            .owners
            .iter()
            .any(|owner| owner.eq_ignore_ascii_case(&author))
        {
            continue;
        }
        for owner in &rule.owners {
            owned
                .entry(owner)
                .or_insert_with(|| (Vec::new(), rule.line))
                .0
                .push(change.path.clone());
        }
    }
    let mut owners: Vec<Owner> = owned
        .into_iter()
        .map(|(name, (paths, line))| Owner {
            name: name.to_owned(),
            paths,
            line,
        })
        .collect();
    owners.sort_by_key(|owner| std::cmp::Reverse(owner.paths.len()));
    owners.truncate(MOST);
    Some((file, owners))
}

/// The offer to ask those owners who are not asked yet. An address names nobody at the forge.
pub(super) fn offer(review: &Review<'_>) -> Option<Offer> {
    let (_, owners) = owners(review)?;
    let asked = &review.pull_request.requested_reviewers;
    let reviewers: Vec<String> = owners
        .iter()
        .filter_map(|owner| owner.name.strip_prefix('@'))
        .filter(|name| !asked.iter().any(|one| one.eq_ignore_ascii_case(name)))
        .map(Into::into)
        .collect();
    (!reviewers.is_empty()).then_some(Offer::RequestReviewers { reviewers })
}

pub(super) fn look(review: &Review<'_>) -> Vec<Remark> {
    let Some((file, owners)) = owners(review) else {
        return Vec::new();
    };
    owners
        .into_iter()
        .map(
            |Owner {
                 name: owner,
                 paths,
                 line,
             }| {
                let mut evidence = vec![Evidence::file(format!("names {owner}"), file, Some(line))];
                evidence.extend(
                    paths
                        .iter()
                        .take(3)
                        .map(|path| Evidence::file("changed", path.as_str(), None)),
                );
                let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
                Remark {
                    rank: 66,
                    rule: "pr/owners",
                    category: "review",
                    title: format!("changes what {owner} owns"),
                    point: Point {
                        text: format!("Ask `{owner}`, who owns {}", words::names(&paths, 3)),
                        evidence,
                        todo: true,
                    },
                    confidence: 0.95,
                }
            },
        )
        .collect()
}

fn parse(text: &str) -> Vec<Rule> {
    text.lines()
        .zip(1..)
        .filter_map(|(line, number)| {
            let line = line.trim();
            if line.is_empty()
                || line.starts_with('#')
                || line.starts_with('[')
                || line.starts_with("^[")
            {
                return None;
            }
            // A space in a pattern is written `\ `.
            let line = line.replace("\\ ", "\u{1}");
            let mut words = line.split_whitespace();
            let pattern = words.next()?.replace('\u{1}', " ");
            let owners = words
                .take_while(|word| !word.starts_with('#'))
                .map(str::to_owned)
                .collect();
            Some(Rule {
                pattern: compiled(&pattern)?,
                owners,
                line: number,
            })
        })
        .collect()
}

fn compiled(pattern: &str) -> Option<Regex> {
    let pattern = pattern
        .strip_prefix("\\#")
        .map_or_else(|| pattern.to_owned(), |rest| format!("#{rest}"));
    let folder_only = pattern.ends_with('/');
    let body = pattern.trim_matches('/');
    // A slash at the beginning or in the middle ties a pattern to the root.
    let rooted = pattern.starts_with('/') || body.contains('/');
    let mut regex = String::from(if rooted { "^" } else { "^(?:.*/)?" });
    regex.push_str(&wildcard::of_path(body));
    if folder_only {
        regex.push_str("/.*$");
    } else if body.ends_with("/*") {
        // `docs/*` means the files of the folder, not those of folders in it.
        regex.push('$');
    } else {
        regex.push_str("(?:/.*)?$");
    }
    Regex::new(&regex).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_matches_wins() {
        let rules = parse(
            "# owners\n*       @all\n*.js    @js # front\n/build/logs/ @logs\ndocs/*  docs@x.test\napps/   @apps\n/apps/github\n**/db   @db\n/a\\ b/ @space\n",
        );
        for (path, owners) in [
            ("README.md", vec!["@all"]),
            ("web/a.js", vec!["@js"]),
            ("build/logs/a/b", vec!["@logs"]),
            ("x/build/logs/a", vec!["@all"]),
            ("docs/a.md", vec!["docs@x.test"]),
            ("docs/a/b.md", vec!["@all"]),
            ("x/apps/a", vec!["@apps"]),
            ("apps/github/a", vec![]),
            ("src/db/a.sql", vec!["@db"]),
            ("a b/c", vec!["@space"]),
        ] {
            let rule = rules
                .iter()
                .rev()
                .find(|rule| rule.pattern.is_match(path))
                .unwrap();
            assert_eq!(rule.owners, owners, "{path}");
        }
    }
}
