//! Changed functions that no test names, with the cases a test should have.

use perch_core::evidence::Evidence;
use perch_core::finding::Point;

use super::{Remark, Review, words};
use crate::change::cases::Case;
use crate::change::functions::Touched;
use crate::change::untested;

/// Functions whose cases are spelled out when there are several.
const SPELLED_OUT: usize = 4;

pub(super) fn look(review: &Review<'_>) -> Vec<Remark> {
    let untested = untested::find(review.facts, &review.changes);
    let evidence = |function: &Touched, cases: &[Case]| {
        let mut evidence = vec![Evidence::file(
            format!(
                "`{}` {}",
                function.name,
                if function.is_new {
                    "is new"
                } else {
                    "is changed"
                }
            ),
            &function.path,
            Some(function.line),
        )];
        evidence.extend(
            cases
                .iter()
                .map(|case| Evidence::file(&case.text, &function.path, Some(case.line))),
        );
        evidence
    };
    let remark = |rank, title, point| Remark {
        rank,
        rule: "pr/untested",
        category: "test",
        title,
        point,
        confidence: 0.75,
    };
    match untested.as_slice() {
        [] => Vec::new(),
        [(function, cases)] => {
            let text = format!("No test names `{}`{}", function.name, tries(cases));
            vec![remark(
                40,
                format!("has no test for `{}`", function.name),
                Point {
                    text,
                    evidence: evidence(function, cases),
                    todo: false,
                },
            )]
        }
        several => {
            let names: Vec<&str> = several
                .iter()
                .map(|(function, _)| function.name.as_str())
                .collect();
            let mut remarks = vec![remark(
                40,
                format!("has no tests for {} changed functions", several.len()),
                Point {
                    text: format!(
                        "No test names {} changed functions: {}",
                        several.len(),
                        words::names(&names, 6)
                    ),
                    evidence: several
                        .iter()
                        .take(6)
                        .map(|(function, _)| evidence(function, &[]).remove(0))
                        .collect(),
                    todo: false,
                },
            )];
            for (function, cases) in several
                .iter()
                .filter(|(_, cases)| !cases.is_empty())
                .take(SPELLED_OUT)
            {
                let cases_text: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
                remarks.push(remark(
                    65,
                    String::new(),
                    Point {
                        text: format!("Test `{}` with {}", function.name, cases_text.join("; ")),
                        evidence: evidence(function, cases),
                        todo: true,
                    },
                ));
            }
            remarks
        }
    }
}

fn tries(cases: &[Case]) -> String {
    if cases.is_empty() {
        return String::new();
    }
    let cases: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    format!("; worth trying: {}", cases.join("; "))
}
