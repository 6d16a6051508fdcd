//! The commands about profile, vibes, atoms, and versions of a suggestion's words.

use perch_core::change::Change;
use perch_core::draft::Draft;
use perch_core::id::UserId;
use perch_core::user::{Profile, VibeConfig};
use perch_engine::atoms::SHIPPED;
use perch_store::table::{agent_runs, atoms, users};

use super::suggestions::from_accept;
use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::Nothing;
use crate::wire::suggestions::{ShowSuggestion, SuggestionDetail};
use crate::wire::vibes::{
    AskPreview, AtomView, Atoms, ChangeAtom, ChangeVibe, PreviewView, Previews, Revise,
    VersionView, Versions, VibeChange, Vibes,
};

/// Previews of one request, since each asks a model.
const PREVIEWS: usize = 4;

/// Characters of a free text at most.
const LONGEST: usize = 4_000;

impl Api {
    pub(super) async fn profile(
        &self,
        user: &UserId,
        _request: Nothing,
    ) -> Result<Profile, ApiError> {
        let of = user.clone();
        let profile = self.engine.db().read(move |db| users::profile(db, &of));
        Ok(profile.await?)
    }

    pub(super) async fn set_profile(
        &self,
        user: &UserId,
        request: Profile,
    ) -> Result<Profile, ApiError> {
        let zone = request.time_zone.trim();
        if !zone.is_empty() && jiff::tz::TimeZone::get(zone).is_err() {
            return Err(invalid(format!(
                "`{zone}` is no time zone; write one such as Europe/Berlin, or nothing for the machine's"
            )));
        }
        let risk = request.risk_tolerance.as_str();
        if !["", "low", "medium", "high"].contains(&risk) {
            return Err(invalid(format!(
                "`{risk}` is no risk tolerance; write low, medium or high"
            )));
        }
        for text in [
            &request.company_context,
            &request.brand_voice,
            &request.role,
        ] {
            short_enough(text)?;
        }
        let (of, profile) = (user.clone(), request);
        self.engine
            .db()
            .write(move |db| users::put_profile(db, &of, &profile))
            .await?;
        self.engine.announce(Change::Status);
        self.profile(user, Nothing {}).await
    }

    pub(super) async fn vibes(&self, user: &UserId, _request: Nothing) -> Result<Vibes, ApiError> {
        let of = user.clone();
        let all = self
            .engine
            .db()
            .read(move |db| users::vibes(db, &of))
            .await?;
        let active = all.iter().find(|(_, active)| *active);
        Ok(Vibes {
            active: active
                .map(|(vibe, _)| vibe.name.clone())
                .unwrap_or_default(),
            vibes: all.into_iter().map(|(vibe, _)| vibe).collect(),
        })
    }

    pub(super) async fn change_vibe(
        &self,
        user: &UserId,
        request: ChangeVibe,
    ) -> Result<Vibes, ApiError> {
        let (of, name) = (user.clone(), request.name.trim().to_owned());
        let db = self.engine.db();
        match request.change {
            VibeChange::Use => {
                let called = name.clone();
                if !db
                    .write(move |db| users::use_vibe(db, &of, &called))
                    .await?
                {
                    return Err(no_vibe(&name));
                }
            }
            VibeChange::Put => {
                let vibe = VibeConfig {
                    name: name.clone(),
                    ..request.vibe.unwrap_or_default()
                };
                check(&vibe)?;
                db.write(move |db| users::put_vibe_called(db, &of, &vibe))
                    .await?;
            }
            VibeChange::Remove => {
                let called = name.clone();
                if !db
                    .write(move |db| users::remove_vibe(db, &of, &called))
                    .await?
                {
                    return Err(ApiError::new(
                        Code::Refused,
                        format!(
                            "there is no vibe `{name}`, or it is the one in force; use another first"
                        ),
                    ));
                }
            }
        }
        self.engine.announce(Change::Status);
        self.vibes(user, Nothing {}).await
    }

    pub(super) async fn atoms(&self, user: &UserId, _request: Nothing) -> Result<Atoms, ApiError> {
        let of = user.clone();
        let (own, worth) = self
            .engine
            .db()
            .read(move |db| Ok((atoms::own(db, &of)?, atoms::worth(db, &of)?)))
            .await?;
        let shipped = SHIPPED.iter().cloned().map(|atom| (atom, false));
        let all = shipped.chain(own.into_iter().map(|atom| (atom, true)));
        Ok(Atoms {
            atoms: all
                .map(|(atom, own)| AtomView {
                    worth: worth.get(&atom.id).copied().unwrap_or_default(),
                    atom,
                    own,
                })
                .collect(),
        })
    }

