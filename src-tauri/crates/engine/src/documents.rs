//! Documents on demand: finds the repository, brings what a kind asks for, and puts what it wrote into the folder.
//!
//! What is in them is decided in `analyse::content`.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use perch_analyse::content::{self, Ask, Document, Material, Need, repository_name};
use perch_core::event::Event;
use perch_core::id::UserId;
use perch_core::patch::Patch;
use perch_core::seam::checkout::{Checkout, CheckoutError, Survey};
use perch_store::db::{Connection, StoreError};
use perch_store::table::events::{self, Named};
use perch_store::table::suggestions;
use thiserror::Error;

use crate::engine::Engine;

/// Rounds of asking at most; a kind that asks for more has no end.
const ROUNDS: usize = 8;

/// Which document is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentRequest {
    /// The kind's id.
    pub kind: String,
    /// The kind's argument; empty for none.
    pub argument: String,
    /// The repository: a folder in it, or its name.
    pub repository: Option<String>,
    /// The folder the user is in, when `repository` does not say more.
    pub near: Option<String>,
    /// Whether it is written into the repository's folder.
    pub write: bool,
}

/// A document that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// It.
    pub document: Document,
    /// The root of the repository it belongs into, if that is checked out here.
    pub root: Option<String>,
    /// True if it was written there.
    pub written: bool,
}

/// Why there is no document, or no report. Nothing was written.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// What is named is not there.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be made as things stand; the message says what to do.
    #[error("{0}")]
    Refused(String),
    /// Something failed that may work later.
    #[error("{0}")]
    Failed(String),
}

impl From<CheckoutError> for DocumentError {
    fn from(error: CheckoutError) -> Self {
        match error {
            CheckoutError::Refused { .. } => Self::Refused(error.to_string()),
            CheckoutError::Unavailable(reason) => Self::Failed(reason),
        }
    }
}

impl From<StoreError> for DocumentError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A repository as documents know it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// What stands in its folder, if it is checked out here.
    pub(crate) survey: Option<Survey>,
    /// Its name at the forge; empty when it has none.
    pub(crate) name: String,
}

impl Place {
    fn of(survey: Survey) -> Self {
        Self {
            name: survey
                .remote
                .as_deref()
                .and_then(repository_name)
                .unwrap_or_default(),
            survey: Some(survey),
        }
    }

    pub(crate) fn root(&self) -> Option<&str> {
        self.survey.as_ref().map(|survey| survey.root.as_str())
    }

    /// True if events about `name`, or `key`, are about this repository.
    pub(crate) fn is(&self, name: &str, key: &str) -> bool {
        (!name.is_empty() && self.name.eq_ignore_ascii_case(name)) || self.root() == Some(key)
    }
}

impl Engine {
    /// Makes a document, and writes it if that is asked.
    pub async fn document(
        &self,
        user: &UserId,
        request: DocumentRequest,
        now: Timestamp,
    ) -> Result<Made, DocumentError> {
        let kind = content::kind(&request.kind).ok_or_else(|| {
            let known: Vec<&str> = content::ALL.iter().map(|kind| kind.id()).collect();
            DocumentError::NotFound(format!(
                "there is no document called `{}`; there are: {}",
                request.kind,
                known.join(", ")
            ))
        })?;
        let mut place = self
            .place(
                user,
                request.repository.as_deref(),
                request.near.as_deref(),
                kind.about().needs_checkout,
            )
            .await?;
        let mut ask = Ask {
            argument: request.argument.clone(),
            within: String::new(),
        };
        let mut material = Material::new(now);
        material.hosts = self.hosts(user);
        for _ in 0..ROUNDS {
            ask.within = place
                .survey
                .as_ref()
                .map_or(String::new(), |survey| survey.within.clone());
            material.survey.clone_from(&place.survey);
            let needs = kind
                .needs(&ask, &material)
                .map_err(DocumentError::Refused)?;
            if needs.is_empty() {
                break;
            }
            let paths: Vec<String> = needs
                .iter()
                .filter_map(|need| match need {
                    Need::Text(path) => Some(path.clone()),
                    _ => None,
                })
                .collect();
            if let (Some(root), false) = (place.root(), paths.is_empty()) {
                material
                    .texts
                    .extend(self.checkout()?.texts(root, &paths).await?);
            }
            for need in needs {
                self.answer(user, &need, &mut place, &mut material).await?;
                material.answered.insert(need);
            }
        }
        let document = kind
            .write(&ask, &material)
            .map_err(DocumentError::Refused)?;
        let root = place.root().map(str::to_owned);
        if request.write {
            let root = root.as_deref().ok_or_else(|| {
                DocumentError::Refused(
                    "the repository is not checked out on this machine, so there is nowhere to write it; clone it, or copy the text".into(),
                )
            })?;
            let patch = Patch {
                files: vec![document.file.clone()],
            };
            self.checkout()?.put(root, &patch).await?;
        }
        Ok(Made {
            document,
            root,
            written: request.write,
        })
    }

