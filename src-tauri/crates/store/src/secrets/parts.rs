//! Secrets longer than an entry has room for, in several entries.
//!
//! The entry `name` then holds how many parts there are and a digest of the whole; the parts are `name#0`, `name#1`, …
//! The digest tells a secret that was half replaced from a whole one.

use perch_core::id::short_hash;
use perch_core::seam::secrets::KeychainError;

use super::entries::{Entries, EntryError};

const MARK: &str = "perch-parts:";

impl From<EntryError> for KeychainError {
    fn from(error: EntryError) -> Self {
        Self(match error {
            EntryError::Locked(text) => format!("it is locked ({text}); unlock it"),
            EntryError::Failed(text) => text,
        })
    }
}

/// The secret under `name`.
pub(super) fn read(entries: &dyn Entries, name: &str) -> Result<Option<String>, KeychainError> {
    let Some(text) = entries.read(name)? else {
        return Ok(None);
    };
    let Some(head) = Head::parse(&text) else {
        return Ok(Some(text));
    };
    let mut whole = String::new();
    for number in 0..head.parts {
        whole.push_str(&entries.read(&part(name, number))?.unwrap_or_default());
    }
    if short_hash(&whole, DIGITS) == head.digest {
        return Ok(Some(whole));
    }
    Err(KeychainError(format!(
        "`{name}` was stored only in part; store it again with `perch connect`"
    )))
}

/// Stores `secret` under `name`.
pub(super) fn write(entries: &dyn Entries, name: &str, secret: &str) -> Result<(), KeychainError> {
    let before = parts_of(entries, name)?;
    let mut parts = 0;
    // A secret that looks like a head goes into a part as well, so that it is read as what it is.
    if secret.len() > entries.room() || secret.starts_with(MARK) {
        for piece in pieces(secret, entries.room()) {
            entries.write(&part(name, parts), piece)?;
            parts += 1;
        }
        let digest = short_hash(secret, DIGITS);
        entries.write(name, &format!("{MARK}{parts}:{digest}"))?;
    } else {
        entries.write(name, secret)?;
    }
    for number in parts..before {
        entries.delete(&part(name, number))?;
    }
    Ok(())
}

/// Deletes the secret under `name` with all its parts.
pub(super) fn delete(entries: &dyn Entries, name: &str) -> Result<(), KeychainError> {
    // The head goes last: cut off in between, the parts are still known.
    for number in 0..parts_of(entries, name)? {
        entries.delete(&part(name, number))?;
    }
    Ok(entries.delete(name)?)
}

const DIGITS: usize = 16;

struct Head {
    parts: usize,
    digest: String,
}

impl Head {
    fn parse(text: &str) -> Option<Self> {
        let (parts, digest) = text.strip_prefix(MARK)?.split_once(':')?;
        Some(Self {
            parts: parts.parse().ok()?,
            digest: digest.to_owned(),
        })
    }
}

fn part(name: &str, number: usize) -> String {
    format!("{name}#{number}")
}

fn parts_of(entries: &dyn Entries, name: &str) -> Result<usize, KeychainError> {
    let head = entries.read(name)?.as_deref().and_then(Head::parse);
    Ok(head.map_or(0, |head| head.parts))
}

/// `text` cut into pieces of at most `room` bytes, between characters.
fn pieces(mut text: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    while !text.is_empty() {
        let end = text.floor_char_boundary(room.max(4));
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces
}
