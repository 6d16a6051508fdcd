//! What the settings must know of this machine and its providers, handed in so that the store names none.

use std::sync::Arc;

use perch_core::connection::Connection;
use perch_core::id::UserId;
use perch_core::seam::model::{ModelChoice, ModelProvider};
use perch_core::seam::provider::Provider;
use perch_core::seam::tunnel::Tunnel;

use crate::nearest::nearest;

/// What a settings file is checked against.
#[derive(Debug)]
pub struct Rules {
    /// The user of a machine that lists none.
    pub login: UserId,
    /// Every provider, in the registry's order.
    pub providers: Vec<ProviderRules>,
    /// Every tunnel, in the registry's order.
    pub tunnels: Vec<TunnelRules>,
    /// Every provider of language models, in the registry's order.
    pub models: Vec<ModelRules>,
    /// Every choice of an editor.
    pub editors: Vec<&'static str>,
}

/// What a tunnel asks of a connection that chose it.
pub struct TunnelRules {
    /// Its id.
    pub id: String,
    /// Keys of its settings beside `kind`.
    pub settings: Vec<String>,
    /// Checks a connection with its choice, and says in words what is wrong.
    pub check: Check,
}

impl From<Arc<dyn Tunnel>> for TunnelRules {
    fn from(tunnel: Arc<dyn Tunnel>) -> Self {
        let fields = tunnel.about().settings;
        Self {
            id: tunnel.id().to_owned(),
            settings: fields.iter().map(|field| field.key.to_owned()).collect(),
            check: Box::new(move |connection| match &connection.tunnel {
                Some(choice) => tunnel.check(connection, &choice.settings),
                None => Ok(()),
            }),
        }
    }
}

impl std::fmt::Debug for TunnelRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TunnelRules")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What a provider of language models asks of its models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRules {
    /// Its id.
    pub id: String,
    /// Where it is asked unless a model says otherwise.
    pub default_base_url: String,
    /// True when it runs on the user's own machines and wants no key.
    pub local: bool,
}

impl From<&'static dyn ModelProvider> for ModelRules {
    fn from(provider: &'static dyn ModelProvider) -> Self {
        let about = provider.about();
        Self {
            id: provider.id().to_owned(),
            default_base_url: about.default_base_url.to_owned(),
            local: about.local,
        }
    }
}

/// Says in words what is wrong with a connection.
pub type Check = Box<dyn Fn(&Connection) -> Result<(), String> + Send + Sync>;

/// What a provider asks of its connections.
pub struct ProviderRules {
    /// Its id.
    pub id: String,
    /// Where it is asked unless a connection says otherwise; empty if it has no address.
    pub default_base_url: String,
    /// What a connection watches that names nothing.
    pub usual_watch: Vec<String>,
    /// Keys of its own settings.
    pub settings: Vec<String>,
    /// Keys of its secrets, which must not stand in the file.
    pub secrets: Vec<String>,
    /// True if it sends webhooks.
    pub webhooks: bool,
    /// Checks a connection whose defaults are filled in, and says in words what is wrong.
    pub check: Check,
}

impl From<&'static dyn Provider> for ProviderRules {
    fn from(provider: &'static dyn Provider) -> Self {
        let about = provider.about();
        let keys = |fields: &[perch_core::seam::provider::Field]| {
            fields.iter().map(|field| field.key.to_owned()).collect()
        };
        Self {
            id: provider.id().to_owned(),
            default_base_url: about.default_base_url.to_owned(),
            usual_watch: provider
                .usual_watch()
                .iter()
                .map(|one| (*one).to_owned())
                .collect(),
            settings: keys(about.settings),
            secrets: keys(about.secrets),
            webhooks: provider.webhook().is_some(),
            check: Box::new(|connection| provider.check(connection)),
        }
    }
}

impl std::fmt::Debug for ProviderRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderRules")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Rules {
    /// The rules of one provider.
    pub fn provider(&self, id: &str) -> Option<&ProviderRules> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// Fills in what `connection` leaves to its provider and has it checked.
    ///
    /// Connections of the environment go through here as well.
    pub fn complete(&self, connection: &mut Connection) -> Result<(), String> {
        let Some(provider) = self.provider(&connection.provider) else {
            return Err(self.no_provider(&connection.provider));
        };
        if connection.base_url.is_empty() {
            connection.base_url.clone_from(&provider.default_base_url);
        }
        if connection.watch.is_empty() {
            connection.watch.clone_from(&provider.usual_watch);
        }
        (provider.check)(connection)?;
        let Some(choice) = &connection.tunnel else {
            return Ok(());
        };
        if !provider.webhooks {
            return Err(format!(
                "`{}` sends no webhooks, so a tunnel brings nothing; take [connection.tunnel] out",
                provider.id
            ));
        }
        let tunnel = self.tunnel(&choice.kind)?;
        (tunnel.check)(connection)
    }

    /// Fills in what `model` leaves to its provider, and says in words what is wrong with it.
    pub fn complete_model(&self, model: &mut ModelChoice) -> Result<(), String> {
        super::model::complete(model, self)
    }

    /// The rules of one tunnel, or what to say of a kind there is not.
    pub(crate) fn tunnel(&self, kind: &str) -> Result<&TunnelRules, String> {
        let known = || self.tunnels.iter().map(|tunnel| tunnel.id.as_str());
        if let Some(tunnel) = self.tunnels.iter().find(|tunnel| tunnel.id == kind) {
            return Ok(tunnel);
        }
        Err(match nearest(kind, known()) {
            Some(near) => format!("there is no tunnel `{kind}`; did you mean `{near}`?"),
            None => format!(
                "there is no tunnel `{kind}`; Perch knows {}",
                known().collect::<Vec<_>>().join(", ")
            ),
        })
    }

    fn no_provider(&self, id: &str) -> String {
        let known = || self.providers.iter().map(|provider| provider.id.as_str());
        match nearest(id, known()) {
            Some(near) => format!("there is no provider `{id}`; did you mean `{near}`?"),
            None => format!(
                "there is no provider `{id}`; Perch knows {}",
                known().collect::<Vec<_>>().join(", ")
            ),
        }
    }
}
