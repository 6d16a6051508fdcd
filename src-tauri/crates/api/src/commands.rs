//! The table of commands: name, request and answer. The router and the TypeScript come from it.

mod backtest;
mod builds;
mod connections;
mod documents;
mod events;
mod filters;
mod health;
mod insights;
mod logs;
mod models;
mod places;
mod settings;
mod sign_in;
mod status;
mod suggestions;
mod vibes;
mod webhooks;

use perch_core::id::UserId;
use perch_core::user::Profile;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ts_rs::{Config, TS};

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::Nothing;
use crate::wire::backtest::{AskBacktest, BacktestView};
use crate::wire::connections::{
    Connect, ConnectionView, Diagnosis, Disconnect, Disconnected, Providers, Watch,
};
use crate::wire::documents::{AskDocument, DocumentView, Documents};
use crate::wire::events::{AskWhy, Builds, Events, ListBuilds, ListEvents, Replay, Replayed, Why};
use crate::wire::filters::{ChangeFilter, FilterTrial, LiftRule, SilentRules, TryFilter};
use crate::wire::health::{Health, TriedNotice};
use crate::wire::insights::{AskInsights, Insights};
use crate::wire::logs::{AskLog, LogLines};
use crate::wire::models::{ModelCheck, Models, NearbyModels, OfModel, SetModel};
use crate::wire::places::{Folders, OpenPlace, OpenedPlace};
use crate::wire::settings::{ChangeMute, Exported, Set, SettingsView};
use crate::wire::sign_in::{OfSignIn, Repositories, Server, SignIn, SignInView, SignInWays};
use crate::wire::status::{ChangeUsers, Pause, Status, Users};
use crate::wire::suggestions::{
    Accept, Dismiss, ListSuggestions, OutcomeView, Refresh, ShowSuggestion, Snooze,
    SuggestionDetail, SuggestionSummary, Suggestions, UndoAction,
};
use crate::wire::vibes::{
    AskPreview, Atoms, ChangeAtom, ChangeVibe, Previews, Revise, Versions, Vibes,
};
use crate::wire::webhooks::{MakeWebhooks, OfConnection, Webhooks};

