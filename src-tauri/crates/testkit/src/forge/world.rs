//! What people and machines do on the stub: push, open, comment, review, report.

use git2::Oid;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::state::{Repo, World, person};
use crate::watch::REPO;

/// Result of a job: its name, its conclusion and its log.
pub type JobResult<'a> = (&'a str, &'a str, &'a str);

impl World {
    fn stamp(&self) -> Value {
        stamp(self.now)
    }

    /// Makes a repository with one commit on `main`; returns its number.
    pub fn create(&mut self, name: &str) -> u64 {
        let id = self.id();
        let repo = Repo::new(id, name);
        let first = repo.commit(
            None,
            &[("README.md", "# Project\n")],
            "Begin",
            "ada",
            self.now,
        );
        repo.point("refs/heads/main", first);
        self.repos.insert(name.to_owned(), repo);
        id
    }

    /// Makes a repository with the same commits and branches as `like`, which both share from then on.
    pub fn create_like(&mut self, like: &str, name: &str) {
        let id = self.id();
        let folder = self.repo(like).folder.clone();
        self.repos
            .insert(name.to_owned(), Repo::over(folder, id, name));
    }

    /// Gives a repository another name; requests for the old one are sent on, as forges do.
    pub fn rename(&mut self, name: &str, new: &str) {
        new.clone_into(&mut self.repo(name).full_name);
    }

    /// Deletes a repository.
    pub fn remove(&mut self, name: &str) {
        self.repos.remove(name);
    }

    /// The name by which a repository that is now called `name` was made.
    pub(super) fn made_as(&self, name: &str) -> Option<String> {
        self.repos
            .iter()
            .find(|(_, repo)| repo.full_name.eq_ignore_ascii_case(name))
            .map(|(made_as, _)| made_as.clone())
    }

    /// Where requests for the repository once made as `name` are sent on to.
    pub(super) fn moved(&self, name: &str) -> Option<&Repo> {
        self.repos
            .iter()
            .find(|(made_as, repo)| {
                made_as.eq_ignore_ascii_case(name) && !repo.full_name.eq_ignore_ascii_case(name)
            })
            .map(|(_, repo)| repo)
    }

    /// Commits `files` to `branch`, which begins at `main` if it is new; returns the commit.
    pub fn push(
        &mut self,
        name: &str,
        branch: &str,
        files: &[(&str, &str)],
        message: &str,
    ) -> String {
        let now = self.now;
        let repo = self.repo(name);
        let before = repo.head(branch);
        let parent = repo.resolve(branch).or_else(|| repo.resolve("main"));
        let commit = repo.commit(parent, files, message, "grace", now);
        repo.point(&format!("refs/heads/{branch}"), commit);
        self.pushed(name, branch, before, &commit.to_string(), message);
        self.head_moved(name, branch, commit);
        commit.to_string()
    }

    pub(super) fn pushed(
        &mut self,
        name: &str,
        branch: &str,
        before: Option<String>,
        after: &str,
        title: &str,
    ) {
        let stamp = self.stamp();
        let push = json!({"branch": branch, "before": before, "after": after, "title": title});
        self.repo(name).did("push", "grace", &stamp, push);
    }

    /// Moves several branches in one push, of which a forge may tell only that there were many.
    pub fn push_many(&mut self, name: &str, branches: &[&str]) {
        let (now, stamp) = (self.now, self.stamp());
        let repo = self.repo(name);
        for branch in branches {
            let parent = repo.resolve(branch).or_else(|| repo.resolve("main"));
            let commit = repo.commit(parent, &[("many", branch)], "Many", "grace", now);
            repo.point(&format!("refs/heads/{branch}"), commit);
        }
        repo.did("push", "grace", &stamp, json!({"count": branches.len()}));
    }

    /// Sets `branch` back, or elsewhere.
    pub fn force_push(&mut self, name: &str, branch: &str, to: &str) {
        let to = Oid::from_str(to).expect("a hash");
        self.repo(name).point(&format!("refs/heads/{branch}"), to);
        self.head_moved(name, branch, to);
    }

