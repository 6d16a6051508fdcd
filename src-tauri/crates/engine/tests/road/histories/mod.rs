//! For each event type, histories that must speak and near misses that must stay silent, over the whole road.
//!
//! A history is what happens, in order; what is asked is what its last happening, or the silence after it, leads to.
//! What is suggested is a snapshot as a whole, and the title stands beside the history.

mod build_completed;
mod build_failed;
mod dependency_outdated;
mod issue_comment;
mod issue_created;
mod issue_stale;
mod pr_merged;
mod pr_opened;
mod pr_stale;
mod push;

use jiff::{SignedDuration, Timestamp};
use perch_core::event::EventRow;
use perch_core::event_type::EventType;
use perch_core::facts::Facts;
use perch_core::preferences::Preferences;
use perch_core::suggestion::Suggestion;
use perch_testkit::history::History;

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

struct Case {
    what: &'static str,
    happens: Vec<Happening>,
    /// How a thing is found that nobody moved since until it was stale, where that is what is asked.
    neglected: Option<Facts>,
    wishes: fn(&mut Preferences),
    expected: Expected,
}

fn history(what: &'static str, happens: Vec<Happening>, expected: Expected) -> Case {
    Case {
        what,
        happens,
        neglected: None,
        wishes: |_| {},
        expected,
    }
}

/// What `history` holds is heard, nothing more is until it is stale, and then it is found as `meanwhile` leaves it.
fn neglected(
    what: &'static str,
    heard: History,
    meanwhile: fn(History) -> History,
    expected: Expected,
) -> Case {
    let mut happens = vec![(heard.opened(), heard.facts())];
    let latest = heard.latest();
    if latest.dedup_key != happens[0].0.dedup_key {
        happens.push((latest, heard.facts()));
    }
    Case {
        neglected: Some(meanwhile(heard).facts()),
        ..history(what, happens, expected)
    }
}

/// Nothing that was not heard.
fn nothing(history: History) -> History {
    history
}

impl Case {
    fn wishing(mut self, wishes: fn(&mut Preferences)) -> Self {
        self.wishes = wishes;
        self
    }

    /// What is suggested, as a page, if anything; what is not as expected is the error.
    async fn comes_to(mut self) -> Result<Option<String>, String> {
        let house = House::at_a_forge();
        house.prefer(self.wishes);
        let last = self.happens.pop().unwrap();
        for happening in self.happens {
            house.hears(happening).await;
        }
        let stale = stale_at(&last);
        if self.neglected.is_some() {
            house.hears(last.clone()).await;
            // A round before, so that nobody has to catch up.
            house.step(stale.1 - SignedDuration::from_mins(20)).await;
        }
        let (open, toasts) = (
            house.suggestions().await.len(),
            house.recorder.titles().len(),
        );
        let asked: Box<dyn Fn(&EventRow) -> bool> = if let Some(facts) = self.neglected {
            house.far_side().facts = facts;
            house.step(stale.1).await;
            Box::new(move |row| row.event.event_type == stale.0)
        } else {
            let key = last.0.dedup_key.clone();
            house.hears(last).await;
            Box::new(move |row| row.event.dedup_key == key)
        };
        let found = house.suggestions().await;
        let row = house.events().await.into_iter().find(|row| asked(row));
        let Some(row) = row else {
            return Err(format!("{}: there is no such event", self.what));
        };
        let reason = row
            .verdict
            .map(|verdict| verdict.reason)
            .unwrap_or_default();
        let toasted = house.recorder.titles().len() - toasts;
        let title = found.first().map_or("nothing", |one| one.title.as_str());
        let (holds, speaks) = match self.expected {
            Expected::Toast(expected) => (title == expected && toasted == 1, true),
            Expected::Inbox(expected) => (title == expected && toasted == 0, true),
            Expected::Silent(why) => (
                found.len() <= open && toasted == 0 && reason.starts_with(why),
                false,
            ),
        };
        if !holds {
            return Err(format!(
                "{}: {title}, {toasted} toasts, {reason}",
                self.what
            ));
        }
        let told = found.first().filter(|_| speaks);
        Ok(told.map(|suggestion| page(self.what, suggestion, toasted > 0)))
    }
}

/// Which event says that nobody moved what `last` is about, and when it comes by the settings of a new installation.
fn stale_at((last, _): &Happening) -> (EventType, Timestamp) {
    let usual = Preferences::default();
    let (event_type, days) = if last.subject.key.starts_with("pull/") {
        (EventType::PR_STALE, usual.stale_days)
    } else {
        (EventType::ISSUE_STALE, usual.stale.issue_days)
    };
    let lasts = SignedDuration::from_hours(24 * i64::from(days));
    (event_type, last.at + lasts)
}

/// Everything `suggestion` says and offers.
fn page(what: &str, suggestion: &Suggestion, toast: bool) -> String {
    let how = if toast { "toast" } else { "inbox" };
    let mut page = format!(
        "# {what}\n\n{how}: {}\n{}: {}\n\n{}\n\n",
        suggestion.title, suggestion.rule, suggestion.why, suggestion.body
    );
    for action in &suggestion.actions {
        let refused = action.refused.as_ref();
        let refused = refused.map_or(String::new(), |why| format!(" (refused: {why})"));
        page.push_str(&format!("[{}] {}{refused}\n", action.label, action.effect));
    }
    page
}

/// At least five speak and five are silent, all are as they must be, and those that speak say what the snapshot of
/// `name` holds.
async fn all_hold(name: &str, cases: Vec<Case>) {
    let is_silent = |one: &&Case| matches!(one.expected, Expected::Silent(_));
    let silent = cases.iter().filter(is_silent).count();
    assert!(
        silent >= 5 && cases.len() - silent >= 5,
        "{silent} of {} are silent",
        cases.len()
    );
    let (mut pages, mut faults) = (Vec::new(), Vec::new());
    for case in cases {
        match Box::pin(case.comes_to()).await {
            Ok(page) => pages.extend(page),
            Err(fault) => faults.push(fault),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    insta::assert_snapshot!(name, pages.join("\n"));
}
