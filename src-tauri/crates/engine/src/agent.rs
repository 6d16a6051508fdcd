//! `agent`: has the model write a draft and checks it against its schema; one repair attempt, else none.
//!
//! The only step that cannot be repeated to the letter, so its draft becomes a row before anything else happens.

use std::time::Duration;

use perch_core::draft::{Draft, Prompt};
use perch_core::finding::Finding;
use perch_core::seam::model::Model;

use crate::prompt::prompt;

/// A model that takes longer is not waited for.
const LIMIT: Duration = Duration::from_secs(120);

/// What a model wrote, and what that took.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    pub(crate) draft: Draft,
    pub(crate) prompt: Prompt,
    pub(crate) model: String,
    pub(crate) tokens: u64,
    pub(crate) cost_usd: f64,
}

/// Asks `model` for a draft. `Err` says why there is none; the built-in words stand then.
///
/// `seed` must be unguessable to whoever wrote the outside text; the fence is named after it.
pub(crate) async fn write(
    model: &dyn Model,
    finding: &Finding,
    seed: &str,
) -> Result<Written, String> {
    let mut prompt = prompt(finding, seed);
    let (mut tokens, mut cost_usd) = (0, 0.0);
    for attempt in 0..2 {
        let completion = tokio::time::timeout(LIMIT, model.complete(&prompt))
            .await
            .map_err(|_| format!("the model did not answer within {} s", LIMIT.as_secs()))?
            .map_err(|error| error.to_string())?;
        tokens += completion.tokens;
        cost_usd += completion.cost_usd;
        match check(&completion.text) {
            Ok(draft) => {
                return Ok(Written {
                    draft,
                    prompt,
                    model: model.id(),
                    tokens,
                    cost_usd,
                });
            }
            Err(fault) if attempt == 0 => {
                prompt.user.push_str("\nYour last answer was refused: ");
                prompt.user.push_str(&fault);
                prompt
                    .user
                    .push_str(". Answer again with JSON that satisfies the schema.");
            }
            Err(fault) => return Err(format!("the model's answer was refused twice: {fault}")),
        }
    }
    unreachable!("the second attempt returns")
}

fn check(text: &str) -> Result<Draft, String> {
    let json = text
        .trim()
        .trim_start_matches("```json")
        .trim_matches('`')
        .trim();
    let draft: Draft = serde_json::from_str(json).map_err(|error| error.to_string())?;
    for (field, value, limit) in [
        ("title", &draft.title, 60),
        ("why", &draft.why, 200),
        ("explanation", &draft.explanation, 4000),
    ] {
        if value.trim().is_empty() {
            return Err(format!("`{field}` is empty"));
        }
        if value.chars().count() > limit {
            return Err(format!("`{field}` is longer than {limit} characters"));
        }
    }
    if draft.explanation.contains("![") || draft.explanation.contains("<img") {
        return Err("`explanation` holds an image".into());
    }
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use perch_core::seam::model::{Completion, NoAnswer};

    use super::*;

    struct Scripted(Mutex<Vec<&'static str>>);

    #[async_trait]
    impl Model for Scripted {
        fn id(&self) -> String {
            "scripted".into()
        }

        async fn complete(&self, _prompt: &Prompt) -> Result<Completion, NoAnswer> {
            let text = self.0.lock().unwrap().remove(0);
            Ok(Completion {
                text: text.into(),
                tokens: 10,
                cost_usd: 0.5,
            })
        }
    }

    const GOOD: &str = r#"{"title":"t","why":"w","explanation":"e","comment":null}"#;

    #[tokio::test]
    async fn a_refused_answer_is_repaired_once_and_both_are_paid_for() {
        let model = Scripted(Mutex::new(vec!["no JSON", GOOD]));
        let written = write(&model, &Finding::default(), "seed").await.unwrap();
        assert_eq!((written.tokens, written.cost_usd), (20, 1.0));
        assert!(written.prompt.user.contains("Your last answer was refused"));
    }

    #[tokio::test]
    async fn two_refused_answers_leave_the_built_in_words() {
        let model = Scripted(Mutex::new(vec![
            "{}",
            r#"{"title":"t","why":"w","explanation":"![x](y)","comment":null}"#,
        ]));
        let error = write(&model, &Finding::default(), "seed")
            .await
            .unwrap_err();
        assert!(
            error.contains("refused twice: `explanation` holds an image"),
            "{error}"
        );
    }
}
