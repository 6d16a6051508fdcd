//! `backtest`: what Perch would have said of a repository's past.

use clap::Args;
use perch_api::wire::backtest::{AskBacktest, BacktestView, ProofView, Proved};
use perch_api::wire::filters::SilentRule;

use super::Access;
use super::documents::meant;
use super::output::{Output, plain};

/// Options of `perch backtest`.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// The repository: a folder in it, or its name; the one around this folder when absent.
    repository: Option<String>,
    /// How many days to look back.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
    /// The tag, branch or commit the past ends with; what is checked out when absent.
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,
}

pub(super) async fn run(
    access: &Access,
    args: BacktestArgs,
    output: &Output,
) -> anyhow::Result<()> {
    let (here, repository) = meant(args.repository)?;
    let request = AskBacktest {
        repository,
        near: Some(here),
        to: args.to,
        days: Some(args.days),
    };
    let found: BacktestView = access.call("backtest", request).await?;
    output.print(&found, |found| plain(&in_words(found)))
}

fn in_words(found: &BacktestView) -> String {
    let mut text = format!(
        "{}, `{}`, {} to {}: {}\n\n",
        found.repository,
        found.branch,
        day(&found.from),
        day(&found.to),
        counted(found.commits, "commit")
    );
    for one in &found.happened {
        text.push_str(&format!(
            "  {:<22}{:>5} {:<6}  {} led to a suggestion\n",
            one.event_type,
            one.events,
            if one.events == 1 { "event" } else { "events" },
            one.said
        ));
    }
    if found
        .happened
        .iter()
        .any(|one| one.event_type == "repo.push")
    {
        text.push_str(
            "  A push is what one author committed within half an hour, a pull request what a merge brought.\n",
        );
    }
    text.push_str(&format!(
        "\nPerch would have shown {} and put {} into the inbox.\n{}",
        counted(found.toasts, "toast"),
        counted(found.inbox, "more suggestion"),
        proved(found.proved)
    ));
    if found.builds.broke > 0 {
        text.push_str(&format!(
            "{} broke, {} passed again by a commit; in {} of those that commit changed lines that were shown.\n",
            counted(found.builds.broke, "build"),
            found.builds.mended,
            found.builds.right
        ));
    }
    text.push_str(&silenced(found));
    if !found.said.is_empty() {
        text.push('\n');
    }
    for one in &found.said {
        let loud = if one.toast { "toast" } else { "inbox" };
        text.push_str(&format!("{}  {loud}  {}\n", day(&one.at), one.title));
        let commit = one.commit.as_deref().map_or("", short);
        let proof = match &one.outcome {
            ProofView::Right { commit, path, line } => {
                format!("right: {} changed {path}:{line}", short(commit))
            }
            ProofView::NotRight => "not proved right within a fortnight".into(),
            ProofView::NotYet => "the fortnight is not over".into(),
            ProofView::NotToTell => "nothing to tell it by".into(),
        };
        text.push_str(&format!("            {}  {commit}  {proof}\n", one.rule));
    }
    let unnamed = (found.toasts + found.inbox).saturating_sub(counts(found.said.len()));
    if unnamed > 0 {
        text.push_str(&format!("and {unnamed} more after these\n"));
    }
    if !found.silent.is_empty() {
        text.push_str("\nOf the other events nothing would have been said, because:\n");
    }
    for one in &found.silent {
        text.push_str(&format!("  {:>4} ×  {}\n", one.times, one.reason));
    }
    let others: u32 = found.happened.iter().map(|one| one.events - one.said).sum();
    let named: u32 = found.silent.iter().map(|one| one.times).sum();
    if others > named {
        text.push_str(&format!("  {:>4} ×  other reasons\n", others - named));
    }
    text
}

/// Which rules are silent from now on, and the way back.
fn silenced(found: &BacktestView) -> String {
    if found.silent_rules.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\nFrom now on these rules start silent in {}, since they would have been noise; `perch filters lift RULE` lets one speak:\n",
        found.repository
    );
    for one in &found.silent_rules {
        text.push_str(&format!("  {}\n", of_rule(one)));
    }
    text
}

/// A silent rule in one line, without its repository.
pub(super) fn of_rule(one: &SilentRule) -> String {
    format!("{}  {} of {} proved right", one.rule, one.right, one.told)
}

fn proved(proved: Proved) -> String {
    let told = proved.right + proved.not_right;
    let mut text = match told {
        0 => String::new(),
        _ => format!(
            "Of {} that can be told by now, what then happened proved {} right: the lines shown were changed within a fortnight.\n",
            told, proved.right
        ),
    };
    if proved.not_yet > 0 {
        text.push_str(&format!(
            "For {} the fortnight is not over.\n",
            proved.not_yet
        ));
    }
    if proved.not_to_tell > 0 {
        text.push_str(&format!(
            "For {} there is nothing to tell it by: no line was shown, or no commit mended it.\n",
            proved.not_to_tell
        ));
    }
    text
}

fn counted(number: u32, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    }
}

fn counts(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn day(at: &str) -> &str {
    at.get(..10).unwrap_or(at)
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}
