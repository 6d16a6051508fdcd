//! The payloads that are sent: GitHub's published examples about the repository that most of them are about.

use std::collections::BTreeMap;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::SECRET;

/// A payload, signed.
pub(crate) struct Example {
    pub(crate) kind: String,
    pub(crate) body: String,
    pub(crate) signature: String,
}

/// All payloads that are sent.
pub(crate) struct Examples {
    /// `owner/name` all of them are about.
    pub(crate) repository: String,
    pub(crate) all: Vec<Example>,
}

impl Examples {
    /// Bytes of the body in the middle, by length.
    pub(crate) fn median_bytes(&self) -> usize {
        let mut lengths: Vec<usize> = self.all.iter().map(|one| one.body.len()).collect();
        lengths.sort_unstable();
        lengths[lengths.len() / 2]
    }
}

/// Reads and signs the examples.
pub(crate) fn read() -> Examples {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/node/node_modules/@octokit/webhooks-examples/api.github.com/index.json");
    let text = std::fs::read_to_string(&file)
        .expect("`npm ci` in tests/node brings the examples; `make bench` runs it");
    let families: Vec<Value> = serde_json::from_str(&text).expect("the examples are JSON");
    let mut by_repository: BTreeMap<String, Vec<Example>> = BTreeMap::new();
    for family in &families {
        let kind = family["name"].as_str().expect("a name");
        for payload in family["examples"].as_array().expect("a list") {
            let Some(repository) = payload["repository"]["full_name"].as_str() else {
                continue;
            };
            let body = payload.to_string();
            by_repository
                .entry(repository.to_owned())
                .or_default()
                .push(Example {
                    kind: kind.to_owned(),
                    signature: sign(&body),
                    body,
                });
        }
    }
    let (repository, all) = by_repository
        .into_iter()
        .max_by_key(|(_, examples)| examples.len())
        .expect("there are examples about repositories");
    Examples { repository, all }
}

fn sign(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key fits");
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}
