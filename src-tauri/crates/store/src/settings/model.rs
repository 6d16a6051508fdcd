//! Reading and changing `[[model]]` and `[model_budget]`: which language models may be asked, in which order, for how
//! much.

use perch_core::seam::model::{ModelChoice, ModelLimits, Price};
use serde_json::{Map, Value as Json};
use url::Url;

use super::Rules;
use super::section::{Problems, Section};
use crate::nearest::nearest;

/// Tokens of a model's window, from what is too small for a prompt to what nobody has yet.
const WINDOW: std::ops::RangeInclusive<u32> = 2_000..=100_000_000;

/// Dollars a limit may be.
const DOLLARS: std::ops::RangeInclusive<f64> = 0.0..=100_000.0;

/// Every model that could be read, in the file's order.
pub(super) fn read_all(
    sections: Vec<Section<'_>>,
    rules: &Rules,
    problems: &mut Problems<'_>,
) -> Vec<ModelChoice> {
    let mut models: Vec<ModelChoice> = Vec::new();
    for section in sections {
        let at = section.place("name");
        let Some(model) = read(section, rules, problems) else {
            continue;
        };
        if models.iter().any(|other| other.name == model.name) {
            let message = format!("two models are called `{}`; rename one", model.name);
            problems.add(at, message);
        }
        models.push(model);
    }
    models
}

fn read(
    mut section: Section<'_>,
    rules: &Rules,
    problems: &mut Problems<'_>,
) -> Option<ModelChoice> {
    let mut text = |key| section.text(key, problems).map(str::to_owned);
    let (name, provider, model, base_url) = (
        text("name"),
        text("provider"),
        text("model"),
        text("base_url"),
    );
    let prices = (
        section.amount("price_in", DOLLARS, problems),
        section.amount("price_out", DOLLARS, problems),
    );
    let mut choice = ModelChoice {
        name: name.unwrap_or_default(),
        provider: provider.unwrap_or_default(),
        base_url: base_url.unwrap_or_default(),
        model: model.unwrap_or_default(),
        enabled: section.flag("enabled", problems).unwrap_or(true),
        context_tokens: section
            .number("context_tokens", WINDOW, problems)
            .unwrap_or(ModelChoice::CONTEXT),
        price: match prices {
            (Some(input), Some(output)) => Some(Price { input, output }),
            _ => None,
        },
    };
    if prices.0.is_some() != prices.1.is_some() {
        problems.add(
            section.place("price_in"),
            "`price_in` and `price_out` belong together; give both, in dollars per million tokens",
        );
    }
    let at = section.at;
    section.finish(problems);
    match complete(&mut choice, rules) {
        Ok(()) => Some(choice),
        Err(problem) => {
            problems.add(at, problem);
            None
        }
    }
}

/// Fills in what a model leaves to its provider, and says what is wrong with it.
pub(super) fn complete(choice: &mut ModelChoice, rules: &Rules) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = choice.name.as_str();
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(format!(
            "`{name}` cannot be a model's name here; use at most 64 of a-z, 0-9 and -, such as `claude`"
        ));
    }
    let known = || rules.models.iter().map(|one| one.id.as_str());
    let Some(provider) = rules.models.iter().find(|one| one.id == choice.provider) else {
        return Err(match nearest(&choice.provider, known()) {
            Some(near) => format!(
                "no models come from `{}`; did you mean `{near}`?",
                choice.provider
            ),
            None => format!(
                "no models come from `{}`; Perch knows {}",
                choice.provider,
                known().collect::<Vec<_>>().join(", ")
            ),
        });
    };
    if choice.model.trim().is_empty() {
        return Err(format!(
            "the model `{name}` needs a `model`, its name at {}",
            choice.provider
        ));
    }
    if choice.base_url.is_empty() {
        choice.base_url.clone_from(&provider.default_base_url);
    }
    let url = Url::parse(&choice.base_url).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
    });
    let Some(url) = url else {
        return Err(format!(
            "the `base_url` of the model `{name}` must be an address such as {}",
            provider.default_base_url
        ));
    };
    let own = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "http" && !own && !provider.local {
        return Err(format!(
            "the model `{name}` is asked in the open, and its key could be read on the way; write https in `base_url`"
        ));
    }
    Ok(())
}

/// The limits of `[model_budget]`.
pub(super) fn read_limits(mut section: Section<'_>, problems: &mut Problems<'_>) -> ModelLimits {
    let mut limits = ModelLimits::default();
    if let Some(calls) = section.number("calls_per_day", 0..=1_000_000, problems) {
        limits.calls_per_day = calls;
    }
    for (key, limit) in [
        ("dollars_per_day", &mut limits.dollars_per_day),
        ("dollars_per_month", &mut limits.dollars_per_month),
        ("dollars_per_suggestion", &mut limits.dollars_per_suggestion),
    ] {
        *limit = section.amount(key, DOLLARS, problems).unwrap_or(*limit);
    }
    section.finish(problems);
    limits
}

/// What a `[[model]]` says of `choice`; what is as it would be without saying so is left out.
pub(super) fn fields(choice: &ModelChoice, default_base_url: &str) -> Map<String, Json> {
    let mut fields = Map::new();
    for (key, value, needed) in [
        ("name", Json::from(choice.name.as_str()), true),
        ("provider", choice.provider.as_str().into(), true),
        ("model", choice.model.as_str().into(), true),
        (
            "base_url",
            choice.base_url.as_str().into(),
            !choice.base_url.is_empty() && choice.base_url != default_base_url,
        ),
        (
            "context_tokens",
            choice.context_tokens.into(),
            choice.context_tokens != ModelChoice::CONTEXT,
        ),
        ("enabled", choice.enabled.into(), !choice.enabled),
    ] {
        if needed {
            fields.insert(key.into(), value);
        }
    }
    if let Some(price) = choice.price {
        fields.insert("price_in".into(), price.input.into());
        fields.insert("price_out".into(), price.output.into());
    }
    fields
}
