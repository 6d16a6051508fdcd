//! `Gemfile`: gems with one requirement. A Gemfile is a program; only what stands in it as text is read.

use std::sync::LazyLock;

use regex::Regex;

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| name(path) == "Gemfile",
    read,
};

static GEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^\s*gem\s*\(?\s*["']([A-Za-z0-9_.-]+)["']\s*,\s*["']([^"']+)["']\s*(?:,\s*[^"'\s]|[#)\n]|$)"#)
        .expect("the pattern is constant")
});

fn read(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    Ok(GEM
        .captures_iter(manifest.text)
        .filter_map(|found| {
            let (name, version) = (found.get(1)?, found.get(2)?);
            manifest.requirement("bundler", name.as_str(), version.range(), Bare::Exact)
        })
        .collect())
}
