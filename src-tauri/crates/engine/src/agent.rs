//! `agent`: has a model write a draft: in the user's order, within what models may take, checked, repaired once.
//!
//! The only step that cannot be repeated to the letter. Where no model writes, the reason is told and Perch's own words
//! stand.

mod check;
mod standing;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use perch_core::draft::{Draft, Prompt};
use perch_core::id::{SuggestionId, UserId};
use perch_core::seam::model::{
    Call, Completion, ModelChoice, ModelProvider, NoAnswer, Price, Usage,
};
use perch_store::db::StoreError;
use perch_store::table::model_calls::{self, NewCall};
use perch_store::table::{model_answers, users};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use self::check::check;
pub(crate) use self::standing::Standings;
use crate::draft_check;
use crate::engine::Engine;
use crate::prompt::{Assembled, tokens};
use crate::setup::Setup;
use crate::support::{Supported, supported};

/// A model that takes longer is not waited for.
const LIMIT: Duration = Duration::from_secs(240);

/// Tokens of an answer at most, those a model thinks in counted too.
const MOST: u32 = 4_000;

/// How long a model that cannot be asked is left alone, unless the user changes something.
const REST: SignedDuration = SignedDuration::from_mins(10);

/// How long one that did not answer is.
const PAUSE: SignedDuration = SignedDuration::from_secs(20);

/// What counts for a model whose price nobody knows: what dear ones take.
const UNKNOWN: Price = Price {
    input: 5.0,
    output: 30.0,
};

/// What is wanted.
pub(crate) struct Wanted<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) suggestion: SuggestionId,
    /// Models the user prefers, by name or model, best first.
    pub(crate) preferred: &'a [String],
    /// The prompt for a model with so many tokens of room, its fences named after a seed.
    pub(crate) assemble: &'a (dyn Fn(usize, &str) -> Assembled + Sync),
    /// The source of time.
    pub(crate) clock: &'a (dyn Fn() -> Timestamp + Sync),
}

/// What a model wrote, and what that took.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    pub(crate) draft: Draft,
    pub(crate) dropped: Vec<String>,
    pub(crate) assembled: Assembled,
    pub(crate) model: ModelChoice,
    pub(crate) usage: Usage,
    pub(crate) calls: u32,
    pub(crate) cost_usd: f64,
    pub(crate) latency: Duration,
}

/// Nobody wrote.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unwritten {
    /// Why, model by model.
    pub(crate) reason: String,
    /// When trying again may help.
    pub(crate) until: Option<Timestamp>,
}

/// Why one model did not write.
enum Not {
    Answered(NoAnswer),
    /// What was written cannot be used.
    Usable(String),
    /// It may take no more.
    Allowed(String),
}

