//! `show`, `accept`, `undo`, `dismiss`, `restore`, `snooze`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use perch_api::wire::suggestions::{
    Accept, Dismiss, OutcomeView, SentView, ShowSuggestion, Snooze, SuggestionDetail,
    SuggestionSummary, UndoAction,
};
use perch_core::action::Amendments;
use perch_core::outcome::ActionState;

use super::Access;
use super::output::{Output, plain, short};

/// Options of `perch accept`.
#[derive(Debug, Args)]
pub struct AcceptArgs {
    /// The suggestion's id or an unambiguous part of it.
    id: String,
    /// The action's id or kind; the leading one when absent.
    #[arg(long)]
    action: Option<String>,
    /// Another title for the commit and the pull request.
    #[arg(long)]
    title: Option<String>,
    /// Another text for the pull request or the comment.
    #[arg(long)]
    body: Option<String>,
    /// Leave out this place of the change, counted from 0; may be given again.
    #[arg(long, value_name = "NUMBER")]
    leave_out: Vec<usize>,
}

pub(super) async fn show(
    access: &Access,
    id: &str,
    sent: bool,
    output: &Output,
) -> anyhow::Result<()> {
    let detail: SuggestionDetail = access
        .call("show", ShowSuggestion { id: id.to_owned() })
        .await?;
    output.print(&detail, |detail| {
        plain(&if sent {
            sent_in_words(detail)
        } else {
            in_words(detail)
        })
    })
}

/// What was sent to a model for a suggestion: to whom, what it took, what was held back, and the prompt to the letter.
fn sent_in_words(detail: &SuggestionDetail) -> String {
    let Some(sent) = &detail.sent else {
        return "Nothing was sent: Perch wrote this itself.".into();
    };
    let SentView { about, .. } = sent;
    let mut text = format!(
        "Sent to {} ({}) at {}\n{} calls, {} tokens sent, {} written, ${:.4}, {:.1} s\n",
        about.host,
        sent.model,
        sent.at,
        about.calls,
        about.tokens_in,
        about.tokens_out,
        sent.cost_usd,
        Duration::from_millis(sent.latency_ms).as_secs_f64(),
    );
    for (what, list) in [
        ("secrets replaced", &about.redacted),
        ("taken out of outside text", &about.stripped),
        ("left out for want of room", &about.left_out),
        ("statements dropped for want of support", &about.dropped),
    ] {
        if !list.is_empty() {
            text.push_str(&format!("{what}: {}\n", list.join("; ")));
        }
    }
    if let Some(instruction) = &about.instruction {
        text.push_str(&format!("you asked for: {instruction}\n"));
    }
    text.push_str(&format!("\n{}\n", sent.prompt));
    text
}

fn in_words(detail: &SuggestionDetail) -> String {
    let line = &detail.summary;
    let mut text = format!("{}\n{}\n\n{}\n", line.title, line.place, detail.why);
    if !detail.body.is_empty() {
        text.push_str(&format!("\n{}\n", detail.body));
    }
    for block in detail.log.iter().flat_map(|log| &log.blocks) {
        text.push('\n');
        for (number, line) in (block.start_line..).zip(&block.lines) {
            text.push_str(&format!("  {number:>6}  {line}\n"));
        }
    }
    for action in &detail.actions {
        text.push_str(&format!(
            "\n{} ({})\n  {}\n",
            action.label, action.kind, action.effect
        ));
        if let Some(reason) = &action.refused {
            text.push_str(&format!("  not now: {reason}\n"));
        }
        for line in action.diff.iter().flat_map(|diff| diff.lines()) {
            text.push_str(&format!("  {line}\n"));
        }
        if let Some(outcome) = &action.outcome {
            text.push_str(&outcome_in_words(outcome));
        }
    }
    if let Some(sent) = &detail.sent {
        text.push_str(&format!(
            "\nWritten by {} for ${:.4}; `perch show {} --sent` shows what was sent\n",
            detail.model_used,
            sent.cost_usd,
            short(&line.id)
        ));
    } else if detail.waits_for_words {
        text.push_str("\nA model is to write this anew; until then Perch's own words stand.\n");
    }
    if !detail.actions.is_empty() {
        text.push_str(&format!("\nperch accept {}\n", short(&line.id)));
    }
    text
}

fn outcome_in_words(outcome: &OutcomeView) -> String {
    let mut text = String::new();
    for step in &outcome.steps {
        let mark = match (step.undone, step.done) {
            (true, _) => "taken back",
            (false, true) => "done",
            (false, false) => "not done",
        };
        text.push_str(&format!("{mark}: {}\n", step.text));
        for link in &step.links {
            text.push_str(&format!("  {}\n", link.url));
        }
    }
    if let Some(error) = &outcome.error {
        text.push_str(&format!("{error}\n"));
    }
    text
}

pub(super) async fn accept(
    access: &Access,
    args: AcceptArgs,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let amendments = Amendments {
        title: args.title,
        body: args.body,
        left_out: args.leave_out,
    };
    let request = Accept {
        id: args.id,
        action: args.action,
        amendments,
    };
    let outcome: OutcomeView = access.call("accept", request).await?;
    output.print(&outcome, outcome_in_words)?;
    Ok(if outcome.state == ActionState::Done {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub(super) async fn undo(
    access: &Access,
    id: &str,
    action: Option<String>,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let outcome: OutcomeView = access
        .call(
            "undo",
            UndoAction {
                id: id.to_owned(),
                action,
            },
        )
        .await?;
    output.print(&outcome, outcome_in_words)?;
    Ok(if outcome.state == ActionState::Undone {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub(super) async fn dismiss(
    access: &Access,
    id: &str,
    reason: Option<String>,
    never_again: bool,
    output: &Output,
) -> anyhow::Result<()> {
    let request = Dismiss {
        id: id.to_owned(),
        reason,
        never_again,
    };
    let line: SuggestionSummary = access.call("dismiss", request).await?;
    output.print(&line, |line| plain(&format!("dismissed: {}", line.title)))
}

pub(super) async fn restore(access: &Access, id: &str, output: &Output) -> anyhow::Result<()> {
    let request = ShowSuggestion { id: id.to_owned() };
    let line: SuggestionSummary = access.call("restore", request).await?;
    output.print(&line, |line| {
        plain(&format!("back in the inbox: {}", line.title))
    })
}

pub(super) async fn snooze(
    access: &Access,
    id: &str,
    until: &str,
    output: &Output,
) -> anyhow::Result<()> {
    let request = Snooze {
        id: id.to_owned(),
        until: until.to_owned(),
    };
    let line: SuggestionSummary = access.call("snooze", request).await?;
    output.print(&line, |line| {
        plain(&format!(
            "snoozed until {}: {}",
            line.snoozed_until.as_deref().unwrap_or_default(),
            line.title
        ))
    })
}
