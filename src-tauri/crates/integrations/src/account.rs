//! What accounts of several forges have in common: a list of repositories read page by page.

use perch_core::seam::account::{Listing, Need, Seen};
use perch_core::seam::provider::{ProviderError, Scope};
use serde_json::Value;

use crate::http::Answer;
use crate::http::rest::{Rest, read};

/// Repositories listed at most.
const MOST: usize = 1_000;

/// Pages read at most.
const PAGES: usize = 50;

/// Reads the list at `first`, each member with `seen`; `next` says where the page after an answer lies, given how
/// many were read and how many were on it.
pub(crate) async fn listing(
    api: Rest<'_>,
    first: String,
    seen: fn(&Value) -> Option<Seen>,
    next: impl Fn(&Answer, usize, usize) -> Option<String> + Send,
    refusal: fn(&Answer) -> ProviderError,
) -> Result<Listing, ProviderError> {
    let mut repositories: Vec<Seen> = Vec::new();
    let mut page = Some(first);
    for _ in 0..PAGES {
        let Some(url) = page.take() else {
            break;
        };
        let answer = api.get(&url).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer));
        }
        let members: Vec<Value> = read(&answer)?;
        repositories.extend(members.iter().filter_map(seen));
        page = next(&answer, repositories.len(), members.len());
        if repositories.len() >= MOST {
            break;
        }
    }
    let more = page.is_some() || repositories.len() > MOST;
    repositories.truncate(MOST);
    Ok(Listing {
        repositories: sorted(repositories),
        more,
    })
}

/// Those most recently active first.
pub(crate) fn sorted(mut repositories: Vec<Seen>) -> Vec<Seen> {
    repositories
        .sort_by(|one, other| (other.active_at, &one.name).cmp(&(one.active_at, &other.name)));
    repositories
}

/// What a provider says it needs, none of it known to be held.
pub(crate) fn unknown(scopes: &[Scope]) -> Vec<Need> {
    scopes.iter().map(|scope| need(scope, None)).collect()
}

/// What a scope is needed for, and whether the token has it.
pub(crate) fn need(scope: &Scope, held: Option<bool>) -> Need {
    Need {
        name: scope.name.into(),
        why: scope.why.into(),
        only_to_accept: scope.only_to_accept,
        held,
    }
}

/// A text of a member, without what does not belong on one line.
pub(crate) fn line(member: &Value, field: &str) -> String {
    let text = member[field].as_str().unwrap_or_default();
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}
