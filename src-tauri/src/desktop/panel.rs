//! The panel as the tray's process sees it: a child process that is started when the panel is wanted and
//! ended when it was out of view for a while.
//!
//! A process of its own, since a web view once made leaves its network process and much memory behind in
//! whoever made it, and since nothing that happens to it may reach the engine.

use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tauri::{AppHandle, Manager as _};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

use super::goal::Goal;
use super::message::{Circumstances, Down, PANEL, Up};
use super::{Shell, rpc};

/// How long a hidden panel waits to be asked for again before its process ends.
const LINGER: Duration = Duration::from_secs(15);

/// The web view's switch for its DMA-BUF renderer, which leaves the window blank with some drivers. It is read
/// when it loads, so the panel's process is started with it, unless the user set it to something.
const PLAIN_RENDERER: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// The panel's process, while there is one.
#[derive(Default)]
pub(super) struct Panel(Mutex<State>);

#[derive(Default)]
struct State {
    messages: Option<mpsc::UnboundedSender<Down>>,
    tray: bool,
    /// Counts everything asked of the panel, so that what waits can see whether it is still meant.
    turn: u64,
}

impl Panel {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes whether an icon shows in a tray.
    pub(super) fn set_tray(&self, shows: bool) {
        self.state().tray = shows;
    }

    /// Hands an event to the page, if there is one.
    pub(super) fn tell(&self, name: &str, payload: Value) {
        if let Some(messages) = &self.state().messages {
            // Only fails while the process ends.
            let _ = messages.send(Down::Event {
                name: name.to_owned(),
                payload,
            });
        }
    }
}

/// Opens the panel at `goal` and brings it to the front.
pub(super) fn open(app: &AppHandle, goal: Goal) {
    ask(app, Down::Open(goal));
}

/// A click on the tray, or `--toggle`: hides the panel the user looks at, else opens it, beside the
/// click if it can.
pub(super) fn toggle(app: &AppHandle, click: Option<(i32, i32)>) {
    ask(app, Down::Toggle(click));
}

/// Opens the panel whenever something outside the desktop asks for it.
pub(super) async fn open_on_request(
    app: AppHandle,
    mut requests: mpsc::UnboundedReceiver<Option<String>>,
) {
    while let Some(suggestion) = requests.recv().await {
        open(&app, suggestion.map_or(Goal::Inbox, Goal::Suggestion));
    }
}

fn ask(app: &AppHandle, message: Down) {
    let shell = app.state::<Shell>();
    let mut state = shell.panel.state();
    state.turn += 1;
    let message = match &state.messages {
        Some(messages) => match messages.send(message) {
            Ok(()) => return,
            Err(unsent) => unsent.0,
        },
        None => message,
    };
    let (messages, receiver) = mpsc::unbounded_channel();
    let first = Down::Begin(Circumstances {
        wayland: shell.options.wayland,
        automation: shell.options.automation,
        tray: state.tray,
        data_folder: shell.options.data_folder.clone(),
    });
    // The receiver is right here.
    let _ = messages.send(first);
    let _ = messages.send(message);
    state.messages = Some(messages);
    tauri::async_runtime::spawn(run(app.clone(), receiver));
}

/// The life of one panel process.
async fn run(app: AppHandle, messages: mpsc::UnboundedReceiver<Down>) {
    let ended = async {
        let mut child = start()?;
        if let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) {
            let writing = tauri::async_runtime::spawn(write(input, messages));
            read(&app, output).await;
            writing.abort();
        }
        child.wait().await
    };
    match ended.await {
        Ok(status) if status.success() => {}
        Ok(status) => {
            tracing::warn!(%status, "the panel ended by itself; it opens anew when asked");
        }
        Err(error) => tracing::error!(
            %error,
            "the panel could not be started; `perch suggestions` shows the inbox meanwhile"
        ),
    }
    // Messages to a successor go through a channel of its own, which is open.
    let shell = app.state::<Shell>();
    let mut state = shell.panel.state();
    if state
        .messages
        .as_ref()
        .is_some_and(mpsc::UnboundedSender::is_closed)
    {
        state.messages = None;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is asked is WebKit's own setting, none of Perch's"
)]
fn start() -> std::io::Result<Child> {
    let mut command = Command::new(crate::leash::own_program()?);
    command
        .arg(PANEL)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    if cfg!(target_os = "linux") && std::env::var_os(PLAIN_RENDERER).is_none() {
        command.env(PLAIN_RENDERER, "1");
    }
    command.spawn()
}

/// Writes until nobody can send any more; then the closed input ends the panel.
async fn write(mut input: ChildStdin, mut messages: mpsc::UnboundedReceiver<Down>) {
    while let Some(message) = messages.recv().await {
        let mut line = serde_json::to_vec(&message).expect("messages have string keys only");
        line.push(b'\n');
        if input.write_all(&line).await.is_err() {
            return;
        }
    }
}

/// Reads until the panel ends.
async fn read(app: &AppHandle, output: ChildStdout) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str(&line) {
            Ok(Up::Call { id, cmd, payload }) => {
                let app = app.clone();
                tauri::async_runtime::spawn(async move {
                    let result = rpc::answer(&app, cmd, payload).await;
                    if let Some(messages) = &app.state::<Shell>().panel.state().messages {
                        // Only fails while the panel ends, and with it who asked.
                        let _ = messages.send(Down::Answer { id, result });
                    }
                });
            }
            Ok(Up::Shown) => app.state::<Shell>().panel.state().turn += 1,
            Ok(Up::Hidden) => {
                let turn = app.state::<Shell>().panel.state().turn;
                let app = app.clone();
                tauri::async_runtime::spawn(async move {
                    tokio::time::sleep(LINGER).await;
                    let shell = app.state::<Shell>();
                    let mut state = shell.panel.state();
                    if state.turn == turn {
                        state.messages = None;
                    }
                });
            }
            Err(error) => tracing::debug!(%error, "the panel said something that is no message"),
        }
    }
}
