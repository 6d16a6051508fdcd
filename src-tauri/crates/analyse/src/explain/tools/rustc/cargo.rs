//! What cargo itself says: manifests, lock files, build scripts, and the line that only repeats what failed.

use super::super::super::category;
use super::super::super::diagnostic::{Diagnostic, Severity};
use super::super::{Report, View};

/// Reads cargo's own error with `message`; `end` is where its first paragraph ends.
pub(super) fn read(view: &View<'_>, message: &str, end: usize) -> Option<Report> {
    let consequence = [
        "could not compile",
        "test failed, to rerun",
        "doctest failed, to rerun",
        "build failed",
        "aborting due to",
        "could not document",
        "target failed:",
        "process didn't exit successfully",
    ];
    if consequence.iter().any(|start| message.starts_with(start))
        || message.ends_with("target failed:")
    {
        let diagnostic = Diagnostic::new("cargo", category::COMPILE, "cargo/failed", message)
            .with_severity(Severity::Consequence);
        return Some(Report::new(end, diagnostic));
    }
    if message.contains("--locked was passed")
        || message.contains("because `--locked`")
        || message.contains("--frozen was passed")
    {
        let diagnostic = Diagnostic::new("cargo", category::DEPENDENCY, "cargo/lockfile", message)
            .with_command("cargo update --workspace");
        return Some(Report::new(end, diagnostic));
    }
    if let Some(rest) = message.strip_prefix("no such command: `") {
        let name = rest.split('`').next().unwrap_or_default();
        let mut diagnostic = Diagnostic::new(
            "cargo",
            category::ENVIRONMENT,
            "cargo/no-such-command",
            message,
        );
        if let Some(component) = component(name) {
            diagnostic = diagnostic.with_command(format!("rustup component add {component}"));
        }
        return Some(Report::new(end, diagnostic));
    }
    if let Some(rest) = message.strip_prefix('\'')
        && message.contains("is not installed for the toolchain")
    {
        let name = rest.split('\'').next().unwrap_or_default();
        let component = component(name.trim_start_matches("cargo-").trim_end_matches(".exe"));
        let mut diagnostic =
            Diagnostic::new("rustup", category::ENVIRONMENT, "rust/component", message);
        if let Some(component) = component {
            diagnostic = diagnostic.with_command(format!("rustup component add {component}"));
        }
        return Some(Report::new(end, diagnostic));
    }
    let kinds: &[(&str, &str, &str)] = &[
        (
            "failed to select a version",
            category::DEPENDENCY,
            "cargo/resolve",
        ),
        ("no matching package", category::DEPENDENCY, "cargo/resolve"),
        ("failed to get `", category::DEPENDENCY, "cargo/fetch"),
        ("failed to download", category::NETWORK, "cargo/fetch"),
        (
            "failed to parse manifest",
            category::CONFIG,
            "cargo/manifest",
        ),
        (
            "failed to load manifest",
            category::CONFIG,
            "cargo/manifest",
        ),
        (
            "could not find `Cargo.toml`",
            category::CONFIG,
            "cargo/manifest",
        ),
        (
            "package ID specification",
            category::CONFIG,
            "cargo/manifest",
        ),
        ("no bin target named", category::CONFIG, "cargo/target"),
        ("no test target named", category::CONFIG, "cargo/target"),
        (
            "failed to run custom build command",
            category::COMPILE,
            "cargo/build-script",
        ),
        ("linker `", category::ENVIRONMENT, "rust/linker-missing"),
    ];
    let (_, category, rule) = kinds
        .iter()
        .find(|(start, ..)| message.starts_with(start))?;
    // Cargo goes on after blank lines with `Caused by:` and what a build script printed.
    let end = view.until(end, |line| {
        !line.trim().is_empty() && !line.starts_with(' ') && !line.starts_with("Caused by:")
    });
    let mut len = end;
    while len > 1 && view.get(len - 1).trim().is_empty() {
        len -= 1;
    }
    Some(Report::new(
        len,
        Diagnostic::new("cargo", category, *rule, message),
    ))
}

/// The rustup component that brings the cargo command `name`.
fn component(name: &str) -> Option<&'static str> {
    match name {
        "clippy" => Some("clippy"),
        "fmt" => Some("rustfmt"),
        "miri" => Some("miri"),
        "llvm-cov" => Some("llvm-tools"),
        _ => None,
    }
}
