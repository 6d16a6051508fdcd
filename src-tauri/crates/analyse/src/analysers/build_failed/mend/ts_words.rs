//! TypeScript: a word its settings demand, such as `type` in an import or `override` before a member.

use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

fn mend(case: &Case<'_>) -> Option<Mend> {
    let (source, line) = case.place()?;
    let text = source.line(line)?;
    let at = source.byte(line, case.error.column?)?;
    match case.error.rule.as_str() {
        "typescript/TS1484" => {
            let open = text.find('{')?;
            (text.trim_start().starts_with("import") && open < at).then_some(())?;
            let change = source.spliced(line, at..at, "type ")?;
            let name = text[at..].split([',', ' ', '}']).next()?;
            Some(Mend::certain(
                format!("Import `{name}` as a type"),
                vec![change],
            ))
        }
        "typescript/TS4114" => {
            // The word stands before those that say more than who may see it.
            let mut start = at;
            while let Some(word) = ["async ", "readonly ", "get ", "set ", "*"]
                .iter()
                .find(|word| text[..start].ends_with(**word))
            {
                start -= word.len();
            }
            let change = source.spliced(line, start..start, "override ")?;
            Some(Mend::certain(
                "Say that the member overrides another",
                vec![change],
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn the_word_the_settings_demand_is_added() {
        check(
            &RULE,
            &[
                (
                    "src/a.ts(1,10): error TS1484: 'Shape' is a type and must be imported using a type-only import when 'verbatimModuleSyntax' is enabled.\n",
                    &[("src/a.ts", "import { Shape, sides } from \"./shape.js\";\n")],
                    "src/a.ts",
                    Some("import { type Shape, sides } from \"./shape.js\";\n"),
                ),
                (
                    "src/a.ts(1,16): error TS4114: This member must have an 'override' modifier because it overrides a member in the base class 'Shape'.\n",
                    &[("src/a.ts", "  public async area() {}\n")],
                    "src/a.ts",
                    Some("  public override async area() {}\n"),
                ),
            ],
        );
    }
}
