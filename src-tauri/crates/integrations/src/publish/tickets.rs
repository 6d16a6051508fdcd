//! What a forge lets be done to its issues and pull requests, in its own requests. No step is decided here.

use async_trait::async_trait;
use jiff::Timestamp;
use perch_core::action::Thing;
use perch_core::seam::publisher::PublishError;

use super::forge::{Forge, unknown};

/// An issue or pull request as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// True while it is open.
    pub(crate) open: bool,
    /// True for a pull request that was merged.
    pub(crate) merged: bool,
    /// When it was closed.
    pub(crate) closed_at: Option<Timestamp>,
    /// Its text.
    pub(crate) body: String,
    /// Its labels.
    pub(crate) labels: Vec<String>,
    /// Who is asked to review it; a team is written `group/team`.
    pub(crate) reviewers: Vec<String>,
    /// How many comments stand below it.
    pub(crate) remarks: u64,
    /// The newest commit of a pull request.
    pub(crate) head: Option<String>,
    /// Its page.
    pub(crate) url: Option<String>,
}

/// An issue, as far as finding and linking it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issue {
    /// Its number in the repository.
    pub(crate) number: u64,
    /// Its id at the forge.
    pub(crate) id: u64,
    /// Its text.
    pub(crate) body: String,
    /// Its page.
    pub(crate) url: Option<String>,
}

/// The requests about issues and pull requests; a forge without issues or labels knows none about those. `doing` completes "the forge refuses to …".
#[async_trait]
pub(crate) trait Tickets: Forge {
    /// What people at this forge call it.
    fn called(&self, thing: Thing) -> String {
        let (Thing::Issue(number) | Thing::PullRequest(number)) = thing;
        format!("#{number}")
    }

    /// True where what was closed can be opened again.
    fn opens_again(&self, _thing: Thing) -> bool {
        true
    }

    /// It, as it stands.
    async fn ticket(&self, thing: Thing, doing: &str) -> Result<Ticket, PublishError>;

    /// Adds labels it does not have.
    async fn add_labels(
        &self,
        _thing: Thing,
        _labels: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        Err(unknown(self, doing))
    }

    /// Takes labels away; one it does not have is no error.
    async fn remove_labels(
        &self,
        _thing: Thing,
        _labels: &[String],
        doing: &str,
    ) -> Result<(), PublishError> {
        Err(unknown(self, doing))
    }

    /// Asks people who were not asked yet to review it: all of them or none.
    async fn ask_to_review(
        &self,
        number: u64,
        people: &[String],
        doing: &str,
    ) -> Result<(), PublishError>;

    /// Asks them no longer.
    async fn ask_no_longer(
        &self,
        number: u64,
        people: &[String],
        doing: &str,
    ) -> Result<(), PublishError>;

    /// Closes it, or opens it again; answers how it stands then.
    async fn set_open(
        &self,
        thing: Thing,
        open: bool,
        not_planned: bool,
        doing: &str,
    ) -> Result<Ticket, PublishError>;

    /// Gives an issue a text.
    async fn set_text(&self, _number: u64, _text: &str, doing: &str) -> Result<(), PublishError> {
        Err(unknown(self, doing))
    }

    /// A page, counted from 1, of all issues, the newest first; whether there is another.
    async fn newest_issues(
        &self,
        _page: usize,
        doing: &str,
    ) -> Result<(Vec<Issue>, bool), PublishError> {
        Err(unknown(self, doing))
    }

    /// Opens an issue.
    async fn open_issue(
        &self,
        _title: &str,
        _body: &str,
        _labels: &[String],
        doing: &str,
    ) -> Result<Issue, PublishError> {
        Err(unknown(self, doing))
    }

    /// Makes an issue a part of another, or links the two as the forge links issues; once, however often.
    async fn make_part(
        &self,
        _parent: u64,
        _part: &Issue,
        doing: &str,
    ) -> Result<(), PublishError> {
        Err(unknown(self, doing))
    }
}
