//! What others rely on besides functions: environment variables, flags, schemas, the database.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use perch_core::facts::{ChangeStatus, FileChange};
use regex::Regex;

use super::exports::{self, Fate};
use super::language::{DefinitionKind, Language};
use super::role::{self, Role};

/// What sort of promise is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// Rows and columns: what is gone is gone.
    Database,
    /// An exported function, type or constant.
    Code,
    /// `OpenAPI`, GraphQL, protocol buffers.
    Schema,
    /// A command-line flag.
    Flag,
    /// An environment variable.
    Environment,
}

/// A promise that is changed or taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Break {
    pub(crate) promise: Promise,
    /// What users of it call it.
    pub(crate) name: String,
    /// What it is called now, if that is known.
    pub(crate) now: Option<String>,
    /// What happened, one line of Markdown.
    pub(crate) text: String,
    pub(crate) path: String,
    /// The line that shows it: of the file before, if `before`.
    pub(crate) line: u32,
    pub(crate) before: bool,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static ENVIRONMENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?:env::var(?:_os)?\(\s*"|\benv!\(\s*"|process\.env\.|process\.env\[['"]|import\.meta\.env\.|os\.environ(?:\.get\(|\[)\s*['"]|os\.getenv\(\s*['"]|os\.(?:Getenv|LookupEnv)\(\s*"|System\.getenv\(\s*"|\bENV(?:\.fetch\(|\[)\s*['"]|\bgetenv\(\s*")([A-Z][A-Z0-9_]{2,})"#,
    )
});
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?:add_argument\(\s*(?:['"]-\w['"],\s*)?|\.(?:option|requiredOption)\(\s*['"](?:-\w,\s*)?|\.long\(\s*"|\blong\s*=\s*"|\bflag\.\w+\(\s*(?:&\w+,\s*)?"|Flags\(\)\.\w+\(\s*(?:&[\w.]+,\s*)?"|@click\.option\(\s*|\.on\(\s*(?:['"]-\w['"],\s*)?)['"]?(?:--)?([a-z][a-z0-9-]{1,40})"#,
    )
});
static SQL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)\b(drop\s+table(?:\s+if\s+exists)?|drop\s+column(?:\s+if\s+exists)?|rename\s+column|rename\s+to|truncate(?:\s+table)?|drop\s+view(?:\s+if\s+exists)?|drop\s+type(?:\s+if\s+exists)?|alter\s+column)\s+["`\[]?([\w.]+)["`\]]?(.*)"#,
    )
});
static REQUIRED_COLUMN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?["`\[]?(\w+)["`\]]?\s+.*\bnot\s+null\b"#,
    )
});
static GRAPHQL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:type|interface|enum|input|union|scalar)\s+(\w+)|^\s+(\w+)\s*(?:\([^)]*\))?\s*:\s*\S",
    )
});
static PROTO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s*(?:rpc\s+(\w+)|(?:message|enum|service)\s+(\w+)|(?:repeated\s+|optional\s+)?[\w.<>, ]+\s+(\w+)\s*=\s*(\d+)\s*[;\[])",
    )
});
static OPENAPI: LazyLock<Regex> = LazyLock::new(|| regex(r#"^\s{2,6}["']?(/[\w{}/.-]*)["']?\s*:"#));

/// Every promise that `diff` breaks, the gravest first.
pub(crate) fn breaks(diff: &[FileChange]) -> Vec<Break> {
    let mut breaks: Vec<Break> = exports::changes(diff).into_iter().map(of_export).collect();
    breaks.extend(taken_back(diff, &ENVIRONMENT, Promise::Environment));
    breaks.extend(taken_back(diff, &FLAG, Promise::Flag));
    for change in diff {
        schema(change, &mut breaks);
        database(change, &mut breaks);
    }
    breaks.sort_by(|a, b| (a.promise, &a.path, a.line).cmp(&(b.promise, &b.path, b.line)));
    breaks
}

/// Environment variables that code reads now and did not before, with their places.
pub(crate) fn new_variables(diff: &[FileChange]) -> Vec<(String, String, u32)> {
    let (before, after) = (
        named(diff, &ENVIRONMENT, false),
        named(diff, &ENVIRONMENT, true),
    );
    after
        .into_iter()
        .filter(|(name, _)| !before.contains_key(name))
        .map(|(name, (path, line))| (name, path, line))
        .collect()
}

fn of_export(change: exports::ExportChange) -> Break {
    let noun = match change.kind {
        DefinitionKind::Function => "function",
        DefinitionKind::Type => "type",
        DefinitionKind::Constant => "constant",
    };
    let name = &change.name;
    let (text, now, before) = match &change.fate {
        Fate::Removed => (format!("Exported {noun} `{name}` is removed"), None, true),
        Fate::Renamed(to) => (
            format!("Exported {noun} `{name}` is now `{to}`"),
            Some(to.clone()),
            true,
        ),
        Fate::Changed { before, after } => (
            format!("Callers of `{name}` have to change: `{before}` is now `{after}`"),
            Some(name.clone()),
            false,
        ),
    };
    Break {
        promise: Promise::Code,
        text,
        now,
        name: change.name,
        path: change.path,
        line: change.line,
        before,
    }
}

fn named(diff: &[FileChange], pattern: &Regex, after: bool) -> BTreeMap<String, (String, u32)> {
    let mut names = BTreeMap::new();
    for change in diff
        .iter()
        .filter(|change| role::of(&change.path) == Role::Code)
    {
        let Some(language) = Language::of(&change.path) else {
            continue;
        };
        let lines: Box<dyn Iterator<Item = (u32, &str)>> = if after {
            Box::new(change.added())
        } else {
            Box::new(change.removed())
        };
        for (line, text) in lines.filter(|(_, text)| !language.is_comment(text)) {
            for found in pattern.captures_iter(text) {
                names
                    .entry(found[1].to_owned())
                    .or_insert_with(|| (change.path.clone(), line));
            }
        }
    }
    names
}

fn taken_back(diff: &[FileChange], pattern: &Regex, promise: Promise) -> Vec<Break> {
    let (before, after) = (named(diff, pattern, false), named(diff, pattern, true));
    // A line of context that still names it keeps the promise.
    let kept = |name: &str| {
        diff.iter().any(|change| {
            change.hunks.iter().flat_map(|hunk| &hunk.lines).any(|line| {
                matches!(line, perch_core::facts::DiffLine::Context(text) if super::testing::mentions(text, name))
            })
        })
    };
    before
        .into_iter()
        .filter(|(name, _)| !after.contains_key(name) && !kept(name))
        .map(|(name, (path, line))| {
            let (name, what) = match promise {
                Promise::Flag => (format!("--{name}"), "Flag"),
                _ => (name, "Environment variable"),
            };
            Break {
                promise,
                text: format!("{what} `{name}` is no longer read in `{path}`"),
                name,
                now: None,
                path,
                line,
                before: true,
            }
        })
        .collect()
}

fn schema(change: &FileChange, breaks: &mut Vec<Break>) {
    let path = &change.path;
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let described = name.contains("openapi") || name.contains("swagger");
    let (pattern, what): (&Regex, &str) = match role::ending(path).as_str() {
        "graphql" | "gql" => (&GRAPHQL, "GraphQL"),
        "proto" => (&PROTO, "Protocol"),
        "yaml" | "yml" | "json" if described => (&OPENAPI, "API path"),
        _ => return,
    };
    let read = |text: &str| {
        let found = pattern.captures(text)?;
        let name = (1..found.len().min(4)).find_map(|group| found.get(group))?;
        let number = found.get(4).map(|number| number.as_str().to_owned());
        Some((name.as_str().to_owned(), number))
    };
    for (line, text) in change.removed() {
        let Some((name, number)) = read(text) else {
            continue;
        };
        let now = change
            .added()
            .filter_map(|(_, text)| read(text))
            .find(|(other, _)| *other == name);
        let text = match (now, number) {
            (None, _) => format!("{what} `{name}` is removed from the schema"),
            (Some((_, Some(new))), Some(old)) if new != old => {
                format!("{what} field `{name}` changes its number from {old} to {new}")
            }
            _ => continue,
        };
        breaks.push(Break {
            promise: Promise::Schema,
            name,
            now: None,
            text,
            path: path.clone(),
            line,
            before: true,
        });
    }
}

fn database(change: &FileChange, breaks: &mut Vec<Break>) {
    let path = &change.path;
    let migration = role::of(path) == Role::Migration || role::ending(path) == "sql";
    // A migration backwards takes away what the one forwards brings.
    let backwards = path
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| word == "down");
    if !migration || backwards || change.status == ChangeStatus::Removed {
        return;
    }
    for (line, text) in change.added() {
        let code = text.split("--").next().unwrap_or(text);
        let found = if let Some(found) = SQL.captures(code) {
            let verb = found[1]
                .split_whitespace()
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
                .to_ascii_uppercase();
            let rest = found[3].to_ascii_lowercase();
            let narrows = rest.contains("type ") || rest.contains("set not null");
            if verb == "ALTER COLUMN" && !narrows {
                continue;
            }
            let verb = if verb.starts_with("TRUNCATE") {
                "TRUNCATE".to_owned()
            } else {
                verb
            };
            Some((
                found[2].to_owned(),
                format!(
                    "`{verb} {}` changes data that code in use may rely on",
                    &found[2]
                ),
            ))
        } else {
            REQUIRED_COLUMN
                .captures(code)
                .filter(|_| !code.to_ascii_lowercase().contains("default") && !code.to_ascii_lowercase().contains("generated"))
                .map(|found| {
                    let name = found[1].to_owned();
                    let text = format!("Column `{name}` is required without a default: rows that are there make it fail");
                    (name, text)
                })
        };
        if let Some((name, text)) = found {
            breaks.push(Break {
                promise: Promise::Database,
                name,
                now: None,
                text,
                path: change.path.clone(),
                line,
                before: false,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use perch_core::facts::parse_hunks;

    use super::*;

    #[test]
    fn promises_that_are_taken_back_are_seen() {
        for (path, patch, expected) in [
            (
                "src/a.rs",
                "@@ -1 +1 @@\n-let a = std::env::var(\"APP_PORT\");\n+let a = std::env::var(\"APP_LISTEN\");\n",
                vec!["APP_PORT"],
            ),
            (
                "src/a.ts",
                "@@ -1 +1 @@\n-const a = process.env.APP_PORT;\n+const a = Number(process.env.APP_PORT);\n",
                vec![],
            ),
            (
                "a.py",
                "@@ -1 +1 @@\n-p.add_argument('-o', '--out-file')\n+p.add_argument('--output')\n",
                vec!["--out-file"],
            ),
            (
                "src/cli.rs",
                "@@ -1 +1,0 @@\n-    #[arg(long = \"dry-run\")]\n",
                vec!["--dry-run"],
            ),
            (
                "schema.graphql",
                "@@ -1,3 +1,2 @@\n type User {\n-  email: String!\n   id: ID!\n",
                vec!["email"],
            ),
            (
                "a.proto",
                "@@ -1 +1 @@\n-  string name = 2;\n+  string name = 3;\n",
                vec!["name"],
            ),
            (
                "openapi.yaml",
                "@@ -1 +1,0 @@\n-  /users/{id}:\n",
                vec!["/users/{id}"],
            ),
            (
                "db/migrations/1.sql",
                "@@ -0,0 +1,3 @@\n+ALTER TABLE users DROP COLUMN email;\n+ALTER TABLE users ADD COLUMN age int NOT NULL;\n+ALTER TABLE users ADD COLUMN x int NOT NULL DEFAULT 0;\n",
                vec!["email", "age"],
            ),
            (
                "db/migrations/1.down.sql",
                "@@ -0,0 +1 @@\n+DROP TABLE users;\n",
                vec![],
            ),
            (
                "README.md",
                "@@ -1 +1,0 @@\n-Set `process.env.APP_PORT`\n",
                vec![],
            ),
        ] {
            let change = FileChange {
                path: path.into(),
                hunks: parse_hunks(patch),
                ..FileChange::default()
            };
            let names: Vec<String> = breaks(&[change])
                .into_iter()
                .map(|found| found.name)
                .collect();
            assert_eq!(names, expected, "{patch}");
        }
    }
}
