//! Where actions are done, when that is not where the event came from: what a metric or an alert is about stands in a
//! repository that another connection watches. Pure.

use perch_core::connection::Connection;
use perch_core::event::EventRow;
use perch_core::finding::Finding;
use perch_core::patch::Base;
use perch_core::subject::Subject;

use crate::setup::Setup;

/// The event as far as its actions are concerned, the connection that does them, and what a change would be based on.
pub(crate) fn acting<'a>(
    row: &EventRow,
    connection: &'a Connection,
    finding: &'a Finding,
    setup: &'a Setup,
) -> (EventRow, &'a Connection, Option<&'a Base>) {
    let found = finding.elsewhere.as_ref().and_then(|elsewhere| {
        let there = setup.connection(&elsewhere.connection)?;
        (there.user_id == row.user_id && there.enabled).then_some((elsewhere, there))
    });
    let Some((elsewhere, there)) = found else {
        return (row.clone(), connection, None);
    };
    let mut acting = row.clone();
    acting.connection_id = there.id.clone();
    let place = &elsewhere.subject;
    acting.event.subject = Subject {
        repository: place.repository.clone(),
        repository_key: place.repository_key.clone(),
        base_branch: place.base_branch.clone(),
        ..row.event.subject.clone()
    };
    (acting, there, elsewhere.base.as_ref())
}