    pub(super) async fn change_atom(
        &self,
        user: &UserId,
        request: ChangeAtom,
    ) -> Result<Atoms, ApiError> {
        let ChangeAtom { mut atom, remove } = request;
        let (of, id) = (user.clone(), atom.id.trim().to_owned());
        if remove {
            let gone = id.clone();
            if !self
                .engine
                .db()
                .write(move |db| atoms::remove(db, &of, &gone))
                .await?
            {
                return Err(ApiError::new(
                    Code::NotFound,
                    format!(
                        "you made no atom `{id}`; those Perch comes with fall silent by themselves when they do not help"
                    ),
                ));
            }
            return self.atoms(user, Nothing {}).await;
        }
        if SHIPPED.iter().any(|shipped| shipped.id == id) {
            return Err(invalid(format!(
                "`{id}` is one of Perch's own; choose another id"
            )));
        }
        if id.is_empty() || id.len() > 80 || atom.text.trim().is_empty() {
            return Err(invalid(
                "an atom needs an id of at most 80 letters and a text".into(),
            ));
        }
        short_enough(&atom.text)?;
        if !(atom.weight.is_finite() && (0.0..=3.0).contains(&atom.weight)) {
            return Err(invalid("an atom's weight is from 0 to 3".into()));
        }
        if atom.weight == 0.0 {
            atom.weight = 1.0;
        }
        atom.id = id;
        self.engine
            .db()
            .write(move |db| atoms::put(db, &of, &atom))
            .await?;
        self.atoms(user, Nothing {}).await
    }

    pub(super) async fn preview(
        &self,
        user: &UserId,
        request: AskPreview,
    ) -> Result<Previews, ApiError> {
        if request.vibes.is_empty() || request.vibes.len() > PREVIEWS {
            return Err(invalid(format!("name 1 to {PREVIEWS} vibes")));
        }
        let suggestion = self.find_suggestion(user, &request.id).await?;
        let mut previews = Vec::new();
        for vibe in &request.vibes {
            let preview = self
                .engine
                .preview(user, suggestion.id, vibe, || self.now())
                .await
                .map_err(from_accept)?;
            let (words, problem) = match preview.words {
                Ok(words) => (words, None),
                Err(problem) => ((String::new(), String::new()), Some(problem)),
            };
            previews.push(PreviewView {
                vibe: preview.vibe,
                title: words.0,
                explanation: words.1,
                problem,
                model: preview.model,
                atoms: preview.atoms.into_iter().map(|atom| atom.id).collect(),
                cost_usd: preview.cost_usd,
            });
        }
        Ok(Previews { previews })
    }

    pub(super) async fn revise(
        &self,
        user: &UserId,
        request: Revise,
    ) -> Result<SuggestionDetail, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        self.engine
            .revise(suggestion.id, &request.instruction, self.now())
            .await
            .map_err(from_accept)?;
        let id = suggestion.id.to_string();
        self.show(user, ShowSuggestion { id }).await
    }

    pub(super) async fn versions(
        &self,
        user: &UserId,
        request: ShowSuggestion,
    ) -> Result<Versions, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        let (id, current) = (suggestion.id, suggestion.run_id);
        let runs = self
            .engine
            .db()
            .read(move |db| agent_runs::versions(db, id))
            .await?;
        let versions = runs.into_iter().map(|run| {
            let draft = serde_json::from_str::<Draft>(&run.generated_content).ok();
            let (title, text) = match draft.filter(|_| run.model_used != "built-in") {
                Some(draft) => (draft.title, draft.explanation),
                None => (String::new(), run.generated_content),
            };
            VersionView {
                id: run.id.to_string(),
                at: run.created_at.to_string(),
                model: run.model_used,
                title,
                text,
                current: run.id == current,
                cost_usd: run.cost_usd,
                sent: run.sent,
            }
        });
        Ok(Versions {
            versions: versions.collect(),
        })
    }
}

fn check(vibe: &VibeConfig) -> Result<(), ApiError> {
    let name = vibe.name.as_str();
    if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err(invalid("a vibe needs a name of 1 to 64 characters".into()));
    }
    for (slider, value) in [
        ("playfulness", vibe.playfulness),
        ("revenue_focus", vibe.revenue_focus),
        ("investor_perspective", vibe.investor_perspective),
    ] {
        if value > 100 {
            return Err(invalid(format!(
                "`{slider}` goes from 0 to 100, not to {value}"
            )));
        }
    }
    short_enough(&vibe.custom_instructions)
}

fn short_enough(text: &str) -> Result<(), ApiError> {
    if text.chars().count() <= LONGEST {
        return Ok(());
    }
    Err(invalid(format!(
        "a text is longer than {LONGEST} characters"
    )))
}

fn no_vibe(name: &str) -> ApiError {
    let message = format!("there is no vibe `{name}`; `perch vibe` lists them");
    ApiError::new(Code::NotFound, message)
}

fn invalid(message: String) -> ApiError {
    ApiError::new(Code::Invalid, message)
}
