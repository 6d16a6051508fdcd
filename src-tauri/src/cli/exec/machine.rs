//! What a recorded command has around it: tool versions, the system, packages, the names of variables.
//!
//! Only reads files, and runs nothing: a tool's version is told by the folder it lies in, by a file its maker puts
//! beside it, or by the system's list of packages. What cannot be told that way is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use perch_core::run::Environment;

/// How long the command's end waits for a look that hangs on a slow disk.
const PATIENCE: Duration = Duration::from_millis(300);

/// Bytes read of one file at most.
const LARGEST: u64 = 32 << 20;

/// Programs, how people call them, and the package of the system they come in.
const TOOLS: &[(&str, &str, &str)] = &[
    ("cargo", "cargo", "cargo"),
    ("clang", "clang", "clang"),
    ("cmake", "CMake", "cmake"),
    ("docker", "Docker", "docker.io"),
    ("g++", "g++", "g++"),
    ("gcc", "gcc", "gcc"),
    ("git", "git", "git"),
    ("go", "Go", "golang-go"),
    ("gradle", "Gradle", "gradle"),
    ("java", "Java", "default-jre-headless"),
    ("make", "make", "make"),
    ("meson", "Meson", "meson"),
    ("mvn", "Maven", "maven"),
    ("ninja", "Ninja", "ninja-build"),
    ("node", "Node", "nodejs"),
    ("npm", "npm", "npm"),
    ("php", "PHP", "php-cli"),
    ("python3", "Python", "python3"),
    ("ruby", "Ruby", "ruby"),
    ("rustc", "rustc", "rustc"),
    ("terraform", "Terraform", "terraform"),
];

/// Libraries every program stands on.
const LIBRARIES: &[&str] = &["libc6", "libssl3", "libstdc++6", "musl"];

/// Variables that differ from terminal to terminal and change no build.
const OF_THE_TERMINAL: &[&str] = &[
    "COLORTERM",
    "COLUMNS",
    "DBUS_",
    "DESKTOP_",
    "DISPLAY",
    "GNOME_",
    "GPG_",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "KONSOLE_",
    "LINES",
    "LS_COLORS",
    "MANAGERPID",
    "OLDPWD",
    "PWD",
    "SESSION_",
    "SHLVL",
    "SSH_",
    "STY",
    "SYSTEMD_",
    "TERM",
    "TMUX",
    "VSCODE_",
    "VTE_",
    "WAYLAND_",
    "WINDOWID",
    "WINDOW",
    "XAUTHORITY",
    "XDG_",
    "_",
];

/// A look around that goes on beside the command.
pub(super) struct Look(Receiver<Environment>);

/// Begins to look around for a command in `folder`.
pub(super) fn look(folder: &Path) -> Look {
    let (send, receive) = channel();
    let machine = Machine::here(folder);
    // Without a thread there is nothing to take, which is no fault of the command.
    let _ = std::thread::Builder::new().spawn(move || send.send(machine.environment()));
    Look(receive)
}

impl Look {
    /// What was seen, or nothing if the disk does not answer.
    pub(super) fn take(self) -> Environment {
        self.0.recv_timeout(PATIENCE).unwrap_or_default()
    }
}

/// Where to look.
struct Machine {
    /// The root of the file system.
    root: PathBuf,
    /// The folder of the command.
    folder: PathBuf,
    /// Variables that say where things are.
    variables: BTreeMap<String, OsString>,
}

