//! What a tool said, for a title: names as code, without the tool's own name and what every such message adds.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// `cc1: fatal error: `, `error: `: who speaks and how loud.
static SPEAKER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[\w.+-]{1,20}: )?(?:fatal )?error: ").expect("the pattern is constant")
});

/// `‘name’`, as GCC and others quote in a UTF-8 locale.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("‘([^‘’`]+)’").expect("the pattern is constant"));

/// What follows the cause and is said again where the fix is.
static ADVICE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i) \(first use in this function\)|(?:[;,.]|\s\() ?did you mean\b.*$")
        .expect("the pattern is constant")
});

/// `message` as a title says it.
pub(super) fn plain(message: &str) -> Cow<'_, str> {
    let said = SPEAKER.replace(message, "");
    let short = ADVICE.replace_all(&said, "");
    if short.trim().is_empty() {
        return Cow::Borrowed(message);
    }
    Cow::Owned(QUOTED.replace_all(&short, "`$1`").into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_the_cause_and_no_more() {
        for (message, expected) in [
            (
                "‘total’ undeclared (first use in this function); did you mean ‘totals’?",
                "`total` undeclared",
            ),
            (
                "cc1: fatal error: nope.c: No such file or directory",
                "nope.c: No such file or directory",
            ),
            (
                "expected ‘;’ before ‘}’ token",
                "expected `;` before `}` token",
            ),
            (
                "Cannot find name 'lenght'. Did you mean 'length'?",
                "Cannot find name 'lenght'",
            ),
            (
                "use of undeclared identifier 'x' (did you mean 'y'?)",
                "use of undeclared identifier 'x'",
            ),
            ("mismatched types", "mismatched types"),
            ("error: ", "error: "),
        ] {
            assert_eq!(plain(message), expected);
        }
    }
}
