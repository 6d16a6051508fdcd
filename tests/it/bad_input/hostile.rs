//! Names and texts that are made to mislead, from every forge, on their way to the user: nothing that turns the reading
//! round or moves a cursor is left in what is shown, and what is shown has bounds.

use perch_testkit::forge::{Forge, Speaks, World as Far};
use perch_testkit::watch::connection;

use crate::world::rounds::Rounds;

const REPO: &str = "acme/api";
const PLAIN: &str = "harmless-branch";
const MISLEADING: &str = "../../../x\\u202e\\u0007";

/// A pull request by `grace` that `ada` is asked to review, with everything about it misleading, and a failed build.
fn mislead(far: &mut Far) {
    let title = format!(
        "Fix\u{202e}it\u{7}\u{1b}[2J `$(rm -rf /)` {}",
        "x".repeat(1 << 20)
    );
    let change: String = (0..250)
        .map(|number| format!("pub const LIMIT_{number}: u64 = {number};\n"))
        .collect();
    let head = far.push(
        REPO,
        PLAIN,
        &[("src/limits.rs", &change)],
        "Add\u{202e} one",
    );
    let number = far.open_pull(REPO, PLAIN, &title, "grace");
    far.ask_to_review(REPO, number, "ada");
    far.run(
        REPO,
        None,
        &head,
        PLAIN,
        &[("te\u{202e}st", "failure", "error: no\u{1b}[2J\n")],
    );
    let main = far.push(
        REPO,
        "main",
        &[("src/main.rs", "fn main() {\n")],
        "Break\u{202e}",
    );
    let log =
        "error: this file contains an unclosed delimiter\u{1b}[2J\u{202e}\n --> src/main.rs:1:13\n";
    far.run(REPO, None, &main, "main", &[("test", "failure", log)]);
    far.open_issue(REPO, &title, &title, "grace");
}

/// True for what no line that is shown may hold.
fn misleads(letter: char) -> bool {
    (letter.is_control() && letter != '\n' && letter != '\t')
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[tokio::test]
async fn what_is_made_to_mislead_is_shown_as_what_it_is_whichever_forge_it_comes_from() {
    for (speaks, provider) in [
        (Speaks::GitHub, "github"),
        (Speaks::GitLab, "gitlab"),
        (Speaks::Gitea, "gitea"),
        (Speaks::Bitbucket, "bitbucket"),
    ] {
        let forge = Forge::start_as(speaks).await;
        forge.rewrite(PLAIN, MISLEADING);
        let now = forge.with(|far| {
            far.create(REPO);
            far.now
        });
        let mut one = connection(provider, &forge.base_url(), &[REPO]);
        one.id = perch_core::id::ConnectionId::new(format!("{provider}-hostile"));
        let mut rounds = Rounds::begin(one, "any", now).await;
        let mut minutes = 0;
        let mut inbox = Vec::new();
        while minutes < 30 && inbox.is_empty() {
            if minutes == 2 {
                forge.with(mislead);
            }
            forge.with(|far| far.later(60));
            rounds.after(60).await;
            inbox = rounds.inbox().await;
            inbox.retain(|one| one.subject.repository == REPO);
            minutes += 1;
        }
        let verdicts = rounds.verdicts().await;
        assert!(
            !inbox.is_empty(),
            "{provider}: nothing is suggested: {verdicts:#?}"
        );
        let mut shown: Vec<String> = rounds.shown.titles();
        for one in &inbox {
            assert!(one.title.chars().count() < 300, "{provider}: {}", one.title);
            assert!(
                one.body.len() < 200_000,
                "{provider}: {} bytes",
                one.body.len()
            );
            shown.extend([one.title.clone(), one.body.clone()]);
        }
        for text in shown {
            let bad: Vec<char> = text.chars().filter(|letter| misleads(*letter)).collect();
            assert!(bad.is_empty(), "{provider}: {bad:?} in {text:?}");
        }
    }
}
