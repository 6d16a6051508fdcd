//! The commands that bring a token without a connection yet: by paste, from the forge's own command line, or by device.
//!
//! The token stays in this process; the panel and the command line see only what it turned out to be.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use perch_core::seam::account::{Account, DeviceAnswer, Grant};
use perch_core::seam::http_cache::Forgetful;
use perch_core::seam::provider::Context;
use secrecy::SecretString;

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::forge_cli;
use crate::sign_in::{Held, SignIns, Stands, Waiting};
use crate::wire::sign_in::{
    OfSignIn, Repositories, Server, SignIn, SignInState, SignInView, SignInWay, SignInWays,
};

/// What a forge that says "slow down" wants added to the pause (RFC 8628, section 3.5).
const SLOWER: SignedDuration = SignedDuration::from_secs(5);

impl Api {
    pub(super) async fn sign_in_ways(
        &self,
        user: &UserId,
        request: Server,
    ) -> Result<SignInWays, ApiError> {
        let (server, account) = self.server(user, &request.provider, request.base_url)?;
        let cli = account.cli(&server.base_url);
        Ok(SignInWays {
            forge_cli: cli
                .filter(|cli| self.configuration.program(cli.program).is_some())
                .map(|cli| cli.program.to_owned()),
            device: account.grants_devices(),
        })
    }

    pub(super) async fn sign_in(
        &self,
        user: &UserId,
        request: SignIn,
    ) -> Result<SignInView, ApiError> {
        let (mut server, account) = self.server(user, &request.provider, request.base_url)?;
        let mut of = None;
        let stands = match request.way {
            SignInWay::Token { token } => {
                let token = token.trim();
                if token.is_empty() {
                    return Err(ApiError::new(Code::Invalid, "the token is empty"));
                }
                self.look_at(&server, account, token.into()).await
            }
            SignInWay::ForgeCli {} => match self.token_of_cli(&server, account).await {
                Ok(token) => self.look_at(&server, account, token).await,
                Err(problem) => Stands::Failed(problem),
            },
            SignInWay::Device {
                client_id,
                accepting,
            } => self.begin(&server, account, client_id, accepting).await,
            SignInWay::Connection { name } => {
                let connection = self.own_connection(user, &name)?;
                server.base_url.clone_from(&connection.base_url);
                of = Some(connection.id.clone());
                match self.engine.token(&connection.id, self.now()).await {
                    Ok(Some(token)) => self.look_at(&server, account, token).await,
                    Ok(None) => Stands::Failed(format!("`{name}` has no token")),
                    Err(problem) => Stands::Failed(problem),
                }
            }
        };
        let id = random_id()?;
        let held = Held {
            user: user.clone(),
            server,
            stands,
            of,
            until: SignIns::until(self.now()),
        };
        Ok(self.keep(id, held))
    }

    pub(super) async fn sign_in_state(
        &self,
        user: &UserId,
        request: OfSignIn,
    ) -> Result<SignInView, ApiError> {
        let mut held = self.held(user, &request.id)?;
        if let Stands::Waiting(waiting) = &held.stands {
            held.stands = self.ask(&held.server, waiting.clone()).await;
        }
        Ok(self.keep(request.id, held))
    }

    pub(super) async fn repositories(
        &self,
        user: &UserId,
        request: OfSignIn,
    ) -> Result<Repositories, ApiError> {
        let held = self.held(user, &request.id)?;
        let Stands::Ready { token, .. } = &held.stands else {
            return Err(ApiError::new(Code::Invalid, "the sign-in is not done yet"));
        };
        let account = self.account(&held.server)?;
        let listing = account
            .repositories(&self.at(&held.server, Some(token)))
            .await
            .map_err(|error| ApiError::new(Code::Refused, error.to_string()))?;
        Ok(Repositories {
            repositories: listing.repositories,
            more: listing.more,
        })
    }

    /// What a finished sign-in brought `connection`: the secret for the keychain unless it has it already, and the
    /// login it belongs to.
    pub(super) fn signed_in(
        &self,
        id: &str,
        connection: &Connection,
    ) -> Result<(Option<SecretString>, Option<String>), ApiError> {
        let held = self.held(&connection.user_id, id)?;
        let same = held.server.provider == connection.provider
            && held.server.base_url == connection.base_url;
        if !same {
            let message = "the sign-in is for another server than the connection";
            return Err(ApiError::new(Code::Invalid, message));
        }
        match held.stands {
            Stands::Ready { secret, check, .. } => {
                let has_it = held.of.as_ref() == Some(&connection.id);
                Ok(((!has_it).then_some(secret), check.login))
            }
            Stands::Waiting(_) => Err(ApiError::new(Code::Invalid, "the sign-in is not done yet")),
            Stands::Failed(problem) => Err(ApiError::new(Code::Refused, problem)),
        }
    }

    /// The server as a connection that watches nothing, checked, and its account.
    fn server(
        &self,
        user: &UserId,
        provider: &str,
        base_url: Option<String>,
    ) -> Result<(Connection, &'static dyn Account), ApiError> {
        let provider = self.known_provider(provider)?;
        let server = Connection {
            id: ConnectionId::new(format!("sign-in-{}", provider.id())),
            user_id: user.clone(),
            provider: provider.id().into(),
            base_url: base_url
                .filter(|url| !url.trim().is_empty())
                .unwrap_or_else(|| provider.about().default_base_url.into())
                .trim()
                .trim_end_matches('/')
                .to_owned(),
            watch: Vec::new(),
            identities: Vec::new(),
            insecure: false,
            tunnel: None,
            enabled: true,
            settings: serde_json::Map::new(),
        };
        provider
            .check(&server)
            .map_err(|problem| ApiError::new(Code::Invalid, problem))?;
        let account = self.account(&server)?;
        Ok((server, account))
    }

