//! A commit in the user's name, signed and signed off as the repository asks.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use git2::{Commit, Config, Oid, Signature, Time};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use perch_core::seam::publisher::PublishError;

use super::super::folder::{Folder, Person};
use super::super::history::between;
use super::{fault, refused};

/// The user's last commits that are asked for a sign-off.
const ASKED: usize = 10;

/// How far back they are looked for.
const LOOKED_AT: usize = 1_000;

/// Makes a commit of `tree` on `parent`. No reference moves.
pub(super) fn make(
    folder: &Folder,
    parent: &Commit<'_>,
    tree: Oid,
    message: &str,
    now: Timestamp,
) -> Result<Oid, PublishError> {
    let config = folder
        .git
        .config()
        .map_err(fault)?
        .snapshot()
        .map_err(fault)?;
    let Some(person) = folder.person() else {
        return Err(refused(
            "git does not know who you are here, so the commit would have no author",
            "run `git config --global user.name \"…\"` and `git config --global user.email …`",
        ));
    };
    let mut message = git2::message_prettify(message, None).map_err(fault)?;
    if signs_off(folder, &config, parent, &person)? {
        message = signed_off(&message, &person);
    }
    if config.get_bool("commit.gpgsign").unwrap_or(false) {
        return signed(folder, parent, tree, &message, &person, now);
    }
    let author = signature(&person, now)?;
    let tree = folder.git.find_tree(tree).map_err(fault)?;
    folder
        .git
        .commit(None, &author, &author, &message, &tree, &[parent])
        .map_err(fault)
}

/// Minutes by which the machine's time zone is ahead of UTC at `now`.
fn offset(now: Timestamp) -> i32 {
    TimeZone::system().to_offset(now).seconds() / 60
}

fn signature(person: &Person, now: Timestamp) -> Result<Signature<'static>, PublishError> {
    let time = Time::new(now.as_second(), offset(now));
    Signature::new(&person.name, &person.email, &time).map_err(|error| {
        refused(
            format!(
                "git does not accept your name or e-mail: {}",
                error.message()
            ),
            "correct `user.name` and `user.email`",
        )
    })
}

fn trailer(person: &Person) -> String {
    format!("Signed-off-by: {} <{}>", person.name, person.email)
}

/// True when the repository asks for sign-offs, or the user has signed off each of their last commits.
fn signs_off(
    folder: &Folder,
    config: &Config,
    parent: &Commit<'_>,
    person: &Person,
) -> Result<bool, PublishError> {
    if config.get_bool("format.signOff").unwrap_or(false) {
        return Ok(true);
    }
    let line = trailer(person);
    let git = &folder.git;
    let walk =
        between(git, &[parent.id()], &[], LOOKED_AT, &AtomicBool::new(false)).map_err(fault)?;
    let mut own = walk
        .into_iter()
        .filter_map(|oid| git.find_commit(oid).ok())
        .filter(|commit| commit.author().email_bytes() == person.email.as_bytes())
        .take(ASKED)
        .map(|commit| {
            String::from_utf8_lossy(commit.message_bytes())
                .lines()
                .any(|found| found.eq_ignore_ascii_case(&line))
        })
        .peekable();
    Ok(own.peek().is_some() && own.all(|signed| signed))
}

/// The message with the sign-off as its last trailer, once.
fn signed_off(message: &str, person: &Person) -> String {
    let line = trailer(person);
    if message.lines().any(|found| found == line) {
        return message.into();
    }
    let has_trailers = git2::message_trailers_strs(message).is_ok_and(|found| found.len() > 0);
    let gap = if has_trailers { "" } else { "\n" };
    format!("{}\n{gap}{line}\n", message.trim_end())
}

/// The same through `git` itself, which knows the user's keys and agents (`gpg.format`, `user.signingKey`).
fn signed(
    folder: &Folder,
    parent: &Commit<'_>,
    tree: Oid,
    message: &str,
    person: &Person,
    now: Timestamp,
) -> Result<Oid, PublishError> {
    let minutes = offset(now);
    let date = format!(
        "{} {}{:02}{:02}",
        now.as_second(),
        if minutes < 0 { '-' } else { '+' },
        minutes.abs() / 60,
        minutes.abs() % 60
    );
    let unable = |reason: &str| {
        refused(
            format!("the commit could not be signed: {reason}"),
            "see that `git commit -S` works here, or turn `commit.gpgsign` off",
        )
    };
    let mut child = Command::new("git")
        .arg("-C")
        .arg(&folder.root)
        .args(["commit-tree", "-S", "-p"])
        .arg(parent.id().to_string())
        .args(["-F", "-"])
        .arg(tree.to_string())
        // What Perch may have inherited from a hook names another repository.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_OBJECT_DIRECTORY")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", &person.name)
        .env("GIT_AUTHOR_EMAIL", &person.email)
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_NAME", &person.name)
        .env("GIT_COMMITTER_EMAIL", &person.email)
        .env("GIT_COMMITTER_DATE", &date)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| unable(&format!("`git` did not start: {error}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A git that ends early says why on its standard error.
        let _ = stdin.write_all(message.as_bytes());
    }
    let output = child
        .wait_with_output()
        .map_err(|error| unable(&error.to_string()))?;
    let oid = String::from_utf8_lossy(&output.stdout);
    match Oid::from_str(oid.trim()) {
        Ok(oid) if output.status.success() => Ok(oid),
        _ => {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            Err(unable(last.unwrap_or("git gave no reason")))
        }
    }
}
