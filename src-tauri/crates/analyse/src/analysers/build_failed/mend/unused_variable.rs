//! C and Go: a variable that is declared, given at most a plain value, and never used.

use std::sync::LazyLock;

use regex::Regex;

use super::near::nearest;
use super::near_name::undefined;
use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:unused variable [‘'](\w+)['’]|(\w+) declared (?:but|and) not used|declared and not used: (\w+))",
    )
    .expect("the pattern is constant")
});
/// A declaration on a line of its own: whatever stands there has no other effect.
static DECLARATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^\s*(?:
            (?:const\ |unsigned\ |signed\ |static\ |struct\ )*[A-Za-z_]\w*[\s*]+\s*(?P<c>\w+)\s*(?:=\s*(?P<cv>[^;,]+))?;
          | var\ (?P<v>\w+)(?:\ [\w.*\[\]]+)?(?:\s*=\s*(?P<vv>.+))?
          | (?P<g>\w+)\s*:=\s*(?P<gv>.+)
        )\s*$",
    )
    .expect("the pattern is constant")
});
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:-?[\d.]+\w*|'[^'\\]'|"[^"\\]*"|true|false|nil|NULL|nullptr)$"#)
        .expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    let found = NAME.captures(&case.error.message)?;
    let name = found.get(1).or(found.get(2)).or(found.get(3))?.as_str();
    // Where a name is misspelt the variable it means is unused because of that.
    let is_meant = case
        .errors
        .iter()
        .filter_map(|error| undefined(&error.message))
        .any(|wrong| nearest(wrong, [name]).is_some());
    if is_meant {
        return None;
    }
    let (source, line) = case.place()?;
    let declared = DECLARATION.captures(source.line(line)?)?;
    let group = |name: &str| declared.name(name).map(|found| found.as_str().trim());
    let is_it = group("c").or(group("v")).or(group("g")) == Some(name);
    let value = group("cv").or(group("vv")).or(group("gv"));
    if !is_it || value.is_some_and(|value| !PLAIN.is_match(value)) {
        return None;
    }
    Some(Mend::guess(
        format!("Remove the unused variable `{name}`"),
        vec![source.removed(line)?],
    ))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_declaration_without_an_effect_goes() {
        let go = |line: &str| format!("package a\n\nfunc f() {{\n\t{line}\n}}\n");
        let log = "# example.org/a\n./a.go:4:2: limit declared but not used\n";
        check(
            &RULE,
            &[
                (
                    log,
                    &[("a.go", &go("limit := 10"))],
                    "a.go",
                    Some("package a\n\nfunc f() {\n}\n(a guess)"),
                ),
                (log, &[("a.go", &go("limit := read()"))], "a.go", None),
                (
                    log,
                    &[("a.go", &go("var limit int"))],
                    "a.go",
                    Some("package a\n\nfunc f() {\n}\n(a guess)"),
                ),
                (
                    "a.c:2:13: error: unused variable ‘error’ [-Werror=unused-variable]\n",
                    &[("a.c", "{\n\tint error;\n}\n")],
                    "a.c",
                    Some("{\n}\n(a guess)"),
                ),
                (
                    "a.c:2:13: error: unused variable ‘error’ [-Werror=unused-variable]\n",
                    &[("a.c", "{\n\tint error = f();\n}\n")],
                    "a.c",
                    None,
                ),
                (
                    "# a\n./a.go:4:2: limit declared but not used\n./a.go:5:9: undefined: limti\n",
                    &[(
                        "a.go",
                        "package a\n\nfunc f() int {\n\tlimit := 10\n\treturn limti\n}\n",
                    )],
                    "a.go",
                    None,
                ),
            ],
        );
    }
}
