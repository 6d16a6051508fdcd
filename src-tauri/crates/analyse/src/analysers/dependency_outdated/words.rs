//! Titles and sentences of an update plan.

use perch_core::evidence::{Evidence, Place};
use perch_core::facts::Facts;
use perch_core::finding::Point;

use crate::dependencies::commands;
use crate::dependencies::plan::Update;
use crate::dependencies::used_in;
use crate::dependencies::version::Class;

pub(super) fn title(updates: &[Update]) -> String {
    let Some(first) = updates.first() else {
        return String::new();
    };
    if let Some(fault) = first.mends.first() {
        return format!("Update `{}`: {}", first.name, fault.id);
    }
    if first.withdrawn {
        return format!("Update `{}`: {} was withdrawn", first.name, first.from);
    }
    if updates.len() == 1 {
        return format!("Update `{}` to {}", first.name, first.to);
    }
    let majors = updates
        .iter()
        .filter(|update| update.class == Class::Major)
        .count();
    let majors_said = match majors {
        1 => "1 major update".to_owned(),
        count => format!("{count} major updates"),
    };
    match (updates.len() - majors, majors) {
        (0, _) => majors_said,
        (count, 0) => format!("Update {count} dependencies"),
        (1, _) => format!("Update 1 dependency, and {majors_said}"),
        (count, _) => format!("Update {count} dependencies, and {majors_said}"),
    }
}

pub(super) fn why(updates: &[Update]) -> String {
    let unsafe_ones = updates.iter().filter(|update| update.is_urgent()).count();
    match unsafe_ones {
        0 => "Newer versions have been out long enough to be trusted.".into(),
        1 => "One dependency in use has a known fault or was withdrawn.".into(),
        count => format!("{count} dependencies in use have known faults or were withdrawn."),
    }
}

/// One update as one line.
pub(super) fn point(update: &Update, facts: &Facts) -> Point {
    let mut text = format!(
        "`{}` {} → {}, {}",
        update.name,
        update.from,
        update.to,
        update.class.as_str()
    );
    match update.age_days {
        Some(1) => text.push_str(", 1 day old"),
        Some(days) => text.push_str(&format!(", {days} days old")),
        None => {}
    }
    for fault in &update.mends {
        text.push_str(&format!(", mends {} ({})", fault.id, fault.summary));
    }
    if update.withdrawn {
        text.push_str(&format!(", since {} was withdrawn", update.from));
    }
    if update.edits.is_empty()
        && let Some(command) = commands::lock(update.ecosystem, &[&update.name])
    {
        text.push_str(&format!(": the manifest allows it, `{command}` takes it"));
    }
    let mut evidence: Vec<Evidence> = update
        .places
        .iter()
        .map(|place| Evidence::file("required here", place.path.clone(), Some(place.line)))
        .collect();
    if update.class == Class::Major
        && let Some(place) = update.places.first()
    {
        let uses = used_in(facts, place);
        let named: Vec<String> = uses
            .iter()
            .map(|one| format!("`{}:{}`", one.path, one.line))
            .collect();
        if !named.is_empty() {
            text.push_str(&format!("; used in {}", named.join(", ")));
        }
        evidence.extend(
            uses.into_iter()
                .map(|one| Evidence::file("used here", one.path, Some(one.line))),
        );
    }
    evidence.extend(update.mends.iter().filter_map(|fault| {
        Some(Evidence {
            statement: fault.id.clone(),
            place: Place::Page {
                url: fault.url.clone()?,
            },
        })
    }));
    Point {
        text,
        evidence,
        todo: false,
    }
}

/// The plan as a text for an issue.
pub(super) fn comment(title: &str, points: &[Point]) -> String {
    let mut text = format!("**{title}**\n\n");
    for point in points {
        text.push_str(&format!("- [ ] {}\n", point.text));
    }
    text
}
