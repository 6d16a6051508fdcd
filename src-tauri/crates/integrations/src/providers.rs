//! The registry of providers: one line each.

use std::sync::LazyLock;

use perch_core::seam::provider::Provider;

pub mod bitbucket;
pub mod bitbucket_dc;
pub mod gitea;
pub mod github;
pub mod gitlab;
pub mod local;
pub mod prometheus;

static LOCAL: LazyLock<local::Local> = LazyLock::new(local::Local::default);

/// Every provider, in alphabetical order.
pub static ALL: LazyLock<Vec<&dyn Provider>> = LazyLock::new(|| {
    vec![
        &bitbucket::PROVIDER,
        &bitbucket_dc::PROVIDER,
        &gitea::PROVIDER,
        &github::PROVIDER,
        &gitlab::PROVIDER,
        &*LOCAL,
        &prometheus::PROVIDER,
    ]
});
