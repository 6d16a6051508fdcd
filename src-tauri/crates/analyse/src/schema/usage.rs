//! Where code names a table or a column. By words, not by meaning: a line that names the column counts where its file names
//! the table as well.

use std::collections::BTreeMap;

use super::text::places;

/// Files of code, by what their names end with.
const CODE: &[&str] = &[
    ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".svelte", ".vue", ".astro", ".py", ".rb", ".go",
    ".rs", ".dart", ".swift", ".kt", ".java", ".cs", ".php", ".ex", ".exs", ".sql", ".graphql",
    ".prisma",
];

/// Parts of paths that suggest code near the database; files that have one are read first.
const NEAR: &[&str] = &[
    "supabase",
    "database",
    "/db",
    "queries",
    "query",
    "model",
    "repositor",
    "types",
    "schema",
    "api",
    "server",
    "store",
    "lib/",
    "actions",
    "hooks",
];

/// Folders of what others wrote or programs made.
const FOREIGN: &[&str] = &[
    "node_modules/",
    "vendor/",
    "dist/",
    "build/",
    ".next/",
    "target/",
];

/// A line that names what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The file.
    pub path: String,
    /// The 1-based line.
    pub line: u32,
    /// The line, without blanks around it.
    pub text: String,
}

/// The files worth reading in search of `table`, the likeliest first, at most `most`.
pub fn candidates<'a>(tree: &'a [String], table: &str, most: usize) -> Vec<&'a str> {
    let word = table.to_lowercase();
    let mut found: Vec<(usize, &str)> = tree
        .iter()
        .map(String::as_str)
        .filter(|path| CODE.iter().any(|end| path.ends_with(end)))
        .filter(|path| !FOREIGN.iter().any(|part| path.contains(part)))
        .filter(|path| !path.starts_with("supabase/migrations/"))
        .map(|path| {
            let lower = path.to_lowercase();
            let own = usize::from(lower.contains(&word)) * 4;
            let near = NEAR.iter().filter(|part| lower.contains(**part)).count();
            (own + near.min(3), path)
        })
        .collect();
    found.sort_by_key(|(weight, path)| (std::cmp::Reverse(*weight), *path));
    found.into_iter().take(most).map(|(_, path)| path).collect()
}

/// The lines that name `column` in files that name `table`; without a column, those that name the table.
pub fn uses(
    files: &BTreeMap<String, String>,
    table: &str,
    column: Option<&str>,
    most: usize,
) -> Vec<Use> {
    let mut found = Vec::new();
    for (path, text) in files {
        let is_code = CODE.iter().any(|end| path.ends_with(end));
        if !is_code || !names(text, table) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if names(line, column.unwrap_or(table)) {
                found.push(Use {
                    path: path.clone(),
                    line: u32::try_from(number + 1).unwrap_or(u32::MAX),
                    text: line.trim().chars().take(160).collect(),
                });
                if found.len() == most {
                    return found;
                }
            }
        }
    }
    found
}

/// True where `name` stands as a word, quoted or not, also as code in camel case writes it.
fn names(text: &str, name: &str) -> bool {
    let word = |text: &str, name: &str| {
        places(text, name).next().is_some()
            || ['"', '\'', '`'].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}")))
            // In lists of columns: `select('id, due')`.
            || text.match_indices(name).any(|(at, _)| {
                let inside = |c: char| c.is_alphanumeric() || c == '_';
                !text[..at].ends_with(inside) && !text[at + name.len()..].starts_with(inside)
            })
    };
    let camel = camel(name);
    word(text, name) || (camel != name && word(text, &camel))
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_').filter(|part| !part.is_empty());
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        text.push_str(letters.as_str());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_where_its_table_is_named() {
        let files = BTreeMap::from([
            (
                "src/todos.ts".to_owned(),
                "const todos = supabase.from('todos')\n  .select('id, due_date')\nrow.dueDate\nrow.due_dates\n".to_owned(),
            ),
            ("src/other.ts".to_owned(), "due_date\n".to_owned()),
            ("README.md".to_owned(), "todos due_date\n".to_owned()),
        ]);
        let found: Vec<(String, u32)> = uses(&files, "todos", Some("due_date"), 10)
            .into_iter()
            .map(|one| (one.path, one.line))
            .collect();
        assert_eq!(
            found,
            [
                ("src/todos.ts".to_owned(), 2),
                ("src/todos.ts".to_owned(), 3)
            ]
        );
        assert_eq!(uses(&files, "todos", None, 10).len(), 1);
    }

    #[test]
    fn files_near_the_database_are_read_first() {
        let tree: Vec<String> = [
            "a/button.tsx",
            "node_modules/x/todos.ts",
            "src/db/todos.ts",
            "src/lib/api.ts",
            "x.md",
        ]
        .map(str::to_owned)
        .into();
        assert_eq!(
            candidates(&tree, "todos", 9),
            ["src/db/todos.ts", "src/lib/api.ts", "a/button.tsx"]
        );
    }
}
