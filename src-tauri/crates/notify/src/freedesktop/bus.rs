//! What goes over the bus to the notification server, and what comes back. Which toasts stand is kept elsewhere.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, select};
use perch_core::suggestion::Level;
use tokio::task::JoinHandle;
use zbus::connection::Builder;
use zbus::message::Type;
use zbus::proxy::CacheProperties;
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::standing::Id;
use crate::words::{Abilities, Words};
use crate::{NAME, Server};

const SERVER: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// The name of the desktop file and of the icon in the theme, as the packages install them.
const INSTALLED: &str = "perch";
/// How long the server may take to answer. One that hangs must not stop the road.
const PATIENCE: Duration = Duration::from_secs(5);
/// Signals that may wait to be read. Were there room for few, a flood of them would hold back the answers too.
const QUEUE: usize = 1024;

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
trait Notifications {
    fn close_notification(&self, id: u32) -> zbus::Result<()>;

    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    /// Name, vendor, version and the specification's version.
    fn get_server_information(&self) -> zbus::Result<(String, String, String, String)>;
}

/// A connection to the session's bus and the server behind it.
pub(super) struct Bus {
    server: NotificationsProxy<'static>,
    abilities: Option<Abilities>,
    listening: Option<JoinHandle<()>>,
}

/// What the server tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signal {
    /// A button, or `default`, of a toast was pressed.
    Pressed(Id, String),
    /// A toast no longer stands.
    Closed(Id),
    /// The server with this unique name is no more.
    Ended(String),
}

pub(super) type Signals = BoxStream<'static, Signal>;

