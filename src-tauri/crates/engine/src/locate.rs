//! Finds what a suggestion points to on this machine: a file in a folder the user watches, a log that was kept.

use perch_core::facts::Log;
use perch_core::id::{EventId, UserId};
use perch_core::seam::checkout::Discovered;
use perch_store::table::{events, runs};

use crate::documents::DocumentError;
use crate::engine::Engine;
use crate::intake::run_id;

/// Bytes of a log that is read; of a longer one the end.
const KEPT_LOG: usize = 64 << 20;

/// A file of a watched working tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The working tree's root, absolute.
    pub root: String,
    /// The file, absolute.
    pub file: String,
}

impl Engine {
    /// Working trees below the folder `under`, the most recently used first.
    pub async fn working_trees(&self, under: &str) -> Result<Vec<Discovered>, DocumentError> {
        Ok(self.checkout()?.discover(under).await?)
    }

    /// The whole log of the local run that `event` ended, secrets and all; nothing where none is kept.
    pub async fn kept_log(&self, event: EventId) -> Result<Option<Log>, DocumentError> {
        let run = self
            .db
            .read(move |db| {
                let Some(row) = events::get(db, event)? else {
                    return Ok(None);
                };
                runs::get(db, &run_id(&row.event))
            })
            .await?;
        let Some(run) = run.filter(|run| run.log.is_some()) else {
            return Ok(None);
        };
        let log = self.stored_log(&run, KEPT_LOG).await;
        log.map(Some).map_err(DocumentError::Failed)
    }

    /// The file that `path` means in the repository called `name` or known by `key`.
    pub async fn locate(
        &self,
        user: &UserId,
        name: &str,
        key: &str,
        path: &str,
    ) -> Result<Located, DocumentError> {
        let root = self.root_of(user, name, key).await.ok_or_else(|| {
            DocumentError::Refused(format!(
                "`{name}` is not watched in a folder of this machine; clone it, and watch its folder"
            ))
        })?;
        let file = self.checkout()?.file(&root, path).await?;
        Ok(Located { root, file })
    }

    /// The root of the watched folder that is this repository. A folder's own path is its key; only clones of what is
    /// known from a forge are looked into.
    async fn root_of(&self, user: &UserId, name: &str, key: &str) -> Option<String> {
        let setup = self.setup();
        let is_key = |folder: &&String| {
            std::path::Path::new(folder)
                .canonicalize()
                .is_ok_and(|folder| folder.as_os_str() == key)
        };
        let direct = setup
            .connections_of(user)
            .filter(|connection| {
                self.provider(&connection.provider)
                    .is_some_and(|provider| provider.checkout().is_some())
            })
            .flat_map(|connection| &connection.watch)
            .find(is_key);
        if let Some(folder) = direct {
            return Some(folder.clone());
        }
        let watched = self.watched(user).await;
        let place = watched.into_iter().find(|place| place.is(name, key))?;
        place.root().map(str::to_owned)
    }
}