macro_rules! commands {
    ($($(#[doc = $doc:literal])* $name:ident($request:ty) -> $response:ty;)+) => {
        /// Every command's name, in the table's order.
        pub const NAMES: &[&str] = &[$(stringify!($name)),+];

        impl Api {
            /// Runs the command called `name` for `user`.
            pub async fn call(&self, user: &UserId, name: &str, payload: Value) -> Result<Value, ApiError> {
                match name {
                    $(stringify!($name) => answer(self.$name(user, request(name, payload)?).await?),)+
                    _ => Err(ApiError::new(Code::Invalid, format!("there is no command `{name}`"))),
                }
            }
        }

        /// The TypeScript of the table: `Commands` maps each name to its request and answer.
        pub fn typescript() -> String {
            let config = Config::default();
            let mut text = String::from("export type Commands = {\n");
            $(
                $(text.push_str(concat!("  /**", $doc, " */\n"));)*
                text.push_str(&format!(
                    "  {}: {{ request: {}; response: {} }};\n",
                    stringify!($name), <$request>::name(&config), <$response>::name(&config),
                ));
            )+
            text.push_str("};\n");
            text
        }

        /// Writes the TypeScript of every wire type, with all it names, into the folder of `config`.
        pub fn export_types(config: &Config) -> Result<(), ts_rs::ExportError> {
            $(
                <$request>::export_all(config)?;
                <$response>::export_all(config)?;
            )+
            ApiError::export_all(config)?;
            perch_core::change::Change::export_all(config)
        }

        /// The names of the table's own types, for the imports of its TypeScript.
        pub fn type_names() -> Vec<String> {
            let config = Config::default();
            let mut names = vec![$(<$request>::name(&config), <$response>::name(&config)),+];
            names.sort();
            names.dedup();
            names
        }
    };
}

commands! {
    /// How Perch is doing.
    status(Nothing) -> Status;
    /// The inbox, or what was once in it.
    suggestions(ListSuggestions) -> Suggestions;
    /// Everything about one suggestion.
    show(ShowSuggestion) -> SuggestionDetail;
    /// Notes that a suggestion was looked at.
    seen(ShowSuggestion) -> Nothing;
    /// Carries an action out and waits for it.
    accept(Accept) -> OutcomeView;
    /// Takes an accepted action back.
    undo(UndoAction) -> OutcomeView;
    /// Puts a suggestion out of the inbox for good.
    dismiss(Dismiss) -> SuggestionSummary;
    /// Puts what was dismissed, or filed by a filter, back into the inbox.
    restore(ShowSuggestion) -> SuggestionSummary;
    /// Puts a suggestion out of the inbox for a while.
    snooze(Snooze) -> SuggestionSummary;
    /// Makes a suggestion afresh, since what it stood on moved.
    refresh(Refresh) -> SuggestionDetail;
    /// Has a model write a suggestion anew as the user asks: a new version of it.
    revise(Revise) -> SuggestionDetail;
    /// The versions of a suggestion's words.
    versions(ShowSuggestion) -> Versions;
    /// What a suggestion would read like under other vibes. It asks a model, which may cost something.
    preview(AskPreview) -> Previews;
    /// Who the user is, as far as words written for others depend on it.
    profile(Nothing) -> Profile;
    /// Replaces the profile.
    set_profile(Profile) -> Profile;
    /// The vibe configs, and which is in force.
    vibes(Nothing) -> Vibes;
    /// Uses, adds, changes or takes out a vibe config.
    change_vibe(ChangeVibe) -> Vibes;
    /// The prompt atoms there are, and what they were worth.
    atoms(Nothing) -> Atoms;
    /// Adds, changes or takes out an atom of the user's own.
    change_atom(ChangeAtom) -> Atoms;
    /// What happened, newest first.
    events(ListEvents) -> Events;
    /// Why an event did or did not become a suggestion.
    why(AskWhy) -> Why;
    /// Builds of a branch or commit, or of all that is the user's own, local ones too.
    builds(ListBuilds) -> Builds;
    /// How suggestions fared: by rule, by day, and how soon they were answered.
    insights(AskInsights) -> Insights;
    /// What Perch would have said of a repository's past, and how often that was right.
    backtest(AskBacktest) -> BacktestView;
    /// Sends a recorded delivery down the road.
    replay(Replay) -> Replayed;
    /// What documents there are, and what they can be about.
    documents(Nothing) -> Documents;
    /// Makes a document, and writes it if that is asked.
    document(AskDocument) -> DocumentView;
    /// Opens a file of a watched folder in the user's editor.
    open_place(OpenPlace) -> OpenedPlace;
    /// Lines of the whole log a suggestion's excerpt is from.
    log(AskLog) -> LogLines;
    /// Git folders below the home folder, the most recently used first.
    folders(Nothing) -> Folders;
    /// How every step of the road is doing, and what is left of the forges' quotas.
    health(Nothing) -> Health;
    /// Shows a notice for a trial and says whether it stood on the screen.
    try_notice(Nothing) -> TriedNotice;
    /// Every kind of system that can be connected.
    providers(Nothing) -> Providers;
    /// How a token can be had for a server.
    sign_in_ways(Server) -> SignInWays;
    /// Begins to have a token, and looks at what it may do.
    sign_in(SignIn) -> SignInView;
    /// Where a sign-in stands.
    sign_in_state(OfSignIn) -> SignInView;
    /// The repositories a sign-in sees.
    repositories(OfSignIn) -> Repositories;
    /// Makes or changes a connection.
    connect(Connect) -> ConnectionView;
    /// Removes a connection and its secrets.
    disconnect(Disconnect) -> Disconnected;
    /// The webhooks at a forge that lead to a connection.
    webhooks(OfConnection) -> Webhooks;
    /// Makes the webhooks of a connection at its forge, with a secret made for them.
    make_webhooks(MakeWebhooks) -> Webhooks;
    /// Takes the webhooks that Perch made for a connection away again.
    remove_webhooks(OfConnection) -> Webhooks;
    /// Makes a next webhook secret and has what Perch made sign with it; the old one is believed meanwhile.
    rotate_webhook_secret(OfConnection) -> Webhooks;
    /// Believes only the next webhook secret from now on.
    promote_webhook_secret(OfConnection) -> Webhooks;
    /// The language models that may be asked, and what they took.
    models(Nothing) -> Models;
    /// Adds a model or changes one; its key goes into the keychain.
    set_model(SetModel) -> Models;
    /// Takes a model and its key out.
    remove_model(OfModel) -> Models;
    /// Looks whether a model can be asked, without spending anything.
    check_model(OfModel) -> ModelCheck;
    /// Model servers on this machine that are not set yet. Nothing is used unasked.
    nearby_models(Nothing) -> NearbyModels;
    /// Watches a git folder.
    watch(Watch) -> ConnectionView;
    /// Checks everything end to end and says what is wrong in words.
    doctor(Nothing) -> Diagnosis;
    /// Looks at everything that is watched now, where the far side does not ask to be left alone.
    check(Nothing) -> Status;
    /// Pauses suggestions, or ends the pause.
    pause(Pause) -> Status;
    /// Every user of this machine.
    users(Nothing) -> Users;
    /// Adds a user, or starts or stops loops.
    change_users(ChangeUsers) -> Users;
    /// The settings the panel edits.
    settings(Nothing) -> SettingsView;
    /// Changes one setting.
    set(Set) -> SettingsView;
    /// Adds or lifts a mute.
    change_mute(ChangeMute) -> SettingsView;
    /// Adds, changes, moves or takes out a filter.
    change_filter(ChangeFilter) -> SettingsView;
    /// Says what a change of the filters would have meant for past events.
    try_filter(TryFilter) -> FilterTrial;
    /// Rules that start silent, since looking back found that they would have been noise.
    silent_rules(Nothing) -> SilentRules;
    /// Lets a rule speak that starts silent.
    lift_rule(LiftRule) -> SilentRules;
    /// Settings as one text, without secrets.
    export(Nothing) -> Exported;
    /// Puts exported settings in force.
    import(Exported) -> SettingsView;
}

fn request<T: DeserializeOwned>(command: &str, payload: Value) -> Result<T, ApiError> {
    let payload = if payload.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        payload
    };
    serde_json::from_value(payload).map_err(|error| {
        ApiError::new(
            Code::Invalid,
            format!("the request does not fit `{command}`: {error}"),
        )
    })
}

fn answer(value: impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|error| {
        ApiError::new(
            Code::Failed,
            format!("the answer could not be written: {error}"),
        )
    })
}
