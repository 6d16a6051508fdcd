//! The command that tells how suggestions fared.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, ZonedDateTime};
use perch_core::id::UserId;
use perch_core::suggestion::SuggestionState;
use perch_store::table::insights::{self, Made};

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::insights::{AskInsights, DayInsight, Insights, RuleInsight};

impl Api {
    pub(super) async fn insights(
        &self,
        user: &UserId,
        request: AskInsights,
    ) -> Result<Insights, ApiError> {
        let days = request.days.unwrap_or(30).clamp(1, 365);
        let bounds = bounds(&self.now().to_zoned_datetime(TimeZone::system()), days)
            .map_err(|error| ApiError::new(Code::Failed, error.to_string()))?;
        let user = user.clone();
        let found = self
            .engine
            .db()
            .read(move |db| {
                let from = bounds
                    .first()
                    .map(ZonedDateTime::timestamp)
                    .unwrap_or_default();
                let made = insights::made_since(db, &user, from)?;
                let mut days = Vec::new();
                for pair in bounds.windows(2) {
                    let (from, to) = (pair[0].timestamp(), pair[1].timestamp());
                    days.push(DayInsight {
                        day: pair[0].date().to_string(),
                        events: insights::events_between(db, &user, from, to)?,
                        suggestions: count(made.iter().filter(|one| (from..to).contains(&one.at))),
                    });
                }
                Ok(Insights {
                    rules: by_rule(&made),
                    days,
                    answered_within: answered_within(made.iter()),
                    cost_usd: insights::cost_since(db, &user, from)?,
                })
            })
            .await?;
        Ok(found)
    }
}

/// The midnights that bound the last `days` days, that of `now` included; one more than there are days.
fn bounds(now: &ZonedDateTime, days: u32) -> Result<Vec<ZonedDateTime>, jiff::Error> {
    let today = now.start_of_day()?;
    let first = i64::from(days) - 1;
    (-first..=1)
        .map(|day| today.checked_add(day.days())?.start_of_day())
        .collect()
}

fn by_rule(made: &[Made]) -> Vec<RuleInsight> {
    let mut rules: BTreeMap<&str, Vec<&Made>> = BTreeMap::new();
    for one in made {
        rules.entry(&one.rule).or_default().push(one);
    }
    let mut found: Vec<RuleInsight> = rules
        .into_iter()
        .map(|(rule, made)| {
            let stands = |state| made.iter().filter(move |one| one.state == state);
            let (failed, accepted): (Vec<&&Made>, Vec<&&Made>) =
                stands(SuggestionState::Accepted).partition(|one| one.failed);
            RuleInsight {
                rule: rule.to_owned(),
                made: count(made.iter()),
                accepted: count(accepted.into_iter()),
                failed: count(failed.into_iter()),
                dismissed: count(stands(SuggestionState::Dismissed)),
                answered_within: answered_within(made.iter().copied()),
            }
        })
        .collect();
    found.sort_by_key(|rule| std::cmp::Reverse(rule.made));
    found
}

/// The median time to an answer, in whole minutes, rounded up.
fn answered_within<'a>(made: impl Iterator<Item = &'a Made>) -> Option<u32> {
    let mut waits: Vec<i64> = made
        .filter_map(|one| Some(minutes(one.at, one.answered_at?)))
        .collect();
    waits.sort_unstable();
    let middle = *waits.get(waits.len().checked_sub(1)? / 2)?;
    Some(u32::try_from(middle).unwrap_or(u32::MAX))
}

fn minutes(from: Timestamp, to: Timestamp) -> i64 {
    let seconds = to.duration_since(from).as_secs().max(0);
    (seconds + 59) / 60
}

fn count<T>(of: impl Iterator<Item = T>) -> u32 {
    u32::try_from(of.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn made(rule: &str, state: SuggestionState, answered_after: Option<i64>) -> Made {
        let at: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        Made {
            rule: rule.to_owned(),
            state,
            at,
            answered_at: answered_after.map(|seconds| at + SignedDuration::from_secs(seconds)),
            failed: false,
        }
    }

    #[test]
    fn rules_are_counted_the_busiest_first() {
        use SuggestionState::{Accepted, Dismissed, Open};
        let rules = by_rule(&[
            made("stale", Open, None),
            made("build", Accepted, Some(60)),
            made("build", Accepted, Some(121)),
            made("build", Dismissed, Some(6000)),
            Made {
                failed: true,
                ..made("build", Accepted, Some(180))
            },
        ]);
        let told: Vec<_> = rules
            .iter()
            .map(|one| {
                (
                    one.rule.as_str(),
                    one.made,
                    one.accepted,
                    one.failed,
                    one.dismissed,
                    one.answered_within,
                )
            })
            .collect();
        assert_eq!(
            told,
            [("build", 4, 2, 1, 1, Some(3)), ("stale", 1, 0, 0, 0, None)]
        );
    }

    #[test]
    fn an_answer_before_the_question_took_no_time() {
        let clock_went_back = made("build", SuggestionState::Accepted, Some(-90));
        assert_eq!(answered_within([&clock_went_back].into_iter()), Some(0));
    }

    #[test]
    fn days_are_those_of_the_calendar_also_when_the_clock_changes() {
        let now: ZonedDateTime = "2026-10-26T12:00:00[Europe/Berlin]".parse().unwrap();
        let bounds = bounds(&now, 3).unwrap();
        let days: Vec<String> = bounds.iter().map(|one| one.date().to_string()).collect();
        assert_eq!(
            days,
            ["2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"]
        );
        let hours = bounds[2]
            .timestamp()
            .duration_since(bounds[1].timestamp())
            .as_hours();
        assert_eq!(hours, 25);
    }
}
