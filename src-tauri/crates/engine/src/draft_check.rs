//! `draft_check`: whether a draft stays within what a model may write. Pure.
//!
//! A model reads what strangers wrote and may believe it. So a draft links only to what Perch's own facts name,
//! mentions nobody and refers to no issue beside those the finding names, shows no image and no HTML, gives no command
//! to a forge, hides nothing, and holds no secret. Whether its statements are true is not asked here.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use perch_core::draft::{Brief, Draft};
use perch_core::evidence::Place;
use perch_core::finding::Offer;
use perch_core::redact::redact;
use pulldown_cmark::{Event, Options, Parser, Tag};
use regex::{Captures, Regex};

use crate::untrusted::is_unseen;

/// An address with a scheme, or without one where readers and forges make a link of it.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \b[a-z][a-z0-9+.-]{1,30}:(?://|\\/\\/)(?<authority>[^\s/\\?\#)>\]]*)(?<path>[^\s<>()\[\]`'\x22]*)
        |(?:^|[^\w.])(?:www\.|//)(?<bare>[\w.-]+)(?<behind>[^\s<>()\[\]`'\x22]*)
        |\b(?:javascript|data|vbscript|file|mailto|tel):\S",
    )
    .expect("the pattern is constant")
});

/// What a command fetches from: the first host behind a downloader, with or without a scheme.
static FETCHED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \b(?:curl|wget|iwr|invoke-webrequest|nc|ncat|scp|rsync|ssh|ping|nslookup|dig|telnet)\b[^\n|;&]{0,200}?
        [\s@](?<bare>[\w-]+(?:\.[\w-]+)+)(?<behind>[^\s<>()\[\]`'\x22]*)",
    )
    .expect("the pattern is constant")
});

/// A person or a group, as forges notify them. Full-width signs are read as the plain ones by some.
static MENTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\w`./])[@\u{ff20}\u{fe6b}]([\w][\w/.-]*)").expect("the pattern is constant")
});

/// An issue or pull request, here or elsewhere.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)([\w.-]+/[\w./-]+)?(?:[#!]|\bGH-)(\d+)\b").expect("the pattern is constant")
});

/// The number in the address of an issue or pull request.
static ISSUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"/(?:issues|pulls?|pull-requests|merge_requests)/(\d+)")
        .expect("the pattern is constant")
});

/// A line that forges and their bots take for a command.
static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?mi)^[ \t>*-]*(?:/[a-z][a-z_-]+(?:\s|$)|(?:bors|homu|dependabot|renovate|mergify|prow)\b[ :,]*(?:r[+-]|merge|rebase|recreate|close|ignore|queue|approve)|(?:lgtm|approved?)[.! ]*$)|\[(?:skip ci|ci skip|no ci)\]")
        .expect("the pattern is constant")
});

/// What a draft may name, taken from what Perch itself concluded and looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Hosts, and hosts with the first two parts of a path: on many hosts that is whose it is.
    places: BTreeSet<String>,
    mentions: BTreeSet<String>,
    references: BTreeSet<String>,
}