    fn head_moved(&mut self, name: &str, branch: &str, commit: Oid) {
        let stamp = self.stamp();
        let repo = self.repo(name);
        let moved: Vec<u64> = repo
            .pulls
            .iter()
            .filter(|(_, pull)| {
                let same = pull["head"]["repo"]["id"] == pull["base"]["repo"]["id"];
                same && pull["head"]["ref"] == branch && pull["state"] == "open"
            })
            .map(|(number, _)| *number)
            .collect();
        for number in moved {
            let pull = repo.pulls.get_mut(&number).expect("just found");
            pull["head"]["sha"] = commit.to_string().into();
            touch(repo, number, &stamp);
            repo.did("moved", "grace", &stamp, json!({"number": number}));
        }
    }

    /// Opens a pull request from `branch` into `main`; returns its number.
    pub fn open_pull(&mut self, name: &str, branch: &str, title: &str, login: &str) -> u64 {
        let repo = self.repo(name);
        let head = repo.head(branch).expect("the branch was pushed");
        let same = repo.json();
        self.add_pull(name, &head, branch, &same, title, login)
    }

    /// Opens a pull request from a fork of `login` that changes `files`; returns its number.
    pub fn open_fork_pull(
        &mut self,
        name: &str,
        login: &str,
        branch: &str,
        files: &[(&str, &str)],
    ) -> u64 {
        let (now, id) = (self.now, self.id());
        let repo = self.repo(name);
        let commit = repo.commit(repo.resolve("main"), files, "Change", login, now);
        let number = repo.next_number();
        repo.point(&format!("refs/pull/{number}/head"), commit);
        let mut fork = repo.json();
        fork["id"] = id.into();
        fork["owner"] = person(login);
        self.add_pull(
            name,
            &commit.to_string(),
            branch,
            &fork,
            "From a fork",
            login,
        )
    }

    pub(super) fn add_pull(
        &mut self,
        name: &str,
        head: &str,
        branch: &str,
        from: &Value,
        title: &str,
        login: &str,
    ) -> u64 {
        let number = self.add_issue(name, title, "", login);
        let id = self.id();
        let repo = self.repo(name);
        let own = repo.json();
        let issue = repo.issues.get_mut(&number).expect("just made");
        issue["pull_request"] = json!({"url": format!("/pulls/{number}")});
        let mut pull = issue.clone();
        let fields = json!({
            "id": id,
            "html_url": format!("https://github.com/{name}/pull/{number}"),
            "draft": false,
            "merged": false,
            "merged_at": null,
            "merge_commit_sha": null,
            "requested_reviewers": [],
            "requested_teams": [],
            "head": {"ref": branch, "sha": head, "repo": from, "user": from["owner"]},
            "base": {"ref": "main", "sha": repo.head("main"), "repo": own},
        });
        for (field, value) in fields.as_object().expect("an object") {
            pull[field] = value.clone();
        }
        if let Some(pull) = pull.as_object_mut() {
            pull.shift_remove("pull_request");
        }
        repo.pulls.insert(number, pull);
        let stamp = self.stamp();
        self.repo(name)
            .did("opened", login, &stamp, json!({"number": number}));
        number
    }

    /// Gives an issue or pull request another title.
    pub fn retitle(&mut self, name: &str, number: u64, title: &str) {
        let stamp = self.stamp();
        let repo = self.repo(name);
        for thing in [repo.issues.get_mut(&number), repo.pulls.get_mut(&number)]
            .into_iter()
            .flatten()
        {
            thing["title"] = title.into();
        }
        repo.did("edited", "grace", &stamp, json!({"number": number}));
        touch(repo, number, &stamp);
    }

    /// Opens an issue; returns its number.
    pub fn open_issue(&mut self, name: &str, title: &str, body: &str, login: &str) -> u64 {
        self.add_issue(name, title, body, login)
    }

