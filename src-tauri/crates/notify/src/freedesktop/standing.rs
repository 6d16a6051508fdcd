//! Which toasts stand, oldest first, and whose press a signal is.

use std::collections::VecDeque;

use perch_core::seam::notifier::Press;

use crate::DETAILS;

/// Toasts that may stand at once. More are more than anybody looks through; the oldest make room.
const MOST: usize = 16;

/// A toast's id, and the server that gave it by its unique name on the bus: another one begins to count anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) server: String,
    pub(super) number: u32,
}

/// A toast on the screen or in the notification centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Toast {
    /// The notice's tag.
    pub(super) tag: String,
    /// The server's id for it.
    pub(super) id: Id,
    /// The ids of its buttons.
    pub(super) buttons: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Standing(VecDeque<Toast>);

impl Standing {
    pub(super) fn id_of(&self, tag: &str) -> Option<&Id> {
        self.0.iter().find(|one| one.tag == tag).map(|one| &one.id)
    }

    /// Records a toast, which takes the place of one with its tag. Returns the ids of those that must go.
    pub(super) fn put(&mut self, toast: Toast) -> Vec<Id> {
        // A server may give the new one an id of its own although it replaced the old one.
        let before = self
            .forget(&toast.tag)
            .filter(|id| id.server == toast.id.server && id.number != toast.id.number);
        self.closed(&toast.id);
        self.0.push_back(toast);
        let more = self.0.len().saturating_sub(MOST);
        let oldest = self.0.drain(..more).map(|one| one.id);
        before.into_iter().chain(oldest).collect()
    }

    /// Forgets the toast with this tag and returns its id.
    pub(super) fn forget(&mut self, tag: &str) -> Option<Id> {
        let at = self.0.iter().position(|one| one.tag == tag)?;
        self.0.remove(at).map(|one| one.id)
    }

    /// Forgets the toast with this id.
    pub(super) fn closed(&mut self, id: &Id) {
        self.0.retain(|one| one.id != *id);
    }

    /// Forgets every toast of a server that is no more.
    pub(super) fn ended(&mut self, server: &str) {
        self.0.retain(|one| one.id.server != server);
    }

    /// What pressing `key` on `id` means, once: the toast is forgotten with it.
    ///
    /// Servers tell every sender of every press, so most are nothing to do with us.
    pub(super) fn press(&mut self, id: &Id, key: &str) -> Option<Press> {
        let at = self.0.iter().position(|one| one.id == *id)?;
        let button = match key {
            "default" => DETAILS,
            key if self.0[at].buttons.iter().any(|button| button == key) => key,
            _ => return None,
        };
        let toast = self.0.remove(at)?;
        Some(Press {
            tag: toast.tag,
            button: button.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> Id {
        Id {
            server: ":1.5".into(),
            number,
        }
    }

    fn toast(tag: &str, number: u32) -> Toast {
        Toast {
            tag: tag.into(),
            id: id(number),
            buttons: vec!["fix".into()],
        }
    }

    #[test]
    fn a_press_counts_once_and_only_for_what_the_toast_offers() {
        let mut standing = Standing::default();
        standing.put(toast("one", 7));
        let elsewhere = Id {
            server: ":1.6".into(),
            number: 7,
        };
        assert_eq!(standing.press(&id(8), "fix"), None);
        assert_eq!(standing.press(&elsewhere, "fix"), None);
        assert_eq!(standing.press(&id(7), "other"), None);
        let press = Press {
            tag: "one".into(),
            button: "fix".into(),
        };
        assert_eq!(standing.press(&id(7), "fix"), Some(press));
        assert_eq!(standing.press(&id(7), "fix"), None);

        standing.put(toast("one", 9));
        let press = standing.press(&id(9), "default").expect("the toast itself");
        assert_eq!(press.button, "details");
    }

    #[test]
    fn beyond_sixteen_the_oldest_make_room() {
        let mut standing = Standing::default();
        for number in 1..=16 {
            let gone = standing.put(toast(&format!("t{number}"), number));
            assert!(gone.is_empty());
        }
        assert_eq!(standing.put(toast("t17", 17)), [id(1)]);
        let gone = standing.put(toast("t5", 5));
        assert!(gone.is_empty(), "it takes its own place");
        assert_eq!(standing.put(toast("t18", 18)), [id(2)]);
        standing.closed(&id(3));
        assert!(standing.put(toast("t19", 19)).is_empty());
    }

    #[test]
    fn a_replaced_toast_that_kept_its_place_is_taken_down() {
        let mut standing = Standing::default();
        standing.put(toast("one", 1));
        assert_eq!(standing.id_of("one"), Some(&id(1)));
        assert_eq!(standing.put(toast("one", 2)), [id(1)]);
        assert_eq!(standing.id_of("one"), Some(&id(2)));
        assert_eq!(standing.forget("one"), Some(id(2)));
        assert_eq!(standing.forget("one"), None);
    }

    #[test]
    fn what_stood_on_a_server_goes_with_it_alone() {
        let mut standing = Standing::default();
        standing.put(toast("one", 1));
        let mut other = toast("two", 1);
        other.id.server = ":1.6".into();
        standing.put(other);
        standing.ended(":1.5");
        assert_eq!(standing.id_of("one"), None);
        assert!(standing.id_of("two").is_some());
    }
}
