//! The commands about language models: which may be asked, their keys, and how they are doing.

use std::sync::Arc;

use jiff::SignedDuration;
use perch_core::id::UserId;
use perch_core::policy::Policy;
use perch_core::seam::model::{Call, ModelChoice, ModelProvider, NoAnswer};
use perch_store::table::model_calls;
use secrecy::SecretString;

use super::connections::blocking;
use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::Nothing;
use crate::wire::connections::DiagnosisLine;
use crate::wire::models::{
    ModelCheck, ModelProviderView, ModelView, Models, NearbyModels, OfModel, SetModel,
};

impl Api {
    pub(super) async fn models(
        &self,
        user: &UserId,
        _request: Nothing,
    ) -> Result<Models, ApiError> {
        let setup = self.engine.setup();
        let mut all = self.engine.models_in_order(user).await?;
        all.extend(setup.models.iter().filter(|one| !one.enabled).cloned());
        let mut models = Vec::new();
        for choice in all {
            models.push(self.model_view(choice, &setup.policy).await?);
        }
        let now = self.now();
        let (today, month) = self
            .engine
            .db()
            .read(move |db| {
                let day = SignedDuration::from_hours(24);
                Ok((
                    model_calls::spent_since(db, now - day)?,
                    model_calls::spent_since(db, now - day * 30)?,
                ))
            })
            .await?;
        Ok(Models {
            models,
            providers: self
                .engine
                .models()
                .iter()
                .map(|provider| ModelProviderView {
                    id: provider.id(),
                    about: provider.about(),
                })
                .collect(),
            limits: setup.policy.limited(setup.model_limits),
            calls_today: today.calls,
            dollars_today: today.cost_usd,
            dollars_this_month: month.cost_usd,
            policy: Some(setup.policy.clone()).filter(|policy| *policy != Policy::default()),
        })
    }

    async fn model_view(
        &self,
        choice: ModelChoice,
        policy: &Policy,
    ) -> Result<ModelView, ApiError> {
        let (secrets, secret) = (Arc::clone(self.engine.secrets()), choice.secret());
        let key = blocking(move || secrets.get(&secret)).await?;
        let provider = self.engine.model_provider(&choice.provider);
        let known = provider.and_then(|provider| provider.price(&choice.model));
        Ok(ModelView {
            has_key: matches!(key, Ok(Some(_))),
            standing: self.engine.model_standing(&choice.name),
            forbidden: policy.forbids(&choice),
            price: choice.price.or(known),
            name: choice.name,
            provider: choice.provider,
            model: choice.model,
            base_url: choice.base_url,
            enabled: choice.enabled,
            context_tokens: choice.context_tokens,
        })
    }

    pub(super) async fn set_model(
        &self,
        user: &UserId,
        request: SetModel,
    ) -> Result<Models, ApiError> {
        let name = request
            .name
            .filter(|name| !name.is_empty())
            .or_else(|| Some(name_for(request.model.as_deref()?)))
            .unwrap_or_default();
        let existing = self.model_called(&name);
        let provider = request.provider.filter(|text| !text.is_empty());
        // Where another provider is asked, the old address means nothing.
        let kept = existing
            .clone()
            .filter(|one| provider.as_ref().is_none_or(|id| *id == one.provider));
        let mut choice = ModelChoice {
            provider: provider
                .or_else(|| existing.as_ref().map(|one| one.provider.clone()))
                .unwrap_or_default(),
            model: request
                .model
                .filter(|text| !text.is_empty())
                .or_else(|| existing.as_ref().map(|one| one.model.clone()))
                .unwrap_or_default(),
            base_url: request
                .base_url
                .filter(|url| !url.is_empty())
                .or_else(|| kept.as_ref().map(|one| one.base_url.clone()))
                .unwrap_or_default(),
            enabled: request
                .enabled
                .or(existing.as_ref().map(|one| one.enabled))
                .unwrap_or(true),
            context_tokens: request
                .context_tokens
                .or(existing.as_ref().map(|one| one.context_tokens))
                .unwrap_or(ModelChoice::CONTEXT),
            price: request.price.or(kept.as_ref().and_then(|one| one.price)),
            name,
        };
        // A key that was typed for one host is not sent to another.
        let moved = existing
            .as_ref()
            .is_some_and(|one| !choice.base_url.is_empty() && one.base_url != choice.base_url);
        let key = request.key.filter(|key| !key.trim().is_empty());
        self.edit(|file| {
            file.rules().complete_model(&mut choice)?;
            file.put_model(&choice).map_err(|error| error.to_string())
        })?;
        let (secrets, secret) = (Arc::clone(self.engine.secrets()), choice.secret());
        let kept = match key {
            Some(key) => {
                let key = SecretString::from(key.trim().to_owned());
                blocking(move || secrets.set(&secret, &key)).await?
            }
            None if moved => blocking(move || secrets.delete(&secret)).await?,
            None => Ok(()),
        };
        kept.map_err(|error| ApiError::new(Code::Failed, error.to_string()))?;
        self.engine.try_model_again(&choice.name);
        self.models(user, Nothing {}).await
    }

