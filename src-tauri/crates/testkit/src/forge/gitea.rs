//! The REST API of Gitea over the stub's state: its addresses, its shapes, its pages.
//!
//! As there, nothing carries validators; some lists link to their next page and all count their members, and the
//! links begin with the address the server was configured with, which is not the one it is asked by.

mod shapes;
mod tickets;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::{ObjectType, Oid};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Asked, Reply, number_of};
use super::state::{Repo, World, person};

/// What links to further pages begin with.
const CONFIGURED: &str = "http://configured.invalid:3000";

/// Members of a page at most, whatever is asked for.
const PAGE: usize = 50;

impl World {
    pub(super) fn gitea(&mut self, parts: &[&str], asked: &Asked<'_>) -> Reply {
        let mut reply = match parts {
            ["api", "v1", "version"] => Reply::json(200, &json!({"version": "1.25.2"})),
            ["api", "v1", "user"] => Reply::json(200, &person(&self.login)),
            ["api", "v1", "repos", owner, name, rest @ ..] => {
                self.gitea_repository(&format!("{owner}/{name}"), rest, asked)
            }
            _ => Reply::error(404, "The target couldn't be found."),
        };
        reply.dated(self.now);
        reply
    }

    fn gitea_repository(&mut self, name: &str, rest: &[&str], asked: &Asked<'_>) -> Reply {
        let lists_runs = self.lists_runs;
        let Some(name) = self.made_as(name) else {
            return match self.moved(name) {
                Some(repo) => {
                    let below = asked.path.split('/').skip(6).map(|part| format!("/{part}"));
                    let now = &repo.full_name;
                    asked.sent_on(&format!("/api/v1/repos/{now}{}", below.collect::<String>()))
                }
                None => Reply::error(404, "The target couldn't be found."),
            };
        };
        if let Some(reply) = self.hooks(&name, rest, asked) {
            return reply;
        }
        let repo = self.repo(&name);
        if asked.method == http::Method::GET {
            if rest == ["labels"] {
                return asked.gitea_page(&self.gitea_label_list(), None, true);
            }
            let repo = self.repo(&name);
            let found = match rest {
                ["actions", "runs", ..] if !lists_runs => None,
                _ => repo.gitea_get(rest, asked),
            };
            return found.unwrap_or_else(|| Reply::error(404, "The target couldn't be found."));
        }
        if repo.archived {
            return Reply::error(423, "Repo is archived");
        }
        self.gitea_change(&name, rest, asked)
            .unwrap_or_else(|| Reply::error(422, "The request cannot be carried out"))
    }

