//! `profile`, `vibe`, `atoms`, `rewrite`, `versions`: whose words suggestions are written in.

use clap::{Args, Subcommand};
use perch_api::wire::Nothing;
use perch_api::wire::suggestions::{ShowSuggestion, SuggestionDetail};
use perch_api::wire::vibes::{
    AskPreview, Atoms, ChangeAtom, ChangeVibe, Previews, Revise, Versions, VibeChange, Vibes,
};
use perch_core::atom::Atom;
use perch_core::user::{Profile, VibeConfig};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Access;
use super::output::{Output, plain, short};

/// Options of `perch profile`.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// What to change: `role`, `vertical`, `stack`, `tone`, `risk_tolerance`, `kpi_focus`, `perspective`, `brand_voice`,
    /// `company_context`, `preferred_models`, `time_zone`.
    key: Option<String>,
    /// Its value; lists are written with commas.
    #[arg(requires = "key")]
    value: Option<String>,
}

/// Options of `perch vibe`.
#[derive(Debug, Args)]
pub struct VibeArgs {
    #[command(subcommand)]
    change: Option<VibeCommand>,
}

#[derive(Debug, Subcommand)]
enum VibeCommand {
    /// Have a vibe in force from now on.
    Use {
        /// Its name.
        name: String,
    },
    /// Add a vibe, or change one.
    Set {
        /// Its name, such as "release week".
        name: String,
        /// What to change, as key=value: `playfulness`, `revenue_focus`, `investor_perspective` (0 to 100),
        /// `custom_instructions`, `selected_atoms` (with commas), `auto_suggest`, `approval_required`. May be given
        /// again.
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// Take a vibe out.
    Remove {
        /// Its name.
        name: String,
    },
    /// Show a suggestion under several vibes. It asks a model, which may cost something.
    Preview {
        /// The suggestion.
        id: String,
        /// Names of vibes.
        #[arg(required = true)]
        vibes: Vec<String>,
    },
}

/// Options of `perch atoms`.
#[derive(Debug, Args)]
pub struct AtomsArgs {
    #[command(subcommand)]
    change: Option<AtomCommand>,
}

#[derive(Debug, Subcommand)]
enum AtomCommand {
    /// Add an atom of your own, or change one.
    Add {
        /// Its id, such as tone/mine.
        id: String,
        /// Its category: tone, stack, perspective, phase, domain, constraint, example, goal, risk.
        category: String,
        /// What the model is told.
        text: String,
        /// Only for events of this type, or that begin so; may be given again.
        #[arg(long, value_name = "EVENT")]
        event: Vec<String>,
        /// How much it counts, 0 to 3.
        #[arg(long, default_value_t = 1.0)]
        weight: f64,
    },
    /// Take an atom of your own out.
    Remove {
        /// Its id.
        id: String,
    },
}

/// `value` with `key` set to what `text` says, as its type wants it.
fn with<T: Serialize + DeserializeOwned>(value: &T, key: &str, text: &str) -> anyhow::Result<T> {
    let mut fields = serde_json::to_value(value)?;
    let known: Vec<String> = fields
        .as_object()
        .map(|fields| fields.keys().cloned().collect())
        .unwrap_or_default();
    let Some(field) = fields.get_mut(key) else {
        anyhow::bail!("there is no `{key}`; there are {}", known.join(", "));
    };
    *field = match field {
        Value::Array(_) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            items.collect()
        }
        Value::Number(_) | Value::Bool(_) => serde_json::from_str(text)
            .map_err(|_| anyhow::anyhow!("`{text}` cannot be the value of `{key}`"))?,
        _ => text.into(),
    };
    serde_json::from_value(fields)
        .map_err(|error| anyhow::anyhow!("`{text}` cannot be the value of `{key}`: {error}"))
}

pub(super) async fn profile(
    access: &Access,
    args: ProfileArgs,
    output: &Output,
) -> anyhow::Result<()> {
    let mut profile: Profile = access.call("profile", Nothing {}).await?;
    if let (Some(key), Some(value)) = (&args.key, &args.value) {
        profile = access
            .call("set_profile", with(&profile, key, value)?)
            .await?;
    }
    output.print(&profile, |profile| {
        plain(&listed(profile, args.key.as_deref()))
    })
}

/// The fields of a value, a line each, or only the one called `only`.
fn listed(value: &impl Serialize, only: Option<&str>) -> String {
    let fields = serde_json::to_value(value).unwrap_or_default();
    let mut text = String::new();
    for (key, value) in fields.as_object().into_iter().flatten() {
        if only.is_some_and(|only| only != key) {
            continue;
        }
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let items = items.iter().filter_map(Value::as_str);
                items.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        text.push_str(&format!("{key}: {value}\n"));
    }
    text
}