impl Engine {
    /// Asks the models in order until one has written. `listener` hears what is being written.
    pub(crate) async fn have_written(
        &self,
        wanted: &Wanted<'_>,
        listener: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Result<Written, Unwritten>, StoreError> {
        let setup = self.setup();
        let mut reasons = Vec::new();
        let mut until: Option<Timestamp> = None;
        for choice in in_order(&setup, wanted.preferred) {
            let now = (wanted.clock)();
            if let Some(reason) = setup.policy.forbids(choice) {
                reasons.push(format!("{}: {reason}", choice.name));
                continue;
            }
            if let Some((again, problem)) = self.standings.rests(&choice.name, now) {
                until = until.into_iter().chain(again).min();
                reasons.push(format!("{}: {problem}", choice.name));
                continue;
            }
            match self.ask_model(&setup, choice, wanted, listener).await? {
                Ok(written) => {
                    self.standings.well(&choice.name);
                    return Ok(Ok(written));
                }
                Err(not) => {
                    let now = (wanted.clock)();
                    let (reason, again) = match not {
                        Not::Answered(no) => (no.to_string(), self.note(choice, &no, now)),
                        Not::Usable(reason) => {
                            self.standings.well(&choice.name);
                            (reason, None)
                        }
                        Not::Allowed(reason) => (reason, None),
                    };
                    until = until.into_iter().chain(again).min();
                    reasons.push(format!("{}: {reason}", choice.name));
                }
            }
        }
        if reasons.is_empty() {
            reasons.push("no model is set".into());
        }
        Ok(Err(Unwritten {
            reason: reasons.join("; "),
            until,
        }))
    }

    /// Notes why a model did not answer, and tells when it may be asked again.
    fn note(&self, choice: &ModelChoice, no: &NoAnswer, now: Timestamp) -> Option<Timestamp> {
        let until = match no {
            NoAnswer::Misconfigured { problem, next_step } => {
                self.standings
                    .broken(&choice.name, problem, next_step, now + REST);
                return None;
            }
            NoAnswer::Limited { until, .. } => *until,
            NoAnswer::Unavailable(_) => now + PAUSE,
            NoAnswer::TooLong(_) | NoAnswer::Refused(_) | NoAnswer::Unusable(_) => {
                self.standings.well(&choice.name);
                return None;
            }
        };
        self.standings.waits(&choice.name, &no.to_string(), until);
        Some(until)
    }

    async fn ask_model(
        &self,
        setup: &Setup,
        choice: &ModelChoice,
        wanted: &Wanted<'_>,
        listener: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Result<Written, Not>, StoreError> {
        let Some(provider) = self.model_provider(&choice.provider) else {
            let reason = format!("there is no provider `{}`", choice.provider);
            return Ok(Err(Not::Allowed(reason)));
        };
        let assembled = (wanted.assemble)(room(choice), &seed());
        // Fences have other names each time; what is asked is compared without.
        let hash = hash(choice, &(wanted.assemble)(room(choice), "").prompt);
        if let Some(answer) = self.known_answer(wanted, &hash).await? {
            // What was written for another fence is held against this prompt all the same.
            if let Ok(Supported { draft, dropped }) = usable(&answer, &assembled) {
                return Ok(Ok(Written {
                    draft,
                    dropped,
                    assembled,
                    model: choice.clone(),
                    usage: Usage::default(),
                    calls: 0,
                    cost_usd: 0.0,
                    latency: Duration::ZERO,
                }));
            }
        }
        let key = match self.model_key(choice).await {
            Ok(key) => key,
            Err(no) => return Ok(Err(Not::Answered(no))),
        };
        let known = choice.price.or_else(|| provider.price(&choice.model));
        let price = known.unwrap_or(UNKNOWN);
        let mut prompt = assembled.prompt.clone();
        let (mut usage, mut cost_usd) = (Usage::default(), 0.0);
        let begun = tokio::time::Instant::now();
        for attempt in 1..=2 {
            let most = Usage {
                input: tokens(&prompt.system) + tokens(&prompt.user),
                output: u64::from(MOST),
            };
            let number = match self
                .begin_call(setup, choice, wanted, price.of(most))
                .await?
            {
                Ok(number) => number,
                Err(reason) if known.is_some() => return Ok(Err(Not::Allowed(reason))),
                Err(reason) => {
                    let why =
                        "its price is not known and counts as dear; set `price_in` and `price_out`";
                    return Ok(Err(Not::Allowed(format!("{reason} ({why})"))));
                }
            };
            let call = Call {
                choice,
                key: key.as_ref(),
                now: (wanted.clock)(),
            };
            let asked = provider.complete(&call, &prompt, MOST, listener);
            let answer = tokio::time::timeout(LIMIT, asked)
                .await
                .unwrap_or_else(|_| {
                    let problem = format!("it did not finish within {} s", LIMIT.as_secs());
                    Err(NoAnswer::Unavailable(problem))
                });
            let took = taken(&answer, &prompt.user, most);
            let cost = price.of(took);
            usage.input += took.input;
            usage.output += took.output;
            cost_usd += cost;
            self.db
                .write(move |db| model_calls::end(db, number, took, cost))
                .await?;
            let text = match answer {
                Ok(completion) => completion.text,
                Err(NoAnswer::Unusable(fault)) if attempt == 1 => {
                    repair(&mut prompt.user, &fault);
                    continue;
                }
                Err(no) => return Ok(Err(Not::Answered(no))),
            };
            match usable(&text, &assembled) {
                Ok(Supported { draft, dropped }) => {
                    self.keep_answer(wanted, hash, text).await?;
                    return Ok(Ok(Written {
                        draft,
                        dropped,
                        assembled: Assembled {
                            prompt,
                            ..assembled
                        },
                        model: choice.clone(),
                        usage,
                        calls: attempt,
                        cost_usd,
                        latency: begun.elapsed(),
                    }));
                }
                Err(fault) if attempt == 1 => repair(&mut prompt.user, &fault),
                Err(fault) => {
                    let reason = format!("its answer was refused twice: {fault}");
                    return Ok(Err(Not::Usable(reason)));
                }
            }
        }
        Ok(Err(Not::Usable("its answer cannot be used".into())))
    }

    /// Enters a call before it is made; the inner error says why it may not be.
    async fn begin_call(
        &self,
        setup: &Setup,
        choice: &ModelChoice,
        wanted: &Wanted<'_>,
        at_most_usd: f64,
    ) -> Result<Result<i64, String>, StoreError> {
        let call = NewCall {
            user_id: wanted.user.clone(),
            suggestion_id: wanted.suggestion,
            model: choice.id(),
            at_most_usd,
        };
        let limits = setup.policy.limited(setup.model_limits);
        let now = (wanted.clock)();
        self.db
            .write(move |db| model_calls::begin(db, &call, &limits, now))
            .await
    }

    async fn known_answer(
        &self,
        wanted: &Wanted<'_>,
        hash: &str,
    ) -> Result<Option<String>, StoreError> {
        let (user, hash, now) = (wanted.user.clone(), hash.to_owned(), (wanted.clock)());
        self.db
            .read(move |db| model_answers::get(db, &user, &hash, now))
            .await
    }

    async fn keep_answer(
        &self,
        wanted: &Wanted<'_>,
        hash: String,
        text: String,
    ) -> Result<(), StoreError> {
        let (user, now) = (wanted.user.clone(), (wanted.clock)());
        self.db
            .write(move |db| model_answers::put(db, &user, &hash, &text, now))
            .await
    }

    /// The key of a model, from the keychain.
    pub(crate) async fn model_key(
        &self,
        choice: &ModelChoice,
    ) -> Result<Option<SecretString>, NoAnswer> {
        let (secrets, name) = (std::sync::Arc::clone(&self.secrets), choice.secret());
        let got = tokio::task::spawn_blocking(move || secrets.get(&name)).await;
        let misconfigured = |problem: String| NoAnswer::Misconfigured {
            problem,
            next_step: "unlock the keychain".into(),
        };
        got.map_err(|error| misconfigured(error.to_string()))?
            .map_err(|error| misconfigured(error.to_string()))
    }

    /// The provider of models with this id.
    pub fn model_provider(&self, id: &str) -> Option<&'static dyn ModelProvider> {
        self.models.iter().copied().find(|one| one.id() == id)
    }

    /// The models `user` has set, in the order in which they are asked.
    pub async fn models_in_order(&self, user: &UserId) -> Result<Vec<ModelChoice>, StoreError> {
        let of = user.clone();
        let profile = self.db.read(move |db| users::profile(db, &of)).await?;
        let setup = self.setup();
        let order = in_order(&setup, &profile.preferred_models);
        Ok(order.into_iter().cloned().collect())
    }
}

/// Models that are switched on: those the user prefers first, the others as the settings have them.
fn in_order<'a>(setup: &'a Setup, preferred: &[String]) -> Vec<&'a ModelChoice> {
    let place = |choice: &ModelChoice| {
        let mut names = preferred.iter();
        names
            .position(|name| *name == choice.name || *name == choice.model || *name == choice.id())
            .unwrap_or(usize::MAX)
    };
    let mut models: Vec<_> = setup.models.iter().filter(|one| one.enabled).collect();
    models.sort_by_key(|choice| place(choice));
    models
}

