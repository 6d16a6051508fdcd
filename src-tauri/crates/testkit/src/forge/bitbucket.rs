//! The REST API of Bitbucket Cloud over the stub's state: its addresses, its shapes, its pages.
//!
//! As there, nothing carries validators, hashes of pull requests are cut to 12 digits, and issues and pull requests
//! are counted together only here: each is found among its own kind alone.

mod hooks;
mod shapes;
mod tickets;

use git2::{ObjectType, Oid};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use self::shapes::{date, person, uuid};
use super::answer::{Asked, Reply, number_of};
use super::state::{Repo, World};
use super::world::{stamp, touch};

impl World {
    pub(super) fn bitbucket(&mut self, parts: &[&str], asked: &Asked<'_>) -> Reply {
        let mut reply = match parts {
            ["2.0", "user"] => Reply::json(200, &person(&self.login)),
            ["2.0", "workspaces", _, "members"] => {
                let member = |login: &&str| json!({"user": person(login)});
                let members: Vec<Value> = self.people.iter().map(member).collect();
                asked
                    .values(&members)
                    .unwrap_or_else(|| problem(404, "Not found"))
            }
            ["2.0", "repositories", owner, name, rest @ ..] => {
                self.bitbucket_repository(&format!("{owner}/{name}"), rest, asked)
            }
            ["storage", owner, name, step] => {
                let log = self.find(&format!("{owner}/{name}")).and_then(|repo| {
                    let step = step.parse::<u64>().ok()?;
                    repo.logs.get(&step).cloned()
                });
                log.map_or_else(|| problem(404, "Not found"), Reply::text)
            }
            _ => problem(404, "Resource not found"),
        };
        let scopes = self.scopes.join(", ");
        reply.headers.push(("x-oauth-scopes", scopes));
        reply.dated(self.now);
        reply
    }

    fn bitbucket_repository(&mut self, name: &str, rest: &[&str], asked: &Asked<'_>) -> Reply {
        let has_issues = self.has_issues;
        let Some(repo) = self.find(name) else {
            return problem(404, &format!("Repository {name} not found"));
        };
        let name = repo.full_name.clone();
        if let Some(reply) = self.hooks(&name, rest, asked) {
            return reply;
        }
        let Some(repo) = self.find(&name) else {
            return problem(404, "Repository not found");
        };
        if rest.first() == Some(&"issues") && !has_issues {
            return problem(404, "Repository has no issue tracker.");
        }
        if *asked.method == Method::GET {
            return repo
                .bitbucket_get(rest, asked)
                .unwrap_or_else(|| problem(404, "Resource not found"));
        }
        let writes = |what: &str| self.scopes.contains(&what);
        let allowed = match rest.first() {
            Some(&"pullrequests") => writes("pullrequest:write"),
            Some(&"issues") => writes("issue:write"),
            Some(&"pipelines") => writes("pipeline:write"),
            _ => writes("repository:write"),
        };
        if !allowed {
            return problem(
                403,
                "Your credentials lack one or more required privilege scopes.",
            );
        }
        if self.repo(&name).archived {
            return problem(403, "This repository is archived and read-only.");
        }
        self.bitbucket_change(&name, rest, asked)
            .unwrap_or_else(|| problem(400, "Bad request"))
    }

