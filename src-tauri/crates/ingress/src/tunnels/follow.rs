//! Lets the webhooks at the forge follow a tunnel whose address changes.
//!
//! Only webhooks that Perch made are touched: which those are is noted before they are made.

use perch_core::seam::hooks::{Hook, Hooks, NewHook};
use perch_core::seam::provider::ProviderError;
use perch_core::seam::tunnel::TunnelContext;

/// Why webhooks do not follow, in words with what to do.
pub(super) type Problem = String;

/// Makes the webhook of every watched repository send to `address`.
pub(super) async fn lead(ctx: &TunnelContext<'_>, address: &str) -> Result<(), Problem> {
    let by_hand =
        || format!("set the address of the repository's webhook by hand to {address}, each time");
    let Some(hooks) = ctx.hooks else {
        return Err(format!(
            "Perch cannot change webhooks at this forge; {}",
            by_hand()
        ));
    };
    let Some(secret) = ctx.secret else {
        return Err("there is no webhook secret to sign with; set one with `perch connect`".into());
    };
    let new = NewHook {
        url: address.to_owned(),
        secret: secret.clone(),
    };
    for repository in &ctx.connection.watch {
        lead_one(ctx, hooks, repository, &new)
            .await
            .map_err(|problem| match problem {
                Failed::Forge(ProviderError::Refused { problem, .. }) => format!(
                    "the webhook of {repository} was not set: {problem}; let the token manage webhooks, or {}",
                    by_hand()
                ),
                Failed::Forge(error) => format!("the webhook of {repository} was not set: {error}"),
                Failed::Note(problem) => problem,
            })?;
    }
    Ok(())
}

enum Failed {
    Forge(ProviderError),
    Note(String),
}

async fn lead_one(
    ctx: &TunnelContext<'_>,
    hooks: &dyn Hooks,
    repository: &str,
    new: &NewHook,
) -> Result<(), Failed> {
    let connection = &ctx.connection.id;
    let provider = ctx.provider();
    let mut known = ctx
        .made
        .list(connection, repository)
        .await
        .map_err(Failed::Note)?;
    if !known.contains(&new.url) {
        known.push(new.url.clone());
        ctx.made
            .note(connection, repository, known.clone())
            .await
            .map_err(Failed::Note)?;
    }
    let mut ours = ours(hooks, ctx, repository, &known)
        .await
        .map_err(Failed::Forge)?
        .into_iter();
    match ours.next() {
        Some(hook) => hooks.update(&provider, repository, &hook.id, new).await,
        None => hooks.create(&provider, repository, new).await,
    }
    .map_err(Failed::Forge)?;
    for left_over in ours {
        hooks
            .delete(&provider, repository, &left_over.id)
            .await
            .map_err(Failed::Forge)?;
    }
    ctx.made
        .note(connection, repository, vec![new.url.clone()])
        .await
        .map_err(Failed::Note)
}

async fn ours(
    hooks: &dyn Hooks,
    ctx: &TunnelContext<'_>,
    repository: &str,
    known: &[String],
) -> Result<Vec<Hook>, ProviderError> {
    let all = hooks.list(&ctx.provider(), repository).await?;
    Ok(all
        .into_iter()
        .filter(|hook| hook.kind == "web" && known.contains(&hook.url))
        .collect())
}

/// Removes the webhooks Perch made, since their tunnel is no longer wanted. What cannot be removed is told in the log.
pub(super) async fn retire(ctx: &TunnelContext<'_>) {
    let Some(hooks) = ctx.hooks else { return };
    for repository in &ctx.connection.watch {
        if let Err(problem) = retire_one(ctx, hooks, repository).await {
            tracing::warn!(
                connection.id = %ctx.connection.id, %repository, %problem,
                "a webhook Perch made was not removed"
            );
        }
    }
}

async fn retire_one(
    ctx: &TunnelContext<'_>,
    hooks: &dyn Hooks,
    repository: &str,
) -> Result<(), String> {
    let connection = &ctx.connection.id;
    let known = ctx.made.list(connection, repository).await?;
    if known.is_empty() {
        return Ok(());
    }
    let ours = ours(hooks, ctx, repository, &known)
        .await
        .map_err(|error| error.to_string())?;
    for hook in ours {
        hooks
            .delete(&ctx.provider(), repository, &hook.id)
            .await
            .map_err(|error| error.to_string())?;
    }
    ctx.made.note(connection, repository, Vec::new()).await
}
