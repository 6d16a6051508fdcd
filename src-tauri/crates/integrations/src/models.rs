//! The registry of model providers: one line each.

use perch_core::seam::model::ModelProvider;

mod answer;
pub mod anthropic;
mod chat;
mod nearby;
pub mod ollama;
pub mod openai;
pub mod openai_responses;
pub mod prices;
mod refusal;
mod schema;
mod sse;
mod talk;

/// Every model provider, in alphabetical order.
pub static ALL: &[&dyn ModelProvider] = &[
    &anthropic::PROVIDER,
    &ollama::PROVIDER,
    &openai::PROVIDER,
    &openai_responses::PROVIDER,
];
