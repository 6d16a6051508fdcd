//! How a command reaches the api: through the running engine's socket, or by taking the data folder itself.

use anyhow::{Context as _, anyhow};
use perch_store::lock::EngineKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::socket::{self, Request, Response};
use crate::wire::{House, Places};

/// The way to the api.
pub struct Access {
    user: Option<String>,
    way: Way,
}

enum Way {
    /// An engine runs; it answers.
    Engine(std::path::PathBuf),
    /// No engine runs; this process is one for the length of the command.
    Own(Box<House>),
}

impl Access {
    /// Finds the running engine, or opens the data folder, brings what waits along and answers itself.
    pub async fn open(user: Option<String>) -> anyhow::Result<Self> {
        let places = Places::find()?;
        let poke = Request {
            cmd: "poke".into(),
            payload: Value::Null,
            user: None,
        };
        if socket::ask(&places.folders.socket, &poke).await?.is_some() {
            return Ok(Self {
                user,
                way: Way::Engine(places.folders.socket.clone()),
            });
        }
        let house = House::open(places, EngineKind::Command).await?;
        let of = house
            .api
            .user(user.as_deref())
            .map_err(|error| anyhow!(error.message))?;
        house.catch_up(&of).await?;
        Ok(Self {
            user,
            way: Way::Own(Box::new(house)),
        })
    }

    /// Runs a command of the api's table.
    pub async fn call<Q: Serialize, A: DeserializeOwned>(
        &self,
        command: &str,
        request: Q,
    ) -> anyhow::Result<A> {
        let payload = serde_json::to_value(request)?;
        let answer = match &self.way {
            Way::Engine(socket) => {
                let request = Request {
                    cmd: command.into(),
                    payload,
                    user: self.user.clone(),
                };
                match socket::ask(socket, &request).await? {
                    Some(Response::Ok(value)) => value,
                    Some(Response::Error(error)) => return Err(anyhow!(error.message)),
                    None => {
                        return Err(anyhow!(
                            "Perch ended while the command was sent; run it again"
                        ));
                    }
                }
            }
            Way::Own(house) => {
                let user = house
                    .api
                    .user(self.user.as_deref())
                    .map_err(|error| anyhow!(error.message))?;
                house
                    .api
                    .call(&user, command, payload)
                    .await
                    .map_err(|error| anyhow!(error.message))?
            }
        };
        serde_json::from_value(answer)
            .with_context(|| format!("the answer to `{command}` cannot be read"))
    }

    /// True when an engine runs.
    pub fn has_engine(&self) -> bool {
        matches!(self.way, Way::Engine(_))
    }
}
