//! A file that is imported, included, declared or built under a name that another file nearly has.

use std::sync::LazyLock;

use regex::Regex;

use super::near::nearest;
use super::source::words;
use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is constant")
}

static SCRIPT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^Cannot find module ['"](\.{1,2}/[^'"]+)['"]"#));
static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^'?([\w./-]+\.(?:h|hh|hpp|hxx|inc))'?(?:: No such file or directory| file not found)")
});
static MODULE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^file not found for module `(\w+)`"));
static PYTHON: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"No module named '(\w+(?:\.\w+)*)\.(\w+)'"));
static TARGET: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"No rule to make target ['`]([\w./-]+)'"));

/// Endings a script may be written with, and those its import may leave out or write instead.
const SCRIPTS: &[&str] = &[
    ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json",
];
/// Endings of what an object file is made from.
const SOURCES: &[&str] = &[".c", ".cc", ".cpp", ".cxx", ".s", ".S", ".m"];

fn mend(case: &Case<'_>) -> Option<Mend> {
    let message = case.error.message.as_str();
    if let Some(found) = SCRIPT.captures(message) {
        let written = found.get(1)?.as_str();
        return script(case, written);
    }
    if let Some(found) = INCLUDE.captures(message) {
        let written = found.get(1)?.as_str();
        let (source, line) = case.place()?;
        let folder = folder(&source.path);
        let (before, name) = split(written);
        let names = names_in(case, &join(folder, before)?);
        let right = nearest(name, names)?;
        return replaced(case, written, &format!("{before}{right}"), line);
    }
    if let Some(found) = MODULE.captures(message) {
        return rust(case, found.get(1)?.as_str());
    }
    if let Some(found) = PYTHON.captures(message) {
        let (package, wrong) = (&found[1], found.get(2)?.as_str());
        let line = case.error.line?;
        let place = package.replace('.', "/");
        let known = modules(case, &place);
        let right = nearest(wrong, known.iter().map(String::as_str))?;
        return replaced(
            case,
            &format!("{package}.{wrong}"),
            &format!("{package}.{right}"),
            line,
        );
    }
    if let Some(found) = TARGET.captures(message) {
        return target(case, found.get(1)?.as_str());
    }
    None
}

/// An import of a script, written with or without an ending.
fn script(case: &Case<'_>, written: &str) -> Option<Mend> {
    let (source, line) = case.place()?;
    let (before, name) = split(written);
    let stem = SCRIPTS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    let place = join(folder(&source.path), before)?;
    let stems: Vec<&str> = names_in(case, &place)
        .into_iter()
        .filter_map(|name| SCRIPTS.iter().find_map(|ending| name.strip_suffix(ending)))
        .collect();
    let right = nearest(stem, stems.iter().copied())?;
    let ending = &name[stem.len()..];
    replaced(case, written, &format!("{before}{right}{ending}"), line)
}

/// A module of Rust that no file is called like.
fn rust(case: &Case<'_>, wrong: &str) -> Option<Mend> {
    let (source, line) = case.place()?;
    let (before, name) = split(&source.path);
    let place = match name.strip_suffix(".rs")? {
        "lib" | "main" | "mod" => before.trim_end_matches('/').to_owned(),
        stem => format!("{before}{stem}"),
    };
    let declared: Vec<&str> = source
        .lines()
        .filter_map(|(_, line)| {
            line.trim()
                .strip_suffix(';')?
                .rsplit_once("mod ")
                .map(|(_, name)| name)
        })
        .collect();
    let files: Vec<&str> = names_in(case, &place)
        .into_iter()
        .filter_map(|name| name.strip_suffix(".rs"))
        .filter(|stem| !matches!(*stem, "lib" | "main" | "mod") && !declared.contains(stem))
        .collect();
    let right = nearest(wrong, files)?;
    replaced(case, wrong, right, line)
}

/// A file make has no rule for. It does not say in which line it is asked for.
fn target(case: &Case<'_>, wrong: &str) -> Option<Mend> {
    let (before, name) = split(wrong);
    let place = before.trim_end_matches('/');
    let files = names_in(case, place);
    let (stem, ending, names): (&str, &str, Vec<&str>) = match name.strip_suffix(".o") {
        Some(stem) => {
            let stems = files
                .iter()
                .filter_map(|file| SOURCES.iter().find_map(|ending| file.strip_suffix(ending)));
            (stem, ".o", stems.collect())
        }
        None => (name, "", files),
    };
    let right = format!("{before}{}{ending}", nearest(stem, names)?);
    let source = ["Makefile", "makefile", "GNUmakefile"]
        .iter()
        .find_map(|name| case.read(&case.resolve(name)?))?;
    let changes: Vec<_> = source
        .lines()
        .filter_map(|(number, line)| {
            let at = words(line, wrong).next()?;
            source.spliced(number, at..at + wrong.len(), &right)
        })
        .collect();
    (!changes.is_empty()).then(|| Mend::guess(format!("Write `{right}` for `{wrong}`"), changes))
}

