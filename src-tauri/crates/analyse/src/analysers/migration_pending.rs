//! Looks at migrations that are not the same in the repository and in the database: which, in what order, what each locks
//! and for whom, and how it is written so that nobody waits.

use std::collections::BTreeMap;

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::evidence::Evidence;
use perch_core::facts::{Facts, Want};
use perch_core::finding::{Finding, Fix, Point, Remedy};
use perch_core::patch::{Change, Edit, FilePatch, Patch};
use perch_core::suggestion::Level;
use serde::Deserialize as _;

use crate::analyser::{Analyser, Look};
use crate::schema::locks::{self, AFTERWARDS, Hazard, Lock};
use crate::schema::migrations::{Pending, Standing};
use crate::title::shortened;

pub(super) static ANALYSER: MigrationPending = MigrationPending;

/// Migrations and statements said one by one; more are counted.
const SAID: usize = 15;

pub(super) struct MigrationPending;

impl Analyser for MigrationPending {
    fn id(&self) -> &'static str {
        "migration_pending"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::MIGRATION_PENDING]
    }

    fn wants(&self, event: &Event, _facts: &Facts) -> Vec<Want> {
        waiting(&pending(event))
            .map(|one| Want::File(one.path.clone()))
            .take(SAID)
            .collect()
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let pending = pending(event);
        if pending.is_empty() {
            return Look::Nothing("repository and database have the same migrations".into());
        }
        let mut points: Vec<Point> = pending.iter().take(SAID).map(said).collect();
        if pending.len() > SAID {
            points.push(point(
                format!("{} more migrations", pending.len() - SAID),
                None,
            ));
        }
        let hazards: Vec<(&Pending, Hazard)> = waiting(&pending)
            .flat_map(|one| {
                locks::hazards(&one.sql)
                    .into_iter()
                    .map(move |hazard| (one, hazard))
            })
            .collect();
        points.extend(
            hazards
                .iter()
                .take(SAID)
                .map(|(one, hazard)| danger(one, hazard)),
        );
        if hazards.len() > SAID {
            points.push(point(
                format!(
                    "{} more statements that lock something",
                    hazards.len() - SAID
                ),
                None,
            ));
        }
        let drifted = pending
            .iter()
            .any(|one| matches!(one.standing, Standing::MissingHere | Standing::Edited));
        let dangerous = hazards.iter().any(|(_, hazard)| {
            hazard.destroys || (hazard.whole_table && hazard.lock >= Some(Lock::Share))
        });
        let mut fixes: Vec<Fix> = rewritten(event, &hazards, facts).into_iter().collect();
        fixes.extend(commands(&pending));
        Look::Found(Box::new(Finding {
            analyser: self.id().into(),
            rule: if drifted {
                "migration/drift"
            } else if dangerous {
                "migration/lock"
            } else {
                "migration/pending"
            }
            .into(),
            title: shortened(&title(&pending, &hazards)),
            why: "The repository's migrations and those the database says were applied are not the same.".into(),
            level: if drifted || dangerous { Level::Normal } else { Level::Silent },
            category: Some("schema".into()),
            confidence: 0.95,
            fingerprint: event.dedup_key.clone(),
            points,
            fixes,
            ..Finding::default()
        }))
    }
}

fn pending(event: &Event) -> Vec<Pending> {
    Vec::<Pending>::deserialize(&event.data["pending"]).unwrap_or_default()
}

/// The migrations that would be applied next, in order.
fn waiting(pending: &[Pending]) -> impl Iterator<Item = &Pending> {
    pending
        .iter()
        .filter(|one| matches!(one.standing, Standing::Unapplied | Standing::OutOfOrder))
}

fn title(pending: &[Pending], hazards: &[(&Pending, Hazard)]) -> String {
    let count = |standing: &[Standing]| {
        pending
            .iter()
            .filter(|one| standing.contains(&one.standing))
            .count()
    };
    let waits = count(&[Standing::Unapplied, Standing::OutOfOrder]);
    let drifted = count(&[Standing::MissingHere, Standing::Edited]);
    let destroys = hazards.iter().any(|(_, hazard)| hazard.destroys);
    let locks = hazards
        .iter()
        .find(|(_, hazard)| hazard.whole_table && hazard.lock >= Some(Lock::Share));
    let s = |count: usize| if count == 1 { "" } else { "s" };
    match (waits, drifted) {
        (0, drifted) => format!(
            "{drifted} migration{} drifted from the database",
            s(drifted)
        ),
        (waits, 0) if destroys => format!(
            "{waits} migration{} wait{}, and drop data",
            s(waits),
            if waits == 1 { "s" } else { "" }
        ),
        (waits, 0) => match locks {
            Some((_, hazard)) => format!("pending migration locks `{}`", hazard.relation),
            None => format!("{waits} migration{} not applied yet", s(waits)),
        },
        (waits, drifted) => format!(
            "{waits} migration{} wait{}, {drifted} drifted",
            s(waits),
            if waits == 1 { "s" } else { "" }
        ),
    }
}

