//! The REST API of GitLab over the stub's state: its addresses, its shapes, its pages.
//!
//! Issues and merge requests are counted together here, but each is found only among its own kind, so that whoever
//! takes one for the other is told so.

mod hooks;
mod shapes;
mod tickets;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::{ObjectType, Oid};
use jiff::Timestamp;
use serde_json::{Value, json};

use self::shapes::person;
use super::answer::{Asked, Reply, number_of};
use super::state::{Repo, World};

impl World {
    pub(super) fn gitlab(&mut self, parts: &[&str], asked: &Asked<'_>) -> Reply {
        match parts {
            ["api", "v4", "user"] => Reply::json(200, &person(&self.login)),
            ["api", "v4", "personal_access_tokens", "self"] => Reply::json(
                200,
                &json!({"scopes": self.scopes, "expires_at": self.token_ends, "active": true}),
            ),
            ["api", "v4", "users"] => self.gitlab_users(asked),
            ["api", "v4", "projects", project, rest @ ..] => {
                let name = self.gitlab_name(project);
                name.map_or_else(
                    || Reply::error(404, "404 Project Not Found"),
                    |name| self.gitlab_project(&name, rest, asked),
                )
            }
            ["storage", project, job] => {
                let log = self.gitlab_name(project).and_then(|name| {
                    let job = job.parse::<u64>().ok()?;
                    self.repo(&name).logs.get(&job).cloned()
                });
                log.map_or_else(|| Reply::error(404, "Not Found"), Reply::text)
            }
            _ => Reply::error(404, "404 Not Found"),
        }
    }

    /// The name a project was made with, by its number or its path.
    fn gitlab_name(&self, project: &str) -> Option<String> {
        let id = project.parse::<u64>().ok();
        self.repos
            .iter()
            .find(|(_, repo)| Some(repo.id) == id || repo.full_name.eq_ignore_ascii_case(project))
            .map(|(made_as, _)| made_as.clone())
    }

    fn gitlab_project(&mut self, name: &str, rest: &[&str], asked: &Asked<'_>) -> Reply {
        if let Some(reply) = self.hooks(name, rest, asked) {
            return reply;
        }
        let repo = self.repo(name);
        if asked.method == http::Method::GET {
            return repo
                .gitlab_get(rest, asked)
                .unwrap_or_else(|| Reply::error(404, "404 Not Found"));
        }
        if repo.archived {
            return Reply::error(403, "403 Forbidden - The project is archived");
        }
        if !self.scopes.contains(&"api") {
            let body = json!({
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided by the access token.",
                "scope": "api",
            });
            return Reply::json(403, &body);
        }
        self.gitlab_change(name, rest, asked)
            .unwrap_or_else(|| Reply::error(400, "400 Bad request"))
    }

