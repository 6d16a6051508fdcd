//! Finding a program: in the path, and where it is installed for programs started by a desktop, whose path is short.

use std::path::{Path, PathBuf};

use super::Surroundings;
use super::kinds::Kind;

/// Folders of programs that a login shell adds and a desktop does not.
const USUAL: &[&str] = &[
    "~/.local/bin",
    "~/.local/share/JetBrains/Toolbox/scripts",
    "~/Library/Application Support/JetBrains/Toolbox/scripts",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/snap/bin",
    "/var/lib/flatpak/exports/bin",
    "~/.local/share/flatpak/exports/bin",
];

/// The program of `kind`, if there is a screen to show its windows on.
pub(super) fn program(surroundings: &Surroundings, kind: &Kind) -> Option<PathBuf> {
    if !surroundings.display {
        return None;
    }
    let installed = || {
        let places = kind.elsewhere.iter();
        places
            .filter_map(|place| expanded(surroundings, place))
            .find(|place| is_program(place))
    };
    kind.programs
        .iter()
        .find_map(|name| named(surroundings, name))
        .or_else(installed)
}

/// The program called `name`, or at that path if it is one.
pub(super) fn named(surroundings: &Surroundings, name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.components().count() > 1 {
        return (path.is_absolute() && is_program(path)).then(|| path.to_owned());
    }
    let usual = USUAL
        .iter()
        .filter_map(|folder| expanded(surroundings, folder));
    let folders = surroundings.path.iter().cloned().chain(usual);
    folders
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| spellings(&folder, name))
        .find(|program| is_program(program))
}

/// The name of a program without its folder and its ending.
pub(super) fn stem(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    [".exe", ".cmd"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
}

/// The same of a path.
pub(super) fn stem_of(program: &Path) -> String {
    stem(&program.to_string_lossy()).to_owned()
}

fn spellings(folder: &Path, name: &str) -> Vec<PathBuf> {
    if cfg!(windows) {
        let with = |ending| folder.join(format!("{name}.{ending}"));
        vec![with("exe"), with("cmd")]
    } else {
        vec![folder.join(name)]
    }
}

fn expanded(surroundings: &Surroundings, place: &str) -> Option<PathBuf> {
    match (place.strip_prefix("~/"), place.strip_prefix("%/")) {
        (Some(rest), _) => Some(surroundings.home.as_ref()?.join(rest)),
        (_, Some(rest)) => Some(surroundings.local_programs.as_ref()?.join(rest)),
        _ => Some(PathBuf::from(place)),
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}
