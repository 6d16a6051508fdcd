//! The commands by which each ecosystem's client brings a lockfile along. They are shown and never run.

/// The command that moves `packages` in the lockfile to what the manifest allows.
pub(crate) fn lock(ecosystem: &str, packages: &[&str]) -> Option<String> {
    let listed = |begin: &str, flag: &str| {
        let words: Vec<String> = packages
            .iter()
            .map(|name| format!("{flag}{name}"))
            .collect();
        format!("{begin} {}", words.join(" "))
    };
    Some(match ecosystem {
        "bundler" => listed("bundle update", ""),
        "cargo" => listed("cargo update", "-p "),
        "npm" => listed("npm update", ""),
        "pnpm" => listed("pnpm update", ""),
        "poetry" => listed("poetry update", ""),
        "uv" => listed("uv lock", "--upgrade-package "),
        "yarn" => listed("yarn upgrade", ""),
        _ => return None,
    })
}

/// The command that brings the lockfile in line with a changed manifest.
pub(crate) fn after_patch(ecosystem: &str, packages: &[&str]) -> Option<String> {
    Some(match ecosystem {
        "bundler" => "bundle install".into(),
        "go" => "go mod tidy".into(),
        "npm" => "npm install".into(),
        "pnpm" => "pnpm install".into(),
        "poetry" => "poetry lock".into(),
        "uv" => "uv lock".into(),
        "yarn" => "yarn install".into(),
        _ => return lock(ecosystem, packages),
    })
}
