//! A failed build started again.

use perch_core::action::{Action, Step};
use perch_core::event::EventRow;
use perch_core::event_type::EventType;

use super::unset;
use crate::intake::job;

/// The action that starts the event's build again, if it is about one that failed.
pub(super) fn rerun(row: &EventRow) -> Option<Action> {
    if row.event.event_type != EventType::BUILD_FAILED {
        return None;
    }
    let subject = &row.event.subject;
    let on = subject
        .branch
        .as_ref()
        .map_or_else(String::new, |branch| format!(" on `{branch}`"));
    Some(Action {
        id: unset(),
        kind: "rerun".into(),
        label: "Re-run failed jobs".into(),
        effect: format!(
            "starts the failed jobs of `{}`{on} in `{}` again in your name; this cannot be taken back",
            job(&row.event),
            subject.repository
        ),
        reversible: false,
        refused: None,
        steps: vec![Step::Rerun {
            build: subject.key.clone(),
        }],
    })
}
