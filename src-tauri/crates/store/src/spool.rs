//! The spool: how a run of `perch exec` reaches the engine, whether or not one is there.
//!
//! A run is written to a hidden folder and appears under its name only when it is whole and on disk. It stays until
//! the engine has stored it; what cannot be read is set aside with the reason, never deleted.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use perch_core::run::ExecRun;

use crate::folders::{create_private, sync_folder};

mod log;
#[cfg(test)]
mod tests;

pub use log::read_log_end;

const RUN: &str = "run.json";
const LOG: &str = "log.gz";
/// Locked for as long as the recorder lives.
const WRITING: &str = "writing.lock";
const REFUSED: &str = "refused";
const REASON: &str = "reason.txt";

/// The largest `run.json` that is read; the list of changed files makes it long, but not this long.
const RUN_BYTES: u64 = 16 << 20;

/// After this long what is half written is given up, unless its recorder still lives.
const HALF_WRITTEN: SignedDuration = SignedDuration::from_hours(24);

/// A run being recorded. Dropped before it is finished, it leaves nothing behind.
#[derive(Debug)]
pub struct SpoolWriter {
    spool: PathBuf,
    id: String,
    writing: Option<File>,
    handed_over: bool,
}

impl SpoolWriter {
    /// Begins the run `id` in the spool folder `spool`, which is created where it is missing.
    pub fn begin(spool: &Path, id: &str) -> io::Result<Self> {
        if !names_a_run(id) {
            let message = format!("`{id}` cannot name a run in the spool");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        create_private(spool)?;
        let folder = spool.join(format!(".{id}"));
        fs::create_dir(&folder)?;
        let mut writer = Self {
            spool: spool.to_owned(),
            id: id.to_owned(),
            writing: None,
            handed_over: false,
        };
        let file = File::create(folder.join(WRITING))?;
        file.lock()?;
        writer.writing = Some(file);
        Ok(writer)
    }

    /// The folder of the run while it is recorded; further files may be put there before it is finished.
    pub fn folder(&self) -> PathBuf {
        self.spool.join(format!(".{}", self.id))
    }

    /// Where the log goes, compressed with gzip.
    pub fn log_path(&self) -> PathBuf {
        self.folder().join(LOG)
    }

    /// Hands the run over: when this returns, it survives a crash.
    ///
    /// The log must be written and closed; a run without one gets an empty one.
    pub fn finish(mut self, run: &ExecRun) -> io::Result<()> {
        if run.id != self.id {
            let message = format!("run `{}` was begun as `{}`", run.id, self.id);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let folder = self.folder();
        if !self.log_path().exists() {
            let log = File::create(self.log_path())?;
            flate2::write::GzEncoder::new(log, flate2::Compression::fast()).finish()?;
        }
        let mut file = File::create(folder.join(RUN))?;
        file.write_all(&serde_json::to_vec(run)?)?;
        drop(file);
        // Windows renames no folder with an open file in it.
        drop(self.writing.take());
        fs::remove_file(folder.join(WRITING))?;
        sync_below(&folder)?;
        fs::rename(&folder, self.spool.join(&self.id))?;
        self.handed_over = true;
        sync_folder(&self.spool)
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        if !self.handed_over {
            drop(self.writing.take());
            // What remains is swept a day later.
            let _ = fs::remove_dir_all(self.folder());
        }
    }
}

/// A whole run in the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spooled {
    /// The run.
    pub run: ExecRun,
    /// Its folder, with its log and whatever else the recorder put there.
    pub folder: PathBuf,
}

impl Spooled {
    /// Keeps the log in `logs` as `<id>.gz` and says where. Doing it again changes nothing.
    ///
    /// The spool's own copy goes with [`Spooled::remove`], so that a crash in between loses nothing.
    pub fn keep_log(&self, logs: &Path) -> io::Result<PathBuf> {
        create_private(logs)?;
        let kept = logs.join(format!("{}.gz", self.run.id));
        let beside = logs.join(format!(".{}.gz", self.run.id));
        let _ = fs::remove_file(&beside);
        let log = self.folder.join(LOG);
        if fs::hard_link(&log, &beside).is_err() {
            // The logs are on another disk, or on one without links.
            fs::copy(&log, &beside)?;
            File::options().write(true).open(&beside)?.sync_all()?;
        }
        fs::rename(&beside, &kept)?;
        // Two names of one file are left as they are by a rename.
        let _ = fs::remove_file(&beside);
        sync_folder(logs)?;
        Ok(kept)
    }