    /// Requests that change something; nothing when the request makes no sense.
    fn gitea_change(&mut self, name: &str, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let (now, login) = (self.now, self.login.clone());
        let body = &asked.body;
        let text = |field: &str| body[field].as_str();
        match (asked.method.as_str(), rest) {
            ("POST", ["branches"]) => {
                let (branch, from) = (text("new_branch_name")?, text("old_ref_name")?);
                let repo = self.repo(name);
                if repo.head(branch).is_some() {
                    return Some(Reply::error(409, "The branch already exists."));
                }
                repo.point(&format!("refs/heads/{branch}"), repo.resolve(from)?);
                Some(Reply::json(201, &repo.gitea_branch(branch)?))
            }
            ("DELETE", ["branches", branch @ ..]) => {
                let repo = self.repo(name);
                let reference = format!("refs/heads/{}", branch.join("/"));
                let Ok(mut found) = repo.git.find_reference(&reference) else {
                    return Some(Reply::error(404, "branch does not exist"));
                };
                found.delete().ok()?;
                Some(Reply::none())
            }
            ("POST", ["contents"]) => self.change_files(name, body, &login, now),
            ("POST", ["pulls"]) => {
                let (head, title) = (text("head")?.to_owned(), text("title")?.to_owned());
                let repo = self.repo(name);
                let at = repo.head(&head)?;
                let taken = repo
                    .pulls
                    .values()
                    .any(|pull| pull["head"]["ref"] == *head && pull["state"] == "open");
                if taken {
                    return Some(Reply::error(409, "pull request already exists"));
                }
                let own = repo.json();
                let number = self.add_pull(name, &at, &head, &own, &title, &login);
                let repo = self.repo(name);
                let pull = repo.pulls.get_mut(&number)?;
                pull["body"] = body["body"].clone();
                pull["base"]["ref"] = body["base"].clone();
                Some(Reply::json(201, &repo.gitea_pull(number)?))
            }
            ("PATCH", ["pulls", number]) => {
                let number = number.parse().ok()?;
                self.set_state(name, number, text("state")?);
                Some(Reply::json(201, &self.repo(name).gitea_pull(number)?))
            }
            ("POST", ["issues", number, "comments"]) => {
                let number = number.parse().ok()?;
                if !self.repo(name).issues.contains_key(&number) {
                    return Some(Reply::error(404, "issue does not exist"));
                }
                let id = self.comment(name, number, &login, text("body")?);
                Some(Reply::json(201, &self.repo(name).gitea_comment(id)?))
            }
            ("DELETE", ["issues", "comments", id]) => {
                if !self.delete_comment(name, id.parse().ok()?) {
                    return Some(Reply::error(404, "comment does not exist"));
                }
                Some(Reply::none())
            }
            _ => self.gitea_change_ticket(name, rest, asked),
        }
    }

    /// One commit of several files on `branch`, or on a new branch that begins there.
    fn change_files(
        &mut self,
        name: &str,
        body: &Value,
        login: &str,
        now: Timestamp,
    ) -> Option<Reply> {
        let branch = body["branch"].as_str().unwrap_or("main").to_owned();
        let repo = self.repo(name);
        let new = body["new_branch"].as_str().unwrap_or(&branch).to_owned();
        if new != branch && repo.head(&new).is_some() {
            return Some(Reply::error(422, "branch already exists"));
        }
        let parent = repo.resolve(&branch)?;
        let mut files: Vec<(&str, String)> = Vec::new();
        for file in body["files"].as_array()? {
            let path = file["path"].as_str()?;
            let content = STANDARD.decode(file["content"].as_str()?).ok()?;
            let there = repo.gitea_contents(&parent.to_string(), path);
            match (file["operation"].as_str()?, there) {
                ("create", None) => {}
                ("create", Some(_)) => {
                    return Some(Reply::error(422, "repository file already exists"));
                }
                ("update", Some(there)) if there["sha"] == file["sha"] => {}
                _ => return Some(Reply::error(422, "sha does not match")),
            }
            files.push((path, String::from_utf8(content).ok()?));
        }
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        let message = body["message"].as_str()?;
        let made = repo.commit(Some(parent), &files, message, login, now);
        repo.point(&format!("refs/heads/{new}"), made);
        let commit = repo.gitea_commit(made);
        Some(Reply::json(201, &json!({"files": [], "commit": commit})))
    }
}

impl Asked<'_> {
    /// One page of a list; the list itself may stand in `field`.
    fn gitea_page(&self, items: &[Value], field: Option<&str>, linked: bool) -> Reply {
        let number = |name: &str, default: usize| {
            let text = self.parameter(name);
            text.and_then(|text| text.parse().ok()).unwrap_or(default)
        };
        let (size, page) = (number("limit", 30).min(PAGE), number("page", 1).max(1));
        let from = (size * (page - 1)).min(items.len());
        let until = (from + size).min(items.len());
        let shown = &items[from..until];
        let mut reply = match field {
            Some(field) => Reply::json(200, &json!({"total_count": items.len(), field: shown})),
            None => Reply::json(200, &json!(shown)),
        };
        let headers = &mut reply.headers;
        headers.push(("x-total-count", items.len().to_string()));
        if linked && until < items.len() {
            let link = format!(
                "<{CONFIGURED}{}?page={}&limit={size}>; rel=\"next\",<{CONFIGURED}/>; rel=\"last\"",
                self.path,
                page + 1
            );
            headers.push(("link", link));
        }
        reply
    }
}

