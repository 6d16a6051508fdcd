//! How a changelog calls its sections, and in which order they stand.

use crate::changelog::category::Category;
use crate::changelog::language::Language;
use crate::changelog::layout::{Heading, Layout, Section};

/// Keep a Changelog 1.1's order of sections, with Conventional Changelog's names for them.
pub(crate) const ORDER: &[(Category, &str)] = &[
    (Category::Breaking, "BREAKING CHANGES"),
    (Category::Added, "Features"),
    (Category::Changed, "Changes"),
    (Category::Deprecated, "Deprecations"),
    (Category::Removed, "Removed"),
    (Category::Fixed, "Bug Fixes"),
    (Category::Security, "Security"),
    (Category::Performance, "Performance Improvements"),
    (Category::Documentation, "Documentation"),
    (Category::Internal, "Code Refactoring"),
    (Category::Dependencies, "Dependencies"),
];

/// How the file calls its sections, and in which order they stand.
pub(crate) struct Names<'layout> {
    layout: &'layout Layout,
    /// The file speaks as Conventional Changelog does: `Features`, `Bug Fixes`.
    conventional: bool,
    language: &'static Language,
}

impl<'layout> Names<'layout> {
    pub(crate) fn of(layout: &'layout Layout) -> Self {
        let conventional = layout.sections().any(|section| {
            let lower = section.heading.text.to_ascii_lowercase();
            lower.contains("features") || lower.contains("bug fixes")
        });
        Self {
            layout,
            conventional,
            language: layout.language(),
        }
    }

    /// True if an entry of `category` belongs into `section`.
    pub(crate) fn fits(&self, section: &Section, category: Category) -> bool {
        section.category == Some(self.meant(category))
    }

    /// The category under which the file lists `category`.
    pub(crate) fn meant(&self, category: Category) -> Category {
        let has = |category| {
            self.layout
                .sections()
                .any(|section| section.category == Some(category))
        };
        if has(category) {
            return category;
        }
        match category {
            Category::Breaking
            | Category::Performance
            | Category::Documentation
            | Category::Internal
            | Category::Dependencies
                if !self.conventional =>
            {
                Category::Changed
            }
            Category::Changed
            | Category::Removed
            | Category::Deprecated
            | Category::Dependencies
                if self.conventional && has(Category::Internal) =>
            {
                Category::Changed
            }
            other => other,
        }
    }

    /// The name of the section for `category`, with a heading of its kind from the file.
    pub(crate) fn name(&self, category: Category) -> (String, Option<Heading>) {
        let meant = self.meant(category);
        let same = self
            .layout
            .sections()
            .find(|section| section.category == Some(meant));
        let sample = same
            .or_else(|| self.layout.sections().next())
            .map(|section| section.heading.clone());
        let name = same
            .map(|section| section.heading.text.clone())
            .or_else(|| {
                let (_, conventional) = ORDER.iter().find(|(listed, _)| *listed == meant)?;
                let custom = self.language.name(meant);
                let name = if self.conventional {
                    Some(*conventional)
                } else {
                    custom
                };
                name.map(str::to_owned)
            });
        let usual = || {
            self.language
                .name(Category::Changed)
                .unwrap_or("Changed")
                .to_owned()
        };
        (name.unwrap_or_else(usual), sample)
    }

    /// True if `section` stands before one of `category`: by the file's own older versions, else by custom.
    pub(crate) fn comes_before(&self, section: &Section, category: Category) -> bool {
        let meant = self.meant(category);
        let Some(other) = section.category else {
            return true;
        };
        for version in &self.layout.versions {
            let place = |wanted| {
                version
                    .sections
                    .iter()
                    .position(|section| section.category == Some(wanted))
            };
            if let (Some(a), Some(b)) = (place(other), place(meant)) {
                return a < b;
            }
        }
        let custom = |wanted| ORDER.iter().position(|(listed, ..)| *listed == wanted);
        custom(other) < custom(meant)
    }
}
