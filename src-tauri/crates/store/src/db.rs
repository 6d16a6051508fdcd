//! The database: one writer that groups commits, pooled readers.
//!
//! A write is a closure over the open transaction; writes that arrive together share one commit and
//! one flush, each in a savepoint of its own so that one that fails takes nothing with it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

pub use rusqlite::Connection;
use rusqlite::{OpenFlags, TransactionBehavior};
use thiserror::Error;
use tokio::sync::oneshot;

use crate::migrations;

/// Most writes that share one commit.
const GROUP: usize = 256;

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// The disk is full. Nothing of the write was kept.
    #[error("the disk is full: {0}; free some space where the data folder is")]
    Full(String),
    /// A file or folder is read-only, or its permissions keep this user out. Nothing of the write was kept.
    #[error(
        "the data folder cannot be written: {0}; make it and the files in it writable for the user Perch runs as"
    )]
    NotWritable(String),
    /// The disk failed otherwise. Nothing of the write was kept.
    #[error("the disk failed: {0}; check the disk that holds the data folder")]
    Disk(String),
    /// The database was written by a newer Perch.
    #[error(
        "the database {path} was written by a newer Perch (schema {found}, this one knows {known}); \
         start that version, or move the file away to begin anew"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: usize,
        /// The newest this program knows.
        known: usize,
    },
    /// What a row holds cannot be read.
    #[error("a stored {what} cannot be read: {detail}")]
    Unreadable {
        /// Which kind of row.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// SQLite failed otherwise.
    #[error("the database failed: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// True if the disk refused: what was to be stored may be tried again once that is mended.
    fn is_of_the_disk(&self) -> bool {
        matches!(self, Self::Full(_) | Self::NotWritable(_) | Self::Disk(_))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{
            CannotOpen, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure,
        };
        use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::Full(error.to_string()),
            // The shared memory beside the database found no room.
            Some(SystemIoFailure) if extended == Some(SQLITE_IOERR_SHMSIZE) => {
                Self::Full(error.to_string())
            }
            Some(ReadOnly | CannotOpen | PermissionDenied) => Self::NotWritable(error.to_string()),
            Some(SystemIoFailure) => Self::Disk(error.to_string()),
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{
            FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::Full(error.to_string()),
            PermissionDenied | ReadOnlyFilesystem => Self::NotWritable(error.to_string()),
            _ => Self::Disk(error.to_string()),
        }
    }
}

/// A write on its way through the writer's thread.
trait Job: Send {
    /// Does the work inside a savepoint; an error undoes it.
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;
    /// Answers the caller once the commit is on disk, or has failed.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Write<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.result = self.work.take().map(|work| work(connection));
        match &self.result {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(error.clone()),
            None => Err(StoreError::Closed),
        }
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (self.result, committed) {
            // What failed by itself was undone; its own error says more than the commit's.
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(result), Ok(())) => result,
            (None, Ok(())) => Err(StoreError::Closed),
        };
        // The caller may have gone away; the write stands all the same.
        let _ = self.reply.send(answer);
    }
}

/// The open database. Cloning it is cheap; the last clone to go closes it.
#[derive(Clone)]
pub struct Db {
    writes: mpsc::Sender<Box<dyn Job>>,
    readers: Arc<Readers>,
    trouble: Trouble,
}

/// Why the disk refused the last thing that was to be stored; nothing while it takes all.
type Trouble = Arc<Mutex<Option<StoreError>>>;

struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Db {
    /// Opens or creates the database at `path` and brings its schema up to date.
    ///
    /// Before a migration a copy is kept beside it as `<name>.before-<new version>`.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        migrations::refuse_newer(&connection, path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        migrations::migrate(&mut connection, path)?;
        let (writes, queue) = mpsc::channel();
        let trouble = Trouble::default();
        let told = Arc::clone(&trouble);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_loop(connection, &queue, &told))?;
        let readers = Arc::new(Readers {
            path: path.to_owned(),
            idle: Mutex::default(),
        });
        Ok(Self {
            writes,
            readers,
            trouble,
        })
    }

    /// Why the disk refused what was last to be stored, until it takes something again.
    pub fn trouble(&self) -> Option<StoreError> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Runs `work` in a transaction. When this returns `Ok`, what it wrote survives a crash.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write {
            work: Some(work),
            result: None,
            reply,
        });
        self.writes.send(job).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `work` on a reader, away from the caller's thread.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || {
            let connection = readers.take()?;
            let result = work(&connection);
            readers.put_back(connection);
            result
        })
        .await
        .map_err(|_| StoreError::Closed)?
    }
}

impl Readers {
    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        configure(&connection)?;
        Ok(connection)
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < 4 {
            idle.push(connection);
        }
    }
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn write_loop(
    mut connection: Connection,
    queue: &mpsc::Receiver<Box<dyn Job>>,
    trouble: &Mutex<Option<StoreError>>,
) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(GROUP - 1));
        let before = connection.total_changes();
        let mut refused = None;
        let committed = commit(&mut connection, &mut jobs, &mut refused).map_err(StoreError::from);
        if let Err(error) = &committed
            && error.is_of_the_disk()
        {
            refused = refused.or_else(|| Some(error.clone()));
        }
        // A commit of nothing says nothing about the disk.
        if refused.is_some() || (committed.is_ok() && connection.total_changes() > before) {
            *trouble.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        }
        for job in jobs {
            job.finish(committed.clone());
        }
    }
}

/// Commits the jobs together; `refused` is why the disk refused one of them.
fn commit(
    connection: &mut Connection,
    jobs: &mut [Box<dyn Job>],
    refused: &mut Option<StoreError>,
) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let say = |sql| transaction.prepare_cached(sql)?.execute([]);
    for job in jobs {
        say("SAVEPOINT one")?;
        if let Err(error) = job.run(&transaction) {
            if error.is_of_the_disk() {
                *refused = Some(error);
            }
            say("ROLLBACK TO one")?;
        }
        say("RELEASE one")?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_disk_says_what_would_mend_it() {
        use rusqlite::ffi;
        let of_sqlite =
            |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        let of_files = |kind| StoreError::from(io::Error::from(kind));
        let cases = [
            (of_sqlite(ffi::SQLITE_FULL), "free some space"),
            (of_sqlite(ffi::SQLITE_IOERR_SHMSIZE), "free some space"),
            (
                of_sqlite(ffi::SQLITE_READONLY_DIRECTORY),
                "writable for the user",
            ),
            (of_sqlite(ffi::SQLITE_CANTOPEN), "writable for the user"),
            (of_sqlite(ffi::SQLITE_PERM), "writable for the user"),
            (of_sqlite(ffi::SQLITE_IOERR_READ), "check the disk"),
            (of_files(io::ErrorKind::StorageFull), "free some space"),
            (of_files(io::ErrorKind::QuotaExceeded), "free some space"),
            (
                of_files(io::ErrorKind::ReadOnlyFilesystem),
                "writable for the user",
            ),
            (
                of_files(io::ErrorKind::PermissionDenied),
                "writable for the user",
            ),
            (of_files(io::ErrorKind::Other), "check the disk"),
        ];
        for (error, step) in cases {
            let said = error.to_string();
            assert!(said.contains(step), "{said}");
        }
    }
}
