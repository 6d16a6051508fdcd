//! `models`, `set_model`, `remove_model`, `check_model`, `nearby_models`.

use perch_core::policy::Policy;
use perch_core::seam::model::{AboutModels, ModelLimits, ModelStanding, Nearby, Price};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The language models that may be asked, and what they took.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Models {
    /// The models, in the order in which they are asked for this user; those that are switched off last.
    pub models: Vec<ModelView>,
    /// Every kind of provider.
    pub providers: Vec<ModelProviderView>,
    /// What models may take in all.
    pub limits: ModelLimits,
    /// Calls in the last 24 hours.
    pub calls_today: u32,
    /// US dollars in the last 24 hours.
    pub dollars_today: f64,
    /// US dollars in the last 30 days.
    pub dollars_this_month: f64,
    /// What the team's policy forbids, if there is one.
    pub policy: Option<Policy>,
}

/// A model as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelView {
    /// What it is called here.
    pub name: String,
    /// Who serves it.
    pub provider: String,
    /// Its name there.
    pub model: String,
    /// Where it is asked.
    pub base_url: String,
    /// False leaves it alone.
    pub enabled: bool,
    /// Tokens it can read and write in one call.
    pub context_tokens: u32,
    /// What it costs in US dollars per million tokens; absent when nobody knows, and then it counts as dear.
    pub price: Option<Price>,
    /// Whether its key is in the keychain.
    pub has_key: bool,
    /// How it was doing when it was last asked.
    pub standing: ModelStanding,
    /// Why the policy forbids it.
    pub forbidden: Option<String>,
}

/// A provider of models.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
pub struct ModelProviderView {
    /// Its id.
    pub id: &'static str,
    /// What is shown of it.
    pub about: AboutModels,
}

/// Adds a model, or changes the one of its name; what is absent stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct SetModel {
    /// What it is called here; made from the model's name when absent.
    pub name: Option<String>,
    /// Who serves it.
    pub provider: Option<String>,
    /// Its name there.
    pub model: Option<String>,
    /// Where it is asked.
    pub base_url: Option<String>,
    /// Its key, for the keychain.
    pub key: Option<String>,
    /// Tokens it can read and write in one call.
    pub context_tokens: Option<u32>,
    /// What it costs, where Perch does not know.
    pub price: Option<Price>,
    /// False leaves it alone.
    pub enabled: Option<bool>,
}

/// Names a model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct OfModel {
    /// What it is called here.
    pub name: String,
}

/// What a look at a model found. Nothing was spent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ModelCheck {
    /// What it is called here.
    pub name: String,
    /// True when it can be asked.
    pub well: bool,
    /// What was found, and what to do where it is not well.
    pub found: String,
    /// The models that can be had with this key.
    pub models: Vec<String>,
}

/// Model servers on this machine that are not set yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NearbyModels {
    /// The servers.
    pub servers: Vec<Nearby>,
}
