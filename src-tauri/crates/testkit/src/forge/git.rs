//! Git objects of a stub repository: made, read and compared by libgit2.

use git2::build::TreeUpdateBuilder;
use git2::{Delta, FileMode, ObjectType, Oid, Patch, Signature, Sort, Time, TreeWalkMode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::state::{Repo, person};

impl Repo {
    /// The commit `branch` stands on.
    pub fn head(&self, branch: &str) -> Option<String> {
        let found = self.git.refname_to_id(&format!("refs/heads/{branch}"));
        found.ok().map(|oid| oid.to_string())
    }

    /// The branches there are.
    pub fn branches(&self) -> Vec<String> {
        let names = self.git.references_glob("refs/heads/*").expect("a pattern");
        names
            .flatten()
            .filter_map(|one| one.shorthand().ok().map(ToOwned::to_owned))
            .collect()
    }

    /// The text of `path` at the head of `branch`.
    pub fn text(&self, branch: &str, path: &str) -> Option<String> {
        let commit = self.resolve(branch)?;
        let tree = self.git.find_commit(commit).ok()?.tree().ok()?;
        let entry = tree.get_path(std::path::Path::new(path)).ok()?;
        let blob = self.git.find_blob(entry.id()).ok()?;
        String::from_utf8(blob.content().to_vec()).ok()
    }

    /// The messages of the commits on `branch`, newest first.
    ///
    /// # Panics
    /// When the repository cannot be read.
    pub fn messages_on(&self, branch: &str) -> Vec<String> {
        let Some(head) = self.resolve(branch) else {
            return Vec::new();
        };
        let mut walk = self.git.revwalk().expect("a repository");
        walk.set_sorting(Sort::TOPOLOGICAL).expect("a sorting");
        walk.push(head).expect("a commit");
        let commits = walk.flatten().map(|oid| self.git.find_commit(oid));
        commits
            .flatten()
            .map(|commit| String::from_utf8_lossy(commit.message_bytes()).into_owned())
            .collect()
    }

    /// Makes the file at `path` on `main` a symbolic link.
    ///
    /// # Panics
    /// When there is no `main`.
    pub fn link(&self, path: &str) {
        let head = self.resolve("main").expect("there is a main");
        let tree = self
            .git
            .find_commit(head)
            .and_then(|commit| commit.tree())
            .expect("a commit has a tree");
        let target = self.git.blob(b"elsewhere").expect("a text");
        let mut update = TreeUpdateBuilder::new();
        update.upsert(path, target, FileMode::Link);
        let tree = update.create_updated(&self.git, &tree).expect("a path");
        let now = Timestamp::UNIX_EPOCH;
        let made = self.commit_tree(tree, &[head], "Link", "grace", now);
        self.point("refs/heads/main", made.expect("the tree is there"));
    }

    /// A hash or the beginning of one, a branch with or without `heads/`.
    pub(super) fn resolve(&self, name: &str) -> Option<Oid> {
        let branch = name.strip_prefix("heads/").unwrap_or(name);
        let by_branch = self.git.refname_to_id(&format!("refs/heads/{branch}"));
        by_branch
            .or_else(|_| self.git.find_commit_by_prefix(name).map(|one| one.id()))
            .ok()
    }

    pub(super) fn point(&self, reference: &str, at: Oid) {
        self.git
            .reference(reference, at, true, "moved")
            .expect("the commit is there");
    }

    /// A commit on `parent` in which `files` have these texts.
    pub(super) fn commit(
        &self,
        parent: Option<Oid>,
        files: &[(&str, &str)],
        message: &str,
        login: &str,
        now: Timestamp,
    ) -> Oid {
        let parent = parent.map(|oid| self.git.find_commit(oid).expect("a commit"));
        let base = if let Some(parent) = &parent {
            parent.tree().expect("a commit has a tree")
        } else {
            let empty = self.git.treebuilder(None).and_then(|tree| tree.write());
            let empty = empty.expect("the empty tree");
            self.git.find_tree(empty).expect("just written")
        };
        let mut update = TreeUpdateBuilder::new();
        for (path, text) in files {
            let blob = self.git.blob(text.as_bytes()).expect("a text");
            update.upsert(*path, blob, FileMode::Blob);
        }
        let tree = update
            .create_updated(&self.git, &base)
            .expect("plain paths");
        let parents: Vec<Oid> = parent.iter().map(git2::Commit::id).collect();
        self.commit_tree(tree, &parents, message, login, now)
            .expect("tree and parents are there")
    }

    pub(super) fn commit_tree(
        &self,
        tree: Oid,
        parents: &[Oid],
        message: &str,
        login: &str,
        now: Timestamp,
    ) -> Option<Oid> {
        let tree = self.git.find_tree(tree).ok()?;
        let parents: Option<Vec<_>> = parents
            .iter()
            .map(|oid| self.git.find_commit(*oid).ok())
            .collect();
        let parents = parents?;
        let email = format!("{login}@example.org");
        let who = Signature::new(login, &email, &Time::new(now.as_second(), 0)).ok()?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        self.git
            .commit(None, &who, &who, message, &tree, &parents)
            .ok()
    }

    /// A tree on top of `base` with the entries of a request.
    pub(super) fn make_tree(&self, base: &str, entries: &[Value]) -> Option<Oid> {
        let base = self.git.find_tree(Oid::from_str(base).ok()?).ok()?;
        let mut update = TreeUpdateBuilder::new();
        for entry in entries {
            let mode = match entry["mode"].as_str()? {
                "100755" => FileMode::BlobExecutable,
                "100644" => FileMode::Blob,
                _ => return None,
            };
            let blob = self.git.blob(entry["content"].as_str()?.as_bytes()).ok()?;
            update.upsert(entry["path"].as_str()?, blob, mode);
        }
        update.create_updated(&self.git, &base).ok()
    }

    /// A tree as GitHub lists it; a commit's hash names its tree.
    pub(super) fn tree_json(&self, sha: &str, recursive: bool) -> Option<Value> {
        let object = self.git.find_object(Oid::from_str(sha).ok()?, None).ok()?;
        let tree = object.peel_to_tree().ok()?;
        let mut entries = Vec::new();
        tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            let is_tree = entry.kind() == Some(ObjectType::Tree);
            entries.push(json!({
                "path": format!("{folder}{}", entry.name().unwrap_or_default()),
                "mode": format!("{:06o}", entry.filemode()),
                "type": if is_tree { "tree" } else { "blob" },
                "sha": entry.id().to_string(),
            }));
            i32::from(is_tree && !recursive)
        })
        .ok()?;
        Some(json!({"sha": tree.id().to_string(), "tree": entries, "truncated": false}))
    }

    /// A commit as the git data API shows it.
    pub(super) fn git_commit_json(&self, sha: &str) -> Option<Value> {
        let commit = self.git.find_commit(Oid::from_str(sha).ok()?).ok()?;
        let parents: Vec<Value> = commit
            .parent_ids()
            .map(|oid| json!({"sha": oid.to_string()}))
            .collect();
        Some(json!({
            "sha": sha,
            "tree": {"sha": commit.tree_id().to_string()},
            "parents": parents,
            "message": commit.message().unwrap_or_default(),
        }))
    }

    /// A commit as lists show it.
    pub(super) fn commit_json(&self, oid: Oid) -> Value {
        let commit = self.git.find_commit(oid).expect("a commit");
        let author = commit.author();
        let name = author.name().unwrap_or_default().to_owned();
        let at = Timestamp::from_second(commit.time().seconds()).expect("in range");
        let who = json!({"name": name, "email": author.email().unwrap_or_default(), "date": at.to_string()});
        json!({
            "sha": oid.to_string(),
            "html_url": format!("https://github.com/{}/commit/{oid}", self.full_name),
            "commit": {
                "author": who,
                "committer": who,
                "message": commit.message().unwrap_or_default(),
            },
            "author": person(&name),
        })
    }

    /// The commits reachable from `to` and not from `from`, oldest first.
    pub(super) fn between(&self, from: Oid, to: Oid) -> Vec<Oid> {
        let mut walk = self.git.revwalk().expect("a repository");
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)
            .expect("a sorting");
        walk.push(to).expect("a commit");
        walk.hide(from).expect("a commit");
        walk.flatten().collect()
    }

    /// Changed files between two commits, as GitHub lists them.
    pub(super) fn files(&self, from: Option<Oid>, to: Oid) -> Vec<Value> {
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
        (0..diff.deltas().len())
            .filter_map(|number| {
                let mut patch = Patch::from_diff(&diff, number).ok()??;
                let delta = patch.delta();
                let status = match delta.status() {
                    Delta::Added => "added",
                    Delta::Deleted => "removed",
                    Delta::Renamed => "renamed",
                    _ => "modified",
                };
                let path = |file: git2::DiffFile<'_>| {
                    file.path().map(|path| path.to_string_lossy().into_owned())
                };
                let (old, new) = (path(delta.old_file()), path(delta.new_file()));
                let sha = delta.new_file().id().to_string();
                let text = patch.to_buf().ok()?;
                let text = String::from_utf8_lossy(&text).into_owned();
                let hunks = text.find("\n@@").map(|at| text[at + 1..].to_owned());
                let (_, added, removed) = patch.line_stats().ok()?;
                Some(json!({
                    "sha": sha,
                    "filename": new.or_else(|| old.clone()),
                    "previous_filename": old.filter(|_| status == "renamed"),
                    "status": status,
                    "additions": added,
                    "deletions": removed,
                    "changes": added + removed,
                    "patch": hunks,
                }))
            })
            .collect()
    }

    /// Two commits compared, as GitHub does it: from where they parted.
    pub(super) fn compare(&self, from: Oid, to: Oid) -> Value {
        let parted = self.git.merge_base(from, to).ok();
        let commits = self.between(parted.unwrap_or(from), to);
        let status = if from == to {
            "identical"
        } else if parted == Some(from) {
            "ahead"
        } else if parted == Some(to) {
            "behind"
        } else {
            "diverged"
        };
        let listed: Vec<Value> = commits.iter().map(|oid| self.commit_json(*oid)).collect();
        json!({
            "status": status,
            "ahead_by": commits.len(),
            "html_url": format!("https://github.com/{}/compare/{from}...{to}", self.full_name),
            "commits": listed,
            "files": self.files(parted, to),
        })
    }
}
