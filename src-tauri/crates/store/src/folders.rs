//! Folders: where settings, data and the socket are on this machine.
//!
//! `PERCH_HOME` moves everything; otherwise the platform's own places are used. Nothing is created before
//! [`Folders::create`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use perch_core::id::short_hash;
use thiserror::Error;

use crate::environment::Environment;

/// The longest path a Unix socket can have on every system; macOS allows 104 bytes with the final zero.
const SOCKET_PATH: usize = 103;

/// Where Perch keeps what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// The settings file.
    pub config_file: PathBuf,
    /// The data folder: database, lock, logs.
    pub data: PathBuf,
    /// The database.
    pub database: PathBuf,
    /// Where `perch exec` leaves its runs.
    pub spool: PathBuf,
    /// Logs of local runs.
    pub logs: PathBuf,
    /// Snapshots of working trees on which runs failed.
    pub snapshots: PathBuf,
    /// Where clients of package ecosystems may work; empty but while they do.
    pub scratch: PathBuf,
    /// Perch's own log.
    pub own_log: PathBuf,
    /// The socket on which the engine answers the command line; on Windows the name of a pipe.
    pub socket: PathBuf,
    /// The keychain service its secrets stand under: `perch`, with a hash when the data are not at their usual place.
    pub keychain_service: String,
}

/// Why there is no place for Perch's files.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The environment does not tell where the user's files are.
    #[error("the home folder is not known; set HOME, or PERCH_HOME to the folder Perch may use")]
    NoHome,
    /// A folder cannot be made or used.
    #[error(
        "the folder {} cannot be used: {source}; make it writable, or set PERCH_HOME to another one",
        folder.display()
    )]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Folders {
    /// Finds the folders that `environment` means.
    pub fn find(environment: &Environment) -> Result<Self, FolderError> {
        let (config, data, usual) = if let Some(home) = environment.perch_home() {
            (home.clone(), home.join("data"), false)
        } else {
            let places = platform(environment).ok_or(FolderError::NoHome)?;
            // Where the platform keeps both in one place, the data go below the settings.
            let data = if places.config == places.data {
                places.data.join("data")
            } else {
                places.data
            };
            (places.config, data, places.usual)
        };
        let mark = short_hash(&data.to_string_lossy(), 12);
        let keychain_service = if usual {
            "perch".into()
        } else {
            format!("perch-{mark}")
        };
        Ok(Self {
            config_file: config.join("config.toml"),
            database: data.join("perch.db"),
            spool: data.join("spool"),
            logs: data.join("logs"),
            snapshots: data.join("snapshots"),
            scratch: data.join("scratch"),
            own_log: data.join("perch.log"),
            socket: socket(environment, &data, &mark),
            keychain_service,
            data,
        })
    }

    /// Creates the folders that are missing, readable by the user alone, and makes sure of that for the data folder.
    pub fn create(&self) -> Result<(), FolderError> {
        let config = self.config_file.parent().unwrap_or(&self.data);
        for folder in [config, &self.data, &self.spool, &self.logs, &self.snapshots] {
            create_private(folder).map_err(|source| FolderError::Unusable {
                folder: folder.to_owned(),
                source,
            })?;
        }
        close_to_others(&self.data).map_err(|source| FolderError::Unusable {
            folder: self.data.clone(),
            source,
        })
    }
}

