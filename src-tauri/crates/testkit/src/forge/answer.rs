//! The REST API of the stub: which request is answered with what.

mod repo;
mod tickets;

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::{ObjectType, Oid};
use http::Method;
use serde_json::{Value, json};

pub(super) use self::repo::number_of;
use self::repo::reference;
pub(super) use self::tickets::words;
use super::state::{Repo, Speaks, World, person};

/// A request.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) none_match: Option<&'a str>,
    pub(super) raw: bool,
    pub(super) body: Value,
    /// The parts of a form.
    pub(super) form: Vec<(String, String)>,
    /// The body as it came.
    pub(super) text: &'a str,
    pub(super) api: SocketAddr,
    /// Where logs lie; absent when this is there.
    pub(super) storage: Option<SocketAddr>,
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json; charset=utf-8".into())],
            body: body.to_string().into_bytes(),
        }
    }

    pub(super) fn error(status: u16, message: &str) -> Self {
        Self::json(status, &json!({"message": message}))
    }

    pub(super) fn text(text: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "text/plain".into())],
            body: text.into(),
        }
    }

    pub(super) fn none() -> Self {
        Self {
            status: 204,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// With the moment it is on the far side.
    pub(super) fn dated(&mut self, now: jiff::Timestamp) {
        let date = jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&now)
            .expect("in range");
        self.headers.push(("date", date));
    }
}

impl Asked<'_> {
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            (key == name).then(|| decoded(value))
        })
    }

    /// Moved for good, to another path of the same address.
    pub(super) fn sent_on(&self, path: &str) -> Reply {
        let query = match self.query {
            "" => String::new(),
            query => format!("?{query}"),
        };
        let mut reply = Reply::error(301, "Moved Permanently");
        let to = format!("http://{}{path}{query}", self.api);
        reply.headers.push(("location", to));
        reply
    }

    /// One page of a list, with a link to the next; the list itself may stand in `field`.
    pub(super) fn page(&self, items: &[Value], field: Option<&str>) -> Reply {
        let number = |name: &str, default: usize| {
            let text = self.parameter(name);
            text.and_then(|text| text.parse().ok()).unwrap_or(default)
        };
        let (size, page) = (number("per_page", 30), number("page", 1));
        let from = (size * (page - 1)).min(items.len());
        let until = (from + size).min(items.len());
        let shown = &items[from..until];
        let mut reply = match field {
            Some(field) => Reply::json(200, &json!({"total_count": items.len(), field: shown})),
            None => Reply::json(200, &json!(shown)),
        };
        if until < items.len() {
            let rest: Vec<&str> = self
                .query
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with("page="))
                .collect();
            let link = format!(
                "<http://{}{}?{}&page={}>; rel=\"next\"",
                self.api,
                self.path,
                rest.join("&"),
                page + 1
            );
            reply.headers.push(("link", link));
        }
        reply
    }
}

impl World {
    pub(super) fn answer(&mut self, asked: &Asked<'_>) -> Reply {
        let signs_in = asked.path.starts_with("/login/") || asked.path.starts_with("/oauth/");
        if let Some(wanted) = &self.token
            && asked.token != Some(wanted)
            && asked.storage.is_some()
            && !signs_in
        {
            return Reply::error(401, "Bad credentials");
        }
        if let Some(refusal) = self
            .refusals
            .iter()
            .find(|one| one.method == *asked.method && asked.path.contains(&one.path))
        {
            let mut reply = Reply::error(refusal.status, &refusal.message);
            for (name, value) in &refusal.headers {
                reply.headers.retain(|(other, _)| other != name);
                reply.headers.push((name, value.clone()));
            }
            return reply;
        }
        let parts: Vec<String> = asked
            .path
            .trim_matches('/')
            .split('/')
            .map(decoded)
            .collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if let Some(mut reply) = self.account(&parts, asked) {
            self.about_token(&mut reply);
            return reply;
        }
        let mut reply = match parts.as_slice() {
            _ if self.speaks == Speaks::Gitea => self.gitea(&parts, asked),
            _ if self.speaks == Speaks::GitLab => self.gitlab(&parts, asked),
            _ if self.speaks == Speaks::Bitbucket => self.bitbucket(&parts, asked),
            _ if self.speaks == Speaks::DataCenter => self.datacenter(&parts, asked),
            ["user"] => Reply::json(200, &person(&self.login)),
            ["logs", owner, name, job] => {
                let log = self.find(&format!("{owner}/{name}")).and_then(|repo| {
                    let job = job.parse::<u64>().ok()?;
                    repo.logs.get(&job).cloned()
                });
                log.map_or_else(|| Reply::error(404, "Not Found"), Reply::text)
            }
            ["repos", owner, name, rest @ ..] => {
                self.repository(&format!("{owner}/{name}"), rest, asked)
            }
            ["repositories", id, rest @ ..] => {
                let by_id = self.repos.values().find(|repo| repo.id.to_string() == *id);
                match by_id.map(|repo| repo.full_name.clone()) {
                    Some(name) => self.repository(&name, rest, asked),
                    None => Reply::error(404, "Not Found"),
                }
            }
            _ => Reply::error(404, "Not Found"),
        };
        self.about_token(&mut reply);
        self.finish(asked, &mut reply);
        reply
    }

    pub(super) fn find(&mut self, name: &str) -> Option<&mut Repo> {
        self.repos
            .values_mut()
            .find(|repo| repo.full_name.eq_ignore_ascii_case(name))
    }