    /// Requests that change something; nothing when the request makes no sense.
    fn bitbucket_change(&mut self, name: &str, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let (now, login) = (self.now, self.login.clone());
        let body = &asked.body;
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        match (asked.method.as_str(), rest) {
            ("POST", ["src"]) => self.bitbucket_commit(name, &asked.form, &login, now),
            ("DELETE", ["refs", "branches", branch @ ..]) => {
                let (repo, branch) = (self.repo(name), branch.join("/"));
                let Ok(mut found) = repo.git.find_reference(&format!("refs/heads/{branch}")) else {
                    return Some(problem(404, "Branch not found"));
                };
                found.delete().ok()?;
                Some(Reply::none())
            }
            ("POST", ["pullrequests"]) => {
                let branch = text("/source/branch/name")?.to_owned();
                let repo = self.repo(name);
                let at = repo.head(&branch)?;
                repo.head(text("/destination/branch/name")?)?;
                let own = repo.json();
                let number = self.add_pull(name, &at, &branch, &own, text("/title")?, &login);
                let pull = self.repo(name).pulls.get_mut(&number)?;
                pull["body"] = body["description"].clone();
                pull["draft"] = body["draft"].clone();
                pull["base"]["ref"] = body["destination"]["branch"]["name"].clone();
                Some(Reply::json(201, &self.repo(name).bitbucket_pull(number)?))
            }
            ("POST", ["pullrequests", number, "decline"]) => {
                let number = number.parse().ok()?;
                self.repo(name).pulls.get(&number)?;
                self.set_state(name, number, "closed");
                Some(Reply::json(200, &self.repo(name).bitbucket_pull(number)?))
            }
            ("POST", [kind @ ("issues" | "pullrequests"), number, "comments"]) => {
                let number = number.parse().ok()?;
                if !self.repo(name).bitbucket_has(kind, number) {
                    return Some(problem(404, "Not found"));
                }
                if body["inline"].is_object() {
                    return self.bitbucket_comment_on_line(name, number, body);
                }
                let id = self.comment(name, number, &login, text("/content/raw")?);
                Some(Reply::json(201, &self.repo(name).bitbucket_comment(id)?))
            }
            ("DELETE", [kind @ ("issues" | "pullrequests"), number, "comments", id]) => {
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
                if !there || !repo.bitbucket_has(kind, number) {
                    return Some(problem(404, "Not found"));
                }
                repo.comments.remove(&id);
                touch(repo, number, &stamp(now));
                Some(Reply::none())
            }
            _ => self.bitbucket_change_ticket(name, rest, asked),
        }
    }

    /// One commit of several files: on a new branch that begins at a commit, or on a branch that stands there.
    fn bitbucket_commit(
        &mut self,
        name: &str,
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
        let parent = Oid::from_str(field("parents")?).ok()?;
        repo.git.find_commit(parent).ok()?;
        if repo
            .head(&branch)
            .is_some_and(|head| head != parent.to_string())
        {
            return Some(problem(409, "The parent is not the branch's head"));
        }
        let files: Vec<(&str, &str)> = form
            .iter()
            .filter_map(|(name, text)| Some((name.strip_prefix('/')?, text.as_str())))
            .collect();
        let made = repo.commit(Some(parent), &files, message, login, now);
        repo.point(&format!("refs/heads/{branch}"), made);
        self.pushed(name, &branch, None, &made.to_string(), message);
        let mut reply = Reply::none();
        reply.status = 201;
        let at = format!("https://api.bitbucket.org/2.0/repositories/{name}/commit/{made}");
        reply.headers.push(("location", at));
        Some(reply)
    }
}

/// An error as Bitbucket writes it.
fn problem(status: u16, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({"type": "error", "error": {"message": message}}),
    )
}

impl Asked<'_> {
    /// One page of a list, with the address of the next.
    pub(super) fn values(&self, items: &[Value]) -> Option<Reply> {
        let number = |name: &str, default: usize| {
            let text = self.parameter(name);
            text.and_then(|text| text.parse().ok()).unwrap_or(default)
        };
        let (size, page) = (number("pagelen", 10).min(100), number("page", 1));
        let from = (size * (page - 1)).min(items.len());
        let until = (from + size).min(items.len());
        let mut listed = json!({"pagelen": size, "values": items[from..until]});
        if until < items.len() {
            let rest: Vec<&str> = self
                .query
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with("page="))
                .collect();
            listed["next"] = format!(
                "http://{}{}?{}&page={}",
                self.api,
                self.path,
                rest.join("&"),
                page + 1
            )
            .into();
        }
        Some(Reply::json(200, &listed))
    }

    /// Members in the order asked for that fit the one condition Perch knows: not older than a moment.
    fn sorted(&self, mut items: Vec<Value>) -> Vec<Value> {
        let moment =
            |item: &Value, field: &str| -> Option<Timestamp> { item[field].as_str()?.parse().ok() };
        if let Some(condition) = self.parameter("q")
            && let Some((field, from)) = condition.split_once(">=")
        {
            let from: Option<Timestamp> = from.trim().trim_matches('"').parse().ok();
            items.retain(|item| moment(item, field.trim()) >= from);
        }
        let sort = self
            .parameter("sort")
            .unwrap_or_else(|| "created_on".into());
        let field = sort.trim_start_matches('-');
        let number = |item: &Value| item["id"].as_u64().or(item["build_number"].as_u64());
        items.sort_by_key(|item| (moment(item, field), number(item)));
        if sort.starts_with('-') {
            items.reverse();
        }
        items
    }
}

impl Repo {
    fn bitbucket_has(&self, kind: &str, number: u64) -> bool {
        self.issues.contains_key(&number)
            && self.pulls.contains_key(&number) == (kind == "pullrequests")
    }

