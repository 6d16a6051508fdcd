//! The seam to remembered HTTP validators (RFC 9110, section 8.8).

use serde::{Deserialize, Serialize};

/// What makes the next request for the same address conditional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, as it was sent.
    pub etag: Option<String>,
    /// `Last-Modified`, as it was sent.
    pub last_modified: Option<String>,
}

/// Validators by connection and address.
///
/// Written ones count only once what the answer held is stored too: the engine commits both together,
/// so a crash between them asks again instead of losing something.
pub trait HttpCache: Send + Sync {
    /// The validators of the last stored answer for `url`.
    fn get(&self, url: &str) -> Option<Validators>;
    /// Remembers the validators of a fresh answer for `url`.
    fn put(&self, url: &str, validators: Validators);
}

/// Remembers nothing: a single look needs no validators.
#[derive(Debug, Clone, Copy, Default)]
pub struct Forgetful;

impl HttpCache for Forgetful {
    fn get(&self, _url: &str) -> Option<Validators> {
        None
    }

    fn put(&self, _url: &str, _validators: Validators) {}
}
