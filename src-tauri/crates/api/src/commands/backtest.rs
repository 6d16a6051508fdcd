//! The command that looks back: what Perch would have said.

use perch_core::event_type::EventType;
use perch_core::id::UserId;
use perch_engine::backtest::{Backtest, BacktestRequest, Outcome, Saying};

use super::filters::silent_rule;
use crate::api::Api;
use crate::error::ApiError;
use crate::wire::backtest::{
    AskBacktest, BacktestView, BuildsView, HappenedView, ProofView, Proved, RuleProved, SayingView,
    SilentView,
};

/// Days looked back unless the request says otherwise.
const DAYS: u32 = 90;
/// Sayings in an answer at most.
const SAID: usize = 200;
/// Reasons in an answer at most.
const REASONS: usize = 8;

impl Api {
    pub(super) async fn backtest(
        &self,
        user: &UserId,
        request: AskBacktest,
    ) -> Result<BacktestView, ApiError> {
        let days = request.days.unwrap_or(DAYS).clamp(1, 365);
        let request = BacktestRequest {
            repository: request.repository,
            near: request.near.or_else(|| self.configuration.started_in()),
            to: request.to,
            days,
        };
        let found = self.engine.backtest(user, request, self.now()).await?;
        Ok(view(&found, days))
    }
}

fn view(found: &Backtest, days: u32) -> BacktestView {
    let mut view = BacktestView {
        repository: found.repository.clone(),
        branch: found.branch.clone(),
        from: found.from.to_string(),
        to: found.to.to_string(),
        days,
        commits: found.commits,
        happened: found
            .happened
            .iter()
            .map(|(event_type, tally)| HappenedView {
                event_type: event_type.to_string(),
                events: tally.events,
                said: tally.said,
            })
            .collect(),
        said: found.said.iter().take(SAID).map(saying).collect(),
        silent: found
            .silent
            .iter()
            .take(REASONS)
            .map(|(reason, times)| SilentView {
                reason: reason.clone(),
                times: *times,
            })
            .collect(),
        silent_rules: found.silent_rules.iter().map(silent_rule).collect(),
        builds: BuildsView {
            broke: found
                .happened
                .get(&EventType::BUILD_FAILED)
                .map_or(0, |tally| tally.events),
            ..BuildsView::default()
        },
        ..BacktestView::default()
    };
    for one in &found.said {
        let rule = &one.suggestion.rule;
        let place = view.rules.iter().position(|known| known.rule == *rule);
        let place = place.unwrap_or_else(|| {
            view.rules.push(RuleProved {
                rule: rule.clone(),
                made: 0,
                toasts: 0,
                proved: Proved::default(),
            });
            view.rules.len() - 1
        });
        let of_rule = &mut view.rules[place];
        of_rule.made += 1;
        of_rule.toasts += u32::from(one.toast);
        tally(&mut of_rule.proved, &one.outcome);
        tally(&mut view.proved, &one.outcome);
        view.toasts += u32::from(one.toast);
        view.inbox += u32::from(!one.toast);
        if one.event_type == EventType::BUILD_FAILED {
            let right = matches!(one.outcome, Outcome::Right { .. });
            view.builds.right += u32::from(right);
            view.builds.mended += u32::from(right || one.outcome == Outcome::NotRight);
        }
    }
    view.rules.sort_by(|one, other| {
        other
            .made
            .cmp(&one.made)
            .then_with(|| one.rule.cmp(&other.rule))
    });
    view
}

fn tally(proved: &mut Proved, outcome: &Outcome) {
    match outcome {
        Outcome::Right { .. } => proved.right += 1,
        Outcome::NotRight => proved.not_right += 1,
        Outcome::NotYet => proved.not_yet += 1,
        Outcome::NotToTell | Outcome::Build { .. } => proved.not_to_tell += 1,
    }
}

fn saying(one: &Saying) -> SayingView {
    SayingView {
        at: one.at.to_string(),
        event_type: one.event_type.to_string(),
        commit: one.suggestion.subject.commit.clone(),
        rule: one.suggestion.rule.clone(),
        title: one.suggestion.title.clone(),
        toast: one.toast,
        outcome: match &one.outcome {
            Outcome::Right { commit, path, line } => ProofView::Right {
                commit: commit.clone(),
                path: path.clone(),
                line: *line,
            },
            Outcome::NotRight => ProofView::NotRight,
            Outcome::NotYet => ProofView::NotYet,
            Outcome::NotToTell | Outcome::Build { .. } => ProofView::NotToTell,
        },
    }
}