    fn add_issue(&mut self, name: &str, title: &str, body: &str, login: &str) -> u64 {
        let (stamp, id) = (self.stamp(), self.id());
        let repo = self.repo(name);
        let number = repo.next_number();
        let issue = json!({
            "id": id,
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "user": person(login),
            "labels": [],
            "assignees": [],
            "comments": 0,
            "created_at": stamp,
            "updated_at": stamp,
            "closed_at": null,
            "html_url": format!("https://github.com/{name}/issues/{number}"),
        });
        repo.issues.insert(number, issue);
        number
    }

    /// Closes an issue or pull request, or opens it again.
    pub fn set_state(&mut self, name: &str, number: u64, state: &str) {
        let stamp = self.stamp();
        let closed = if state == "closed" {
            stamp.clone()
        } else {
            Value::Null
        };
        let event = if state == "closed" {
            "closed"
        } else {
            "reopened"
        };
        let repo = self.repo(name);
        for thing in [repo.issues.get_mut(&number), repo.pulls.get_mut(&number)]
            .into_iter()
            .flatten()
        {
            thing["state"] = state.into();
            thing["closed_at"] = closed.clone();
        }
        repo.issue_events.entry(number).or_default().push(json!({
            "event": event,
            "created_at": stamp,
            "actor": person("grace"),
        }));
        repo.did(event, "grace", &stamp, json!({"number": number}));
        touch(repo, number, &stamp);
    }

    /// Merges a pull request; returns the merge commit.
    pub fn merge(&mut self, name: &str, number: u64) -> String {
        let (now, stamp) = (self.now, self.stamp());
        let repo = self.repo(name);
        let head = repo.pulls[&number]["head"]["sha"].as_str().expect("a hash");
        let head = Oid::from_str(head).expect("a hash");
        let base = repo.resolve("main").expect("there is a main");
        let tree = repo.git.find_commit(head).expect("a commit").tree_id();
        let message = format!("Merge pull request #{number}");
        let merged = repo
            .commit_tree(tree, &[base, head], &message, "grace", now)
            .expect("the tree is there");
        repo.point("refs/heads/main", merged);
        self.pushed(
            name,
            "main",
            Some(base.to_string()),
            &merged.to_string(),
            &message,
        );
        self.set_state(name, number, "closed");
        let pull = self.repo(name).pulls.get_mut(&number).expect("a pull");
        pull["merged"] = true.into();
        pull["merged_at"] = stamp;
        pull["merged_by"] = person("grace");
        pull["merge_commit_sha"] = merged.to_string().into();
        merged.to_string()
    }

    /// Puts a label on an issue or pull request.
    pub fn label(&mut self, name: &str, number: u64, label: &str) {
        let stamp = self.stamp();
        let repo = self.repo(name);
        for thing in [repo.issues.get_mut(&number), repo.pulls.get_mut(&number)]
            .into_iter()
            .flatten()
        {
            let labels = thing["labels"].as_array_mut().expect("a list");
            labels.push(json!({"name": label}));
        }
        touch(repo, number, &stamp);
    }

    /// Comments on an issue or pull request; returns the comment's id.
    pub fn comment(&mut self, name: &str, number: u64, login: &str, body: &str) -> u64 {
        let (stamp, id) = (self.stamp(), self.id());
        let repo = self.repo(name);
        let comment = json!({
            "id": id,
            "body": body,
            "user": person(login),
            "created_at": stamp,
            "updated_at": stamp,
            "issue_url": format!("https://api.github.com/repos/{name}/issues/{number}"),
            "html_url": format!("https://github.com/{name}/issues/{number}#issuecomment-{id}"),
        });
        repo.comments.insert(id, comment);
        repo.count_comments(number);
        repo.did(
            "comment",
            login,
            &stamp,
            json!({"comment": id, "number": number}),
        );
        touch(repo, number, &stamp);
        id
    }

