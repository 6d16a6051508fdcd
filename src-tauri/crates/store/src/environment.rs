//! The environment: the one place that reads environment variables.
//!
//! A value is read once and handed on; nothing else asks the process. What the variables of a server or a CI job
//! say about a forge becomes a connection in [`connection`].

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use perch_core::id::UserId;

mod address;
mod connection;
#[cfg(test)]
mod tests;

pub use connection::{CODE_REPO, EnvironmentConnection, SUPABASE};

/// Variables that are kept besides those that begin with `PERCH_` or `XDG_`.
const KEPT: &[&str] = &[
    "APPIMAGE",
    "CI",
    "CODE_REPO_API_KEY",
    "CODE_REPO_PROVIDER",
    "CODE_REPO_URL",
    "CODE_REPO_WEBHOOK_SECRET",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "EDITOR",
    "GITHUB_REPO_URL",
    "GITHUB_TOKEN",
    "GITHUB_WEBHOOK_SECRET",
    "HOME",
    "LANG",
    "LOCALAPPDATA",
    "LOGNAME",
    "NO_COLOR",
    "PATH",
    "RUST_LOG",
    "SUPABASE_SERVICE_ROLE_KEY",
    "SUPABASE_URL",
    "TERMINAL",
    "USER",
    "USERNAME",
    "USERPROFILE",
    "VISUAL",
    "WAYLAND_DISPLAY",
];

/// Environment variables as they were when Perch started. An empty one counts as unset.
///
/// Its `Debug` shows names only, since some of the values are secrets.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

impl Environment {
    /// Reads the process's environment. An unset `HOME` is looked up in the account.
    pub fn read() -> Self {
        let mut environment = Self::from_pairs(std::env::vars_os());
        if environment.home().is_none()
            && let Some(home) = std::env::home_dir().filter(|home| !home.as_os_str().is_empty())
        {
            environment.variables.insert("HOME".into(), home.into());
        }
        environment
    }

    /// An environment of exactly these variables.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = pairs
            .into_iter()
            .filter_map(|(name, value)| {
                let (name, value) = (name.into().into_string().ok()?, value.into());
                let kept = name.starts_with("PERCH_")
                    || name.starts_with("XDG_")
                    || KEPT.contains(&name.as_str());
                (kept && !value.is_empty()).then_some((name, value))
            })
            .collect();
        Self { variables }
    }

    /// The variable `name`, if it is one Perch looks at and is text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.to_str()
    }

    /// Where the program called `name` lies in `PATH`. Relative folders there are passed over, since what lies in them
    /// depends on where Perch was started.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(self.variables.get("PATH")?)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(&file))
            .find(|program| is_executable(program))
    }

    /// The variable `name` as a folder; a relative one is ignored, as the XDG base directory specification asks.
    pub(crate) fn folder(&self, name: &str) -> Option<&Path> {
        let folder = Path::new(self.variables.get(name)?);
        folder.is_absolute().then_some(folder)
    }

    /// Where `PERCH_HOME` moves everything to; a relative one is taken from the current folder.
    pub fn perch_home(&self) -> Option<PathBuf> {
        let home = Path::new(self.variables.get("PERCH_HOME")?);
        Some(std::path::absolute(home).unwrap_or_else(|_| home.to_owned()))
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<&Path> {
        self.folder("HOME").or_else(|| self.folder("USERPROFILE"))
    }

    /// Where programs are looked for, first to last.
    pub fn program_folders(&self) -> Vec<PathBuf> {
        let path = self.variables.get("PATH");
        path.map_or_else(Vec::new, |path| std::env::split_paths(path).collect())
    }

    /// The user whose login this is: the only one until more are added.
    pub fn login(&self) -> UserId {
        ["USER", "LOGNAME", "USERNAME"]
            .iter()
            .find_map(|name| self.get(name))
            .or_else(|| self.home()?.file_name().and_then(OsStr::to_str))
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map_or_else(|| UserId::new("me"), UserId::new)
    }

    /// True when there is a screen to show a tray on. Windows and macOS always have one.
    pub fn has_display(&self) -> bool {
        cfg!(any(windows, target_os = "macos"))
            || self.variables.contains_key("WAYLAND_DISPLAY")
            || self.variables.contains_key("DISPLAY")
    }

    /// Where `PERCH_LISTEN` has the listener bind instead of where the settings say.
    pub fn listen(&self) -> Result<Option<SocketAddr>, String> {
        self.get("PERCH_LISTEN")
            .map(|text| {
                crate::settings::listen_address(text)
                    .map_err(|problem| format!("PERCH_LISTEN: {problem}"))
            })
            .transpose()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}
