//! Where something without a repository of its own, such as a database, has one: what is written for it is worked out and
//! carried out there. The connection's setting `folder` names a folder of this machine, `repository` one that another
//! connection watches at a forge.

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::event::EventRow;
use perch_core::subject::Subject;
use perch_store::db::StoreError;
use perch_store::table::events;

use crate::engine::Engine;

/// A repository of which nothing was heard for longer is not written to: its newest commit is not known.
const HEARD_OF: SignedDuration = SignedDuration::from_hours(24 * 365);

/// A repository where an event is at home.
pub(crate) struct Home {
    /// The connection that reads and writes there.
    pub(crate) connection: Connection,
    /// The event as if it had happened there.
    pub(crate) row: EventRow,
}

impl Engine {
    /// The home of an event that came by `connection`; none where its provider has repositories itself, where no setting
    /// names one, or where that has no commit yet. A folder comes first.
    pub(crate) async fn home(
        &self,
        row: &EventRow,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<Option<Home>, StoreError> {
        let setting = |key: &str| connection.settings.get(key)?.as_str();
        if let Some(folder) = setting("folder")
            && let Some(home) = self.home_in(row, folder).await
        {
            return Ok(Some(home));
        }
        match setting("repository") {
            Some(repository) => self.home_at(row, repository, now).await,
            None => Ok(None),
        }
    }

    async fn home_in(&self, row: &EventRow, folder: &str) -> Option<Home> {
        let provider = self
            .providers()
            .iter()
            .find(|provider| provider.checkout().is_some())?;
        let survey = match provider.checkout()?.survey(folder).await {
            Ok(survey) => survey,
            Err(problem) => {
                tracing::debug!(event.id = %row.id, %problem, "its repository cannot be read");
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
        let there = Subject {
            repository: survey.name,
            repository_key: survey.root,
            commit: Some(survey.head?),
            branch: survey.branch.clone(),
            base_branch: survey.branch,
            ..Subject::default()
        };
        Some(Home::of(row, connection, there))
    }

    /// The repository as the newest event about its default branch has it.
    async fn home_at(
        &self,
        row: &EventRow,
        repository: &str,
        now: Timestamp,
    ) -> Result<Option<Home>, StoreError> {
        let user = row.user_id.clone();
        let latest = self
            .db
            .read(move |db| events::latest_commits(db, &user, now - HEARD_OF))
            .await?;
        let setup = self.setup();
        let home = latest.into_iter().find_map(|last| {
            let subject = last.event.subject;
            let named = subject.repository.eq_ignore_ascii_case(repository);
            let connection = setup.connection(&last.connection_id)?;
            let there = Subject {
                base_branch: subject.branch.clone(),
                ..subject
            };
            named.then(|| Home::of(row, connection.clone(), there))
        });
        Ok(home)
    }
}

impl Home {
    fn of(row: &EventRow, connection: Connection, there: Subject) -> Self {
        let mut row = row.clone();
        row.connection_id = connection.id.clone();
        row.event.subject = Subject {
            repository: there.repository,
            repository_key: there.repository_key,
            commit: there.commit,
            branch: there.branch,
            base_branch: there.base_branch,
            ..row.event.subject
        };
        Self { connection, row }
    }
}
