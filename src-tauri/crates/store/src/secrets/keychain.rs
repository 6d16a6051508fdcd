//! The keychain behind one thread of its own, with what was read remembered.
//!
//! The thread is there because keychains do not take calls from several threads at once, and because a call may wait
//! for a person who is asked for a password.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use perch_core::seam::secrets::{Home, KeychainError, Secrets};
use secrecy::{ExposeSecret, SecretString};

use super::entries::{Entries, EntryError};
use super::parts;

#[cfg(test)]
mod tests;

/// How long a call waits; long enough to type a password into the system's dialogue.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long the first try waits before the keychain counts as missing.
const PATIENCE_AT_FIRST: Duration = Duration::from_secs(20);

/// The entry of the first try, and what it holds for a moment.
const TRIAL: (&str, &str) = ("perch/self-test", "nothing of worth");

type Work = Box<dyn FnOnce(&dyn Entries) + Send>;

/// The keychain. Dropping it ends its thread.
pub(super) struct Keychain {
    work: Sender<Work>,
    patience: Duration,
    known: Known,
}

/// Secrets read or written before: macOS may ask the user at every reading. Absent ones are asked for again.
///
/// Only the thread changes it, so that it follows the keychain in the order of the calls.
#[derive(Clone, Default)]
struct Known(Arc<Mutex<BTreeMap<String, SecretString>>>);

impl Known {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, SecretString>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came of opening a keychain.
pub(super) enum Opened {
    /// It keeps what it is given.
    Works(Keychain),
    /// It is there; the user has to unlock it.
    Locked(Keychain, KeychainError),
    /// There is none that keeps anything, and why.
    Missing(String),
}

/// Starts the thread that owns `entries` and tries them: write, read back, delete.
pub(super) fn open(entries: impl Entries) -> Opened {
    open_with(entries, PATIENCE_AT_FIRST, PATIENCE)
}

fn open_with(entries: impl Entries, at_first: Duration, patience: Duration) -> Opened {
    let (work, queue) = mpsc::channel::<Work>();
    let thread = std::thread::Builder::new().name("keychain".into());
    let started = thread.spawn(move || {
        for work in queue {
            work(&entries);
        }
    });
    if let Err(error) = started {
        return Opened::Missing(format!("its thread could not be started: {error}"));
    }
    let keychain = Keychain {
        work,
        patience: at_first,
        known: Known::default(),
    };
    let tried = keychain.ask(try_out);
    let keychain = Keychain {
        patience,
        ..keychain
    };
    match tried {
        Ok(Ok(())) => Opened::Works(keychain),
        Ok(Err(error @ EntryError::Locked(_))) => Opened::Locked(keychain, error.into()),
        Ok(Err(EntryError::Failed(reason))) => Opened::Missing(advice(&reason)),
        Err(error) => Opened::Missing(advice(&error.0)),
    }
}

fn try_out(entries: &dyn Entries) -> Result<(), EntryError> {
    let (name, text) = TRIAL;
    entries.write(name, text)?;
    let found = entries.read(name)?;
    entries.delete(name)?;
    if found.as_deref() == Some(text) {
        return Ok(());
    }
    Err(EntryError::Failed(
        "it does not give back what it was given".into(),
    ))
}

fn advice(reason: &str) -> String {
    let help = if cfg!(any(windows, target_os = "macos")) {
        "see whether the system's keychain opens"
    } else {
        "start a Secret Service such as GNOME Keyring, KWallet or KeePassXC in this session"
    };
    format!("no keychain could be used ({reason}); {help}, then start Perch again")
}

impl Keychain {
    /// Has the thread do `work` and waits for its answer.
    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Entries) -> T + Send + 'static,
    ) -> Result<T, KeychainError> {
        let (reply, answer) = mpsc::sync_channel(1);
        let work: Work = Box::new(move |entries| {
            // Whoever asked may have stopped waiting.
            let _ = reply.send(work(entries));
        });
        let gone = || KeychainError("its thread has ended; start Perch again".into());
        self.work.send(work).map_err(|_| gone())?;
        answer
            .recv_timeout(self.patience)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => KeychainError(format!(
                    "it did not answer within {} seconds; see whether it asks for its password",
                    self.patience.as_secs()
                )),
                RecvTimeoutError::Disconnected => gone(),
            })
    }
}

impl Secrets for Keychain {
    fn get(&self, name: &str) -> Result<Option<SecretString>, KeychainError> {
        if let Some(secret) = self.known.lock().get(name) {
            return Ok(Some(secret.clone()));
        }
        let (known, name) = (self.known.clone(), name.to_owned());
        self.ask(move |entries| {
            let found = parts::read(entries, &name)?.map(SecretString::from);
            if let Some(secret) = &found {
                known.lock().insert(name, secret.clone());
            }
            Ok(found)
        })?
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeychainError> {
        let (known, name, secret) = (self.known.clone(), name.to_owned(), secret.clone());
        self.ask(move |entries| {
            known.lock().remove(&name);
            parts::write(entries, &name, secret.expose_secret())?;
            known.lock().insert(name, secret);
            Ok(())
        })?
    }

    fn delete(&self, name: &str) -> Result<(), KeychainError> {
        let (known, name) = (self.known.clone(), name.to_owned());
        self.ask(move |entries| {
            known.lock().remove(&name);
            parts::delete(entries, &name)
        })?
    }

    fn home(&self) -> Home {
        Home::Keychain
    }
}