impl Known {
    /// What the finding of `brief` names, and what the reader's own `instruction` does. Log lines, titles and other
    /// quoted text do not count: strangers wrote them.
    pub(crate) fn of(brief: &Brief, instruction: Option<&str>) -> Self {
        let mut known = Self::default();
        let finding = &brief.finding;
        let pages = finding
            .points
            .iter()
            .flat_map(|point| &point.evidence)
            .filter_map(|evidence| match &evidence.place {
                Place::Page { url } => Some(url.as_str()),
                _ => None,
            });
        let pages: Vec<&str> = pages.collect();
        let issues = pages.iter().flat_map(|url| ISSUE.captures_iter(url));
        known
            .references
            .extend(issues.map(|issue| issue[1].to_owned()));
        let log = finding.log.as_ref().and_then(|log| log.url.as_deref());
        for url in pages.into_iter().chain(log) {
            for place in places(url, &ADDRESS) {
                known
                    .places
                    .extend(place.split('/').next().map(str::to_owned));
                known.places.insert(place);
            }
        }
        known
            .references
            .extend(brief.number.map(|number| number.to_string()));
        for offer in &finding.offers {
            if let Offer::RequestReviewers { reviewers } = offer {
                known
                    .mentions
                    .extend(reviewers.iter().map(|name| name.to_lowercase()));
            }
        }
        // The comment is what would be posted without a model.
        if let Some(comment) = &finding.comment {
            known.references.extend(references(comment));
        }
        if let Some(words) = instruction {
            known.places.extend(places(words, &ADDRESS));
            known.mentions.extend(mentions(words));
            known.references.extend(references(words));
        }
        let repository = brief.repository.to_lowercase();
        let own = known.references.iter().filter(|one| is_number(one));
        let in_full: Vec<_> = own.map(|number| format!("{repository}#{number}")).collect();
        known.references.extend(in_full);
        known
    }
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn mentions(text: &str) -> Vec<String> {
    let names = MENTION.captures_iter(text);
    names
        .map(|name| name[1].trim_end_matches(['.', '-', '/']).to_lowercase())
        .collect()
}

/// The issues `text` refers to: `12`, or `acme/api#12` where it names a repository.
fn references(text: &str) -> Vec<String> {
    let found = REFERENCE.captures_iter(text);
    found
        .map(|one| match one.get(1) {
            Some(repository) => format!("{}#{}", repository.as_str().to_lowercase(), &one[2]),
            None => one[2].to_owned(),
        })
        .collect()
}

/// Where the addresses in `text` lead, without user and port: the host and the first two parts of the path. What has
/// no host, and a path that leads up again, are told as they stand.
fn places(text: &str, pattern: &Regex) -> Vec<String> {
    pattern
        .captures_iter(text)
        .map(|found| place(&found))
        .collect()
}

fn place(found: &Captures<'_>) -> String {
    let named = |names: [&str; 2]| names.iter().find_map(|name| found.name(name));
    let Some(authority) = named(["authority", "bare"]) else {
        return found[0].trim().to_lowercase();
    };
    let host = authority.as_str().rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let path = named(["path", "behind"]).map_or("", |path| path.as_str());
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.contains(['\\', '%']) || path.contains("..") {
        return found[0].trim().to_lowercase();
    }
    let parts = path.split('/').skip(1).take(2);
    let parts = parts.map(|part| part.trim_end_matches(['.', ',', ';', ':', '!', '*', '_']));
    let mut place = host.trim_end_matches('.').to_lowercase();
    for part in parts.filter(|part| !part.is_empty()) {
        place.push('/');
        place.push_str(&part.to_lowercase());
    }
    place
}

/// Says what about `draft` goes beyond what it may hold.
pub(crate) fn check(draft: &Draft, known: &Known) -> Result<(), String> {
    let fields = [
        ("title", Some(&draft.title)),
        ("why", Some(&draft.why)),
        ("explanation", Some(&draft.explanation)),
        ("comment", draft.comment.as_ref()),
    ];
    for (field, text) in fields {
        if let Some(text) = text {
            check_text(text, known).map_err(|fault| format!("`{field}` {fault}"))?;
        }
    }
    Ok(())
}

fn check_text(text: &str, known: &Known) -> Result<(), String> {
    if holds_unseen(text) {
        return Err("holds invisible or control characters".into());
    }
    if redact(text) != text {
        return Err("holds what looks like a secret".into());
    }
    let mut prose = String::new();
    let mut within_code = false;
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Html(_) | Event::InlineHtml(_) => return Err("holds HTML".into()),
            Event::InlineMath(_) | Event::DisplayMath(_) => return Err("holds a formula".into()),
            Event::Start(Tag::Image { .. }) => return Err("holds an image".into()),
            Event::Start(Tag::Link { dest_url, .. }) => link(&dest_url, known)?,
            Event::Start(Tag::CodeBlock(_)) => within_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => within_code = false,
            Event::Text(words) if !within_code => prose.push_str(&words),
            Event::Text(_) => {}
            _ => prose.push('\n'),
        }
    }
    // Words are looked at both as written and as read: what Markdown takes away may hide a sign, or make one.
    for words in [text, &decoded(text)] {
        let named = [&ADDRESS, &FETCHED].map(|pattern| places(words, pattern));
        if let Some(place) = named
            .concat()
            .iter()
            .find(|place| !known.places.contains(*place))
        {
            return Err(format!(
                "names the address `{place}`, which the facts do not"
            ));
        }
        if words.contains("![") || words.contains("<img") {
            return Err("holds an image".into());
        }
    }
    for words in [prose.as_str(), &decoded(&prose)] {
        if let Some(name) = mentions(words)
            .into_iter()
            .find(|name| !known.mentions.contains(name))
        {
            return Err(format!(
                "mentions `{name}`; names of people stand in code or not at all"
            ));
        }
        if let Some(number) = references(words)
            .into_iter()
            .find(|number| !known.references.contains(number))
        {
            return Err(format!("refers to number {number}, which the facts do not"));
        }
        if COMMAND.is_match(words) {
            return Err("holds a line that a forge or a bot would take for a command".into());
        }
    }
    Ok(())
}

/// True with characters that are not seen. The selector that makes an emoji of a sign is one with it.
fn holds_unseen(text: &str) -> bool {
    let mut before = None;
    text.chars().any(|c| {
        let of_emoji =
            c == '\u{fe0f}' && before.is_some_and(|c: char| !c.is_ascii() && !is_unseen(c));
        before = Some(c);
        is_unseen(c) && c != '\r' && !of_emoji
    })
}

fn link(address: &str, known: &Known) -> Result<(), String> {
    let named = places(address, &ADDRESS);
    let fits = !named.is_empty() && named.iter().all(|place| known.places.contains(place));
    let secure = address.starts_with("https://") || address.starts_with("http://");
    if fits && secure {
        return Ok(());
    }
    Err(format!("links to `{address}`, which the facts do not"))
}

/// `text` with percent signs and entities read, as a browser would read them.
fn decoded(text: &str) -> String {
    let mut out = text.to_owned();
    for (written, read) in [
        ("&#64;", "@"),
        ("&#x40;", "@"),
        ("&commat;", "@"),
        ("%40", "@"),
        ("&#35;", "#"),
        ("&num;", "#"),
        ("&#58;", ":"),
        ("&colon;", ":"),
        ("&#47;", "/"),
        ("&sol;", "/"),
        ("%3a", ":"),
        ("%3A", ":"),
        ("%2f", "/"),
        ("%2F", "/"),
        ("\\", ""),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("hxxp", "http"),
        ("[.]", "."),
        ("[:]", ":"),
    ] {
        out = out.replace(written, read);
    }
    out
}

#[cfg(test)]
mod tests;
