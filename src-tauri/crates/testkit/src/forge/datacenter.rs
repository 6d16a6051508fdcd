//! The REST API of Bitbucket Data Center over the stub's state: its addresses, its shapes, its pages.
//!
//! As there, a file is changed by a commit of its own, comments are listed only among a pull request's activities,
//! and whatever changes must name the version it changes.

mod hooks;
mod shapes;

use git2::{ObjectType, Oid};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Asked, Reply};
use super::state::{Repo, World};
use super::world::{stamp, touch};

impl World {
    pub(super) fn datacenter(&mut self, parts: &[&str], asked: &Asked<'_>) -> Reply {
        let mut reply = match parts {
            ["rest", "api", "latest", "application-properties"] => {
                let about = json!({"version": self.version, "displayName": "Bitbucket"});
                Reply::json(200, &about)
            }
            ["rest", "api", "latest", "repos"] => self.datacenter_repositories(asked),
            ["rest", "build-status", "latest", "commits", rest @ ..] => {
                self.datacenter_builds(rest, asked)
            }
            [
                "rest",
                api @ ("api" | "branch-utils"),
                "latest",
                "projects",
                project,
                "repos",
                slug,
                rest @ ..,
            ] => self.datacenter_repository(api, &format!("{project}/{slug}"), rest, asked),
            _ => problem(404, "HTTP 404 Not Found"),
        };
        let login = self.login.clone();
        reply.headers.push(("x-ausername", login));
        reply.dated(self.now);
        reply
    }

    /// Those of a project with this name on which the token has a permission.
    fn datacenter_repositories(&self, asked: &Asked<'_>) -> Reply {
        let wanted = |name: &str| asked.parameter(name);
        let permission = wanted("permission").unwrap_or_else(|| "REPO_READ".into());
        let has = self.scopes.iter().any(|scope| *scope == permission);
        let shown = self.repos.values().map(Repo::datacenter_json);
        let shown = shown.filter(|repo| {
            let fits = |pointer: &str, parameter: &str| {
                wanted(parameter).is_none_or(|text| repo.pointer(pointer) == Some(&text.into()))
            };
            has && fits("/project/key", "projectkey") && fits("/name", "name")
        });
        asked.started_page(&shown.collect::<Vec<_>>())
    }

    fn datacenter_builds(&self, rest: &[&str], asked: &Asked<'_>) -> Reply {
        let of = |sha: &str| -> Vec<Value> {
            let mut repos = self.repos.values();
            repos
                .find_map(|repo| {
                    let found = repo.datacenter_builds(sha);
                    (!found.is_empty()).then_some(found)
                })
                .unwrap_or_default()
        };
        match rest {
            ["stats"] => {
                let mut stats = serde_json::Map::new();
                for sha in asked.body.as_array().into_iter().flatten() {
                    let sha = sha.as_str().unwrap_or_default();
                    let builds = of(sha);
                    let count = |state: &str| {
                        let builds = builds.iter();
                        builds.filter(|build| build["state"] == *state).count()
                    };
                    if !builds.is_empty() {
                        let counts = json!({
                            "successful": count("SUCCESSFUL"),
                            "failed": count("FAILED"),
                            "inProgress": count("INPROGRESS"),
                        });
                        stats.insert(sha.to_owned(), counts);
                    }
                }
                Reply::json(200, &stats.into())
            }
            [sha] => asked.started_page(&of(sha)),
            _ => problem(404, "Not found"),
        }
    }

    fn datacenter_repository(
        &mut self,
        api: &str,
        name: &str,
        rest: &[&str],
        asked: &Asked<'_>,
    ) -> Reply {
        let writes = self.scopes.contains(&"REPO_WRITE");
        let Some(name) = self.made_as(name) else {
            return match self.moved(name) {
                Some(repo) => {
                    let below = asked.path.split('/').skip(8).map(|part| format!("/{part}"));
                    let (project, slug) = repo.full_name.split_once('/').unwrap_or_default();
                    let now = format!("/rest/{api}/latest/projects/{project}/repos/{slug}");
                    asked.sent_on(&format!("{now}{}", below.collect::<String>()))
                }
                None => problem(404, &format!("Repository {name} does not exist.")),
            };
        };
        if let ["webhooks", rest @ ..] = rest {
            let rest = [&["hooks"], rest].concat();
            let reply = self.hooks(&name, &rest, asked);
            return reply.unwrap_or_else(|| problem(404, "Not found"));
        }
        let repo = self.repo(&name);
        if *asked.method == Method::GET {
            return repo
                .datacenter_get(rest, asked)
                .unwrap_or_else(|| problem(404, "There is no such thing in the repository."));
        }
        if !writes {
            return problem(401, "You are not permitted to access this resource");
        }
        if repo.archived {
            return problem(409, "The repository is archived and cannot be changed.");
        }
        self.datacenter_change(api, &name, rest, asked)
            .unwrap_or_else(|| problem(400, "The request makes no sense."))
    }

