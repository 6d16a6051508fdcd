//! Which package of a repository a document is about, where it holds several with tags or changelogs of their own.

use perch_core::seam::checkout::Survey;

use super::span::Version;
use crate::changelog::which;

/// A package, or the whole repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Package {
    /// Its folder from the root; empty for the whole repository.
    pub(super) folder: String,
    /// Its name for people; empty for the whole repository.
    pub(super) name: String,
    /// How tags name it; empty where one tag names a version of all.
    pub(super) tags: String,
}

impl Package {
    /// The package around the folder asked about: the nearest with tags or a changelog of its own.
    pub(super) fn around(within: &str, survey: &Survey) -> Self {
        let mut folder = within.trim_matches('/');
        while !folder.is_empty() {
            let tags = tags_of(folder, survey);
            let has_changelog = survey.paths.iter().any(|path| {
                path.strip_prefix(folder)
                    .and_then(|rest| rest.strip_prefix('/'))
                    .is_some_and(|name| !name.contains('/') && which::is_changelog(name))
            });
            if tags.is_some() || has_changelog {
                return Self {
                    folder: folder.to_owned(),
                    name: last(folder).to_owned(),
                    tags: tags.unwrap_or_default(),
                };
            }
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
        Self::default()
    }

    /// The package that tags name so. Without a folder of that name it is the whole repository by that name.
    pub(super) fn tagged(tags: &str, survey: &Survey) -> Self {
        if tags.is_empty() {
            return Self::default();
        }
        let mut folders: Vec<&str> = survey
            .paths
            .iter()
            .filter_map(|path| path.rsplit_once('/'))
            .map(|(folder, _)| folder)
            .filter(|folder| is_named(folder, tags))
            .collect();
        folders.sort_by_key(|folder| folder.matches('/').count());
        Self {
            folder: folders
                .first()
                .map_or(String::new(), |folder| (*folder).to_owned()),
            name: last(tags).to_owned(),
            tags: tags.to_owned(),
        }
    }

    /// True if a change of these files touches it.
    pub(super) fn holds(&self, paths: &[String]) -> bool {
        self.folder.is_empty()
            || paths.iter().any(|path| {
                path.strip_prefix(&self.folder)
                    .is_some_and(|rest| rest.starts_with('/'))
            })
    }

    /// Its changelog: the nearest one at or above its folder.
    pub(super) fn changelog(&self, survey: &Survey) -> Option<String> {
        let inside = match self.folder.as_str() {
            "" => "file".to_owned(),
            folder => format!("{folder}/file"),
        };
        which::changelog(&survey.paths, std::iter::once(inside.as_str()))
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// True if tags that begin with `tags` are those of the package in `folder`.
fn is_named(folder: &str, tags: &str) -> bool {
    folder == tags || last(folder) == tags || last(folder) == last(tags)
}

fn tags_of(folder: &str, survey: &Survey) -> Option<String> {
    survey
        .tags
        .iter()
        .filter_map(Version::of)
        .map(|version| version.package)
        .find(|package| !package.is_empty() && is_named(folder, package))
}
