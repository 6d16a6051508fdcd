//! What people do to issues, pull requests and builds of the stub beyond opening and closing them.

use serde_json::{Value, json};

use super::state::{Repo, World, person};
use super::world::{stamp, touch};

impl World {
    /// Takes a label from an issue or pull request; true if it had it.
    pub fn unlabel(&mut self, name: &str, number: u64, label: &str) -> bool {
        let stamp = stamp(self.now);
        let repo = self.repo(name);
        let mut had = false;
        for thing in repo.things(number) {
            if let Some(labels) = thing["labels"].as_array_mut() {
                let before = labels.len();
                labels.retain(|one| one["name"] != label);
                had |= labels.len() < before;
            }
        }
        touch(repo, number, &stamp);
        had
    }

    /// Asks somebody to review a pull request.
    pub fn ask_to_review(&mut self, name: &str, number: u64, login: &str) {
        let stamp = stamp(self.now);
        let repo = self.repo(name);
        for thing in repo.things(number) {
            if let Some(asked) = thing["requested_reviewers"].as_array_mut()
                && !asked.iter().any(|one| one["login"] == login)
            {
                asked.push(person(login));
            }
        }
        touch(repo, number, &stamp);
    }

    /// Asks them no longer.
    pub fn ask_no_longer(&mut self, name: &str, number: u64, login: &str) {
        let stamp = stamp(self.now);
        let repo = self.repo(name);
        for thing in repo.things(number) {
            if let Some(asked) = thing["requested_reviewers"].as_array_mut() {
                asked.retain(|one| one["login"] != login);
            }
        }
        touch(repo, number, &stamp);
    }

    /// Gives an issue or pull request another text.
    pub fn set_body(&mut self, name: &str, number: u64, body: &str) {
        let stamp = stamp(self.now);
        let repo = self.repo(name);
        for thing in repo.things(number) {
            thing["body"] = body.into();
        }
        touch(repo, number, &stamp);
    }

    /// Deletes a comment; false if there is none.
    pub(super) fn delete_comment(&mut self, name: &str, id: u64) -> bool {
        let stamp = stamp(self.now);
        let repo = self.repo(name);
        let Some(comment) = repo.comments.remove(&id) else {
            return false;
        };
        if let Some(number) = super::answer::number_of(&comment) {
            repo.count_comments(number);
            touch(repo, number, &stamp);
        }
        true
    }

    /// Comments on a line of a pull request's change; returns the comment's id.
    pub fn comment_on_line(
        &mut self,
        name: &str,
        number: u64,
        login: &str,
        place: Value,
        body: &str,
    ) -> u64 {
        let (now, id) = (stamp(self.now), self.id());
        let repo = self.repo(name);
        let mut comment = place;
        let fields = json!({
            "id": id,
            "body": body,
            "user": person(login),
            "created_at": now,
            "updated_at": now,
            "html_url": format!("https://github.com/{name}/pull/{number}#discussion_r{id}"),
        });
        for (field, value) in fields.as_object().expect("an object") {
            comment[field] = value.clone();
        }
        repo.line_comments.insert(id, (number, comment));
        id
    }

    /// A run begins anew: its next attempt waits.
    pub fn run_again(&mut self, name: &str, run: u64) {
        let first = self.id();
        let repo = self.repo(name);
        let attempt = repo.runs[&run]["run_attempt"].as_u64().unwrap_or(1);
        let mut jobs = repo.jobs.get(&(run, attempt)).cloned().unwrap_or_default();
        for (job, id) in jobs.iter_mut().zip(first..) {
            job["id"] = id.into();
            job["status"] = "queued".into();
            job["conclusion"] = Value::Null;
        }
        let last = first + u64::try_from(jobs.len()).expect("few jobs");
        repo.jobs.insert((run, attempt + 1), jobs);
        let shown = repo.runs.get_mut(&run).expect("the run");
        shown["run_attempt"] = (attempt + 1).into();
        shown["status"] = "queued".into();
        shown["conclusion"] = Value::Null;
        while self.id() < last {}
    }

    /// Another run of the same commit waits; returns its number.
    pub fn run_anew(&mut self, name: &str, run: u64) -> u64 {
        let id = self.id();
        let repo = self.repo(name);
        let mut shown = repo.run(run);
        shown["id"] = id.into();
        shown["status"] = "queued".into();
        shown["conclusion"] = Value::Null;
        repo.runs.insert(id, shown);
        id
    }

    /// The number of the newest run.
    ///
    /// # Panics
    /// When there is none.
    pub fn newest_run(&self, name: &str) -> u64 {
        let runs = &self.repos[name].runs;
        *runs.keys().last().expect("a run")
    }

    /// True for those who may review here.
    pub(super) fn may_review(&self, login: &str) -> bool {
        self.people.contains(&login)
    }
}

impl Repo {
    /// The issue, and the pull request it may be.
    pub(super) fn things(&mut self, number: u64) -> impl Iterator<Item = &mut Value> {
        [self.issues.get_mut(&number), self.pulls.get_mut(&number)]
            .into_iter()
            .flatten()
    }

    pub(super) fn count_comments(&mut self, number: u64) {
        let count = self
            .comments
            .values()
            .filter(|comment| super::answer::number_of(comment) == Some(number))
            .count();
        for thing in self.things(number) {
            thing["comments"] = count.into();
        }
    }

    /// The issue `number` as GitHub shows it.
    pub fn issue(&self, number: u64) -> Value {
        self.issues.get(&number).cloned().unwrap_or_default()
    }

    /// How many issues were ever opened, pull requests among them.
    pub fn issues_opened(&self) -> usize {
        self.issues.len()
    }

    /// The numbers of the issues that are parts of another, or linked to it.
    pub fn parts(&self, parent: u64) -> Vec<u64> {
        self.parts.get(&parent).cloned().unwrap_or_default()
    }

    /// Every comment on lines that stands.
    pub fn line_comments(&self) -> Vec<Value> {
        let all = self.line_comments.values();
        all.map(|(_, comment)| comment.clone()).collect()
    }

    /// How many runs there were.
    pub fn runs_begun(&self) -> usize {
        self.runs.len()
    }

    /// The run `id` as GitHub shows it.
    pub fn run(&self, id: u64) -> Value {
        self.runs.get(&id).cloned().unwrap_or_default()
    }

    pub(super) fn add_part(&mut self, parent: u64, part: u64) {
        self.parts.entry(parent).or_default().push(part);
    }

    pub(super) fn issue_with_id(&self, id: u64) -> Option<u64> {
        let found = self.issues.iter().find(|(_, issue)| issue["id"] == id);
        found.map(|(number, _)| *number)
    }
}