impl Machine {
    fn here(folder: &Path) -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        Self {
            root: PathBuf::from("/"),
            folder: folder.to_owned(),
            variables,
        }
    }

    fn environment(&self) -> Environment {
        let installed = self.installed();
        let tools = TOOLS
            .iter()
            .filter_map(|(program, name, package)| {
                let version = self.version(program, package, &installed)?;
                Some(((*name).to_owned(), version))
            })
            .collect();
        Environment {
            image: self.system(),
            tools,
            packages: installed
                .into_iter()
                .filter(|(name, _)| name.ends_with("-dev") || LIBRARIES.contains(&name.as_str()))
                .collect(),
            variables: self.names(),
        }
    }

    /// Names of the variables that may matter to a build.
    fn names(&self) -> BTreeSet<String> {
        let passing = |name: &str| {
            OF_THE_TERMINAL.iter().any(|one| {
                name == *one || (one.ends_with('_') && one.len() > 1 && name.starts_with(one))
            })
        };
        self.variables
            .keys()
            .filter(|name| !passing(name))
            .cloned()
            .collect()
    }

    fn version(
        &self,
        program: &str,
        package: &str,
        installed: &BTreeMap<String, String>,
    ) -> Option<String> {
        let found = self.find(program)?;
        let real = found.canonicalize().ok()?;
        if real.file_stem() == Some(OsStr::new("rustup")) {
            return self.of_the_toolchain(program);
        }
        beside(&real).or_else(|| in_path(&real)).or_else(|| {
            let of_the_system = ["usr", "bin", "lib"].iter();
            of_the_system
                .map(|folder| self.root.join(folder))
                .any(|folder| real.starts_with(folder))
                .then(|| installed.get(package).cloned())
                .flatten()
        })
    }

    /// The first file called `program` in the absolute folders of `PATH`.
    fn find(&self, program: &str) -> Option<PathBuf> {
        std::env::split_paths(self.variables.get("PATH")?)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(program))
            .find(|path| path.is_file())
    }

    /// The version in the toolchain that rustup would choose in the command's folder.
    fn of_the_toolchain(&self, program: &str) -> Option<String> {
        let home = match self.variables.get("RUSTUP_HOME") {
            Some(home) => PathBuf::from(home),
            None => Path::new(self.variables.get("HOME")?).join(".rustup"),
        };
        let named = self
            .variables
            .get("RUSTUP_TOOLCHAIN")
            .and_then(|name| name.to_str().map(str::to_owned))
            .or_else(|| pinned_toolchain(&self.folder))
            .or_else(|| quoted(&text(&home.join("settings.toml"))?, "default_toolchain"))?;
        let toolchains = home.join("toolchains");
        let plain = !named.contains(['/', '\\']) && named != "..";
        let exact = Some(toolchains.join(&named)).filter(|folder| plain && folder.is_dir());
        let folder = exact.or_else(|| {
            let begins = format!("{named}-");
            toolchains
                .read_dir()
                .ok()?
                .filter_map(|entry| Some(entry.ok()?.path()))
                .find(|folder| {
                    let name = folder.file_name().unwrap_or_default();
                    name.to_string_lossy().starts_with(&begins)
                })
        })?;
        let manifest = folder.join("lib/rustlib/multirust-channel-manifest.toml");
        let heading = format!("[pkg.{program}]");
        let mut lines = BufReader::new(File::open(manifest).ok()?.take(LARGEST))
            .lines()
            .map_while(Result::ok);
        lines.find(|line| *line == heading)?;
        let version = quoted(&lines.next()?, "version")?;
        Some(version.split(' ').next().unwrap_or_default().to_owned())
    }

    /// The system by its own name, with Debian's point release.
    fn system(&self) -> Option<String> {
        let name = quoted(&text(&self.root.join("etc/os-release"))?, "PRETTY_NAME")?;
        let point = text(&self.root.join("etc/debian_version"))
            .filter(|_| name.starts_with("Debian"))
            .filter(|point| point.starts_with(|c: char| c.is_ascii_digit()));
        Some(match point {
            Some(point) => format!("{name}, {}", point.trim()),
            None => name,
        })
    }

    /// Installed packages of Debian's or Alpine's kind.
    fn installed(&self) -> BTreeMap<String, String> {
        let mut packages = BTreeMap::new();
        let lists = [
            ("var/lib/dpkg/status", "Package: ", "Version: "),
            ("lib/apk/db/installed", "P:", "V:"),
        ];
        for (list, name_key, version_key) in lists {
            let Ok(file) = File::open(self.root.join(list)) else {
                continue;
            };
            let mut name = None;
            for line in BufReader::new(file.take(LARGEST))
                .lines()
                .map_while(Result::ok)
            {
                if let Some(found) = line.strip_prefix(name_key) {
                    name = Some(found.to_owned());
                } else if let Some(version) = line.strip_prefix(version_key)
                    && let Some(name) = name.take()
                {
                    packages.insert(name, version.to_owned());
                }
            }
        }
        packages
    }
}

