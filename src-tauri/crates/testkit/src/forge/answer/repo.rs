//! What is in a repository of the stub, as GitHub's API and Gitea's show it. Changes are not answered here.

use super::*;

impl Repo {
    pub(super) fn get(&mut self, rest: &[&str], asked: &Asked<'_>) -> Reply {
        self.look_up(rest, asked)
            .unwrap_or_else(|| Reply::error(404, "Not Found"))
    }

    fn look_up(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let found = |value: Value| Some(Reply::json(200, &value));
        match rest {
            [] => found(self.json()),
            ["issues"] => Some(asked.page(&self.listed(self.issues.values(), asked), None)),
            ["pulls"] => Some(asked.page(&self.listed(self.pulls.values(), asked), None)),
            ["issues", "comments"] => {
                Some(asked.page(&newest_first(self.comments.values().cloned()), None))
            }
            ["issues", number] => found(self.issues.get(&number.parse().ok()?)?.clone()),
            ["issues", number, "events"] => {
                let events = self.issue_events.get(&number.parse().ok()?);
                Some(asked.page(events.map_or(&[], Vec::as_slice), None))
            }
            ["issues", number, "comments"] => {
                let number = number.parse().ok()?;
                self.issues.get(&number)?;
                let of: Vec<Value> = self
                    .comments
                    .values()
                    .filter(|comment| number_of(comment) == Some(number))
                    .cloned()
                    .collect();
                Some(asked.page(&of, None))
            }
            ["pulls", number] => found(self.pulls.get(&number.parse().ok()?)?.clone()),
            ["pulls", number, "reviews"] => {
                let reviews = self.reviews.get(&number.parse().ok()?);
                Some(asked.page(reviews.map_or(&[], Vec::as_slice), None))
            }
            ["pulls", number, part @ ("files" | "commits")] => {
                let (from, to) = self.range(number.parse().ok()?)?;
                let items = if *part == "files" {
                    self.files(Some(from), to)
                } else {
                    let commits = self.between(from, to);
                    commits.iter().map(|oid| self.commit_json(*oid)).collect()
                };
                Some(asked.page(&items, None))
            }
            ["releases"] => Some(asked.page(&self.releases, None)),
            ["check-runs", id] => {
                let id: u64 = id.parse().ok()?;
                found(self.checks.iter().find(|check| check["id"] == id)?.clone())
            }
            ["check-runs", _, "annotations"] => Some(asked.page(
                &[json!({
                    "path": "src/lib.rs",
                    "start_line": 3,
                    "annotation_level": "failure",
                    "message": "broken here",
                })],
                None,
            )),
            ["commits", rest @ ..] => self.commits(rest, asked),
            ["git", rest @ ..] => self.git_data(rest, asked),
            ["actions", part @ ..] => self
                .actions(part, asked)
                .or_else(|| self.look_up_ticket(rest, asked)),
            ["compare", range] => {
                let (from, to) = range.split_once("...")?;
                found(self.compare(self.resolve(from)?, self.resolve(to)?))
            }
            ["contents", path @ ..] => {
                let text = self.text(&asked.parameter("ref")?, &path.join("/"))?;
                asked.raw.then(|| Reply::text(text))
            }
            _ => self.look_up_ticket(rest, asked),
        }
    }

    fn commits(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let oid = self.resolve(rest.first()?)?;
        let sha = oid.to_string();
        match &rest[1..] {
            [] => {
                let mut commit = self.commit_json(oid);
                let parent = self.git.find_commit(oid).ok()?.parent_id(0).ok();
                commit["files"] = self.files(parent, oid).into();
                Some(Reply::json(200, &commit))
            }
            ["check-runs"] => {
                let of: Vec<Value> = self
                    .checks
                    .iter()
                    .filter(|check| check["head_sha"] == *sha)
                    .cloned()
                    .collect();
                Some(asked.page(&of, Some("check_runs")))
            }
            ["status"] => {
                let mut latest: Vec<Value> = Vec::new();
                for status in self.statuses.iter().filter(|status| status["sha"] == *sha) {
                    let known = latest.iter().any(|one| one["context"] == status["context"]);
                    if !known {
                        let mut shown = status.clone();
                        shown.as_object_mut()?.shift_remove("sha");
                        latest.push(shown);
                    }
                }
                let any = |state: &str| latest.iter().any(|status| status["state"] == state);
                let state = if any("failure") || any("error") {
                    "failure"
                } else if any("pending") || latest.is_empty() {
                    "pending"
                } else {
                    "success"
                };
                let combined = json!({
                    "sha": sha,
                    "state": state,
                    "total_count": latest.len(),
                    "statuses": latest,
                });
                Some(Reply::json(200, &combined))
            }
            _ => None,
        }
    }

