//! The commands about documents on demand.

use perch_analyse::content;
use perch_core::id::UserId;
use perch_core::patch::Change;
use perch_engine::documents::{DocumentError, DocumentRequest};

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::Nothing;
use crate::wire::documents::{
    AskDocument, DocumentKind, DocumentRepository, DocumentView, Documents,
};

impl Api {
    pub(super) async fn documents(
        &self,
        user: &UserId,
        _request: Nothing,
    ) -> Result<Documents, ApiError> {
        let kinds = content::ALL
            .iter()
            .map(|kind| {
                let about = kind.about();
                DocumentKind {
                    id: kind.id().into(),
                    name: about.name.into(),
                    argument: about.argument.into(),
                    example: about.example.into(),
                    required: about.required,
                    needs_checkout: about.needs_checkout,
                }
            })
            .collect();
        let repositories = self.engine.repositories(user).await;
        Ok(Documents {
            kinds,
            repositories: repositories
                .into_iter()
                .map(|(name, folder)| DocumentRepository { name, folder })
                .collect(),
        })
    }

    pub(super) async fn document(
        &self,
        user: &UserId,
        request: AskDocument,
    ) -> Result<DocumentView, ApiError> {
        let asked = DocumentRequest {
            kind: request.kind.clone(),
            argument: request.argument,
            repository: request.repository,
            near: request.near,
            write: request.write,
        };
        let made = self.engine.document(user, asked, self.now()).await?;
        Ok(DocumentView {
            kind: request.kind,
            title: made.document.title.clone(),
            text: made.document.text(),
            path: made.document.file.path.clone(),
            adds: matches!(made.document.file.change, Change::Edit { .. }),
            markdown: made.document.markdown,
            root: made.root,
            written: made.written,
            remarks: made.document.remarks,
        })
    }
}

impl From<DocumentError> for ApiError {
    fn from(error: DocumentError) -> Self {
        let code = match error {
            DocumentError::NotFound(_) => Code::NotFound,
            DocumentError::Refused(_) => Code::Refused,
            DocumentError::Failed(_) => Code::Failed,
        };
        Self::new(code, error.to_string())
    }
}
