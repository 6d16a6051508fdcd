//! `MSBuild`, `dotnet` and the tools behind them (csc, cl, link, Delphi, `StyleLint` and others), which all write
//! `origin(line,column): category code: message [project]`; every blank and most of the parts are optional.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::compiler::tool_of;
use super::prefixed::without_prefix;
use super::{Report, Tool, View, number, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["warning", "error", ": info ", " hint: "],
    read,
};

/// `path(line,column): warning CODE: message`. A line may be a range, and the end may be told too. Without a code the
/// colon stands off from the category; else it is a test's.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^((?:[A-Za-z]:)?[^:]{1,300}?)[ ]?\((\d+)(?:-\d+)?(?:,(\d+)(?:-\d+)?)?(?:,\d+,\d+)?\)\s?:\s+(?:Hint )?(?i:(fatal error|error|warning|info|hint))(?: ([A-Za-z][A-Za-z_-]{1,30}(?: ?\d+)?|[A-Za-z]{0,5}\d+) ?:| :) (\S.*)$",
    )
});
/// `tool : warning CODE: message`, `file : error CODE: message`.
static ORIGIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^((?:[A-Za-z]:)?[^:\x22]{1,300}?) : (?:Command line )?(fatal error|error|warning) (?:([A-Z]{1,5}\d+) ?)?: (\S.*)$",
    )
});
/// `path(line) Warning: CODE message`, as Delphi writes it, perhaps repeated by its targets file.
static DELPHI: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:.{1,300}\.Targets : (?:warning|error) : )?((?:[A-Za-z]:)?[^:()]{1,300}(?:\(x86\)[^:()]{1,300})?\.\w{1,5})\((\d+)\) (?i:(fatal|error|warning|hint)): ([A-Z]\d{4}) (\S.*)$",
    )
});
/// The project a message is of, behind it.
static PROJECT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(.*\S)\s*\[([^\[\]]{1,300}\.\w{0,12}proj)(?:::[^\[\]]*)?\]$"));
/// The object or library a linker's message is about.
static LINKED: LazyLock<Regex> = LazyLock::new(|| pattern(r"'([^']{1,200}\.(?:obj|lib))'"));

/// What only says that another command failed.
const PASSED_ON: &[&str] = &["LNK1120", "MSB3073", "MSB3721", "MSB6006", "U1077"];

fn read(view: &View<'_>) -> Option<Report> {
    let whole = view.head().trim_end();
    if whole.len() > 20_000 {
        return None;
    }
    let head = without_prefix(whole).1;
    let one = delphi(head)
        .or_else(|| place(head))
        .or_else(|| origin(head))?;
    Some(Report::new(1, one))
}

/// The message without the project behind it, and the project.
fn parted(message: &str) -> (&str, Option<&str>) {
    PROJECT.captures(message).map_or((message, None), |found| {
        let (_, [message, project]) = found.extract();
        (message, Some(project))
    })
}

fn severity(word: &str, code: &str) -> Severity {
    if PASSED_ON.contains(&code) {
        Severity::Consequence
    } else if word.to_ascii_lowercase().contains("error") || word.eq_ignore_ascii_case("fatal") {
        Severity::Error
    } else {
        Severity::Warning
    }
}

fn delphi(head: &str) -> Option<Diagnostic> {
    let found = DELPHI.captures(head)?;
    let rule = format!("delphi/{}", &found[4]);
    let one = Diagnostic::new("delphi", category::COMPILE, rule, &found[5])
        .at(&found[1], number(found.get(2)));
    Some(one.with_severity(severity(&found[3], &found[4])))
}

fn place(head: &str) -> Option<Diagnostic> {
    let found = PLACE.captures(head)?;
    let code = found.get(5).map_or("", |code| code.as_str());
    // The TypeScript compiler writes places alike and has a reader of its own.
    if code.starts_with("TS") {
        return None;
    }
    let path = found[1].trim();
    let one = named(path, code, &found, 6).at(path, number(found.get(2)));
    Some(
        one.with_column(number(found.get(3)))
            .with_severity(severity(&found[4], code)),
    )
}

fn origin(head: &str) -> Option<Diagnostic> {
    let found = ORIGIN.captures(head)?;
    let from = found[1].trim();
    let code = found.get(3).map_or("", |code| code.as_str());
    let is_tool = from.chars().all(|letter| letter.is_ascii_alphanumeric());
    // Many programs write `word : error : …`; MSBuild calls what it runs so.
    if code.is_empty() && !from.eq_ignore_ascii_case("EXEC") || is_tool && from.len() > 12 {
        return None;
    }
    let mut one = named(from, code, &found, 4);
    let linked = || {
        LINKED
            .captures_iter(&found[4])
            .last()
            .map(|file| file[1].to_owned())
    };
    one.path = if is_tool {
        linked().or_else(|| parted(&found[4]).1.map(str::to_owned))
    } else {
        Some(from.to_owned())
    };
    Some(one.with_severity(severity(&found[2], code)))
}

/// The finding of the tool that `path` or `code` belong to; its message is the capture `message`.
fn named(path: &str, code: &str, found: &Captures<'_>, message: usize) -> Diagnostic {
    let (message, _) = parted(&found[message]);
    let letters = code.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let (tool, family) = match tool_of(path) {
        _ if letters == "LNK" => ("link", "c"),
        _ if letters == "CS" => ("csc", "csharp"),
        _ if matches!(letters, "C" | "D") && code.len() == 5 => ("cl", "c"),
        ("cc", family) => ("cl", family),
        ("csc", family) => ("csc", family),
        _ => ("msbuild", "msbuild"),
    };
    let rule = if code.is_empty() { "message" } else { code };
    let rule = format!("{family}/{rule}");
    Diagnostic::new(tool, category::COMPILE, rule, message)
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn every_part_but_origin_and_category_may_be_missing() {
        let log = "src\\a b\\cs.ATG (2242,17):  warning CS0168: never used\n..\\file.c(54): fatal error c1083: cannot open\n17:4>F\\B.cs(229,34): warning CS0168 : a mistake. [C:\\w\\B.csproj]\nC:\\Program Files (x86)\\VC\\memory(1801,1-5): warning C4244: loss\nx/abc.h(334,3): error : undeclared\na.scss(41,17): warning shorthand-values : shorter\n[exec] 23>LINK : fatal error LNK1181: cannot open input file 'T.lib'\ncl : Command line warning D9002: ignoring [C:\\w\\x.vcxproj]\nCSC : error CS5001: no Main [/w/a.csproj]\nEXEC : warning : Project file cannot be found.\n/w/a.csproj : error NU1101: Unable to find package X.\nmain.obj : error LNK2019: unresolved external symbol foo\napp.exe : fatal error LNK1120: 1 unresolved externals\nT.Targets : warning : C:\\D P\\I.pas(469) Warning: W1000 Symbol is deprecated\ntest.cpp(168): error: Expected: (a) <= (b)\nmain.ts(3,1): error TS2304: Cannot find name 'x'.\n";
        let seen: Vec<_> = read_text(log)
            .into_iter()
            .filter(|one| one.tool != "tsc" && one.tool != "gtest")
            .map(|one| {
                let path = one.path.unwrap_or_default();
                (one.rule, path, one.line, one.column, one.severity)
            })
            .collect();
        insta::assert_debug_snapshot!(seen);
    }
}
