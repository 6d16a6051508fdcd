//! TypeScript: a name that exactly one module of the repository exports and the file does not import.

use std::sync::LazyLock;

use regex::Regex;

use super::source::Source;
use super::{Case, Mend, Rule};
use crate::change::language::Language;
use crate::change::role::{self, Role};

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

/// Modules looked through for an export, at most.
const MAX_MODULES: usize = 30;

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^Cannot find name '([\w$]+)'\.$").expect("the pattern is constant")
});
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^import\b.*\bfrom ["'](\.[^"']*)["'];?$"#).expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    let found = NAME.captures(&case.error.message)?;
    let name = found.get(1)?.as_str();
    // Everything is read before anything is missed, so that all of it is asked for at once.
    let source = case.source();
    let settings = case.read("tsconfig.json");
    let exports = Regex::new(&format!(
        r"^export\s+(?:declare\s+)?(?:(?:async\s+)?function\*?|(?:abstract\s+)?class|const|let|enum|(interface|type))\s+{}\b",
        regex::escape(name)
    ))
    .ok()?;
    let modules: Vec<&String> = case
        .tree()
        .iter()
        .filter(|path| Language::of(path) == Some(Language::Script))
        .filter(|path| role::of(path) == Role::Code && !path.ends_with(".d.ts"))
        .collect();
    if modules.len() > MAX_MODULES {
        return None;
    }
    let modules: Vec<Source<'_>> = modules.iter().filter_map(|path| case.read(path)).collect();
    let source = source?;
    let mut exporting = modules
        .iter()
        .filter(|module| module.path != source.path)
        .filter_map(|module| {
            let (_, line) = module.lines().find(|(_, line)| exports.is_match(line))?;
            let is_type = exports.captures(line)?.get(1).is_some();
            Some((&module.path, is_type))
        });
    let (path, is_type) = exporting.next()?;
    if exporting.next().is_some() {
        return None;
    }
    let specifier = specifier(settings.as_ref(), &source, path)?;
    let quote = if source.text.contains("from '") {
        '\''
    } else {
        '"'
    };
    let end = if source.text.contains(";\n") || source.text.is_empty() {
        ";"
    } else {
        ""
    };
    let kind = if is_type { "import type" } else { "import" };
    let line = format!("{kind} {{ {name} }} from {quote}{specifier}{quote}{end}");
    let last = source.lines().rfind(|(_, line)| FROM.is_match(line));
    let change = match last {
        Some((number, _)) => source.inserted(number + 1, vec![line]),
        None => source.inserted(1, vec![line, String::new()]),
    };
    Some(Mend::guess(
        format!("Import `{name}` from \"{specifier}\""),
        vec![change],
    ))
}

/// How the file `source` names the module at `path`: relative, with the ending its other imports have.
fn specifier(settings: Option<&Source<'_>>, source: &Source<'_>, path: &str) -> Option<String> {
    let from: Vec<&str> = source.path.split('/').collect();
    let to: Vec<&str> = path.split('/').collect();
    let common = from
        .iter()
        .zip(&to)
        .take_while(|(left, right)| left == right)
        .count();
    let up = from.len() - 1 - common.min(from.len() - 1);
    let mut parts = vec![".."; up];
    parts.extend(&to[common.min(to.len() - 1)..]);
    let joined = parts.join("/");
    let (stem, ending) = joined.rsplit_once('.')?;
    let before = if up == 0 { "./" } else { "" };
    let written = source
        .lines()
        .find_map(|(_, line)| FROM.captures(line).map(|found| found[1].to_owned()));
    let compiled = match ending {
        "mts" => ".mjs",
        "cts" => ".cjs",
        _ => ".js",
    };
    let ending = match written {
        Some(other) if other.ends_with(&format!(".{ending}")) => format!(".{ending}"),
        Some(other) if other.ends_with("js") => compiled.to_owned(),
        Some(_) => String::new(),
        None => {
            let lower = settings?.text.to_ascii_lowercase();
            if ["\"nodenext\"", "\"node16\"", "\"node18\"", "\"node20\""]
                .iter()
                .any(|kind| lower.contains(kind))
            {
                compiled.to_owned()
            } else {
                String::new()
            }
        }
    };
    Some(format!("{before}{stem}{ending}"))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn the_only_module_that_exports_a_name_is_imported_from() {
        let log = "src/page.ts(2,10): error TS2304: Cannot find name 'price'.\n";
        let settings = (
            "tsconfig.json",
            "{\"compilerOptions\": {\"module\": \"nodenext\"}}\n",
        );
        let page = ("src/page.ts", "export const line = () =>\n  price(1);\n");
        check(
            &RULE,
            &[
                (
                    log,
                    &[
                        settings,
                        page,
                        ("src/money.ts", "export function price(cents: number) {}\n"),
                    ],
                    "src/page.ts",
                    Some(
                        "import { price } from \"./money.js\";\n\nexport const line = () =>\n  price(1);\n(a guess)",
                    ),
                ),
                (
                    log,
                    &[
                        settings,
                        ("src/page.ts", "import { x } from '../lib/x'\nprice(1)\n"),
                        ("lib/money.ts", "export interface price {}\n"),
                    ],
                    "src/page.ts",
                    Some(
                        "import { x } from '../lib/x'\nimport type { price } from '../lib/money'\nprice(1)\n(a guess)",
                    ),
                ),
                (
                    log,
                    &[
                        settings,
                        page,
                        ("src/a.ts", "export const price = 1;\n"),
                        ("src/b.ts", "export const price = 1;\n"),
                    ],
                    "src/page.ts",
                    None,
                ),
            ],
        );
    }
}
