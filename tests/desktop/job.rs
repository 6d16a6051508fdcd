//! What Perch is for, from end to end: a build fails, a toast offers the fix, a click makes it, the panel
//! shows it and takes it back.

use std::process::Command;
use std::time::Duration;

use crate::session::greeter::{Greeter, SOUND, said};
use crate::session::{session, wait_for};
use crate::toasts::Toast;

const SOON: Duration = Duration::from_secs(60);

#[test]
fn a_failed_build_is_mended_from_its_toast_and_the_panel_takes_it_back() {
    let Some(session) =
        session("a_failed_build_is_mended_from_its_toast_and_the_panel_takes_it_back")
    else {
        return;
    };
    let screen = &session.screen;
    screen.rest_pointer();
    let page = session.drive(&[]);
    let greeter = Greeter::new(session.home());
    let watched = session.perch(&["watch".as_ref(), greeter.folder.as_os_str()]);
    assert!(watched.status.success(), "{}", said(&watched));

    greeter.fail(&session);

    let toast = Toast::wait(screen);
    page.wait("main", "denied in src/main.rs");
    let buttons = wait_for("the toast's buttons", SOON, || {
        Some(toast.buttons(screen)).filter(|buttons| buttons.len() >= 3)
    });
    screen.save("job-toast");
    assert_eq!(
        greeter.fix_branches(),
        "",
        "nothing happens before the click"
    );
    // "Details" and "Snooze" are the last two, before them stands what does the work.
    screen.click(buttons[buttons.len() - 3].centre(), 1);

    let branch = wait_for("the branch with the fix", SOON, || {
        Some(greeter.fix_branches()).filter(|branches| !branches.is_empty())
    });
    assert!(
        branch.starts_with("perch/") && !branch.contains('\n'),
        "one branch: {branch}"
    );
    assert_eq!(
        greeter.git(&["status", "--porcelain"]),
        "",
        "the working tree is the user's"
    );
    assert_eq!(greeter.git(&["branch", "--show-current"]), "main");
    assert_eq!(
        greeter.git(&["show", &format!("{branch}:src/main.rs")]),
        SOUND.trim()
    );
    let elsewhere = session.home().join("fixed");
    greeter.git(&[
        "worktree",
        "add",
        "--quiet",
        &elsewhere.display().to_string(),
        &branch,
    ]);
    let fixed = Command::new("cargo")
        .arg("build")
        .current_dir(&elsewhere)
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .expect("cargo runs");
    assert!(
        fixed.status.success(),
        "the branch builds: {}",
        said(&fixed)
    );
    greeter.git(&[
        "worktree",
        "remove",
        "--force",
        &elsewhere.display().to_string(),
    ]);

    page.click(&page.wait("button, a", "History"));
    page.click(&page.wait("main button, main a, main li", "denied in src/main.rs"));
    page.wait("main", &branch);
    screen.save("job-outcome");
    page.click(&page.wait("button", "Undo"));
    wait_for("the branch to be taken back", SOON, || {
        greeter.fix_branches().is_empty().then_some(())
    });
    page.wait("main", "Taken back");
    screen.save("job-undone");
}