    /// Takes the run out of the spool, once it is stored.
    pub fn remove(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.folder)
    }
}

/// The runs that wait in `spool`, oldest first. A missing folder holds none.
///
/// What cannot be read is moved to `refused` with a file that says why; what a recorder that is gone left half
/// written is deleted after a day.
pub fn waiting(spool: &Path, now: Timestamp) -> io::Result<Vec<Spooled>> {
    let entries = match fs::read_dir(spool) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut runs = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let folder = entry.path();
        if name == REFUSED || !entry.file_type()?.is_dir() {
            continue;
        }
        if name.as_encoded_bytes().starts_with(b".") {
            sweep(&folder, now);
            continue;
        }
        match read(&folder, &name.to_string_lossy()) {
            Ok(run) => runs.push(Spooled { run, folder }),
            Err(reason) => refuse(spool, &folder, &reason)?,
        }
    }
    runs.sort_by(|a, b| (a.run.started_at, &a.run.id).cmp(&(b.run.started_at, &b.run.id)));
    Ok(runs)
}

fn names_a_run(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !id.is_empty()
        && id.len() <= 128
        && !id.starts_with('.')
        && id != REFUSED
        && id.chars().all(plain)
}

fn read(folder: &Path, name: &str) -> Result<ExecRun, String> {
    if !names_a_run(name) {
        return Err("its name is no run's".into());
    }
    let mut text = Vec::new();
    File::open(folder.join(RUN))
        .and_then(|file| file.take(RUN_BYTES).read_to_end(&mut text))
        .map_err(|error| format!("its {RUN} cannot be read: {error}"))?;
    let run: ExecRun = serde_json::from_slice(&text)
        .map_err(|error| format!("its {RUN} does not describe a run: {error}"))?;
    if run.id != name {
        return Err(format!("its {RUN} names another run, `{}`", run.id));
    }
    if !folder.join(LOG).is_file() {
        return Err(format!("it has no {LOG}"));
    }
    Ok(run)
}

/// Sets a broken run aside, where it is in nobody's way.
fn refuse(spool: &Path, folder: &Path, reason: &str) -> io::Result<()> {
    let refused = spool.join(REFUSED);
    create_private(&refused)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let names =
        std::iter::once(name.to_string()).chain((2_u32..).map(|number| format!("{name}-{number}")));
    let aside = names
        .map(|name| refused.join(name))
        .find(|path| !path.exists());
    let aside = aside.unwrap_or_else(|| refused.join(&*name));
    fs::rename(folder, &aside)?;
    fs::write(aside.join(REASON), format!("{reason}\n"))?;
    tracing::warn!(folder = %aside.display(), reason, "a recorded run was set aside");
    Ok(())
}

/// Deletes what was left half written, if it is old and nobody writes to it any more.
fn sweep(folder: &Path, now: Timestamp) {
    let old = age(folder, now).is_some_and(|age| age > HALF_WRITTEN);
    // Without the file the recorder was cut off in its first or in its last moment.
    let given_up = || match File::options().write(true).open(folder.join(WRITING)) {
        Ok(file) => file.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !old || !given_up() {
        return;
    }
    match fs::remove_dir_all(folder) {
        Ok(()) => tracing::info!(folder = %folder.display(), "a run left half written was deleted"),
        Err(error) => {
            tracing::info!(folder = %folder.display(), %error, "a run left half written stays");
        }
    }
}

fn age(folder: &Path, now: Timestamp) -> Option<SignedDuration> {
    let modified = fs::metadata(folder).ok()?.modified().ok()?;
    Some(now.duration_since(Timestamp::try_from(modified).ok()?))
}

/// Flushes every file below `folder`, and the folders that name them.
fn sync_below(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_below(&entry.path())?;
        } else if entry.file_type()?.is_file() {
            // Windows flushes only what may be written.
            let file = File::options().read(true).append(true).open(entry.path())?;
            file.sync_all()?;
        }
    }
    sync_folder(folder)
}
