//! What was heard of a streamed answer so far, whatever its format, and what it is worth once it has ended.

use perch_core::seam::model::{Call, Completion, Listener, NoAnswer, Usage};
use serde_json::Value;

use super::refusal;
use super::sse::Event;
use crate::http;

/// Bytes of text of an answer at most; a longer one is no draft.
const LONGEST: usize = 1 << 20;

/// An answer that is being heard.
pub(super) struct Answer<'a> {
    call: &'a Call<'a>,
    host: String,
    text: String,
    refusal: String,
    /// Why it ended, in the format's own word.
    pub(super) reason: String,
    /// What it took, as far as it was said.
    pub(super) usage: Usage,
}

impl<'a> Answer<'a> {
    pub(super) fn to(call: &'a Call<'a>) -> Self {
        Self {
            call,
            host: http::host_of(&call.choice.base_url),
            text: String::new(),
            refusal: String::new(),
            reason: String::new(),
            usage: Usage::default(),
        }
    }

    /// What an event says.
    pub(super) fn json(&self, event: &Event) -> Result<Value, NoAnswer> {
        serde_json::from_str(&event.data)
            .map_err(|_| NoAnswer::Unusable(format!("{} sends what is no JSON", self.host)))
    }

    /// Adds a piece of the text, if it is one, and has `listener` hear it.
    pub(super) fn write(&mut self, piece: &Value, listener: Listener<'_>) -> Result<(), NoAnswer> {
        let Some(piece) = piece.as_str() else {
            return Ok(());
        };
        self.text.push_str(piece);
        listener(piece);
        if self.text.len() > LONGEST {
            return Err(NoAnswer::Unusable("it does not come to an end".into()));
        }
        Ok(())
    }

    /// Adds a piece of the words it refuses with, if it is one.
    pub(super) fn refuse(&mut self, piece: &Value) {
        self.refusal.push_str(piece.as_str().unwrap_or_default());
    }

    /// What an error in the midst of it means.
    pub(super) fn failed(&self, said: &Value) -> NoAnswer {
        refusal::in_stream(said, &self.host, self.call.now)
    }

    /// What it is worth.
    pub(super) fn finish(self) -> Result<Completion, NoAnswer> {
        if !self.refusal.is_empty() {
            return Err(NoAnswer::Refused(self.refusal.chars().take(300).collect()));
        }
        match self.reason.as_str() {
            "content_filter" | "refusal" => {
                Err(NoAnswer::Refused("the provider's filter stopped it".into()))
            }
            "length" | "max_tokens" | "max_output_tokens" => Err(NoAnswer::Unusable(
                "it is longer than was allowed and was cut off".into(),
            )),
            "model_context_window_exceeded" => {
                Err(NoAnswer::TooLong("the answer did not fit behind it".into()))
            }
            _ if self.text.trim().is_empty() => Err(NoAnswer::Unusable("it is empty".into())),
            _ => Ok(Completion {
                text: self.text,
                usage: self.usage,
            }),
        }
    }
}
