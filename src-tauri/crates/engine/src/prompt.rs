//! `prompt`: a brief as a question to a language model, in the user's own terms and within the model's room. Pure.
//!
//! Whatever holds words of others goes through `untrusted`, the finding's own too: it names branches, titles and files as
//! others chose them. The model is asked for words only: facts and patches stay the analyser's.

mod tasks;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use minijinja::Environment;
use perch_core::atom::{Atom, Category, Worth};
use perch_core::draft::{Brief, Draft, Prompt};
use perch_core::evidence::Place;
use perch_core::finding::Finding;
use perch_core::redact::redact;
use perch_core::user::{Profile, VibeConfig};
use serde::Serialize;
use serde_json::{Value, json};

use crate::atoms::{Audience, Chosen, choose};
use crate::draft_check::Known;
use crate::untrusted::{LIMIT, Outside};

/// Tokens of a prompt's user part at most, however much a model reads: more makes answers dearer, not better.
const MOST: usize = 12_000;

/// Bytes that make a token, at least: code has shorter ones than prose.
const BYTES_PER_TOKEN: usize = 3;

/// The share of the room that one piece of evidence may take.
const SHARE: usize = 3;

/// For whom and how a prompt is made.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// Who reads.
    pub profile: &'a Profile,
    /// How suggestions are made at present.
    pub vibe: &'a VibeConfig,
    /// The user's own atoms.
    pub own: &'a [Atom],
    /// What atoms were worth so far.
    pub worth: &'a BTreeMap<String, Worth>,
    /// Tokens there are for the prompt.
    pub room: usize,
    /// What fences are named after: new for each prompt, and nobody's guess.
    pub seed: &'a str,
    /// The version that is to be changed, and how, when the user asked for that.
    pub revision: Option<(&'a str, &'a str)>,
}

/// Something a statement can be borne out by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// What statements refer to it by: `E2`.
    pub mark: String,
    /// What it is.
    pub name: String,
    /// Its text as the model saw it.
    pub text: String,
    /// The place in a file it is about, as `path:line`.
    #[serde(skip)]
    pub place: Option<String>,
}

/// A prompt with all that is to be known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    /// What is sent.
    pub prompt: Prompt,
    /// The atoms in it.
    pub atoms: Vec<Chosen>,
    /// What statements can refer to.
    pub pieces: Vec<Piece>,
    /// What was left out for want of room.
    pub left_out: Vec<String>,
    /// Secrets that were replaced, as their marks.
    pub redacted: Vec<String>,
    /// Whom and what an answer may name.
    pub(crate) known: Known,
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    const SOUND: &str = "the templates are checked by tests";
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let system = include_str!("prompt/system.md");
    templates.add_template("system", system).expect(SOUND);
    let user = include_str!("prompt/user.md");
    templates.add_template("user", user).expect(SOUND);
    templates
});

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(Draft).to_value());

/// The JSON Schema of a draft.
pub fn schema() -> &'static Value {
    &SCHEMA
}

/// The prompt about `brief` on these `terms`.
pub fn prompt(brief: &Brief, terms: &Terms<'_>) -> Assembled {
    let audience = Audience {
        profile: terms.profile,
        vibe: terms.vibe,
        event_type: &brief.event_type,
    };
    let atoms = choose(audience, terms.own, terms.worth);
    let mut outside = Outside::new(terms.seed);
    let points = points(&brief.finding);
    let found = outside.fenced("finding", &in_words(brief, &points), LIMIT);
    let (evidence, left_out) = evidence(brief, terms.room, points.len());
    let fenced: Vec<String> = evidence
        .iter()
        .map(|piece| {
            let text = format!("{}:\n{}", piece.name, piece.text);
            outside.fenced(&piece.mark, &text, text.len())
        })
        .collect();
    let earlier = terms
        .revision
        .map(|(text, _)| outside.fenced("suggestion", text, LIMIT));
    let profile = known(terms.profile);
    let system = render(
        "system",
        &json!({
            "fences": outside.rule(),
            "task": tasks::task(&brief.event_type),
            "atoms": groups(&atoms),
            "profile": profile,
            "instructions": terms.vibe.custom_instructions.trim(),
        }),
    );
    let user = render(
        "user",
        &json!({
            "event_type": brief.event_type,
            "found": found,
            "pieces": fenced,
            "left_out": left_out.len(),
            "earlier": earlier,
            "instruction": terms.revision.map(|(_, instruction)| instruction),
            "schema": schema().to_string(),
        }),
    );
    // Scanned once more on the way out: what the user wrote of themself may hold a secret as well.
    let (system, user) = (redact(&system).into_owned(), redact(&user).into_owned());
    let mut pieces = points;
    pieces.extend(evidence);
    Assembled {
        redacted: marks(&user),
        known: Known::of(brief, terms.revision.map(|(_, instruction)| instruction)),
        prompt: Prompt {
            system,
            user,
            schema: schema().clone(),
            stripped: outside.into_stripped(),
        },
        atoms,
        pieces,
        left_out,
    }
}

