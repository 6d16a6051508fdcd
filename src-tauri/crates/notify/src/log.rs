//! Notices as lines of the log, where there is no desktop to show them on.

use async_trait::async_trait;
use perch_core::seam::notifier::{NotShown, Notice, Notifier};

/// Writes each notice to the log.
#[derive(Debug, Clone, Copy, Default)]
pub struct Log;

#[async_trait]
impl Notifier for Log {
    fn id(&self) -> &'static str {
        "log"
    }

    async fn show(&self, notice: &Notice) -> Result<(), NotShown> {
        tracing::info!(suggestion.id = %notice.tag, title = %notice.title, offer = %notice.body, "a suggestion is ready");
        Ok(())
    }

    async fn withdraw(&self, _tag: &str) {}
}
