//! Reads what a merge commit's message tells: which branch came in, and what the pull request said.
//!
//! Pure. Knows the messages of `git merge`, GitHub, GitLab, Gitea and Bitbucket.

/// What the message of a merge commit tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MergeMessage {
    /// The merged branch.
    pub(super) head: Option<String>,
    /// The pull request's title, where the message repeats it.
    pub(super) title: Option<String>,
    /// The rest of the message.
    pub(super) body: String,
}

/// Reads `message`.
pub(super) fn read(message: &str) -> MergeMessage {
    let (subject, rest) = message.split_once('\n').unwrap_or((message, ""));
    let subject = subject.trim();
    let head = head(subject);
    // Only forges write the title below; below a plain `git merge` stands whatever the user wrote.
    let by_forge = subject.starts_with("Merge pull request ")
        || subject.starts_with("Merged in ")
        || rest.contains("See merge request ");
    let rest = rest.trim();
    if by_forge && !rest.is_empty() {
        let (title, body) = rest.split_once('\n').unwrap_or((rest, ""));
        return MergeMessage {
            head,
            title: Some(title.trim().into()),
            body: body.trim().into(),
        };
    }
    MergeMessage {
        head,
        title: None,
        body: rest.into(),
    }
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
            ("Merge branch 'fix/a'", Some("fix/a"), None, ""),
            ("Merge branch 'a' into main\n\nWhy", Some("a"), None, "Why"),
            (
                "Merge remote-tracking branch 'origin/fix/a'",
                Some("fix/a"),
                None,
                "",
            ),
            (
                "Merge pull request #12 from acme/fix/a\n\nFix the door\n\nIt stuck.",
                Some("fix/a"),
                Some("Fix the door"),
                "It stuck.",
            ),
            (
                "Merge pull request 'Fix the door' (#3) from fix/a into main",
                Some("fix/a"),
                None,
                "",
            ),
            (
                "Merge branch 'a' into 'main'\n\nFix the door\n\nSee merge request acme/api!4",
                Some("a"),
                Some("Fix the door"),
                "See merge request acme/api!4",
            ),
            (
                "Merged in a (pull request #3)\n\nFix the door",
                Some("a"),
                Some("Fix the door"),
                "",
            ),
            ("Bring it all together", None, None, ""),
        ];
        for (message, head, title, body) in cases {
            let expected = MergeMessage {
                head: head.map(Into::into),
                title: title.map(Into::into),
                body: body.into(),
            };
            assert_eq!(read(message), expected, "{message}");
        }
    }
}
