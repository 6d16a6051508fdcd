//! Rows as the wire shows them.

use perch_core::action::{Action, Step};
use perch_core::event::EventRow;
use perch_core::evidence::Place;
use perch_core::id::SuggestionId;
use perch_core::outcome::{ActionState, Outcome};
use perch_core::patch::{Change, Patch, Patched, unified_diff};
use perch_core::preferences::Preferences;
use perch_core::suggestion::{Suggestion, SuggestionState};
use perch_engine::rank::at_once;
use perch_store::table::actions::ActionRow;
use perch_store::table::agent_runs::AgentRun;

use crate::wire::events::EventView;
use crate::wire::suggestions::{
    ActionView, AtOnce, OutcomeView, SentView, StepView, SuggestionSummary,
};

/// One line of the inbox, by what the user wants to be able to start outside the panel.
pub(crate) fn summary(
    suggestion: &Suggestion,
    event_type: &str,
    preferences: &Preferences,
) -> SuggestionSummary {
    let open = suggestion.state == SuggestionState::Open;
    let lead = suggestion
        .actions
        .iter()
        .find(|action| action.refused.is_none());
    SuggestionSummary {
        id: suggestion.id.to_string(),
        repository: suggestion.subject.repository.clone(),
        title: suggestion.title.clone(),
        place: place(suggestion),
        offer: offer(suggestion),
        level: suggestion.level,
        state: suggestion.state,
        rule: suggestion.rule.clone(),
        event_type: event_type.to_owned(),
        lead: lead.filter(|_| open).map(|action| action.label.clone()),
        at_once: at_once(suggestion, preferences)
            .filter(|_| open)
            .map(|action| AtOnce {
                action: action.id.to_string(),
                label: action.label.clone(),
                effect: action.effect.clone(),
            }),
        created_at: suggestion.created_at.to_string(),
        updated_at: suggestion.updated_at.to_string(),
        snoozed_until: suggestion.snoozed_until.map(|until| until.to_string()),
    }
}

/// What was sent for a version, if something was.
pub(crate) fn sent(run: AgentRun) -> Option<SentView> {
    (!run.assembled_prompt.is_empty()).then(|| SentView {
        about: run.sent,
        model: run.model_used,
        prompt: run.assembled_prompt,
        at: run.created_at.to_string(),
        latency_ms: run.latency_ms,
        cost_usd: run.cost_usd,
    })
}

/// Where, in a few words: the job or branch unless the title says it, and the first place in a file.
fn place(suggestion: &Suggestion) -> String {
    let subject = &suggestion.subject;
    let mut parts = Vec::new();
    if subject.title != suggestion.title {
        parts.push(subject.title.clone());
    }
    let file = suggestion
        .points
        .iter()
        .flat_map(|point| &point.evidence)
        .find_map(|one| match &one.place {
            Place::File {
                path,
                line: Some(line),
                ..
            } => Some(format!("{path}:{line}")),
            Place::File {
                path, line: None, ..
            } => Some(path.clone()),
            _ => None,
        });
    parts.extend(file);
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// What is on offer, in a few words.
fn offer(suggestion: &Suggestion) -> String {
    let has_patch = suggestion
        .actions
        .iter()
        .any(|action| action.patch().is_some());
    let findings = suggestion.points.iter().filter(|point| !point.todo).count();
    match (has_patch, findings) {
        (true, _) => "fix ready".into(),
        (false, 0) if suggestion.log.is_some() => "explained".into(),
        (false, 0) => "checklist".into(),
        (false, 1) => "1 finding".into(),
        (false, count) => format!("{count} findings"),
    }
}

/// An action, its change as a diff, and what became of it.
pub(crate) fn action(row: &ActionRow, outcome: Option<&Outcome>) -> ActionView {
    let action = &row.action;
    ActionView {
        id: action.id.to_string(),
        kind: action.kind.clone(),
        label: action.label.clone(),
        effect: action.effect.clone(),
        reversible: action.reversible,
        refused: action.refused.clone(),
        diff: action.patch().map(edits_as_diff),
        text: written(action),
        outcome: outcome.map(outcome_view),
    }
}

/// What an action writes in the user's name, or hands over to copy. Several texts stand under their titles.
fn written(action: &Action) -> Option<String> {
    let texts: Vec<(String, &String)> = action
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Comment { body, .. }
            | Step::EditIssue { after: body, .. }
            | Step::OpenPullRequest { body, .. }
            | Step::Copy { text: body } => Some((String::new(), body)),
            Step::OpenIssue { title, body, .. } => Some((format!("**{title}**\n\n"), body)),
            Step::ReviewComment {
                path, lines, body, ..
            } => Some((format!("**{path}:{}**\n\n", lines.0), body)),
            _ => None,
        })
        .collect();
    match texts.as_slice() {
        [] => None,
        [(_, one)] => Some((*one).clone()),
        several => {
            let shown: Vec<String> = several
                .iter()
                .map(|(title, body)| format!("{title}{}", body.trim_end()))
                .collect();
            Some(shown.join("\n\n"))
        }
    }
}

