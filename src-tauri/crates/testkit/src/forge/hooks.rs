//! Webhooks at the stub: made, changed and removed as each forge's API does it, and what GitHub keeps of those it sent.

use serde_json::{Value, json};

use super::answer::{Asked, Reply};
use super::state::{Speaks, World};

impl World {
    /// Answers a request below a repository's `hooks`; nothing when it is about something else.
    pub(super) fn hooks(&mut self, name: &str, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let ["hooks", rest @ ..] = rest else {
            return None;
        };
        if !self.administers {
            return Some(match self.speaks {
                Speaks::GitHub => Reply::error(404, "Not Found"),
                Speaks::DataCenter => Reply::error(401, "You are not permitted to do this"),
                _ => Reply::error(403, "403 Forbidden"),
            });
        }
        let missing = || Reply::error(404, "Not Found");
        let number = |text: &str| bare(text).parse::<u64>().unwrap_or_default();
        Some(match (asked.method.as_str(), rest) {
            ("GET", []) => {
                let hooks = self.repo(name).hooks.values();
                let hooks: Vec<Value> = hooks.map(|(hook, _)| hook.clone()).collect();
                match self.speaks {
                    Speaks::DataCenter => asked.started_page(&hooks),
                    Speaks::Bitbucket => asked.values(&hooks)?,
                    _ => asked.page(&hooks, None),
                }
            }
            ("POST", []) => {
                let id = self.id();
                self.set_hook(name, id, &asked.body);
                Reply::json(201, &self.repo(name).hooks[&id].0)
            }
            ("PATCH" | "PUT", [hook]) => {
                let id = number(hook);
                if !self.repo(name).hooks.contains_key(&id) {
                    return Some(missing());
                }
                self.set_hook(name, id, &asked.body);
                Reply::json(200, &self.repo(name).hooks[&id].0)
            }
            ("DELETE", [hook]) => match self.repo(name).hooks.remove(&number(hook)) {
                Some(_) => Reply::none(),
                None => missing(),
            },
            ("GET", [hook, "deliveries"]) => match self.repo(name).hooks.get(&number(hook)) {
                Some((_, kept)) => {
                    let kept: Vec<Value> = kept.iter().rev().map(summary).collect();
                    asked.page(&kept, None)
                }
                None => missing(),
            },
            ("GET", [hook, "deliveries", id]) => {
                let id = number(id);
                let hooks = &self.repo(name).hooks;
                let kept = hooks.get(&number(hook)).map(|(_, kept)| kept.iter());
                let found = kept.and_then(|mut kept| kept.find(|one| one["id"] == id));
                found.map_or_else(missing, |found| Reply::json(200, found))
            }
            ("POST", [hook, "deliveries", id, "attempts"]) => {
                let asked_for = (number(hook), number(id));
                self.repo(name).sent_again.push(asked_for);
                Reply::json(202, &json!({}))
            }
            _ => return None,
        })
    }

    /// The webhook as the forge would write it down. What is not said stays as it was.
    fn set_hook(&mut self, name: &str, id: u64, body: &Value) {
        let signs = self.signs_webhooks;
        let speaks = self.speaks;
        let repo = self.repo(name);
        let (hook, _) = repo.hooks.entry(id).or_insert_with(|| {
            if speaks == Speaks::Bitbucket {
                return (json!({"uuid": format!("{{{id}}}"), "active": true}), Vec::new());
            }
            let name = json!({"id": id, "name": "web", "type": "gitea", "active": true, "alert_status": "executable"});
            (name, Vec::new())
        });
        let mut secret = None;
        for (field, value) in body.as_object().into_iter().flatten() {
            match (field.as_str(), speaks) {
                ("configuration", Speaks::DataCenter) => {
                    secret = value["secret"].as_str().map(Into::into);
                }
                ("secret", Speaks::Bitbucket) => {
                    hook["secret_set"] = true.into();
                    secret = value.as_str().map(Into::into);
                }
                ("config", _) => {
                    let mut shown = value.clone();
                    if let Some(given) = shown["secret"].as_str() {
                        secret = Some(given.to_owned());
                        shown["secret"] = "********".into();
                    }
                    hook["config"] = shown;
                }
                ("token", Speaks::GitLab) => secret = value.as_str().map(Into::into),
                ("signing_token", Speaks::GitLab) => {
                    hook["signing_token_present"] = signs.into();
                    secret = value.as_str().filter(|_| signs).map(Into::into);
                }
                _ => hook[field] = value.clone(),
            }
        }
        if let Some(secret) = secret {
            repo.hook_secrets.insert(id, secret);
        }
    }

    /// GitHub sends a webhook and keeps it with what was answered. Returns the number it is kept by.
    pub fn github_keep(
        &mut self,
        name: &str,
        hook: u64,
        event: &str,
        guid: &str,
        status: u16,
        payload: &Value,
    ) -> u64 {
        let (id, now) = (self.id(), self.now.to_string());
        let repo = self.repo(name);
        let repository_id = repo.id;
        let (_, kept) = repo.hooks.get_mut(&hook).expect("the webhook was made");
        kept.push(json!({
            "id": id,
            "guid": guid,
            "delivered_at": now,
            "redelivery": kept.iter().any(|one| one["guid"] == guid),
            "status": if (200..300).contains(&status) { "OK" } else { "failed to connect to host" },
            "status_code": status,
            "event": event,
            "action": payload["action"],
            "repository_id": repository_id,
            "request": {
                "headers": {"X-GitHub-Event": event, "X-GitHub-Delivery": guid},
                "payload": payload,
            },
            "response": {"headers": {}, "payload": ""},
        }));
        id
    }

    /// A webhook to `url` that was made by hand; returns its number.
    pub fn add_hook(&mut self, name: &str, url: &str) -> u64 {
        let id = self.id();
        let body = match self.speaks {
            Speaks::GitLab | Speaks::Bitbucket | Speaks::DataCenter => json!({"url": url}),
            Speaks::GitHub | Speaks::Gitea => json!({"config": {"url": url}}),
        };
        self.set_hook(name, id, &body);
        id
    }
}

/// The number in an id, which Bitbucket writes in braces.
fn bare(id: &str) -> &str {
    id.trim_matches(['{', '}'])
}

/// A kept delivery as the list shows it.
fn summary(kept: &Value) -> Value {
    let mut shown = kept.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.remove("request");
        fields.remove("response");
    }
    shown
}
