//! Whether anything on this Linux desktop shows tray icons: whoever owns the name of the status notifier
//! specification's watcher on the session bus.

use futures_util::StreamExt as _;
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Returns once something shows tray icons; at once if it does already. Fails without a session bus.
pub(super) async fn appears() -> zbus::Result<()> {
    let connection = Connection::session().await?;
    let bus = DBusProxy::new(&connection).await?;
    let mut changes = bus
        .receive_name_owner_changed_with_args(&[(0, WATCHER)])
        .await?;
    // Asked after the changes are listened to, so that none falls between.
    if bus
        .name_has_owner(BusName::from_static_str(WATCHER)?)
        .await?
    {
        return Ok(());
    }
    while let Some(change) = changes.next().await {
        if change.args()?.new_owner().is_some() {
            return Ok(());
        }
    }
    Err(zbus::Error::InputOutput(std::sync::Arc::new(
        std::io::ErrorKind::ConnectionAborted.into(),
    )))
}
