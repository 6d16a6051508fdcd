//! The processes of this machine, as far as somebody started them.

use std::path::Path;

/// A process that has not ended.
pub(crate) struct Process {
    /// Its number.
    pub(crate) id: u32,
    /// What it calls itself.
    pub(crate) name: String,
    parent: u32,
}

/// What a process started, and what that started.
pub(crate) fn started_by(first: u32) -> Vec<Process> {
    let mut left: Vec<Process> = std::fs::read_dir("/proc")
        .expect("Linux has /proc")
        .filter_map(|entry| Process::read(&entry.ok()?.path()))
        .collect();
    let mut parents = vec![first];
    let mut started: Vec<Process> = Vec::new();
    while let Some(parent) = parents.pop() {
        let (children, others) = left.into_iter().partition(|one| one.parent == parent);
        left = others;
        let children: Vec<Process> = children;
        parents.extend(children.iter().map(|child| child.id));
        started.extend(children);
    }
    started
}

impl Process {
    /// From its folder in `/proc`.
    fn read(folder: &Path) -> Option<Self> {
        let id = folder.file_name()?.to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
        let (head, tail) = stat.rsplit_once(')')?;
        let mut fields = tail.split_whitespace();
        let ended = fields.next()? == "Z";
        let parent = fields.next()?.parse().ok()?;
        let name = head.split_once('(')?.1.to_owned();
        (!ended).then_some(Self { id, name, parent })
    }
}
