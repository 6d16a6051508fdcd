//! Workflows: actions used by a tag. What is pinned to a commit, or follows a branch, is left alone.

use std::sync::LazyLock;

use regex::Regex;

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| {
        let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
        let of_workflows = [
            ".github/workflows/",
            ".gitea/workflows/",
            ".forgejo/workflows/",
        ];
        yaml && (of_workflows.iter().any(|folder| path.starts_with(folder))
            || matches!(name(path), "action.yml" | "action.yaml"))
    },
    read,
};

static USES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^\s*(?:-\s+)?uses:\s*["']?([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)(?:/[^@\s"']*)?@(v?[0-9]+(?:\.[0-9]+){0,2})["']?\s*(?:#.*)?$"#)
        .expect("the pattern is constant")
});

fn read(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    Ok(USES
        .captures_iter(manifest.text)
        .filter_map(|found| {
            let (name, version) = (found.get(1)?, found.get(2)?);
            let requirement =
                manifest.requirement("actions", name.as_str(), version.range(), Bare::Exact)?;
            Some(Requirement {
                same_length: true,
                ..requirement
            })
        })
        .collect())
}
