//! Takes up what `perch exec` left in the spool: the log moves to the logs, the run becomes a delivery.
//!
//! Done again after a crash it adds nothing: the run's id names both the log and the delivery.

use std::path::Path;

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::run::ExecRun;
use perch_core::seam::delivery_log::Arrival;
use perch_store::db::StoreError;
use perch_store::spool;
use perch_store::table::deliveries;

use crate::engine::Engine;
use crate::log;

impl Engine {
    /// Empties the spool. A run that cannot be taken up stays for the next time.
    pub(crate) async fn take_up_spool(&self, now: Timestamp) -> Result<usize, StoreError> {
        let setup = self.setup();
        let folder = setup.spool.clone();
        let waiting = tokio::task::spawn_blocking(move || spool::waiting(&folder, now))
            .await
            .map_err(|_| StoreError::Closed)??;
        let count = waiting.len();
        for spooled in waiting {
            let arrivals = arrivals(&setup.connections, &spooled.run);
            let logs = setup.logs.clone();
            let spooled = tokio::task::spawn_blocking(move || {
                spooled.keep_log(&logs)?;
                Ok::<_, std::io::Error>(spooled)
            })
            .await
            .map_err(|_| StoreError::Closed)??;
            self.db
                .write(move |db| {
                    for arrival in arrivals {
                        deliveries::insert(db, &log::delivery(arrival, now, 0), false)?;
                    }
                    Ok(())
                })
                .await?;
            if let Err(error) = spooled.remove() {
                tracing::warn!(%error, "a taken up run could not be removed from the spool");
            }
        }
        Ok(count)
    }
}

/// A delivery for every connection that watches where the run took place, else for the one that takes all others.
fn arrivals(connections: &[Connection], run: &ExecRun) -> Vec<Arrival> {
    let place = run.repository.as_deref().unwrap_or(&run.folder);
    let local = |connection: &&Connection| connection.provider == "local" && connection.enabled;
    let watches = |connection: &&Connection| {
        connection
            .watch
            .iter()
            .any(|watched| Path::new(place).starts_with(watched))
    };
    let mut chosen: Vec<&Connection> = connections.iter().filter(local).filter(watches).collect();
    if chosen.is_empty() {
        chosen.extend(
            connections
                .iter()
                .filter(local)
                .find(|connection| connection.watch.is_empty()),
        );
    }
    let Ok(body) = serde_json::to_vec(run) else {
        return Vec::new();
    };
    chosen
        .into_iter()
        .map(|connection| Arrival {
            user_id: connection.user_id.clone(),
            connection_id: connection.id.clone(),
            message: NewDelivery {
                door: Door::Exec,
                kind: "exec".into(),
                external_id: Some(run.id.clone()),
                body: body.clone().into(),
            },
        })
        .collect()
}
