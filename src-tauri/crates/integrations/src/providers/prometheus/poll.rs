//! The poll over all that is watched, and the probe.

use perch_core::connection::{Hurdle, Standing};
use perch_core::metric::Samples;
use perch_core::seam::provider::{Batch, Cursor, Probe, ProviderError};
use serde_json::Value;

use super::answer;
use super::api::{Api, data, range};
use super::rules;
use crate::series::{self, Query, SERIES, Stretch};

/// What stands in `watch` for the server's own rules.
const RULES: &str = "rules";

/// Series of one connection at most.
const MOST: usize = 200;

pub(super) async fn poll(api: Api<'_>, cursor: Option<&Cursor>) -> Result<Batch, ProviderError> {
    let (stretches, next) = series::stretches(api.ctx.connection, cursor, api.ctx.now);
    let mut batch = Batch {
        cursor: next,
        baseline: cursor.is_none(),
        ..Batch::default()
    };
    if stretches.is_empty() {
        return Ok(batch);
    }
    let mut hurdles = Vec::new();
    for (watched, query) in queries(api, &mut hurdles).await? {
        if batch.series.len() >= MOST {
            hurdles.push(hurdle(
                &watched,
                format!("more than {MOST} series are watched, so it is not"),
                "watch fewer, or sums of them",
            ));
            break;
        }
        for stretch in &stretches {
            match ask(api, &query, *stretch).await? {
                Ok((found, count)) => {
                    if count > SERIES {
                        let problem =
                            format!("it has {count} series, of which {SERIES} are watched");
                        hurdles.push(hurdle(&watched, problem, "sum it by fewer labels"));
                    }
                    batch.series.extend(found);
                }
                Err(problem) => {
                    hurdles.push(hurdle(&watched, problem, "correct the query in `watch`"));
                    break;
                }
            }
        }
    }
    hurdles.dedup();
    batch.standing = Standing {
        hurdles,
        ..Standing::default()
    };
    Ok(batch)
}

fn hurdle(about: &str, problem: String, next_step: &str) -> Hurdle {
    Hurdle {
        about: about.to_owned(),
        problem,
        next_step: next_step.into(),
    }
}

/// Every query, with what it stands for in `watch`.
async fn queries(
    api: Api<'_>,
    hurdles: &mut Vec<Hurdle>,
) -> Result<Vec<(String, Query)>, ProviderError> {
    let mut found: Vec<(String, Query)> = Vec::new();
    for watched in &api.ctx.connection.watch {
        if watched != RULES {
            found.push((watched.clone(), Query::of(watched)));
            continue;
        }
        let answer = api.get(&api.url("/rules")).await?;
        match data(&answer)? {
            Ok(data) => found.extend(
                rules::queries(&data)
                    .into_iter()
                    .map(|query| (watched.clone(), query)),
            ),
            Err(problem) => hurdles.push(hurdle(watched, problem, "name queries instead")),
        }
    }
    Ok(found)
}

async fn ask(
    api: Api<'_>,
    query: &Query,
    stretch: Stretch,
) -> Result<Result<(Vec<Samples>, usize), String>, ProviderError> {
    let answer = api.get(&range(api, &query.text, stretch)).await?;
    Ok(data(&answer)?.map(|data| answer::read(api.ctx.connection, query, &data)))
}

/// Says which server it is, and what each watched query has now.
pub(super) async fn probe(api: Api<'_>) -> Result<Probe, ProviderError> {
    let answer = api.get(&api.url("/status/buildinfo")).await?;
    let info = data(&answer)?.unwrap_or(Value::Null);
    let mut probe = Probe::default();
    probe.lines.push(format!(
        "Prometheus {}",
        info["version"].as_str().unwrap_or("of an unknown version")
    ));
    let step = i64::from(series::step(api.ctx.connection));
    let now = api.ctx.now.as_second();
    let mut hurdles = Vec::new();
    let queries = queries(api, &mut hurdles).await?;
    for watched in &api.ctx.connection.watch {
        let own: Vec<&Query> = queries
            .iter()
            .filter(|(of, _)| of == watched)
            .map(|(_, query)| query)
            .collect();
        if watched == RULES {
            probe
                .lines
                .push(format!("{} series of its rules are watched", own.len()));
            if own.is_empty() && hurdles.is_empty() {
                probe.faults.push(
                    "it has no rules Perch can watch; name queries in `watch` instead".into(),
                );
            }
            continue;
        }
        for query in own {
            let stretch = Stretch {
                from: now - 10 * step,
                to: now,
                step,
            };
            match ask(api, query, stretch).await? {
                Ok((_, 0)) => probe.faults.push(format!(
                    "`{}` has no samples of late; check the query, or whether its target is up",
                    query.name
                )),
                Ok((_, 1)) => probe.lines.push(format!("`{}` is one series", query.name)),
                Ok((_, count)) => probe
                    .lines
                    .push(format!("`{}` is {count} series", query.name)),
                Err(problem) => probe.faults.push(format!("`{}`: {problem}", query.name)),
            }
        }
    }
    probe.faults.extend(
        hurdles
            .into_iter()
            .map(|one| format!("`{}`: {}; {}", one.about, one.problem, one.next_step)),
    );
    Ok(probe)
}