    /// Requests that change something; nothing when the request makes no sense.
    fn datacenter_change(
        &mut self,
        api: &str,
        name: &str,
        rest: &[&str],
        asked: &Asked<'_>,
    ) -> Option<Reply> {
        let (now, login) = (self.now, self.login.clone());
        let body = &asked.body;
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        match (api, asked.method.as_str(), rest) {
            ("api", "POST", ["branches"]) => {
                let branch = text("/name")?.to_owned();
                let at = Oid::from_str(text("/startPoint")?).ok()?;
                let repo = self.repo(name);
                if repo.head(&branch).is_some() {
                    return Some(problem(409, &format!("Branch {branch} already exists.")));
                }
                repo.git.find_commit(at).ok()?;
                repo.point(&format!("refs/heads/{branch}"), at);
                Some(Reply::json(200, &repo.datacenter_branch(&branch)?))
            }
            ("branch-utils", "DELETE", ["branches"]) => {
                let branch = text("/name")?.strip_prefix("refs/heads/")?.to_owned();
                let repo = self.repo(name);
                if repo.head(&branch).as_deref() != text("/endPoint") {
                    return Some(problem(409, "The branch has been updated."));
                }
                let found = repo.git.find_reference(&format!("refs/heads/{branch}"));
                found.ok()?.delete().ok()?;
                Some(Reply::none())
            }
            ("api", "PUT", ["browse", path @ ..]) => {
                self.datacenter_edit(name, &path.join("/"), &asked.form, &login, now)
            }
            ("api", "POST", ["pull-requests"]) => {
                let branch = text("/fromRef/id")?.strip_prefix("refs/heads/")?.to_owned();
                let base = text("/toRef/id")?.strip_prefix("refs/heads/")?.to_owned();
                let repo = self.repo(name);
                let at = repo.head(&branch)?;
                repo.head(&base)?;
                let taken = repo
                    .pulls
                    .values()
                    .any(|pull| pull["head"]["ref"] == *branch && pull["state"] == "open");
                if taken {
                    return Some(problem(409, "Only one pull request may be open."));
                }
                let own = repo.json();
                let number = self.add_pull(name, &at, &branch, &own, text("/title")?, &login);
                let pull = self.repo(name).pulls.get_mut(&number)?;
                pull["body"] = body["description"].clone();
                pull["draft"] = body["draft"].clone();
                pull["base"]["ref"] = base.into();
                Some(Reply::json(201, &self.repo(name).datacenter_pull(number)?))
            }
            ("api", "POST", ["pull-requests", number, what @ ("decline" | "reopen")]) => {
                let number = number.parse().ok()?;
                let pull = self.repo(name).datacenter_pull(number)?;
                if asked.parameter("version") != Some(pull["version"].to_string()) {
                    return Some(problem(409, "The pull request has been updated."));
                }
                let state = if *what == "reopen" { "open" } else { "closed" };
                self.set_state(name, number, state);
                Some(Reply::json(200, &self.repo(name).datacenter_pull(number)?))
            }
            ("api", "PUT", ["pull-requests", number]) => {
                self.datacenter_review_by(name, number.parse().ok()?, body)
            }
            ("api", "POST", ["pull-requests", number, "comments"]) => {
                let number = number.parse().ok()?;
                if !self.repo(name).pulls.contains_key(&number) {
                    return Some(problem(404, "No such pull request."));
                }
                let said = text("/text")?;
                let id = if body["anchor"].is_object() {
                    let anchor = json!({
                        "path": text("/anchor/path")?,
                        "line": body.pointer("/anchor/line")?.as_u64()?,
                        "kind": text("/anchor/lineType")?,
                    });
                    self.comment_on_line(name, number, &login, anchor, said)
                } else {
                    self.comment(name, number, &login, said)
                };
                Some(Reply::json(201, &self.repo(name).datacenter_comment(id)?))
            }
            ("api", "DELETE", ["pull-requests", number, "comments", id]) => {
                let repo = self.repo(name);
                let number = number.parse().ok()?;
                let id: u64 = id.parse().ok()?;
                if repo.datacenter_comment_of(id) != Some(number) {
                    return Some(problem(404, "No such comment."));
                }
                asked.parameter("version")?;
                repo.comments.remove(&id);
                repo.line_comments.remove(&id);
                touch(repo, number, &stamp(now));
                Some(Reply::none())
            }
            _ => Some(problem(404, "Not found")),
        }
    }

