//! What people and machines do at the forges while nobody looks, drawn from a seed: the same seed is the same week.
//!
//! Each happening comes with the webhook its forge sends about it, which names the event it is. An issue is closed or
//! opened again at most once: of what was taken back before anybody looked, forges show only how it ended.

use perch_testkit::chance::Chance;
use perch_testkit::forge::{Speaks, World};
use serde_json::Value;

/// The hash that stands for no commit.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// A repository as those who work in it know it.
pub(crate) struct Workplace {
    /// `owner/name`.
    pub(crate) name: String,
    /// Branches without a pull request.
    branches: Vec<String>,
    /// Open pull requests with their branches.
    pulls: Vec<(u64, String)>,
    /// Pull requests `grace` approved.
    approved: Vec<u64>,
    /// Issues that were open all the time.
    open: Vec<u64>,
    /// Issues that were closed all the time.
    closed: Vec<u64>,
    count: usize,
}

impl Workplace {
    /// With issues, closed ones too, and a pull request, which are there before anybody watches.
    pub(crate) fn new(world: &mut World, name: &str) -> Self {
        world.create(name);
        let issue = world.open_issue(name, "Old", "", "grace");
        world.push(name, "old", &[("old.txt", "1\n")], "Old");
        let pull = world.open_pull(name, "old", "Old", "grace");
        let closed = (0..10)
            .map(|number| {
                let issue = world.open_issue(name, &format!("Solved {number}"), "", "grace");
                world.set_state(name, issue, "closed");
                issue
            })
            .collect();
        Self {
            name: name.into(),
            branches: Vec::new(),
            pulls: vec![(pull, "old".into())],
            approved: Vec::new(),
            open: vec![issue],
            closed,
            count: 0,
        }
    }

    /// One thing happens here; returns the kind and the body of its webhook.
    pub(crate) fn happen(&mut self, world: &mut World, chance: &mut Chance) -> (String, Value) {
        self.count += 1;
        let pulls: Vec<u64> = self.pulls.iter().map(|(number, _)| *number).collect();
        match chance.below(12) {
            0 if !self.branches.is_empty() => self.open_pull(world, chance),
            1 => self.open_issue(world),
            2 | 3 if !self.open.is_empty() => {
                let issue = chance.one_of(&self.open).expect("one is open");
                self.comment(world, issue)
            }
            4 | 5 if !pulls.is_empty() => {
                let pull = chance.one_of(&pulls).expect("one is open");
                self.comment(world, pull)
            }
            6 if self.open.len() > 1 => {
                let issue = self.open.remove(chance.below(self.open.len()));
                self.turn(world, issue, "closed")
            }
            7 if !self.closed.is_empty() => {
                let issue = self.closed.remove(chance.below(self.closed.len()));
                self.turn(world, issue, "open")
            }
            8 if pulls.iter().any(|one| !self.approved.contains(one)) => {
                let fresh: Vec<u64> = pulls
                    .into_iter()
                    .filter(|one| !self.approved.contains(one))
                    .collect();
                let pull = chance.one_of(&fresh).expect("one is fresh");
                self.approved.push(pull);
                self.approve(world, pull)
            }
            9 if pulls.len() > 1 => {
                let (pull, _) = self.pulls.remove(chance.below(self.pulls.len()));
                let merged = chance.below(2) == 0;
                self.end(world, pull, merged)
            }
            10 if !pulls.is_empty() => {
                let (_, branch) = &self.pulls[chance.below(self.pulls.len())];
                let end = ["failure", "success"][chance.below(2)];
                run(world, &self.name, &branch.clone(), end)
            }
            _ => self.push(world),
        }
    }

    fn push(&mut self, world: &mut World) -> (String, Value) {
        let branch = format!("work-{}", self.count);
        let name = &self.name;
        let sha = world.push(name, &branch, &[("work.txt", &branch)], "Work");
        self.branches.push(branch.clone());
        match world.speaks {
            Speaks::DataCenter => is_not_among_the_four(),
            Speaks::GitHub => hook("push", world.push_payload(name, &branch, NOTHING, &sha)),
            Speaks::GitLab => hook(
                "Push Hook",
                world.gitlab_push_hook(name, &branch, NOTHING, &sha),
            ),
            Speaks::Gitea => hook("push", world.gitea_push_hook(name, &branch, NOTHING, &sha)),
            Speaks::Bitbucket => hook(
                "repo:push",
                world.bitbucket_push_hook(name, &branch, None, &sha),
            ),
        }
    }

    fn open_pull(&mut self, world: &mut World, chance: &mut Chance) -> (String, Value) {
        let branch = self.branches.remove(chance.below(self.branches.len()));
        let name = &self.name;
        let number = world.open_pull(name, &branch, &format!("Merge {branch}"), "grace");
        self.pulls.push((number, branch));
        match world.speaks {
            Speaks::DataCenter => is_not_among_the_four(),
            Speaks::GitHub => hook("pull_request", world.pull_payload(name, "opened", number)),
            Speaks::GitLab => hook(
                "Merge Request Hook",
                world.gitlab_merge_hook(name, "open", number, "grace"),
            ),
            Speaks::Gitea => hook(
                "pull_request",
                world.gitea_pull_hook(name, "opened", number),
            ),
            Speaks::Bitbucket => hook(
                "pullrequest:created",
                world.bitbucket_pull_hook(name, number, "grace"),
            ),
        }
    }

