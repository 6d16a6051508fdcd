//! `models`: which language models may write suggestions, their keys, and how they are doing.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use perch_api::wire::Nothing;
use perch_api::wire::models::{ModelCheck, NearbyModels, OfModel, SetModel};
use perch_core::seam::model::Price;
use serde_json::Value;

use super::Access;
use super::output::{Output, plain};
use super::terminal;

/// Options of `perch models`.
#[derive(Debug, Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    change: Option<Change>,
}

#[derive(Debug, Subcommand)]
enum Change {
    /// Add a model, or change the one of its name. Its key is read from standard input and kept in the keychain.
    Add(Box<AddArgs>),
    /// Set a model's key anew; it is read from standard input and kept in the keychain.
    Key {
        /// What the model is called here.
        name: String,
    },
    /// Take a model and its key out.
    Remove {
        /// What it is called here.
        name: String,
    },
    /// Look whether a model can be asked, without spending anything.
    Check {
        /// What it is called here.
        name: String,
    },
    /// Find model servers on this machine. Nothing is used unasked.
    Nearby,
}

#[derive(Debug, Args)]
struct AddArgs {
    /// Who serves it: anthropic, ollama, openai (and all that speak its chat completions), openai-responses.
    provider: String,
    /// Its name there.
    model: String,
    /// What it is called here; made from the model's name when absent.
    #[arg(long)]
    name: Option<String>,
    /// Where it is asked, for a server of your own.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// It wants no key.
    #[arg(long)]
    no_key: bool,
    /// Tokens it can read and write in one call.
    #[arg(long, value_name = "TOKENS")]
    context: Option<u32>,
    /// Dollars per million tokens sent, where Perch does not know them.
    #[arg(long, value_name = "DOLLARS", requires = "price_out")]
    price_in: Option<f64>,
    /// Dollars per million tokens written.
    #[arg(long, value_name = "DOLLARS", requires = "price_in")]
    price_out: Option<f64>,
}

pub(super) async fn run(
    access: &Access,
    args: ModelsArgs,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let models: Value = match args.change {
        None => access.call("models", Nothing {}).await?,
        Some(Change::Add(args)) => {
            let needs_key = !args.no_key && args.provider != "ollama";
            let key = if needs_key {
                Some(terminal::read_secret("key")?)
            } else {
                None
            };
            let price = args.price_in.zip(args.price_out);
            let request = SetModel {
                name: args.name,
                provider: Some(args.provider),
                model: Some(args.model),
                base_url: args.base_url,
                key,
                context_tokens: args.context,
                price: price.map(|(input, output)| Price { input, output }),
                enabled: Some(true),
            };
            access.call("set_model", request).await?
        }
        Some(Change::Key { name }) => {
            let request = SetModel {
                name: Some(name),
                key: Some(terminal::read_secret("key")?),
                ..SetModel::default()
            };
            access.call("set_model", request).await?
        }
        Some(Change::Remove { name }) => access.call("remove_model", OfModel { name }).await?,
        Some(Change::Check { name }) => {
            let check: ModelCheck = access.call("check_model", OfModel { name }).await?;
            output.print(&check, |check| plain(&check.found))?;
            return Ok(if check.well {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
        Some(Change::Nearby) => {
            let nearby: NearbyModels = access.call("nearby_models", Nothing {}).await?;
            output.print(&nearby, |nearby| plain(&offered(nearby)))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    output.print(&models, |models| plain(&in_words(models)))?;
    Ok(ExitCode::SUCCESS)
}

fn in_words(models: &Value) -> String {
    let mut text = String::new();
    let all = models["models"].as_array();
    for model in all.into_iter().flatten() {
        let word = |key: &str| model[key].as_str().unwrap_or_default();
        let standing = &model["standing"];
        let state = match (model["forbidden"].as_str(), standing["state"].as_str()) {
            (Some(reason), _) => reason.to_owned(),
            _ if model["enabled"] == false => "switched off".into(),
            (_, Some("well")) => "well".into(),
            (_, Some("waiting")) => format!(
                "left alone until {}: {}",
                standing["until"].as_str().unwrap_or_default(),
                standing["problem"].as_str().unwrap_or_default()
            ),
            (_, Some("broken")) => format!(
                "{}; {}",
                standing["problem"].as_str().unwrap_or_default(),
                standing["next_step"].as_str().unwrap_or_default()
            ),
            _ => "not asked yet".into(),
        };
        let price = match (
            model["price"]["input"].as_f64(),
            model["price"]["output"].as_f64(),
        ) {
            (Some(input), Some(output)) if input + output > 0.0 => {
                format!("${input} in, ${output} out per million tokens")
            }
            (Some(_), Some(_)) => "free".into(),
            _ => "price not known, counted as dear".into(),
        };
        let key = if model["has_key"] == true {
            "key in the keychain"
        } else {
            "no key"
        };
        text.push_str(&format!(
            "{} ({}, {}): {state}\n  {}, {key}, {price}\n",
            word("name"),
            word("provider"),
            word("model"),
            word("base_url"),
        ));
    }
    if text.is_empty() {
        return "No model is set, so Perch's own words stand. `perch models nearby` looks for servers on this machine; \
                `perch models add PROVIDER MODEL` adds one."
            .into();
    }
    let number = |key: &str| models[key].as_f64().unwrap_or_default();
    text.push_str(&format!(
        "\n{} of {} calls and ${:.4} of ${:.2} in the last 24 hours; ${:.4} of ${:.2} in the last 30 days\n",
        models["calls_today"],
        models["limits"]["calls_per_day"],
        number("dollars_today"),
        models["limits"]["dollars_per_day"].as_f64().unwrap_or_default(),
        number("dollars_this_month"),
        models["limits"]["dollars_per_month"].as_f64().unwrap_or_default(),
    ));
    text
}

fn offered(nearby: &NearbyModels) -> String {
    let mut text = String::new();
    for server in &nearby.servers {
        text.push_str(&format!("{} at {}\n", server.server, server.base_url));
        for model in server.models.iter().take(20) {
            let base_url = match server.provider.as_str() {
                "ollama" => String::new(),
                _ => format!(" --no-key --base-url {}", server.base_url),
            };
            text.push_str(&format!(
                "  perch models add {} {model}{base_url}\n",
                server.provider
            ));
        }
    }
    if text.is_empty() {
        text.push_str("no model server answers on this machine that is not set already");
    }
    text
}