fn said(one: &Pending) -> Point {
    let name = if one.name.is_empty() {
        format!("`{}`", one.version)
    } else {
        format!("`{}_{}`", one.version, one.name)
    };
    let text = match one.standing {
        Standing::Unapplied => format!("{name} is not applied"),
        Standing::OutOfOrder => format!(
            "{name} is not applied, though a later one is: `supabase db push` refuses it unless `--include-all` is given"
        ),
        Standing::MissingHere => format!(
            "{name} was applied, and the repository does not have it: a colleague's branch, or a change made by hand"
        ),
        Standing::Edited => format!(
            "{name} was edited after it was applied: the database still has what it said before"
        ),
    };
    point(text, (!one.path.is_empty()).then_some((&one.path, None)))
}

fn danger(one: &Pending, hazard: &Hazard) -> Point {
    let mut text = format!("`{}`", hazard.statement.replace('`', "'"));
    if let Some(lock) = hazard.lock {
        let length = if hazard.whole_table {
            "while it goes through the whole table"
        } else {
            "for a moment"
        };
        text.push_str(&format!(
            " takes `{}` on `{}`: {} waits {length}",
            lock.as_str(),
            hazard.relation.replace('`', "'"),
            lock.holds_up()
        ));
    }
    if hazard.destroys {
        text.push_str("; **what it drops cannot be had back**");
    }
    if let Some(problem) = &hazard.problem {
        text.push_str(&format!(". {problem}"));
    }
    point(text, Some((&one.path, Some(hazard.line))))
}

fn point(text: String, place: Option<(&String, Option<u32>)>) -> Point {
    Point {
        evidence: place
            .map(|(path, line)| Evidence::file("the migration", path.clone(), line))
            .into_iter()
            .collect(),
        text,
        todo: false,
    }
}

/// The waiting migrations written so that nobody waits long: the part that must come later in a migration of its own.
fn rewritten(event: &Event, hazards: &[(&Pending, Hazard)], facts: &Facts) -> Option<Fix> {
    facts.base.as_ref()?;
    let mut files: BTreeMap<String, Change> = BTreeMap::new();
    let mut later = String::new();
    for (one, hazard) in hazards {
        let Some((now, then)) = hazard
            .rewrite
            .as_deref()
            .and_then(|sql| sql.split_once(AFTERWARDS))
        else {
            continue;
        };
        let Some(text) = facts.files.get(&one.path) else {
            continue;
        };
        let statements = perch_core::sql::statements(text);
        let Some(statement) = statements.iter().find(|one| one.line == hazard.line) else {
            continue;
        };
        // A comment within the statement would be lost.
        if text.matches(&statement.text).count() != 1 {
            continue;
        }
        let edit = Edit {
            search: statement.text.clone(),
            replace: now.trim().trim_end_matches(';').to_owned(),
            line: None,
        };
        let change = files
            .entry(one.path.clone())
            .or_insert_with(|| Change::Edit { edits: Vec::new() });
        if let Change::Edit { edits } = change {
            edits.push(edit);
        }
        later.push_str(then.trim());
        later.push('\n');
    }
    if files.is_empty() {
        return None;
    }
    let last = hazards.iter().map(|(one, _)| one.version.as_str()).max()?;
    let at = event.at.strftime("%Y%m%d%H%M%S").to_string();
    let version = if at.as_str() > last {
        at
    } else {
        format!("{last}1")
    };
    files.insert(
        format!("supabase/migrations/{version}_validate_constraints.sql"),
        Change::Create { content: later },
    );
    Some(Fix {
        title: "Check constraints in a migration of their own".into(),
        explanation: "New constraints first bind only new rows, which takes a moment; the rows that are there are checked by a \
                      second migration, while everyone goes on reading and writing"
            .into(),
        remedy: Remedy::Patch {
            patch: Patch {
                files: files
                    .into_iter()
                    .map(|(path, change)| FilePatch { path, change })
                    .collect(),
            },
        },
        confidence: 0.85,
    })
}

/// What brings both sides together, by the CLI of Supabase.
fn commands(pending: &[Pending]) -> Vec<Fix> {
    let of = |standing| pending.iter().filter(move |one| one.standing == standing);
    let command = |title: &str, explanation: &str, command: String| Fix {
        title: title.into(),
        explanation: explanation.into(),
        remedy: Remedy::Command { command },
        confidence: 0.7,
    };
    let mut fixes = Vec::new();
    if of(Standing::MissingHere).next().is_some() {
        fixes.push(command(
            "Fetch the migrations that are missing here",
            "Writes the migrations the database has applied into `supabase/migrations`",
            "supabase migration fetch".into(),
        ));
    }
    if of(Standing::OutOfOrder).next().is_some() {
        fixes.push(command(
            "Apply all that wait, in their order",
            "Also those that come before one that was applied; look first whether the later ones still fit",
            "supabase db push --include-all".into(),
        ));
    } else if of(Standing::Unapplied).next().is_some() {
        fixes.push(command(
            "Apply what waits",
            "Applies the migrations in their order; see first what each would lock",
            "supabase db push".into(),
        ));
    }
    if let Some(edited) = of(Standing::Edited).next() {
        fixes.push(command(
            "Put the edited migration back",
            "What was applied stays as it was; write the difference as a new migration",
            format!("git log -p -- '{}'", edited.path.replace('\'', "")),
        ));
    }
    fixes
}
