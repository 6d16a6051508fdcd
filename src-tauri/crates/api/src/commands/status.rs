//! The commands about how Perch is doing, pausing, and users.

use jiff::Timestamp;
use perch_core::change::Change;
use perch_core::id::UserId;
use perch_core::seam::secrets::Home;
use perch_core::suggestion::SuggestionState;
use perch_store::table::suggestions::Narrow;
use perch_store::table::{events, suggestions, users};

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::Nothing;
use crate::wire::status::{ChangeUsers, Pause, Status, UserChange, UserView, Users};

/// How a pause is said that lasts until somebody ends it.
const RESUMED: &str = "resumed";
/// How it is stored: the first moment of the year 9000, in whole milliseconds as the store keeps times.
const UNTIL_RESUMED: Timestamp = Timestamp::constant(221_845_392_000, 0);

impl Api {
    pub(super) async fn status(
        &self,
        user: &UserId,
        _request: Nothing,
    ) -> Result<Status, ApiError> {
        let now = self.now();
        let today = now
            .to_zoned_datetime(jiff::tz::TimeZone::system())
            .start_of_day()
            .map_or(now, |day| day.timestamp());
        let of = user.clone();
        let (row, open, new, events_today) = self
            .engine
            .db()
            .read(move |db| {
                let row = users::list(db)?.into_iter().find(|row| row.id == of);
                Ok((
                    row,
                    suggestions::count(db, &of, &Narrow::to(&[SuggestionState::Open]))?,
                    suggestions::count_new(db, &of)?,
                    events::count_since(db, &of, today)?,
                ))
            })
            .await?;
        let connections = self.connection_views(user).await?;
        let watched: Vec<&str> = connections
            .iter()
            .flat_map(|connection| &connection.watch)
            .map(String::as_str)
            .collect();
        let offer_folder = self
            .configuration
            .started_in()
            .filter(|folder| !watched.contains(&folder.as_str()));
        let (data_folder, config_file) = self.configuration.places();
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").into(),
            user: user.to_string(),
            running: self.loops.is_running(user),
            paused_until: row
                .and_then(|row| row.paused_until)
                .filter(|until| *until > now)
                .map(|until| match until {
                    until if until == UNTIL_RESUMED => RESUMED.to_owned(),
                    until => until.to_string(),
                }),
            open,
            new,
            events_today,
            working: self.engine.is_working(),
            connections,
            secrets_note: match self.engine.secrets().home() {
                Home::Keychain => None,
                Home::Memory { reason } => Some(reason),
            },
            listener: self.configuration.listener(),
            problems: {
                let trouble = self.engine.db().trouble();
                let trouble = trouble.map(|error| error.to_string());
                trouble
                    .into_iter()
                    .chain(self.configuration.problems())
                    .collect()
            },
            data_folder,
            config_file,
            offer_folder,
        })
    }

    pub(super) async fn check(&self, user: &UserId, _request: Nothing) -> Result<Status, ApiError> {
        let setup = self.engine.setup();
        let ids: Vec<_> = setup
            .connections_of(user)
            .map(|one| one.id.clone())
            .collect();
        self.engine.look_now(ids, self.now()).await?;
        self.status(user, Nothing {}).await
    }

    pub(super) async fn pause(&self, user: &UserId, request: Pause) -> Result<Status, ApiError> {
        let until = match request.until.as_deref() {
            Some(RESUMED) => Some(UNTIL_RESUMED),
            Some(text) => Some(self.moment(text)?),
            None => None,
        };
        let of = user.clone();
        self.engine
            .db()
            .write(move |db| {
                users::pause(db, &of, until)?;
                if until.is_none() {
                    events::end_waiting(db, &of)?;
                }
                Ok(())
            })
            .await?;
        self.engine.wake();
        self.engine.announce(Change::Status);
        self.status(user, Nothing {}).await
    }

    pub(super) async fn users(&self, _user: &UserId, _request: Nothing) -> Result<Users, ApiError> {
        let users = self
            .configuration
            .settings()
            .users
            .iter()
            .map(|user| UserView {
                name: user.to_string(),
                running: self.loops.is_running(user),
            })
            .collect();
        Ok(Users { users })
    }

    pub(super) async fn change_users(
        &self,
        user: &UserId,
        request: ChangeUsers,
    ) -> Result<Users, ApiError> {
        let chosen = match (&request.name, request.change) {
            (None, UserChange::Add) => {
                return Err(ApiError::new(Code::Invalid, "a new user needs a name"));
            }
            (None, _) => self.configuration.settings().users,
            (Some(name), UserChange::Add) => {
                let added = UserId::new(name);
                self.edit(|file| file.add_user(&added).map_err(|error| error.to_string()))?;
                let (row, now) = (added.clone(), self.now());
                self.engine
                    .db()
                    .write(move |db| users::add(db, &row, now))
                    .await?;
                vec![added]
            }
            (Some(name), _) => vec![self.user(Some(name))?],
        };
        for one in &chosen {
            match request.change {
                UserChange::Stop => self.loops.stop(one).await?,
                UserChange::Add | UserChange::Start => self.loops.start(one).await?,
            }
        }
        self.users(user, Nothing {}).await
    }
}
