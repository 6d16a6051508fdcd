//! `filters`: how events are treated, and what a change would have meant for past ones.

use clap::{Args, Subcommand};
use perch_api::wire::Nothing;
use perch_api::wire::filters::{
    ChangeFilter, FateView, FilterTrial, LiftRule, SilentRules, TryFilter,
};
use perch_api::wire::settings::SettingsView;
use perch_core::filter::{Filter, Treatment};
use perch_store::settings::treatment;

use super::Access;
use super::backtest::of_rule;
use super::output::{Output, plain};

/// Options of `perch filters`.
#[derive(Debug, Args)]
pub struct FiltersArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add a filter; every field given must fit.
    Add {
        /// What is done: show, silent, urgent, never, done, accept.
        #[arg(value_parser = treatment)]
        action: Treatment,
        /// With accept: the kind of action that is carried out, such as label; what leads when absent.
        #[arg(long)]
        kind: Option<String>,
        #[command(flatten)]
        fields: Box<Fields>,
        /// Where it stands, counted from 1; at the end when absent. The first that fits decides.
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
        place: Option<u32>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Take a filter out.
    Remove {
        /// Its number, as `perch filters` shows it.
        number: usize,
        #[command(flatten)]
        trial: Trial,
    },
    /// Give a filter another place; the first that fits decides.
    Move {
        /// Its number, as `perch filters` shows it.
        number: usize,
        /// The number it gets.
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        to: u32,
        #[command(flatten)]
        trial: Trial,
    },
    /// List the rules that start silent, since `perch backtest` found that they would have been noise.
    Silent,
    /// Let a rule speak that starts silent.
    Lift {
        /// The rule, as `perch filters` shows it.
        rule: String,
        /// In this repository only.
        #[arg(long)]
        repository: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Trial {
    /// Change nothing and say what it would have meant for past events.
    #[arg(long)]
    dry_run: bool,
    /// Over how many days.
    #[arg(long, requires = "dry_run", default_value_t = 30)]
    days: u32,
}

#[derive(Debug, Args)]
struct Fields {
    /// An event type, or all that begin so: `repo.build`.
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// A repository; `*` stands for any text.
    #[arg(long)]
    repository: Option<String>,
    /// A branch.
    #[arg(long)]
    branch: Option<String>,
    /// Who did it, or wrote what it is about.
    #[arg(long)]
    author: Option<String>,
    /// A label.
    #[arg(long)]
    label: Option<String>,
    /// A changed file: `docs/**`, `*.md`.
    #[arg(long)]
    path: Option<String>,
    /// Words of its title or text.
    #[arg(long)]
    text: Option<String>,
    /// The finding's rule.
    #[arg(long)]
    rule: Option<String>,
    /// The job or command of a build.
    #[arg(long)]
    job: Option<String>,
}

pub(super) async fn run(access: &Access, args: FiltersArgs, output: &Output) -> anyhow::Result<()> {
    let known = access
        .call::<_, SettingsView>("settings", Nothing {})
        .await?
        .filters;
    let Some(what) = args.what else {
        let silent: SilentRules = access.call("silent_rules", Nothing {}).await?;
        return output.print(&known, |known| {
            let mut text = listed(known);
            if !silent.rules.is_empty() {
                text.push_str("\n\n");
                text.push_str(&silent_listed(&silent));
            }
            text
        });
    };
    let (change, trial) = match what {
        What::Add {
            action,
            kind,
            fields,
            place,
            trial,
        } => {
            let filter = Filter {
                action,
                kind,
                event_type: fields.event_type,
                repository: fields.repository,
                branch: fields.branch,
                author: fields.author,
                label: fields.label,
                path: fields.path,
                text: fields.text,
                rule: fields.rule,
                job: fields.job,
            };
            let change = ChangeFilter {
                was: None,
                filter: Some(filter),
                place: place.map(|place| place - 1),
            };
            (change, trial)
        }
        What::Remove { number, trial } => {
            let change = ChangeFilter {
                was: Some(numbered(&known, number)?),
                ..ChangeFilter::default()
            };
            (change, trial)
        }
        What::Move { number, to, trial } => {
            let filter = numbered(&known, number)?;
            let change = ChangeFilter {
                was: Some(filter.clone()),
                filter: Some(filter),
                place: Some(to - 1),
            };
            (change, trial)
        }
        What::Silent => {
            let silent: SilentRules = access.call("silent_rules", Nothing {}).await?;
            return output.print(&silent, silent_listed);
        }
        What::Lift { rule, repository } => {
            let request = LiftRule { rule, repository };
            let silent: SilentRules = access.call("lift_rule", request).await?;
            return output.print(&silent, silent_listed);
        }
    };
    if !trial.dry_run {
        let settings: SettingsView = access.call("change_filter", change).await?;
        return output.print(&settings.filters, |known| listed(known));
    }
    let request = TryFilter {
        was: change.was,
        filter: change.filter,
        place: change.place,
        days: Some(trial.days),
    };
    let tried: FilterTrial = access.call("try_filter", request).await?;
    output.print(&tried, |tried| plain(&in_words(tried)))
}

fn numbered(known: &[Filter], number: usize) -> anyhow::Result<Filter> {
    number
        .checked_sub(1)
        .and_then(|at| known.get(at))
        .cloned()
        .ok_or_else(|| anyhow::anyhow!("there is no filter {number}; `perch filters` lists them"))
}

fn listed(known: &[Filter]) -> String {
    if known.is_empty() {
        return "No filters. `perch filters add silent --author '*[bot]'` adds one; --dry-run shows what it would mean."
            .into();
    }
    let lines: Vec<String> = known
        .iter()
        .zip(1..)
        .map(|(filter, number)| {
            plain(&format!(
                "{number:>2}  {:<6}  {}",
                filter.action.as_str(),
                filter.describe()
            ))
        })
        .collect();
    lines.join("\n")
}

fn silent_listed(silent: &SilentRules) -> String {
    if silent.rules.is_empty() {
        return "No rule starts silent. `perch backtest` finds those that would have been noise."
            .into();
    }
    let mut text = String::from(
        "Silent until you accept one or lift the rule with `perch filters lift RULE`, since looking back found noise:",
    );
    for one in &silent.rules {
        text.push_str(&plain(&format!(
            "\n    {}  in {}",
            of_rule(one),
            one.repository
        )));
    }
    text
}

fn in_words(tried: &FilterTrial) -> String {
    let mut text = format!(
        "{} of {} events of the last {} days would have fared otherwise. Nothing was changed.",
        tried.total, tried.events, tried.days
    );
    for one in &tried.changes {
        let day = one.at.get(..10).unwrap_or(&one.at);
        text.push_str(&format!(
            "\n{day}  {}  {}  {}\n            {} → {}",
            one.event_type,
            one.repository,
            one.title,
            fate(one.before),
            fate(one.after)
        ));
    }
    let unnamed = (tried.total as usize).saturating_sub(tried.changes.len());
    if unnamed > 0 {
        text.push_str(&format!("\nand {unnamed} more"));
    }
    text
}

fn fate(fate: FateView) -> &'static str {
    match fate {
        FateView::Nothing => "nothing",
        FateView::LookedAt => "looked at",
        FateView::History => "history",
        FateView::Inbox => "inbox",
        FateView::Toast => "toast",
        FateView::Urgent => "urgent toast",
        FateView::Accepted => "done by itself",
    }
}