    fn bitbucket_get(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let found = |value: Value| Some(Reply::json(200, &value));
        let number = |text: &str| text.parse::<u64>().ok();
        match rest {
            [] => found(self.bitbucket_json()),
            ["pullrequests"] => {
                let states: Vec<&str> = asked
                    .query
                    .split('&')
                    .filter_map(|pair| pair.strip_prefix("state="))
                    .collect();
                let all = self
                    .pulls
                    .keys()
                    .filter_map(|one| self.bitbucket_pull(*one));
                let all = all.filter(|pull| match states.as_slice() {
                    [] => pull["state"] == "OPEN",
                    states => states.iter().any(|state| pull["state"] == **state),
                });
                asked.values(&asked.sorted(all.collect()))
            }
            ["pullrequests", "activity"] => {
                let deeds = self.deeds.iter().rev();
                let shown: Vec<Value> = deeds
                    .filter_map(|deed| self.bitbucket_activity(deed))
                    .collect();
                asked.values(&shown)
            }
            ["pullrequests", one] => found(self.bitbucket_pull(number(one)?)?),
            ["pullrequests", one, "commits"] => {
                let (from, to) = self.range(number(one)?)?;
                let mut commits = self.bitbucket_commits(from, to);
                commits.reverse();
                asked.values(&commits)
            }
            ["pullrequests", one, "diff"] => {
                let (from, to) = self.range(number(one)?)?;
                // As there, the diff lies at an address of its own.
                let mut reply = Reply::none();
                reply.status = 302;
                let at = format!(
                    "http://{}/2.0/repositories/{}/diff/{to}..{from}",
                    asked.api, self.full_name
                );
                reply.headers.push(("location", at));
                Some(reply)
            }
            ["issues"] => {
                let all = self
                    .issues
                    .keys()
                    .filter_map(|one| self.bitbucket_issue(*one));
                asked.values(&asked.sorted(all.collect()))
            }
            ["issues", one] => found(self.bitbucket_issue(number(one)?)?),
            ["issues", one, "changes"] => {
                let events = self.issue_events.get(&number(one)?);
                let changes = events.into_iter().flatten().map(shapes::change);
                asked.values(&asked.sorted(changes.collect()))
            }
            [kind @ ("issues" | "pullrequests"), one, "comments"] => {
                let of = number(one).filter(|of| self.bitbucket_has(kind, *of))?;
                let comments = self.comments.iter();
                let mut lines = self.bitbucket_line_comments(of);
                let of = comments.filter(|(_, comment)| number_of(comment) == Some(of));
                lines.extend(of.filter_map(|(id, _)| self.bitbucket_comment(*id)));
                asked.values(&asked.sorted(lines))
            }
            ["refs", "branches"] => {
                let mut branches: Vec<Value> = self
                    .branches()
                    .iter()
                    .filter_map(|one| self.bitbucket_branch(one))
                    .collect();
                branches.sort_by_key(|one| one["target"]["date"].as_str().map(ToOwned::to_owned));
                branches.reverse();
                asked.values(&branches)
            }
            ["refs", "branches", branch @ ..] => found(self.bitbucket_branch(&branch.join("/"))?),
            ["commit", sha] => found(self.bitbucket_commit_json(self.short(sha)?)),
            ["commit", sha, "statuses"] => {
                asked.values(&self.bitbucket_statuses(&self.short(sha)?.to_string()))
            }
            ["commits", sha] => {
                let to = self.short(sha)?;
                let from = asked.parameter("exclude").and_then(|one| self.short(&one));
                let mut commits = match from {
                    Some(from) => self.bitbucket_commits(from, to),
                    None => vec![self.bitbucket_commit_json(to)],
                };
                commits.reverse();
                asked.values(&commits)
            }
            ["diff", spec] => {
                let (from, to) = self.bitbucket_range(spec)?;
                Some(Reply::text(self.diff_text(from, to)))
            }
            ["diffstat", spec] => {
                let (from, to) = self.bitbucket_range(spec)?;
                asked.values(&shapes::diffstat(&self.files(from, to)))
            }
            ["src", sha, path @ ..] => self.bitbucket_src(self.short(sha)?, &path.join("/"), asked),
            ["pipelines"] => {
                let branch = asked.parameter("target.branch");
                let all = self
                    .runs
                    .keys()
                    .filter_map(|id| self.bitbucket_pipeline(*id));
                let all = all.filter(|one| {
                    branch
                        .as_ref()
                        .is_none_or(|branch| one["target"]["ref_name"] == **branch)
                });
                asked.values(&asked.sorted(all.collect()))
            }
            ["pipelines", id, "steps"] => asked.values(&self.bitbucket_steps(self.run_of(id)?)?),
            ["pipelines", _, "steps", step, "log"] => {
                let step = step.rsplit('-').next()?.trim_matches('}');
                let step = u64::from_str_radix(step, 16).ok()?;
                self.logs.get(&step)?;
                let mut reply = Reply::none();
                reply.status = 307;
                let at = format!(
                    "http://{}/storage/{}/{step}",
                    asked.storage?, self.full_name
                );
                reply.headers.push(("location", at));
                Some(reply)
            }
            _ => None,
        }
    }

