//! What every forge must tell of builds when it is asked for a branch or a commit.

use std::fmt::Write as _;

use perch_core::build::Build;
use perch_core::seam::provider::Provider;

use crate::watch::{REPO, Watch};

/// A commit with a failed run and a passed status, asked for by branch, by commit, by the beginning of one, while it
/// runs again, and a branch nobody knows; a line for each build.
///
/// # Panics
/// When the forge cannot be asked.
pub async fn builds<P: Provider + Default>() -> String {
    let watch = Watch::<P>::new().await;
    let head = watch.forge.with(|world| {
        let head = world.push(REPO, "topic", &[("src/a.rs", "one\n")], "Add a");
        world.run(REPO, None, &head, "topic", &[("test", "failure", "no")]);
        world.status(REPO, &head, "ci/lint", "success");
        head
    });
    let mut said = String::new();
    for (what, reference) in [
        ("branch", "topic"),
        ("commit", head.as_str()),
        ("beginning", &head[..9]),
        ("unknown", "no-such-branch"),
    ] {
        let _ = writeln!(said, "{what}");
        said.push_str(&told(&ask(&watch, reference).await));
    }
    watch.forge.with(|world| {
        let run = world.newest_run(REPO);
        world.run_again(REPO, run);
    });
    let _ = writeln!(said, "again");
    said.push_str(&told(&ask(&watch, "topic").await));
    said.replace(&head, "HEAD")
}

async fn ask<P: Provider + Default>(watch: &Watch<P>, reference: &str) -> Vec<Build> {
    let context = watch.context();
    let told = watch.provider.builds(&context, REPO, reference);
    let told = told.await.expect("the stub answers");
    told.expect("forges tell of builds")
}

fn told(builds: &[Build]) -> String {
    let mut said = String::new();
    for build in builds {
        let state = match build.passed {
            Some(true) => "passed",
            Some(false) => "failed",
            None => "going on",
        };
        let _ = writeln!(
            said,
            "  {state} {} on {} at {}{}",
            build.job,
            build.branch.as_deref().unwrap_or("-"),
            build.commit.as_deref().unwrap_or("-"),
            if build.finished_at.is_some() {
                ""
            } else {
                ", no end"
            }
        );
    }
    said
}