    /// Edits a comment, which changes nothing about its issue.
    pub fn edit_comment(&mut self, name: &str, id: u64, body: &str) {
        let stamp = self.stamp();
        let comment = self.repo(name).comments.get_mut(&id).expect("a comment");
        comment["body"] = body.into();
        comment["updated_at"] = stamp;
    }

    /// Reviews a pull request (`APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`); returns the review's id.
    pub fn review(&mut self, name: &str, number: u64, login: &str, state: &str) -> u64 {
        let (stamp, id) = (self.stamp(), self.id());
        let repo = self.repo(name);
        repo.reviews.entry(number).or_default().push(json!({
            "id": id,
            "user": person(login),
            "body": "Looked at it",
            "state": state,
            "submitted_at": stamp,
            "html_url": format!("https://github.com/{name}/pull/{number}#pullrequestreview-{id}"),
        }));
        repo.did(state, login, &stamp, json!({"number": number}));
        touch(repo, number, &stamp);
        id
    }

    /// Dismisses a review.
    pub fn dismiss(&mut self, name: &str, number: u64, id: u64) {
        let stamp = self.stamp();
        let repo = self.repo(name);
        let reviews = repo.reviews.get_mut(&number).expect("reviews");
        let review = reviews.iter_mut().find(|review| review["id"] == id);
        review.expect("the review")["state"] = "DISMISSED".into();
        touch(repo, number, &stamp);
    }

    /// Another CI system reports about a commit; returns the status's id.
    pub fn status(&mut self, name: &str, sha: &str, context: &str, state: &str) -> u64 {
        let (stamp, id) = (self.stamp(), self.id());
        self.repo(name).statuses.insert(
            0,
            json!({
                "id": id,
                "sha": sha,
                "context": context,
                "state": state,
                "description": format!("{context} says {state}"),
                "target_url": format!("https://ci.example.org/{id}"),
                "created_at": stamp,
                "updated_at": stamp,
            }),
        );
        id
    }

    /// An app reports a check run; without a conclusion it is still going on. Returns its id.
    pub fn check(&mut self, name: &str, sha: &str, check: &str, conclusion: Option<&str>) -> u64 {
        self.add_check(
            name,
            sha,
            check,
            conclusion,
            "acme-ci",
            "https://ci.example.org",
        )
    }

    /// A check run comes to its end.
    pub fn finish_check(&mut self, name: &str, id: u64, conclusion: &str) {
        let stamp = self.stamp();
        let checks = &mut self.repo(name).checks;
        let check = checks.iter_mut().find(|check| check["id"] == id);
        let check = check.expect("the check run");
        check["status"] = "completed".into();
        check["conclusion"] = conclusion.into();
        check["completed_at"] = stamp;
    }

    fn add_check(
        &mut self,
        name: &str,
        sha: &str,
        check: &str,
        conclusion: Option<&str>,
        app: &str,
        url: &str,
    ) -> u64 {
        let (stamp, id) = (self.stamp(), self.id());
        let over = conclusion.is_some();
        self.repo(name).checks.push(json!({
            "id": id,
            "name": check,
            "head_sha": sha,
            "status": if over { "completed" } else { "in_progress" },
            "conclusion": conclusion,
            "started_at": stamp,
            "completed_at": if over { stamp.clone() } else { Value::Null },
            "details_url": url,
            "html_url": url,
            "output": {"title": "Broken", "summary": "One test failed", "text": null, "annotations_count": 1},
            "check_suite": {"id": id},
            "app": {"id": 1, "slug": app, "name": app},
            "pull_requests": [],
        }));
        id
    }

