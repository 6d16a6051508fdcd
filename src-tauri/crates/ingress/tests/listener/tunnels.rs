//! Tunnels against servers and programs that behave as the real ones do: what they bring, and how they come back.

mod github;
mod moving;
mod own;
mod programs;
mod smee;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use perch_core::connection::{Connection, TunnelChoice};
use perch_core::id::ConnectionId;
use perch_core::seam::hooks::{Hook, Hooks, NewHook};
use perch_core::seam::provider::{Context, ProviderError};
use perch_core::seam::tunnel::{MadeHooks, Pace, Standing, Tunnel, TunnelState};
use perch_ingress::Kind;
use perch_ingress::tunnels::{Kept, Parts, Rim, Tunnels, all};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::support::{Running, clock, connection, door, until};

/// The secret every delivery of these tests is signed with.
pub(crate) const SECRET: &str = "alpha";

/// Quick enough for a test, slow enough for a loaded machine.
const PACE: Pace = Pace {
    silence: Duration::from_millis(1500),
    beat: Duration::from_millis(200),
    patience: Duration::from_secs(8),
    first_pause: Duration::from_millis(50),
    longest_pause: Duration::from_millis(500),
    between_looks: Duration::from_millis(100),
};

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own client, on loopback"
)]
fn client(_: &reqwest::Url) -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .no_proxy()
            .http1_only()
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("constants known to be sound")
    });
    CLIENT.clone()
}

fn rim() -> Rim {
    Rim {
        client,
        leash: Vec::new(),
    }
}

/// Which webhooks Perch made, in memory.
#[derive(Default)]
pub(crate) struct Made(Mutex<BTreeMap<String, Vec<String>>>);

#[async_trait]
impl MadeHooks for Made {
    async fn list(&self, _: &ConnectionId, repository: &str) -> Result<Vec<String>, String> {
        let made = self.0.lock().expect("no panic");
        Ok(made.get(repository).cloned().unwrap_or_default())
    }

    async fn note(
        &self,
        _: &ConnectionId,
        repository: &str,
        hooks: Vec<String>,
    ) -> Result<(), String> {
        let mut made = self.0.lock().expect("no panic");
        made.insert(repository.to_owned(), hooks);
        Ok(())
    }
}

impl Made {
    pub(crate) fn of(&self, repository: &str) -> Vec<String> {
        let made = self.0.lock().expect("no panic");
        made.get(repository).cloned().unwrap_or_default()
    }
}

/// A forge's webhooks, in memory. Every change is written down.
#[derive(Default)]
pub(crate) struct Forge {
    pub(crate) hooks: Mutex<Vec<Hook>>,
    pub(crate) secrets: Mutex<BTreeMap<String, String>>,
    pub(crate) done: Mutex<Vec<String>>,
    pub(crate) refuses: std::sync::atomic::AtomicBool,
}

impl Forge {
    /// One that lives as long as the tests do.
    pub(crate) fn leaked() -> &'static Self {
        Box::leak(Box::default())
    }

    pub(crate) fn hook(id: &str, url: &str, kind: &str, active: bool) -> Hook {
        Hook {
            id: id.into(),
            url: url.into(),
            active,
            kind: kind.into(),
        }
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        let hooks = self.hooks.lock().expect("no panic");
        hooks.iter().map(|hook| hook.url.clone()).collect()
    }

    pub(crate) fn done(&self) -> Vec<String> {
        self.done.lock().expect("no panic").clone()
    }

    fn note(&self, what: &str, id: &str) -> Result<(), ProviderError> {
        if self.refuses.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(ProviderError::Refused {
                problem: "the token may not".into(),
                next_step: "another token".into(),
            });
        }
        self.done
            .lock()
            .expect("no panic")
            .push(format!("{what} {id}"));
        Ok(())
    }
}

#[async_trait]
impl Hooks for Forge {
    async fn list(&self, _: &Context<'_>, _: &str) -> Result<Vec<Hook>, ProviderError> {
        Ok(self.hooks.lock().expect("no panic").clone())
    }

    async fn create(&self, _: &Context<'_>, _: &str, new: &NewHook) -> Result<Hook, ProviderError> {
        let mut hooks = self.hooks.lock().expect("no panic");
        let id = (100 + hooks.len()).to_string();
        self.note("create", &id)?;
        let hook = Self::hook(&id, &new.url, "web", true);
        hooks.push(hook.clone());
        let secret = new.secret.expose_secret().to_owned();
        self.secrets.lock().expect("no panic").insert(id, secret);
        Ok(hook)
    }

    async fn update(
        &self,
        _: &Context<'_>,
        _: &str,
        id: &str,
        new: &NewHook,
    ) -> Result<Hook, ProviderError> {
        self.note("update", id)?;
        let mut hooks = self.hooks.lock().expect("no panic");
        let hook = hooks
            .iter_mut()
            .find(|hook| hook.id == id)
            .expect("a hook of that id");
        hook.url.clone_from(&new.url);
        hook.active = true;
        Ok(hook.clone())
    }

    async fn delete(&self, _: &Context<'_>, _: &str, id: &str) -> Result<(), ProviderError> {
        self.note("delete", id)?;
        self.hooks
            .lock()
            .expect("no panic")
            .retain(|hook| hook.id != id);
        Ok(())
    }
}