    fn open_issue(&mut self, world: &mut World) -> (String, Value) {
        let name = &self.name;
        let number = world.open_issue(name, &format!("Issue {}", self.count), "", "grace");
        self.open.push(number);
        match world.speaks {
            Speaks::DataCenter => is_not_among_the_four(),
            Speaks::GitHub => hook("issues", world.issue_payload(name, "opened", number)),
            Speaks::GitLab => hook("Issue Hook", world.gitlab_issue_hook(name, "open", number)),
            Speaks::Gitea => hook("issues", world.gitea_issue_hook(name, "opened", number)),
            Speaks::Bitbucket => hook("issue:created", world.bitbucket_issue_hook(name, number)),
        }
    }

    fn comment(&self, world: &mut World, number: u64) -> (String, Value) {
        let name = &self.name;
        let id = world.comment(name, number, "linus", "A word");
        match world.speaks {
            Speaks::DataCenter => is_not_among_the_four(),
            Speaks::GitHub => hook(
                "issue_comment",
                world.comment_payload(name, "created", number, id),
            ),
            Speaks::GitLab => hook("Note Hook", world.gitlab_note_hook(name, id)),
            Speaks::Gitea => hook(
                "issue_comment",
                world.gitea_comment_hook(name, "created", number, id),
            ),
            Speaks::Bitbucket => {
                let kind = if self.is_pull(number) {
                    "pullrequest:comment_created"
                } else {
                    "issue:comment_created"
                };
                hook(kind, world.bitbucket_comment_hook(name, id))
            }
        }
    }

    fn is_pull(&self, number: u64) -> bool {
        self.pulls.iter().any(|(one, _)| *one == number)
    }

    /// An issue is closed, or opened again.
    fn turn(&self, world: &mut World, number: u64, state: &str) -> (String, Value) {
        let name = &self.name;
        world.set_state(name, number, state);
        let closed = state == "closed";
        let action = if closed { "closed" } else { "reopened" };
        match world.speaks {
            Speaks::DataCenter => is_not_among_the_four(),
            Speaks::GitHub => hook("issues", world.issue_payload(name, action, number)),
            Speaks::GitLab => {
                let action = if closed { "close" } else { "reopen" };
                hook("Issue Hook", world.gitlab_issue_hook(name, action, number))
            }
            Speaks::Gitea => hook("issues", world.gitea_issue_hook(name, action, number)),
            Speaks::Bitbucket => {
                let old = if closed { "new" } else { "resolved" };
                hook(
                    "issue:updated",
                    world.bitbucket_state_hook(name, number, old),
                )
            }
        }
    }

    fn approve(&self, world: &mut World, number: u64) -> (String, Value) {
        let name = &self.name;
        let id = world.review(name, number, "grace", "APPROVED");
        match world.speaks {
            Speaks::DataCenter => is_not_among_the_four(),
            Speaks::GitHub => hook(
                "pull_request_review",
                world.review_payload(name, "submitted", number, id),
            ),
            Speaks::GitLab => hook(
                "Merge Request Hook",
                world.gitlab_merge_hook(name, "approved", number, "grace"),
            ),
            Speaks::Gitea => hook(
                "pull_request_approved",
                world.gitea_approved_hook(name, number),
            ),
            Speaks::Bitbucket => hook(
                "pullrequest:approved",
                world.bitbucket_review_hook(name, number, "grace", "approval"),
            ),
        }
    }

    /// A pull request is merged, or closed without.
    fn end(&self, world: &mut World, number: u64, merged: bool) -> (String, Value) {
        let name = &self.name;
        if merged {
            world.merge(name, number);
        } else {
            world.set_state(name, number, "closed");
        }
        match world.speaks {
            Speaks::DataCenter => is_not_among_the_four(),
            Speaks::GitHub => hook("pull_request", world.pull_payload(name, "closed", number)),
            Speaks::GitLab => {
                let action = if merged { "merge" } else { "close" };
                hook(
                    "Merge Request Hook",
                    world.gitlab_merge_hook(name, action, number, "grace"),
                )
            }
            Speaks::Gitea => hook(
                "pull_request",
                world.gitea_pull_hook(name, "closed", number),
            ),
            Speaks::Bitbucket => {
                let kind = if merged {
                    "pullrequest:fulfilled"
                } else {
                    "pullrequest:rejected"
                };
                hook(kind, world.bitbucket_pull_hook(name, number, "grace"))
            }
        }
    }
}

/// A build of `branch` ends.
fn run(world: &mut World, name: &str, branch: &str, end: &str) -> (String, Value) {
    let sha = world.repo(name).head(branch).expect("it was pushed");
    let id = world.run(name, None, &sha, branch, &[("test", end, "said\n")]);
    match world.speaks {
        Speaks::DataCenter => is_not_among_the_four(),
        Speaks::GitHub => hook("workflow_run", world.run_payload(name, id)),
        Speaks::GitLab => hook("Pipeline Hook", world.gitlab_pipeline_hook(name, id, None)),
        Speaks::Gitea => hook("workflow_run", world.gitea_run_hook(name, id)),
        Speaks::Bitbucket => hook(
            "repo:commit_status_updated",
            world.bitbucket_pipeline_hook(name, id),
        ),
    }
}

fn hook(kind: &str, body: Value) -> (String, Value) {
    (kind.into(), body)
}

fn is_not_among_the_four() -> ! {
    unreachable!("GitHub, GitLab, Gitea and Bitbucket Cloud are")
}
