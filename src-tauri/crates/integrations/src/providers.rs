//! The registry of providers: one line each.

use std::sync::LazyLock;

use perch_core::seam::provider::Provider;

mod alertmanager;
pub mod bitbucket;
pub mod bitbucket_dc;
mod datadog;
pub mod gitea;
pub mod github;
pub mod gitlab;
mod grafana;
pub mod local;
mod pagerduty;
pub mod prometheus;
mod sentry;
pub mod supabase;

static LOCAL: LazyLock<local::Local> = LazyLock::new(local::Local::default);

/// Every provider, in alphabetical order.
pub static ALL: LazyLock<Vec<&dyn Provider>> = LazyLock::new(|| {
    vec![
        &alertmanager::PROVIDER,
        &bitbucket::PROVIDER,
        &bitbucket_dc::PROVIDER,
        &datadog::PROVIDER,
        &gitea::PROVIDER,
        &github::PROVIDER,
        &gitlab::PROVIDER,
        &grafana::PROVIDER,
        &*LOCAL,
        &pagerduty::PROVIDER,
        &prometheus::PROVIDER,
        &sentry::PROVIDER,
        &supabase::PROVIDER,
    ]
});
