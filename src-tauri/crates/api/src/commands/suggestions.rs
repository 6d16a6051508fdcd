//! The commands about suggestions.

use perch_core::id::{ActionId, SuggestionId, UserId};
use perch_core::outcome::ActionState;
use perch_core::suggestion::{Suggestion, SuggestionState};
use perch_engine::AcceptError;
use perch_store::db::Connection;
use perch_store::table::actions::{self, ActionRow};
use perch_store::table::suggestions::Narrow;
use perch_store::table::{agent_runs, events, suggestions, writings};

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::view;
use crate::wire::Nothing;
use crate::wire::suggestions::{
    Accept, Dismiss, List, ListSuggestions, OutcomeView, Refresh, ShowSuggestion, Snooze,
    SuggestionDetail, SuggestionSummary, Suggestions, UndoAction,
};

impl Api {
    pub(super) async fn suggestions(
        &self,
        user: &UserId,
        request: ListSuggestions,
    ) -> Result<Suggestions, ApiError> {
        use SuggestionState::{Accepted, Dismissed, Done, Open, Overtaken, Snoozed};
        let states: &'static [SuggestionState] = match request.list {
            List::Inbox => &[Open],
            List::History => &[Accepted, Dismissed, Snoozed, Overtaken, Done],
            List::All => &[Open, Accepted, Dismissed, Snoozed, Overtaken, Done],
        };
        let user = user.clone();
        let setup = self.engine.setup();
        let found = self
            .engine
            .db()
            .read(move |db| {
                let limit = request.limit.unwrap_or(100).min(1000);
                let narrow = Narrow {
                    states: states.to_vec(),
                    query: request.query,
                    level: request.level,
                    event_type: request.event_type,
                };
                let offset = request.offset.unwrap_or(0);
                let rows = suggestions::list(db, &user, &narrow, offset, limit)?;
                let lines = rows
                    .iter()
                    .map(|row| {
                        Ok(view::summary(
                            row,
                            &event_type(db, row)?,
                            &setup.preferences,
                        ))
                    })
                    .collect::<Result<Vec<_>, perch_store::db::StoreError>>()?;
                let total = suggestions::count(db, &user, &narrow)?;
                Ok(Suggestions {
                    suggestions: lines,
                    total,
                })
            })
            .await?;
        Ok(found)
    }

    pub(super) async fn show(
        &self,
        user: &UserId,
        request: ShowSuggestion,
    ) -> Result<SuggestionDetail, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        self.detail(suggestion).await
    }

    pub(super) async fn seen(
        &self,
        user: &UserId,
        request: ShowSuggestion,
    ) -> Result<Nothing, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        let now = self.now();
        self.engine
            .db()
            .write(move |db| suggestions::mark_seen(db, suggestion.id, now))
            .await?;
        self.engine.announce(perch_core::change::Change::Status);
        Ok(Nothing {})
    }

    pub(super) async fn accept(
        &self,
        user: &UserId,
        request: Accept,
    ) -> Result<OutcomeView, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        let action = self
            .choose(&suggestion, request.action.as_deref(), |row| {
                row.action.refused.is_none() && row.state != ActionState::Done
            })
            .await?;
        let outcome = self
            .engine
            .accept(suggestion.id, action, request.amendments, self.now())
            .await
            .map_err(from_accept)?;
        Ok(view::outcome_view(&outcome))
    }

    pub(super) async fn undo(
        &self,
        user: &UserId,
        request: UndoAction,
    ) -> Result<OutcomeView, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        let action = self
            .choose(&suggestion, request.action.as_deref(), |row| {
                matches!(
                    row.state,
                    ActionState::Done | ActionState::Undoing | ActionState::Undone
                )
            })
            .await?;
        let outcome = self
            .engine
            .undo(action, self.now())
            .await
            .map_err(from_accept)?;
        Ok(view::outcome_view(&outcome))
    }

    pub(super) async fn dismiss(
        &self,
        user: &UserId,
        request: Dismiss,
    ) -> Result<SuggestionSummary, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        if request.never_again {
            self.mute_rule(&suggestion)?;
        }
        self.engine
            .dismiss(suggestion.id, request.reason, self.now())
            .await?;
        self.line(suggestion.id).await
    }

    pub(super) async fn restore(
        &self,
        user: &UserId,
        request: ShowSuggestion,
    ) -> Result<SuggestionSummary, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        self.engine
            .restore(suggestion.id, self.now())
            .await
            .map_err(from_accept)?;
        self.line(suggestion.id).await
    }

    pub(super) async fn snooze(
        &self,
        user: &UserId,
        request: Snooze,
    ) -> Result<SuggestionSummary, ApiError> {
        let until = self.moment(&request.until)?;
        if until <= self.now() {
            return Err(ApiError::new(
                Code::Invalid,
                "a suggestion can only be snoozed until a time to come",
            ));
        }
        let suggestion = self.find_suggestion(user, &request.id).await?;
        self.engine.snooze(suggestion.id, until, self.now()).await?;
        self.line(suggestion.id).await
    }

    pub(super) async fn refresh(
        &self,
        user: &UserId,
        request: Refresh,
    ) -> Result<SuggestionDetail, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        let event_id = suggestion.event_id;
        let row = self
            .engine
            .db()
            .read(move |db| events::get(db, event_id))
            .await?
            .ok_or_else(|| {
                ApiError::new(Code::NotFound, "the event it came from is no longer stored")
            })?;
        self.engine.refresh(&row, self.now()).await?;
        self.detail(
            self.find_suggestion(user, &suggestion.id.to_string())
                .await?,
        )
        .await
    }

    pub(super) async fn find_suggestion(
        &self,
        user: &UserId,
        text: &str,
    ) -> Result<Suggestion, ApiError> {
        let (user, wanted) = (user.clone(), text.to_owned());
        let mut found = self
            .engine
            .db()
            .read(move |db| suggestions::find(db, &user, &wanted))
            .await?;
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => Err(ApiError::new(
                Code::Invalid,
                format!("several suggestions have an id like `{text}`; give more of it"),
            )),
            (None, _) => Err(ApiError::new(
                Code::NotFound,
                format!("there is no suggestion `{text}`; `perch suggestions` lists them"),
            )),
        }
    }

    /// The action asked for by id or kind, or the first that fits.
    async fn choose(
        &self,
        suggestion: &Suggestion,
        wanted: Option<&str>,
        fits: impl Fn(&ActionRow) -> bool,
    ) -> Result<ActionId, ApiError> {
        let id = suggestion.id;
        let rows = self.engine.db().read(move |db| actions::of(db, id)).await?;
        let chosen = match wanted {
            Some(wanted) => rows
                .iter()
                .find(|row| row.action.id.to_string() == wanted)
                .or_else(|| {
                    rows.iter()
                        .find(|row| row.action.kind == wanted && fits(row))
                })
                .or_else(|| rows.iter().find(|row| row.action.kind == wanted)),
            // A second click means the action of the first, not the next one in the list.
            None => rows
                .iter()
                .find(|row| matches!(row.state, ActionState::Running | ActionState::Done))
                .or_else(|| rows.iter().find(|row| fits(row))),
        };
        chosen.map(|row| row.action.id).ok_or_else(|| {
            let kinds: Vec<&str> = rows.iter().map(|row| row.action.kind.as_str()).collect();
            ApiError::new(
                Code::Refused,
                match (wanted, kinds.is_empty()) {
                    (_, true) => {
                        "this suggestion only informs; there is nothing to accept".to_owned()
                    }
                    (Some(wanted), _) => {
                        format!(
                            "there is no action `{wanted}` here; there are: {}",
                            kinds.join(", ")
                        )
                    }
                    (None, _) => "no action can be done now; `perch show` says why".to_owned(),
                },
            )
        })
    }

    async fn line(&self, id: SuggestionId) -> Result<SuggestionSummary, ApiError> {
        let setup = self.engine.setup();
        let line = self
            .engine
            .db()
            .read(move |db| {
                let Some(row) = suggestions::get(db, id)? else {
                    return Ok(None);
                };
                let event_type = event_type(db, &row)?;
                Ok(Some(view::summary(&row, &event_type, &setup.preferences)))
            })
            .await?;
        line.ok_or_else(|| ApiError::new(Code::NotFound, "the suggestion is no longer stored"))
    }

    async fn detail(&self, suggestion: Suggestion) -> Result<SuggestionDetail, ApiError> {
        let setup = self.engine.setup();
        let detail = self
            .engine
            .db()
            .read(move |db| {
                let run = agent_runs::get(db, suggestion.run_id)?;
                let mut views = Vec::new();
                for row in actions::of(db, suggestion.id)? {
                    let outcome = actions::outcome(db, row.action.id)?;
                    views.push(view::action(&row, outcome.as_ref()));
                }
                Ok(SuggestionDetail {
                    summary: view::summary(
                        &suggestion,
                        &event_type(db, &suggestion)?,
                        &setup.preferences,
                    ),
                    why: suggestion.why,
                    body: suggestion.body,
                    url: suggestion.subject.url,
                    points: suggestion.points,
                    log: suggestion.log,
                    chart: suggestion.chart,
                    actions: views,
                    event_id: suggestion.event_id.to_string(),
                    model_used: run
                        .as_ref()
                        .map(|run| run.model_used.clone())
                        .unwrap_or_default(),
                    cost_usd: run.as_ref().map(|run| run.cost_usd).unwrap_or_default(),
                    waits_for_words: writings::of(db, suggestion.id)?.is_some_and(|one| one.waits),
                    sent: run.and_then(view::sent),
                })
            })
            .await?;
        Ok(detail)
    }
}

fn event_type(
    db: &Connection,
    suggestion: &Suggestion,
) -> Result<String, perch_store::db::StoreError> {
    let row = events::get(db, suggestion.event_id)?;
    Ok(row
        .map(|row| row.event.event_type.to_string())
        .unwrap_or_default())
}

pub(super) fn from_accept(error: AcceptError) -> ApiError {
    let code = match &error {
        AcceptError::NotFound(_) => Code::NotFound,
        AcceptError::Refused(_) => Code::Refused,
        AcceptError::Store(_) => Code::Failed,
    };
    ApiError::new(code, error.to_string())
}
