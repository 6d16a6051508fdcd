//! Carries what changed to the page and to the tray.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tauri::{AppHandle, Manager as _};
use tokio::sync::broadcast::error::RecvError;

use super::glance::{Glance, LINES};
use super::{Shell, tray};
use crate::wire::now;

/// Changes come in bursts; the tray waits for a burst to end this long.
const BURST: Duration = Duration::from_millis(150);

/// Tells page and tray of every change until the host ends.
pub(super) async fn carry(app: AppHandle) {
    let mut changes = app.state::<Shell>().host.changes();
    let tell_page = |change: Value| app.state::<Shell>().panel.tell("change", change);
    loop {
        tray::show(&app, glance(&app).await);
        let mut next = changes.recv().await;
        loop {
            match next {
                Ok(change) => tell_page(change),
                // What was missed is unknown, so the page asks for everything again.
                Err(RecvError::Lagged(_)) => {
                    for kind in ["events", "status"] {
                        tell_page(json!({ "kind": kind }));
                    }
                }
                Err(RecvError::Closed) => return,
            }
            match tokio::time::timeout(BURST, changes.recv()).await {
                Ok(more) => next = more,
                Err(_) => break,
            }
        }
    }
}

async fn glance(app: &AppHandle) -> Glance {
    match ask(app).await {
        Ok((status, inbox)) => Glance::of(&status, &inbox, now(), &TimeZone::system()),
        Err(message) => Glance::failed(&message),
    }
}

async fn ask(
    app: &AppHandle,
) -> Result<
    (
        perch_api::wire::status::Status,
        perch_api::wire::suggestions::Suggestions,
    ),
    String,
> {
    let host = std::sync::Arc::clone(&app.state::<Shell>().host);
    let status = host.call("status".to_owned(), json!({}));
    let inbox = host.call(
        "suggestions".to_owned(),
        json!({ "list": "inbox", "limit": LINES }),
    );
    let failed = |error: Value| {
        error
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or("its engine does not answer")
            .to_owned()
    };
    let odd = |error: serde_json::Error| format!("its engine answers oddly: {error}");
    Ok((
        serde_json::from_value(status.await.map_err(failed)?).map_err(odd)?,
        serde_json::from_value(inbox.await.map_err(failed)?).map_err(odd)?,
    ))
}