fn replaced(case: &Case<'_>, wrong: &str, right: &str, line: u32) -> Option<Mend> {
    let source = case.source()?;
    let at = source.word(line, None, wrong)?;
    let change = source.spliced(line, at..at + wrong.len(), right)?;
    Some(Mend::guess(
        format!("Write `{right}` for `{wrong}`"),
        vec![change],
    ))
}

/// The names of the files directly in `folder`.
fn names_in<'a>(case: &Case<'a>, folder: &str) -> Vec<&'a str> {
    case.tree()
        .iter()
        .filter_map(|path| {
            let (before, name) = split(path);
            (before.trim_end_matches('/') == folder).then_some(name)
        })
        .collect()
}

/// The modules and packages of Python directly in `folder`.
fn modules(case: &Case<'_>, folder: &str) -> Vec<String> {
    let inside = format!("{folder}/");
    case.tree()
        .iter()
        .filter_map(|path| {
            let rest = &path[path.rfind(&inside)? + inside.len()..];
            let clear = path.starts_with(&inside) || path.contains(&format!("/{inside}"));
            let name = match rest.split_once('/') {
                None => rest
                    .strip_suffix(".py")
                    .filter(|name| *name != "__init__")?,
                Some((package, "__init__.py")) => package,
                Some(_) => return None,
            };
            clear.then(|| name.to_owned())
        })
        .collect()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path in its folder, with the slash, and its name.
fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |at| at + 1))
}

/// `folder` and the relative `path` below it, as a path of the repository.
fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_file_is_called_by_the_name_it_has() {
        check(
            &RULE,
            &[
                (
                    "src/main.ts(1,23): error TS2307: Cannot find module './Parser.js' or its corresponding type declarations.\n",
                    &[
                        ("src/main.ts", "import { parse } from \"./Parser.js\";\n"),
                        ("src/parser.ts", ""),
                    ],
                    "src/main.ts",
                    Some("import { parse } from \"./parser.js\";\n(a guess)"),
                ),
                (
                    "src/a/main.ts(1,23): error TS2307: Cannot find module '../lib/utlis' or its corresponding type declarations.\n",
                    &[
                        ("src/a/main.ts", "import { x } from \"../lib/utlis\";\n"),
                        ("src/lib/utils.ts", ""),
                    ],
                    "src/a/main.ts",
                    Some("import { x } from \"../lib/utils\";\n(a guess)"),
                ),
                (
                    "src/buffer.c:1:10: fatal error: Buffer.h: No such file or directory\n    1 | #include \"Buffer.h\"\n      |          ^~~~~~~~~~\n",
                    &[
                        ("src/buffer.c", "#include \"Buffer.h\"\n"),
                        ("src/buffer.h", ""),
                    ],
                    "src/buffer.c",
                    Some("#include \"buffer.h\"\n(a guess)"),
                ),
                (
                    "error[E0583]: file not found for module `pasrer`\n --> src/lib.rs:1:1\n  |\n1 | mod pasrer;\n  | ^^^^^^^^^^^\n",
                    &[("src/lib.rs", "mod pasrer;\n"), ("src/parser.rs", "")],
                    "src/lib.rs",
                    Some("mod parser;\n(a guess)"),
                ),
                (
                    "Traceback (most recent call last):\n  File \"/w/root/shop/cart.py\", line 1, in <module>\n    from shop.util import cents\nModuleNotFoundError: No module named 'shop.util'\n",
                    &[
                        ("shop/cart.py", "from shop.util import cents\n"),
                        ("shop/utils.py", ""),
                        ("shop/__init__.py", ""),
                    ],
                    "shop/cart.py",
                    Some("from shop.utils import cents\n(a guess)"),
                ),
                (
                    "make: *** No rule to make target 'mian.o', needed by 'app'.  Stop.\n",
                    &[
                        ("Makefile", "app: mian.o log.o\n\tcc -o $@ $^\n"),
                        ("main.c", ""),
                        ("log.c", ""),
                    ],
                    "Makefile",
                    Some("app: main.o log.o\n\tcc -o $@ $^\n(a guess)"),
                ),
                (
                    "src/main.ts(1,19): error TS2307: Cannot find module './gone.js' or its corresponding type declarations.\n",
                    &[
                        ("src/main.ts", "import { x } from \"./gone.js\";\n"),
                        ("src/parser.ts", ""),
                    ],
                    "src/main.ts",
                    None,
                ),
            ],
        );
    }
}
