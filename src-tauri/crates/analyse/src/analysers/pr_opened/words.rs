//! The words of the checklist: title, reason and the comment for others.

use std::fmt::Write as _;

use perch_core::evidence::Place;
use perch_core::finding::Point;

use super::size::Size;
use crate::pull_request::PullRequest;
use crate::title::shortened;

/// The most important thing, in at most 60 characters.
pub(super) fn title(pull_request: &PullRequest, first: Option<&str>, points: usize) -> String {
    let name = pull_request.name();
    let rest = match (first, points) {
        (Some(first), _) => first.to_owned(),
        (None, 1) => "has 1 thing to check".into(),
        (None, points) => format!("has {points} things to check"),
    };
    shortened(&format!("{name} {rest}"))
}

/// Why now.
pub(super) fn why(pull_request: &PullRequest, size: &Size) -> String {
    let by = if pull_request.author.is_empty() {
        "Opened".to_owned()
    } else {
        format!("Opened by {}", pull_request.author)
    };
    let draft = if pull_request.draft {
        " as a draft"
    } else {
        ""
    };
    format!("{by}{draft}: {}, effort {} of 5", size.words(), size.effort)
}

/// The whole as Markdown, ready to be posted.
pub(super) fn comment(points: &[Point], size: &Size) -> String {
    let mut text = format!(
        "Read for review: {}, effort {} of 5.\n",
        size.words(),
        size.effort
    );
    let (todo, lead): (Vec<&Point>, Vec<&Point>) = points.iter().partition(|point| point.todo);
    if !lead.is_empty() {
        text.push('\n');
        for point in lead {
            let _ = writeln!(text, "- {}{}", point.text, places(point));
        }
    }
    if !todo.is_empty() {
        text.push_str("\nTo check:\n\n");
        for point in todo {
            let _ = writeln!(text, "- [ ] {}{}", point.text, places(point));
        }
    }
    text
}

fn places(point: &Point) -> String {
    let mut places: Vec<String> = Vec::new();
    for evidence in &point.evidence {
        let place = match &evidence.place {
            Place::File {
                path,
                line: Some(line),
                ..
            } => format!("`{path}:{line}`"),
            Place::File {
                path, line: None, ..
            } => format!("`{path}`"),
            Place::Page { url } => url.clone(),
            Place::Commit { .. } | Place::Log { .. } => continue,
        };
        if !places.contains(&place) && !point.text.contains(&place) {
            places.push(place);
        }
    }
    let more = places.len().saturating_sub(4);
    places.truncate(4);
    if more > 0 {
        places.push(format!("{more} more"));
    }
    if places.is_empty() {
        return String::new();
    }
    format!(" ({})", places.join(", "))
}

/// `1 thing`, `2 things`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// Names in code, the first `most` of them: "`a`, `b` and 3 more".
pub(super) fn names(names: &[&str], most: usize) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(most)
        .map(|name| format!("`{name}`"))
        .collect();
    match (shown.as_slice(), names.len().saturating_sub(most)) {
        ([], _) => String::new(),
        ([one], 0) => one.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (shown, more) => format!("{} and {more} more", shown.join(", ")),
    }
}
