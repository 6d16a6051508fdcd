//! Atoms chosen for people, vibes and events.

use std::collections::BTreeSet;

use super::*;

fn ids(profile: &Profile, vibe: &VibeConfig, event_type: &str) -> Vec<String> {
    let audience = Audience {
        profile,
        vibe,
        event_type,
    };
    let chosen = choose(audience, &[], &BTreeMap::new());
    chosen.into_iter().map(|one| one.id).collect()
}

fn score(value: u8, id: &str) -> f64 {
    let vibe = VibeConfig {
        playfulness: value,
        ..VibeConfig::default()
    };
    let audience = Audience {
        profile: &Profile::default(),
        vibe: &vibe,
        event_type: "repo.push",
    };
    let chosen = choose(audience, &[], &BTreeMap::new());
    let found = chosen.into_iter().find(|one| one.id == id);
    found.map_or(0.0, |one| one.score)
}

#[test]
fn every_shipped_atom_is_whole_and_every_category_has_some() {
    let mut seen = BTreeSet::new();
    for atom in SHIPPED.iter() {
        assert!(seen.insert(&atom.id), "{} stands twice", atom.id);
        assert!(
            atom.id.contains('/') && atom.text.trim().len() > 20,
            "{}",
            atom.id
        );
        assert!(atom.weight > 0.0 && atom.weight <= 3.0, "{}", atom.id);
        let known = [
            None,
            Some("playfulness"),
            Some("revenue_focus"),
            Some("investor_perspective"),
        ];
        assert!(known.contains(&atom.fits.slider.as_deref()), "{}", atom.id);
        assert_eq!(
            atom.text.contains("{{ value }}"),
            atom.fits.slider.is_some() && atom.text.contains("{{"),
            "{}",
            atom.id
        );
        for event in &atom.fits.events {
            let families = perch_core::event_type::ALL.iter();
            let known = families
                .clone()
                .any(|one| one.as_str().starts_with(event.as_str()));
            let later = ["metric", "supabase", "schedule"]
                .iter()
                .any(|family| event.starts_with(family));
            assert!(known || later, "{}: {event}", atom.id);
        }
    }
    let categories: BTreeSet<_> = SHIPPED.iter().map(|atom| atom.category).collect();
    assert_eq!(categories.len(), Category::ALL.len());
}

#[test]
fn role_stack_business_and_event_decide_who_speaks() {
    let profile = Profile {
        role: "Backend engineer".into(),
        vertical: "FinTech".into(),
        stack: vec!["Rust".into(), "PostgreSQL".into()],
        ..Profile::default()
    };
    let chosen = ids(&profile, &VibeConfig::default(), "repo.build.failed");
    for wanted in ["stack/rust", "domain/fintech", "goal/build-failed"] {
        assert!(chosen.contains(&wanted.to_owned()), "{wanted}: {chosen:?}");
    }
    let other = ids(&Profile::default(), &VibeConfig::default(), "repo.push");
    for unwanted in ["stack/rust", "domain/fintech", "goal/build-failed"] {
        assert!(
            !other.contains(&unwanted.to_owned()),
            "{unwanted}: {other:?}"
        );
    }
}

#[test]
fn a_slider_moves_every_step_of_the_way() {
    let mut before = -1.0;
    for value in (0..=100).step_by(20) {
        let now = score(value, "tone/playful");
        assert!(now >= before, "at {value}");
        before = now;
    }
    assert!(before > 0.9);
    assert!(score(0, "tone/dry") > score(60, "tone/dry"));
    assert!(score(0, "tone/playful").abs() < f64::EPSILON);
}

#[test]
fn what_was_never_taken_falls_silent_and_what_was_chosen_by_name_stays() {
    let vibe = VibeConfig {
        selected_atoms: vec!["domain/games".into()],
        ..VibeConfig::default()
    };
    let profile = Profile {
        stack: vec!["rust".into()],
        ..Profile::default()
    };
    let audience = Audience {
        profile: &profile,
        vibe: &vibe,
        event_type: "repo.push",
    };
    let never = Worth {
        accepted: 0,
        rejected: 60,
    };
    let worth = ["stack/rust", "domain/games"].map(|id| (id.to_owned(), never));
    let chosen = choose(audience, &[], &worth.into_iter().collect());
    let has = |id: &str| chosen.iter().any(|one| one.id == id);
    assert!(!has("stack/rust"));
    assert!(has("domain/games"));
}
