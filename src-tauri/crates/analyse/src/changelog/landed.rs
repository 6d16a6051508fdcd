//! What landed on a branch and may be worth an entry: a pull request, or a commit of its own.

/// A change as a whole, however many commits it has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Landed {
    /// The first line: of the pull request, or of the commit.
    pub(crate) title: String,
    /// What stands below it.
    pub(crate) body: String,
    /// The pull request's labels.
    pub(crate) labels: Vec<String>,
    /// Who made it: the author, then those named as co-authors.
    pub(crate) authors: Vec<Author>,
    /// The pull request's number.
    pub(crate) number: Option<u64>,
    /// The commit with which it landed, in full.
    pub(crate) commit: Option<String>,
    /// Where people look at it.
    pub(crate) url: Option<String>,
    /// The files it touched.
    pub(crate) paths: Vec<String>,
}

/// Somebody who made a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Author {
    /// Their name for people.
    pub(crate) name: String,
    /// Their name at the forge, without `@`.
    pub(crate) handle: Option<String>,
    /// Their address, in lower case, by which they are told from others; never shown.
    pub(crate) email: String,
}

impl Author {
    /// Somebody known by a forge's name, or by an address alone.
    pub(crate) fn called(name: &str) -> Self {
        let address = name.contains('@');
        Self {
            name: if address {
                String::new()
            } else {
                name.to_owned()
            },
            handle: (!address && !name.is_empty()).then(|| name.to_owned()),
            email: if address {
                name.to_lowercase()
            } else {
                String::new()
            },
        }
    }
}

impl Landed {
    /// The author's name at the forge.
    pub(crate) fn handle(&self) -> Option<&str> {
        self.authors.first()?.handle.as_deref()
    }
}