    /// Folders and names of the repositories this user watches: each with its folder, if it has one.
    pub async fn repositories(&self, user: &UserId) -> Vec<(String, Option<String>)> {
        let mut found: Vec<(String, Option<String>)> = Vec::new();
        for place in self.watched(user).await {
            let survey = place.survey.as_ref();
            let folder = survey.map(|survey| survey.name.clone()).unwrap_or_default();
            let name = if place.name.is_empty() {
                folder
            } else {
                place.name.clone()
            };
            found.push((name, survey.map(|survey| survey.root.clone())));
        }
        let setup = self.setup();
        for connection in setup.connections_of(user) {
            let local = self
                .provider(&connection.provider)
                .is_some_and(|one| one.about().local);
            for name in connection.watch.iter().filter(|_| !local) {
                if !found
                    .iter()
                    .any(|(known, _)| known.eq_ignore_ascii_case(name))
                {
                    found.push((name.clone(), None));
                }
            }
        }
        found
    }

    /// What reads folders of this machine.
    pub(crate) fn checkout(&self) -> Result<&'static dyn Checkout, DocumentError> {
        self.providers()
            .iter()
            .find_map(|provider| provider.checkout())
            .ok_or_else(|| DocumentError::Failed("nothing here reads git folders".into()))
    }

    /// The folders this user watches. One that cannot be read is as good as none.
    pub(crate) async fn watched(&self, user: &UserId) -> Vec<Place> {
        let setup = self.setup();
        let mut places = Vec::new();
        for connection in setup.connections_of(user) {
            let checkout = self
                .provider(&connection.provider)
                .and_then(|provider| provider.checkout());
            let Some(checkout) = checkout else { continue };
            for folder in &connection.watch {
                if let Ok(survey) = checkout.survey(folder).await {
                    places.push(Place::of(survey));
                }
            }
        }
        places
    }

    /// The repository that is meant: the one named, else the one the user is in, else the only one watched.
    pub(crate) async fn place(
        &self,
        user: &UserId,
        named: Option<&str>,
        near: Option<&str>,
        needs_checkout: bool,
    ) -> Result<Place, DocumentError> {
        let checkout = self.checkout()?;
        if let Some(named) = named.filter(|named| !named.is_empty()) {
            if Path::new(named).is_absolute() {
                return Ok(Place::of(checkout.survey(named).await?));
            }
            let watched = self.watched(user).await;
            let fits = |place: &&Place| {
                place.is(named, named)
                    || place
                        .survey
                        .as_ref()
                        .is_some_and(|survey| survey.name.eq_ignore_ascii_case(named))
            };
            if let Some(place) = watched.iter().find(fits) {
                return Ok(place.clone());
            }
            let setup = self.setup();
            let known = setup.connections_of(user).any(|connection| {
                connection
                    .watch
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(named))
            });
            if !known {
                return Err(DocumentError::NotFound(format!(
                    "no repository called `{named}` is watched; give its folder, or watch it with `perch watch`"
                )));
            }
            return Ok(Place {
                survey: None,
                name: named.to_owned(),
            });
        }
        let near = match near {
            Some(folder) => Some(checkout.survey(folder).await),
            None => None,
        };
        match near {
            Some(Ok(survey)) => Ok(Place::of(survey)),
            Some(Err(error)) if needs_checkout => Err(error.into()),
            _ => {
                let mut watched = self.watched(user).await;
                match (watched.pop(), watched.is_empty()) {
                    (Some(place), true) => Ok(place),
                    _ if needs_checkout => Err(DocumentError::Refused(
                        "it is not clear which repository is meant; name its folder".into(),
                    )),
                    _ => Ok(Place::default()),
                }
            }
        }
    }

    async fn answer(
        &self,
        user: &UserId,
        need: &Need,
        place: &mut Place,
        material: &mut Material,
    ) -> Result<(), DocumentError> {
        let (name, key) = match &material.event {
            Some(event) => (
                event.subject.repository.clone(),
                event.subject.repository_key.clone(),
            ),
            None => (
                place.name.clone(),
                place.root().unwrap_or_default().to_owned(),
            ),
        };
        match need {
            // Texts are read together.
            Need::Text(_) => {}
            Need::History { from, to } => {
                if let Some(root) = place.root() {
                    material.history =
                        Some(self.checkout()?.history(root, from.as_deref(), to).await?);
                }
            }
            Need::Merged => {
                material.merged = self
                    .events(user, move |db, user| {
                        events::merged(
                            db,
                            user,
                            Named {
                                name: &name,
                                key: &key,
                            },
                        )
                    })
                    .await?;
            }
            Need::Thread(number) => {
                let number = *number;
                let of = move |db: &Connection, user: &UserId| {
                    events::thread(
                        db,
                        user,
                        Named {
                            name: &name,
                            key: &key,
                        },
                        number,
                    )
                };
                material.thread = self.events(user, of).await?;
            }
            Need::Between(from, to) => {
                let (from, to) = (*from, *to);
                let of = move |db: &Connection, user: &UserId| {
                    events::between(
                        db,
                        user,
                        Named {
                            name: &name,
                            key: &key,
                        },
                        from,
                        to,
                    )
                };
                material.between = self.events(user, of).await?;
            }
            Need::Event(text) => {
                let event = self.event(user, text).await?;
                let subject = &event.subject;
                // The user may stand in another repository than the one it happened in.
                if !place.is(&subject.repository, &subject.repository_key) {
                    let watched = self.watched(user).await;
                    let own = watched
                        .into_iter()
                        .find(|place| place.is(&subject.repository, &subject.repository_key));
                    *place = own.unwrap_or_else(|| Place {
                        survey: None,
                        name: subject.repository.clone(),
                    });
                }
                material.event = Some(event);
            }
        }
        Ok(())
    }

    async fn events(
        &self,
        user: &UserId,
        read: impl FnOnce(&Connection, &UserId) -> Result<Vec<perch_core::event::EventRow>, StoreError>
        + Send
        + 'static,
    ) -> Result<Vec<Event>, DocumentError> {
        let user = user.clone();
        let rows = self.db().read(move |db| read(db, &user)).await?;
        Ok(rows.into_iter().map(|row| row.event).collect())
    }

    /// The event meant by a part of its id, its key, or a suggestion's id.
    async fn event(&self, user: &UserId, text: &str) -> Result<Event, DocumentError> {
        if text.is_empty() {
            return Err(DocumentError::Refused(
                "a postmortem needs an event; `perch events` lists them".into(),
            ));
        }
        let (owner, wanted) = (user.clone(), text.to_owned());
        let mut found = self
            .db()
            .read(move |db| {
                let mut found = events::find(db, &owner, &wanted)?;
                if found.is_empty() {
                    for suggestion in suggestions::find(db, &owner, &wanted)? {
                        found.extend(events::get(db, suggestion.event_id)?);
                    }
                }
                if found
                    .first()
                    .is_some_and(|row| row.event.dedup_key == wanted)
                {
                    found.truncate(1);
                }
                Ok(found)
            })
            .await?;
        match (found.pop(), found.is_empty()) {
            (Some(row), true) => Ok(row.event),
            (Some(_), false) => Err(DocumentError::Refused(format!(
                "several events have an id like `{text}`; give more of it"
            ))),
            (None, _) => Err(DocumentError::NotFound(format!(
                "there is no event `{text}`; `perch events` lists them"
            ))),
        }
    }

    /// Hosts people look at, each with the provider this user has for it.
    fn hosts(&self, user: &UserId) -> BTreeMap<String, String> {
        let setup = self.setup();
        setup
            .connections_of(user)
            .filter_map(|connection| {
                let (_, rest) = connection.base_url.split_once("://")?;
                let host = rest.split('/').next()?.to_lowercase();
                let host = host.strip_prefix("api.").unwrap_or(&host).to_owned();
                Some((host, connection.provider.clone()))
            })
            .collect()
    }
}
