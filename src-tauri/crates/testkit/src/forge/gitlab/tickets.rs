//! GitLab's requests about labels, reviewers, texts, related issues, discussions and pipelines retried.

use serde_json::{Value, json};

use super::shapes::{id_of, person};
use crate::forge::answer::{Asked, Reply};
use crate::forge::state::{Repo, World};

impl World {
    /// What a `PUT` changes about an issue or merge request.
    pub(super) fn gitlab_put(
        &mut self,
        name: &str,
        kind: &str,
        number: u64,
        body: &Value,
    ) -> Option<Reply> {
        if !self.repo(name).gitlab_has(kind, number) {
            return Some(Reply::error(404, "404 Not found"));
        }
        match body["state_event"].as_str() {
            Some("close") => self.set_state(name, number, "closed"),
            Some("reopen") => self.set_state(name, number, "open"),
            _ => {}
        }
        let listed = |field: &str| -> Vec<String> {
            let text = body[field].as_str().unwrap_or_default();
            let names = text.split(',').filter(|name| !name.is_empty());
            names.map(Into::into).collect()
        };
        for label in listed("add_labels") {
            self.label(name, number, &label);
        }
        for label in listed("remove_labels") {
            self.unlabel(name, number, &label);
        }
        if let Some(text) = body["description"].as_str() {
            self.set_body(name, number, text);
        }
        if let Some(ids) = body["reviewer_ids"].as_array() {
            let mut wanted: Vec<&str> = self.people.clone();
            wanted.retain(|login| ids.iter().any(|id| *id == id_of(login)));
            wanted.truncate(self.most_reviewers);
            for login in self.people.clone() {
                if wanted.contains(&login) {
                    self.ask_to_review(name, number, login);
                } else {
                    self.ask_no_longer(name, number, login);
                }
            }
        }
        let repo = self.repo(name);
        let shown = match kind {
            "issues" => repo.gitlab_issue(number),
            _ => repo.gitlab_merge(number),
        };
        Some(Reply::json(200, &shown?))
    }

    pub(super) fn gitlab_change_ticket(
        &mut self,
        name: &str,
        rest: &[&str],
        asked: &Asked<'_>,
    ) -> Option<Reply> {
        let login = self.login.clone();
        let body = &asked.body;
        let not_found = || Some(Reply::error(404, "404 Not Found"));
        match (asked.method.as_str(), rest) {
            ("POST", ["issues"]) => {
                let text = body["description"].as_str().unwrap_or_default();
                let number = self.open_issue(name, body["title"].as_str()?, text, &login);
                let labels = body["labels"].as_str().unwrap_or_default();
                for label in labels.split(',').filter(|label| !label.is_empty()) {
                    self.label(name, number, label);
                }
                Some(Reply::json(201, &self.repo(name).gitlab_issue(number)?))
            }
            ("POST", ["issues", _, "links"]) if !self.links_issues => not_found(),
            ("POST", ["issues", parent, "links"]) => {
                let parent = parent.parse().ok()?;
                let repo = self.repo(name);
                let (there, part) = (
                    body["target_project_id"].as_str()?,
                    body["target_issue_iid"].as_u64()?,
                );
                if there != repo.full_name && there != repo.id.to_string() {
                    return not_found();
                }
                if repo.parts(parent).contains(&part) {
                    return Some(Reply::error(409, "Issue(s) already assigned"));
                }
                repo.add_part(parent, part);
                Some(Reply::json(201, &json!({"link_type": "relates_to"})))
            }
            ("POST", ["merge_requests", number, "discussions"]) => {
                let number = number.parse().ok()?;
                let position = &body["position"];
                let repo = self.repo(name);
                let refs = &repo.gitlab_merge(number)?["diff_refs"];
                let same = ["base_sha", "start_sha", "head_sha"]
                    .iter()
                    .all(|one| position[one] == refs[one]);
                if !same {
                    let message = "400 Bad request - Note {:line_code=>[\"can't be blank\"]}";
                    return Some(Reply::error(400, message));
                }
                let place = json!({
                    "path": position["new_path"].as_str()?,
                    "line": position["new_line"].as_u64()?,
                    "commit_id": position["head_sha"],
                });
                let text = body["body"].as_str()?;
                let id = self.comment_on_line(name, number, &login, place, text);
                let note = json!({"id": id, "body": text, "author": person(&login)});
                Some(Reply::json(201, &json!({"id": "d", "notes": [note]})))
            }
            ("POST", ["pipelines", id, "retry"]) => {
                let id = id.parse().ok()?;
                if self.repo(name).runs.get(&id)?["status"] != "completed" {
                    return Some(Reply::error(403, "403 Forbidden"));
                }
                self.run_again(name, id);
                Some(Reply::json(201, &self.repo(name).gitlab_pipeline(id)?))
            }
            _ => not_found(),
        }
    }

    /// The users of this name.
    pub(super) fn gitlab_users(&self, asked: &Asked<'_>) -> Reply {
        let wanted = asked.parameter("username").unwrap_or_default();
        let found = self.people.iter().filter(|login| **login == wanted);
        let shown: Vec<Value> = found.map(|login| person(login)).collect();
        Reply::json(200, &shown.into())
    }
}

impl Repo {
    pub(super) fn gitlab_look_up_ticket(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        match rest {
            ["issues", parent, "links"] => {
                let parts = self.parts(parent.parse().ok()?);
                let shown: Vec<Value> = parts
                    .iter()
                    .filter_map(|part| self.gitlab_issue(*part))
                    .collect();
                Some(asked.page(&shown, None))
            }
            _ => None,
        }
    }

    /// Comments on lines, in the shape of other comments.
    pub(super) fn gitlab_line_notes(&self, number: u64) -> Vec<Value> {
        let of = self.line_comments.values().rev();
        let of = of.filter(|(pull, _)| *pull == number);
        of.map(|(_, comment)| {
            json!({
                "id": comment["id"],
                "type": "DiffNote",
                "body": comment["body"],
                "author": person(comment["user"]["login"].as_str().unwrap_or_default()),
                "created_at": comment["created_at"],
                "updated_at": comment["updated_at"],
                "system": false,
                "noteable_type": "MergeRequest",
                "noteable_iid": number,
            })
        })
        .collect()
    }
}
