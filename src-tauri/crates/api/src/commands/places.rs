//! The commands about folders of this machine: which there are, and opening a place of one in the user's editor.

use std::path::Path;
use std::sync::Arc;

use perch_core::id::UserId;
use perch_core::seam::editor::{EditorError, Spot};

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::Nothing;
use crate::wire::places::{FolderView, Folders, OpenPlace, OpenedPlace};

impl Api {
    pub(super) async fn open_place(
        &self,
        user: &UserId,
        request: OpenPlace,
    ) -> Result<OpenedPlace, ApiError> {
        let (name, key) = match (&request.suggestion, &request.repository) {
            (Some(suggestion), _) => {
                let subject = self.find_suggestion(user, suggestion).await?.subject;
                (subject.repository, subject.repository_key)
            }
            (None, Some(repository)) => self.repository_called(user, repository).await,
            (None, None) => {
                return Err(ApiError::new(
                    Code::Invalid,
                    "a place needs the suggestion that shows it, or its repository",
                ));
            }
        };
        let located = self.engine.locate(user, &name, &key, &request.path).await?;
        let wanted = self.configuration.settings().editor;
        let (editor, file) = (Arc::clone(&self.editor), located.file.clone());
        let opened = tokio::task::spawn_blocking(move || {
            editor.open(
                &wanted,
                Spot {
                    root: Path::new(&located.root),
                    file: Path::new(&file),
                    line: request.line.filter(|line| *line > 0),
                },
            )
        });
        let opened = opened.await.map_err(|error| {
            ApiError::new(Code::Failed, format!("the editor was not started: {error}"))
        })?;
        Ok(OpenedPlace {
            editor: opened?.to_owned(),
            path: located.file,
        })
    }

    pub(super) async fn folders(
        &self,
        user: &UserId,
        _request: Nothing,
    ) -> Result<Folders, ApiError> {
        let Some(under) = self.home.as_deref().and_then(Path::to_str) else {
            return Ok(Folders::default());
        };
        let setup = self.engine.setup();
        let watched: Vec<&String> = setup
            .connections_of(user)
            .flat_map(|connection| &connection.watch)
            .collect();
        let found = self.engine.working_trees(under).await?;
        Ok(Folders {
            under: under.to_owned(),
            folders: found
                .into_iter()
                .map(|one| FolderView {
                    watched: watched.contains(&&one.root),
                    path: one.root,
                    used_at: one.used_at.to_string(),
                })
                .collect(),
        })
    }

    async fn repository_called(&self, user: &UserId, name: &str) -> (String, String) {
        let known = self.engine.repositories(user).await;
        let key = known
            .into_iter()
            .filter_map(|(known, folder)| Some((known, folder?)))
            .find(|(known, folder)| known == name || folder == name)
            .map_or_else(String::new, |(_, folder)| folder);
        (name.to_owned(), key)
    }
}

impl From<EditorError> for ApiError {
    fn from(error: EditorError) -> Self {
        let code = match error {
            EditorError::Absent(_) => Code::Refused,
            EditorError::Failed(_) => Code::Failed,
        };
        Self::new(code, error.to_string())
    }
}