/// Tokens there are for the evidence: what the rules, the atoms and the answer leave.
fn room(choice: &ModelChoice) -> usize {
    /// What rules, atoms, schema and finding take together.
    const FRAME: usize = 3_000;
    (choice.context_tokens as usize).saturating_sub(MOST as usize + FRAME)
}

/// What of the answer `text` may be shown, or what is wrong with it.
pub(crate) fn usable(text: &str, assembled: &Assembled) -> Result<Supported, String> {
    let found = supported(check(text)?, &assembled.pieces, &assembled.prompt.user)?;
    // What is left is looked at: taking words out puts others together.
    draft_check::check(&found.draft, &assembled.known)?;
    Ok(found)
}

/// Asks again, saying what was wrong.
pub(crate) fn repair(user: &mut String, fault: &str) {
    user.push_str("\nYour last answer was refused: ");
    user.push_str(fault);
    user.push_str(". Answer again with JSON that satisfies the schema.\n");
}

/// Tokens a call took. A server that does not count, and a call that broke off, are estimated, rather too high.
fn taken(answer: &Result<Completion, NoAnswer>, prompt: &str, most: Usage) -> Usage {
    match answer {
        Ok(completion) if completion.usage.total() > 0 => completion.usage,
        Ok(completion) => Usage {
            input: tokens(prompt),
            output: tokens(&completion.text),
        },
        // It never came to writing.
        Err(NoAnswer::Misconfigured { .. } | NoAnswer::Limited { .. } | NoAnswer::TooLong(_)) => {
            Usage::default()
        }
        Err(NoAnswer::Refused(_) | NoAnswer::Unusable(_) | NoAnswer::Unavailable(_)) => most,
    }
}

/// What a prompt is known by at a model.
fn hash(choice: &ModelChoice, prompt: &Prompt) -> String {
    let mut hash = Sha256::new();
    for part in [&choice.id(), &choice.base_url, &prompt.system, &prompt.user] {
        hash.update(part);
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}

/// What a prompt's fences are named after: nobody can guess it.
fn seed() -> String {
    let mut bytes = [0_u8; 24];
    // Without a source of chance no fence would hold, and then nothing is sent.
    getrandom::fill(&mut bytes).expect("the system has a source of chance");
    hex::encode(bytes)
}
