//! The connections that environment variables describe, for servers and CI.
//!
//! Their secrets stay in memory and are never written anywhere. Whether a forge accepts them is the provider's matter.

use std::collections::BTreeMap;

use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use secrecy::SecretString;
use url::Url;

use super::{Environment, address};
use crate::nearest::nearest;

/// The name of the connection that `CODE_REPO_…` or `GITHUB_…` describe.
pub const CODE_REPO: &str = "environment";

/// The name of the connection that `SUPABASE_…` describe.
pub const SUPABASE: &str = "environment-supabase";

const API_KEY: &[&str] = &["CODE_REPO_API_KEY", "GITHUB_TOKEN"];
const WEBHOOK_SECRET: &[&str] = &["CODE_REPO_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET"];
const ADDRESS: &[&str] = &["CODE_REPO_URL", "GITHUB_REPO_URL"];

/// Hosts that everyone uses, and whose they are: their provider knows its address itself.
const PUBLIC_HOSTS: &[(&str, &str)] = &[
    ("github.com", "github"),
    ("www.github.com", "github"),
    ("ssh.github.com", "github"),
    ("gitlab.com", "gitlab"),
    ("www.gitlab.com", "gitlab"),
    ("altssh.gitlab.com", "gitlab"),
    ("codeberg.org", "gitea"),
    ("bitbucket.org", "bitbucket"),
    ("www.bitbucket.org", "bitbucket"),
    ("altssh.bitbucket.org", "bitbucket"),
];

/// A connection with its secrets, as the environment gives it.
#[derive(Debug, Clone)]
pub struct EnvironmentConnection {
    /// The connection. `base_url` is empty where the provider's own address is meant; that of a host of one's own is
    /// its scheme, host and port, from which the provider makes the address of its API.
    pub connection: Connection,
    /// Its secrets by full name: `environment/token`, `environment/webhook_secret`.
    pub secrets: BTreeMap<String, SecretString>,
}

impl Environment {
    /// The connection called `environment` that `CODE_REPO_…` or `GITHUB_…` describe, if any of them is set.
    ///
    /// Of two names for one thing `CODE_REPO_…` wins. `CODE_REPO_PROVIDER` names one of `providers`, `github` unless
    /// set; by itself it makes no connection.
    pub fn connection(
        &self,
        user: &UserId,
        providers: &[&str],
    ) -> Result<Option<EnvironmentConnection>, String> {
        let provider = self.provider(providers)?;
        let token = self.first(API_KEY)?;
        let webhook_secret = self.first(WEBHOOK_SECRET)?;
        let Some((variable, text)) = self.first(ADDRESS)? else {
            if token.is_none() && webhook_secret.is_none() {
                return Ok(None);
            }
            let connection = connection(CODE_REPO, user, &provider, String::new(), Vec::new());
            return Ok(Some(with_secrets(connection, token, webhook_secret)));
        };
        let repository = address::parse(variable, text, &provider)?;
        let public = PUBLIC_HOSTS
            .iter()
            .find(|(host, _)| repository.host.as_deref() == Some(host));
        let base_url = match public {
            Some((_, owner)) if *owner == provider => String::new(),
            Some((host, owner)) => {
                return Err(format!(
                    "{variable} points to {host}, which is no {provider}; set CODE_REPO_PROVIDER={owner}"
                ));
            }
            None => repository.origin.unwrap_or_default(),
        };
        let connection = connection(CODE_REPO, user, &provider, base_url, vec![repository.path]);
        Ok(Some(with_secrets(connection, token, webhook_secret)))
    }

    /// The connection called `environment-supabase` that `SUPABASE_URL` and `SUPABASE_SERVICE_ROLE_KEY` describe.
    pub fn supabase(&self, user: &UserId) -> Result<Option<EnvironmentConnection>, String> {
        let key = self.first(&["SUPABASE_SERVICE_ROLE_KEY"])?;
        let Some((_, text)) = self.first(&["SUPABASE_URL"])? else {
            return match key {
                Some(_) => Err("SUPABASE_SERVICE_ROLE_KEY is set but SUPABASE_URL is not; \
                     set it to the project's address, such as `https://<project>.supabase.co`"
                    .into()),
                None => Ok(None),
            };
        };
        let url = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .ok_or("SUPABASE_URL is not a project's address; write it as `https://<project>.supabase.co`")?;
        let base_url = url.as_str().trim_end_matches('/').to_owned();
        let connection = connection(SUPABASE, user, "supabase", base_url, Vec::new());
        let secrets = key
            .map(|(_, key)| (format!("{SUPABASE}/token"), key.into()))
            .into_iter()
            .collect();
        Ok(Some(EnvironmentConnection {
            connection,
            secrets,
        }))
    }

    fn provider(&self, known: &[&str]) -> Result<String, String> {
        const NAME: &str = "CODE_REPO_PROVIDER";
        let Some((_, text)) = self.first(&[NAME])? else {
            return Ok("github".into());
        };
        let id = text.to_ascii_lowercase();
        if known.contains(&id.as_str()) {
            return Ok(id);
        }
        let guess = nearest(&id, known.iter().copied())
            .map(|near| format!("did you mean `{near}`? "))
            .unwrap_or_default();
        Err(format!(
            "{NAME} is `{text}`, which is no provider; {guess}Perch knows {}",
            known.join(", ")
        ))
    }

    /// The first of `names` that is set, with its value.
    fn first<'a>(
        &'a self,
        names: &[&'static str],
    ) -> Result<Option<(&'static str, &'a str)>, String> {
        for name in names {
            if self.variables.contains_key(*name) {
                let text = self
                    .get(name)
                    .ok_or_else(|| format!("{name} is not UTF-8 text; set it anew"))?
                    .trim();
                if !text.is_empty() {
                    return Ok(Some((name, text)));
                }
            }
        }
        Ok(None)
    }
}

fn connection(
    name: &str,
    user: &UserId,
    provider: &str,
    base_url: String,
    watch: Vec<String>,
) -> Connection {
    Connection {
        watch,
        ..Connection::new(ConnectionId::new(name), user.clone(), provider, base_url)
    }
}

fn with_secrets(
    connection: Connection,
    token: Option<(&str, &str)>,
    webhook_secret: Option<(&str, &str)>,
) -> EnvironmentConnection {
    let named = |field: &str, value: Option<(&str, &str)>| {
        value.map(|(_, secret)| (format!("{CODE_REPO}/{field}"), secret.into()))
    };
    EnvironmentConnection {
        connection,
        secrets: named("token", token)
            .into_iter()
            .chain(named("webhook_secret", webhook_secret))
            .collect(),
    }
}
