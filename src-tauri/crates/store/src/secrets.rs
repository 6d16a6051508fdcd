//! Secrets: in the operating system's keychain, or in memory where there is none. Never in a file.
//!
//! [`open_keychain`] decides which; [`WithEnvironment`] lays over it what environment variables bring.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use perch_core::seam::secrets::{Home, KeychainError, Secrets};
use secrecy::SecretString;

use crate::environment::EnvironmentConnection;

mod entries;
mod keychain;
mod parts;

use keychain::Opened;

/// Opens the keychain for the secrets under `service`, such as [`crate::folders::Folders::keychain_service`].
///
/// It is tried once with a secret of no worth. Where nothing answers, secrets are kept in memory until Perch ends, and
/// [`Secrets::home`] says why. A keychain that is only locked is used: its calls fail until the user unlocks it.
pub fn open_keychain(service: &str) -> Arc<dyn Secrets> {
    match keychain::open(entries::OsKeychain::new(service)) {
        Opened::Works(keychain) => Arc::new(keychain),
        Opened::Locked(keychain, error) => {
            tracing::warn!(%error, "the keychain is locked; secrets wait until it is unlocked");
            Arc::new(keychain)
        }
        Opened::Missing(reason) => {
            tracing::warn!(
                reason,
                "there is no keychain; secrets are kept in memory only"
            );
            Arc::new(Memory::because(reason))
        }
    }
}

/// Secrets in memory, gone when Perch ends.
pub struct Memory {
    reason: String,
    secrets: Mutex<BTreeMap<String, SecretString>>,
}

impl Memory {
    /// An empty store; `reason` says why it is not the keychain, and what would help.
    pub fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            secrets: Mutex::default(),
        }
    }

    fn secrets(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, SecretString>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Secrets for Memory {
    fn get(&self, name: &str) -> Result<Option<SecretString>, KeychainError> {
        Ok(self.secrets().get(name).cloned())
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeychainError> {
        self.secrets().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), KeychainError> {
        self.secrets().remove(name);
        Ok(())
    }

    fn home(&self) -> Home {
        Home::Memory {
            reason: self.reason.clone(),
        }
    }
}

/// A keychain with the secrets of the environment's connections laid over it.
///
/// Those can be read and nothing else: what the environment says is changed there.
pub struct WithEnvironment {
    below: Arc<dyn Secrets>,
    secrets: BTreeMap<String, SecretString>,
}

impl WithEnvironment {
    /// Lays the secrets of `connections` over `below`.
    pub fn new<'a>(
        below: Arc<dyn Secrets>,
        connections: impl IntoIterator<Item = &'a EnvironmentConnection>,
    ) -> Self {
        let secrets = connections
            .into_iter()
            .flat_map(|connection| connection.secrets.clone())
            .collect();
        Self { below, secrets }
    }

    fn refuse(&self, name: &str) -> Result<(), KeychainError> {
        if self.secrets.contains_key(name) {
            return Err(KeychainError(format!(
                "`{name}` comes from an environment variable; change it there"
            )));
        }
        Ok(())
    }
}

impl Secrets for WithEnvironment {
    fn get(&self, name: &str) -> Result<Option<SecretString>, KeychainError> {
        match self.secrets.get(name) {
            Some(secret) => Ok(Some(secret.clone())),
            None => self.below.get(name),
        }
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeychainError> {
        self.refuse(name)?;
        self.below.set(name, secret)
    }

    fn delete(&self, name: &str) -> Result<(), KeychainError> {
        self.refuse(name)?;
        self.below.delete(name)
    }

    fn home(&self) -> Home {
        self.below.home()
    }
}

#[cfg(test)]
mod tests {
    use perch_core::id::UserId;
    use secrecy::ExposeSecret;

    use super::*;
    use crate::environment::Environment;

    fn secret(text: &str) -> SecretString {
        text.into()
    }

    fn read(secrets: &dyn Secrets, name: &str) -> Option<String> {
        let found = secrets.get(name).expect("readable");
        found.map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn memory_keeps_secrets_and_says_why_it_is_used() {
        let memory = Memory::because("there is no Secret Service");
        assert_eq!(read(&memory, "hub/token"), None);
        memory.set("hub/token", &secret("one")).expect("stored");
        memory.set("hub/token", &secret("two")).expect("replaced");
        assert_eq!(read(&memory, "hub/token").as_deref(), Some("two"));
        memory.delete("hub/token").expect("deleted");
        memory
            .delete("hub/token")
            .expect("an absent one is no error");
        assert_eq!(read(&memory, "hub/token"), None);
        let reason = "there is no Secret Service".to_owned();
        assert_eq!(memory.home(), Home::Memory { reason });
    }

    #[test]
    fn what_the_environment_brings_is_read_and_cannot_be_changed() {
        let environment = Environment::from_pairs([("GITHUB_TOKEN", "from outside")]);
        let connection = environment
            .connection(&UserId::new("ada"), &["github"])
            .expect("well formed");
        let below = Arc::new(Memory::because("a test"));
        let secrets = WithEnvironment::new(below.clone(), connection.as_ref());
        assert_eq!(
            read(&secrets, "environment/token").as_deref(),
            Some("from outside")
        );
        let refused = secrets.set("environment/token", &secret("x"));
        assert!(
            refused
                .expect_err("refused")
                .0
                .contains("environment variable")
        );
        assert!(secrets.delete("environment/token").is_err());
        secrets
            .set("hub/token", &secret("kept below"))
            .expect("stored");
        assert_eq!(read(&*below, "hub/token").as_deref(), Some("kept below"));
        assert_eq!(read(&*below, "environment/token"), None);
    }
}