    /// Requests that change something; nothing when the request makes no sense.
    fn gitlab_change(&mut self, name: &str, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let (now, login) = (self.now, self.login.clone());
        let body = &asked.body;
        let text = |field: &str| body[field].as_str();
        match (asked.method.as_str(), rest) {
            ("POST", ["repository", "commits"]) => self.gitlab_commit(name, body, &login, now),
            ("DELETE", ["repository", "branches", branch]) => {
                let repo = self.repo(name);
                let Ok(mut found) = repo.git.find_reference(&format!("refs/heads/{branch}")) else {
                    return Some(Reply::error(404, "404 Branch Not Found"));
                };
                found.delete().ok()?;
                Some(Reply::none())
            }
            ("POST", ["merge_requests"]) => {
                let branch = text("source_branch")?.to_owned();
                let repo = self.repo(name);
                let at = repo.head(&branch)?;
                repo.head(text("target_branch")?)?;
                let taken = repo
                    .pulls
                    .values()
                    .any(|pull| pull["head"]["ref"] == *branch && pull["state"] == "open");
                if taken {
                    let message =
                        "Another open merge request already exists for this source branch: !1";
                    return Some(Reply::json(409, &json!({"message": [message]})));
                }
                let own = repo.json();
                let number = self.add_pull(name, &at, &branch, &own, text("title")?, &login);
                let pull = self.repo(name).pulls.get_mut(&number)?;
                pull["body"] = body["description"].clone();
                pull["base"]["ref"] = body["target_branch"].clone();
                Some(Reply::json(201, &self.repo(name).gitlab_merge(number)?))
            }
            ("PUT", [kind @ ("issues" | "merge_requests"), number]) => {
                self.gitlab_put(name, kind, number.parse().ok()?, body)
            }
            ("POST", [kind @ ("issues" | "merge_requests"), number, "notes"]) => {
                let number = number.parse().ok()?;
                if !self.repo(name).gitlab_has(kind, number) {
                    return Some(Reply::error(404, "404 Not found"));
                }
                let id = self.comment(name, number, &login, text("body")?);
                Some(Reply::json(201, &self.repo(name).gitlab_note(id)?))
            }
            ("DELETE", [kind @ ("issues" | "merge_requests"), number, "notes", id]) => {
                let repo = self.repo(name);
                let number = number.parse().ok()?;
                let id: u64 = id.parse().ok()?;
                if repo
                    .line_comments
                    .get(&id)
                    .is_some_and(|(of, _)| *of == number)
                {
                    repo.line_comments.remove(&id);
                    return Some(Reply::none());
                }
                let there = repo.comments.get(&id).and_then(number_of) == Some(number);
                if !there || !repo.gitlab_has(kind, number) {
                    return Some(Reply::error(404, "404 Note Not Found"));
                }
                self.delete_comment(name, id);
                Some(Reply::none())
            }
            _ => self.gitlab_change_ticket(name, rest, asked),
        }
    }

    /// One commit of several files on a new branch that begins at a commit.
    fn gitlab_commit(
        &mut self,
        name: &str,
        body: &Value,
        login: &str,
        now: Timestamp,
    ) -> Option<Reply> {
        let branch = body["branch"].as_str()?.to_owned();
        let repo = self.repo(name);
        if repo.head(&branch).is_some() {
            let message = format!(
                "A branch called '{branch}' already exists. Switch to that branch in order to make changes"
            );
            return Some(Reply::error(400, &message));
        }
        let parent = Oid::from_str(body["start_sha"].as_str()?).ok()?;
        repo.git.find_commit(parent).ok()?;
        let mut files = Vec::new();
        for action in body["actions"].as_array()? {
            let (path, content) = (action["file_path"].as_str()?, action["content"].as_str()?);
            let there = repo.text(&parent.to_string(), path).is_some();
            match (action["action"].as_str()?, there) {
                ("create", false) | ("update", true) => files.push((path, content)),
                ("create", true) => {
                    return Some(Reply::error(400, "A file with this name already exists"));
                }
                _ => return Some(Reply::error(400, "A file with this name doesn't exist")),
            }
        }
        let message = body["commit_message"].as_str()?;
        let made = repo.commit(Some(parent), &files, message, login, now);
        repo.point(&format!("refs/heads/{branch}"), made);
        let commit = repo.gitlab_commit_json(made);
        self.pushed(name, &branch, None, &made.to_string(), message);
        Some(Reply::json(201, &commit))
    }
}

impl Asked<'_> {
    /// Members in the order asked for that changed in the time asked for.
    fn in_order(&self, mut items: Vec<Value>) -> Vec<Value> {
        let order = self
            .parameter("order_by")
            .unwrap_or_else(|| "created_at".into());
        let moment =
            |item: &Value, field: &str| -> Option<Timestamp> { item[field].as_str()?.parse().ok() };
        let after = self
            .parameter("updated_after")
            .and_then(|at| at.parse().ok());
        items.retain(|item| after.is_none() || moment(item, "updated_at") >= after);
        let number = |item: &Value| item["iid"].as_u64().or(item["id"].as_u64());
        items.sort_by_key(|item| (moment(item, &order), number(item)));
        if self.parameter("sort").as_deref() != Some("asc") {
            items.reverse();
        }
        items
    }

    fn listed(&self, items: Vec<Value>) -> Option<Reply> {
        Some(self.page(&items, None))
    }
}

