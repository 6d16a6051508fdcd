//! Programs that act at forges, told from people by their names.

/// Programs whose name does not show that they are one.
const KNOWN: &[&str] = &[
    "codecov",
    "codecov-commenter",
    "coderabbitai",
    "copilot",
    "dependabot",
    "dependabot-preview",
    "github-actions",
    "greenkeeper",
    "mergify",
    "renovate",
    "sonarcloud",
    "stale",
    "vercel",
    "web-flow",
];

/// True for the name of a program: `dependabot[bot]`, `rust-log-analyzer-bot`, `project_7_bot_3f2a`.
pub fn is_program(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let parts = name.split(['-', '_', '[', ']']);
    KNOWN.contains(&name.as_str()) || parts.skip(1).any(|part| part == "bot")
}

#[cfg(test)]
mod tests {
    use super::is_program;

    #[test]
    fn programs_are_told_from_people() {
        for name in [
            "dependabot[bot]",
            "renovate",
            "acme-bot",
            "project_7_bot_3f2a",
            "GitHub-Actions",
        ] {
            assert!(is_program(name), "{name}");
        }
        for name in ["ada", "abbot", "bot", "robot-fan", "botond-k"] {
            assert!(!is_program(name), "{name}");
        }
    }
}
