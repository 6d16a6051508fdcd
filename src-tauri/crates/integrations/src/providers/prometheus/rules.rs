//! What the server's own rules watch: recorded series, and the left sides of alerts' comparisons. Pure.

use perch_core::metric::Better;
use serde_json::Value;

use crate::payload::{list, text};
use crate::series::Query;

/// Queries taken from rules at most.
const MOST: usize = 60;

/// The queries of rules, each once.
pub(super) fn queries(data: &Value) -> Vec<Query> {
    let mut found: Vec<Query> = Vec::new();
    for rule in list(data, "/groups").flat_map(|group| list(group, "/rules")) {
        let Some(query) = query(rule) else { continue };
        if found.iter().all(|known| known.text != query.text) && found.len() < MOST {
            found.push(query);
        }
    }
    found
}

fn query(rule: &Value) -> Option<Query> {
    let name = text(rule, "/name")?;
    match text(rule, "/type")? {
        "recording" => Some(Query::of(name)),
        "alerting" => {
            let (query, better) = compared(text(rule, "/query")?)?;
            Some(Query {
                name: name.to_owned(),
                text: query,
                better,
            })
        }
        _ => None,
    }
}

/// The left side of `left > number` or `left < number`, and which way is better by it. A comparison within parentheses,
/// with something else than a number, or joined with others is none.
fn compared(condition: &str) -> Option<(String, Better)> {
    let mut depth = 0_i32;
    let mut quote = None;
    let mut found = Vec::new();
    let mut escaped = false;
    for (at, letter) in condition.char_indices() {
        if let Some(open) = quote {
            match letter {
                _ if escaped => escaped = false,
                '\\' if open != '`' => escaped = true,
                _ if letter == open => quote = None,
                _ => {}
            }
            continue;
        }
        match letter {
            '"' | '\'' | '`' => quote = Some(letter),
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth -= 1,
            '>' | '<' if depth == 0 => found.push((at, letter)),
            _ => {}
        }
    }
    let [(at, letter)] = found[..] else {
        return None;
    };
    let left = condition[..at].trim();
    let right = condition[at + 1..].trim_start_matches('=').trim();
    let number = right.parse::<f64>().is_ok_and(f64::is_finite);
    let alone = !left
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| matches!(word, "and" | "or" | "unless"));
    (number && alone && !left.is_empty()).then(|| {
        let better = if letter == '>' {
            Better::Lower
        } else {
            Better::Higher
        };
        (left.to_owned(), better)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_alert_watches_the_left_side_of_its_comparison() {
        for (condition, expected) in [
            (
                "histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m]))) > 0.5",
                Some((
                    "histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))",
                    Better::Lower,
                )),
            ),
            (
                "up{job=\"a>b\"} < 1",
                Some(("up{job=\"a>b\"}", Better::Higher)),
            ),
            (
                "errors / requests >= 1e-2",
                Some(("errors / requests", Better::Lower)),
            ),
            ("a > b", None),
            ("a > 1 and b > 2", None),
            ("(a > 1) and b < 2", None),
            ("absent(up)", None),
            ("> 1", None),
            ("", None),
        ] {
            let expected = expected.map(|(left, better)| (left.to_owned(), better));
            assert_eq!(compared(condition), expected, "{condition}");
        }
    }

    #[test]
    fn each_query_of_the_rules_is_taken_once_and_what_is_no_rule_is_passed_over() {
        let data = json!({"groups": [{"rules": [
            {"type": "recording", "name": "job:latency:p99", "query": "x"},
            {"type": "recording", "name": "job:latency:p99", "query": "y"},
            {"type": "alerting", "name": "Slow", "query": "job:latency:p99 > 1"},
            {"type": "alerting", "name": "Errors", "query": "errors > 1"},
            {"type": "other", "name": "x", "query": "y"},
            7,
        ]}, {"rules": null}]});
        let names: Vec<String> = queries(&data).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["job:latency:p99", "Errors"]);
        assert_eq!(queries(&json!(null)), []);
    }
}