    /// A pull request with other reviewers: all of them or none.
    fn datacenter_review_by(&mut self, name: &str, number: u64, body: &Value) -> Option<Reply> {
        let pull = self.repo(name).datacenter_pull(number)?;
        if body["version"] != pull["version"] {
            return Some(problem(409, "The pull request has been updated."));
        }
        body["title"].as_str()?;
        let named = |pull: &Value| -> Option<Vec<String>> {
            let reviewers = pull["reviewers"].as_array()?.iter();
            reviewers
                .map(|one| one.pointer("/user/name")?.as_str().map(Into::into))
                .collect()
        };
        let (before, after) = (named(&pull)?, named(body)?);
        if let Some(unknown) = after.iter().find(|one| !self.may_review(one)) {
            let message = format!("{unknown} cannot see the repository.");
            return Some(problem(409, &message));
        }
        for login in &before {
            if !after.contains(login) {
                self.ask_no_longer(name, number, login);
            }
        }
        for login in &after {
            if !before.contains(login) {
                self.ask_to_review(name, number, login);
            }
        }
        Some(Reply::json(200, &self.repo(name).datacenter_pull(number)?))
    }

    /// One file of a branch, by a commit of its own.
    fn datacenter_edit(
        &mut self,
        name: &str,
        path: &str,
        form: &[(String, String)],
        login: &str,
        now: Timestamp,
    ) -> Option<Reply> {
        let field = |name: &str| {
            let found = form.iter().find(|(field, _)| field == name);
            found.map(|(_, text)| text.as_str())
        };
        let (branch, message) = (field("branch")?.to_owned(), field("message")?);
        let repo = self.repo(name);
        let head = repo.resolve(&branch)?;
        let there = repo.text(&branch, path);
        let known = field("sourceCommitId").map(|commit| repo.text(commit, path));
        if there != known.flatten() {
            return Some(problem(409, "The file has been changed since."));
        }
        let files = [(path, field("content")?)];
        let made = repo.commit(Some(head), &files, message, login, now);
        repo.point(&format!("refs/heads/{branch}"), made);
        let commit = repo.datacenter_commit(made);
        let before = Some(head.to_string());
        self.pushed(name, &branch, before, &made.to_string(), message);
        Some(Reply::json(200, &commit))
    }
}

/// An error as Data Center writes it.
fn problem(status: u16, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({"errors": [{"context": null, "message": message, "exceptionName": "com.example.Problem"}]}),
    )
}

impl Asked<'_> {
    /// One page of a list, and where the next begins.
    pub(super) fn started_page(&self, items: &[Value]) -> Reply {
        let number = |name: &str, default: usize| {
            let text = self.parameter(name);
            text.and_then(|text| text.parse().ok()).unwrap_or(default)
        };
        let (limit, start) = (number("limit", 25).min(100), number("start", 0));
        let from = start.min(items.len());
        let until = (from + limit).min(items.len());
        let last = until == items.len();
        let page = json!({
            "size": until - from,
            "limit": limit,
            "start": start,
            "isLastPage": last,
            "values": items[from..until],
            "nextPageStart": if last { Value::Null } else { until.into() },
        });
        Reply::json(200, &page)
    }
}

