//! Model servers on this machine: who answers at the ports they use when nobody says otherwise. Nothing is used unasked.

use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use perch_core::seam::model::{Call, ModelChoice, Nearby};

use super::chat;

/// A server on loopback answers at once or is not there.
const PATIENCE: Duration = Duration::from_millis(700);

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ollama,
    LlamaCpp,
    LmStudio,
}

/// How a server of a kind is found.
struct Habit {
    server: &'static str,
    provider: &'static str,
    base_url: &'static str,
    path: &'static str,
    list: &'static str,
    field: &'static str,
}

impl Kind {
    fn habit(self) -> Habit {
        let openai = |server, base_url| Habit {
            server,
            provider: "openai",
            base_url,
            path: "/models",
            list: "data",
            field: "id",
        };
        match self {
            Self::Ollama => Habit {
                server: "Ollama",
                provider: "ollama",
                base_url: "http://127.0.0.1:11434",
                path: "/api/tags",
                list: "models",
                field: "name",
            },
            Self::LlamaCpp => openai("llama.cpp", "http://127.0.0.1:8080/v1"),
            Self::LmStudio => openai("LM Studio", "http://127.0.0.1:1234/v1"),
        }
    }
}

/// Those of `kinds` that answer and have a model.
pub(super) async fn find(kinds: &[Kind]) -> Vec<Nearby> {
    let looks = kinds.iter().map(|kind| look(kind.habit()));
    let found = futures_util::future::join_all(looks).await;
    found.into_iter().flatten().collect()
}

async fn look(habit: Habit) -> Option<Nearby> {
    let choice = ModelChoice {
        name: String::new(),
        provider: habit.provider.into(),
        base_url: habit.base_url.into(),
        model: String::new(),
        enabled: true,
        context_tokens: ModelChoice::CONTEXT,
        price: None,
    };
    let call = Call {
        choice: &choice,
        key: None,
        now: Timestamp::UNIX_EPOCH,
    };
    let asked = chat::asked(&call, habit.path).ok()?;
    let answer = tokio::time::timeout(PATIENCE, asked.json(Method::GET)).await;
    // Others may live at these ports; a list of models is what tells them apart.
    let models = chat::ids(&answer.ok()?.ok()?, habit.list, habit.field);
    (!models.is_empty()).then(|| Nearby {
        provider: habit.provider.into(),
        server: habit.server.into(),
        base_url: habit.base_url.into(),
        models,
    })
}