/// A port for tunnels, and the tunnels kept to it.
pub(crate) struct Stand {
    pub(crate) port: Running,
    pub(crate) tunnels: Tunnels,
    pub(crate) made: Arc<Made>,
    looks: Arc<Mutex<u32>>,
}

impl Stand {
    pub(crate) fn new() -> Self {
        Self::of(door("forge", &[SECRET]).connection, Arc::default())
    }

    /// For `connection`, after an earlier run that noted `made`.
    pub(crate) fn of(connection: Connection, made: Arc<Made>) -> Self {
        let mut open = door("forge", &[SECRET]);
        open.connection = connection;
        let port = Running::start(Kind::Tunnel, vec![open]);
        let looks = Arc::<Mutex<u32>>::default();
        let counted = Arc::clone(&looks);
        let tunnels = Tunnels::new(Parts {
            rim: rim(),
            pace: PACE,
            inlet: port.address,
            trips: Arc::clone(&port.trips),
            came: Arc::clone(&port.came),
            made: Arc::clone(&made) as Arc<dyn MadeHooks>,
            look: Arc::new(move |_| {
                *counted.lock().expect("no panic") += 1;
                Box::pin(async {})
            }),
            changed: Arc::new(|| {}),
            clock,
        });
        Self {
            port,
            tunnels,
            made,
            looks,
        }
    }

    /// How often the forge was asked after a gap or for a hint.
    pub(crate) fn looks(&self) -> u32 {
        *self.looks.lock().expect("no panic")
    }

    /// The connections something was stored for, one entry per delivery.
    pub(crate) fn stored(&self) -> usize {
        self.port.log.stored().len()
    }

    pub(crate) fn standing(&self) -> Standing {
        self.tunnels
            .standing(&ConnectionId::new("forge"))
            .expect("a tunnel is kept")
    }

    pub(crate) async fn is_open(&self) {
        until(async || self.standing().state == TunnelState::Open).await;
    }

    pub(crate) async fn is_not_open(&self) {
        until(async || self.standing().state != TunnelState::Open).await;
    }
}

/// The tunnel `kind` for the connection `forge`.
pub(crate) fn kept(kind: &str, settings: Value) -> Kept {
    let Value::Object(settings) = settings else {
        panic!("settings are an object");
    };
    let mut connection = connection("forge");
    connection.tunnel = Some(TunnelChoice {
        kind: kind.into(),
        settings,
    });
    Kept {
        tunnel: tunnel(kind),
        connection,
        token: Some(SecretString::from(["stub", "token"].join("-"))),
        secret: Some(SecretString::from(SECRET)),
        hooks: None,
    }
}

fn tunnel(kind: &str) -> Arc<dyn Tunnel> {
    all(&rim())
        .into_iter()
        .find(|tunnel| tunnel.id() == kind)
        .expect("it is in the registry")
}

#[test]
fn the_registry_is_in_alphabetical_order_and_says_what_is_wrong_with_a_choice() {
    let ids: Vec<&str> = all(&rim()).iter().map(|tunnel| tunnel.id()).collect();
    assert_eq!(
        ids,
        ["cloudflared", "custom", "gh-forward", "ngrok", "smee"]
    );
    for (kind, provider, settings, expected) in [
        ("cloudflared", "github", json!({}), None),
        (
            "cloudflared",
            "github",
            json!({"program": 3}),
            Some("must be a text"),
        ),
        (
            "custom",
            "gitlab",
            json!({"url": "https://a.example/x"}),
            None,
        ),
        ("custom", "gitlab", json!({}), Some("needs a `url`")),
        (
            "custom",
            "gitlab",
            json!({"url": "ftp://a.example"}),
            Some("needs a `url`"),
        ),
        (
            "custom",
            "gitlab",
            json!({"url": "https://u:p@a.example"}),
            Some("holds a login"),
        ),
        (
            "custom",
            "gitlab",
            json!({"url": "https://a.example/webhooks/x"}),
            Some("ends before"),
        ),
        ("gh-forward", "github", json!({"take_over": true}), None),
        (
            "gh-forward",
            "github",
            json!({"take_over": "yes"}),
            Some("true or false"),
        ),
        ("gh-forward", "gitea", json!({}), Some("GitHub's own")),
        ("ngrok", "github", json!({"domain": "a.ngrok.app"}), None),
        (
            "ngrok",
            "github",
            json!({"domain": ""}),
            Some("must be a text"),
        ),
        (
            "smee",
            "github",
            json!({"url": "https://smee.io/abc"}),
            None,
        ),
        (
            "smee",
            "github",
            json!({"url": "https://smee.io/"}),
            Some("must name its channel"),
        ),
        (
            "smee",
            "github",
            json!({"url": "https://smee.io/abc?x=1"}),
            Some("end with its path"),
        ),
    ] {
        let mut of = connection("forge");
        of.provider = provider.into();
        let settings = settings.as_object().expect("an object").clone();
        let answer = tunnel(kind).check(&of, &settings).err();
        match (&answer, expected) {
            (None, None) => {}
            (Some(problem), Some(expected)) if problem.contains(expected) => {}
            _ => panic!("{kind} {settings:?}: {answer:?} instead of {expected:?}"),
        }
    }
}
