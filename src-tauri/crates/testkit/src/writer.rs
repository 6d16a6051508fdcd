//! A provider of models within the test itself: it writes what a script says and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use perch_core::draft::Prompt;
use perch_core::seam::model::{
    AboutModels, Call, Completion, Listener, ModelChoice, ModelProvider, NoAnswer, Price, Usage,
};

/// The provider.
#[derive(Default)]
pub struct Writer {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Result<String, NoAnswer>>,
    then: Option<String>,
    prompts: Vec<Prompt>,
    price: Option<Price>,
}

impl Writer {
    /// One that lives as long as the test's process.
    pub fn leaked() -> &'static Self {
        Box::leak(Box::default())
    }

    /// The registry that holds only this one.
    pub fn registry(&'static self) -> &'static [&'static dyn ModelProvider] {
        Box::leak(Box::new([self as &dyn ModelProvider]))
    }

    /// A model of this provider.
    pub fn model(name: &str) -> ModelChoice {
        ModelChoice {
            name: name.into(),
            provider: "writer".into(),
            base_url: "https://writer.example".into(),
            model: format!("{name}-1"),
            enabled: true,
            context_tokens: ModelChoice::CONTEXT,
            price: None,
        }
    }

    /// What the next calls get, in order.
    pub fn script(&self, answers: impl IntoIterator<Item = Result<String, NoAnswer>>) {
        self.state().script.extend(answers);
    }

    /// What calls get once the script is over; without it they fail.
    pub fn set_then(&self, answer: &str) {
        self.state().then = Some(answer.into());
    }

    /// What its tokens cost.
    pub fn set_price(&self, price: Price) {
        self.state().price = Some(price);
    }

    /// What it was asked so far.
    pub fn prompts(&self) -> Vec<Prompt> {
        self.state().prompts.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ModelProvider for Writer {
    fn id(&self) -> &'static str {
        "writer"
    }

    fn about(&self) -> AboutModels {
        AboutModels {
            name: "Writer",
            default_base_url: "https://writer.example",
            local: false,
            key_page: "",
            example: "writer-1",
        }
    }

    fn price(&self, _model: &str) -> Option<Price> {
        self.state().price.or(Some(Price::FREE))
    }

    async fn complete(
        &self,
        _call: &Call<'_>,
        prompt: &Prompt,
        _most: u32,
        listener: Listener<'_>,
    ) -> Result<Completion, NoAnswer> {
        let answer = {
            let mut state = self.state();
            state.prompts.push(prompt.clone());
            let next = state.script.pop_front();
            let then = state.then.clone();
            next.or(then.map(Ok))
        };
        // Others get a turn, as they would while a server thinks.
        tokio::task::yield_now().await;
        let text =
            answer.unwrap_or_else(|| Err(NoAnswer::Unavailable("nobody is there".into())))?;
        for piece in text.split_inclusive(' ') {
            listener(piece);
        }
        Ok(Completion {
            text,
            usage: Usage {
                input: 1000,
                output: 200,
            },
        })
    }

    async fn models(&self, _call: &Call<'_>) -> Result<Vec<String>, NoAnswer> {
        Ok(vec!["writer-1".into()])
    }
}
