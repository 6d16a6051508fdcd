//! `webhook`: list, create and remove the webhooks at a forge, and replace their secret.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use perch_api::wire::webhooks::{MakeWebhooks, OfConnection, Webhooks};

use super::Access;
use super::output::{Output, plain};

/// Options of `perch webhook`.
#[derive(Debug, Args)]
pub struct WebhookArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the webhooks that lead to a connection, as they stand at its forge.
    List {
        /// The connection's name.
        connection: String,
    },
    /// Make them at the forge, with a secret made for them and every event that Perch reads.
    Create {
        /// The connection's name.
        connection: String,
        /// Repositories among those the connection watches; all of them when absent.
        repositories: Vec<String>,
        /// The public address that leads to Perch's listener, such as `https://perch.example.org`.
        #[arg(long)]
        url: String,
    },
    /// Take away those that Perch made.
    Remove {
        /// The connection's name.
        connection: String,
    },
    /// Have those that Perch made sign with a new secret; the old one is believed too until `promote`.
    Rotate {
        /// The connection's name.
        connection: String,
    },
    /// Believe only the new secret from now on.
    Promote {
        /// The connection's name.
        connection: String,
    },
}

pub(super) async fn run(
    access: &Access,
    args: WebhookArgs,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let of = |connection| OfConnection { connection };
    let found: Webhooks = match args.what {
        What::List { connection } => access.call("webhooks", of(connection)).await?,
        What::Create {
            connection,
            repositories,
            url,
        } => {
            let request = MakeWebhooks {
                connection,
                url,
                repositories,
            };
            access.call("make_webhooks", request).await?
        }
        What::Remove { connection } => access.call("remove_webhooks", of(connection)).await?,
        What::Rotate { connection } => access.call("rotate_webhook_secret", of(connection)).await?,
        What::Promote { connection } => {
            access
                .call("promote_webhook_secret", of(connection))
                .await?
        }
    };
    output.print(&found, |found| plain(&in_words(found)))?;
    for failure in &found.failures {
        output.note(&format!("{}: {}", failure.repository, failure.problem));
    }
    Ok(if found.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn in_words(found: &Webhooks) -> String {
    let mut lines: Vec<String> = found
        .webhooks
        .iter()
        .map(|hook| {
            format!(
                "{}  {}  {}{}",
                hook.repository,
                hook.url,
                if hook.active {
                    "active"
                } else {
                    "switched off"
                },
                if hook.made_here {
                    ", made by Perch"
                } else {
                    ""
                },
            )
        })
        .collect();
    if lines.is_empty() {
        lines.push(format!("no webhook leads to {}", found.path));
    }
    if !found.secret {
        lines.push("no webhook secret is set, so every webhook is refused".into());
    }
    if found.rotating {
        lines.push(format!(
            "two secrets are believed; `perch webhook promote {}` ends that",
            found.connection
        ));
    }
    lines.join("\n")
}
