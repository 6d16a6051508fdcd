//! `connect`, `disconnect`, `watch`.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use perch_api::wire::Nothing;
use perch_api::wire::connections::{Connect, ConnectionView, Disconnect, Watch};
use perch_api::wire::status::Status;

use super::Access;
use super::output::{Output, plain};

/// Options of `perch connect`.
#[derive(Debug, Args)]
pub struct ConnectArgs {
    /// The provider: bitbucket, gitea, github, gitlab.
    provider: String,
    /// What to watch: owner/name for a forge, group/project for GitLab, workspace/repository for Bitbucket. May be given again.
    #[arg(required = true)]
    watch: Vec<String>,
    /// The connection's name; made from provider and owner when absent.
    #[arg(long)]
    name: Option<String>,
    /// Where the provider is asked, for a server of your own.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Your login there; may be given again.
    #[arg(long = "me", value_name = "LOGIN")]
    identities: Vec<String>,
    /// Ask for a secret by its name, such as `token` or `webhook`; read from standard input, kept in the keychain.
    #[arg(long = "secret", value_name = "NAME", default_values_t = [String::from("token")])]
    secrets: Vec<String>,
    /// A setting of the provider's own, as key=value; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

pub(super) async fn run(access: &Access, args: ConnectArgs, output: &Output) -> anyhow::Result<()> {
    let mut secrets = BTreeMap::new();
    for name in args.secrets {
        let secret = read_secret(&name)?;
        secrets.insert(name, secret);
    }
    let mut settings = serde_json::Map::new();
    for setting in args.settings {
        let (key, value) = setting
            .split_once('=')
            .with_context(|| format!("`{setting}` is not of the form key=value"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        settings.insert(key.to_owned(), value);
    }
    let request = Connect {
        provider: args.provider,
        name: args.name,
        base_url: args.base_url,
        watch: args.watch,
        identities: args.identities,
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

/// One line of standard input. Never an argument, which others could read in the list of processes.
fn read_secret(name: &str) -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let mut stderr = std::io::stderr();
        write!(stderr, "{name} (not shown; empty leaves it as it is): ")?;
        stderr.flush()?;
        #[cfg(unix)]
        let _quiet = Quiet::begin()?;
        let line = read_line(&stdin)?;
        writeln!(stderr)?;
        return Ok(line);
    }
    read_line(&stdin)
}

fn read_line(stdin: &std::io::Stdin) -> anyhow::Result<String> {
    let mut line = String::new();
    stdin
        .read_line(&mut line)
        .context("standard input could not be read")?;
    Ok(line.trim().to_owned())
}

/// While it lives, the terminal does not show what is typed.
#[cfg(unix)]
struct Quiet(nix::sys::termios::Termios);

#[cfg(unix)]
impl Quiet {
    fn begin() -> anyhow::Result<Self> {
        use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).context("the terminal could not be read")?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(std::io::stdin(), SetArg::TCSAFLUSH, &quiet)?;
        Ok(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        use nix::sys::termios::{SetArg, tcsetattr};
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSAFLUSH, &self.0);
    }
}

pub(super) async fn disconnect(access: &Access, name: &str, output: &Output) -> anyhow::Result<()> {
    let done: Nothing = access
        .call(
            "disconnect",
            Disconnect {
                name: name.to_owned(),
            },
        )
        .await?;
    output.print(&done, |_| {
        format!("`{name}` and its secrets are removed; what it brought stays")
    })
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
