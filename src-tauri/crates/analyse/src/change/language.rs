//! The languages whose definitions are read, and how a line defines something in each.

use std::sync::LazyLock;

use regex::Regex;

/// A language, as far as definitions are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Language {
    Rust,
    /// TypeScript and JavaScript.
    Script,
    Python,
    Go,
    Java,
    Ruby,
    /// C and C++.
    C,
}

/// A line that defines something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) kind: DefinitionKind,
    /// Others outside the file's module or class may use it.
    pub(crate) exported: bool,
    /// Columns of white space before it.
    pub(crate) indent: usize,
}

/// What is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefinitionKind {
    Function,
    Type,
    Constant,
}

struct Patterns {
    functions: Vec<Regex>,
    types: Vec<Regex>,
}

fn patterns(functions: &[&str], types: &[&str]) -> Patterns {
    let compile = |sources: &[&str]| {
        sources
            .iter()
            .map(|source| Regex::new(source).expect("the pattern is constant"))
            .collect()
    };
    Patterns {
        functions: compile(functions),
        types: compile(types),
    }
}

// Groups: `name` always; `vis` where visibility is written; `const` for constants.
static RUST: LazyLock<Patterns> = LazyLock::new(|| {
    patterns(
        &[
            r#"^\s*(?P<vis>pub(?:\([^)]*\))?\s+)?(?:default\s+)?(?:const\s+)?(?:async\s+)?(?:unsafe\s+)?(?:extern\s+"[^"]*"\s+)?fn\s+(?P<name>\w+)"#,
        ],
        &[
            r"^\s*(?P<vis>pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?(?:struct|enum|trait|union|type)\s+(?P<name>\w+)",
            r"^\s*(?P<vis>pub(?:\([^)]*\))?\s+)?(?P<const>const|static)\s+(?:mut\s+)?(?P<name>[A-Z]\w+)\s*:",
        ],
    )
});
static SCRIPT: LazyLock<Patterns> = LazyLock::new(|| {
    patterns(
        &[
            r"^\s*(?P<vis>export\s+)?(?:default\s+)?(?:declare\s+)?(?:async\s+)?function\s*\*?\s*(?P<name>[\w$]+)",
            r"^\s*(?P<vis>export\s+)?(?:const|let|var)\s+(?P<name>[\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*(?::[^=]+)?=>|\w+\s*=>|\(\s*$)",
            r"^\s+(?:(?:public|private|protected|static|async|override|get|set)\s+)*(?P<name>[\w$]+)\s*\([^;=]*\)\s*(?::[^={]+)?\{\s*$",
        ],
        &[
            r"^(?P<vis>export\s+)(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:class|interface|enum|type)\s+(?P<name>[\w$]+)",
            r"^(?P<vis>export\s+)(?:declare\s+)?(?P<const>const|let|var)\s+(?P<name>[\w$]+)",
        ],
    )
});
static PYTHON: LazyLock<Patterns> = LazyLock::new(|| {
    patterns(
        &[r"^\s*(?:async\s+)?def\s+(?P<name>\w+)\s*\("],
        &[r"^class\s+(?P<name>\w+)"],
    )
});
static GO: LazyLock<Patterns> = LazyLock::new(|| {
    patterns(
        &[r"^func\s+(?:\([^)]*\)\s*)?(?P<name>\w+)\s*[\[(]"],
        &[
            r"^type\s+(?P<name>\w+)\s",
            r"^(?P<const>const|var)\s+(?P<name>\w+)\s",
        ],
    )
});
static JAVA: LazyLock<Patterns> = LazyLock::new(|| {
    patterns(
        &[
            r"^\s+(?P<vis>(?:(?:public|protected|private|static|final|abstract|synchronized|default|override|suspend|open|internal)\s+)*)(?:fun\s+|<[^>]+>\s*)?(?:[\w.]+(?:<[^()]*>)?(?:\[\])*\s+)?(?P<name>\w+)\s*\([^;]*\)?[^;=]*\{?\s*$",
        ],
        &[
            r"^\s*(?P<vis>(?:(?:public|protected|private|static|final|abstract|sealed)\s+)*)(?:class|interface|enum|record)\s+(?P<name>\w+)",
        ],
    )
});
static RUBY: LazyLock<Patterns> = LazyLock::new(|| {
    patterns(
        &[r"^\s*def\s+(?:self\.)?(?P<name>\w+[?!=]?)"],
        &[r"^\s*(?:class|module)\s+(?P<name>[A-Z][\w:]*)"],
    )
});
static C: LazyLock<Patterns> = LazyLock::new(|| {
    patterns(
        &[r"^(?P<vis>[A-Za-z_][\w:<>,*&\s]*?[\s*&])(?P<name>~?[A-Za-z_][\w:~]*)\s*\([^;]*$"],
        &[r"^(?:typedef\s+)?(?:struct|enum|union|class)\s+(?P<name>\w+)\s*(?:[:{]|$)"],
    )
});