    pub(super) async fn remove_model(
        &self,
        user: &UserId,
        request: OfModel,
    ) -> Result<Models, ApiError> {
        let choice = self.named_model(&request.name)?;
        self.edit(|file| {
            file.remove_model(&request.name)
                .map(drop)
                .map_err(|error| error.to_string())
        })?;
        let (secrets, secret) = (Arc::clone(self.engine.secrets()), choice.secret());
        blocking(move || secrets.delete(&secret))
            .await?
            .map_err(|error| ApiError::new(Code::Failed, error.to_string()))?;
        self.engine.try_model_again(&choice.name);
        self.models(user, Nothing {}).await
    }

    pub(super) async fn check_model(
        &self,
        _user: &UserId,
        request: OfModel,
    ) -> Result<ModelCheck, ApiError> {
        let choice = self.named_model(&request.name)?;
        let check = self.check_of(&choice).await?;
        if check.well {
            self.engine.try_model_again(&choice.name);
        }
        Ok(check)
    }

    /// Looks at a model without spending anything.
    async fn check_of(&self, choice: &ModelChoice) -> Result<ModelCheck, ApiError> {
        let unwell = |found: String, models: Vec<String>| ModelCheck {
            name: choice.name.clone(),
            well: false,
            found,
            models,
        };
        if let Some(reason) = self.engine.setup().policy.forbids(choice) {
            return Ok(unwell(reason, Vec::new()));
        }
        let Some(provider) = self.engine.model_provider(&choice.provider) else {
            let found = format!("there is no provider `{}`", choice.provider);
            return Ok(unwell(found, Vec::new()));
        };
        let models = match self.listed(provider, choice).await? {
            Ok(models) => models,
            Err(no) => return Ok(unwell(no.to_string(), Vec::new())),
        };
        // Names may come with a tag or a date that nobody writes.
        let is_there = models.iter().any(|one| {
            let rest = one.strip_prefix(choice.model.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest == ":latest" || rest.starts_with("-20"))
        });
        if !is_there && !models.is_empty() {
            let some: Vec<&str> = models.iter().take(12).map(String::as_str).collect();
            let found = format!(
                "it answers and has no model `{}`; choose one of {}",
                choice.model,
                some.join(", ")
            );
            return Ok(unwell(found, models));
        }
        Ok(ModelCheck {
            name: choice.name.clone(),
            well: true,
            found: format!("{} answers and has {}", choice.base_url, choice.model),
            models,
        })
    }

    async fn listed(
        &self,
        provider: &'static dyn ModelProvider,
        choice: &ModelChoice,
    ) -> Result<Result<Vec<String>, NoAnswer>, ApiError> {
        let (secrets, secret) = (Arc::clone(self.engine.secrets()), choice.secret());
        let key = blocking(move || secrets.get(&secret))
            .await?
            .map_err(|error| ApiError::new(Code::Failed, error.to_string()))?;
        let call = Call {
            choice,
            key: key.as_ref(),
            now: self.now(),
        };
        Ok(provider.models(&call).await)
    }

    pub(super) async fn nearby_models(
        &self,
        _user: &UserId,
        _request: Nothing,
    ) -> Result<NearbyModels, ApiError> {
        let set = self.configuration.settings().models;
        let mut servers = Vec::new();
        for provider in self.engine.models() {
            servers.extend(provider.nearby().await);
        }
        servers.retain(|server| !set.iter().any(|one| one.base_url == server.base_url));
        Ok(NearbyModels { servers })
    }

    /// A line for each model that is switched on.
    pub(super) async fn diagnose_models(
        &self,
        user: &UserId,
    ) -> Result<Vec<DiagnosisLine>, ApiError> {
        let mut lines = Vec::new();
        for choice in self.engine.models_in_order(user).await? {
            let check = self.check_of(&choice).await?;
            lines.push(DiagnosisLine {
                what: format!("model {}", choice.name),
                well: check.well,
                found: check.found,
            });
        }
        Ok(lines)
    }

    fn model_called(&self, name: &str) -> Option<ModelChoice> {
        let models = self.configuration.settings().models;
        models.into_iter().find(|one| one.name == name)
    }

    fn named_model(&self, name: &str) -> Result<ModelChoice, ApiError> {
        self.model_called(name).ok_or_else(|| {
            let message = format!("there is no model `{name}`; `perch models` lists them");
            ApiError::new(Code::NotFound, message)
        })
    }
}

/// `claude-sonnet-5` for `claude-sonnet-5`, `qwen3-8b` for `qwen3:8b`.
fn name_for(model: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = model.to_lowercase().chars().map(plain).collect();
    name.trim_matches('-').chars().take(64).collect()
}
