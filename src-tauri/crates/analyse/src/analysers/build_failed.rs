//! A failed build: the lines that say why, what changed, and what would mend it.
//!
//! Reads no files and runs nothing: it asks for the files its fixes touch and checks every patch against them.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, Want};
use perch_core::finding::{Finding, LogExcerpt, Offer, Point};
use perch_core::suggestion::Level;

use self::paths::Paths;
use crate::analyser::{Analyser, Look};
use crate::analysers::build::Build;
use crate::explain::{self, Diagnostic, Explanation, Options, Severity};
use crate::log::mask::masked;

mod blame;

mod fixes;
mod mend;
mod paths;
mod plain;
mod replace;
mod surroundings;
mod words;

pub(super) static ANALYSER: BuildFailed = BuildFailed;

/// Reports listed one by one; more are counted.
const MAX_POINTS: usize = 5;

pub(super) struct BuildFailed;

impl Analyser for BuildFailed {
    fn id(&self) -> &'static str {
        "build_failed"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::BUILD_FAILED]
    }

    fn wants(&self, event: &Event, facts: &Facts) -> Vec<Want> {
        let mut wants = vec![
            Want::FailingLog,
            Want::PassingLogs,
            Want::History,
            Want::Diff,
            Want::Commits,
        ];
        let Some(explanation) = explained(facts) else {
            return wants;
        };
        let errors = errors(&explanation);
        if errors.is_empty() {
            return wants;
        }
        wants.push(Want::Tree);
        if facts.answered.contains(&Want::Tree) {
            let paths = Paths::new(event, facts);
            wants.extend(
                fixes::files(&errors, &paths, facts)
                    .into_iter()
                    .map(Want::File),
            );
        }
        wants
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let build = Build::of(event);
        let explanation = explained(facts).unwrap_or_default();
        let errors = errors(&explanation);
        let paths = Paths::new(event, facts);
        let (fixes, refused) = fixes::fixes(&errors, &paths, facts);
        let mut points = reported(&errors, &paths, facts);
        points.extend(blame::points(event, &errors, &paths, facts));
        points.extend(surroundings::point(event, &errors, facts));
        points.extend(refused);
        points.extend(unknown(facts));
        let first = errors.first().copied();
        let again = !build.local && blame::chance(event, &errors, facts).is_some();
        let offers = again.then_some(Offer::Rerun).into_iter().collect();
        let title = words::title(first, &errors, &explanation, &paths, &build);
        let log = facts.failing_log.as_ref().map(|log| LogExcerpt {
            log: log.name.clone(),
            blocks: explanation.blocks.clone(),
            url: log.url.clone().or_else(|| build.url.clone()),
        });
        let comment = event
            .subject
            .number
            .map(|_| words::comment(&title, log.as_ref(), &points));
        Look::Found(Box::new(Finding {
            analyser: self.id().into(),
            rule: rule(first),
            why: words::why(event, &build),
            level: if event.subject.on_default_branch && !build.local {
                Level::Urgent
            } else {
                Level::Normal
            },
            category: explanation.category.clone(),
            confidence: match first {
                Some(error) if !error.tool.is_empty() => 0.9,
                Some(_) => 0.5,
                None => 0.2,
            },
            fingerprint: fingerprint(first, &paths, &build),
            title,
            points,
            log,
            fixes,
            comment,
            offers,
            ..Finding::default()
        }))
    }
}

/// The failing log explained, if it is there.
fn explained(facts: &Facts) -> Option<Explanation> {
    let log = facts.failing_log.as_ref()?;
    let passing = facts
        .passing_logs
        .iter()
        .map(|log| log.bytes.as_slice())
        .collect();
    let options = Options {
        first_line: log.first_line.max(1),
        ..Options::default()
    };
    explain::explain(log.bytes.as_slice(), passing, options).ok()
}

/// The reports that explain the failure: what tools call errors, or all that is wrong without or with a word on how bad,
/// or whatever came first.
fn errors(explanation: &Explanation) -> Vec<&Diagnostic> {
    let those = |is: &dyn Fn(&Diagnostic) -> bool| -> Vec<&Diagnostic> {
        let diagnostics = explanation.diagnostics.iter();
        diagnostics.filter(|one| is(one)).collect()
    };
    let structured = those(&|one| one.severity == Severity::Error && !one.tool.is_empty());
    if !structured.is_empty() {
        return structured;
    }
    let wrong = those(&|one| matches!(one.severity, Severity::Error | Severity::Unrated));
    if wrong.is_empty() {
        explanation.diagnostics.iter().take(1).collect()
    } else {
        wrong
    }
}

fn rule(first: Option<&Diagnostic>) -> String {
    first.map_or_else(|| "build/failed".into(), |error| error.rule.clone())
}

/// Rule, file and masked message: the same trouble gives the same text in every run.
fn fingerprint(first: Option<&Diagnostic>, paths: &Paths<'_>, build: &Build) -> String {
    match first {
        Some(error) => {
            let path = error
                .path
                .as_deref()
                .map(|path| paths.shown(path))
                .unwrap_or_default();
            format!("{}|{path}|{}", error.rule, masked(&error.message))
        }
        None => format!("build/failed|{}", build.job),
    }
}

/// One point per report, the rest counted.
fn reported(errors: &[&Diagnostic], paths: &Paths<'_>, facts: &Facts) -> Vec<Point> {
    let log = facts
        .failing_log
        .as_ref()
        .map(|log| log.name.as_str())
        .unwrap_or_default();
    let mut points: Vec<Point> = errors
        .iter()
        .take(MAX_POINTS)
        .map(|error| {
            let mut evidence = vec![Evidence {
                statement: "the log says so".into(),
                place: Place::Log {
                    log: log.into(),
                    start_line: error.start_line,
                    end_line: error.end_line,
                },
            }];
            if let Some(path) = error.path.as_deref().and_then(|path| paths.resolve(path)) {
                evidence.push(Evidence::file("the place it names", path, error.line));
            }
            Point {
                text: words::sentence(error, paths),
                evidence,
                todo: false,
            }
        })
        .collect();
    if errors.len() > MAX_POINTS {
        points.push(Point {
            text: format!(
                "{} more reports follow in the log",
                errors.len() - MAX_POINTS
            ),
            evidence: Vec::new(),
            todo: false,
        });
    }
    points
}

/// What could not be had and limits the finding.
fn unknown(facts: &Facts) -> Vec<Point> {
    facts
        .missing
        .iter()
        .filter(|missing| matches!(missing.want, Want::FailingLog))
        .map(|missing| Point {
            text: format!("The log could not be read: {}", missing.reason),
            evidence: Vec::new(),
            todo: false,
        })
        .collect()
}

#[cfg(test)]
mod tests;
