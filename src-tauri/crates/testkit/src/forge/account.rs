//! The account behind the stub's token: what it sees, what is said of the token, and how a device gets one.

use serde_json::{Value, json};

use super::answer::{Asked, Reply};
use super::state::{Speaks, World};

impl World {
    /// Answers what is asked about the account; nothing when it is about something else.
    pub(super) fn account(&mut self, parts: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        match (self.speaks, parts) {
            (Speaks::GitHub, ["user", "repos"]) => {
                Some(asked.page(&self.seen(super::state::Repo::json), None))
            }
            (Speaks::Gitea, ["api", "v1", "user", "repos"]) => {
                let all = self.seen(super::state::Repo::json);
                let mut reply = asked.page(&all, None);
                reply.headers.push(("x-total-count", all.len().to_string()));
                Some(reply)
            }
            (Speaks::Gitea, ["api", "v1", "repos", "issues", "search"]) => {
                Some(Reply::json(200, &json!([])))
            }
            (Speaks::Bitbucket, ["2.0", "repositories"]) => {
                let all = self.seen(|repo| json!({"full_name": repo.full_name, "is_private": true}));
                asked.values(&all)
            }
            (Speaks::GitLab, ["api", "v4", "projects"]) => Some(asked.page(
                &self.seen(|repo| {
                    json!({"path_with_namespace": repo.full_name, "visibility": "private", "description": null})
                }),
                None,
            )),
            (Speaks::GitHub, ["login", "device", "code"])
            | (Speaks::GitLab, ["oauth", "authorize_device"]) => {
                let code = json!({
                    "device_code": "the-device",
                    "user_code": "WDJB-MJHT",
                    "verification_uri": "https://forge.example.org/device",
                    "expires_in": 900,
                    "interval": self.device_interval,
                });
                Some(Reply::json(200, &code))
            }
            (Speaks::GitHub, ["login", "oauth", "access_token"])
            | (Speaks::GitLab, ["oauth", "token"]) => {
                self.asked_grants.push(asked.text.to_owned());
                let next = match self.grants.len() {
                    0 => json!({"error": "expired_token"}),
                    1 => self.grants[0].clone(),
                    _ => self.grants.remove(0),
                };
                // GitHub answers its errors with 200.
                let failed = next["error"].is_string() && self.speaks != Speaks::GitHub;
                Some(Reply::json(if failed { 400 } else { 200 }, &next))
            }
            _ => None,
        }
    }

    fn seen(&self, shown: impl Fn(&super::state::Repo) -> Value) -> Vec<Value> {
        self.repos.values().map(shown).collect()
    }

    /// What GitHub says of the token with every answer.
    pub(super) fn about_token(&self, reply: &mut Reply) {
        if self.speaks != Speaks::GitHub {
            return;
        }
        if let Some(scopes) = &self.classic {
            reply.headers.push(("x-oauth-scopes", scopes.clone()));
        }
        if let Some(ends) = &self.token_ends {
            reply
                .headers
                .push(("github-authentication-token-expiration", ends.clone()));
        }
    }
}