impl Repo {
    fn gitlab_has(&self, kind: &str, number: u64) -> bool {
        self.issues.contains_key(&number)
            && self.pulls.contains_key(&number) == (kind == "merge_requests")
    }

    fn gitlab_get(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let found = |value: Value| Some(Reply::json(200, &value));
        let number = |text: &str| text.parse::<u64>().ok();
        match rest {
            [] => found(self.gitlab_json()),
            ["merge_requests"] => {
                let branch = asked.parameter("source_branch");
                let all = self.pulls.keys().filter_map(|one| self.gitlab_merge(*one));
                let all = all.filter(|one| {
                    is_in(one, asked) && branch.as_ref().is_none_or(|b| one["source_branch"] == **b)
                });
                asked.listed(asked.in_order(all.collect()))
            }
            ["issues"] => {
                let all = self.issues.keys().filter_map(|one| self.gitlab_issue(*one));
                asked.listed(asked.in_order(all.filter(|one| is_in(one, asked)).collect()))
            }
            ["merge_requests", one] => found(self.gitlab_merge(number(one)?)?),
            ["issues", one] => found(self.gitlab_issue(number(one)?)?),
            [kind @ ("issues" | "merge_requests"), one, "notes"] => {
                let of = number(one).filter(|of| self.gitlab_has(kind, *of))?;
                let notes = self.comments.iter();
                let notes = notes.filter(|(_, comment)| number_of(comment) == Some(of));
                let mut notes: Vec<Value> =
                    notes.filter_map(|(id, _)| self.gitlab_note(*id)).collect();
                notes.reverse();
                notes.extend(self.gitlab_line_notes(of));
                asked.listed(notes)
            }
            ["merge_requests", one, "approvals"] => found(self.gitlab_approvals(number(one)?)?),
            ["merge_requests", one, "reviewers"] => {
                asked.listed(self.gitlab_reviewers(number(one)?)?)
            }
            ["merge_requests", one, "diffs"] => {
                let (from, to) = self.range(number(one)?)?;
                asked.listed(self.gitlab_diffs(Some(from), to))
            }
            ["merge_requests", one, "commits"] => {
                let (from, to) = self.range(number(one)?)?;
                let mut commits = self.gitlab_commits(from, to);
                commits.reverse();
                asked.listed(commits)
            }
            ["events"] => {
                let mut deeds: Vec<Value> = self
                    .deeds
                    .iter()
                    .filter_map(|deed| self.gitlab_deed(deed))
                    .collect();
                if let Some(after) = asked.parameter("after") {
                    deeds.retain(|deed| {
                        deed["created_at"]
                            .as_str()
                            .is_some_and(|at| at[..10] > *after)
                    });
                }
                if asked.parameter("sort").as_deref() != Some("asc") {
                    deeds.reverse();
                }
                asked.listed(deeds)
            }
            ["releases"] => asked.listed(self.gitlab_releases()),
            ["pipelines", rest @ ..] => self.gitlab_pipelines(rest, asked),
            ["jobs", job, "trace"] => {
                let log = self.logs.get(&number(job)?)?;
                match asked.storage {
                    // Large traces lie in an object store.
                    Some(storage) if log.len() > 8 => {
                        let mut reply = Reply::none();
                        reply.status = 302;
                        let target = format!("http://{storage}/storage/{}/{job}", self.id);
                        reply.headers.push(("location", target));
                        Some(reply)
                    }
                    _ => Some(Reply::text(log.clone())),
                }
            }
            ["hooks", hook, "events"] => {
                let (_, kept) = self.hooks.get(&number(hook)?)?;
                asked.listed(kept.iter().rev().cloned().collect())
            }
            ["repository", rest @ ..] => self.gitlab_repository(rest, asked),
            _ => self.gitlab_look_up_ticket(rest, asked),
        }
    }

