//! The entries of a keychain: short texts by name, as the system keeps them.

use keyring::{Entry, Error};

/// Why an entry could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntryError {
    /// The keychain is there and locked; it works again once the user unlocks it.
    Locked(String),
    /// Anything else.
    Failed(String),
}

/// Where entries are kept. One thread uses it, since keychains do not take calls from several at once.
pub(super) trait Entries: Send + 'static {
    /// The text of an entry, if there is one.
    fn read(&self, name: &str) -> Result<Option<String>, EntryError>;
    /// Writes an entry.
    fn write(&self, name: &str, text: &str) -> Result<(), EntryError>;
    /// Deletes an entry; an absent one is no error.
    fn delete(&self, name: &str) -> Result<(), EntryError>;
    /// Bytes of ASCII one entry takes.
    fn room(&self) -> usize;
}

/// Bytes of ASCII one entry takes. Windows keeps 2560 bytes of UTF-16; the others take far more than any secret.
const ROOM: usize = if cfg!(windows) { 1200 } else { 64 << 10 };

/// The operating system's keychain: Keychain Services, the Credential Manager or the Secret Service.
pub(super) struct OsKeychain {
    service: String,
}

impl OsKeychain {
    /// The entries under `service`.
    pub(super) fn new(service: &str) -> Self {
        Self {
            service: service.to_owned(),
        }
    }

    /// A new entry for every call: one that is kept may remember what it held before.
    fn entry(&self, name: &str) -> Result<Entry, EntryError> {
        if let Err(error) = Entry::store_status() {
            return Err(EntryError::Failed(error.to_string()));
        }
        Entry::new(&self.service, name).map_err(why)
    }
}

impl Entries for OsKeychain {
    fn read(&self, name: &str) -> Result<Option<String>, EntryError> {
        match self.entry(name)?.get_password() {
            Ok(text) => Ok(Some(text)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(why(error)),
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<(), EntryError> {
        self.entry(name)?.set_password(text).map_err(why)
    }

    fn delete(&self, name: &str) -> Result<(), EntryError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(why(error)),
        }
    }

    fn room(&self) -> usize {
        ROOM
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err takes")]
fn why(error: Error) -> EntryError {
    let text = error.to_string();
    // The error of a locked collection comes in several shapes, which the library does not tell apart.
    let lower = text.to_ascii_lowercase();
    if lower.contains("locked") || lower.contains("prompt") {
        EntryError::Locked(text)
    } else {
        EntryError::Failed(text)
    }
}
