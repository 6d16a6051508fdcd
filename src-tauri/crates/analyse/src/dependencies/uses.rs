//! Where code uses a package, by the lines that bring it in.

use std::sync::LazyLock;

use perch_core::facts::Facts;
use regex::Regex;

use super::manifests::Requirement;

/// Places named at most.
const MOST: usize = 5;

/// A line that brings a package in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) path: String,
    /// 1-based.
    pub(crate) line: u32,
}

/// The endings of files whose code may use packages of an ecosystem.
fn endings(ecosystem: &str) -> &'static [&'static str] {
    match ecosystem {
        "bundler" => &[".rb", ".rake"],
        "cargo" => &[".rs"],
        "go" => &[".go"],
        "gradle" | "maven" => &[".java", ".kt", ".scala", ".groovy"],
        "npm" | "pnpm" | "yarn" => &[
            ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte",
        ],
        "pip" | "poetry" | "uv" => &[".py"],
        _ => &[],
    }
}

/// True when the file at `path` may use a package of `ecosystem`.
pub(crate) fn could_use(path: &str, ecosystem: &str) -> bool {
    endings(ecosystem)
        .iter()
        .any(|ending| path.ends_with(ending))
}

/// A name a line may bring in, in each family of languages.
static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^\s*(?:(?:pub\s+)?use\s+(?:::)?(?P<rust>\w+)|extern\s+crate\s+(?P<extern>\w+)|(?:from|import)\s+(?:static\s+)?(?P<dotted>[A-Za-z_][\w.]*)|(?:.*(?:from|require|import)\s*\(?\s*|\s*\w*\s*)["'](?P<quoted>[^"']+)["'])"#,
    )
    .expect("the pattern is constant")
});

/// The first line of each file at hand that brings the package in.
pub(crate) fn used_in(facts: &Facts, requirement: &Requirement) -> Vec<Use> {
    facts
        .files
        .iter()
        .filter(|(path, _)| could_use(path, requirement.ecosystem))
        .filter_map(|(path, text)| {
            let (number, _) = text
                .lines()
                .enumerate()
                .find(|(_, line)| line.len() < 1_000 && brings_in(line, requirement))?;
            Some(Use {
                path: path.clone(),
                line: u32::try_from(number + 1).ok()?,
            })
        })
        .take(MOST)
        .collect()
}

fn brings_in(line: &str, requirement: &Requirement) -> bool {
    let name = requirement.name.as_str();
    let under = name.replace('-', "_");
    if requirement.ecosystem == "cargo" && line.contains(&format!("{under}::")) {
        let before = line.split(&format!("{under}::")).next().unwrap_or_default();
        return !before.ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c));
    }
    let Some(found) = IMPORT.captures(line) else {
        return false;
    };
    let group = |name: &str| found.name(name).map(|text| text.as_str());
    match requirement.ecosystem {
        "cargo" => group("rust").or(group("extern")) == Some(&under),
        "pip" | "poetry" | "uv" => group("dotted").is_some_and(|module| {
            let first = module.split('.').next().unwrap_or(module);
            first.eq_ignore_ascii_case(&under)
        }),
        "maven" | "gradle" => {
            let group_id = name.split(':').next().unwrap_or(name);
            group("dotted").is_some_and(|module| {
                module
                    .strip_prefix(group_id)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
        }
        _ => group("quoted").is_some_and(|path| {
            path.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }),
    }
}