    fn gitlab_pipelines(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        match rest {
            [] => {
                let wanted = |field: &str, name: &str, one: &Value| {
                    let asked = asked.parameter(name);
                    asked.is_none_or(|asked| one[field] == *asked)
                };
                let all = self.runs.keys().filter_map(|id| self.gitlab_pipeline(*id));
                let all = all.filter(|one| {
                    let fits = |name| wanted(name, name, one);
                    fits("ref") && fits("status") && fits("sha")
                });
                asked.listed(asked.in_order(all.collect()))
            }
            [id] => Some(Reply::json(200, &self.gitlab_pipeline(id.parse().ok()?)?)),
            [id, "jobs"] => {
                let id: u64 = id.parse().ok()?;
                let scope = asked
                    .query
                    .split('&')
                    .find_map(|pair| pair.strip_prefix("scope[]="));
                let jobs = self.gitlab_jobs(id)?;
                let jobs = jobs.into_iter();
                asked.listed(
                    jobs.filter(|job| scope.is_none_or(|scope| job["status"] == *scope))
                        .collect(),
                )
            }
            _ => None,
        }
    }

    fn gitlab_repository(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let found = |value: Value| Some(Reply::json(200, &value));
        match rest {
            ["branches"] => {
                let mut names = self.branches();
                names.sort();
                asked.listed(
                    names
                        .iter()
                        .filter_map(|one| self.gitlab_branch(one))
                        .collect(),
                )
            }
            ["branches", branch] => found(self.gitlab_branch(branch)?),
            ["commits", sha] => found(self.gitlab_commit_json(self.resolve(sha)?)),
            ["commits", sha, "diff"] => {
                let to = self.resolve(sha)?;
                let parent = self.git.find_commit(to).ok()?.parent_id(0).ok();
                asked.listed(self.gitlab_diffs(parent, to))
            }
            ["commits", sha, "statuses"] => {
                asked.listed(self.gitlab_statuses(&self.resolve(sha)?.to_string()))
            }
            ["compare"] => {
                let (from, to) = (asked.parameter("from")?, asked.parameter("to")?);
                let (from, to) = (self.resolve(&from)?, self.resolve(&to)?);
                let parted = self.git.merge_base(from, to).unwrap_or(from);
                found(json!({
                    "commits": self.gitlab_commits(parted, to),
                    "diffs": self.gitlab_diffs(Some(parted), to),
                }))
            }
            ["tree"] => {
                let commit = self
                    .git
                    .find_commit(self.resolve(&asked.parameter("ref")?)?)
                    .ok()?;
                let folder = asked.parameter("path").unwrap_or_default();
                let mut tree = commit.tree().ok()?;
                if !folder.is_empty() {
                    let entry = tree.get_path(std::path::Path::new(&folder)).ok()?;
                    tree = self.git.find_tree(entry.id()).ok()?;
                }
                let recursive = asked.parameter("recursive").as_deref() == Some("true");
                let listed = self.tree_json(&tree.id().to_string(), recursive)?;
                let mut entries = listed["tree"].as_array()?.clone();
                for entry in &mut entries {
                    let path = entry["path"].as_str().unwrap_or_default();
                    let path = format!("{folder}/{path}");
                    entry["path"] = path.trim_start_matches('/').into();
                    entry["id"] = entry["sha"].clone();
                }
                asked.listed(entries)
            }
            ["files", path, "raw"] => Some(Reply::text(self.text(&asked.parameter("ref")?, path)?)),
            ["files", path] => {
                let commit = self
                    .git
                    .find_commit(self.resolve(&asked.parameter("ref")?)?)
                    .ok()?;
                let entry = commit
                    .tree()
                    .ok()?
                    .get_path(std::path::Path::new(path))
                    .ok()?;
                if entry.kind() != Some(ObjectType::Blob) {
                    return None;
                }
                let blob = self.git.find_blob(entry.id()).ok()?;
                found(json!({
                    "file_path": path,
                    "encoding": "base64",
                    "content": STANDARD.encode(blob.content()),
                    "blob_id": entry.id().to_string(),
                }))
            }
            _ => None,
        }
    }
}

fn is_in(thing: &Value, asked: &Asked<'_>) -> bool {
    let state = asked.parameter("state").unwrap_or_else(|| "all".into());
    state == "all" || thing["state"] == *state
}
