//! `events`, `why`, `builds`, `suggestions`.

use clap::Args;
use perch_api::wire::events::{AskWhy, Build, Builds, Events, ListBuilds, ListEvents, Why};
use perch_api::wire::suggestions::{List, ListSuggestions, Suggestions};

use super::Access;
use super::output::{Output, plain, short};

/// Options of `perch events`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Words to find.
    query: Vec<String>,
    /// At most this many.
    #[arg(long)]
    limit: Option<u32>,
}

/// Options of `perch suggestions`.
#[derive(Debug, Args)]
pub struct SuggestionArgs {
    /// Words to find.
    query: Vec<String>,
    /// Also those that were accepted, dismissed, snoozed or overtaken.
    #[arg(long)]
    all: bool,
    /// Of this event type only, or of all that begin so: `repo.build`.
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// At most this many.
    #[arg(long)]
    limit: Option<u32>,
}

fn words(query: &[String]) -> Option<String> {
    (!query.is_empty()).then(|| query.join(" "))
}

pub(super) async fn events(access: &Access, args: ListArgs, output: &Output) -> anyhow::Result<()> {
    let request = ListEvents {
        query: words(&args.query),
        limit: args.limit,
    };
    let events: Events = access.call("events", request).await?;
    output.print(&events, |events| {
        if events.events.is_empty() {
            return "No events yet. `perch status` says what is watched.".into();
        }
        let lines: Vec<String> = events
            .events
            .iter()
            .map(|event| {
                let verdict = event.verdict.as_ref().map_or_else(String::new, |verdict| {
                    format!("  {}: {}", verdict.outcome, verdict.reason)
                });
                plain(&format!(
                    "{}  {}  {}  {}\n         {verdict}",
                    short(&event.id),
                    event.event_type,
                    event.repository,
                    event.title
                ))
            })
            .collect();
        lines.join("\n")
    })
}

pub(super) async fn why(access: &Access, event: &str, output: &Output) -> anyhow::Result<()> {
    let why: Why = access
        .call(
            "why",
            AskWhy {
                event: event.to_owned(),
            },
        )
        .await?;
    output.print(&why, |why| {
        let mut text = format!(
            "{}  {}  {}\n  key {}\n  happened {}, stored {}\n",
            why.event.event_type,
            why.event.repository,
            why.event.title,
            why.event.dedup_key,
            why.event.at,
            why.event.stored_at
        );
        for verdict in &why.verdicts {
            text.push_str(&format!(
                "  {}: {}, {}\n",
                verdict.step, verdict.outcome, verdict.reason
            ));
        }
        if why.verdicts.is_empty() {
            text.push_str("  nothing is decided yet\n");
        }
        for shown in &why.shown {
            text.push_str(&format!("  {shown}\n"));
        }
        plain(&text)
    })
}

pub(super) async fn builds(
    access: &Access,
    reference: Option<String>,
    limit: Option<u32>,
    output: &Output,
) -> anyhow::Result<()> {
    let builds: Builds = access
        .call("builds", ListBuilds { reference, limit })
        .await?;
    output.print(&builds, |builds| {
        let mut lines: Vec<String> = builds.builds.iter().map(in_a_line).collect();
        if lines.is_empty() {
            lines.push("No builds. `perch exec -- CMD` records one; a connection's `identities` say what is yours.".into());
        }
        lines.extend(
            builds
                .unreached
                .iter()
                .map(|problem| plain(&format!("not asked: {problem}"))),
        );
        lines.join("\n")
    })
}

fn in_a_line(build: &Build) -> String {
    let commit = build.commit.as_deref();
    let commit = commit.and_then(|commit| commit.get(..7));
    let on = build.branch.as_deref();
    let on = on.map_or_else(String::new, |branch| format!("  {branch}"));
    plain(&format!(
        "{}  {}  {}{on}  {}  {}",
        match build.passed {
            Some(true) => "passed",
            Some(false) => "failed",
            None => "going on",
        },
        commit.unwrap_or("-------"),
        build.repository,
        build.job,
        build.finished_at.as_deref().unwrap_or_default()
    ))
}

pub(super) async fn suggestions(
    access: &Access,
    args: SuggestionArgs,
    output: &Output,
) -> anyhow::Result<()> {
    let list = if args.all { List::All } else { List::Inbox };
    let request = ListSuggestions {
        list,
        query: words(&args.query),
        event_type: args.event_type,
        limit: args.limit,
        ..ListSuggestions::default()
    };
    let found: Suggestions = access.call("suggestions", request).await?;
    output.print(&found, |found| {
        if found.suggestions.is_empty() {
            return "The inbox is empty. Try `perch exec -- cargo test` in a repository you watch."
                .into();
        }
        let mut text = String::new();
        let mut repository = None;
        for line in &found.suggestions {
            if repository != Some(&line.repository) {
                text.push_str(&format!("{}\n", line.repository));
                repository = Some(&line.repository);
            }
            text.push_str(&format!(
                "  {}  {}\n            {} · {}\n",
                short(&line.id),
                line.title,
                line.place,
                line.offer
            ));
        }
        plain(&text)
    })
}
