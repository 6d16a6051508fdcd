//! Drafts that tell the truth, and drafts that do not.

use super::*;

fn pieces() -> Vec<Piece> {
    let piece = |mark: &str, text: &str, place: Option<&str>| Piece {
        mark: mark.into(),
        name: "what Perch found".into(),
        text: text.into(),
        place: place.map(str::to_owned),
    };
    vec![
        piece(
            "E1",
            "variable does not need to be mutable",
            Some("src/main.rs:4"),
        ),
        piece("E2", "let mut answer = 42; rustc 1.95.0", None),
    ]
}

const SHOWN: &str = "[E1] variable does not need to be mutable (src/main.rs:4)\n[E2] let mut answer = 42; rustc 1.95.0";

fn draft(explanation: &str) -> Draft {
    Draft {
        title: "unused `mut` denied".into(),
        why: "The build stopped.".into(),
        explanation: explanation.into(),
        comment: None,
    }
}

fn sifted(explanation: &str) -> (String, Vec<String>) {
    let shown = format!("{SHOWN} mut");
    let found = supported(draft(explanation), &pieces(), &shown).expect("enough is left");
    (found.draft.explanation, found.dropped)
}

#[test]
fn what_is_borne_out_stays_with_the_place_it_was_seen_at() {
    let (text, dropped) = sifted("`answer` is never assigned again [E1]. It holds 42 [E2].");
    assert_eq!(
        text,
        "`answer` is never assigned again (`src/main.rs:4`). It holds 42."
    );
    assert_eq!(dropped, Vec::<String>::new());
}

#[test]
fn what_names_or_counts_something_unseen_is_dropped() {
    let cases = [
        (
            "`answer` is fine [E1]. See line 5173 of it.",
            "See line 5173 of it.",
        ),
        (
            "`answer` is fine [E1]. `secret_helper` breaks it [E1].",
            "`secret_helper` breaks it [E1].",
        ),
        (
            "`answer` is fine [E1]. It was told before [E9].",
            "It was told before [E9].",
        ),
        (
            "- `answer` is fine [E1].\n- Upgrade to 2.31.7.",
            "- Upgrade to 2.31.7.",
        ),
    ];
    for (text, gone) in cases {
        let (kept, dropped) = sifted(text);
        assert_eq!(dropped, [gone], "{text}");
        assert!(kept.contains("`answer` is fine"), "{kept}");
    }
}

#[test]
fn code_that_is_proposed_is_new_by_its_nature() {
    let (text, dropped) = sifted("Take it out [E1]:\n\n```rust\nlet renamed = 4711;\n```");
    assert!(text.contains("let renamed = 4711;"));
    assert!(dropped.is_empty());
}

#[test]
fn a_draft_that_is_mostly_made_up_is_not_used() {
    let text =
        "`answer` is fine. `one_thing` broke. `other_thing` broke. Since 10:42 nothing works.";
    let refused = supported(draft(text), &pieces(), SHOWN).unwrap_err();
    assert!(refused.contains("no support"), "{refused}");
    let title = Draft {
        title: "`imagined` fails".into(),
        ..draft("It is so [E1].")
    };
    let refused = supported(title, &pieces(), SHOWN).unwrap_err();
    assert_eq!(
        refused,
        "`title` names `imagined`, which the evidence lacks"
    );
}

#[test]
fn a_text_for_others_is_used_whole_or_not_at_all() {
    let with = |comment: &str| {
        let draft = Draft {
            comment: Some(comment.into()),
            ..draft("`answer` is fine [E1].")
        };
        let shown = format!("{SHOWN} mut");
        supported(draft, &pieces(), &shown)
            .expect("enough is left")
            .draft
            .comment
    };
    assert_eq!(
        with("`answer` holds 42 [E2]").as_deref(),
        Some("`answer` holds 42")
    );
    assert_eq!(with("`answer` holds 42. It took 9000 tries."), None);
}
