//! What the stub keeps: GitHub's own JSON objects by number, and git objects in a bare repository.

use std::collections::BTreeMap;
use std::sync::Arc;

use git2::Repository;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The moment it is when a world begins.
const START: i64 = 1_750_000_000;

/// Whose API is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// GitHub's.
    GitHub,
    /// Gitea's.
    Gitea,
    /// GitLab's.
    GitLab,
    /// Bitbucket Cloud's.
    Bitbucket,
    /// Bitbucket Data Center's.
    DataCenter,
}

/// Everything there is.
pub struct World {
    /// Whose API is spoken.
    pub speaks: Speaks,
    /// False for a server that has no list of runs of its Actions.
    pub lists_runs: bool,
    /// False for a repository whose issues are turned off, where that can be.
    pub has_issues: bool,
    /// The server's version, where it tells.
    pub version: &'static str,
    /// The present of the far side; tests move it.
    pub now: Timestamp,
    /// The token that is asked for; none lets everybody in.
    pub token: Option<String>,
    /// What the token may do, where the forge says so.
    pub scopes: Vec<&'static str>,
    /// Who the token belongs to.
    pub login: String,
    /// Who has an account and may review.
    pub people: Vec<&'static str>,
    /// The labels repositories have; GitHub and GitLab make others when they are asked for.
    pub labels: Vec<&'static str>,
    /// False where issues cannot be parts of others, nor depend on them.
    pub links_issues: bool,
    /// False for a Gitea whose API starts no runs again.
    pub runs_again: bool,
    /// How many reviewers a GitLab takes.
    pub most_reviewers: usize,
    /// What GitHub says a classic token may do; absent for a fine-grained one, of which it does not tell.
    pub classic: Option<String>,
    /// When the token ends, as the forge writes it.
    pub token_ends: Option<String>,
    /// What the endpoint for tokens answers, one after the other; when nothing is left, what came last.
    pub grants: Vec<Value>,
    /// Seconds between two questions that a device is told.
    pub device_interval: u64,
    /// Forms sent to it.
    pub asked_grants: Vec<String>,
    /// True when the token's user administers the repositories and may see their webhooks.
    pub administers: bool,
    /// False for a GitLab too old to sign webhooks.
    pub signs_webhooks: bool,
    /// Requests left before the quota is empty; absent for no quota.
    pub quota: Option<u64>,
    /// What is refused.
    pub refusals: Vec<Refusal>,
    pub(super) repos: BTreeMap<String, Repo>,
    next_id: u64,
}

/// Requests that are refused.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Their method.
    pub method: http::Method,
    /// What their path contains.
    pub path: String,
    /// The status they get.
    pub status: u16,
    /// The message they get.
    pub message: String,
    /// Further headers they get.
    pub headers: Vec<(&'static str, String)>,
}

/// One repository.
pub struct Repo {
    /// Its number.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
    /// True when it can only be read.
    pub archived: bool,
    pub(super) default_branch: String,
    pub(super) git: Repository,
    pub(super) folder: Arc<TempDir>,
    pub(super) issues: BTreeMap<u64, Value>,
    pub(super) pulls: BTreeMap<u64, Value>,
    pub(super) issue_events: BTreeMap<u64, Vec<Value>>,
    pub(super) comments: BTreeMap<u64, Value>,
    pub(super) reviews: BTreeMap<u64, Vec<Value>>,
    /// Comments on lines by id, with their pull request.
    pub(super) line_comments: BTreeMap<u64, (u64, Value)>,
    /// Issues that are parts of another, by its number.
    pub(super) parts: BTreeMap<u64, Vec<u64>>,
    pub(super) statuses: Vec<Value>,
    pub(super) checks: Vec<Value>,
    pub(super) runs: BTreeMap<u64, Value>,
    /// Jobs by run and attempt.
    pub(super) jobs: BTreeMap<(u64, u64), Vec<Value>>,
    pub(super) logs: BTreeMap<u64, String>,
    pub(super) releases: Vec<Value>,
    /// What people did, oldest first.
    pub(super) deeds: Vec<Value>,
    /// Webhooks, and what is kept of their deliveries.
    pub(super) hooks: BTreeMap<u64, (Value, Vec<Value>)>,
    /// What each webhook signs with; the API never shows it.
    pub hook_secrets: BTreeMap<u64, String>,
    /// Kept deliveries asked for again: the webhook and the number it is kept by.
    pub sent_again: Vec<(u64, u64)>,
}

