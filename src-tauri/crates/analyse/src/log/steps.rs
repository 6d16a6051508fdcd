//! The marks CI systems leave in a log: where a command begins and how it ended.

/// What a line says about the steps of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A command or step begins here.
    Begin,
    /// The step that ends here succeeded.
    Passed,
    /// The step that ends here failed.
    Failed,
}

/// Literals at least one of which stands in every line that [`mark`] answers, but for command echoes.
pub const HINTS: &[&str] = &[
    "##[group]",
    "##[error]",
    "##[section]",
    "exited with",
    "xited with code",
    "ERROR: Job failed",
    "exit status",
    "section_start:",
    "travis_fold:start:",
    "travis_time:start:",
    "marked build as failure",
    "--- ",
    "+++ ",
    "~~~ ",
];

/// What `line`, normalised, says about the steps of the build.
pub fn mark(line: &str) -> Option<Mark> {
    if line.starts_with("$ ") || line.starts_with("##[group]Run ") {
        return Some(Mark::Begin);
    }
    // Travis: `The command "make" exited with 2.` and `… failed and exited with 1 during before_install.`
    if line.starts_with("The command ") {
        if let Some((_, code)) = line.rsplit_once("exited with ") {
            let zero = code.trim_end_matches('.').trim() == "0";
            return Some(if zero { Mark::Passed } else { Mark::Failed });
        }
        if line.contains("\" failed") {
            return Some(Mark::Failed);
        }
        return None;
    }
    let failed = (line.starts_with("##[error]")
        && (line.contains("completed with exit code") || line.contains("exited with code")))
        || line.starts_with("ERROR: Job failed")
        || line.starts_with("Exited with code")
        || line.starts_with("Command exited with code")
        || line.contains("The command exited with status")
        || (line.starts_with("Build step '") && line.ends_with("marked build as failure"));
    if failed {
        return Some(Mark::Failed);
    }
    // Buildkite heads its groups with three signs, and unified diffs do so with file names.
    let begins = line.starts_with("section_start:")
        || line.starts_with("##[section]Starting: ")
        || line.starts_with("travis_fold:start:");
    begins.then_some(Mark::Begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ci_marks_the_end_of_a_failed_step_in_its_own_words() {
        let cases = [
            ("$ cargo test", Some(Mark::Begin)),
            ("##[group]Run cargo test", Some(Mark::Begin)),
            ("The command \"make\" exited with 0.", Some(Mark::Passed)),
            ("The command \"make\" exited with 2.", Some(Mark::Failed)),
            (
                "The command \"npm ci\" failed and exited with 1 during .",
                Some(Mark::Failed),
            ),
            (
                "##[error]Process completed with exit code 101.",
                Some(Mark::Failed),
            ),
            ("##[error]Bash exited with code '1'.", Some(Mark::Failed)),
            ("ERROR: Job failed: exit code 1", Some(Mark::Failed)),
            ("Exited with code exit status 2", Some(Mark::Failed)),
            ("##[error]src/a.ts(1,2): error TS1: x", None),
            ("The command line is long", None),
        ];
        for (line, expected) in cases {
            assert_eq!(mark(line), expected, "{line}");
        }
    }
}
