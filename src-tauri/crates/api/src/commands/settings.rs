//! The commands about settings and mutes.

use perch_core::change::Change;
use perch_core::id::UserId;
use perch_core::preferences::Mute;
use perch_core::suggestion::Suggestion;
use perch_store::settings::SettingsFile;
use perch_store::table::users;
use serde_json::Value;

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::Nothing;
use crate::wire::settings::{ChangeMute, EditorView, Exported, Set, SettingsView};

impl Api {
    pub(super) async fn settings(
        &self,
        user: &UserId,
        _request: Nothing,
    ) -> Result<SettingsView, ApiError> {
        let settings = self.configuration.settings();
        let of = user.clone();
        let vibe = self
            .engine
            .db()
            .read(move |db| users::vibe(db, &of))
            .await?;
        let wanted = settings.preferences;
        Ok(SettingsView {
            toasts: wanted.toasts,
            quiet_hours: wanted
                .quiet_hours
                .map(|(from, to)| format!("{}-{}", from.strftime("%H:%M"), to.strftime("%H:%M"))),
            working_days: wanted
                .working_days
                .iter()
                .map(|day| format!("{day:?}")[..3].to_lowercase())
                .collect(),
            toasts_per_hour: wanted.toasts_per_hour,
            toast_actions: wanted.toast_actions,
            stale_days: wanted.stale_days,
            auto_suggest: vibe.auto_suggest,
            approval_required: vibe.approval_required,
            listen: settings.listen.to_string(),
            theme: settings.theme.as_str().into(),
            editor: settings.editor,
            editors: self
                .editor
                .known()
                .into_iter()
                .map(|one| EditorView {
                    id: one.id.into(),
                    name: one.name.into(),
                    found: one.found,
                })
                .collect(),
            mutes: wanted.mutes,
            filters: wanted.filters,
            autostart: None,
        })
    }

    pub(super) async fn set(&self, user: &UserId, request: Set) -> Result<SettingsView, ApiError> {
        match request.key.as_str() {
            "auto_suggest" | "approval_required" => {
                let Value::Bool(value) = request.value else {
                    return Err(ApiError::new(
                        Code::Invalid,
                        format!("`{}` is true or false", request.key),
                    ));
                };
                let (of, key) = (user.clone(), request.key);
                self.engine
                    .db()
                    .write(move |db| {
                        let mut vibe = users::vibe(db, &of)?;
                        if key == "auto_suggest" {
                            vibe.auto_suggest = value;
                        } else {
                            vibe.approval_required = value;
                        }
                        users::put_vibe(db, &of, &vibe)
                    })
                    .await?;
                self.engine.announce(Change::Status);
            }
            key => self.edit(|file| {
                file.set(key, &request.value)
                    .map_err(|error| error.to_string())
            })?,
        }
        self.settings(user, Nothing {}).await
    }

    pub(super) async fn change_mute(
        &self,
        user: &UserId,
        request: ChangeMute,
    ) -> Result<SettingsView, ApiError> {
        if request.mute == Mute::default() {
            return Err(ApiError::new(
                Code::Invalid,
                "a mute names at least one of event_type, repository, rule, job, branch",
            ));
        }
        self.edit(|file| {
            let edited = if request.lift {
                file.lift_mute(&request.mute).map(drop)
            } else {
                file.add_mute(&request.mute)
            };
            edited.map_err(|error| error.to_string())
        })?;
        self.settings(user, Nothing {}).await
    }

    pub(super) async fn export(
        &self,
        _user: &UserId,
        _request: Nothing,
    ) -> Result<Exported, ApiError> {
        let (_, file) = self.configuration.places();
        let text = tokio::fs::read_to_string(&file).await.map_err(|error| {
            ApiError::new(
                Code::Failed,
                format!("the settings file {file} could not be read: {error}"),
            )
        })?;
        Ok(Exported { text })
    }

    pub(super) async fn import(
        &self,
        user: &UserId,
        request: Exported,
    ) -> Result<SettingsView, ApiError> {
        self.edit(|file| {
            file.replace_with(&request.text)
                .map_err(|error| error.to_string())
        })?;
        self.settings(user, Nothing {}).await
    }

    /// Mutes a suggestion's rule in its repository.
    pub(super) fn mute_rule(&self, suggestion: &Suggestion) -> Result<(), ApiError> {
        let mute = Mute {
            rule: Some(suggestion.rule.clone()),
            repository: Some(suggestion.subject.repository.clone()),
            ..Mute::default()
        };
        self.edit(|file| file.add_mute(&mute).map_err(|error| error.to_string()))
    }

    /// Edits the settings file; comments stay, and what would not load is not written.
    pub(super) fn edit(
        &self,
        mut edit: impl FnMut(&mut SettingsFile) -> Result<(), String>,
    ) -> Result<(), ApiError> {
        self.configuration
            .edit(&mut edit)
            .map_err(|problem| ApiError::new(Code::Invalid, problem))?;
        self.engine.announce(Change::Status);
        Ok(())
    }
}
