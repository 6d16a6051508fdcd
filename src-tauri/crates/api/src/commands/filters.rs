//! The commands about filters: changing them, and trying a change on what happened.

use jiff::SignedDuration;
use perch_core::id::UserId;
use perch_engine::hindsight::Fared;
use perch_engine::trial::{Fate, Happened};

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::Nothing;
use crate::wire::filters::{
    ChangeFilter, FateView, FilterTrial, LiftRule, SilentRule, SilentRules, TryFilter, WouldChange,
};
use crate::wire::settings::SettingsView;

/// Days a trial looks back unless the request says otherwise.
const DAYS: u32 = 30;

/// Events named in an answer at most; the others are counted.
const NAMED: usize = 200;

impl Api {
    pub(super) async fn change_filter(
        &self,
        user: &UserId,
        request: ChangeFilter,
    ) -> Result<SettingsView, ApiError> {
        self.edit(|file| {
            file.change_filter(
                request.was.as_ref(),
                request.filter.as_ref(),
                request.place.map(|place| place as usize),
            )
            .map_err(|error| error.to_string())
        })?;
        self.settings(user, Nothing {}).await
    }

    pub(super) async fn silent_rules(
        &self,
        user: &UserId,
        _request: Nothing,
    ) -> Result<SilentRules, ApiError> {
        let silent = self.engine.silent_rules(user, self.now()).await?;
        Ok(SilentRules {
            rules: silent.iter().map(silent_rule).collect(),
        })
    }

    pub(super) async fn lift_rule(
        &self,
        user: &UserId,
        request: LiftRule,
    ) -> Result<SilentRules, ApiError> {
        let repository = request.repository.as_deref();
        let lifted = self
            .engine
            .lift_rule(user, &request.rule, repository, self.now())
            .await?;
        if !lifted {
            let there = repository.map_or(String::new(), |name| format!(" in `{name}`"));
            return Err(ApiError::new(
                Code::NotFound,
                format!(
                    "`{}` does not start silent{there}; `perch filters` lists the rules that do",
                    request.rule
                ),
            ));
        }
        self.silent_rules(user, Nothing {}).await
    }

    pub(super) async fn try_filter(
        &self,
        user: &UserId,
        request: TryFilter,
    ) -> Result<FilterTrial, ApiError> {
        let days = request.days.unwrap_or(DAYS).clamp(1, 365);
        let since = self.now() - SignedDuration::from_hours(24 * i64::from(days));
        let change = (
            request.was.as_ref(),
            request.filter.as_ref(),
            request.place.map(|place| place as usize),
        );
        let trial = self
            .engine
            .try_filter(user, change, since)
            .await?
            .map_err(|problem| ApiError::new(Code::Invalid, problem))?;
        Ok(FilterTrial {
            days,
            events: count(trial.events),
            total: count(trial.differences.len()),
            changes: trial
                .differences
                .iter()
                .take(NAMED)
                .map(|(happened, before, after)| line(happened, *before, *after))
                .collect(),
        })
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn line(happened: &Happened, before: Fate, after: Fate) -> WouldChange {
    let row = &happened.event;
    let subject = &row.event.subject;
    let suggestion = happened.suggestion.as_ref();
    WouldChange {
        event: row.id.to_string(),
        event_type: row.event.event_type.to_string(),
        repository: subject.repository.clone(),
        title: suggestion.map_or(&subject.title, |one| &one.title).clone(),
        at: row.event.at.to_string(),
        before: fate(before),
        after: fate(after),
    }
}

fn fate(fate: Fate) -> FateView {
    match fate {
        Fate::Nothing => FateView::Nothing,
        Fate::LookedAt => FateView::LookedAt,
        Fate::History => FateView::History,
        Fate::Inbox => FateView::Inbox,
        Fate::Toast => FateView::Toast,
        Fate::Urgent => FateView::Urgent,
        Fate::Accepted => FateView::Accepted,
    }
}

/// How a rule fared, as it is told.
pub(super) fn silent_rule(fared: &Fared) -> SilentRule {
    SilentRule {
        rule: fared.rule.clone(),
        repository: fared.repository.clone(),
        right: fared.proved,
        told: fared.told,
        looked_at: fared.looked_at.to_string(),
    }
}
