//! Retention: what has been kept long enough goes.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use perch_store::db::StoreError;
use perch_store::table::{deliveries, events, model_answers, model_calls, runs, writings};

use crate::engine::Engine;

/// The file of a snapshot whose date tells when it was last used.
const MANIFEST: &str = "manifest.json";

impl Engine {
    /// Drops bodies of deliveries, events nothing came of, logs of local runs and snapshots of working trees
    /// that are older than the settings keep them.
    pub async fn age_out(&self, now: Timestamp) -> Result<(), StoreError> {
        let setup = self.setup();
        let kept = setup.retention;
        let days = |days: u32| now - SignedDuration::from_hours(24 * i64::from(days));
        let (bodies, rows, logs) = (
            days(kept.delivery_days),
            days(kept.event_days),
            days(kept.log_days),
        );
        let files = self
            .db
            .write(move |db| {
                deliveries::age_out(db, bodies)?;
                deliveries::forget(db, rows)?;
                events::forget(db, rows)?;
                model_calls::forget(db, now)?;
                model_answers::forget(db, now)?;
                writings::forget(db)?;
                runs::age_out_logs(db, logs)
            })
            .await?;
        let snapshots = setup.snapshots.clone();
        let removed = tokio::task::spawn_blocking(move || {
            for file in files {
                remove(Path::new(&file));
            }
            for snapshot in old_snapshots(&snapshots, logs) {
                remove(&snapshot);
            }
        });
        removed.await.map_err(|_| StoreError::Closed)
    }
}

fn remove(path: &Path) {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    if let Err(error) = removed
        && path.exists()
    {
        tracing::info!(path = %path.display(), %error, "what is old could not be removed");
    }
}

/// Snapshots whose last use was before `before`. One without a manifest is being written.
fn old_snapshots(folder: &Path, before: Timestamp) -> Vec<PathBuf> {
    let seconds = u64::try_from(before.as_second()).unwrap_or_default();
    let before = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|snapshot| {
            let used =
                std::fs::metadata(snapshot.join(MANIFEST)).and_then(|found| found.modified());
            used.is_ok_and(|used| used < before)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_snapshots_unused_since_then_are_old() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["used", "half-written"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        std::fs::write(folder.path().join("used").join(MANIFEST), "{}").expect("a manifest");
        let long_ago = Timestamp::from_second(1_000_000_000).expect("in range");
        let in_a_century = Timestamp::from_second(4_900_000_000).expect("in range");
        assert_eq!(
            old_snapshots(folder.path(), long_ago),
            Vec::<PathBuf>::new()
        );
        assert_eq!(
            old_snapshots(folder.path(), in_a_century),
            [folder.path().join("used")]
        );
    }
}
