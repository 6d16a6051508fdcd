//! Statuses, check runs and workflow runs of the commits that matter: the default branch's and the heads of
//! open pull requests, those in forks too (their check runs name no pull request).

use jiff::{SignedDuration, Timestamp};
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::Head;
use super::look::{Work, moment, second};
use crate::http::address::part;
use crate::providers::github::api::read;

/// How long a commit the default branch has left is watched while something on it is pending.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_hours(2);

/// Statuses or check runs remembered of one commit.
const REMEMBERED: usize = 300;

impl Work<'_> {
    /// The default branch's statuses, and whether it moved.
    pub(super) async fn default_branch(&mut self) -> Result<bool, ProviderError> {
        let branch = part(&self.place.default_branch);
        let url = self.url(&format!("/commits/heads%2F{branch}/status?per_page=100"));
        let Some(answer) = self.changed(&url).await? else {
            return Ok(false);
        };
        let combined: Value = read(&answer)?;
        if let Some(sha) = combined["sha"].as_str() {
            self.move_default(sha);
            self.tell_statuses(sha, &combined);
        }
        self.remember(&url, &answer);
        Ok(true)
    }

    /// The default branch stands on `sha`. The commit it left is watched on while something there is pending.
    pub(super) fn move_default(&mut self, sha: &str) {
        let now = self.now();
        if self
            .place
            .default_head()
            .is_some_and(|head| head.sha == sha)
        {
            return;
        }
        for head in &mut self.place.heads {
            head.current &= head.pull.is_some();
        }
        self.place.heads.retain(|head| {
            let lately = head
                .since
                .is_some_and(|since| now.duration_since(since) < LEFT_BEHIND);
            head.current || (head.is_pending() && lately)
        });
        self.place
            .heads
            .retain(|head| head.pull.is_some() || head.sha != sha);
        let head = Head {
            sha: sha.to_owned(),
            branch: self.place.default_branch.clone(),
            since: (!self.baseline).then_some(now),
            current: true,
            ..Head::default()
        };
        self.place.heads.insert(0, head);
    }

    pub(super) async fn statuses(&mut self, sha: &str) -> Result<bool, ProviderError> {
        let url = self.url(&format!("/commits/{sha}/status?per_page=100"));
        let Some(answer) = self.changed(&url).await? else {
            return Ok(false);
        };
        self.tell_statuses(sha, &read(&answer)?);
        self.remember(&url, &answer);
        Ok(true)
    }

    fn tell_statuses(&mut self, sha: &str, combined: &Value) {
        let statuses = combined["statuses"].as_array().cloned().unwrap_or_default();
        let Some(mut head) = self.take_head(sha) else {
            return;
        };
        self.place.pulls_have_statuses |= head.pull.is_some() && !statuses.is_empty();
        head.statuses_pending = statuses.iter().any(|status| status["state"] == "pending");
        for status in statuses.iter().take(REMEMBERED) {
            let context = status["context"].as_str().unwrap_or("default").to_owned();
            let state = status["state"].as_str().unwrap_or_default().to_owned();
            let known = head.statuses.insert(context.clone(), state.clone());
            if known.as_ref() == Some(&state) || state == "pending" {
                continue;
            }
            let branches = if head.is_fork() {
                json!([])
            } else {
                json!([{"name": head.branch, "commit": {"sha": sha}}])
            };
            let mut body = status.clone();
            body["sha"] = sha.into();
            body["branches"] = branches;
            body["pull_requests"] = Self::pull_requests(&head);
            body["commit"] = json!({"sha": sha});
            let updated = moment(status, "updated_at");
            let key = format!("status/{sha}/{context}/{state}/{}", second(updated));
            self.tell_build("status", &key, updated, body);
        }
        self.put_head(head);
    }

    pub(super) async fn checks(&mut self, sha: &str) -> Result<bool, ProviderError> {
        let url = self.url(&format!("/commits/{sha}/check-runs?per_page=100"));
        let Some(answer) = self.changed(&url).await? else {
            return Ok(false);
        };
        let mut checks = page(&read(&answer)?, "check_runs");
        let mut next = answer.next_page();
        while let Some(url) = next.take() {
            let Some(more) = self.spend(&url).await? else {
                break;
            };
            checks.extend(page(&read(&more)?, "check_runs"));
            next = more.next_page();
        }
        let Some(mut head) = self.take_head(sha) else {
            return Ok(false);
        };
        let mut actions = false;
        head.checks_pending = checks.iter().any(|check| check["status"] != "completed");
        for check in checks.iter().take(REMEMBERED) {
            let (Some(id), Some(ended)) = (check["id"].as_u64(), check["completed_at"].as_str())
            else {
                continue;
            };
            if check["status"] != "completed" {
                continue;
            }
            let known = head.checks.insert(id, ended.to_owned());
            if known.as_deref() == Some(ended) {
                continue;
            }
            actions |= check.pointer("/app/slug") == Some(&json!("github-actions"));
            let mut check = check.clone();
            check["check_suite"]["head_branch"] = head.branch.clone().into();
            let at = moment(&check, "completed_at");
            let key = format!("check/{id}/{}", second(at));
            let body = json!({
                "action": "completed",
                "check_run": check,
                "pull_requests": Self::pull_requests(&head),
            });
            self.tell_build("check_run", &key, at, body);
        }
        self.put_head(head);
        if actions && !self.runs_asked(sha).await? {
            // Not remembered: the runs are asked for again as soon as a poll has requests to spare.
            return Ok(true);
        }
        self.remember(&url, &answer);
        Ok(true)
    }

    /// The workflow runs behind check runs; false when this poll has asked enough.
    async fn runs_asked(&mut self, sha: &str) -> Result<bool, ProviderError> {
        if !self.purse.spend() {
            return Ok(false);
        }
        self.runs(sha).await?;
        Ok(true)
    }

    /// The workflow runs on a commit. They alone know their attempt, so they are what is told.
    pub(super) async fn runs(&mut self, sha: &str) -> Result<bool, ProviderError> {
        let url = self.url(&format!("/actions/runs?head_sha={sha}&per_page=100"));
        let Some(answer) = self.changed(&url).await? else {
            return Ok(false);
        };
        let runs = page(&read(&answer)?, "workflow_runs");
        let Some(mut head) = self.take_head(sha) else {
            return Ok(false);
        };
        head.running = runs.iter().any(|run| run["status"] != "completed");
        for run in runs.iter().take(REMEMBERED) {
            let Some(id) = run["id"].as_u64() else {
                continue;
            };
            let attempt = run["run_attempt"].as_u64().unwrap_or(1);
            if run["status"] != "completed" || head.runs.insert(id, attempt) == Some(attempt) {
                continue;
            }
            let body = json!({
                "action": "completed",
                "workflow_run": run,
                "pull_requests": Self::pull_requests(&head),
            });
            let key = format!("run/{id}/{attempt}");
            self.tell_build("workflow_run", &key, moment(run, "updated_at"), body);
        }
        self.put_head(head);
        self.remember(&url, &answer);
        Ok(true)
    }

    /// Tells a build, and none of those that were over when watching began.
    fn tell_build(&mut self, kind: &str, key: &str, at: Option<Timestamp>, body: Value) {
        if !self.baseline {
            self.deliver(kind, key, at, body);
        }
    }

    fn take_head(&self, sha: &str) -> Option<Head> {
        self.place
            .heads
            .iter()
            .find(|head| head.sha == sha)
            .cloned()
    }

    /// Puts back what is known about a commit, for every head that stands on it.
    fn put_head(&mut self, known: Head) {
        for head in &mut self.place.heads {
            if head.sha == known.sha {
                head.statuses.clone_from(&known.statuses);
                head.checks.clone_from(&known.checks);
                head.runs.clone_from(&known.runs);
                head.statuses_pending = known.statuses_pending;
                head.checks_pending = known.checks_pending;
                head.running = known.running;
            }
        }
    }
}

fn page(answer: &Value, list: &str) -> Vec<Value> {
    answer[list].as_array().cloned().unwrap_or_default()
}