pub(super) async fn vibe(access: &Access, args: VibeArgs, output: &Output) -> anyhow::Result<()> {
    let vibes: Vibes = match args.change {
        None => access.call("vibes", Nothing {}).await?,
        Some(VibeCommand::Use { name }) => change(access, VibeChange::Use, name, None).await?,
        Some(VibeCommand::Remove { name }) => {
            change(access, VibeChange::Remove, name, None).await?
        }
        Some(VibeCommand::Set { name, settings }) => {
            let all: Vibes = access.call("vibes", Nothing {}).await?;
            let existing = all.vibes.into_iter().find(|vibe| vibe.name == name);
            let mut vibe = existing.unwrap_or_default();
            for setting in &settings {
                let (key, value) = setting
                    .split_once('=')
                    .ok_or_else(|| anyhow::anyhow!("`{setting}` is not of the form key=value"))?;
                vibe = with(&vibe, key, value)?;
            }
            change(access, VibeChange::Put, name, Some(vibe)).await?
        }
        Some(VibeCommand::Preview { id, vibes }) => {
            let previews: Previews = access.call("preview", AskPreview { id, vibes }).await?;
            return output.print(&previews, |previews| plain(&side_by_side(previews)));
        }
    };
    output.print(&vibes, |vibes| {
        let texts = vibes.vibes.iter().map(|vibe| {
            let mark = if vibe.name == vibes.active {
                "* "
            } else {
                "  "
            };
            format!("{mark}{}", listed(vibe, None).replace('\n', "\n    "))
        });
        plain(&texts.collect::<Vec<_>>().join("\n"))
    })
}

async fn change(
    access: &Access,
    change: VibeChange,
    name: String,
    vibe: Option<VibeConfig>,
) -> anyhow::Result<Vibes> {
    access
        .call("change_vibe", ChangeVibe { change, name, vibe })
        .await
}

fn side_by_side(previews: &Previews) -> String {
    let mut text = String::new();
    for one in &previews.previews {
        text.push_str(&format!("== {} ==\n", one.vibe));
        match &one.problem {
            Some(problem) => text.push_str(&format!("nobody wrote it: {problem}\n")),
            None => text.push_str(&format!(
                "{}\n\n{}\n\n{}, ${:.4}; {}\n",
                one.title,
                one.explanation,
                one.model,
                one.cost_usd,
                one.atoms.join(", ")
            )),
        }
        text.push('\n');
    }
    text
}

pub(super) async fn atoms(access: &Access, args: AtomsArgs, output: &Output) -> anyhow::Result<()> {
    let atoms: Atoms = match args.change {
        None => access.call("atoms", Nothing {}).await?,
        Some(AtomCommand::Add {
            id,
            category,
            text,
            event,
            weight,
        }) => {
            let mut atom = Atom {
                id,
                text,
                weight,
                category: serde_json::from_value(category.clone().into())
                    .map_err(|_| anyhow::anyhow!("there is no category `{category}`"))?,
                ..Atom::default()
            };
            atom.fits.events = event;
            let remove = false;
            access
                .call("change_atom", ChangeAtom { atom, remove })
                .await?
        }
        Some(AtomCommand::Remove { id }) => {
            let atom = Atom {
                id,
                ..Atom::default()
            };
            let remove = true;
            access
                .call("change_atom", ChangeAtom { atom, remove })
                .await?
        }
    };
    output.print(&atoms, |atoms| {
        let lines = atoms.atoms.iter().map(|one| {
            format!(
                "{}{}  taken {}, not {}\n    {}",
                if one.own { "* " } else { "  " },
                one.atom.id,
                one.worth.accepted,
                one.worth.rejected,
                one.atom.text
            )
        });
        plain(&lines.collect::<Vec<_>>().join("\n"))
    })
}

pub(super) async fn rewrite(
    access: &Access,
    id: String,
    instruction: String,
    output: &Output,
) -> anyhow::Result<()> {
    let request = Revise { id, instruction };
    let detail: SuggestionDetail = access.call("revise", request).await?;
    output.print(&detail, |detail| {
        format!(
            "A model writes it anew; `perch show {0}` shows it once it is done, `perch versions {0}` what was before.",
            short(&detail.summary.id)
        )
    })
}

pub(super) async fn versions(access: &Access, id: String, output: &Output) -> anyhow::Result<()> {
    let versions: Versions = access.call("versions", ShowSuggestion { id }).await?;
    output.print(&versions, |versions| {
        let texts = (1..).zip(&versions.versions).map(|(number, one)| {
            let asked = one.sent.instruction.as_ref();
            let asked = asked.map_or_else(String::new, |asked| format!(", asked: {asked}"));
            format!(
                "{}{number}. {} by {} for ${:.4}{asked}\n{}\n{}\n",
                if one.current { "* " } else { "  " },
                one.at,
                one.model,
                one.cost_usd,
                one.title,
                one.text
            )
        });
        plain(&texts.collect::<Vec<_>>().join("\n"))
    })
}
