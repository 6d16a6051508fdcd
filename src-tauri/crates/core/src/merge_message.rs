//! Reads what a merge commit's message tells: which branch came in, and what the pull request said.
//!
//! Pure. Knows the messages of `git merge`, GitHub, GitLab, Gitea and Bitbucket.

/// What the message of a merge commit tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeMessage {
    /// The merged branch.
    pub head: Option<String>,
    /// The pull request's number, where a forge wrote the message.
    pub number: Option<u64>,
    /// The pull request's title, where the message repeats it.
    pub title: Option<String>,
    /// The rest of the message.
    pub body: String,
}

/// Reads `message`.
pub fn read(message: &str) -> MergeMessage {
    let (subject, rest) = message.split_once('\n').unwrap_or((message, ""));
    let subject = subject.trim();
    let head = head(subject);
    let number = number(subject, rest);
    // Only forges write the title below; below a plain `git merge` stands whatever the user wrote.
    let by_forge = subject.starts_with("Merge pull request ")
        || subject.starts_with("Merged in ")
        || rest.contains("See merge request ");
    let rest = rest.trim();
    if by_forge && !rest.is_empty() {
        let (title, body) = rest.split_once('\n').unwrap_or((rest, ""));
        return MergeMessage {
            head,
            number,
            title: Some(title.trim().into()),
            body: body.trim().into(),
        };
    }
    MergeMessage {
        head,
        number,
        title: quoted_title(subject),
        body: rest.into(),
    }
}

/// The title that Gitea quotes in the first line.
fn quoted_title(subject: &str) -> Option<String> {
    let rest = subject.strip_prefix("Merge pull request '")?;
    let (title, _) = rest.rsplit_once("' (#")?;
    Some(title.trim().into())
}

fn number(subject: &str, rest: &str) -> Option<u64> {
    let digits = |text: &str| {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        text[..end].parse().ok()
    };
    if let Some(after) = subject.strip_prefix("Merge pull request ") {
        let (_, after) = after.rsplit_once('#')?;
        return digits(after);
    }
    if subject.starts_with("Merged in ") {
        let (_, after) = subject.rsplit_once("(pull request #")?;
        return digits(after);
    }
    let (_, after) = rest.rsplit_once("See merge request ")?;
    digits(after.split_once('!')?.1)
}

fn head(subject: &str) -> Option<String> {
    let quoted = |rest: &str| {
        let (name, _) = rest.strip_prefix('\'')?.split_once('\'')?;
        Some(name.to_owned())
    };
    if let Some(rest) = subject.strip_prefix("Merge branch ") {
        return quoted(rest);
    }
    if let Some(rest) = subject.strip_prefix("Merge remote-tracking branch ") {
        let name = quoted(rest)?;
        return Some(
            name.split_once('/')
                .map_or(name.clone(), |(_, branch)| branch.into()),
        );
    }
    if let Some(rest) = subject.strip_prefix("Merge pull request ") {
        // GitHub: `#12 from owner/branch`; Gitea: `'Title' (#12) from branch into main`.
        let (_, from) = rest.rsplit_once(" from ")?;
        let name = from.split_whitespace().next()?;
        return Some(if rest.starts_with('#') {
            name.split_once('/')
                .map_or(name, |(_, branch)| branch)
                .into()
        } else {
            name.into()
        });
    }
    let rest = subject.strip_prefix("Merged in ")?;
    rest.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_messages_of_git_and_the_forges_are_read() {
        let cases = [
            ("Merge branch 'fix/a'", Some("fix/a"), None, None, ""),
            (
                "Merge branch 'a' into main\n\nWhy",
                Some("a"),
                None,
                None,
                "Why",
            ),
            (
                "Merge remote-tracking branch 'origin/fix/a'",
                Some("fix/a"),
                None,
                None,
                "",
            ),
            (
                "Merge pull request #12 from acme/fix/a\n\nFix the door\n\nIt stuck.",
                Some("fix/a"),
                Some(12),
                Some("Fix the door"),
                "It stuck.",
            ),
            (
                "Merge pull request 'Fix the door' (#3) from fix/a into main",
                Some("fix/a"),
                Some(3),
                Some("Fix the door"),
                "",
            ),
            (
                "Merge branch 'a' into 'main'\n\nFix the door\n\nSee merge request acme/api!4",
                Some("a"),
                Some(4),
                Some("Fix the door"),
                "See merge request acme/api!4",
            ),
            (
                "Merged in a (pull request #3)\n\nFix the door",
                Some("a"),
                Some(3),
                Some("Fix the door"),
                "",
            ),
            ("Bring it all together", None, None, None, ""),
        ];
        for (message, head, number, title, body) in cases {
            let expected = MergeMessage {
                head: head.map(Into::into),
                number,
                title: title.map(Into::into),
                body: body.into(),
            };
            assert_eq!(read(message), expected, "{message}");
        }
    }
}