    fn account(&self, server: &Connection) -> Result<&'static dyn Account, ApiError> {
        self.engine
            .provider(&server.provider)
            .and_then(|provider| provider.account())
            .ok_or_else(|| {
                let message = format!("there is no signing in at `{}`", server.provider);
                ApiError::new(Code::Invalid, message)
            })
    }

    fn at<'a>(&self, server: &'a Connection, token: Option<&'a SecretString>) -> Context<'a> {
        Context {
            connection: server,
            token,
            cache: &Forgetful,
            now: self.now(),
        }
    }

    async fn look_at(
        &self,
        server: &Connection,
        account: &'static dyn Account,
        secret: SecretString,
    ) -> Stands {
        let grant = Grant::from_secret(&secret);
        let token = grant.map_or_else(|| secret.clone(), |grant| grant.access);
        match account.check_token(&self.at(server, Some(&token))).await {
            Ok(check) => Stands::Ready {
                secret,
                token,
                check,
            },
            Err(error) => Stands::Failed(error.to_string()),
        }
    }

    async fn token_of_cli(
        &self,
        server: &Connection,
        account: &'static dyn Account,
    ) -> Result<SecretString, String> {
        let cli = account
            .cli(&server.base_url)
            .ok_or("this forge has no command line that gives its token")?;
        let path = self
            .configuration
            .program(cli.program)
            .ok_or_else(|| format!("`{}` is not on this machine", cli.program))?;
        forge_cli::token(&cli, &path).await
    }

    async fn begin(
        &self,
        server: &Connection,
        account: &'static dyn Account,
        client_id: String,
        accepting: bool,
    ) -> Stands {
        let client_id = client_id.trim().to_owned();
        if client_id.is_empty() {
            let problem =
                "signing in by device needs the client id of an application you registered there";
            return Stands::Failed(problem.into());
        }
        let ctx = self.at(server, None);
        match account.begin_device(&ctx, &client_id, accepting).await {
            Ok(code) => {
                let interval = SignedDuration::from_secs(code.interval);
                Stands::Waiting(Waiting {
                    client_id,
                    interval,
                    ask_at: ctx.now + interval,
                    expires_at: ctx.now + SignedDuration::from_secs(code.expires_in),
                    code,
                })
            }
            Err(error) => Stands::Failed(error.to_string()),
        }
    }

    /// Asks the forge whether the user has agreed, if it is time to.
    async fn ask(&self, server: &Connection, mut waiting: Waiting) -> Stands {
        let now = self.now();
        let late = || Stands::Failed("nobody agreed in time; begin again".into());
        if now >= waiting.expires_at {
            return late();
        }
        if now < waiting.ask_at {
            return Stands::Waiting(waiting);
        }
        let account = match self.account(server) {
            Ok(account) => account,
            Err(error) => return Stands::Failed(error.message),
        };
        let ctx = self.at(server, None);
        let answer = account
            .ask_device(&ctx, &waiting.client_id, &waiting.code)
            .await;
        match answer {
            Ok(DeviceAnswer::Granted(grant)) => {
                return self.look_at(server, account, grant.to_secret()).await;
            }
            Ok(DeviceAnswer::Denied) => {
                return Stands::Failed("the sign-in was refused in the browser".into());
            }
            Ok(DeviceAnswer::Expired) => return late(),
            Ok(DeviceAnswer::SlowDown) => waiting.interval += SLOWER,
            Ok(DeviceAnswer::Pending) => {}
            // A far side that cannot be reached for a moment does not end it (RFC 8628, section 3.5).
            Err(perch_core::seam::provider::ProviderError::Unavailable(_)) => {
                waiting.interval *= 2;
            }
            Err(error) => return Stands::Failed(error.to_string()),
        }
        waiting.ask_at = now + waiting.interval;
        Stands::Waiting(waiting)
    }

    fn held(&self, user: &UserId, id: &str) -> Result<Held, ApiError> {
        self.sign_ins.get(id, user, self.now()).ok_or_else(|| {
            let message = "the sign-in is no longer held; begin again";
            ApiError::new(Code::NotFound, message)
        })
    }

    fn keep(&self, id: String, held: Held) -> SignInView {
        let now = self.now();
        let state = match &held.stands {
            Stands::Waiting(waiting) => SignInState::Waiting {
                user_code: waiting.code.user_code.clone(),
                verification_uri: waiting.code.verification_uri.clone(),
                expires_at: waiting.expires_at.to_string(),
                ask_again_in: u32::try_from(waiting.ask_at.duration_since(now).as_secs().max(1))
                    .unwrap_or(1),
            },
            Stands::Ready { check, .. } => SignInState::Ready {
                check: check.clone(),
            },
            Stands::Failed(problem) => SignInState::Failed {
                problem: problem.clone(),
            },
        };
        self.sign_ins.put(&id, held, now);
        SignInView { id, state }
    }
}

/// An id nobody else on this machine guesses.
fn random_id() -> Result<String, ApiError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        let message = format!("there is no randomness to be had: {error}");
        ApiError::new(Code::Failed, message)
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
