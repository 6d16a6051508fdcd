//! The poll over all watched folders, its cursor, and the probe.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::NewDelivery;
use perch_core::seam::provider::{Batch, Context, Cursor, ProviderError};
use serde_json::Value;

use super::blocking::{self, Busy, Unfinished};
use super::folder::Folder;
use super::look::{self, Seen, Terms};

/// What was seen of each repository, by its path.
type State = BTreeMap<String, Seen>;

impl From<Unfinished> for ProviderError {
    fn from(unfinished: Unfinished) -> Self {
        Self::Unavailable(unfinished.0)
    }
}

/// Looks at every watched folder. One that cannot be read never keeps the others from being heard:
/// it is reported once the others have nothing new.
pub(super) async fn poll(
    busy: &Busy,
    ctx: &Context<'_>,
    cursor: Option<&Cursor>,
) -> Result<Batch, ProviderError> {
    let baseline = cursor.is_none();
    let Some(turn) = busy.begin(&ctx.connection.id) else {
        return Err(ProviderError::Unavailable(
            "the disk has not answered the last look yet".into(),
        ));
    };
    // A cursor of an unknown shape is as good as none.
    let before: State = cursor
        .and_then(|cursor| serde_json::from_value(cursor.clone()).ok())
        .unwrap_or_default();
    let watch = ctx.connection.watch.clone();
    let stale_after = super::stale_after(ctx.connection);
    let now = ctx.now;
    let round = blocking::run(move |stop| {
        let _turn = turn;
        round(&watch, before, stale_after, now, stop)
    })
    .await?;
    if let (Some(fault), false) = (round.fault, round.changed) {
        return Err(fault);
    }
    Ok(Batch {
        deliveries: round.deliveries,
        cursor: serde_json::to_value(round.state).unwrap_or(Value::Null),
        baseline,
        wait: None,
        ..Batch::default()
    })
}

struct Round {
    state: State,
    /// True when `state` is not what it was.
    changed: bool,
    deliveries: Vec<NewDelivery>,
    fault: Option<ProviderError>,
}

fn round(
    watch: &[String],
    before: State,
    stale_after: SignedDuration,
    now: Timestamp,
    stop: &AtomicBool,
) -> Round {
    let terms = Terms {
        stale_after,
        now,
        stop,
    };
    let mut round = Round {
        state: before.clone(),
        changed: false,
        deliveries: Vec::new(),
        fault: None,
    };
    for path in watch {
        match look_at(path, &before, terms) {
            Ok((key, seen, found)) => {
                round.state.insert(key, seen);
                round.deliveries.extend(found);
            }
            Err(fault) => {
                tracing::debug!(folder = %path, error = %fault, "a watched folder was not read");
                round.fault.get_or_insert(fault);
            }
        }
    }
    round.changed = round.state != before;
    round
}

fn look_at(
    path: &str,
    before: &State,
    terms: Terms<'_>,
) -> Result<(String, Seen, Vec<NewDelivery>), ProviderError> {
    let folder = Folder::open(Path::new(path))?;
    let (seen, found) = look::look(&folder, before.get(&folder.key), terms).map_err(|error| {
        ProviderError::Unavailable(format!("reading `{path}`: {}", error.message()))
    })?;
    Ok((folder.key, seen, found))
}

/// Says what is known of each watched folder.
pub(super) async fn probe(ctx: &Context<'_>) -> Result<Vec<String>, ProviderError> {
    let watch = ctx.connection.watch.clone();
    blocking::run(move |_| {
        watch
            .iter()
            .map(|path| Ok(described(&Folder::open(Path::new(path))?)))
            .collect()
    })
    .await?
}

fn described(folder: &Folder) -> String {
    let branches = folder
        .git
        .branches(Some(git2::BranchType::Local))
        .map_or(0, Iterator::count);
    let state = match (branches, folder.default_branch()) {
        (0, _) => "no commit yet".into(),
        (1, Some(default)) => format!("1 branch, `{default}`"),
        (count, Some(default)) => format!("{count} branches, `{default}` is the default"),
        (count, None) => format!("{count} branches, none of them is clearly the default"),
    };
    let shallow = if folder.git.is_shallow() {
        ", shallow clone"
    } else {
        ""
    };
    let person = folder.person().map_or_else(
        || "no identity, so Perch cannot commit (set `user.name` and `user.email`)".into(),
        |person| format!("commits as {} <{}>", person.name, person.email),
    );
    format!("{}: {state}{shallow}; {person}", folder.key)
}