    /// A workflow run ends with these jobs; returns its number. The same `run` again is its next attempt.
    ///
    /// The first job took a minute, the second two, and so on, side by side; ten seconds of each to set it up.
    pub fn run(
        &mut self,
        name: &str,
        run: Option<u64>,
        sha: &str,
        branch: &str,
        jobs: &[JobResult<'_>],
    ) -> u64 {
        let stamp = self.stamp();
        let ended = self.now;
        let before = |seconds: usize| {
            let seconds = i64::try_from(seconds).expect("few");
            self::stamp(ended - SignedDuration::from_secs(seconds))
        };
        let id = run.unwrap_or_else(|| self.id());
        let repo = self.repo(name);
        let attempt = repo
            .runs
            .get(&id)
            .map_or(0, |run| run["run_attempt"].as_u64().unwrap_or(0))
            + 1;
        let passed = jobs
            .iter()
            .all(|(_, conclusion, _)| *conclusion == "success");
        let own = repo.json();
        repo.runs.insert(
            id,
            json!({
                "id": id,
                "name": "CI",
                "workflow_id": 77,
                "run_attempt": attempt,
                "status": "completed",
                "conclusion": if passed { "success" } else { "failure" },
                "event": "push",
                "head_branch": branch,
                "head_sha": sha,
                "head_repository": own,
                "html_url": format!("https://github.com/{name}/actions/runs/{id}"),
                "created_at": stamp,
                "run_started_at": before(60 * jobs.len()),
                "updated_at": stamp,
                "actor": person("grace"),
                "triggering_actor": person("grace"),
                "pull_requests": [],
            }),
        );
        // A new attempt's check runs take the place of those before.
        let of_run = format!("/actions/runs/{id}/");
        repo.checks.retain(|check| {
            !check["details_url"]
                .as_str()
                .is_some_and(|url| url.contains(&of_run))
        });
        for (number, (job, conclusion, log)) in jobs.iter().enumerate() {
            let took = 60 * (number + 1);
            let (begun, ready) = (before(took), before(took - 10));
            let url = format!("https://github.com/{name}/actions/runs/{id}/job/1");
            let check = self.add_check(name, sha, job, Some(conclusion), "github-actions", &url);
            let repo = self.repo(name);
            repo.logs.insert(check, (*log).to_owned());
            repo.jobs.entry((id, attempt)).or_default().push(json!({
                "id": check,
                "run_id": id,
                "name": job,
                "status": "completed",
                "conclusion": conclusion,
                "started_at": begun,
                "completed_at": stamp,
                "html_url": url,
                "steps": [
                    {"name": "Set up job", "number": 1, "started_at": begun, "completed_at": ready},
                    {"name": "Test", "number": 2, "started_at": ready, "completed_at": stamp},
                ],
            }));
        }
        id
    }

    /// A new commit on `main` whose run passes: `lint`, and `test` with this log.
    pub fn passing_run(&mut self, log: &str) {
        let sha = self.push(REPO, "main", &[("log.txt", log)], "Pass");
        let jobs = [("lint", "success", "fine\n"), ("test", "success", log)];
        self.run(REPO, None, &sha, "main", &jobs);
    }

    /// Publishes a release; returns its id.
    pub fn release(&mut self, name: &str, tag: &str) -> u64 {
        let (stamp, id) = (self.stamp(), self.id());
        self.repo(name).releases.insert(
            0,
            json!({
                "id": id,
                "tag_name": tag,
                "name": tag,
                "body": "What is new",
                "draft": false,
                "prerelease": false,
                "author": person("grace"),
                "published_at": stamp,
                "html_url": format!("https://github.com/{name}/releases/tag/{tag}"),
            }),
        );
        id
    }
}

/// An issue, and the pull request it may be, changed now.
pub(super) fn touch(repo: &mut Repo, number: u64, stamp: &Value) {
    for thing in [repo.issues.get_mut(&number), repo.pulls.get_mut(&number)]
        .into_iter()
        .flatten()
    {
        thing["updated_at"] = stamp.clone();
    }
}

pub(super) fn stamp(at: Timestamp) -> Value {
    Timestamp::from_second(at.as_second())
        .expect("in range")
        .to_string()
        .into()
}
