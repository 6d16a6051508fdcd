//! Dependencies: what a repository's packages have been released as, as an ecosystem's own client tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One released version of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Release {
    /// As the ecosystem writes it: `1.2.3`, `v1.2.3`, `22-alpine`.
    pub version: String,
    /// When it was released, or first seen where the registry does not tell.
    pub released_at: Option<Timestamp>,
    /// Taken back by its makers: yanked, retracted, deprecated.
    pub withdrawn: bool,
}

/// The releases of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Releases {
    /// The ecosystem's id: `cargo`, `npm`.
    pub ecosystem: String,
    /// The package, as manifests name it.
    pub name: String,
    /// Its releases, in any order.
    pub releases: Vec<Release>,
}

/// A known fault of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Advisory {
    /// The ecosystem's id.
    pub ecosystem: String,
    /// The package.
    pub name: String,
    /// The advisory's own id, such as `CVE-2026-1234`.
    pub id: String,
    /// The first version without the fault; versions before it have it. Absent when none is mended.
    pub fixed_in: Option<String>,
    /// What it is, in one line.
    pub summary: String,
    /// Where it is described.
    pub url: Option<String>,
}

/// What was found out about a repository's dependencies. The `dependencies` of an event's data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Survey {
    /// The packages that were looked up.
    pub packages: Vec<Releases>,
    /// Known faults.
    pub advisories: Vec<Advisory>,
    /// Ecosystems that could not be asked, each with the reason.
    pub unasked: Vec<(String, String)>,
    /// Days a release must be old before it is proposed.
    pub min_age_days: u32,
}