impl Repo {
    fn gitea_get(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let found = |value: Value| Some(Reply::json(200, &value));
        match rest {
            [] => found(self.gitea_json()),
            ["issues"] => Some(asked.gitea_page(&self.gitea_issues(asked), None, true)),
            ["issues", "comments"] => {
                let all = self.comments.keys();
                let comments: Vec<Value> = all
                    .filter_map(|id| self.gitea_comment(*id))
                    .filter(|comment| is_since(comment, asked))
                    .collect();
                Some(asked.gitea_page(&comments, None, false))
            }
            ["issues", number] => found(self.gitea_issue(number.parse().ok()?)?),
            ["issues", number, "timeline"] => {
                let events = self.issue_events.get(&number.parse().ok()?)?.iter();
                let entries: Vec<Value> = events
                    .map(|event| {
                        let kind = if event["event"] == "reopened" {
                            "reopen"
                        } else {
                            "close"
                        };
                        json!({
                            "type": kind,
                            "created_at": event["created_at"],
                            "user": event["actor"],
                        })
                    })
                    .collect();
                Some(asked.gitea_page(&entries, None, false))
            }
            ["issues", number, "comments"] => {
                let number = number.parse().ok()?;
                self.issues.get(&number)?;
                let of: Vec<Value> = self
                    .comments
                    .iter()
                    .filter(|(_, comment)| number_of(comment) == Some(number))
                    .filter_map(|(id, _)| self.gitea_comment(*id))
                    .collect();
                // This one list knows no pages.
                found(of.into())
            }
            ["pulls"] => {
                let state = asked.parameter("state").unwrap_or_else(|| "open".into());
                let pulls: Vec<Value> = self
                    .pulls
                    .keys()
                    .rev()
                    .filter_map(|number| self.gitea_pull(*number))
                    .filter(|pull| state == "all" || pull["state"] == *state)
                    .collect();
                Some(asked.gitea_page(&pulls, None, true))
            }
            ["pulls", number] => match number.strip_suffix(".diff") {
                Some(number) => {
                    let (from, to) = self.range(number.parse().ok()?)?;
                    Some(Reply::text(self.gitea_diff(Some(from), to)))
                }
                None => found(self.gitea_pull(number.parse().ok()?)?),
            },
            ["pulls", number, "reviews"] => {
                let reviews = self.gitea_reviews(number.parse().ok()?);
                Some(asked.gitea_page(&reviews, None, false))
            }
            ["pulls", number, "commits"] => {
                let (from, to) = self.range(number.parse().ok()?)?;
                let mut commits: Vec<Value> = self
                    .between(from, to)
                    .iter()
                    .map(|oid| self.gitea_commit(*oid))
                    .collect();
                commits.reverse();
                Some(asked.gitea_page(&commits, None, true))
            }
            ["releases"] => Some(asked.gitea_page(&self.releases, None, true)),
            ["branches", branch @ ..] => found(self.gitea_branch(&branch.join("/"))?),
            ["git", "refs", "heads"] => found(self.gitea_refs()),
            ["git", "commits", sha] => match sha.strip_suffix(".diff") {
                Some(sha) => {
                    let to = self.resolve(sha)?;
                    let parent = self.git.find_commit(to).ok()?.parent_id(0).ok();
                    Some(Reply::text(self.gitea_diff(parent, to)))
                }
                None => found(self.gitea_commit(self.resolve(sha)?)),
            },
            ["git", "trees", sha] => {
                found(self.tree_json(sha, asked.parameter("recursive").is_some())?)
            }
            ["commits", sha, "status"] => {
                let statuses = self.gitea_statuses(&self.resolve(sha)?.to_string());
                Some(asked.gitea_page(&statuses, Some("statuses"), true))
            }
            ["compare", range @ ..] => {
                let range = range.join("/");
                let (from, to) = range.split_once("...")?;
                let (from, to) = (self.resolve(from)?, self.resolve(to)?);
                let mut commits: Vec<Value> = self
                    .between(from, to)
                    .iter()
                    .map(|oid| self.gitea_commit(*oid))
                    .collect();
                commits.reverse();
                found(json!({"total_commits": commits.len(), "commits": commits}))
            }
            ["raw", path @ ..] => {
                let text = self.text(&asked.parameter("ref")?, &path.join("/"))?;
                Some(Reply::text(text))
            }
            ["contents", path @ ..] => {
                found(self.gitea_contents(&asked.parameter("ref")?, &path.join("/"))?)
            }
            ["actions", "runs"] => {
                let runs: Vec<Value> = self
                    .runs
                    .keys()
                    .rev()
                    .filter_map(|id| self.gitea_run(*id))
                    .collect();
                Some(asked.gitea_page(&runs, Some("workflow_runs"), true))
            }
            ["actions", "runs", id, "jobs"] => {
                let id: u64 = id.parse().ok()?;
                let attempt = self.runs.get(&id)?["run_attempt"].as_u64()?;
                let jobs = self.jobs.get(&(id, attempt))?;
                Some(asked.gitea_page(jobs, Some("jobs"), true))
            }
            ["actions", "jobs", id, "logs"] => {
                Some(Reply::text(self.logs.get(&id.parse().ok()?)?.clone()))
            }
            _ => self.gitea_look_up_ticket(rest, asked),
        }
    }