impl World {
    pub(super) fn new(speaks: Speaks) -> Self {
        Self {
            speaks,
            lists_runs: true,
            has_issues: true,
            version: "8.19.1",
            now: Timestamp::from_second(START).expect("in range"),
            token: None,
            scopes: match speaks {
                Speaks::Bitbucket => vec![
                    "account",
                    "issue:write",
                    "pipeline:write",
                    "pullrequest:write",
                    "repository:write",
                ],
                Speaks::DataCenter => vec!["REPO_READ", "REPO_WRITE"],
                _ => vec!["api"],
            },
            login: "ada".into(),
            people: vec!["ada", "grace", "linus"],
            labels: vec!["bug", "feature", "needs review"],
            links_issues: true,
            runs_again: true,
            most_reviewers: 100,
            classic: None,
            token_ends: (speaks == Speaks::GitLab).then(|| "2025-06-20".into()),
            grants: Vec::new(),
            device_interval: 5,
            asked_grants: Vec::new(),
            administers: true,
            signs_webhooks: true,
            quota: None,
            refusals: Vec::new(),
            repos: BTreeMap::new(),
            next_id: 1_000,
        }
    }

    /// Lets time pass.
    pub fn later(&mut self, seconds: i64) {
        self.now += jiff::SignedDuration::from_secs(seconds);
    }

    pub(super) fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// The repository called `name`, in the letters it was made with.
    ///
    /// # Panics
    /// When there is none.
    pub fn repo(&mut self, name: &str) -> &mut Repo {
        self.repos
            .get_mut(name)
            .unwrap_or_else(|| panic!("no repository `{name}` was made"))
    }
}

impl Repo {
    pub(super) fn new(id: u64, full_name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Repository::init_bare(folder.path()).expect("an empty folder");
        Self::over(Arc::new(folder), id, full_name)
    }

    /// Over the git objects in `folder`, which other repositories may share.
    pub(super) fn over(folder: Arc<TempDir>, id: u64, full_name: &str) -> Self {
        let git = Repository::open_bare(folder.path()).expect("a bare repository");
        Self {
            id,
            full_name: full_name.into(),
            archived: false,
            default_branch: "main".into(),
            git,
            folder,
            issues: BTreeMap::new(),
            pulls: BTreeMap::new(),
            issue_events: BTreeMap::new(),
            comments: BTreeMap::new(),
            reviews: BTreeMap::new(),
            line_comments: BTreeMap::new(),
            parts: BTreeMap::new(),
            statuses: Vec::new(),
            checks: Vec::new(),
            runs: BTreeMap::new(),
            jobs: BTreeMap::new(),
            logs: BTreeMap::new(),
            releases: Vec::new(),
            deeds: Vec::new(),
            hooks: BTreeMap::new(),
            hook_secrets: BTreeMap::new(),
            sent_again: Vec::new(),
        }
    }

    /// The repository as GitHub shows it.
    pub fn json(&self) -> Value {
        let (owner, name) = self.full_name.split_once('/').unwrap_or(("", ""));
        json!({
            "id": self.id,
            "name": name,
            "full_name": self.full_name,
            "owner": person(owner),
            "private": false,
            "html_url": format!("https://github.com/{}", self.full_name),
            "default_branch": self.default_branch,
            "archived": self.archived,
            "permissions": {"admin": false, "push": !self.archived, "pull": true},
        })
    }

    /// The pull request `number` as GitHub shows it by itself.
    pub fn pull(&self, number: u64) -> Value {
        self.pulls.get(&number).cloned().unwrap_or_default()
    }

    /// Every webhook as the API shows it.
    pub fn webhooks(&self) -> Vec<Value> {
        self.hooks.values().map(|(hook, _)| hook.clone()).collect()
    }

    /// How many pull requests were ever opened.
    pub fn pulls_opened(&self) -> usize {
        self.pulls.len()
    }

    /// How many pull requests were ever opened from `branch`.
    pub fn pulls_from(&self, branch: &str) -> usize {
        let pulls = self.pulls.values();
        pulls.filter(|pull| pull["head"]["ref"] == branch).count()
    }

    /// Every comment that stands.
    pub fn comments(&self) -> Vec<Value> {
        self.comments.values().cloned().collect()
    }

    /// Notes that somebody did something.
    pub(super) fn did(&mut self, what: &str, by: &str, at: &Value, more: Value) {
        let mut deed = more;
        deed["id"] = (self.deeds.len() + 1).into();
        deed["what"] = what.into();
        deed["by"] = by.into();
        deed["at"] = at.clone();
        self.deeds.push(deed);
    }

    pub(super) fn next_number(&self) -> u64 {
        self.issues.keys().last().copied().unwrap_or(0) + 1
    }
}

/// A person as GitHub shows one.
pub(super) fn person(login: &str) -> Value {
    json!({"login": login, "id": login.len(), "type": "User"})
}
