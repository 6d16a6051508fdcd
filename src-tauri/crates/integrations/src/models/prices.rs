//! What models cost, from a table of data. Pure.

use std::sync::LazyLock;

use perch_core::seam::model::Price;
use serde::Deserialize;

/// The table as it was last brought up to date.
#[derive(Deserialize)]
struct Table {
    as_of: String,
    prices: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    provider: String,
    /// The model, or what its versions are named after.
    model: String,
    input: f64,
    output: f64,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    serde_json::from_str(include_str!("prices.json")).expect("the table is checked by a test")
});

/// What `model` of `provider` costs, by the longest name in the table that it is named after.
pub fn of(provider: &str, model: &str) -> Option<Price> {
    let rows = TABLE.prices.iter();
    rows.filter(|row| row.provider == provider && is_of(model, &row.model))
        .max_by_key(|row| row.model.len())
        .map(|row| Price {
            input: row.input,
            output: row.output,
        })
}

/// True for `family` itself and what is named after it: `gpt-5-2025-08-07` is a `gpt-5`, `gpt-5.1` is none.
fn is_of(model: &str, family: &str) -> bool {
    let rest = model.strip_prefix(family);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '@', ':']))
}

/// The day the table was last brought up to date: `2026-11-25`.
pub fn as_of() -> &'static str {
    &TABLE.as_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_is_one_and_the_longest_name_decides() {
        assert!(as_of().parse::<jiff::civil::Date>().is_ok());
        for row in &TABLE.prices {
            assert!(row.input > 0.0 && row.output >= row.input, "{}", row.model);
            let alike = |other: &&Row| other.model == row.model && other.provider == row.provider;
            assert_eq!(
                TABLE.prices.iter().filter(alike).count(),
                1,
                "{}",
                row.model
            );
        }
        let mini = of("openai", "gpt-5-mini-2025-08-07").unwrap();
        assert!(mini.input < of("openai", "gpt-5").unwrap().input);
        assert_eq!(of("openai", "gpt-5.99"), None, "a new model is no old one");
    }
}
