//! What a document about commits is asked for: which span of which package, and what landed in it.

use super::changes::{LeftOut, changes};
use super::package::Package;
use super::span::{Span, span};
use super::{Ask, Material, Need};
use crate::changelog::landed::Landed;

/// What is asked for, before any commit is read.
pub(super) struct Asked<'a> {
    pub(super) span: Span<'a>,
    pub(super) package: Package,
    /// The changelog of the package.
    pub(super) changelog: Option<String>,
}

impl<'a> Asked<'a> {
    pub(super) fn read(ask: &Ask, material: &'a Material) -> Result<Self, String> {
        let survey = material.survey.as_ref().ok_or(
            "the repository is not checked out on this machine; clone it, and name its folder",
        )?;
        let around = Package::around(&ask.within, survey);
        let span = span(&ask.argument, survey, &around.tags)?;
        let package = if span.package == around.tags {
            around
        } else {
            Package::tagged(&span.package, survey)
        };
        Ok(Self {
            changelog: package.changelog(survey),
            span,
            package,
        })
    }

    pub(super) fn history(&self) -> Need {
        Need::History {
            from: self.span.from.clone(),
            to: self.span.to.clone(),
        }
    }

    /// The range as people write it.
    fn shown(&self) -> String {
        match &self.span.from {
            Some(from) => format!("{from}..{}", self.span.to),
            None => self.span.to.clone(),
        }
    }

    /// What landed in the package, oldest first, and what is not worth telling.
    pub(super) fn landed(
        &self,
        material: &Material,
    ) -> Result<(Vec<Landed>, Vec<LeftOut>), String> {
        let history = material
            .history
            .as_ref()
            .ok_or("the commits could not be read")?;
        let shown = self.shown();
        if history.cut_short {
            return Err(format!(
                "the clone is shallow and ends before all of `{shown}`, so this would be incomplete; run `git fetch --unshallow --tags`"
            ));
        }
        if history.commits.is_empty() {
            return Err(format!(
                "there is no commit in `{shown}`; give the older end first"
            ));
        }
        let (mut landed, left_out) = changes(history, &material.merged);
        landed.retain(|one| self.package.holds(&one.paths));
        Ok((landed, left_out))
    }
}
