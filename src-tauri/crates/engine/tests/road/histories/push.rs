//! `repo.push`.

use jiff::{SignedDuration, Timestamp};

use super::Expected::{Inbox, Silent, Toast};
use super::{all_hold, history};
use crate::house::acme::{GONE, Happening, change, patch, push, secret};
use crate::house::start;

fn after(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

fn pushed(
    branch: &str,
    actor: &str,
    diff: &str,
    files: &[(&str, &str)],
    minutes: i64,
) -> Happening {
    (
        push(branch, "Change it", actor, after(minutes)),
        change(diff, &["tests/other.rs"], files),
    )
}

const USED: &[(&str, &str)] = &[("src/http.rs", "use crate::range::parse_range;\n")];
const NOTHING: &str = "nothing others rely on is changed in a way that the diff shows";

#[tokio::test]
async fn what_breaks_others_speaks_and_what_nobody_uses_does_not() {
    let gone = patch("src/range.rs", GONE);
    let differently = patch(
        "src/range.rs",
        " use a;\n-pub fn parse_range(text: &str) {\n+pub fn parse_range(text: &str, length: u64) {\n",
    );
    let environment = patch(
        "src/main.rs",
        " fn a() {}\n-    let port = std::env::var(\"APP_PORT\");\n+    let port = settings.port;\n",
    );
    let table = patch("db/migrations/7.sql", " --\n+DROP TABLE carts;\n");
    let leaked = patch(
        "src/client.rs",
        &format!(" fn a() {{}}\n+const T: &str = \"{}\";\n", secret()),
    );
    let main = |diff: &str, files, minutes| pushed("main", "grace", diff, files, minutes);
    all_hold(
        "push",
        vec![
            history(
                "an export in use goes",
                vec![main(&gone, USED, 1)],
                Toast("`parse_range` is gone, `http.rs` still uses it"),
            ),
            history(
                "a signature changes",
                vec![main(
                    &differently,
                    &[(
                        "src/http.rs",
                        "fn get() {\n    range::parse_range(text)\n}\n",
                    )],
                    1,
                )],
                Toast("`parse_range` is called differently, `http.rs` still uses it"),
            ),
            history(
                "a variable of the environment goes",
                vec![main(
                    &environment,
                    &[(".env.example", "# the port\nAPP_PORT=80\n")],
                    1,
                )],
                Toast("`APP_PORT` is gone, `.env.example` still uses it"),
            ),
            history(
                "a table is dropped",
                vec![main(&table, &[], 1)],
                Toast("A migration breaks `carts`"),
            ),
            history(
                "a secret on anybody's branch of the user's",
                vec![pushed("ada/7", "ada", &leaked, &[], 1)],
                Toast("A github token was pushed in `client.rs`"),
            ),
            history(
                "another break on the same branch, later",
                vec![main(&table, &[], 1), main(&gone, USED, 60)],
                Toast("`parse_range` is gone, `http.rs` still uses it"),
            ),
            history(
                "an export nobody uses goes",
                vec![main(&gone, &[], 1)],
                Silent(NOTHING),
            ),
            history(
                "documents only",
                vec![main(&patch("README.md", " a\n+b\n"), &[], 1)],
                Silent(NOTHING),
            ),
            history(
                "a column is added",
                vec![main(
                    &patch(
                        "db/migrations/7.sql",
                        " --\n+ALTER TABLE carts ADD COLUMN note text;\n",
                    ),
                    &[],
                    1,
                )],
                Silent(NOTHING),
            ),
            history(
                "the same push again",
                vec![main(&gone, USED, 1), main(&gone, USED, 30)],
                Silent("it updates a suggestion that was shown already"),
            ),
            history(
                "Perch's own branch",
                vec![pushed("perch/build-failed/mend-1", "ada", &gone, USED, 1)],
                Silent("Perch did this itself"),
            ),
            history(
                "a push storm",
                vec![main(&table, &[], 1), main(&gone, USED, 3)],
                Silent("its last toast was a moment ago"),
            ),
            history(
                "a break on a colleague's branch",
                vec![pushed("grace/8", "grace", &gone, USED, 1)],
                Inbox("`parse_range` is gone, `http.rs` still uses it"),
            ),
        ],
    )
    .await;
}
