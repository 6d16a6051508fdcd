//! Retention: what has been kept long enough goes.

use jiff::{SignedDuration, Timestamp};
use perch_store::db::StoreError;
use perch_store::table::{deliveries, runs};

use crate::engine::Engine;

impl Engine {
    /// Drops bodies of deliveries and logs of local runs that are older than the settings keep them.
    pub async fn age_out(&self, now: Timestamp) -> Result<(), StoreError> {
        let kept = self.setup().retention;
        let days = |days: u32| now - SignedDuration::from_hours(24 * i64::from(days));
        let (bodies, logs) = (days(kept.delivery_days), days(kept.log_days));
        let files = self
            .db
            .write(move |db| {
                deliveries::age_out(db, bodies)?;
                runs::age_out_logs(db, logs)
            })
            .await?;
        for file in files {
            if let Err(error) = tokio::fs::remove_file(&file).await {
                tracing::info!(%file, %error, "an old log could not be removed");
            }
        }
        Ok(())
    }
}
