//! Provider `supabase`: the schema of a project's database, by whichever of three ways the token opens, and the webhooks it
//! sends. A plain PostgreSQL database is watched the same way.
//!
//! It only reads. What is written for a database goes into the repository that its setting `folder` names.

mod catalog;
mod folder;
mod management;
mod meanings;
mod parse;
mod poll;
mod postgres;
mod rest;
mod webhook;

use async_trait::async_trait;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use perch_core::facts::{Facts, Missing, Want};
use perch_core::seam::provider::{
    About, Batch, Budget, Context, Cursor, Field, Probe, Provider, ProviderError, Scope,
};
use perch_core::seam::webhook::Webhook;

use crate::http::address;
use crate::http::rest::Pace;

static ABOUT: About = About {
    name: "Supabase",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<ellipse cx="8" cy="3.75" rx="5" ry="2"/><path d="M3 3.75v8.5c0 1.1 2.24 2 5 2s5-.9 5-2v-8.5"/>"#,
        r#"<path d="M3 8c0 1.1 2.24 2 5 2s5-.9 5-2"/></svg>"#,
    ),
    default_base_url: "",
    watch_hint: "schema, such as public",
    secrets: &[
        Field {
            key: "token",
            label: "Key, connection string or access token",
            help: "The service role key; or, to see policies, indexes and functions as well, the database's connection \
                   string (postgresql://…) or an access token (sbp_…).",
            required: true,
        },
        Field {
            key: "webhook_secret",
            label: "Webhook secret",
            help: "What the webhook's header holds, or the secret of an auth hook (v1,whsec_…); without one every webhook is \
                   refused.",
            required: false,
        },
        Field {
            key: "webhook_secret_next",
            label: "Next webhook secret",
            help: "While the secret is being replaced: the new one, believed beside the old.",
            required: false,
        },
    ],
    settings: &[
        Field {
            key: "folder",
            label: "Repository's folder",
            help: "The folder of the repository with supabase/migrations, as an absolute path; documentation and fixes are \
                   written for it.",
            required: false,
        },
        Field {
            key: "repository",
            label: "Repository at a forge",
            help: "Without a folder: owner/name as another connection watches it; documentation and fixes become pull \
                   requests there.",
            required: false,
        },
        Field {
            key: "docs",
            label: "Documentation",
            help: "The folder in that repository for a page per table; docs/database unless set.",
            required: false,
        },
        Field {
            key: "webhook_header",
            label: "Webhook header",
            help: "The header that database webhooks carry the secret in; Authorization unless set.",
            required: false,
        },
        Field {
            key: "user_column",
            label: "User column",
            help: "The column of a row that says whose it is, such as user_id; then only rows of your identities count.",
            required: false,
        },
        Field {
            key: "meanings",
            label: "Meanings of rows",
            help: "What a new row in a table means, such as incidents=incident.opened; several with commas.",
            required: false,
        },
        Field {
            key: "management_url",
            label: "Management API",
            help: "Where an access token is used; https://api.supabase.com unless set.",
            required: false,
        },
    ],
    scopes: &[Scope {
        name: "service_role, or a database user that may read the catalogs",
        why: "to see which tables, columns, policies and functions there are",
        only_to_accept: false,
    }],
    local: false,
};

/// The provider.
pub struct Supabase {
    pace: Pace,
}

/// The one there is.
pub static PROVIDER: Supabase = Supabase::new();

impl Supabase {
    /// One that has met no limit yet.
    pub const fn new() -> Self {
        Self { pace: Pace::new() }
    }
}

impl Default for Supabase {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for Supabase {
    fn id(&self) -> &'static str {
        "supabase"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn usual_watch(&self) -> &'static [&'static str] {
        &["public"]
    }

    fn check(&self, connection: &Connection) -> Result<(), String> {
        check(connection)
    }

    async fn poll(
        &self,
        ctx: &Context<'_>,
        _cursor: Option<&Cursor>,
    ) -> Result<Batch, ProviderError> {
        poll::poll(ctx, &self.pace).await
    }

    fn parse(&self, connection: &Connection, delivery: &Delivery) -> Vec<Event> {
        parse::parse(connection, delivery).into_iter().collect()
    }

    async fn gather(
        &self,
        _ctx: &Context<'_>,
        _event: &Event,
        wants: &[Want],
        _budget: Budget,
        facts: &mut Facts,
    ) -> Result<(), ProviderError> {
        // The engine has the schema; files are the business of the repository's own provider.
        for want in wants {
            facts.answered.insert(want.clone());
            facts.missing.push(Missing {
                want: want.clone(),
                reason: "no repository belongs to the database; name one in its setting `folder` or `repository`"
                    .into(),
            });
        }
        Ok(())
    }

    async fn probe(&self, ctx: &Context<'_>) -> Result<Probe, ProviderError> {
        poll::probe(ctx, &self.pace).await
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(&webhook::SupabaseWebhook)
    }
}

