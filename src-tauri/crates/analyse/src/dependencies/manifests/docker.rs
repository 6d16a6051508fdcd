//! Dockerfiles: base images by a tag with a version. What is pinned by digest or named by a variable is left alone.

use std::sync::LazyLock;

use regex::Regex;

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| {
        let name = name(path).to_ascii_lowercase();
        ["dockerfile", "containerfile"].iter().any(|one| {
            name == *one
                || name.starts_with(&format!("{one}."))
                || name.ends_with(&format!(".{one}"))
        })
    },
    read,
};

static FROM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?mi)^\s*FROM\s+(?:--platform=\S+\s+)?([a-z0-9][a-z0-9._/:-]*):(v?[0-9][A-Za-z0-9_.-]*)(?:\s|$)")
        .expect("the pattern is constant")
});

fn read(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    Ok(FROM
        .captures_iter(manifest.text)
        .filter_map(|found| {
            let (name, tag) = (found.get(1)?, found.get(2)?);
            let requirement =
                manifest.requirement("docker", name.as_str(), tag.range(), Bare::Exact)?;
            Some(Requirement {
                same_length: true,
                ..requirement
            })
        })
        .collect())
}
