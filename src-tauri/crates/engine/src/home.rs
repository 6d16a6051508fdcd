//! Where something without a repository of its own, such as a database, has one: what is written for it is worked out and
//! carried out there. The connection's setting `folder` names it.

use perch_core::connection::Connection;
use perch_core::event::EventRow;
use perch_core::subject::Subject;

use crate::engine::Engine;

/// A folder of this machine where an event is at home.
pub(crate) struct Home {
    /// The connection that reads and writes there.
    pub(crate) connection: Connection,
    /// The event as if it had happened there.
    pub(crate) row: EventRow,
}

impl Engine {
    /// The home of an event that came by `connection`; none where its provider has repositories itself, or the folder is
    /// none with a commit.
    pub(crate) async fn home(&self, row: &EventRow, connection: &Connection) -> Option<Home> {
        let folder = connection.settings.get("folder")?.as_str()?;
        let provider = self
            .providers()
            .iter()
            .find(|provider| provider.checkout().is_some())?;
        let survey = match provider.checkout()?.survey(folder).await {
            Ok(survey) => survey,
            Err(problem) => {
                tracing::debug!(connection.id = %connection.id, %problem, "its repository cannot be read");
                return None;
            }
        };
        let setup = self.setup();
        let of_user = || {
            setup
                .connections_of(&row.user_id)
                .filter(|one| one.provider == provider.id())
        };
        let connection = of_user()
            .find(|one| one.watch.contains(&survey.root))
            .or_else(|| of_user().next())?
            .clone();
        let mut row = row.clone();
        row.connection_id = connection.id.clone();
        row.event.subject = Subject {
            repository: survey.name,
            repository_key: survey.root,
            commit: Some(survey.head?),
            branch: survey.branch.clone(),
            base_branch: survey.branch,
            ..row.event.subject
        };
        Some(Home { connection, row })
    }
}