/// The version in a file the maker puts beside the program.
fn beside(program: &Path) -> Option<String> {
    let home = program.parent()?.parent()?;
    match program.file_name()?.to_str()? {
        "go" => {
            let version = text(&home.join("VERSION"))?;
            let first = version.lines().next()?;
            Some(first.strip_prefix("go")?.trim().to_owned())
        }
        "java" => quoted(&text(&home.join("release"))?, "JAVA_VERSION"),
        "node" => {
            let header = text(&home.join("include/node/node_version.h"))?;
            let part = |name: &str| {
                let line = format!("#define NODE_{name}_VERSION ");
                let value = header.lines().find_map(|text| text.strip_prefix(&line))?;
                value.trim().parse::<u32>().ok()
            };
            Some(format!(
                "{}.{}.{}",
                part("MAJOR")?,
                part("MINOR")?,
                part("PATCH")?
            ))
        }
        _ => None,
    }
}

/// The version some folder of the path is called after: `…/node/v22.11.0/bin/node`.
fn in_path(program: &Path) -> Option<String> {
    let folders = program.parent()?.iter().rev();
    folders.filter_map(OsStr::to_str).find_map(|name| {
        let version = name.strip_prefix('v').unwrap_or(name);
        let numbers = version.split('.');
        let plain = numbers.clone().count() >= 2
            && numbers
                .take(2)
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        plain.then(|| version.to_owned())
    })
}

/// The toolchain a project names in a file of its own.
fn pinned_toolchain(folder: &Path) -> Option<String> {
    folder.ancestors().find_map(|folder| {
        let named = |file: &str| {
            let text = text(&folder.join(file))?;
            quoted(&text, "channel").or_else(|| {
                let first = text.trim();
                let plain = !first.is_empty() && !first.contains(char::is_whitespace);
                plain.then(|| first.to_owned())
            })
        };
        named("rust-toolchain").or_else(|| named("rust-toolchain.toml"))
    })
}

/// The value of `key = "value"` or `KEY=value` in `text`.
fn quoted(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let value = line
            .trim()
            .strip_prefix(key)?
            .trim_start()
            .strip_prefix('=')?;
        Some(value.trim().trim_matches('"').to_owned())
    })
}