impl Bus {
    /// Connects to the bus at `address`, or to the session's, and begins to listen.
    pub(super) async fn connect(address: Option<&str>) -> zbus::Result<(Self, Signals)> {
        let builder = match address {
            Some(address) => Builder::address(address)?,
            None => Builder::session()?,
        };
        let connection = builder.method_timeout(PATIENCE).build().await?;
        let signals = signals(&connection).await?;
        let server = NotificationsProxy::builder(&connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        let bus = Self {
            server,
            abilities: None,
            listening: None,
        };
        Ok((bus, signals))
    }

    /// Runs `listening` for as long as this lives.
    pub(super) fn listen(&mut self, listening: impl Future<Output = ()> + Send + 'static) {
        self.listening = Some(tokio::spawn(listening));
    }

    pub(super) async fn server(&self) -> zbus::Result<Server> {
        let (name, _vendor, version, _specification) = self.server.get_server_information().await?;
        let found = self.server.get_capabilities().await?;
        Ok(Server {
            name: format!("{name} {version}"),
            actions: abilities(&found).actions,
        })
    }

    /// What the server can do; it is asked once.
    pub(super) async fn abilities(&mut self) -> zbus::Result<Abilities> {
        if let Some(known) = self.abilities {
            return Ok(known);
        }
        let found = abilities(&self.server.get_capabilities().await?);
        Ok(*self.abilities.insert(found))
    }

    pub(super) fn forget_abilities(&mut self) {
        self.abilities = None;
    }

    /// Shows `words` in the place of the toast `replaced`, if there is one.
    pub(super) async fn notify(
        &self,
        replaced: Option<&Id>,
        words: &Words,
        level: Level,
    ) -> zbus::Result<Id> {
        let mut actions = Vec::new();
        if words.pressable {
            // Pressing the toast itself. xfce4-notifyd knows that only as one more button, by this label; without
            // a label it leaves it out, as it should where the notice brings buttons of its own.
            let label = if words.buttons.is_empty() {
                "Details"
            } else {
                ""
            };
            actions.extend(["default", label]);
        }
        for button in &words.buttons {
            actions.extend([button.id.as_str(), button.label.as_str()]);
        }
        let hints = HashMap::from([
            ("desktop-entry", Value::from(INSTALLED)),
            ("urgency", Value::from(urgency(level))),
            // A silent one is not worth keeping in the notification centre.
            ("transient", Value::from(level == Level::Silent)),
            ("resident", Value::from(false)),
        ]);
        let replaces = replaced.map_or(0, |id| id.number);
        let (title, body) = (&words.title, &words.body);
        let default_expiry = -1;
        // Not by the proxy's own method, because the answer's sender is wanted too.
        let answer = self
            .server
            .inner()
            .call_method(
                "Notify",
                &(
                    NAME,
                    replaces,
                    INSTALLED,
                    title,
                    body,
                    actions,
                    hints,
                    default_expiry,
                ),
            )
            .await?;
        id(&answer, answer.body().deserialize()?).ok_or(zbus::Error::MissingField)
    }

    /// Takes a toast down. Servers answer with an error when it is gone already, which is as good.
    pub(super) async fn close(&self, id: &Id) {
        if let Err(error) = self.server.close_notification(id.number).await {
            tracing::debug!(%error, id = id.number, "a toast was not taken down");
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

/// Low, normal. Never critical: that passes do-not-disturb and stays over windows that fill the screen.
fn urgency(level: Level) -> u8 {
    match level {
        Level::Silent => 0,
        Level::Normal | Level::Urgent => 1,
    }
}

fn abilities(found: &[String]) -> Abilities {
    let has = |name: &str| found.iter().any(|one| one == name);
    Abilities {
        actions: has("actions"),
        markup: has("body-markup"),
    }
}

async fn signals(connection: &Connection) -> zbus::Result<Signals> {
    let told = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(SERVER)?
        .path(PATH)?
        .interface(SERVER)?
        .build();
    let changed = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.DBus")?
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .arg(0, SERVER)?
        .build();
    let told = MessageStream::for_match_rule(told, connection, Some(QUEUE)).await?;
    let changed = MessageStream::for_match_rule(changed, connection, Some(QUEUE)).await?;
    let read = |message: zbus::Result<Message>| async move { read(&message.ok()?) };
    Ok(select(told, changed).filter_map(read).boxed())
}

fn read(message: &Message) -> Option<Signal> {
    let body = message.body();
    match message.header().member()?.as_str() {
        "ActionInvoked" => {
            let (number, key) = body.deserialize::<(u32, String)>().ok()?;
            Some(Signal::Pressed(id(message, number)?, key))
        }
        "NotificationClosed" => {
            let (number, _reason) = body.deserialize::<(u32, u32)>().ok()?;
            Some(Signal::Closed(id(message, number)?))
        }
        "NameOwnerChanged" => {
            let (_name, before, _after) = body.deserialize::<(String, String, String)>().ok()?;
            (!before.is_empty()).then_some(Signal::Ended(before))
        }
        _ => None,
    }
}

fn id(from: &Message, number: u32) -> Option<Id> {
    Some(Id {
        server: from.header().sender()?.to_string(),
        number,
    })
}

/// True when the connection itself is of no more use.
pub(super) fn is_gone(error: &zbus::Error) -> bool {
    match error {
        zbus::Error::InputOutput(error) => error.kind() != std::io::ErrorKind::TimedOut,
        _ => false,
    }
}

/// What went wrong, and what to do about it.
pub(super) fn in_words(error: &zbus::Error) -> String {
    match error {
        zbus::Error::MethodError(name, ..)
            if matches!(
                name.as_str(),
                "org.freedesktop.DBus.Error.ServiceUnknown"
                    | "org.freedesktop.DBus.Error.NameHasNoOwner"
            ) =>
        {
            "no notification server runs on this desktop; start one, such as dunst, mako or xfce4-notifyd"
                .into()
        }
        zbus::Error::InputOutput(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            "the notification server does not answer; restart it".into()
        }
        zbus::Error::InputOutput(_) | zbus::Error::Connection(..) | zbus::Error::Address(_) => format!(
            "the session's bus cannot be reached ({error}); start Perch inside a desktop session"
        ),
        error => format!("the notification server refused it: {error}"),
    }
}
