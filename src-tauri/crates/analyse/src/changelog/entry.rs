//! The words of an entry, and whether the changelog has them already.

use std::sync::LazyLock;

use regex::Regex;

use crate::changelog::category::{self, Category};
use crate::changelog::landed::Landed;
use crate::changelog::layout::Layout;
use crate::changelog::style::{Credit, Dot, Hash, Reference, Scope, Style};
use crate::markdown::inline;

static OWN_REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\s*\(#\d+\)\s*$").expect("the pattern is constant"));

/// True if the changelog names the pull request, or says what its title says for the version to come.
pub(crate) fn is_mentioned(text: &str, layout: &Layout, landed: &Landed) -> bool {
    if let Some(number) = landed.number {
        let named = |mark: &str| {
            text.match_indices(mark)
                .any(|(at, _)| !text[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit()))
        };
        let marks = [
            format!("#{number}"),
            format!("/pull/{number}"),
            format!("!{number}"),
            format!("/merge_requests/{number}"),
        ];
        if marks.iter().any(|mark| named(mark)) {
            return true;
        }
    }
    let title = plain(&words(landed));
    let to_come = layout.unreleased.map(|at| &layout.versions[at]);
    to_come.is_some_and(|version| {
        let section = plain(&layout.lines[version.heading.line..version.end].join(" "));
        title.len() >= 12 && section.contains(&title)
    })
}

fn plain(text: &str) -> String {
    let letters: String = text
        .chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                ' '
            }
        })
        .collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the title says, without type, scope, number and dot.
fn words(landed: &Landed) -> String {
    let title = category::title(&landed.title, "");
    let text = OWN_REFERENCE.replace(&title.text, "");
    text.trim().trim_end_matches('.').trim().to_owned()
}

/// The entry as the file would have it, with its bullet; wrapped lines are joined by `\n`.
pub(crate) fn text(landed: &Landed, category: Category, style: &Style) -> String {
    let title = category::title(&landed.title, "");
    let mut text = words(landed);
    let scope = title.scope.filter(|_| style.scope != Scope::None);
    let starts_with_name = category::parts_of_code(&text).is_some()
        || text.split(' ').next().is_some_and(|word| {
            word.chars()
                .skip(1)
                .any(|c| c.is_uppercase() || c.is_ascii_digit() || c == '_')
        });
    if !starts_with_name && scope.as_ref().is_none_or(|_| style.scope != Scope::Plain) {
        text = if style.capital {
            cased(&text, char::to_uppercase)
        } else {
            cased(&text, char::to_lowercase)
        };
    }
    let mut text = inline(&text);
    if style.dot == Dot::BehindText && !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    if let Some(scope) = scope.map(|scope| inline(&scope)) {
        text = match style.scope {
            Scope::Italic => format!("*({scope})* {text}"),
            Scope::Bold => format!("**{scope}:** {text}"),
            Scope::Plain => format!("{scope}: {text}"),
            Scope::None => text,
        };
    }
    if category == Category::Breaking {
        if let Some(mark) = &style.breaking {
            text = format!("{mark} {text}");
        } else if !style.has_breaking_words(&text) {
            text = format!("**{}:** {text}", style.breaking_word);
        }
    }
    text.push_str(&tail(landed, style));
    if style.dot == Dot::AtEnd && !text.ends_with('.') {
        text.push('.');
    }
    wrapped(&style.bullet, &text, style.width)
}

fn cased<I: Iterator<Item = char>>(text: &str, with: impl Fn(char) -> I) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or(String::new(), |first| with(first).chain(letters).collect())
}

fn tail(landed: &Landed, style: &Style) -> String {
    let author = landed.handle().unwrap_or_default();
    let mark = style.mark;
    let reference = landed
        .number
        .map_or(String::new(), |number| match &style.reference {
            Reference::None => String::new(),
            Reference::Plain => format!(" ({mark}{number})"),
            Reference::Bare => format!(" {mark}{number}"),
            Reference::Link {
                url,
                parentheses: true,
            } => format!(" ([{mark}{number}]({url}{number}))"),
            Reference::Link {
                url,
                parentheses: false,
            } => format!(" [{mark}{number}]({url}{number})"),
            Reference::ByIn { url } if author.is_empty() => format!(" in {url}{number}"),
            Reference::ByIn { url } => format!(" by @{author} in {url}{number}"),
        });
    let commit = landed.commit.as_deref().unwrap_or_default();
    let hash = commit
        .get(..7)
        .map_or(String::new(), |short| match &style.hash {
            Hash::None => String::new(),
            Hash::Plain => format!(" ({short})"),
            Hash::Link(url) => format!(" ([{short}]({url}{commit}))"),
        });
    let credit = match style.credit {
        _ if author.is_empty() => String::new(),
        Credit::None => String::new(),
        Credit::By => format!(" by @{author}"),
        Credit::Parentheses => format!(" (@{author})"),
        Credit::Before => format!(" @{author}"),
        Credit::Link => {
            let url = landed.url.as_deref();
            let host = url.and_then(|url| url.split('/').nth(2));
            format!(
                " ([@{author}](https://{}/{author}))",
                host.unwrap_or("github.com")
            )
        }
    };
    if style.credit == Credit::Before {
        return [credit, reference, hash].concat();
    }
    [reference, hash, credit].concat()
}

impl Style {
    /// The text says by itself that something goes.
    fn has_breaking_words(&self, text: &str) -> bool {
        self.breaking.is_none() && text.to_ascii_lowercase().contains("breaking")
    }
}

fn wrapped(bullet: &str, text: &str, width: Option<usize>) -> String {
    let Some(width) = width else {
        return format!("{bullet}{text}");
    };
    let indent = " ".repeat(bullet.chars().count());
    let mut lines: Vec<String> = Vec::new();
    let mut line = bullet.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    lines.join("\n")
}
