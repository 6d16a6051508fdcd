//! The seam to the keychain.

use secrecy::SecretString;
use thiserror::Error;

/// The keychain could not be used, and why. A locked keychain is this, never an absent secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the keychain could not be used: {0}")]
pub struct KeychainError(pub String);

/// Where secrets live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// The operating system's keychain.
    Keychain,
    /// Memory, until Perch ends, because there is no keychain.
    Memory {
        /// Why, and what would help.
        reason: String,
    },
}

/// Secrets by name: `<connection>/<field>`, such as `github-acme/token`. Calls block.
pub trait Secrets: Send + Sync {
    /// The secret of that name, if there is one.
    fn get(&self, name: &str) -> Result<Option<SecretString>, KeychainError>;
    /// Stores it.
    fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeychainError>;
    /// Forgets it; an absent one is no error.
    fn delete(&self, name: &str) -> Result<(), KeychainError>;
    /// Where they live.
    fn home(&self) -> Home;
}
