//! `hindsight`: what looking back at a repository taught about rules is remembered, listed and lifted.
//!
//! What it means for a toast is decided by `rank`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use perch_core::id::UserId;
use perch_core::suggestion::Level;
use perch_store::db::StoreError;
pub use perch_store::table::hindsight::Fared;
use perch_store::table::{feedback, hindsight};

use crate::backtest::{Outcome, Saying};
use crate::engine::Engine;
use crate::past::REMEMBERED;
use crate::rank::{is_noise, is_wanted};

impl Engine {
    /// Rules that start silent, by repository: they would have been noise there, and `user` neither lifted them nor
    /// accepted what they say.
    pub async fn silent_rules(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<Fared>, StoreError> {
        let user = user.clone();
        self.db()
            .read(move |db| {
                let mut silent = Vec::new();
                for fared in hindsight::list(db, &user)? {
                    let answers = feedback::answers(db, &user, &fared.rule, now - REMEMBERED)?;
                    if is_noise(&fared) && !is_wanted(&answers, now) {
                        silent.push(fared);
                    }
                }
                Ok(silent)
            })
            .await
    }

    /// Lets `rule` speak whatever the past of `repository`, or of any, says of it. True if it was silent there.
    pub async fn lift_rule(
        &self,
        user: &UserId,
        rule: &str,
        repository: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (user, rule) = (user.clone(), rule.to_owned());
        let repository = repository.map(str::to_owned);
        self.db()
            .write(move |db| hindsight::lift(db, &user, &rule, repository.as_deref(), now))
            .await
            .map(|lifted| lifted > 0)
    }

    /// Remembers how rules fared in `folder`, which events at the forge call `forge_name`.
    pub(crate) async fn remember(
        &self,
        user: &UserId,
        (folder, forge_name): (&str, &str),
        fared: Vec<Fared>,
    ) -> Result<(), StoreError> {
        let (user, folder, forge_name) = (user.clone(), folder.to_owned(), forge_name.to_owned());
        self.db()
            .write(move |db| hindsight::put(db, &user, (&folder, &forge_name), &fared))
            .await
    }
}

/// How each rule of `said` fared, as far as that can be told. What is urgent is never silenced, so it does not count.
pub(crate) fn fared(said: &[Saying], repository: &str, now: Timestamp) -> Vec<Fared> {
    let mut rules: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for saying in said {
        let right = match saying.outcome {
            Outcome::Right { .. } => 1,
            Outcome::NotRight => 0,
            Outcome::NotYet | Outcome::NotToTell | Outcome::Build { .. } => continue,
        };
        if saying.suggestion.level != Level::Urgent {
            let (proved, told) = rules.entry(&saying.suggestion.rule).or_default();
            *proved += right;
            *told += 1;
        }
    }
    rules
        .into_iter()
        .map(|(rule, (proved, told))| Fared {
            rule: rule.into(),
            repository: repository.into(),
            proved,
            told,
            looked_at: now,
        })
        .collect()
}
