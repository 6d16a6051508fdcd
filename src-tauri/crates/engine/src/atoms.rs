//! Which prompt atoms speak to the model: those that fit the user, the vibe and the event, the worthiest of each
//! category. Pure.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use perch_core::atom::{Atom, Category, Fits, Worth};
use perch_core::user::{Profile, VibeConfig};
use serde::Deserialize;

/// The atoms Perch comes with, a file for each category.
const FILES: &[&str] = &[
    include_str!("../atoms/constraint.toml"),
    include_str!("../atoms/domain.toml"),
    include_str!("../atoms/example.toml"),
    include_str!("../atoms/goal.toml"),
    include_str!("../atoms/perspective.toml"),
    include_str!("../atoms/phase.toml"),
    include_str!("../atoms/risk.toml"),
    include_str!("../atoms/stack.toml"),
    include_str!("../atoms/tone.toml"),
];

/// Atoms of one category in a prompt, at most. What the user chose by name is beside that.
const OF_A_CATEGORY: usize = 3;

/// An atom that counts less says nothing.
const LEAST: f64 = 0.15;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    category: Category,
    #[serde(default)]
    atom: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    text: String,
    #[serde(default = "one")]
    weight: f64,
    #[serde(default)]
    fits: Fits,
}

fn one() -> f64 {
    1.0
}

/// The atoms Perch comes with.
pub static SHIPPED: LazyLock<Vec<Atom>> = LazyLock::new(|| {
    FILES
        .iter()
        .flat_map(|text| {
            let file: File =
                toml_edit::de::from_str(text).expect("the files are checked by a test");
            file.atom.into_iter().map(move |atom| Atom {
                id: atom.id,
                category: file.category,
                text: atom.text,
                weight: atom.weight,
                fits: atom.fits,
            })
        })
        .collect()
});

/// For whom and about what is written.
#[derive(Debug, Clone, Copy)]
pub struct Audience<'a> {
    /// Who the user is.
    pub profile: &'a Profile,
    /// How suggestions are made at present.
    pub vibe: &'a VibeConfig,
    /// The event's type.
    pub event_type: &'a str,
}

/// An atom that was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Its id.
    pub id: String,
    /// Its category.
    pub category: Category,
    /// Its text, with the slider's value in it.
    pub text: String,
    /// How much it counted.
    pub score: f64,
}

/// The atoms for `audience`, in a prompt's order. `own` are the user's, `worth` what was learnt.
pub fn choose(
    audience: Audience<'_>,
    own: &[Atom],
    worth: &BTreeMap<String, Worth>,
) -> Vec<Chosen> {
    let wanted = &audience.vibe.selected_atoms;
    let scored = SHIPPED.iter().chain(own).filter_map(|atom| {
        let by_name = wanted.contains(&atom.id);
        let fit = fit(&atom.fits, audience);
        if fit <= 0.0 && !by_name {
            return None;
        }
        let learnt = worth.get(&atom.id).copied().unwrap_or_default().success();
        // A half is what nothing is known of, so that leaves the weight as it is.
        let score = atom.weight * fit * learnt * 2.0;
        Some((atom, score, by_name))
    });
    let mut scored: Vec<_> = scored
        .filter(|(_, score, by_name)| *by_name || *score >= LEAST)
        .collect();
    scored.sort_by(|(a, first, _), (b, second, _)| {
        second.total_cmp(first).then_with(|| a.id.cmp(&b.id))
    });
    let mut chosen = Vec::new();
    for category in Category::ALL {
        let of_it = scored.iter().filter(|(atom, ..)| atom.category == category);
        let mut room = OF_A_CATEGORY;
        for (atom, score, by_name) in of_it {
            if !by_name && room == 0 {
                continue;
            }
            room -= usize::from(!by_name && room > 0);
            chosen.push(Chosen {
                id: atom.id.clone(),
                category,
                text: filled(atom, audience.vibe),
                score: *score,
            });
        }
    }
    chosen
}

/// How well an atom fits, 0 to 1.
fn fit(fits: &Fits, audience: Audience<'_>) -> f64 {
    let Audience {
        profile,
        vibe,
        event_type,
    } = audience;
    let stack = profile.stack.join(" ");
    let words = [
        (&fits.roles, profile.role.as_str()),
        (&fits.verticals, profile.vertical.as_str()),
        (&fits.stacks, stack.as_str()),
        (&fits.tones, profile.tone.as_str()),
        (&fits.perspectives, profile.perspective.as_str()),
        (&fits.risk_tolerances, profile.risk_tolerance.as_str()),
        (&fits.vibes, vibe.name.as_str()),
    ];
    let all = words
        .iter()
        .all(|(wanted, given)| wanted.is_empty() || wanted.iter().any(|word| says(given, word)));
    let begins = |begin: &String| {
        let rest = event_type.strip_prefix(begin.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if !all || !(fits.events.is_empty() || fits.events.iter().any(begins)) {
        return 0.0;
    }
    let Some(value) = slider(fits.slider.as_deref(), vibe) else {
        return 1.0;
    };
    let share = f64::from(value.min(100)) / 100.0;
    if fits.falling { 1.0 - share } else { share }
}

/// True when `given` holds `word` as a word of its own, whatever its case.
fn says(given: &str, word: &str) -> bool {
    let parts = |text: &str| -> Vec<String> {
        text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '+' | '#' | '.')))
            .filter(|part| !part.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (given, word) = (parts(given), parts(word));
    !word.is_empty() && given.windows(word.len()).any(|part| part == word)
}

/// Where a slider stands.
fn slider(name: Option<&str>, vibe: &VibeConfig) -> Option<u8> {
    match name? {
        "playfulness" => Some(vibe.playfulness),
        "revenue_focus" => Some(vibe.revenue_focus),
        "investor_perspective" => Some(vibe.investor_perspective),
        _ => None,
    }
}

fn filled(atom: &Atom, vibe: &VibeConfig) -> String {
    let value = slider(atom.fits.slider.as_deref(), vibe).unwrap_or_default();
    atom.text
        .replace("{{ value }}", &value.min(100).to_string())
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests;
