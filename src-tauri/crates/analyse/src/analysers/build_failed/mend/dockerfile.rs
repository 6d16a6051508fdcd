//! Dockerfiles: what hadolint wants written otherwise and says exactly how.

use std::sync::LazyLock;

use regex::Regex;

use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

static ARCHIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)://|\.(?:tar|tgz|gz|bz2|xz|zst)\b|\.git\b").expect("the pattern is constant")
});
/// Words a shell would not look at.
static PLAIN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\w./:=,@%+-]+$").expect("the pattern is constant"));
static INSTALL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"apt-get(?: -\S+)* install\b").expect("the pattern is constant"));
static PIP: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bpip3? install\b").expect("the pattern is constant"));
static APT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bapt (install|update|upgrade|remove)\b").expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    let code = case.error.rule.strip_prefix("docker/")?;
    let (source, line) = case.place()?;
    let text = source.line(line)?;
    let (word, rest) = text.trim_start().split_once(char::is_whitespace)?;
    let rest = rest.trim();
    let is = |instruction: &str| word.eq_ignore_ascii_case(instruction);
    let (after, what) = match code {
        "DL3020" if is("ADD") && !ARCHIVE.is_match(rest) => {
            (format!("COPY {rest}"), "Copy with `COPY`".to_owned())
        }
        "DL4000" if is("MAINTAINER") && !rest.contains(['"', '\\', '$']) => (
            format!("LABEL maintainer=\"{rest}\""),
            "Name the maintainer in a label".to_owned(),
        ),
        "DL3025"
            if (is("CMD") || is("ENTRYPOINT"))
                && rest.split_whitespace().all(|word| PLAIN.is_match(word)) =>
        {
            let words: Vec<String> = rest
                .split_whitespace()
                .map(|word| format!("\"{word}\""))
                .collect();
            (
                format!("{word} [{}]", words.join(", ")),
                format!("Give `{word}` as a list"),
            )
        }
        "DL3014" => (added(text, &INSTALL, "-y")?, "Install with `-y`".to_owned()),
        "DL3015" => (
            added(text, &INSTALL, "--no-install-recommends")?,
            "Install without recommended packages".to_owned(),
        ),
        "DL3027" => (
            APT.replace(text, "apt-get $1").into_owned(),
            "Use `apt-get` for `apt`".to_owned(),
        ),
        "DL3042" => (
            added(text, &PIP, "--no-cache-dir")?,
            "Install without a cache".to_owned(),
        ),
        _ => return None,
    };
    Some(Mend::certain(what, vec![source.replaced(line, after)?]))
}

/// `text` with `option` after the only place `command` stands at.
fn added(text: &str, command: &Regex, option: &str) -> Option<String> {
    let mut places = command.find_iter(text);
    let at = places.next()?.end();
    places
        .next()
        .is_none()
        .then(|| format!("{} {option}{}", &text[..at], &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn an_instruction_is_written_as_hadolint_says() {
        let log = |code: &str| format!("Dockerfile:1 {code} warning: whatever it says\n");
        for (code, before, after) in [
            ("DL3020", "ADD server /bin/", Some("COPY server /bin/")),
            ("DL3020", "ADD server.tar.gz /bin/", None),
            (
                "DL4000",
                "MAINTAINER Ada <a@b.org>",
                Some("LABEL maintainer=\"Ada <a@b.org>\""),
            ),
            (
                "DL3025",
                "CMD server --port 8080",
                Some("CMD [\"server\", \"--port\", \"8080\"]"),
            ),
            ("DL3025", "CMD server --port $PORT", None),
            (
                "DL3015",
                "RUN apt-get install -y curl=7.88",
                Some("RUN apt-get install --no-install-recommends -y curl=7.88"),
            ),
            ("DL3027", "RUN apt update", Some("RUN apt-get update")),
            (
                "DL3042",
                "RUN pip install a==1",
                Some("RUN pip install --no-cache-dir a==1"),
            ),
            ("DL3006", "FROM debian", None),
        ] {
            let before = format!("{before}\n");
            let after = after.map(|after| format!("{after}\n"));
            check(
                &RULE,
                &[(
                    &log(code),
                    &[("Dockerfile", &before)],
                    "Dockerfile",
                    after.as_deref(),
                )],
            );
        }
    }
}
