//! From the paths a log prints to paths of the repository.

use perch_core::event::Event;
use perch_core::facts::Facts;
use perch_core::patch::is_inside;

use crate::analysers::build::Build;

/// Folders of tools and dependencies: what lies in them is none of the repository's.
const FOREIGN: &[&str] = &[
    "/rustc/",
    "/.cargo/",
    "/.rustup/",
    "/site-packages/",
    "/dist-packages/",
    "/node_modules/",
    "/usr/lib",
    "/usr/local/lib",
    "/usr/include/",
    "/usr/share/",
    "/nix/store/",
    "/.pyenv/",
    "/go/pkg/mod/",
    "/gems/",
    "/.gradle/",
    "/.m2/",
];

/// What is known about where the files of the repository are.
pub(super) struct Paths<'a> {
    facts: &'a Facts,
    prefix: String,
    /// The repository's folder on this machine; empty when it is elsewhere.
    root: &'a str,
    /// The last part of the repository's name, by which checkouts call their folder.
    name: &'a str,
}

impl<'a> Paths<'a> {
    pub(super) fn new(event: &'a Event, facts: &'a Facts) -> Self {
        let repository = &event.subject.repository;
        let key = event.subject.repository_key.trim_end_matches('/');
        Self {
            facts,
            prefix: Build::of(event).folder_prefix,
            root: if key.starts_with('/') || key.get(1..3) == Some(":\\") {
                key
            } else {
                ""
            },
            name: repository.rsplit('/').next().unwrap_or(repository),
        }
    }

    /// The path in the repository that `written` in the log means, if that is clear.
    pub(super) fn resolve(&self, written: &str) -> Option<String> {
        let path = written.replace('\\', "/");
        let root = self.root.replace('\\', "/");
        if let Some(inside) = path
            .strip_prefix(&root)
            .and_then(|rest| rest.strip_prefix('/'))
            && !root.is_empty()
        {
            return self.known(inside);
        }
        if path.starts_with('/') || path.get(1..3) == Some(":/") {
            return self.absolute(&path);
        }
        let path = path.trim_start_matches("./");
        self.known(&format!("{}{path}", self.prefix))
            .or_else(|| self.known(path))
            .or_else(|| self.ending(path))
    }

    /// `path` as the repository's if that is clear, else as it was written, shortened.
    pub(super) fn shown(&self, written: &str) -> String {
        self.resolve(written).unwrap_or_else(|| {
            let parts: Vec<&str> = written.rsplit(['/', '\\']).take(2).collect();
            parts.into_iter().rev().collect::<Vec<_>>().join("/")
        })
    }

    /// `path` without `.` and `..`, if it is one of the repository's files or these are unknown.
    fn known(&self, path: &str) -> Option<String> {
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        let path = parts.join("/");
        let fits = is_inside(&path) && (self.facts.tree.is_empty() || self.has(&path));
        fits.then_some(path)
    }

    fn has(&self, path: &str) -> bool {
        self.facts
            .tree
            .binary_search_by(|file| file.as_str().cmp(path))
            .is_ok()
    }

    /// The only file whose path ends in `path`.
    fn ending(&self, path: &str) -> Option<String> {
        let mut fitting = self.facts.tree.iter().filter(|file| {
            file.strip_suffix(path)
                .is_some_and(|before| before.ends_with('/'))
        });
        let found = fitting.next()?;
        fitting.next().is_none().then(|| found.clone())
    }

    /// The file a checkout elsewhere calls `path`: its longest ending that is a file of the repository.
    fn absolute(&self, path: &str) -> Option<String> {
        if FOREIGN.iter().any(|folder| path.contains(folder)) {
            return None;
        }
        let parts: Vec<&str> = path.split('/').collect();
        (1..parts.len()).find_map(|from| {
            let ending = parts[from..].join("/");
            // One name alone says too little, unless the checkout's folder stands before it.
            let clear = parts.len() - from >= 2 || parts[from - 1] == self.name;
            (clear && self.has(&ending)).then_some(ending)
        })
    }
}

#[cfg(test)]
mod tests {
    use perch_core::event_type::EventType;
    use perch_core::subject::Subject;

    use super::*;

    #[test]
    fn paths_of_a_log_lead_to_files_of_the_repository_or_nowhere() {
        let event = Event {
            event_type: EventType::BUILD_FAILED,
            dedup_key: String::new(),
            subject: Subject {
                repository: "acme/api".into(),
                repository_key: "/home/ada/code/api".into(),
                ..Subject::default()
            },
            at: jiff::Timestamp::UNIX_EPOCH,
            actor: None,
            involves: Vec::new(),
            data: serde_json::json!({"build": {"folder_prefix": "web/"}}),
        };
        let facts = Facts {
            tree: [
                "build.rs",
                "lib/a.rs",
                "src/macros.rs",
                "web/src/x.ts",
                "x/y/z.py",
            ]
            .map(String::from)
            .to_vec(),
            ..Facts::default()
        };
        let paths = Paths::new(&event, &facts);
        let cases = [
            ("src/x.ts", Some("web/src/x.ts")),
            ("./src\\x.ts", Some("web/src/x.ts")),
            ("../lib/a.rs", Some("lib/a.rs")),
            ("lib/a.rs", Some("lib/a.rs")),
            ("y/z.py", Some("x/y/z.py")),
            ("/home/ada/code/api/build.rs", Some("build.rs")),
            ("/home/runner/work/api/api/build.rs", Some("build.rs")),
            ("/builds/acme/api/lib/a.rs", Some("lib/a.rs")),
            ("D:\\a\\api\\api\\lib\\a.rs", Some("lib/a.rs")),
            ("/usr/share/other/build.rs", None),
            ("/opt/other/build.rs", None),
            ("/rustc/abc/library/std/src/macros.rs", None),
            ("../../etc/passwd", None),
            ("gone.rs", None),
        ];
        for (written, expected) in cases {
            assert_eq!(paths.resolve(written).as_deref(), expected, "{written}");
        }
    }
}
