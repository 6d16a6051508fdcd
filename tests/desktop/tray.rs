//! The icon in the tray, and the panel behind it.

use std::time::Duration;

use crate::session::greeter::{Greeter, SOUND, said};
use crate::session::screen::{Area, Screen};
use crate::session::{Session, session, wait_for};
use crate::toasts::Toast;

/// How long a person takes from one click to the next; a faster one is half of a double click.
const MOMENT: Duration = Duration::from_millis(1500);

const SOON: Duration = Duration::from_secs(20);

/// Where the icon is that came up since `before`, once it is drawn.
fn icon(session: &Session, before: &crate::session::screen::Picture) -> Area {
    wait_for("the icon in the tray", SOON, || {
        let area = session.screen.picture(Area::STRIP).difference(before)?;
        // A frame of the tray alone is not the icon yet.
        (area.width >= 12 && area.height >= 12).then_some(area)
    })
}

fn wait_for_panel(screen: &Screen) -> Area {
    wait_for("the panel", SOON, || screen.panel())
}

fn wait_for_no_panel(screen: &Screen) {
    wait_for("the panel to go", SOON, || {
        screen.panel().is_none().then_some(())
    });
}

#[test]
fn a_click_on_the_icon_shows_the_panel_and_another_hides_it() {
    let Some(session) = session("a_click_on_the_icon_shows_the_panel_and_another_hides_it") else {
        return;
    };
    let screen = &session.screen;
    screen.rest_pointer();
    let before = screen.picture(Area::STRIP);
    let tray = session.start(&["--hidden"]);
    let icon = icon(&session, &before);
    assert!(screen.panel().is_none(), "it was started hidden");
    screen.save("tray-icon");

    screen.click(icon.centre(), 1);
    let panel = wait_for_panel(screen);
    assert_eq!((panel.width, panel.height), (440, 680));
    std::thread::sleep(MOMENT);
    screen.save("tray-panel");

    screen.click(icon.centre(), 1);
    wait_for_no_panel(screen);

    // Hidden is not gone: it comes back with what it showed.
    screen.click(icon.centre(), 1);
    wait_for_panel(screen);
    std::thread::sleep(MOMENT);
    screen.click((300, 500), 1);
    wait_for_no_panel(screen);

    assert!(
        tray.descendants()
            .iter()
            .any(|name| name.starts_with("WebKit")),
        "the web view lingers for a moment"
    );
    wait_for(
        "the web view's processes to end",
        Duration::from_secs(40),
        || tray.descendants().is_empty().then_some(()),
    );
    assert_eq!(tray.quit(), Some(0));
}

#[test]
fn the_icon_has_a_menu_that_opens_the_panel_and_quits() {
    let Some(session) = session("the_icon_has_a_menu_that_opens_the_panel_and_quits") else {
        return;
    };
    let screen = &session.screen;
    screen.rest_pointer();
    let before = screen.picture(Area::STRIP);
    let mut tray = session.start(&["--hidden"]);
    let icon = icon(&session, &before);

    screen.click(icon.centre(), 3);
    std::thread::sleep(Duration::from_secs(1));
    screen.save("tray-menu");
    screen.press("Down");
    screen.press("Return");
    wait_for_panel(screen);

    screen.click(icon.centre(), 3);
    std::thread::sleep(Duration::from_secs(1));
    screen.press("Up");
    screen.press("Return");
    let code = wait_for("perch to quit", SOON, || tray.ended());
    assert_eq!(code, Some(0));
}

#[test]
fn the_menu_carries_out_what_the_newest_suggestion_offers() {
    let Some(session) = session("the_menu_carries_out_what_the_newest_suggestion_offers") else {
        return;
    };
    let screen = &session.screen;
    screen.rest_pointer();
    let before = screen.picture(Area::STRIP);
    let tray = session.start(&["--hidden"]);
    let idle = icon(&session, &before);
    let calm = screen.picture(idle);
    let greeter = Greeter::new(session.home());
    let watched = session.perch(&["watch".as_ref(), greeter.folder.as_os_str()]);
    assert!(watched.status.success(), "{}", said(&watched));
    greeter.fail(&session);
    wait_for("the icon to say that something is new", SOON, || {
        screen.picture(idle).difference(&calm).map(drop)
    });
    screen.save("tray-new");

    screen.click(idle.centre(), 3);
    std::thread::sleep(Duration::from_secs(1));
    // Below "Open Perch" stands the suggestion; what it offers is the first of its entries that can be chosen.
    for key in ["Down", "Down", "Right"] {
        screen.press(key);
        std::thread::sleep(Duration::from_millis(300));
    }
    screen.save("tray-offer");
    screen.press("Return");
    let branch = wait_for("the branch with the fix", SOON, || {
        Some(greeter.fix_branches()).filter(|branches| !branches.is_empty())
    });
    assert!(branch.starts_with("perch/"), "{branch}");
    assert_eq!(
        greeter.git(&["show", &format!("{branch}:src/main.rs")]),
        SOUND.trim()
    );
    wait_for("the toast to be taken down", SOON, || {
        Toast::shown(screen).is_none().then_some(())
    });
    assert_eq!(tray.quit(), Some(0));
}

#[test]
fn a_second_launch_shows_the_panel_of_the_first() {
    let Some(session) = session("a_second_launch_shows_the_panel_of_the_first") else {
        return;
    };
    let screen = &session.screen;
    screen.rest_pointer();
    let before = screen.picture(Area::STRIP);
    let tray = session.start(&["--hidden"]);
    icon(&session, &before);

    for (arguments, shows) in [
        (&[][..], true),
        (&["--hidden"], true),
        (&["--toggle"], false),
        (&["--hidden"], false),
        (&["--toggle"], true),
    ] {
        let second = session.perch(arguments);
        assert!(
            second.status.success(),
            "perch {arguments:?}: {}",
            String::from_utf8_lossy(&second.stderr)
        );
        wait_for(&format!("perch {arguments:?} to take effect"), SOON, || {
            (screen.panel().is_some() == shows).then_some(())
        });
        // Long enough for what must not happen to happen, and for a panel to settle.
        std::thread::sleep(MOMENT);
        assert_eq!(screen.panel().is_some(), shows, "after perch {arguments:?}");
    }
    assert_eq!(tray.quit(), Some(0));
}
