//! Bitbucket's requests about reviewers, issues, comments on lines and pipelines started again.

use serde_json::{Value, json};

use super::problem;
use super::shapes::{date, person, uuid};
use crate::forge::answer::{Asked, Reply};
use crate::forge::state::{Repo, World};

impl World {
    pub(super) fn bitbucket_change_ticket(
        &mut self,
        name: &str,
        rest: &[&str],
        asked: &Asked<'_>,
    ) -> Option<Reply> {
        let login = self.login.clone();
        let body = &asked.body;
        match (asked.method.as_str(), rest) {
            ("PUT", ["pullrequests", number]) => {
                let number = number.parse().ok()?;
                body["title"].as_str()?;
                if self.repo(name).pull(number)["state"] != "open" {
                    return Some(problem(400, "Only open pull requests can be mutated"));
                }
                let wanted: Vec<&Value> = body["reviewers"].as_array()?.iter().collect();
                let people: Vec<&str> = self.people.clone();
                let known = |login: &&str| {
                    wanted
                        .iter()
                        .any(|one| one["uuid"] == person(login)["uuid"])
                };
                for login in &people {
                    if known(login) {
                        self.ask_to_review(name, number, login);
                    } else {
                        self.ask_no_longer(name, number, login);
                    }
                }
                Some(Reply::json(200, &self.repo(name).bitbucket_pull(number)?))
            }
            ("POST", ["issues"]) => {
                let text = body.pointer("/content/raw")?.as_str()?;
                let number = self.open_issue(name, body["title"].as_str()?, text, &login);
                Some(Reply::json(201, &self.repo(name).bitbucket_issue(number)?))
            }
            ("PUT", ["issues", number]) => {
                let number = number.parse().ok()?;
                self.repo(name).bitbucket_issue(number)?;
                if let Some(state) = body["state"].as_str() {
                    let closed = !matches!(state, "new" | "open" | "on hold");
                    self.set_state(name, number, if closed { "closed" } else { "open" });
                    for thing in self.repo(name).things(number) {
                        thing["state_reason"] = state.into();
                    }
                }
                if let Some(text) = body.pointer("/content/raw").and_then(Value::as_str) {
                    self.set_body(name, number, text);
                }
                Some(Reply::json(200, &self.repo(name).bitbucket_issue(number)?))
            }
            ("POST", ["pipelines"]) => {
                let target = &body["target"];
                if target["type"] != "pipeline_ref_target" {
                    return None;
                }
                let run = self.newest_run(name);
                let repo = self.repo(name);
                let same = repo.run(run)["head_sha"] == target["commit"]["hash"];
                if !same || repo.head(target["ref_name"].as_str()?).is_none() {
                    return None;
                }
                let made = self.run_anew(name, run);
                Some(Reply::json(201, &self.repo(name).bitbucket_pipeline(made)?))
            }
            _ => Some(problem(404, "Resource not found")),
        }
    }

    /// A comment on a line of a pull request's change.
    pub(super) fn bitbucket_comment_on_line(
        &mut self,
        name: &str,
        number: u64,
        body: &Value,
    ) -> Option<Reply> {
        let (login, inline) = (self.login.clone(), &body["inline"]);
        let place = json!({
            "path": inline["path"].as_str()?,
            "line": inline["to"].as_u64()?,
            "start_line": inline["start_to"],
        });
        let text = body.pointer("/content/raw")?.as_str()?;
        let id = self.comment_on_line(name, number, &login, place, text);
        let listed = self.repo(name).bitbucket_line_comments(number);
        let made = listed.iter().find(|one| one["id"] == id)?;
        Some(Reply::json(201, made))
    }
}

impl Repo {
    /// Comments on lines of this pull request's change.
    pub(super) fn bitbucket_line_comments(&self, number: u64) -> Vec<Value> {
        let of = self
            .line_comments
            .iter()
            .filter(|(_, (of, _))| *of == number);
        of.map(|(id, (_, comment))| {
            json!({
                "id": id,
                "content": {"raw": comment["body"]},
                "inline": {"path": comment["path"], "to": comment["line"]},
                "user": person(comment["user"]["login"].as_str().unwrap_or_default()),
                "deleted": false,
                "created_on": date(&comment["created_at"]),
                "updated_on": date(&comment["updated_at"]),
                "links": {"html": {"href": format!("{}/pull-requests/{number}#comment-{id}", self.bitbucket_page())}},
                "pullrequest": {"id": number, "uuid": uuid(number)},
            })
        })
        .collect()
    }
}