/// A small text file.
fn text(file: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(file)
        .ok()?
        .take(1 << 20)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    /// A machine in a folder: files with their texts, programs that must never run, variables.
    fn machine(
        files: &[(&str, &str)],
        programs: &[&str],
        path: &[&str],
    ) -> (tempfile::TempDir, Machine) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it is there");
        let write = |name: &str, text: &str| {
            let file = root.join(name);
            std::fs::create_dir_all(file.parent().expect("inside")).expect("folders");
            std::fs::write(&file, text).expect("written");
            file
        };
        for (name, text) in files {
            write(name, text);
        }
        for name in programs {
            let ran = root.join("ran");
            let file = write(name, &format!("#!/bin/sh\necho x > {}\n", ran.display()));
            let run = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(file, run).expect("executable");
        }
        let joined = std::env::join_paths(path.iter().map(|one| root.join(one))).expect("no colon");
        let machine = Machine {
            variables: [
                ("PATH".to_owned(), joined),
                ("HOME".into(), root.join("home").into()),
                ("DEPLOY_TOKEN".into(), "hunter2".into()),
                ("TMUX".into(), "1".into()),
                ("XDG_SEAT".into(), "1".into()),
                ("_".into(), "x".into()),
            ]
            .into(),
            folder: root.join("project"),
            root,
        };
        (folder, machine)
    }

    fn tools(machine: &Machine) -> Vec<(String, String)> {
        machine.environment().tools.into_iter().collect()
    }

    #[test]
    fn versions_are_told_by_folders_files_and_package_lists() {
        let (folder, machine) = machine(
            &[
                ("opt/go/VERSION", "go1.22.3\ntime 2024\n"),
                (
                    "opt/jdk/release",
                    "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.9\"\n",
                ),
                (
                    "opt/node/include/node/node_version.h",
                    "#define NODE_MAJOR_VERSION 22\n#define NODE_MINOR_VERSION 12\n#define NODE_PATCH_VERSION 0\n",
                ),
                (
                    "var/lib/dpkg/status",
                    "Package: gcc\nStatus: install ok installed\nVersion: 4:12.2.0-3\n\n\
                     Package: libpq-dev\nVersion: 15.8\n\nPackage: vim\nVersion: 9\n",
                ),
                (
                    "etc/os-release",
                    "NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n",
                ),
                ("etc/debian_version", "12.7\n"),
                (
                    "home/.rustup/settings.toml",
                    "default_toolchain = \"stable\"\n",
                ),
                (
                    "home/.rustup/toolchains/1.80.0-x/lib/rustlib/multirust-channel-manifest.toml",
                    "[pkg.cargo]\nversion = \"0.81.0 (x)\"\n[pkg.rustc]\nversion = \"1.80.0 (abc 2024)\"\n",
                ),
                (
                    "project/rust-toolchain.toml",
                    "[toolchain]\nchannel = \"1.80.0\"\n",
                ),
            ],
            &[
                "opt/go/bin/go",
                "opt/jdk/bin/java",
                "opt/node/bin/node",
                "opt/cmake/3.28.1/bin/cmake",
                "usr/bin/gcc",
                "home/.cargo/bin/rustup",
            ],
            &[
                "opt/go/bin",
                "opt/jdk/bin",
                "opt/node/bin",
                "opt/cmake/3.28.1/bin",
                "usr/bin",
                "home/.cargo/bin",
            ],
        );
        let bin = machine.root.join("home/.cargo/bin");
        symlink("rustup", bin.join("rustc")).expect("a link");
        let expected = [
            ("CMake", "3.28.1"),
            ("Go", "1.22.3"),
            ("Java", "17.0.9"),
            ("Node", "22.12.0"),
            ("gcc", "4:12.2.0-3"),
            ("rustc", "1.80.0"),
        ];
        let expected: Vec<_> = expected
            .map(|(tool, version)| (tool.into(), version.into()))
            .into();
        assert_eq!(tools(&machine), expected);
        let environment = machine.environment();
        assert_eq!(
            environment.image.as_deref(),
            Some("Debian GNU/Linux 12, 12.7")
        );
        assert_eq!(
            environment.packages.into_iter().collect::<Vec<_>>(),
            [("libpq-dev".to_owned(), "15.8".to_owned())]
        );
        assert!(!folder.path().join("ran").exists(), "something was run");
    }

    #[test]
    fn names_of_variables_are_kept_without_values_and_without_the_terminals_own() {
        let (_folder, machine) = machine(&[], &[], &[]);
        let environment = machine.environment();
        let names: Vec<&str> = environment.variables.iter().map(String::as_str).collect();
        assert_eq!(names, ["DEPLOY_TOKEN", "HOME", "PATH"]);
        let kept = serde_json::to_string(&environment).expect("JSON");
        assert!(!kept.contains("hunter2"), "{kept}");
    }

    #[test]
    fn hostile_projects_and_strange_machines_name_no_version() {
        let (folder, mut machine) = machine(
            &[
                ("project/rust-toolchain", "../../../project/evil\n"),
                ("home/.rustup/settings.toml", "default_toolchain"),
                ("opt/go/VERSION", "\u{0}\u{1}"),
                ("var/lib/dpkg/status", "Version: 1\nPackage: gcc\n"),
            ],
            &["home/.cargo/bin/rustup", "opt/go/bin/go", "project/node"],
            &["home/.cargo/bin", "opt/go/bin"],
        );
        let bin = machine.root.join("home/.cargo/bin");
        symlink("rustup", bin.join("rustc")).expect("a link");
        let path = machine.variables.get_mut("PATH").expect("it is set");
        path.push(":.:project");
        assert_eq!(tools(&machine), []);
        assert!(!folder.path().join("ran").exists(), "something was run");
    }
}