    fn git_data(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let value = match rest {
            ["matching-refs", "heads"] => {
                let mut names = self.branches();
                names.sort();
                names
                    .iter()
                    .filter_map(|branch| Some(reference(branch, &self.head(branch)?)))
                    .collect()
            }
            ["ref", name] => {
                let branch = name.strip_prefix("heads/")?;
                reference(branch, &self.head(branch)?)
            }
            ["commits", sha] => self.git_commit_json(sha)?,
            ["trees", sha] => self.tree_json(sha, asked.parameter("recursive").is_some())?,
            ["blobs", sha] => {
                let blob = self.git.find_blob(Oid::from_str(sha).ok()?).ok()?;
                // GitHub breaks the lines of its base64 as MIME does.
                let packed = STANDARD.encode(blob.content());
                let lines: Vec<&str> = packed
                    .as_bytes()
                    .chunks(60)
                    .filter_map(|line| std::str::from_utf8(line).ok())
                    .collect();
                json!({"sha": sha, "encoding": "base64", "content": lines.join("\n")})
            }
            _ => return None,
        };
        Some(Reply::json(200, &value))
    }

    fn actions(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let wanted = |run: &&Value| {
            let same = |name: &str, field: &str| {
                asked
                    .parameter(name)
                    .is_none_or(|value| run[field] == *value)
            };
            let state = asked
                .parameter("status")
                .is_none_or(|state| run["status"] == *state || run["conclusion"] == *state);
            state && same("head_sha", "head_sha") && same("branch", "head_branch")
        };
        match rest {
            ["runs"] | ["workflows", _, "runs"] => {
                let runs: Vec<Value> = self.runs.values().rev().filter(wanted).cloned().collect();
                Some(asked.page(&runs, Some("workflow_runs")))
            }
            ["runs", id, "attempts", attempt, "jobs"] => {
                let key = (id.parse().ok()?, attempt.parse().ok()?);
                Some(asked.page(self.jobs.get(&key)?, Some("jobs")))
            }
            ["jobs", id, "logs"] => {
                self.logs.get(&id.parse().ok()?)?;
                let storage = asked.storage?;
                let at = format!("http://{storage}/logs/{}/{id}?signature=s", self.full_name);
                Some(Reply {
                    status: 302,
                    headers: vec![("location", at)],
                    body: Vec::new(),
                })
            }
            _ => None,
        }
    }

    /// Where a pull request parted from its base, and its head.
    pub(in crate::forge) fn range(&self, number: u64) -> Option<(Oid, Oid)> {
        let pull = self.pulls.get(&number)?;
        let head = self.resolve(pull["head"]["sha"].as_str()?)?;
        let base = self.resolve(pull["base"]["ref"].as_str()?)?;
        Some((self.git.merge_base(base, head).ok()?, head))
    }

    fn listed<'a>(&self, things: impl Iterator<Item = &'a Value>, asked: &Asked<'_>) -> Vec<Value> {
        let state = asked.parameter("state").unwrap_or_else(|| "open".into());
        let head = asked.parameter("head");
        let owner = self.full_name.split('/').next().unwrap_or_default();
        newest_first(
            things
                .filter(|thing| state == "all" || thing["state"] == *state)
                .filter(|thing| {
                    head.as_ref().is_none_or(|head| {
                        let branch = thing["head"]["ref"].as_str().unwrap_or_default();
                        *head == format!("{owner}:{branch}")
                    })
                })
                .cloned(),
        )
    }
}

fn newest_first(things: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut things: Vec<Value> = things.collect();
    things.sort_by_key(|thing| {
        let updated = thing["updated_at"].as_str().unwrap_or_default().to_owned();
        (updated, thing["id"].as_u64())
    });
    things.reverse();
    things
}

pub(in crate::forge) fn number_of(comment: &Value) -> Option<u64> {
    comment["issue_url"]
        .as_str()?
        .rsplit('/')
        .next()?
        .parse()
        .ok()
}

pub(super) fn reference(branch: &str, sha: &str) -> Value {
    json!({"ref": format!("refs/heads/{branch}"), "object": {"type": "commit", "sha": sha}})
}