    /// The run that has this uuid.
    fn run_of(&self, id: &str) -> Option<u64> {
        self.runs.keys().copied().find(|run| uuid(*run) == id)
    }

    /// A branch, or a hash that may be cut.
    fn short(&self, name: &str) -> Option<Oid> {
        self.resolve(name).or_else(|| {
            let found = self.git.find_commit_by_prefix(name).ok()?;
            Some(found.id())
        })
    }

    /// `after..before`, or a commit against its parent; of two where they parted counts, as there.
    fn bitbucket_range(&self, spec: &str) -> Option<(Option<Oid>, Oid)> {
        let Some((after, before)) = spec.split_once("..") else {
            let to = self.short(spec)?;
            return Some((self.git.find_commit(to).ok()?.parent_id(0).ok(), to));
        };
        let (to, from) = (self.short(after)?, self.short(before)?);
        Some((self.git.merge_base(from, to).ok(), to))
    }

    pub(super) fn diff_text(&self, from: Option<Oid>, to: Oid) -> String {
        let tree = |oid: Oid| {
            let commit = self.git.find_commit(oid).expect("a commit");
            commit.tree().expect("a commit has a tree")
        };
        let before = from.map(tree);
        let diff = self
            .git
            .diff_tree_to_tree(before.as_ref(), Some(&tree(to)), None)
            .expect("two trees");
        let mut text = String::new();
        diff.print(git2::DiffFormat::Patch, |_, _, line| {
            if matches!(line.origin(), '+' | '-' | ' ') {
                text.push(line.origin());
            }
            text.push_str(&String::from_utf8_lossy(line.content()));
            true
        })
        .expect("a diff");
        text
    }

    fn bitbucket_src(&self, commit: Oid, path: &str, asked: &Asked<'_>) -> Option<Reply> {
        let path = path.trim_matches('/');
        let tree = self.git.find_commit(commit).ok()?.tree().ok()?;
        if path.is_empty() {
            let listed = self.tree_json(&tree.id().to_string(), true)?;
            let entries: Vec<Value> = listed["tree"]
                .as_array()?
                .iter()
                .map(|entry| {
                    let is_file = entry["type"] == "blob";
                    let kind = if is_file {
                        "commit_file"
                    } else {
                        "commit_directory"
                    };
                    json!({"type": kind, "path": entry["path"]})
                })
                .collect();
            return asked.values(&entries);
        }
        let entry = tree.get_path(std::path::Path::new(path)).ok()?;
        let is_file = entry.kind() == Some(ObjectType::Blob);
        if asked.parameter("format").as_deref() == Some("meta") {
            let kind = if is_file {
                "commit_file"
            } else {
                "commit_directory"
            };
            let attributes = match entry.filemode() {
                0o120_000 => vec!["link"],
                0o100_755 => vec!["executable"],
                _ => Vec::new(),
            };
            let meta = json!({"type": kind, "path": path, "attributes": attributes});
            return Some(Reply::json(200, &meta));
        }
        let blob = self.git.find_blob(entry.id()).ok()?;
        Some(Reply::text(blob.content()))
    }

    fn bitbucket_commits(&self, from: Oid, to: Oid) -> Vec<Value> {
        let between = self.between(from, to);
        between
            .iter()
            .map(|oid| self.bitbucket_commit_json(*oid))
            .collect()
    }

    fn bitbucket_branch(&self, branch: &str) -> Option<Value> {
        let head = Oid::from_str(&self.head(branch)?).ok()?;
        let mut target = self.bitbucket_commit_json(head);
        target["date"] = date(&target["date"]);
        Some(json!({"type": "branch", "name": branch, "target": target}))
    }
}
