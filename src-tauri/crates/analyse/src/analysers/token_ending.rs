//! Looks at `TOKEN_ENDING`: a connection's token ends within days, and what to do before it does.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::finding::{Finding, Fix, Point, Remedy};
use perch_core::suggestion::Level;

use crate::analyser::{Analyser, Look};

pub(super) static ANALYSER: TokenEnding = TokenEnding;

pub(super) struct TokenEnding;

impl Analyser for TokenEnding {
    fn id(&self) -> &'static str {
        "token_ending"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::TOKEN_ENDING]
    }

    fn wants(&self, _event: &Event, _facts: &Facts) -> Vec<Want> {
        Vec::new()
    }

    fn look(&self, event: &Event, _facts: &Facts) -> Look {
        let token = &event.data["token"];
        let text = |field: &str| token[field].as_str().unwrap_or_default();
        let (connection, provider, ends) = (text("connection"), text("provider"), text("ends"));
        if connection.is_empty() || ends.is_empty() {
            return Look::Nothing("it names no token".into());
        }
        let day = ends.split('T').next().unwrap_or(ends);
        Look::Found(Box::new(Finding {
            analyser: self.id().into(),
            rule: "connection/token_ending".into(),
            title: format!("The token of {connection} ends on {day}"),
            why: "Once it has ended nothing is seen there any more.".into(),
            level: Level::Normal,
            confidence: 1.0,
            fingerprint: event.dedup_key.clone(),
            points: vec![Point {
                text: format!(
                    "{} announced that the token of `{connection}` ends at {ends}; the connection watches {}",
                    text("forge"),
                    text("watches"),
                ),
                evidence: Vec::new(),
                todo: false,
            }],
            fixes: vec![Fix {
                title: "Give the connection a new token".into(),
                explanation: "Make a new one with the same permissions. The command asks for it, or change the \
                              connection in the panel; what is watched stays as it is."
                    .into(),
                remedy: Remedy::Command {
                    command: format!("perch connect {provider} --name {connection}"),
                },
                confidence: 1.0,
            }],
            ..Finding::default()
        }))
    }
}
