//! The registry of package ecosystems.
//!
//! Each asks its own client, so that the user's registries, mirrors and credentials count. Clients run in an empty
//! folder with names that were checked, so that nothing of a repository reaches them but those names.

use perch_core::seam::ecosystem::Ecosystem;

mod actions;
mod bundler;
mod cargo;
mod client;
mod docker;
mod go;
mod maven;
mod npm;
mod python;

/// Every ecosystem, in alphabetical order.
pub static ALL: &[&dyn Ecosystem] = &[
    &actions::ACTIONS,
    &bundler::BUNDLER,
    &cargo::CARGO,
    &docker::DOCKER,
    &go::GO,
    &maven::GRADLE,
    &maven::MAVEN,
    &npm::NPM,
    &npm::PNPM,
    &npm::YARN,
    &python::PIP,
    &python::POETRY,
    &python::UV,
];
