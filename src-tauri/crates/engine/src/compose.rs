//! `compose`: a finding, and a draft where a model wrote one, becomes a suggestion with its actions. Pure.

mod actions;

use std::fmt::Write as _;

use jiff::Timestamp;
use perch_analyse::{visible, visible_lines};
use perch_core::action::Step;
use perch_core::draft::Draft;
use perch_core::event::EventRow;
use perch_core::event_type::EventType;
use perch_core::finding::{Finding, Remedy};
use perch_core::id::{AgentRunId, SuggestionId};
use perch_core::patch::Base;
use perch_core::suggestion::{Suggestion, SuggestionState};

use crate::database;
use crate::intake::job;
use crate::rank::capitalized;

/// What compose needs beside the finding.
pub struct Material<'a> {
    /// The event.
    pub event: &'a EventRow,
    /// What a change would be based on, if that is known.
    pub base: Option<&'a Base>,
    /// True when the provider acts on this machine only.
    pub local: bool,
    /// Whether the provider can do a step.
    pub knows: &'a (dyn Fn(&Step) -> bool + Sync),
    /// Whether it can take one back.
    pub can_undo: &'a (dyn Fn(&Step) -> bool + Sync),
    /// Whether this is a name of the user at the provider.
    pub is_user: &'a (dyn Fn(&str) -> bool + Sync),
    /// The run this becomes a version of.
    pub run_id: AgentRunId,
    /// The present.
    pub now: Timestamp,
}

/// The suggestion, or why there is none.
pub fn compose(finding: &Finding, material: &Material<'_>) -> Result<Suggestion, String> {
    if finding.points.is_empty() && finding.fixes.is_empty() && finding.log.is_none() {
        return Err("the finding states nothing that could be checked".into());
    }
    let row = material.event;
    let merge_key = merge_key(row);
    let id = SuggestionId::new(
        material.now,
        &[row.user_id.as_str(), &merge_key, &row.event.dedup_key],
    );
    let actions = actions::actions(finding, material, id);
    Ok(Suggestion {
        id,
        user_id: row.user_id.clone(),
        connection_id: row.connection_id.clone(),
        run_id: material.run_id,
        event_id: row.id,
        subject: row.event.subject.clone(),
        rule: finding.rule.clone(),
        merge_key,
        title: shorten(&capitalized(&visible(&finding.title)), 60),
        why: visible(&finding.why),
        body: visible_lines(&body(finding, None)),
        points: finding.points.clone(),
        log: finding.log.clone(),
        chart: finding.chart.clone(),
        level: finding.level,
        actions,
        state: SuggestionState::Open,
        snoozed_until: None,
        created_at: material.now,
        updated_at: material.now,
    })
}

/// A suggestion in a model's words: facts, evidence, log and patches stay as they are.
pub(crate) fn reworded(
    before: &Suggestion,
    finding: &Finding,
    draft: &Draft,
    run_id: AgentRunId,
    row: &EventRow,
) -> Suggestion {
    let mut after = Suggestion {
        run_id,
        title: shorten(&capitalized(&visible(&draft.title)), 60),
        why: visible(&draft.why),
        body: visible_lines(&body(finding, Some(draft))),
        ..before.clone()
    };
    if let (Some(old), Some(new)) = (&finding.comment, &draft.comment) {
        let new = visible_lines(new);
        for action in &mut after.actions {
            actions::say_instead(action, old, &new, row);
        }
    }
    after
}

/// What a later suggestion replaces: one about the same job and branch, the same pull request, the same branch.
/// That a build failed and that its health changed are two things.
pub(crate) fn merge_key(row: &EventRow) -> String {
    if let Some(key) = database::merge_key(&row.event) {
        return key;
    }
    match row.event.event_type {
        EventType::BUILD_FAILED => failed_build_key(row),
        EventType::BUILD_COMPLETED => job_key(row, "health"),
        EventType::INCIDENT_OPENED | EventType::INCIDENT_UPDATED | EventType::INCIDENT_RESOLVED => {
            about(row, &row.event.subject.key)
        }
        event_type => about(row, &format!("{event_type}/{}", row.event.subject.key)),
    }
}

/// The merge key of the suggestion a failed run of the same job and branch led to.
pub(crate) fn failed_build_key(row: &EventRow) -> String {
    job_key(row, "build")
}

fn job_key(row: &EventRow, what: &str) -> String {
    let branch = row.event.subject.branch.as_deref().unwrap_or_default();
    about(row, &format!("{what}/{branch}/{}", job(&row.event)))
}

fn about(row: &EventRow, thing: &str) -> String {
    let repository = &row.event.subject.repository_key;
    format!("{}/{repository}/{thing}", row.connection_id)
}

fn body(finding: &Finding, draft: Option<&Draft>) -> String {
    let mut text = String::new();
    if let Some(draft) = draft {
        let _ = writeln!(text, "{}\n", draft.explanation.trim());
    }
    let (todo, leading): (Vec<_>, Vec<_>) = finding.points.iter().partition(|point| point.todo);
    for point in leading {
        let _ = writeln!(text, "- {}", point.text);
    }
    if !todo.is_empty() {
        text.push('\n');
        for point in todo {
            let _ = writeln!(text, "- [ ] {}", point.text);
        }
    }
    for fix in &finding.fixes {
        let _ = write!(text, "\n**{}.** {}\n", fix.title, fix.explanation);
        if let Remedy::Command { command } = &fix.remedy {
            let _ = write!(text, "\n```sh\n{command}\n```\n");
        }
    }
    text.trim().to_owned()
}

/// `text` in at most `limit` characters, cut at a word with an ellipsis.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= limit {
        return text;
    }
    let cut: String = text.chars().take(limit - 1).collect();
    let at_word = cut
        .rfind(' ')
        .filter(|&at| at > limit / 2)
        .unwrap_or(cut.len());
    format!("{}…", cut[..at_word].trim_end())
}