impl Repo {
    fn datacenter_get(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let found = |value: Value| Some(Reply::json(200, &value));
        let number = |text: &str| text.parse::<u64>().ok();
        match rest {
            [] => found(self.datacenter_json()),
            ["default-branch"] => {
                let branch = &self.default_branch;
                found(json!({"id": format!("refs/heads/{branch}"), "displayId": branch}))
            }
            ["branches"] => {
                let text = asked.parameter("filterText").unwrap_or_default();
                let branches = self.branches();
                let branches = branches
                    .iter()
                    .filter(|one| one.contains(&text))
                    .filter_map(|one| self.datacenter_branch(one));
                Some(asked.started_page(&branches.collect::<Vec<_>>()))
            }
            ["pull-requests"] => {
                let state = asked.parameter("state").unwrap_or_else(|| "OPEN".into());
                let at = asked.parameter("at");
                let all = self.pulls.keys().rev();
                let all = all.filter_map(|one| self.datacenter_pull(*one));
                let all = all.filter(|pull| {
                    (state == "ALL" || pull["state"] == *state)
                        && at.as_ref().is_none_or(|at| pull["fromRef"]["id"] == **at)
                });
                Some(asked.started_page(&all.collect::<Vec<_>>()))
            }
            ["pull-requests", one] if one.ends_with(".diff") => {
                let (from, to) = self.range(number(one.strip_suffix(".diff")?)?)?;
                Some(Reply::text(self.datacenter_diff(Some(from), to)))
            }
            ["pull-requests", one] => found(self.datacenter_pull(number(one)?)?),
            ["pull-requests", one, "activities"] => {
                let of = number(one)?;
                self.pulls.get(&of)?;
                let deeds = self.deeds.iter().rev();
                let of = deeds.filter(|deed| deed["number"] == of);
                let shown = of.filter_map(|deed| self.datacenter_activity(deed));
                let on_lines = self.datacenter_line_activities(number(one)?);
                let all: Vec<Value> = on_lines.into_iter().chain(shown).collect();
                Some(asked.started_page(&all))
            }
            ["pull-requests", one, "commits"] => {
                let (from, to) = self.range(number(one)?)?;
                Some(asked.started_page(&self.datacenter_commits(from, to)))
            }
            ["pull-requests", one, "comments", id] => {
                let id = number(id)?;
                let there = self.datacenter_comment_of(id) == number(one);
                found(self.datacenter_comment(id).filter(|_| there)?)
            }
            ["commits"] => {
                let to = self.refer(&asked.parameter("until")?)?;
                let since = asked.parameter("since").and_then(|one| self.refer(&one));
                let commits = match since {
                    Some(from) => self.datacenter_commits(from, to),
                    None => self.datacenter_history(to),
                };
                Some(asked.started_page(&commits))
            }
            ["commits", sha] => found(self.datacenter_commit(self.refer(sha)?)),
            ["commits", sha, "changes"] => {
                let to = self.refer(sha)?;
                let from = self.git.find_commit(to).ok()?.parent_id(0).ok();
                let changes = self.files(from, to);
                let paths = changes
                    .iter()
                    .map(|file| json!({"path": {"toString": file["filename"]}}));
                Some(asked.started_page(&paths.collect::<Vec<_>>()))
            }
            ["diff"] => {
                let to = self.refer(&asked.parameter("until")?)?;
                let from = match asked.parameter("since") {
                    Some(since) => {
                        let since = self.refer(&since)?;
                        Some(self.git.merge_base(since, to).unwrap_or(since))
                    }
                    None => self.git.find_commit(to).ok()?.parent_id(0).ok(),
                };
                Some(Reply::text(self.datacenter_diff(from, to)))
            }
            ["files"] => {
                let commit = self.refer(&asked.parameter("at")?)?;
                let listed = self.tree_json(&commit.to_string(), true)?;
                let entries = listed["tree"].as_array()?.iter();
                let files = entries.filter(|entry| entry["type"] == "blob");
                let paths: Vec<Value> = files.map(|entry| entry["path"].clone()).collect();
                Some(asked.started_page(&paths))
            }
            ["browse", path @ ..] => {
                let commit = self.refer(&asked.parameter("at")?)?;
                let tree = self.git.find_commit(commit).ok()?.tree().ok()?;
                let path = path.join("/");
                let entry = tree.get_path(std::path::Path::new(&path)).ok()?;
                let kind = match entry.kind() {
                    Some(ObjectType::Blob) => "FILE",
                    Some(ObjectType::Tree) => "DIRECTORY",
                    _ => "SUBMODULE",
                };
                found(json!({"type": kind}))
            }
            ["raw", path @ ..] => {
                let commit = self.refer(&asked.parameter("at")?)?;
                let text = self.text(&commit.to_string(), &path.join("/"))?;
                Some(Reply::text(text))
            }
            _ => None,
        }
    }

    /// A hash, or a reference by its full name.
    fn refer(&self, name: &str) -> Option<Oid> {
        self.resolve(name.strip_prefix("refs/heads/").unwrap_or(name))
    }

    /// Paths in diffs begin otherwise than git's.
    fn datacenter_diff(&self, from: Option<Oid>, to: Oid) -> String {
        let text = self.diff_text(from, to);
        let mut shown = String::new();
        for line in text.split_inclusive('\n') {
            let line = match line.strip_prefix("diff --git a/") {
                Some(rest) => format!("diff --git src://{}", rest.replacen(" b/", " dst://", 1)),
                None if line.starts_with("--- a/") => line.replacen("a/", "src://", 1),
                None if line.starts_with("+++ b/") => line.replacen("b/", "dst://", 1),
                None => line.to_owned(),
            };
            shown.push_str(&line);
        }
        shown
    }

    /// A commit and all before it, newest first.
    fn datacenter_history(&self, to: Oid) -> Vec<Value> {
        let first = std::iter::successors(Some(to), |oid| {
            let commit = self.git.find_commit(*oid).ok()?;
            commit.parent_id(0).ok()
        });
        first.map(|oid| self.datacenter_commit(oid)).collect()
    }

    /// The commits from one to another, newest first.
    fn datacenter_commits(&self, from: Oid, to: Oid) -> Vec<Value> {
        let between = self.between(from, to);
        let shown = between.iter().rev().map(|oid| self.datacenter_commit(*oid));
        shown.collect()
    }
}
