//! The engine's socket: one line of JSON asks, one line answers. Only the user who runs the engine may connect.
//!
//! A Unix socket of mode 0600 in the data folder; a named pipe on Windows.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use interprocess::local_socket::{ListenerOptions, Name};
use perch_api::Api;
use perch_api::error::{ApiError, Code};
use perch_engine::Engine;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc::UnboundedSender;

/// A request that is longer is refused.
const LONGEST: u64 = 32 << 20;

/// One line of a client.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// A command of the api's table, `poke` (look into the spool) or `open` (show the panel).
    pub(crate) cmd: String,
    /// What the command asks.
    #[serde(default)]
    pub(crate) payload: Value,
    /// For which user; the first of the machine when absent.
    #[serde(default)]
    pub(crate) user: Option<String>,
}

/// One line of the engine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Response {
    /// It was done.
    Ok(Value),
    /// It was not.
    Error(ApiError),
}

/// What requests are answered with.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) api: Arc<Api>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) open_panel: UnboundedSender<Option<String>>,
}

/// Binds the socket; one left by a process that was killed is replaced.
pub(crate) fn bind(path: &Path) -> anyhow::Result<Listener> {
    #[cfg(unix)]
    let options = {
        use interprocess::os::unix::local_socket::ListenerOptionsExt as _;
        // The lock on the data folder is ours, so whatever stands here is a dead process's.
        let _ = std::fs::remove_file(path);
        ListenerOptions::new().mode(0o600)
    };
    #[cfg(not(unix))]
    let options = ListenerOptions::new();
    options
        .name(name(path)?)
        .create_tokio()
        .with_context(|| format!("the socket {} could not be opened", path.display()))
}

/// Answers whoever connects, until the task is dropped.
pub(crate) async fn serve(listener: Listener, desk: Desk) {
    loop {
        match listener.accept().await {
            Ok(stream) => {
                let desk = desk.clone();
                tokio::spawn(async move {
                    if let Err(error) = converse(stream, &desk).await {
                        tracing::debug!(%error, "a client of the socket went away");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a client could not be taken from the socket");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
    }
}

async fn converse(stream: Stream, desk: &Desk) -> anyhow::Result<()> {
    let (reader, mut writer) = (&stream, &stream);
    let mut line = String::new();
    BufReader::new(reader.take(LONGEST))
        .read_line(&mut line)
        .await?;
    let response = match serde_json::from_str::<Request>(&line) {
        Err(error) => Response::Error(ApiError::new(
            Code::Invalid,
            format!("the request cannot be read: {error}"),
        )),
        Ok(request) => match respond(desk, request).await {
            Ok(value) => Response::Ok(value),
            Err(error) => Response::Error(error),
        },
    };
    let mut text = serde_json::to_vec(&response)?;
    text.push(b'\n');
    writer.write_all(&text).await?;
    writer.flush().await?;
    Ok(())
}

async fn respond(desk: &Desk, request: Request) -> Result<Value, ApiError> {
    match request.cmd.as_str() {
        "poke" => {
            desk.engine.wake();
            Ok(Value::Null)
        }
        "open" => {
            let id = request
                .payload
                .get("id")
                .and_then(Value::as_str)
                .map(str::to_owned);
            desk.open_panel.send(id).map_err(|_| {
                ApiError::new(
                    Code::Refused,
                    "this Perch has no panel; it runs as `perch serve`",
                )
            })?;
            Ok(Value::Null)
        }
        command => {
            let user = desk.api.user(request.user.as_deref())?;
            desk.api.call(&user, command, request.payload).await
        }
    }
}

/// Asks the engine behind `path`. `None` when no engine listens there, or it ends before it answers.
pub(crate) async fn ask(path: &Path, request: &Request) -> anyhow::Result<Option<Response>> {
    let Ok(stream) = Stream::connect(name(path)?).await else {
        return Ok(None);
    };
    let (reader, mut writer) = (&stream, &stream);
    let mut text = serde_json::to_vec(request)?;
    text.push(b'\n');
    let mut line = String::new();
    let exchange = async {
        writer.write_all(&text).await?;
        writer.flush().await?;
        BufReader::new(reader).read_line(&mut line).await
    };
    match exchange.await {
        Ok(0) => return Ok(None),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
            ) =>
        {
            return Ok(None);
        }
        other => other.context("the engine could not be asked")?,
    };
    let response = serde_json::from_str(&line)
        .context("the engine's answer cannot be read; is it another version of Perch?")?;
    Ok(Some(response))
}

#[cfg(unix)]
fn name(path: &Path) -> anyhow::Result<Name<'static>> {
    use interprocess::local_socket::{GenericFilePath, ToFsName as _};
    Ok(path.to_owned().to_fs_name::<GenericFilePath>()?)
}

#[cfg(not(unix))]
fn name(path: &Path) -> anyhow::Result<Name<'static>> {
    use interprocess::local_socket::{GenericNamespaced, ToNsName as _};
    let folder = perch_core::id::short_hash(&path.to_string_lossy(), 16);
    Ok(format!("perch-{folder}").to_ns_name::<GenericNamespaced>()?)
}