/// The finding as text, its statements with their marks.
fn in_words(brief: &Brief, points: &[Piece]) -> String {
    let finding = &brief.finding;
    let mut text = format!(
        "{} in {}\n{}\n{}\n",
        brief.subject, brief.repository, finding.title, finding.why
    );
    for point in points {
        let _ = writeln!(text, "[{}] {}", point.mark, point.text);
    }
    for fix in &finding.fixes {
        let _ = writeln!(text, "Fix on offer: {}. {}", fix.title, fix.explanation);
    }
    if let Some(comment) = &finding.comment {
        let _ = writeln!(text, "Perch's own text for others:\n{comment}");
    }
    text
}

fn render(name: &str, values: &Value) -> String {
    let template = TEMPLATES
        .get_template(name)
        .expect("both templates were added");
    template
        .render(minijinja::value::Serde(values))
        .expect("the templates use only what is given")
}

/// The finding's statements, each with its mark.
fn points(finding: &Finding) -> Vec<Piece> {
    let numbered = (1..).zip(&finding.points);
    numbered
        .map(|(number, point)| {
            let place = point.evidence.iter().find_map(|one| place(&one.place));
            let mut text = point.text.clone();
            if let Some(place) = place.as_ref().filter(|place| !text.contains(*place)) {
                let _ = write!(text, " ({place})");
            }
            Piece {
                mark: format!("E{number}"),
                name: "what Perch found".into(),
                text,
                place,
            }
        })
        .collect()
}

/// A place in a file, as people write it.
fn place(place: &Place) -> Option<String> {
    match place {
        Place::File {
            path,
            line: Some(line),
            ..
        } => Some(format!("{path}:{line}")),
        Place::File { path, .. } => Some(path.clone()),
        _ => None,
    }
}

/// Pieces of outside text within the room, the most valuable first, and the names of those there was no room for.
fn evidence(brief: &Brief, room: usize, before: usize) -> (Vec<Piece>, Vec<String>) {
    let log = brief.finding.log.iter();
    let blocks = log.flat_map(|log| {
        log.blocks.iter().map(|block| {
            let name = format!(
                "the log of {}, lines {} to {}",
                log.log, block.start_line, block.end_line
            );
            (name, block.lines.join("\n"))
        })
    });
    let excerpts = brief.excerpts.iter();
    let excerpts = excerpts.map(|one| (one.name.clone(), one.text.clone()));
    let mut left = room.min(MOST) * BYTES_PER_TOKEN;
    let share = left / SHARE;
    let (mut pieces, mut left_out) = (Vec::new(), Vec::new());
    for (name, text) in blocks.chain(excerpts) {
        let text = text.trim_end().to_owned();
        let whole = text.len();
        let text = within(text, share.min(left));
        if text.is_empty() {
            left_out.push(name);
            continue;
        }
        if text.len() < whole {
            left_out.push(format!("the rest of {name}"));
        }
        left -= text.len();
        pieces.push(Piece {
            mark: format!("E{}", before + pieces.len() + 1),
            place: None,
            name,
            text,
        });
    }
    (pieces, left_out)
}

/// `text` up to the last line that ends within `bytes`.
fn within(mut text: String, bytes: usize) -> String {
    if text.len() <= bytes {
        return text;
    }
    let end = text.as_bytes()[..bytes]
        .iter()
        .rposition(|&byte| byte == b'\n');
    text.truncate(end.unwrap_or_default());
    text
}

/// Atoms by category, each with its heading.
fn groups(atoms: &[Chosen]) -> Vec<Value> {
    Category::ALL
        .into_iter()
        .filter_map(|category| {
            let of_it = atoms.iter().filter(|atom| atom.category == category);
            let texts: Vec<&str> = of_it.map(|atom| atom.text.as_str()).collect();
            (!texts.is_empty()).then(|| json!({ "title": heading(category), "texts": texts }))
        })
        .collect()
}

fn heading(category: Category) -> &'static str {
    match category {
        Category::Tone => "How it sounds",
        Category::Stack => "What is built with",
        Category::Perspective => "Whose eyes",
        Category::Phase => "Where the work stands",
        Category::Domain => "The business",
        Category::Constraint => "What must hold",
        Category::Example => "How a good one reads",
        Category::Goal => "What it is for",
        Category::Risk => "Risk",
    }
}

/// What is known of the reader, a line each.
fn known(profile: &Profile) -> Vec<String> {
    let stack = profile.stack.join(", ");
    [
        ("Role", profile.role.as_str()),
        ("Business", profile.vertical.as_str()),
        ("Builds with", stack.as_str()),
        ("Tone in texts for others", profile.tone.as_str()),
        ("Watches", profile.kpi_focus.as_str()),
        ("Brand voice", profile.brand_voice.as_str()),
        ("The company", profile.company_context.as_str()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.trim().is_empty())
    .map(|(name, value)| format!("{name}: {}", value.trim()))
    .collect()
}

/// The marks of redacted secrets in `text`, each once.
fn marks(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("‹redacted:") {
        let after = &rest[start..];
        let Some(end) = after.find('›') else { break };
        let mark = &after[..end + '›'.len_utf8()];
        if !found.iter().any(|one| one == mark) {
            found.push(mark.to_owned());
        }
        rest = &after[mark.len()..];
    }
    found
}

/// Tokens that `text` makes, rather too many than too few.
pub fn tokens(text: &str) -> u64 {
    (text.len() / BYTES_PER_TOKEN) as u64 + 1
}

#[cfg(test)]
mod tests;
