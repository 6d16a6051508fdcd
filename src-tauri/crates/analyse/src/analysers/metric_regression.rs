//! Looks at `METRIC_REGRESSION`: how much worse a metric became and when, what changed before it, how that is taken back.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::finding::{Finding, Offer, Point};
use perch_core::metric::{Better, Level as Reach, Regression};
use perch_core::suggestion::Level;

use super::blame;
use crate::analyser::{Analyser, Look};
use crate::chart;
use crate::content::happenings::{clock, code, in_words};
use crate::suspects::{self, BEFORE, Ranked, Scene};

pub(super) static ANALYSER: MetricRegression = MetricRegression;

pub(super) struct MetricRegression;

/// How long before and after it alerts, issues and failed builds may belong to it.
const RELATED: SignedDuration = SignedDuration::from_hours(2);

/// Related happenings named at most.
const NAMED: usize = 3;

impl Analyser for MetricRegression {
    fn id(&self) -> &'static str {
        "metric_regression"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::METRIC_REGRESSION]
    }

    fn wants(&self, event: &Event, facts: &Facts) -> Vec<Want> {
        let Some(regression) = read(event) else {
            return Vec::new();
        };
        let bad = regression.first_bad;
        let wants = [
            Want::Suspects(bad - BEFORE, bad),
            Want::Around(bad - RELATED, bad + RELATED),
        ];
        if wants.iter().any(|want| !facts.answered.contains(want)) {
            return wants.into();
        }
        let ranked = suspects::ranked(&facts.suspects, &scene(&regression));
        let files = blame::wanted(facts, &ranked).map(Want::SuspectFiles);
        files
            .into_iter()
            .filter(|want| !facts.answered.contains(want))
            .collect()
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let Some(regression) = read(event) else {
            return Look::Nothing("it holds no measurement".into());
        };
        let ranked = suspects::ranked(&facts.suspects, &scene(&regression));
        let title = blame::shortened(&title(&regression));
        let mut points = vec![moved(&regression), when(&regression)];
        points.extend(blame::points(facts, &ranked));
        points.extend(related(event, facts));
        points.extend(questions(&regression, &ranked));
        let points = blame::cited(points, event, "the metric");
        let fixes = blame::fixes(
            facts,
            &ranked,
            &format!("`{}`", code(&regression.series.name)),
        );
        let series = &regression.series;
        let picture = chart::line(&regression.samples);
        let issue = blame::issue(&points, &fixes, Some(&picture), event);
        Look::Found(Box::new(Finding {
            analyser: self.id().into(),
            rule: "metric/regression".into(),
            why: format!(
                "It has been so since {}, and {} of 3 views agree that it is no chance.",
                clock(regression.first_bad),
                regression.votes.len()
            ),
            level: if series.better == Better::Unknown {
                Level::Silent
            } else {
                Level::Normal
            },
            category: Some("metric".into()),
            confidence: regression.confidence,
            fingerprint: format!("{}|{}", series.key, regression.first_bad),
            points,
            fixes,
            offers: vec![Offer::OpenIssues {
                issues: vec![(title.clone(), issue)],
                labels: Vec::new(),
                parts: false,
            }],
            chart: Some(chart::svg(&regression)),
            elsewhere: blame::elsewhere(facts, &ranked, series.repository.as_deref()),
            title,
            ..Finding::default()
        }))
    }
}

fn read(event: &Event) -> Option<Regression> {
    serde_json::from_value(event.data.get("regression")?.clone()).ok()
}

fn scene(regression: &Regression) -> Scene {
    let series = &regression.series;
    let mut words: BTreeSet<String> = suspects::words(&series.name);
    words.extend(suspects::words(&series.query));
    words.extend(
        series
            .labels
            .values()
            .flat_map(|value| suspects::words(value)),
    );
    Scene {
        last_good: regression.last_good,
        first_bad: regression.first_bad,
        words,
    }
}

fn title(regression: &Regression) -> String {
    let up = regression.after.median > regression.before.median;
    let name = &regression.series.name;
    let by = regression.change().map(f64::abs);
    match (by, up) {
        (Some(by), true) if by >= 9.0 => format!("{name} is {:.0} times as high", by + 1.0),
        (Some(by), true) => format!("{name} is up {:.0} %", by * 100.0),
        (Some(by), false) => format!("{name} is down {:.0} %", by * 100.0),
        (None, true) => format!("{name} is up from nothing"),
        (None, false) => format!("{name} is down from nothing"),
    }
}

fn moved(regression: &Regression) -> Point {
    let reach = |level: &Reach| {
        // Of fewer than six samples no interval of 95 % can be told.
        let sure = if level.samples < 6 { "from" } else { "95 %:" };
        format!(
            "{} ({sure} {} to {})",
            chart::number(level.median),
            chart::number(level.low),
            chart::number(level.high)
        )
    };
    let change = regression.change().map_or(String::new(), |change| {
        format!(", {:+.0} %", change * 100.0)
    });
    blame::said(format!(
        "`{}` moved from {} to {}{change}; medians of {} samples before and {} since",
        code(&regression.series.name),
        reach(&regression.before),
        reach(&regression.after),
        regression.before.samples,
        regression.after.samples
    ))
}

fn when(regression: &Regression) -> Point {
    blame::said(format!(
        "First bad sample {}, last good one {}; {} agree",
        to_the_second(regression.first_bad),
        to_the_second(regression.last_good),
        regression.votes.join(", ")
    ))
}

fn to_the_second(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Alerts, other metrics, failed builds and issues of the same time.
fn related(event: &Event, facts: &Facts) -> Option<Point> {
    let kinds = [
        EventType::INCIDENT_OPENED,
        EventType::METRIC_REGRESSION,
        EventType::BUILD_FAILED,
        EventType::ISSUE_CREATED,
    ];
    let named: Vec<String> = facts
        .around
        .iter()
        .filter(|other| kinds.contains(&other.event_type) && other.dedup_key != event.dedup_key)
        .filter_map(|other| Some(format!("{} ({})", in_words(other, event)?, clock(other.at))))
        .collect();
    let more = named.len().saturating_sub(NAMED);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let shown = named
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    (!named.is_empty()).then(|| blame::said(format!("At the same time: {shown}{rest}")))
}

/// What is to be looked at, since nothing here tells it.
fn questions(regression: &Regression, ranked: &[Ranked]) -> Vec<Point> {
    let mut points = vec![blame::todo(format!(
        "Read the logs around {}",
        to_the_second(regression.first_bad)
    ))];
    if ranked.first().is_some_and(Ranked::explains) {
        points.push(blame::todo(
            "Check when the likeliest change was rolled out: it must be just before the first bad sample".into(),
        ));
    } else {
        points.push(blame::todo(
            "Was something rolled out or reconfigured outside the repositories Perch watches?"
                .into(),
        ));
    }
    if !regression.series.query.is_empty() && regression.series.query != regression.series.name {
        points.push(blame::todo(format!(
            "Query it again in an hour: `{}`",
            code(&regression.series.query)
        )));
    }
    points
}

#[cfg(test)]
mod tests;
