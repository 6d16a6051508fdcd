//! `connect`, `disconnect`, `watch`.

mod choose;
mod sign_in;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use perch_api::wire::Nothing;
use perch_api::wire::connections::{Connect, ConnectionView, Disconnect, Disconnected, Watch};
use perch_api::wire::sign_in::{OfSignIn, Repositories, SignInWay};
use perch_api::wire::status::Status;

use super::Access;
use super::output::{Output, plain};
use super::terminal;

/// Options of `perch connect`.
#[derive(Debug, Args)]
pub struct ConnectArgs {
    /// The provider: alertmanager, bitbucket, bitbucket-dc, datadog, gitea, github, gitlab, grafana, pagerduty,
    /// prometheus, sentry, supabase.
    provider: String,
    /// What to watch: owner/name for a forge, group/project for GitLab, workspace/repository for Bitbucket,
    /// PROJECT/repository for Bitbucket Data Center, where without it you choose from a list; a schema for Supabase;
    /// `rules` or queries for Prometheus; names of alerts, or `*`, for what sends alerts.
    watch: Vec<String>,
    /// The same, as an option; may be given again.
    #[arg(long = "watch", value_name = "NAME")]
    also: Vec<String>,
    /// The connection's name; made from provider and owner when absent.
    #[arg(long)]
    name: Option<String>,
    /// Where the provider is asked, for a server of your own.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Your login there; that of the token when absent. May be given again.
    #[arg(long = "me", value_name = "LOGIN")]
    identities: Vec<String>,
    /// Ask for a secret by its name, such as `token` or `webhook_secret`; read from standard input, kept in the keychain.
    #[arg(long = "secret", value_name = "NAME", default_values_t = [String::from(TOKEN)])]
    secrets: Vec<String>,
    /// Take the token of the forge's own command line (gh, glab), which must be logged in.
    #[arg(long, conflicts_with = "device")]
    from_cli: bool,
    /// Sign in with a browser, for the application with this client id (GitHub, GitLab).
    #[arg(long, value_name = "CLIENT-ID")]
    device: Option<String>,
    /// With --device: ask for what accepting needs too, where the forge tells reading from writing.
    #[arg(long, requires = "device")]
    accepting: bool,
    /// A setting of the provider's own, as key=value; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

/// The secret a sign-in brings.
const TOKEN: &str = "token";

pub(super) async fn run(access: &Access, args: ConnectArgs, output: &Output) -> anyhow::Result<()> {
    let mut settings = serde_json::Map::new();
    for setting in &args.settings {
        let (key, value) = setting
            .split_once('=')
            .with_context(|| format!("`{setting}` is not of the form key=value"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        settings.insert(key.to_owned(), value);
    }
    let mut watch = args.watch;
    watch.extend(args.also);
    // A connection that is there keeps what is not said anew.
    let status: Status = access.call("status", Nothing {}).await?;
    let existing = status
        .connections
        .into_iter()
        .find(|one| Some(&one.name) == args.name.as_ref());
    let keeps = existing.is_some() && watch.is_empty();
    let base_url = args
        .base_url
        .or_else(|| existing.filter(|_| keeps).map(|one| one.base_url));
    let way = if let Some(client_id) = args.device {
        Some(SignInWay::Device {
            client_id,
            accepting: args.accepting,
        })
    } else if args.from_cli
        || (args.secrets.iter().any(|name| name == TOKEN)
            && sign_in::cli_is_wanted(access, &args.provider, base_url.as_deref()).await?)
    {
        Some(SignInWay::ForgeCli {})
    } else {
        None
    };
    let mut secrets = BTreeMap::new();
    for name in args.secrets {
        if way.is_some() && name == TOKEN {
            continue;
        }
        let secret = terminal::read_secret(&name)?;
        secrets.insert(name, secret);
    }
    // A token that was typed is looked at as well; without one there is nothing to look at.
    let way = way.or_else(|| {
        let typed = secrets.get(TOKEN).filter(|token| !token.is_empty());
        typed.map(|token| SignInWay::Token {
            token: token.clone(),
        })
    });
    let server = (args.provider.as_str(), base_url.clone());
    let signed_in = match way {
        Some(way) => sign_in::run(access, server, way, output).await?,
        None => None,
    };
    if let (Some(id), true, false) = (&signed_in, watch.is_empty(), keeps) {
        let seen: Repositories = access
            .call("repositories", OfSignIn { id: id.clone() })
            .await?;
        watch = choose::repositories(&seen)?;
    }
    if signed_in.is_some() {
        secrets.remove(TOKEN);
    }
    let request = Connect {
        provider: args.provider,
        name: args.name,
        base_url,
        watch,
        identities: args.identities,
        sign_in: signed_in,
        secrets,
        settings,
    };
    let connection: ConnectionView = access.call("connect", request).await?;
    output.print(&connection, in_words)?;
    let status: Status = access.call("status", Nothing {}).await?;
    if let Some(note) = status.secrets_note {
        output.note(&format!("the secrets are not kept: {note}"));
    }
    Ok(())
}

pub(super) async fn disconnect(access: &Access, name: &str, output: &Output) -> anyhow::Result<()> {
    let done: Disconnected = access
        .call(
            "disconnect",
            Disconnect {
                name: name.to_owned(),
            },
        )
        .await?;
    output.print(&done, |_| {
        format!("`{name}` and its secrets are removed; what it brought stays")
    })?;
    for left in &done.webhooks_left {
        output.note(&format!(
            "the webhook of {} is still there: {}",
            left.repository, left.problem
        ));
    }
    Ok(())
}

pub(super) async fn watch(access: &Access, path: &Path, output: &Output) -> anyhow::Result<()> {
    let path = std::path::absolute(path)
        .with_context(|| format!("the folder {} cannot be named", path.display()))?;
    let request = Watch {
        path: path.to_string_lossy().into_owned(),
    };
    let connection: ConnectionView = access.call("watch", request).await?;
    output.print(&connection, in_words)
}

fn in_words(connection: &ConnectionView) -> String {
    let mut text = format!(
        "`{}` watches {}",
        connection.name,
        connection.watch.join(", ")
    );
    if let Some(path) = &connection.webhook_path {
        text.push_str(&format!("\nits webhooks go to {path} of the listener"));
    }
    plain(&text)
}