/// The replaced and the new lines of a patch, at the lines they began in the base.
fn edits_as_diff(patch: &Patch) -> String {
    let mut text = String::new();
    for file in &patch.files {
        let Change::Edit { edits } = &file.change else {
            if let Change::Create { content } = &file.change {
                let created = Patched {
                    path: file.path.clone(),
                    before: None,
                    after: content.clone(),
                };
                text.push_str(&unified_diff(&[created]));
            }
            continue;
        };
        text.push_str(&format!(
            "diff --git a/{0} b/{0}\n--- a/{0}\n+++ b/{0}\n",
            file.path
        ));
        let mut shift = 0_i64;
        for edit in edits {
            let removed: Vec<&str> = edit.search.lines().collect();
            let added: Vec<&str> = edit.replace.lines().collect();
            let old = i64::from(edit.line.unwrap_or(1));
            text.push_str(&format!(
                "@@ -{old},{} +{},{} @@\n",
                removed.len(),
                old + shift,
                added.len()
            ));
            let common = removed
                .iter()
                .zip(&added)
                .take_while(|(old, new)| old == new)
                .count();
            let tail = removed[common..]
                .iter()
                .rev()
                .zip(added[common..].iter().rev())
                .take_while(|(old, new)| old == new)
                .count();
            for line in &removed[..common] {
                text.push_str(&format!(" {line}\n"));
            }
            for line in &removed[common..removed.len() - tail] {
                text.push_str(&format!("-{line}\n"));
            }
            for line in &added[common..added.len() - tail] {
                text.push_str(&format!("+{line}\n"));
            }
            for line in &removed[removed.len() - tail..] {
                text.push_str(&format!(" {line}\n"));
            }
            shift +=
                i64::try_from(added.len()).unwrap_or(0) - i64::try_from(removed.len()).unwrap_or(0);
        }
    }
    text
}

/// How far an action has come.
pub(crate) fn outcome_view(outcome: &Outcome) -> OutcomeView {
    let undoable = outcome.steps.iter().any(|step| {
        !step.undone
            && step
                .result
                .as_ref()
                .is_some_and(|result| result.undo.is_some())
    });
    OutcomeView {
        action_id: outcome.action_id.to_string(),
        state: outcome.state,
        steps: outcome
            .steps
            .iter()
            .map(|step| StepView {
                text: match &step.result {
                    Some(result) if !step.undone => result.summary.clone(),
                    _ => step.doing.clone(),
                },
                done: step.result.is_some(),
                undone: step.undone,
                links: step
                    .result
                    .as_ref()
                    .map(|result| result.links.clone())
                    .unwrap_or_default(),
            })
            .collect(),
        error: outcome.error.clone(),
        can_undo: outcome.state == ActionState::Done && undoable,
        finished_at: outcome.finished_at.map(|at| at.to_string()),
    }
}

/// One event; `suggestion` is the one it led to.
pub(crate) fn event(row: &EventRow, suggestion: Option<SuggestionId>) -> EventView {
    EventView {
        id: row.id.to_string(),
        event_type: row.event.event_type.to_string(),
        source: row.event.event_type.source().to_owned(),
        connection: row.connection_id.to_string(),
        repository: row.event.subject.repository.clone(),
        title: row.event.subject.title.clone(),
        actor: row.event.actor.clone(),
        dedup_key: row.event.dedup_key.clone(),
        at: row.event.at.to_string(),
        stored_at: row.stored_at.to_string(),
        state: row.state,
        verdict: row.verdict.clone(),
        suggestion: suggestion.map(|id| id.to_string()),
        user_actioned: row.user_actioned,
    }
}