fn check(connection: &Connection) -> Result<(), String> {
    if !connection.base_url.is_empty() {
        address::check(
            &connection.base_url,
            "write the project's, such as `https://<project>.supabase.co`",
        )?;
    }
    for (number, schema) in connection.watch.iter().enumerate() {
        if schema.is_empty() || schema.len() > 63 || schema.chars().any(char::is_control) {
            return Err(format!(
                "`{schema}` in `watch` is no schema of a database; write its name, such as `public`"
            ));
        }
        if connection.watch[..number].contains(schema) {
            return Err(format!("`{schema}` stands twice in `watch`"));
        }
    }
    for (key, value) in &connection.settings {
        if ABOUT.settings.iter().all(|field| field.key != key) {
            return Err(format!("`{key}` is no setting of a Supabase connection"));
        }
        let fits = match key.as_str() {
            "meanings" => value.is_string() || value.is_array(),
            _ => value.is_string(),
        };
        if !fits {
            return Err(format!("`{key}` is {value}; write it as a text"));
        }
    }
    let text = |key: &str| setting(connection, key);
    if let Some(folder) = text("folder")
        && !std::path::Path::new(folder).is_absolute()
    {
        return Err(format!(
            "`folder` is `{folder}`, which is no absolute path; write it from the root on"
        ));
    }
    if let Some(docs) = text("docs")
        && !perch_core::patch::is_inside(docs)
    {
        return Err(format!(
            "`docs` is `{docs}`; write a folder inside the repository, such as `docs/database`"
        ));
    }
    if let Some(header) = text("webhook_header")
        && http::HeaderName::from_bytes(header.as_bytes()).is_err()
    {
        return Err(format!(
            "`webhook_header` is `{header}`, which cannot be a header's name"
        ));
    }
    if let Some(url) = text("management_url") {
        address::check(url, "write where the management API is")
            .map_err(|problem| problem.replace("base_url", "management_url"))?;
    }
    meanings::of(connection).map(drop)
}

/// A setting that is a text; an empty one counts as not set.
fn setting<'a>(connection: &'a Connection, key: &str) -> Option<&'a str> {
    connection
        .settings
        .get(key)
        .and_then(serde_json::Value::as_str)
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// What a connection is about, the same for every way to it: the project's host, or its own name where no address is set.
fn place(connection: &Connection) -> String {
    let host = address::server(&connection.base_url);
    if host.is_empty() {
        connection.id.to_string()
    } else {
        host
    }
}

/// Its name for people: the project's.
fn project(connection: &Connection) -> String {
    let place = place(connection);
    match place.strip_suffix(".supabase.co") {
        Some(project) => project.to_owned(),
        None => place,
    }
}

#[cfg(test)]
mod tests {
    use perch_core::id::{ConnectionId, UserId};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_connection_is_checked_and_told_what_is_wrong() {
        let check = |base_url: &str, watch: &[&str], settings: Value| {
            PROVIDER.check(&Connection {
                watch: watch.iter().map(|name| (*name).to_owned()).collect(),
                settings: settings.as_object().cloned().unwrap_or_default(),
                ..Connection::new(
                    ConnectionId::new("db"),
                    UserId::new("ada"),
                    "supabase",
                    base_url,
                )
            })
        };
        let project = "https://abcdefghij.supabase.co";
        for (base, watch, settings) in [
            (project, &["public"][..], json!({})),
            ("", &["public", "Größe"], json!({})),
            (
                "http://127.0.0.1:54321",
                &[],
                json!({"folder": "/src/app", "docs": "docs/db"}),
            ),
            (
                project,
                &["public"],
                json!({"meanings": "incidents=incident.opened"}),
            ),
            (
                project,
                &["public"],
                json!({"meanings": ["ops.incidents/delete = incident.opened"]}),
            ),
            (project, &["public"], json!({"webhook_header": "X-Hook"})),
        ] {
            assert_eq!(
                check(base, watch, settings.clone()),
                Ok(()),
                "{base} {settings}"
            );
        }
        for (base, watch, settings) in [
            ("http://abcdefghij.supabase.co", &["public"][..], json!({})),
            ("abcdefghij.supabase.co", &[], json!({})),
            (project, &["public", "public"], json!({})),
            (project, &[""], json!({})),
            (project, &["public"], json!({"folder": "app"})),
            (project, &["public"], json!({"docs": "../docs"})),
            (project, &["public"], json!({"docs": 3})),
            (project, &["public"], json!({"meanings": "incidents"})),
            (
                project,
                &["public"],
                json!({"meanings": "incidents=repo.push"}),
            ),
            (
                project,
                &["public"],
                json!({"webhook_header": "not a header"}),
            ),
            (
                project,
                &["public"],
                json!({"management_url": "http://api.example.com"}),
            ),
            (project, &["public"], json!({"other": "x"})),
        ] {
            assert!(
                check(base, watch, settings.clone()).is_err(),
                "{base} {settings}"
            );
        }
    }
}