    /// Validators and the quota.
    fn finish(&mut self, asked: &Asked<'_>, reply: &mut Reply) {
        let has_validators = matches!(self.speaks, Speaks::GitHub | Speaks::GitLab);
        if *asked.method == Method::GET && reply.status == 200 && has_validators {
            let hash = Oid::hash_object(ObjectType::Blob, &reply.body).expect("bytes have a hash");
            let tag = format!("W/\"{hash}\"");
            if asked.none_match == Some(&tag) {
                reply.status = 304;
                reply.body.clear();
            }
            reply.headers.push(("etag", tag));
        }
        if let Some(left) = &mut self.quota {
            if *left == 0 {
                *reply = match self.speaks {
                    Speaks::GitLab | Speaks::Bitbucket | Speaks::DataCenter => {
                        Reply::error(429, "Retry later")
                    }
                    _ => Reply::error(403, "API rate limit exceeded"),
                };
            } else if reply.status != 304 {
                *left -= 1;
            }
            let reset = self.now.as_second() + 1_800;
            let (remaining, until) = match self.speaks {
                Speaks::GitLab => ("ratelimit-remaining", "ratelimit-reset"),
                _ => ("x-ratelimit-remaining", "x-ratelimit-reset"),
            };
            reply.headers.push((remaining, left.to_string()));
            reply.headers.push((until, reset.to_string()));
        }
    }

    fn repository(&mut self, name: &str, rest: &[&str], asked: &Asked<'_>) -> Reply {
        let Some(name) = self.made_as(name) else {
            return match self.moved(name) {
                Some(repo) => {
                    let below = asked.path.split('/').skip(4).map(|part| format!("/{part}"));
                    let path = format!("/repositories/{}{}", repo.id, below.collect::<String>());
                    asked.sent_on(&path)
                }
                None => Reply::error(404, "Not Found"),
            };
        };
        if let Some(reply) = self.hooks(&name, rest, asked) {
            return reply;
        }
        let repo = self.repo(&name);
        if *asked.method == Method::GET {
            return repo.get(rest, asked);
        }
        if repo.archived {
            return Reply::error(403, "Repository was archived so is read-only.");
        }
        self.change(&name, rest, asked)
            .unwrap_or_else(|| Reply::error(422, "Validation Failed"))
    }

    /// Requests that change something; nothing when the request makes no sense.
    fn change(&mut self, name: &str, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        let (now, login) = (self.now, self.login.clone());
        let body = &asked.body;
        let text = |field: &str| body[field].as_str();
        match (asked.method.as_str(), rest) {
            ("POST", ["git", "trees"]) => {
                let entries = body["tree"].as_array()?;
                let made = self.repo(name).make_tree(text("base_tree")?, entries)?;
                Some(Reply::json(201, &json!({"sha": made.to_string()})))
            }
            ("POST", ["git", "commits"]) => {
                let parents: Option<Vec<Oid>> = body["parents"]
                    .as_array()?
                    .iter()
                    .map(|parent| Oid::from_str(parent.as_str()?).ok())
                    .collect();
                let tree = Oid::from_str(text("tree")?).ok()?;
                let repo = self.repo(name);
                let made = repo.commit_tree(tree, &parents?, text("message")?, &login, now)?;
                Some(Reply::json(201, &json!({"sha": made.to_string()})))
            }
            ("POST", ["git", "refs"]) => {
                let branch = text("ref")?.strip_prefix("refs/heads/")?.to_owned();
                let at = Oid::from_str(text("sha")?).ok()?;
                let repo = self.repo(name);
                if repo.head(&branch).is_some() {
                    return Some(Reply::error(422, "Reference already exists"));
                }
                repo.git.find_commit(at).ok()?;
                repo.point(&format!("refs/heads/{branch}"), at);
                Some(Reply::json(201, &reference(&branch, &at.to_string())))
            }
            ("DELETE", ["git", "refs", branch]) => {
                let branch = branch.strip_prefix("heads/")?;
                let repo = self.repo(name);
                let found = repo.git.find_reference(&format!("refs/heads/{branch}"));
                let Ok(mut found) = found else {
                    return Some(Reply::error(422, "Reference does not exist"));
                };
                found.delete().ok()?;
                Some(Reply::none())
            }
            ("POST", ["pulls"]) => {
                let (head, title) = (text("head")?.to_owned(), text("title")?.to_owned());
                let repo = self.repo(name);
                let at = repo.head(&head)?;
                let taken = repo
                    .pulls
                    .values()
                    .any(|pull| pull["head"]["ref"] == *head && pull["state"] == "open");
                if taken {
                    return Some(Reply::error(422, "A pull request already exists"));
                }
                let own = repo.json();
                let number = self.add_pull(name, &at, &head, &own, &title, &login);
                let repo = self.repo(name);
                let pull = repo.pulls.get_mut(&number)?;
                pull["draft"] = body["draft"].clone();
                pull["body"] = body["body"].clone();
                pull["base"]["ref"] = body["base"].clone();
                Some(Reply::json(201, pull))
            }
            ("PATCH", ["pulls", number]) => {
                let number = number.parse().ok()?;
                self.set_state(name, number, text("state")?);
                Some(Reply::json(200, &self.repo(name).pull(number)))
            }
            ("POST", ["issues", number, "comments"]) => {
                let number = number.parse().ok()?;
                if !self.repo(name).issues.contains_key(&number) {
                    return Some(Reply::error(404, "Not Found"));
                }
                let id = self.comment(name, number, &login, text("body")?);
                Some(Reply::json(201, &self.repo(name).comments[&id]))
            }
            ("DELETE", ["issues", "comments", id]) => {
                if !self.delete_comment(name, id.parse().ok()?) {
                    return Some(Reply::error(404, "Not Found"));
                }
                Some(Reply::none())
            }
            _ => self.change_ticket(name, rest, asked),
        }
    }
}

/// Percent-encoding taken back.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let (b'%', Some(byte)) = (first, byte) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
