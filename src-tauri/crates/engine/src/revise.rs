//! `revise`: a suggestion written anew as the user asks, and tried out under another vibe.

use jiff::Timestamp;
use perch_core::atom::{Atom, Worth};
use perch_core::id::{SuggestionId, UserId};
use perch_core::user::{Profile, VibeConfig};
use perch_store::table::writings::{self, Writing};
use perch_store::table::{agent_runs, suggestions, users};

use crate::accept::AcceptError;
use crate::agent::Wanted;
use crate::atoms::Chosen;
use crate::engine::Engine;
use crate::prompt::{Terms, prompt};

/// Characters of an instruction at most.
const LONGEST: usize = 2_000;

/// What is known of the one for whom is written.
pub(crate) struct Reader {
    pub(crate) profile: Profile,
    pub(crate) vibe: VibeConfig,
    pub(crate) own: Vec<Atom>,
    pub(crate) worth: std::collections::BTreeMap<String, Worth>,
}

impl Reader {
    /// The terms on which a prompt is made for this reader.
    pub(crate) fn terms<'a>(
        &'a self,
        room: usize,
        seed: &'a str,
        revision: Option<(&'a str, &'a str)>,
    ) -> Terms<'a> {
        Terms {
            profile: &self.profile,
            vibe: &self.vibe,
            own: &self.own,
            worth: &self.worth,
            room,
            seed,
            revision,
        }
    }
}

/// A suggestion as it would read under a vibe.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The vibe's name.
    pub vibe: String,
    /// The atoms that would speak.
    pub atoms: Vec<Chosen>,
    /// Title and explanation as a model wrote them, or why there are none.
    pub words: Result<(String, String), String>,
    /// Who wrote them.
    pub model: String,
    /// What that cost, in US dollars.
    pub cost_usd: f64,
}

impl Engine {
    /// Has a suggestion written anew as `instruction` asks: a new version, once a model has written it.
    pub async fn revise(
        &self,
        suggestion: SuggestionId,
        instruction: &str,
        now: Timestamp,
    ) -> Result<(), AcceptError> {
        let instruction = instruction.trim().to_owned();
        if instruction.is_empty() || instruction.chars().count() > LONGEST {
            return Err(AcceptError::Refused(format!(
                "say in 1 to {LONGEST} characters what is to be changed"
            )));
        }
        self.some_model()?;
        let known = self
            .db
            .write(move |db| {
                let Some(row) = suggestions::get(db, suggestion)? else {
                    return Ok(false);
                };
                let known = writings::again(db, suggestion, row.run_id, &instruction, now)?;
                if known {
                    let id = suggestion.to_string();
                    agent_runs::set_feedback(db, &id, "revised", Some(&instruction))?;
                }
                Ok(known)
            })
            .await?;
        if !known {
            return Err(unknown());
        }
        self.announce_suggestion(suggestion).await;
        self.wake();
        Ok(())
    }

    /// What a suggestion would read like under the vibe called `vibe`. Nothing of it is stored but what it cost.
    pub async fn preview(
        &self,
        user: &UserId,
        suggestion: SuggestionId,
        vibe: &str,
        clock: impl Fn() -> Timestamp + Sync,
    ) -> Result<Preview, AcceptError> {
        self.some_model()?;
        let (of, name) = (user.clone(), vibe.to_owned());
        let (writing, vibe) = self
            .db
            .read(move |db| {
                let vibes = users::vibes(db, &of)?;
                let vibe = vibes.into_iter().find(|(vibe, _)| vibe.name == name);
                Ok((writings::of(db, suggestion)?, vibe))
            })
            .await?;
        let Some((vibe, _)) = vibe else {
            return Err(AcceptError::NotFound(
                "there is no vibe of that name; `perch vibe` lists them".into(),
            ));
        };
        let Some(Writing { brief, .. }) = writing else {
            return Err(unknown());
        };
        let reader = Reader {
            vibe,
            ..self.reader(user).await?
        };
        let assemble = |room, seed: &str| prompt(&brief, &reader.terms(room, seed, None));
        let wanted = Wanted {
            user,
            suggestion,
            preferred: &reader.profile.preferred_models,
            assemble: &assemble,
            clock: &clock,
        };
        let written = self.have_written(&wanted, &mut |_| {}).await?;
        let name = reader.vibe.name.clone();
        Ok(match written {
            Ok(written) => Preview {
                vibe: name,
                atoms: written.assembled.atoms,
                words: Ok((written.draft.title, written.draft.explanation)),
                model: written.model.id(),
                cost_usd: written.cost_usd,
            },
            Err(unwritten) => Preview {
                vibe: name,
                atoms: assemble(0, "").atoms,
                words: Err(unwritten.reason),
                model: String::new(),
                cost_usd: 0.0,
            },
        })
    }

    fn some_model(&self) -> Result<(), AcceptError> {
        if self.setup().models.iter().any(|one| one.enabled) {
            return Ok(());
        }
        Err(AcceptError::Refused(
            "no model is set; add one with `perch models add` or in the settings".into(),
        ))
    }
}

fn unknown() -> AcceptError {
    AcceptError::Refused(
        "this suggestion was made before a model was set; refresh it first, then ask again".into(),
    )
}
