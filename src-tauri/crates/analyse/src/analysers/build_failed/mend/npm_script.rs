//! package.json: a script that calls another one by a name it nearly has.

use std::sync::LazyLock;

use regex::Regex;

use super::near::nearest;
use super::source::words;
use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

static MISSING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^Missing script: "([^"]+)"$"#).expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    let wrong = MISSING.captures(&case.error.message)?.get(1)?.as_str();
    let source = case.read(&case.resolve("package.json")?)?;
    let manifest: serde_json::Value = serde_json::from_str(source.text).ok()?;
    let scripts = manifest.get("scripts")?.as_object()?;
    let right = nearest(wrong, scripts.keys().map(String::as_str))?;
    let changes: Vec<_> = source
        .lines()
        .filter_map(|(number, line)| {
            let at = words(line, wrong).find(|&at| {
                let before = line[..at].trim_end();
                before.ends_with("npm run") || before.ends_with("npm run-script")
            })?;
            source.spliced(number, at..at + wrong.len(), right)
        })
        .collect();
    (!changes.is_empty())
        .then(|| Mend::guess(format!("Call the script `{right}`, not `{wrong}`"), changes))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_script_is_called_by_the_name_it_has() {
        let log = "npm error Missing script: \"biuld\"\n";
        check(
            &RULE,
            &[
                (
                    log,
                    &[(
                        "package.json",
                        "{\"scripts\": {\n\"build\": \"tsc\",\n\"ci\": \"npm run biuld && npm t\"\n}}\n",
                    )],
                    "package.json",
                    Some(
                        "{\"scripts\": {\n\"build\": \"tsc\",\n\"ci\": \"npm run build && npm t\"\n}}\n(a guess)",
                    ),
                ),
                // Called by hand.
                (
                    log,
                    &[("package.json", "{\"scripts\": {\"build\": \"tsc\"}}\n")],
                    "package.json",
                    None,
                ),
            ],
        );
    }
}
