//! The recording of one run: its log, compressed while it comes in, and at the end the run itself.
//!
//! A fault stops the recording and is kept for the end; the command never notices.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use interprocess::local_socket::{ConnectOptions, GenericFilePath, ToFsName as _};
use perch_core::run::ExecRun;
use perch_store::spool::SpoolWriter;

/// Bytes of output kept at most. What comes after is only counted.
const KEPT: u64 = 1 << 30;

/// How long the engine may take to hear the poke.
const PATIENCE: Duration = Duration::from_millis(500);

/// A recording.
pub(super) struct Recording {
    writing: Result<Writing, String>,
    bytes: u64,
}

struct Writing {
    spool: SpoolWriter,
    log: GzEncoder<File>,
}

impl Recording {
    /// Begins one in the folder `spool`, or none for the given reason.
    pub(super) fn begin(spool: Result<&Path, &str>, id: &str) -> Self {
        let writing = spool.map_err(str::to_owned).and_then(|spool| {
            Writing::begin(spool, id)
                .map_err(|error| format!("`{}` cannot be written: {error}", spool.display()))
        });
        Self { writing, bytes: 0 }
    }

    /// Takes in what the command printed.
    pub(super) fn add(&mut self, printed: &[u8]) {
        let room = usize::try_from(KEPT.saturating_sub(self.bytes)).unwrap_or(usize::MAX);
        self.bytes += printed.len() as u64;
        let kept = &printed[..printed.len().min(room)];
        if let Ok(writing) = &mut self.writing
            && let Err(error) = writing.log.write_all(kept)
        {
            self.writing = Err(error.to_string());
        }
    }

    /// Bytes taken in so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Hands the run over, or says why it was not recorded.
    pub(super) fn finish(self, run: &ExecRun) -> Result<(), String> {
        self.writing?.finish(run).map_err(|error| error.to_string())
    }
}

impl Writing {
    fn begin(spool: &Path, id: &str) -> io::Result<Self> {
        let spool = SpoolWriter::begin(spool, id)?;
        let log = GzEncoder::new(File::create(spool.log_path())?, Compression::fast());
        Ok(Self { spool, log })
    }

    fn finish(self, run: &ExecRun) -> io::Result<()> {
        drop(self.log.finish()?);
        self.spool.finish(run)
    }
}

/// Tells the engine that there is something in the spool. Without an engine that waits for its start.
pub(super) fn poke(socket: &Path) {
    let Ok(name) = socket.to_fs_name::<GenericFilePath>() else {
        return;
    };
    if let Ok(mut stream) = ConnectOptions::new().name(name).connect_sync() {
        use interprocess::local_socket::traits::Stream as _;
        let _ = stream.set_send_timeout(Some(PATIENCE));
        let _ = stream.write_all(b"{\"cmd\":\"poke\"}\n");
    }
}
