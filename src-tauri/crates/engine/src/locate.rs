//! Finds the file of this machine that a suggestion's place means. Only folders the user watches are looked into.

use perch_core::id::UserId;

use crate::documents::DocumentError;
use crate::engine::Engine;

/// A file of a watched working tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The working tree's root, absolute.
    pub root: String,
    /// The file, absolute.
    pub file: String,
}

impl Engine {
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
