//! Notices as lines of the log, where there is no desktop to show them on.

use async_trait::async_trait;
use perch_core::seam::notifier::{NotShown, Notice, Notifier};

use crate::words::plain;

/// Writes each notice to the log.
#[derive(Debug, Clone, Copy, Default)]
pub struct Log;

#[async_trait]
impl Notifier for Log {
    fn id(&self) -> &'static str {
        "log"
    }

    async fn show(&self, notice: &Notice) -> Result<(), NotShown> {
        // A terminal obeys control characters more readily than any desktop.
        tracing::info!(
            suggestion.id = %notice.tag,
            level = ?notice.level,
            offer = %plain(&notice.body, 200),
            "{}",
            plain(&notice.title, 60),
        );
        Ok(())
    }

    async fn withdraw(&self, _tag: &str) {}
}
