//! Toasts as `xfce4-notifyd` shows them.

use std::time::Duration;

use crate::session::screen::{Area, Screen};
use crate::session::wait_for;

/// A toast on the screen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toast(Area);

impl Toast {
    /// The toast that shows, once one does.
    pub(crate) fn wait(screen: &Screen) -> Self {
        wait_for("a toast", Duration::from_secs(60), || Self::shown(screen))
    }

    /// The toast that shows now.
    pub(crate) fn shown(screen: &Screen) -> Option<Self> {
        let windows = screen.windows("--class", "notifyd");
        windows.into_iter().find(|area| area.height > 40).map(Self)
    }

    /// Its buttons from left to right.
    ///
    /// They stand in the last row, grey on white: what is not white, above the words on them, is a button.
    pub(crate) fn buttons(self, screen: &Screen) -> Vec<Area> {
        const ABOVE_WORDS: usize = 42;
        let picture = screen.picture(Area {
            y: self.0.y + self.0.height - ABOVE_WORDS,
            height: 1,
            ..self.0
        });
        // The window's own border is not looked at.
        let grey = |x: usize| picture.pixel(x, 0).iter().any(|&value| value < 252);
        let mut buttons: Vec<Area> = Vec::new();
        for x in (4..self.0.width - 4).filter(|&x| grey(x)) {
            match buttons.last_mut() {
                Some(button) if self.0.x + x <= button.x + button.width => button.width += 1,
                _ => buttons.push(Area {
                    x: self.0.x + x,
                    y: self.0.y + self.0.height - ABOVE_WORDS,
                    width: 1,
                    height: 24,
                }),
            }
        }
        buttons.retain(|button| button.width > 30);
        buttons
    }
}

#[test]
fn the_buttons_of_a_toast_are_found_where_they_are() {
    let Some(session) = crate::session::session("the_buttons_of_a_toast_are_found_where_they_are")
    else {
        return;
    };
    let screen = &session.screen;
    screen.rest_pointer();
    let shown = std::process::Command::new("gdbus")
        .args([
            "call",
            "--session",
            "--dest",
            "org.freedesktop.Notifications",
        ])
        .args(["--object-path", "/org/freedesktop/Notifications"])
        .args(["--method", "org.freedesktop.Notifications.Notify"])
        .args([
            "test",
            "0",
            "",
            "Title",
            "One line",
            "['a', 'Create fix branch', 'b', 'Details']",
        ])
        .args(["{}", "0"])
        .status();
    assert!(
        shown.is_ok_and(|status| status.success()),
        "gdbus shows a toast"
    );
    let toast = Toast::wait(screen);
    let buttons = wait_for("two buttons", Duration::from_secs(10), || {
        Some(toast.buttons(screen)).filter(|buttons| buttons.len() == 2)
    });
    screen.save("toast-buttons");
    screen.click(buttons[1].centre(), 1);
    wait_for("the toast to go", Duration::from_secs(10), || {
        Toast::shown(screen).is_none().then_some(())
    });
}
