//! Durations of the run, its jobs and its steps, held against their own history.

use perch_core::event::Event;
use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, PastRun};
use perch_core::finding::Point;
use perch_core::run::StepTime;

use super::Change;
use super::shift::{Least, Shift, first_seen, median};
use crate::analysers::build::Build;

/// A whole run on a machine of its own.
const RUN: Least = Least {
    share: 0.1,
    seconds: 20.0,
};

/// A step alone varies more.
const STEP: Least = Least {
    share: 0.25,
    seconds: 20.0,
};

/// What runs on the user's own machine competes with everything else there.
const LOCAL: Least = Least {
    share: 0.5,
    seconds: 10.0,
};

/// Steps named.
const NAMED: usize = 3;

/// The run, or else the step, that became slower.
pub(super) fn change(event: &Event, build: &Build, facts: &Facts) -> Option<Change> {
    let earlier = comparable(event, build, facts);
    whole(event, build, &earlier, facts).or_else(|| one_step(event, build, &earlier, facts))
}

/// Earlier passing runs of the same branch, oldest first.
fn comparable<'a>(event: &Event, build: &Build, facts: &'a Facts) -> Vec<&'a PastRun> {
    let mut runs: Vec<&PastRun> = facts
        .history
        .iter()
        .filter(|run| run.passed && (build.local || run.branch == event.subject.branch))
        .collect();
    runs.sort_by_key(|run| run.finished_at);
    runs
}

fn whole(event: &Event, build: &Build, earlier: &[&PastRun], facts: &Facts) -> Option<Change> {
    let timed: Vec<(&PastRun, f64)> = earlier
        .iter()
        .filter_map(|run| Some((*run, run.seconds?)))
        .collect();
    let mut series: Vec<f64> = timed.iter().map(|(_, seconds)| *seconds).collect();
    series.push(build.seconds?);
    let shift = first_seen(&series, if build.local { LOCAL } else { RUN })?;
    let runs: Vec<&PastRun> = timed.iter().map(|(run, _)| *run).collect();
    let name = build.name();
    let mut points = vec![Point {
        text: format!(
            "`{name}` takes {} instead of {}: the medians of the last {} runs and of {} before",
            duration(shift.after),
            duration(shift.before),
            series.len() - shift.at,
            shift.at
        ),
        evidence: around(event, &runs, shift),
        todo: false,
    }];
    let began = runs.get(shift.at).map_or(event.at, |run| run.finished_at);
    let (before, since): (Vec<&PastRun>, Vec<&PastRun>) = earlier
        .iter()
        .copied()
        .partition(|run| run.finished_at < began);
    points.extend(grown(event, facts, &before, &since));
    points.extend(slowest(event, facts));
    Some(Change {
        rule: "health/slower",
        title: format!("`{name}` takes {}", instead(shift)),
        about: String::new(),
        points,
    })
}

/// The steps whose medians grew most.
fn grown(event: &Event, facts: &Facts, before: &[&PastRun], since: &[&PastRun]) -> Option<Point> {
    let level = |runs: &[&PastRun], key: &StepTime, now: Option<f64>| {
        let times: Vec<f64> = runs
            .iter()
            .filter_map(|run| time(&run.steps, key))
            .chain(now)
            .collect();
        (!times.is_empty()).then(|| median(&times))
    };
    let mut grown: Vec<(f64, String)> = facts
        .steps
        .iter()
        .filter(|step| step.step.is_some() || alone(&facts.steps, step))
        .filter_map(|step| {
            let (from, to) = (
                level(before, step, None)?,
                level(since, step, Some(step.seconds))?,
            );
            let words = format!("{} {} → {}", named(step), duration(from), duration(to));
            (to - from >= 5.0).then_some((to - from, words))
        })
        .collect();
    grown.sort_by(|one, other| other.0.total_cmp(&one.0));
    let words: Vec<String> = grown
        .into_iter()
        .take(NAMED)
        .map(|(_, words)| words)
        .collect();
    (!words.is_empty()).then(|| Point {
        text: format!("What grew most: {}", words.join(", ")),
        evidence: this_run(event, "the times of its steps"),
        todo: false,
    })
}

fn slowest(event: &Event, facts: &Facts) -> Option<Point> {
    let mut steps: Vec<&StepTime> = facts
        .steps
        .iter()
        .filter(|step| step.step.is_some() || alone(&facts.steps, step))
        .filter(|step| step.seconds > 0.0)
        .collect();
    steps.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
    let words: Vec<String> = steps
        .into_iter()
        .take(NAMED)
        .map(|step| format!("{} {}", named(step), duration(step.seconds)))
        .collect();
    (!words.is_empty()).then(|| Point {
        text: format!("Slowest steps of this run: {}", words.join(", ")),
        evidence: this_run(event, "the times of its steps"),
        todo: false,
    })
}

