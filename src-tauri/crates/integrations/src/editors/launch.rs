//! Starts an editor so that it outlives Perch, and notices when it gives up at once.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A program that fails, fails within this; one that still runs then is taken to be up.
const MOMENT: Duration = Duration::from_millis(400);

/// Starts `words`, the program first, in `folder`.
pub(super) fn launch(words: &[OsString], folder: &Path) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("no program was named")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // What ends Perch, such as an interrupt in its terminal, does not end the editor.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let (ended, end) = mpsc::channel();
    // Somebody has to wait for it, however long it stays.
    std::thread::Builder::new()
        .name("editor".to_owned())
        .spawn(move || {
            // Nobody listens any more once the moment is over.
            let _ = ended.send(child.wait());
        })
        .map_err(|error| error.to_string())?;
    match end.recv_timeout(MOMENT) {
        Ok(Ok(status)) if !status.success() => Err(format!("it ended at once with {status}")),
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}
