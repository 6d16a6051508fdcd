//! npm, Yarn and pnpm: what could not be installed, and the many lines that only repeat a failed script.

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "npm err!",
        "npm error",
        "err_pnpm_",
        "error command failed",
        "your lockfile needs to be updated",
        "elifecycle",
        "yn0028",
        "error an unexpected error",
    ],
    read,
};

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim();
    if head.contains("ERR_PNPM_OUTDATED_LOCKFILE")
        || head.contains("ERR_PNPM_LOCKFILE_CONFIG_MISMATCH")
    {
        return Some(lockfile(
            "pnpm",
            head,
            1,
            "pnpm install --no-frozen-lockfile",
        ));
    }
    if head.contains("Your lockfile needs to be updated") || head.contains("YN0028") {
        return Some(lockfile("yarn", head, 1, "yarn install"));
    }
    if head.contains("ERR_PNPM_") {
        return Some(Report::new(
            1,
            Diagnostic::new("pnpm", category::DEPENDENCY, "pnpm/install", head),
        ));
    }
    if head.starts_with("error An unexpected error") {
        return Some(Report::new(
            1,
            Diagnostic::new("yarn", category::DEPENDENCY, "yarn/install", head),
        ));
    }
    let mark = ["npm ERR!", "npm error"]
        .into_iter()
        .find(|mark| head.starts_with(mark));
    let Some(mark) = mark else {
        let diagnostic = Diagnostic::new("yarn", category::OTHER, "yarn/script", head)
            .with_severity(Severity::Consequence);
        return (head.starts_with("error Command failed") || head.contains("ELIFECYCLE"))
            .then(|| Report::new(1, diagnostic));
    };
    let len = view.while_holds(1, |line| line.starts_with(mark));
    let said = |word: &str| {
        (0..len)
            .map(|offset| view.get(offset))
            .find(|line| line.contains(word))
    };
    if said("can only install packages when your package.json and package-lock.json").is_some() {
        return Some(lockfile("npm", head, len, "npm install"));
    }
    if let Some(missing) = said("Missing script: ") {
        let message = missing.strip_prefix(mark).unwrap_or(missing).trim();
        return Some(Report::new(
            len,
            Diagnostic::new("npm", category::CONFIG, "npm/missing-script", message),
        ));
    }
    let code = (0..len).find_map(|offset| {
        view.get(offset)
            .strip_prefix(mark)?
            .trim()
            .strip_prefix("code ")
    });
    let causes = [
        "ERESOLVE",
        "E404",
        "ETARGET",
        "EBADENGINE",
        "ENOTFOUND",
        "ECONNRESET",
        "ETIMEDOUT",
        "E401",
        "E403",
        "EINTEGRITY",
        "EUSAGE",
        "EJSONPARSE",
    ];
    let Some(code) = code.filter(|code| causes.contains(&code.trim())) else {
        let diagnostic = Diagnostic::new("npm", category::OTHER, "npm/script", head)
            .with_severity(Severity::Consequence);
        return Some(Report::new(len, diagnostic));
    };
    let category = match code {
        "ENOTFOUND" | "ECONNRESET" | "ETIMEDOUT" => category::NETWORK,
        "E401" | "E403" => category::AUTH,
        "EBADENGINE" => category::ENVIRONMENT,
        "EJSONPARSE" => category::CONFIG,
        _ => category::DEPENDENCY,
    };
    let message = (0..len)
        .filter_map(|offset| view.get(offset).strip_prefix(mark))
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("code "))
        .unwrap_or(code);
    Some(Report::new(
        len.min(25),
        Diagnostic::new("npm", category, format!("npm/{code}"), message),
    ))
}

fn lockfile(tool: &'static str, head: &str, len: usize, command: &str) -> Report {
    let diagnostic = Diagnostic::new(tool, category::DEPENDENCY, format!("{tool}/lockfile"), head)
        .with_command(command);
    Report::new(len, diagnostic)
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn a_stale_lock_file_has_a_command_and_a_failed_script_is_a_consequence() {
        let log = "npm ERR! code EUSAGE\nnpm ERR! `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync.\n\nnpm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree\n\nnpm error Missing script: \"biuld\"\nnpm error To see a list of scripts, run:\n\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno 1\n\n ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\"\nerror Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.\nerror Command failed with exit code 1.\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
