//! When the user means to leave the panel. Pure.

use std::time::Duration;

use crate::desktop::message::Circumstances;

/// A window that just came up may lose focus to whatever opened it; that is not the user leaving.
const SETTLE: Duration = Duration::from_secs(1);
/// A click on the tray first takes the focus away and is reported after; so long after, it means the
/// window that was there when the finger moved.
const CLICK: Duration = Duration::from_millis(400);

/// What a click on the tray means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Toggle {
    /// The panel is not seen: show it.
    Open,
    /// The user looks at it: hide it.
    Hide,
    /// The click's own blur hid it already, or it is the second of a double click.
    Leave,
}

/// What a click means, for a panel in this state that was shown and lost focus so long ago.
pub(super) fn on_toggle(
    visible: bool,
    focused: bool,
    since_shown: Option<Duration>,
    since_blur: Option<Duration>,
) -> Toggle {
    let just = |since: Option<Duration>| since.is_some_and(|since| since < CLICK);
    match (visible, focused || just(since_blur)) {
        (true, _) if just(since_shown) => Toggle::Leave,
        (true, true) => Toggle::Hide,
        (false, true) => Toggle::Leave,
        (_, false) => Toggle::Open,
    }
}

/// Whether losing focus means that the user left.
pub(super) fn leaves_on_blur(
    circumstances: &Circumstances,
    pinned: bool,
    since_shown: Option<Duration>,
) -> bool {
    !pinned
        && !circumstances.wayland
        && !circumstances.automation
        && since_shown.is_some_and(|since| since >= SETTLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_hides_what_the_user_sees_and_opens_what_they_do_not() {
        let long_ago = Some(Duration::from_secs(9));
        let just_now = Some(Duration::from_millis(40));
        for (visible, focused, since_shown, since_blur, expected) in [
            (false, false, None, None, Toggle::Open),
            (false, false, long_ago, long_ago, Toggle::Open),
            (false, false, long_ago, just_now, Toggle::Leave),
            (true, true, long_ago, None, Toggle::Hide),
            (true, true, just_now, None, Toggle::Leave),
            (true, false, just_now, just_now, Toggle::Leave),
            (true, false, long_ago, just_now, Toggle::Hide),
            (true, false, long_ago, long_ago, Toggle::Open),
        ] {
            assert_eq!(
                on_toggle(visible, focused, since_shown, since_blur),
                expected,
                "visible {visible}, focused {focused}, shown {since_shown:?}, blurred {since_blur:?} ago"
            );
        }
    }

    #[test]
    fn losing_focus_hides_only_a_settled_unpinned_panel_on_x11() {
        let plain = Circumstances::default();
        let settled = Some(Duration::from_secs(2));
        assert!(leaves_on_blur(&plain, false, settled));
        assert!(!leaves_on_blur(&plain, true, settled), "pinned");
        assert!(!leaves_on_blur(&plain, false, None), "not shown yet");
        assert!(
            !leaves_on_blur(&plain, false, Some(Duration::from_millis(300))),
            "just shown"
        );
        let wayland = Circumstances {
            wayland: true,
            ..plain.clone()
        };
        assert!(!leaves_on_blur(&wayland, false, settled), "Wayland");
        let automation = Circumstances {
            automation: true,
            ..plain
        };
        assert!(!leaves_on_blur(&automation, false, settled), "driven");
    }
}
