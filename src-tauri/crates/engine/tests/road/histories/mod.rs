//! For each event type, histories that must speak and near misses that must stay silent, over the whole road.
//!
//! A history is what happens, in order; what is asked is what its last happening leads to.

mod build_failed;
mod pr_merged;
mod pr_opened;
mod push;

use perch_core::preferences::Preferences;

use crate::house::House;
use crate::house::acme::Happening;

/// What the last happening must lead to.
enum Expected {
    /// A suggestion of this title, with a toast.
    Toast(&'static str),
    /// A suggestion of this title that waits in the inbox.
    Inbox(&'static str),
    /// No suggestion and no toast that was not there before, for a reason that begins so.
    Silent(&'static str),
}

struct History {
    what: &'static str,
    happens: Vec<Happening>,
    wishes: fn(&mut Preferences),
    expected: Expected,
}

fn history(what: &'static str, happens: Vec<Happening>, expected: Expected) -> History {
    History {
        what,
        happens,
        wishes: |_| {},
        expected,
    }
}

impl History {
    fn wishing(mut self, wishes: fn(&mut Preferences)) -> Self {
        self.wishes = wishes;
        self
    }

    /// What is not as expected, if anything.
    async fn fault(mut self) -> Option<String> {
        let house = House::at_a_forge();
        house.prefer(self.wishes);
        let last = self.happens.pop().unwrap();
        for happening in self.happens {
            house.hears(happening).await;
        }
        let (open, toasts) = (
            house.suggestions().await.len(),
            house.recorder.titles().len(),
        );
        let key = last.0.dedup_key.clone();
        house.hears(last).await;
        let found = house.suggestions().await;
        let row = house
            .events()
            .await
            .into_iter()
            .find(|row| row.event.dedup_key == key)
            .unwrap();
        let reason = row
            .verdict
            .map(|verdict| verdict.reason)
            .unwrap_or_default();
        let toasted = house.recorder.titles().len() - toasts;
        let title = found.first().map_or("nothing", |one| one.title.as_str());
        let holds = match self.expected {
            Expected::Toast(expected) => title == expected && toasted == 1,
            Expected::Inbox(expected) => title == expected && toasted == 0,
            Expected::Silent(why) => found.len() <= open && toasted == 0 && reason.starts_with(why),
        };
        (!holds).then(|| format!("{}: {title}, {toasted} toasts, {reason}", self.what))
    }
}

/// At least five speak and five are silent, or quieter than they might be, and all are as they must be.
async fn all_hold(histories: Vec<History>) {
    let speaks = |one: &&History| matches!(one.expected, Expected::Toast(_));
    let loud = histories.iter().filter(speaks).count();
    assert!(loud >= 5 && histories.len() - loud >= 5);
    let mut faults = Vec::new();
    for history in histories {
        faults.extend(history.fault().await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