/// What stands where a definition's name could and is none.
const KEYWORDS: &[&str] = &[
    "if",
    "for",
    "while",
    "switch",
    "catch",
    "return",
    "function",
    "else",
    "match",
    "do",
    "try",
    "new",
    "throw",
    "await",
    "yield",
    "with",
    "super",
    "constructor",
    "synchronized",
    "when",
    "case",
    "sizeof",
    "defined",
    "assert",
];

impl Language {
    /// The language of the file at `path`, by its ending.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?;
        let (_, ending) = name.rsplit_once('.')?;
        Some(match ending {
            "rs" => Self::Rust,
            "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" | "svelte" | "vue" => {
                Self::Script
            }
            "py" | "pyi" => Self::Python,
            "go" => Self::Go,
            "java" | "kt" => Self::Java,
            "rb" => Self::Ruby,
            "c" | "h" | "cc" | "cpp" | "cxx" | "hh" | "hpp" | "hxx" => Self::C,
            _ => return None,
        })
    }

    /// True if `line` says nothing a program would do: blank, a comment, a brace, an import.
    pub(crate) fn is_trivial(self, line: &str) -> bool {
        let text = line.trim();
        let comment: &[&str] = match self {
            Self::Python => &["#", "\"\"\"", "'''"],
            Self::Ruby => &["#"],
            _ => &["//", "/*", "*"],
        };
        let import: &[&str] = match self {
            Self::Rust => &["use ", "pub use ", "mod ", "pub mod ", "#[", "#!["],
            Self::Script => &["import ", "export * ", "export {"],
            Self::Python => &["import ", "from ", "@"],
            Self::Go => &["import ", "package "],
            Self::Java => &["import ", "package ", "@"],
            Self::Ruby => &["require ", "require_relative ", "include "],
            Self::C => &["#include", "using "],
        };
        !text.contains(|c: char| c.is_alphanumeric())
            || comment.iter().any(|start| text.starts_with(start))
            || import.iter().any(|start| text.starts_with(start))
            || matches!(
                text,
                "else" | "else {" | "} else {" | "else:" | "end" | "begin" | "try {" | "try:"
            )
    }

    /// True if `line` is a comment.
    pub(crate) fn is_comment(self, line: &str) -> bool {
        let text = line.trim_start();
        match self {
            Self::Python | Self::Ruby => text.starts_with('#'),
            _ => text.starts_with("//") || text.starts_with("/*") || text.starts_with("* "),
        }
    }

    /// What `line` defines, if it begins a definition.
    pub(crate) fn definition(self, line: &str) -> Option<Definition> {
        if self.is_comment(line) {
            return None;
        }
        let patterns = match self {
            Self::Rust => &RUST,
            Self::Script => &SCRIPT,
            Self::Python => &PYTHON,
            Self::Go => &GO,
            Self::Java => &JAVA,
            Self::Ruby => &RUBY,
            Self::C => &C,
        };
        let found = |regexes: &[Regex]| {
            regexes
                .iter()
                .find_map(|regex| regex.captures(line))
                .and_then(|found| {
                    let name = found.name("name")?.as_str();
                    let visibility = found.name("vis").map(|vis| vis.as_str().trim().to_owned());
                    let constant = found.name("const").is_some();
                    let call_like = matches!(self, Self::Script | Self::Java | Self::C);
                    (!call_like || !KEYWORDS.contains(&name))
                        .then(|| (name.to_owned(), visibility, constant))
                })
        };
        let indent = line.len() - line.trim_start().len();
        let (name, visibility, kind) = if let Some((name, vis, _)) = found(&patterns.functions) {
            (name, vis, DefinitionKind::Function)
        } else {
            let (name, vis, constant) = found(&patterns.types)?;
            let kind = if constant {
                DefinitionKind::Constant
            } else {
                DefinitionKind::Type
            };
            (name, vis, kind)
        };
        let visibility = visibility.as_deref().unwrap_or_default();
        if self == Self::C
            && ["return", "else", "static_assert", "#"]
                .iter()
                .any(|word| line.trim_start().starts_with(word))
        {
            return None;
        }
        let exported = match self {
            Self::Rust => visibility == "pub",
            Self::Script => visibility.starts_with("export"),
            Self::Python => indent == 0 && !name.starts_with('_'),
            Self::Go => name.starts_with(|c: char| c.is_uppercase()),
            Self::Java => visibility.contains("public"),
            Self::Ruby => indent <= 2,
            Self::C => indent == 0 && !visibility.starts_with("static"),
        };
        Some(Definition {
            name,
            kind,
            exported,
            indent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_read_in_every_language() {
        use Language::*;
        for (language, line, expected) in [
            (
                Rust,
                "pub async fn parse_range(text: &str) -> Result<Range> {",
                Some(("parse_range", true)),
            ),
            (
                Rust,
                "    pub(crate) fn inner(&self) {",
                Some(("inner", false)),
            ),
            (Rust, "pub struct Range {", Some(("Range", true))),
            (Rust, "pub const LIMIT: usize = 3;", Some(("LIMIT", true))),
            (Rust, "    let fnord = 3;", None),
            (Rust, "// fn old() {", None),
            (
                Script,
                "export async function loadUser(id: string) {",
                Some(("loadUser", true)),
            ),
            (
                Script,
                "const sum = (a: number, b: number): number => a + b",
                Some(("sum", false)),
            ),
            (
                Script,
                "export const useCart = () => {",
                Some(("useCart", true)),
            ),
            (
                Script,
                "  async fetch(url: string): Promise<Response> {",
                Some(("fetch", false)),
            ),
            (Script, "  if (a) {", None),
            (Script, "export interface User {", Some(("User", true))),
            (Script, "  render(<App />);", None),
            (
                Python,
                "async def fetch(url: str) -> bytes:",
                Some(("fetch", true)),
            ),
            (Python, "    def _inner(self):", Some(("_inner", false))),
            (Python, "class Cart(Base):", Some(("Cart", true))),
            (
                Go,
                "func (s *Server) Listen(addr string) error {",
                Some(("Listen", true)),
            ),
            (
                Go,
                "func parse(text string) (int, error) {",
                Some(("parse", false)),
            ),
            (Go, "type Config struct {", Some(("Config", true))),
            (
                Java,
                "    public static List<String> names(int limit) {",
                Some(("names", true)),
            ),
            (
                Java,
                "    private void close() throws IOException {",
                Some(("close", false)),
            ),
            (Java, "        return compute(a, b);", None),
            (Java, "        compute(a, b);", None),
            (Ruby, "  def total_price", Some(("total_price", true))),
            (Ruby, "  def self.valid?(value)", Some(("valid?", true))),
            (
                C,
                "static int parse(const char *text) {",
                Some(("parse", false)),
            ),
            (C, "int main(int argc, char **argv)", Some(("main", true))),
            (C, "    return parse(text);", None),
        ] {
            let found = language.definition(line);
            assert_eq!(
                found
                    .as_ref()
                    .map(|found| (found.name.as_str(), found.exported)),
                expected,
                "{line}"
            );
        }
    }
}