    fn gitea_issues(&self, asked: &Asked<'_>) -> Vec<Value> {
        let state = asked.parameter("state").unwrap_or_else(|| "open".into());
        self.issues
            .keys()
            .rev()
            .filter_map(|number| self.gitea_issue(*number))
            .filter(|issue| state == "all" || issue["state"] == *state)
            .filter(|issue| {
                let issues_only = asked.parameter("type").as_deref() == Some("issues");
                !issues_only || issue["pull_request"].is_null()
            })
            .filter(|issue| is_since(issue, asked))
            .collect()
    }

    /// What stands at `path`, as the contents API shows it.
    pub(super) fn gitea_contents(&self, reference: &str, path: &str) -> Option<Value> {
        let tree = self
            .git
            .find_commit(self.resolve(reference)?)
            .ok()?
            .tree()
            .ok()?;
        let entry = tree.get_path(std::path::Path::new(path)).ok()?;
        if entry.kind() == Some(ObjectType::Tree) {
            return Some(json!([]));
        }
        let blob = self.git.find_blob(entry.id()).ok()?;
        Some(json!({
            "type": "file",
            "path": path,
            "sha": entry.id().to_string(),
            "encoding": "base64",
            "content": STANDARD.encode(blob.content()),
        }))
    }

    /// The difference as git writes it.
    fn gitea_diff(&self, from: Option<Oid>, to: Oid) -> Vec<u8> {
        let tree = |oid: Oid| {
            let commit = self.git.find_commit(oid).expect("a commit");
            commit.tree().expect("a commit has a tree")
        };
        let before = from.map(tree);
        let mut diff = self
            .git
            .diff_tree_to_tree(before.as_ref(), Some(&tree(to)), None)
            .expect("two trees");
        diff.find_similar(None).expect("a diff");
        let mut text = Vec::new();
        diff.print(git2::DiffFormat::Patch, |_, _, line| {
            if matches!(line.origin(), ' ' | '+' | '-') {
                text.push(u8::try_from(line.origin()).expect("ASCII"));
            }
            text.extend_from_slice(line.content());
            true
        })
        .expect("a text");
        text
    }
}

fn is_since(thing: &Value, asked: &Asked<'_>) -> bool {
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    let since = asked.parameter("since").and_then(|text| moment(&text));
    let updated = thing["updated_at"].as_str().and_then(moment);
    since.is_none() || updated >= since
}
