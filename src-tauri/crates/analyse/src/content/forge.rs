//! Addresses at the forge a repository lives at, made from its remote.

use std::collections::BTreeMap;

use super::Material;
use crate::changelog::style::{Reference, Style};

/// A repository at a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Forge {
    /// Where people look at it, without a final slash.
    web: String,
    kind: Software,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Software {
    Bitbucket,
    DataCenter,
    Gitea,
    GitHub,
    GitLab,
}

/// The name of the repository at `remote`: `acme/api`.
pub fn repository_name(remote: &str) -> Option<String> {
    place(remote).map(|(_, path)| path)
}

/// Host and path of a remote; none for a path of this machine.
fn place(remote: &str) -> Option<(String, String)> {
    let remote = remote.trim();
    let (host, path) = match remote.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => {
            let (authority, path) = rest.split_once('/')?;
            let host = authority.rsplit('@').next()?;
            // The port of SSH says nothing about the web.
            let host = if remote.starts_with("http") {
                host
            } else {
                host.split(':').next()?
            };
            (host, path)
        }
        None => {
            // `git@host:owner/name`, as scp has it; `C:\folder` is a path.
            let (before, path) = remote.split_once(':')?;
            if before.contains(['/', '\\']) || before.len() < 2 {
                return None;
            }
            (before.rsplit('@').next()?, path)
        }
    };
    let path = path.trim_matches('/').trim_end_matches(".git");
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || "./_-~:".contains(c))
    };
    (plain(host) && plain(path)).then(|| (host.to_lowercase(), path.to_owned()))
}

impl Style {
    /// Lets entries name their pull request as `forge` links it, where no entry shows how they do.
    pub(super) fn refer_to(&mut self, forge: Option<&Forge>) {
        self.mark = forge.map_or('#', Forge::mark);
        self.reference = forge.map_or(Reference::Plain, |forge| Reference::Link {
            url: forge.pulls(),
            parentheses: true,
        });
    }
}

impl Forge {
    /// The forge the repository at hand lives at.
    pub(super) fn of_material(material: &Material) -> Option<Self> {
        let remote = material.survey.as_ref()?.remote.as_deref();
        Self::of(remote, &material.hosts)
    }

    /// The forge of `remote`, told by the connections' hosts, else by its name.
    pub(super) fn of(remote: Option<&str>, hosts: &BTreeMap<String, String>) -> Option<Self> {
        let (host, path) = place(remote?)?;
        let named = |word: &str| host.contains(word);
        let kind = match hosts.get(&host).map(String::as_str) {
            Some("github") => Software::GitHub,
            Some("gitlab") => Software::GitLab,
            Some("gitea") => Software::Gitea,
            Some("bitbucket") => Software::Bitbucket,
            Some("bitbucket-dc") => Software::DataCenter,
            _ if named("github") => Software::GitHub,
            _ if named("gitlab") => Software::GitLab,
            _ if host == "bitbucket.org" => Software::Bitbucket,
            _ if named("bitbucket") => Software::DataCenter,
            _ if named("gitea") || named("forgejo") || named("codeberg") => Software::Gitea,
            _ => return None,
        };
        let web = match kind {
            Software::DataCenter => data_center(&host, &path)?,
            _ => format!("https://{host}/{path}"),
        };
        Some(Self { web, kind })
    }

    /// What stands before the number of a pull request.
    pub(super) fn mark(&self) -> char {
        if self.kind == Software::GitLab {
            '!'
        } else {
            '#'
        }
    }

    /// The address of pull requests up to the number.
    pub(super) fn pulls(&self) -> String {
        let way = match self.kind {
            Software::GitHub => "pull",
            Software::GitLab => "-/merge_requests",
            Software::Gitea => "pulls",
            Software::Bitbucket | Software::DataCenter => "pull-requests",
        };
        format!("{}/{way}/", self.web)
    }

    /// The address of commits up to the hash.
    pub(super) fn commits(&self) -> String {
        let way = match self.kind {
            Software::GitHub | Software::Gitea => "commit",
            Software::GitLab => "-/commit",
            Software::Bitbucket | Software::DataCenter => "commits",
        };
        format!("{}/{way}/", self.web)
    }

    /// The address of all changes between two tags, branches or hashes.
    pub(super) fn compare(&self, from: &str, to: &str) -> String {
        let (web, from, to) = (&self.web, escaped(from), escaped(to));
        match self.kind {
            Software::GitHub | Software::Gitea => format!("{web}/compare/{from}...{to}"),
            Software::GitLab => format!("{web}/-/compare/{from}...{to}"),
            Software::Bitbucket => format!("{web}/branches/compare/{to}%0D{from}"),
            Software::DataCenter => {
                format!("{web}/compare/commits?sourceBranch={to}&targetBranch={from}")
            }
        }
    }
}

/// The page of a repository of Bitbucket Data Center, which clones are not below: `scm/acme/api` over HTTP, after the path
/// the server lies under, and `acme/api` over SSH.
fn data_center(host: &str, path: &str) -> Option<String> {
    let (below, path) = match path.split_once("scm/") {
        Some((below, path)) if below.is_empty() || below.ends_with('/') => (below, path),
        _ => ("", path),
    };
    let (project, slug) = path.split_once('/')?;
    Some(format!(
        "https://{host}/{below}projects/{project}/repos/{slug}"
    ))
}

/// A tag's name within an address, so that it ends neither the address nor the link around it.
fn escaped(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'~' | b'/' | b'@' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_lead_to_the_web() {
        let hosts = BTreeMap::from(
            [
                ("git.acme.test:3000", "gitea"),
                ("acme.test", "bitbucket-dc"),
            ]
            .map(|(host, provider)| (host.to_owned(), provider.to_owned())),
        );
        let pulls = |remote: &str| Forge::of(Some(remote), &hosts).map(|forge| forge.pulls());
        for (remote, expected) in [
            (
                "git@github.com:acme/api.git",
                Some("https://github.com/acme/api/pull/"),
            ),
            (
                "ssh://git@gitlab.acme.test:2222/a/b/c.git",
                Some("https://gitlab.acme.test/a/b/c/-/merge_requests/"),
            ),
            (
                "https://ada:secret@bitbucket.org/acme/api",
                Some("https://bitbucket.org/acme/api/pull-requests/"),
            ),
            (
                "https://git.acme.test:3000/acme/api.git",
                Some("https://git.acme.test:3000/acme/api/pulls/"),
            ),
            (
                "https://acme.test/bitbucket/scm/shop/web.git",
                Some("https://acme.test/bitbucket/projects/shop/repos/web/pull-requests/"),
            ),
            (
                "https://bitbucket.acme.test/git/scm/shop/web.git",
                Some("https://bitbucket.acme.test/git/projects/shop/repos/web/pull-requests/"),
            ),
            (
                "ssh://git@bitbucket.acme.test:7999/~ada/web.git",
                Some("https://bitbucket.acme.test/projects/~ada/repos/web/pull-requests/"),
            ),
            ("https://example.test/acme/api.git", None),
            ("file:///srv/api.git", None),
            ("/srv/api.git", None),
            ("C:\\code\\api", None),
            ("https://github.com/a)[x](http://evil.test/b", None),
        ] {
            assert_eq!(pulls(remote).as_deref(), expected, "{remote}");
        }
        assert_eq!(
            repository_name("git@github.com:acme/api.git").as_deref(),
            Some("acme/api")
        );
        let forge = Forge::of(Some("https://github.com/acme/api"), &hosts).unwrap();
        assert_eq!(
            forge.compare("v1", "a)b"),
            "https://github.com/acme/api/compare/v1...a%29b"
        );
    }
}
