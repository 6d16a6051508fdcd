//! A notifier that writes down what it was asked to show, and a keychain in memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use perch_core::seam::notifier::{NotShown, Notice, Notifier};
use perch_core::seam::secrets::{Home, KeychainError, Secrets};
use secrecy::SecretString;

/// Everything that was shown and taken down.
#[derive(Default)]
pub struct Recorder {
    /// Notices in the order they were shown.
    pub shown: Mutex<Vec<Notice>>,
    /// Tags in the order they were taken down.
    pub withdrawn: Mutex<Vec<String>>,
    /// While set, nothing can be shown.
    pub broken: AtomicBool,
}

impl Recorder {
    /// The titles shown so far.
    pub fn titles(&self) -> Vec<String> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.iter().map(|notice| notice.title.clone()).collect()
    }
}

#[async_trait]
impl Notifier for Recorder {
    fn id(&self) -> &'static str {
        "recorder"
    }

    async fn show(&self, notice: &Notice) -> Result<(), NotShown> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(NotShown("no notification service answers".into()));
        }
        self.shown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(notice.clone());
        Ok(())
    }

    async fn withdraw(&self, tag: &str) {
        self.withdrawn
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(tag.to_owned());
    }
}

/// Secrets in memory.
#[derive(Default)]
pub struct Keychain(Mutex<HashMap<String, SecretString>>);

impl Secrets for Keychain {
    fn get(&self, name: &str) -> Result<Option<SecretString>, KeychainError> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned())
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeychainError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), KeychainError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
        Ok(())
    }

    fn home(&self) -> Home {
        Home::Keychain
    }
}
