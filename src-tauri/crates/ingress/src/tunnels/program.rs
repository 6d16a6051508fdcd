//! Runs a tunnel's program so that it ends with Perch, and keeps the last it said.

use std::collections::VecDeque;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use perch_core::seam::tunnel::TunnelError;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{mpsc, oneshot};

/// Lines of a program that are remembered.
const REMEMBERED: usize = 5;
/// Bytes of a line that are looked at.
const LINE: usize = 4096;
/// What a shell, and Perch's leash, say of a program that is not there.
const NOT_FOUND: i32 = 127;

type Job = Box<dyn FnOnce() + Send>;

/// The thread that starts programs. Linux ends a program on a leash when the *thread* that started it ends, and
/// threads of an async runtime come and go; this one stays.
static STARTER: LazyLock<std::sync::mpsc::Sender<Job>> = LazyLock::new(|| {
    let (send, jobs) = std::sync::mpsc::channel::<Job>();
    std::thread::Builder::new()
        .name("programs".into())
        .spawn(move || jobs.into_iter().for_each(|job| job()))
        .expect("a process may have one more thread");
    send
});

/// A running program. It ends with this.
pub(super) struct Program {
    name: String,
    child: Child,
    /// Held, since its end ends what is on a leash.
    _stdin: Option<ChildStdin>,
    said: Arc<Mutex<VecDeque<String>>>,
    lines: mpsc::Receiver<String>,
}

impl Program {
    /// Starts `program` with `arguments`, behind the words of `leash`.
    pub(super) async fn start(
        leash: &[String],
        program: &str,
        arguments: &[String],
    ) -> Result<Self, TunnelError> {
        let mut words = leash.iter().map(String::as_str).chain([program]);
        let mut command = Command::new(words.next().unwrap_or(program));
        command
            .args(words)
            .args(arguments)
            // Its end tells a leash that Perch is gone, where the system does not.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let (send, started) = oneshot::channel();
        let runtime = tokio::runtime::Handle::current();
        let job: Job = Box::new(move || {
            let _entered = runtime.enter();
            let _ = send.send(command.spawn());
        });
        let gone = || io::Error::other("the thread that starts programs is gone");
        STARTER
            .send(job)
            .map_err(|_| cannot_start(program, &gone()))?;
        let mut child = started
            .await
            .unwrap_or_else(|_| Err(gone()))
            .map_err(|error| cannot_start(program, &error))?;
        let said = Arc::default();
        let (send, lines) = mpsc::channel(64);
        if let Some(output) = child.stdout.take() {
            tokio::spawn(listen(output, Arc::clone(&said), send.clone()));
        }
        if let Some(output) = child.stderr.take() {
            tokio::spawn(listen(output, Arc::clone(&said), send));
        }
        Ok(Self {
            name: program.to_owned(),
            _stdin: child.stdin.take(),
            child,
            said,
            lines,
        })
    }

    /// The next line it says; nothing once it says no more.
    pub(super) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }

    /// Waits until it ends, and says why.
    pub(super) async fn ended(&mut self) -> TunnelError {
        let status = self.child.wait().await;
        // What it said last may still be on its way.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match status {
            Ok(status) if status.code() == Some(NOT_FOUND) => missing(&self.name),
            Ok(status) => TunnelError::Broken(in_words(&self.name, status, said.back())),
            Err(error) => {
                TunnelError::Broken(format!("`{}` cannot be awaited: {error}", self.name))
            }
        }
    }
}

fn in_words(name: &str, status: ExitStatus, last: Option<&String>) -> String {
    match last {
        Some(last) => format!("`{name}` ended ({status}): {last}"),
        None => format!("`{name}` ended ({status}) and said nothing"),
    }
}

fn cannot_start(program: &str, error: &io::Error) -> TunnelError {
    match error.kind() {
        io::ErrorKind::NotFound => missing(program),
        _ => TunnelError::Refused {
            problem: format!("`{program}` cannot be started: {error}"),
            next_step: "repair it, or set `program` in [connection.tunnel] to another".into(),
        },
    }
}

fn missing(program: &str) -> TunnelError {
    TunnelError::Refused {
        problem: format!("there is no program `{program}`"),
        next_step: "install it, or set `program` in [connection.tunnel] to where it is".into(),
    }
}

/// Reads lines to their end, so that the program never waits for a reader; what nobody takes is dropped.
async fn listen(
    output: impl AsyncRead + Unpin,
    said: Arc<Mutex<VecDeque<String>>>,
    lines: mpsc::Sender<String>,
) {
    let mut output = BufReader::with_capacity(LINE, output);
    let mut line = Vec::new();
    loop {
        let bytes = match output.fill_buf().await {
            Ok([]) | Err(_) => return,
            Ok(bytes) => bytes,
        };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        extend(&mut line, &bytes[..end.unwrap_or(bytes.len())]);
        let used = end.map_or(bytes.len(), |at| at + 1);
        output.consume(used);
        if end.is_none() {
            continue;
        }
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        line.clear();
        if text.is_empty() {
            continue;
        }
        {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.len() == REMEMBERED {
                said.pop_front();
            }
            said.push_back(text.chars().take(300).collect());
        }
        let _ = lines.try_send(text);
    }
}

fn extend(line: &mut Vec<u8>, bytes: &[u8]) {
    let room = LINE.saturating_sub(line.len());
    line.extend_from_slice(&bytes[..bytes.len().min(room)]);
}