/// The step, or job without steps, that became slower while the whole did not.
fn one_step(event: &Event, build: &Build, earlier: &[&PastRun], facts: &Facts) -> Option<Change> {
    let found = facts
        .steps
        .iter()
        .filter_map(|step| {
            let timed: Vec<(&PastRun, f64)> = earlier
                .iter()
                .filter_map(|run| Some((*run, time(&run.steps, step)?)))
                .collect();
            let mut series: Vec<f64> = timed.iter().map(|(_, seconds)| *seconds).collect();
            series.push(step.seconds);
            let shift = first_seen(&series, STEP)?;
            Some((
                step,
                shift,
                timed.into_iter().map(|(run, _)| run).collect::<Vec<_>>(),
            ))
        })
        .max_by(|one, other| {
            let risen = |shift: &Shift| shift.after - shift.before;
            // Of a job and the step in it that made it slower the step says more.
            risen(&one.1)
                .total_cmp(&risen(&other.1))
                .then(one.0.step.is_some().cmp(&other.0.step.is_some()))
        });
    let (step, shift, runs) = found?;
    let name = step.step.as_ref().unwrap_or(&step.job);
    let build_name = build.name();
    // A run of one job goes by the job's name.
    let of = match &step.step {
        Some(_) if step.job != build_name => format!(" of `{}` in `{build_name}`", step.job),
        _ => format!(" of `{build_name}`"),
    };
    Some(Change {
        rule: "health/slower_step",
        title: format!("`{name}` takes {}", instead(shift)),
        about: format!("{}/{name}", step.job),
        points: vec![Point {
            text: format!(
                "`{name}`{of} takes {}: the medians of the last {} runs and of {} before",
                instead(shift),
                runs.len() + 1 - shift.at,
                shift.at
            ),
            evidence: around(event, &runs, shift),
            todo: false,
        }],
    })
}

fn time(steps: &[StepTime], key: &StepTime) -> Option<f64> {
    steps
        .iter()
        .find(|step| step.job == key.job && step.step == key.step)
        .map(|step| step.seconds)
}

/// True for a job none of whose steps is timed.
fn alone(steps: &[StepTime], job: &StepTime) -> bool {
    !steps
        .iter()
        .any(|step| step.job == job.job && step.step.is_some())
}

fn named(step: &StepTime) -> String {
    step.step.as_ref().map_or_else(
        || format!("`{}`", step.job),
        |name| format!("`{name}` of `{}`", step.job),
    )
}

fn instead(shift: Shift) -> String {
    format!(
        "{} instead of {}",
        duration(shift.after),
        duration(shift.before)
    )
}

/// The last run before and the first after.
fn around(event: &Event, runs: &[&PastRun], shift: Shift) -> Vec<Evidence> {
    let commit = |run: Option<&&PastRun>, statement: &str| {
        let run = run?;
        Some(Evidence {
            statement: format!("{statement}, {}", duration(run.seconds?)),
            place: Place::Commit {
                sha: run.commit.clone()?,
            },
        })
    };
    let before = shift.at.checked_sub(1).and_then(|at| runs.get(at));
    let mut evidence: Vec<Evidence> = [
        commit(runs.get(shift.at), "the first run that took longer"),
        commit(before, "the last run before"),
    ]
    .into_iter()
    .flatten()
    .collect();
    evidence.extend(this_run(event, "this run"));
    evidence
}

/// The run at hand.
pub(super) fn this_run(event: &Event, statement: &str) -> Vec<Evidence> {
    let place = match (&event.subject.url, &event.subject.commit) {
        (Some(url), _) => Place::Page { url: url.clone() },
        (None, Some(sha)) => Place::Commit { sha: sha.clone() },
        (None, None) => return Vec::new(),
    };
    vec![Evidence {
        statement: statement.into(),
        place,
    }]
}

/// Seconds for people: `40 s`, `3 min 20 s`, `8 min`, `1 h 5 min`.
pub(super) fn duration(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    // From three minutes on nobody minds seconds.
    let step = if seconds < 180.0 { 1.0 } else { 10.0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a duration is not negative, and too long a one may saturate"
    )]
    let whole = ((seconds / step).round() * step) as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    let parts = [(hours, "h"), (minutes, "min"), (rest, "s")];
    let words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .take(2)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_read_as_people_say_them() {
        let cases = [
            (0.0, "0.0 s"),
            (2.04, "2.0 s"),
            (40.4, "40 s"),
            (95.0, "1 min 35 s"),
            (204.0, "3 min 20 s"),
            (480.0, "8 min"),
            (3_900.0, "1 h 5 min"),
        ];
        for (seconds, words) in cases {
            assert_eq!(duration(seconds), words);
        }
    }
}
