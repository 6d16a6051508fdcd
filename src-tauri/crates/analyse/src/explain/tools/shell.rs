//! Shells: commands and files that are not there, and programs the system ended.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::Diagnostic;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "command not found",
        ": not found",
        "no such file or directory",
        "permission denied",
        "killed",
        "segmentation fault",
        "no space left",
        "cannot allocate memory",
        "syntax error",
    ],
    read,
};

static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\S*(?:sh|functions|job_stages|\.bash|build\w*): (?:line )?\d+: (.+): (No such file or directory|Permission denied)$",
    )
});
static SYNTAX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(\S+): (?:line )?(\d+): ((?i:syntax error)\b.*|unexpected EOF while .*)$")
});
static ENDED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:.*: line \d+:\s+\d+ |.*: )?(segmentation fault|killed|no space left on device|cannot allocate memory)\b",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    if let Some(found) = SCRIPT.captures(head) {
        let refused = &found[2] == "Permission denied";
        let rule = if refused {
            "shell/not-executable"
        } else {
            "shell/no-such-file"
        };
        let mut diagnostic = Diagnostic::new(
            "shell",
            category::ENVIRONMENT,
            rule,
            format!("{}: {}", &found[1], &found[2]),
        );
        if refused && found[1].starts_with("./") && !found[1].contains([' ', '\'', '"']) {
            diagnostic = diagnostic.with_command(format!("chmod +x {}", &found[1]));
        }
        return Some(Report::new(1, diagnostic));
    }
    if let Some(found) = SYNTAX.captures(head) {
        let len = view.while_holds(1, |line| {
            SYNTAX
                .captures(line)
                .is_some_and(|next| next[1] == found[1])
                || line.starts_with(&format!("{}: ", &found[1])) && line.ends_with('\'')
        });
        let diagnostic = Diagnostic::new("shell", category::COMPILE, "shell/syntax", &found[3])
            .at(&found[1], found[2].parse().ok());
        return Some(Report::new(len, diagnostic));
    }
    if let Some(name) = missing(head) {
        let diagnostic = Diagnostic::new(
            "shell",
            category::ENVIRONMENT,
            "shell/command-not-found",
            format!("{name}: command not found"),
        );
        return Some(Report::new(1, diagnostic));
    }
    let found = ENDED.captures(head)?;
    let (category, rule) = match found[1].to_ascii_lowercase().as_str() {
        "segmentation fault" => (category::CRASH, "shell/segmentation-fault"),
        "killed" => (category::RESOURCES, "shell/killed"),
        _ => (category::RESOURCES, "shell/resources"),
    };
    (head.len() < 300).then(|| Report::new(1, Diagnostic::new("shell", category, rule, head)))
}

/// The command a shell did not find: before the words in most shells, after them in zsh.
fn missing(line: &str) -> Option<&str> {
    let is_name = |name: &&str| {
        !name.is_empty()
            && name
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "./_+-".contains(character))
    };
    if let Some((_, name)) = line.split_once("command not found: ") {
        return Some(name.trim()).filter(is_name);
    }
    let before = line.strip_suffix(": command not found").or_else(|| {
        line.strip_suffix(": not found")
            .filter(|before| before.contains("sh: "))
    })?;
    before.rsplit(": ").next().map(str::trim).filter(is_name)
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn what_the_machine_lacks_is_named() {
        let log = "bash: line 3: cargo-nextest: command not found\nsh: 1: tsc: not found\nzsh: command not found: pnpm\n./ci.sh: line 78: test/run.sh: No such file or directory\nsh: 1: ./build.sh: Permission denied\nrelease.sh: 7: Syntax error: end of file unexpected (expecting \"fi\")\n./a.sh: line 3: syntax error near unexpected token `done'\n./a.sh: line 3: `done'\nbash: line 9:  4711 Killed                  make -j8\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
