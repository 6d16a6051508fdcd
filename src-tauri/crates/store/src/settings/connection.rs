//! Reading `[[connection]]`: the fields every provider has in common, then the provider's own.

use perch_core::connection::{Connection, TunnelChoice};
use perch_core::id::{ConnectionId, UserId};
use perch_core::seam::webhook::CODE_REPO;
use serde_json::Map;
use url::Url;

use super::section::{Problems, Section, names_a_secret, secret_in_the_file};
use super::{Rules, Settings, json, unsafe_listen};
use crate::environment;
use crate::nearest::nearest;

/// Names that mean something else: the shared routes of the listener, and what the environment describes.
const RESERVED: &[&str] = &[
    CODE_REPO,
    environment::CODE_REPO,
    environment::SUPABASE,
    "supabase",
];

/// Every connection that could be read; what is wrong with any of them goes to `problems`.
pub(super) fn read_all(
    sections: Vec<Section<'_>>,
    rules: &Rules,
    settings: &Settings,
    problems: &mut Problems<'_>,
) -> Vec<Connection> {
    let mut connections: Vec<Connection> = Vec::new();
    for section in sections {
        let at = section.place("name");
        let Some(connection) = read(section, rules, settings, problems) else {
            continue;
        };
        if connections.iter().any(|other| other.id == connection.id) {
            let message = format!("two connections are called `{}`; rename one", connection.id);
            problems.add(at, message);
        }
        connections.push(connection);
    }
    connections
}

fn read(
    mut section: Section<'_>,
    rules: &Rules,
    settings: &Settings,
    problems: &mut Problems<'_>,
) -> Option<Connection> {
    let name = section.text("name", problems);
    if let (Err(problem), true) = (
        connection_name(name.unwrap_or_default()),
        name.is_some() || !section.has("name"),
    ) {
        problems.add(section.place("name"), problem);
    }
    let name = name.unwrap_or_default();
    let provider = section.text("provider", problems).unwrap_or_default();
    let mut connection = Connection {
        id: ConnectionId::new(name),
        user_id: user(&mut section, &settings.users, problems),
        provider: provider.to_owned(),
        base_url: base_url(&mut section, problems),
        watch: section.texts("watch", problems).unwrap_or_default(),
        identities: section.texts("identities", problems).unwrap_or_default(),
        tunnel: tunnel(&mut section, rules, problems),
        insecure: section.flag("insecure", problems).unwrap_or(false),
        enabled: section.flag("enabled", problems).unwrap_or(true),
        settings: Map::new(),
    };
    if connection.insecure && !settings.listen.ip().is_loopback() {
        problems.add(
            section.place("insecure"),
            unsafe_listen(name, settings.listen),
        );
    }
    if provider.is_empty() {
        if section.has("provider") {
            return None;
        }
        let known: Vec<&str> = rules.providers.iter().map(|one| one.id.as_str()).collect();
        let message = format!("a [[connection]] needs a `provider`: {}", known.join(", "));
        problems.add(section.place("provider"), message);
        return None;
    }
    if !own_settings(&section, rules, &mut connection, problems) {
        return None;
    }
    if let Err(problem) = rules.complete(&mut connection) {
        let key = if rules.provider(provider).is_none() {
            "provider"
        } else {
            "name"
        };
        problems.add(
            section.place(key),
            format!("connection `{name}`: {problem}"),
        );
        return None;
    }
    Some(connection)
}

/// What `[connection.tunnel]` says; its own settings are checked with the whole connection.
fn tunnel(
    section: &mut Section<'_>,
    rules: &Rules,
    problems: &mut Problems<'_>,
) -> Option<TunnelChoice> {
    let mut section = section.section("tunnel", "connection.tunnel", problems)?;
    let known = || rules.tunnels.iter().map(|tunnel| tunnel.id.as_str());
    let Some(kind) = section.text("kind", problems) else {
        if !section.has("kind") {
            let known: Vec<&str> = known().collect();
            let message = format!("a [connection.tunnel] needs a `kind`: {}", known.join(", "));
            problems.add(section.at, message);
        }
        return None;
    };
    let tunnel = match rules.tunnel(kind) {
        Ok(tunnel) => tunnel,
        Err(problem) => {
            problems.add(section.place("kind"), problem);
            return None;
        }
    };
    let mut settings = Map::new();
    for (key, item, at) in section.others() {
        if tunnel.settings.iter().any(|own| own == key) {
            settings.insert(key.to_owned(), json::from_item(item));
        } else {
            problems.add(at, section.unknown(key, &tunnel.settings));
        }
    }
    Some(TunnelChoice {
        kind: kind.to_owned(),
        settings,
    })
}

/// Takes over the provider's own settings; false when a key is a problem, so that the provider is not asked.
fn own_settings(
    section: &Section<'_>,
    rules: &Rules,
    connection: &mut Connection,
    problems: &mut Problems<'_>,
) -> bool {
    let provider = rules.provider(&connection.provider);
    let mut fine = true;
    for (key, item, at) in section.others() {
        let own = provider.is_some_and(|one| one.settings.iter().any(|own| own == key));
        let secret = provider.is_some_and(|one| one.secrets.iter().any(|own| own == key));
        if own {
            connection
                .settings
                .insert(key.to_owned(), json::from_item(item));
        } else if secret || names_a_secret(key) {
            problems.add(at, secret_in_the_file(key, &connection.provider));
            fine = false;
        } else if let Some(provider) = provider {
            problems.add(at, section.unknown(key, &provider.settings));
            fine = false;
        }
    }
    fine
}

/// Says what is wrong with a connection's name.
pub(super) fn connection_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() {
        return Err("a [[connection]] needs a `name`, such as `github-acme`".into());
    }
    if RESERVED.contains(&name) {
        return Err(format!(
            "the name `{name}` is reserved; choose another, such as `my-{name}`"
        ));
    }
    if name.len() > 64 || !name.chars().all(plain) || name.starts_with('-') || name.ends_with('-') {
        return Err(format!(
            "`{name}` cannot be a connection's name; use at most 64 of a-z, 0-9 and - between them"
        ));
    }
    Ok(())
}

fn user(section: &mut Section<'_>, users: &[UserId], problems: &mut Problems<'_>) -> UserId {
    // Reading never leaves the list of users empty.
    let first = users.first().cloned().unwrap_or_else(|| UserId::new(""));
    let Some(name) = section.text("user", problems) else {
        return first;
    };
    if let Some(known) = users.iter().find(|user| user.as_str() == name) {
        return known.clone();
    }
    let message = match nearest(name, users.iter().map(UserId::as_str)) {
        Some(near) => format!("there is no user `{name}`; did you mean `{near}`?"),
        None => format!("there is no user `{name}`; add a [[user]] of that name"),
    };
    problems.add(section.place("user"), message);
    first
}

fn base_url(section: &mut Section<'_>, problems: &mut Problems<'_>) -> String {
    let Some(text) = section.text("base_url", problems) else {
        return String::new();
    };
    let problem = match Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            "`base_url` holds a login; take it out and put the secret into the keychain with `perch connect`"
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => {
            "`base_url` must end with its path; take out what follows `?` or `#`"
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            return text.trim().trim_end_matches('/').to_owned();
        }
        _ if text.is_empty() => return String::new(),
        _ => "`base_url` must be an address such as `https://git.acme.example`",
    };
    problems.add(section.place("base_url"), problem);
    String::new()
}