/// Creates `folder` and what is missing above it with mode 0700.
pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a rename in `folder` survive a power cut, where folders can be flushed.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(unix)]
fn close_to_others(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(folder)?.permissions().mode();
    if mode & 0o777 == 0o700 {
        return Ok(());
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// A user's profile folder is closed to others by the system.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same shape as on Unix")]
fn close_to_others(_folder: &Path) -> io::Result<()> {
    Ok(())
}

struct Places {
    config: PathBuf,
    data: PathBuf,
    /// True when the data are where they are unless someone moved them.
    usual: bool,
}

/// The XDG base directory specification.
#[cfg(not(any(windows, target_os = "macos")))]
fn platform(environment: &Environment) -> Option<Places> {
    let at = |variable: &str, usual: &str| {
        let moved = environment.folder(variable).map(Path::to_owned);
        moved.or_else(|| Some(environment.home()?.join(usual)))
    };
    let data = at("XDG_DATA_HOME", ".local/share")?.join("perch");
    let usual = environment
        .home()
        .map(|home| home.join(".local/share/perch"));
    Some(Places {
        config: at("XDG_CONFIG_HOME", ".config")?.join("perch"),
        usual: usual.as_ref() == Some(&data),
        data,
    })
}

/// The file system programming guide of macOS.
#[cfg(target_os = "macos")]
fn platform(environment: &Environment) -> Option<Places> {
    let folder = environment
        .home()?
        .join("Library/Application Support/Perch");
    Some(Places {
        config: folder.clone(),
        data: folder,
        usual: true,
    })
}

/// The known folders of Windows: the system answers, the environment is not asked.
#[cfg(windows)]
fn platform(_environment: &Environment) -> Option<Places> {
    let folders = directories::BaseDirs::new()?;
    Some(Places {
        config: folders.config_dir().join("Perch"),
        data: folders.data_local_dir().join("Perch"),
        usual: true,
    })
}

#[cfg(windows)]
fn socket(_environment: &Environment, _data: &Path, mark: &str) -> PathBuf {
    PathBuf::from(format!(r"\\.\pipe\perch-{mark}"))
}

/// In the data folder, or in the session's own folder when that path would be too long for a socket.
#[cfg(not(windows))]
fn socket(environment: &Environment, data: &Path, mark: &str) -> PathBuf {
    let beside = data.join("engine.sock");
    if beside.as_os_str().len() <= SOCKET_PATH {
        return beside;
    }
    environment
        .folder("XDG_RUNTIME_DIR")
        .map(|folder| folder.join(format!("perch-{mark}.sock")))
        .filter(|path| path.as_os_str().len() <= SOCKET_PATH)
        .unwrap_or(beside)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn find(pairs: &[(&str, &str)]) -> Folders {
        Folders::find(&Environment::from_pairs(pairs.iter().copied())).expect("a home")
    }

    #[test]
    fn perch_home_moves_everything() {
        let folders = find(&[
            ("PERCH_HOME", "/srv/perch"),
            ("HOME", "/home/ada"),
            ("XDG_CONFIG_HOME", "/etc/x"),
            ("XDG_DATA_HOME", "/var/x"),
        ]);
        let mut expected = Folders {
            config_file: "/srv/perch/config.toml".into(),
            data: "/srv/perch/data".into(),
            database: "/srv/perch/data/perch.db".into(),
            spool: "/srv/perch/data/spool".into(),
            logs: "/srv/perch/data/logs".into(),
            snapshots: "/srv/perch/data/snapshots".into(),
            scratch: "/srv/perch/data/scratch".into(),
            own_log: "/srv/perch/data/perch.log".into(),
            socket: "/srv/perch/data/engine.sock".into(),
            keychain_service: String::new(),
        };
        expected.keychain_service = folders.keychain_service.clone();
        assert_eq!(folders, expected);
    }

    #[test]
    fn only_data_at_their_usual_place_use_the_plain_keychain_service() {
        let usual = find(&[("HOME", "/home/ada")]).keychain_service;
        let one = find(&[("HOME", "/home/ada"), ("PERCH_HOME", "/srv/one")]).keychain_service;
        let two = find(&[("HOME", "/home/ada"), ("PERCH_HOME", "/srv/two")]).keychain_service;
        assert_eq!(usual, "perch");
        assert!(one.starts_with("perch-") && two.starts_with("perch-"));
        assert_ne!(one, two);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_xdg_variables_decide_unless_they_are_relative_or_empty() {
        let folders = find(&[("HOME", "/home/ada")]);
        assert_eq!(
            folders.config_file,
            Path::new("/home/ada/.config/perch/config.toml")
        );
        assert_eq!(folders.data, Path::new("/home/ada/.local/share/perch"));
        let moved = find(&[
            ("HOME", "/home/ada"),
            ("XDG_CONFIG_HOME", "/c"),
            ("XDG_DATA_HOME", "/d"),
        ]);
        assert_eq!(moved.config_file, Path::new("/c/perch/config.toml"));
        assert_eq!(moved.data, Path::new("/d/perch"));
        let ignored = find(&[
            ("HOME", "/home/ada"),
            ("XDG_DATA_HOME", "d"),
            ("XDG_CONFIG_HOME", ""),
        ]);
        assert_eq!(ignored, folders);
    }

    #[test]
    fn no_home_is_an_error_that_says_what_to_set() {
        let nowhere = Environment::from_pairs([("USER", "ada")]);
        let error = Folders::find(&nowhere).expect_err("no home").to_string();
        assert!(error.contains("PERCH_HOME"), "{error}");
    }

    #[test]
    fn a_socket_path_that_would_be_too_long_moves_to_the_runtime_folder() {
        let deep = format!("/srv/{}", "deep/".repeat(30));
        let folders = find(&[("PERCH_HOME", &deep), ("XDG_RUNTIME_DIR", "/run/user/1000")]);
        assert!(folders.socket.starts_with("/run/user/1000"), "{folders:?}");
        let without = find(&[("PERCH_HOME", &deep)]);
        assert!(without.socket.starts_with("/srv"), "{without:?}");
    }

    #[test]
    fn folders_are_made_for_the_user_alone_and_an_open_one_is_closed() {
        let place = tempfile::tempdir().expect("a folder");
        let home = place.path().join("perch");
        let pairs = [("PERCH_HOME", home.as_os_str().to_owned())];
        let folders = Folders::find(&Environment::from_pairs(pairs)).expect("a home");
        fs::create_dir_all(&folders.data).expect("created");
        fs::set_permissions(&folders.data, fs::Permissions::from_mode(0o755)).expect("opened");
        folders.create().expect("created");
        for folder in [
            &folders.data,
            &folders.spool,
            &folders.logs,
            &folders.snapshots,
        ] {
            let mode = fs::metadata(folder).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
        }
        folders.create().expect("created again");
    }

    #[test]
    fn a_file_in_the_way_is_named_in_the_error() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("file");
        fs::write(&file, "").expect("written");
        let pairs = [("PERCH_HOME", file.as_os_str().to_owned())];
        let folders = Folders::find(&Environment::from_pairs(pairs)).expect("a home");
        let error = folders
            .create()
            .expect_err("a file is no folder")
            .to_string();
        assert!(error.contains("/file"), "{error}");
    }
}
