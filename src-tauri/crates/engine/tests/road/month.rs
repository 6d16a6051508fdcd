//! A busy month of one repository: six hundred events of every type, fifteen of them such that the user must be told.
//!
//! The month is a file, a line for each event: how such a month goes, made up and written down. Which lines the user must
//! be told of stands there too, each with the reason a person would give; nothing in the file knows what Perch does.
//! The user answers as people do: what they were told and need not have been they dismiss.

use std::collections::BTreeMap;

use jiff::civil::{Weekday, time};
use jiff::{SignedDuration, Timestamp};
use perch_core::preferences::EVERY_DAY;

use self::lines::{Line, ZONE, at};
use crate::house::House;

#[path = "month/lines.rs"]
mod lines;

const EVENTS: usize = 600;
const MUST_SHOW: usize = 15;

#[tokio::test]
async fn a_busy_month_shows_all_that_matters_and_at_most_twenty_five_toasts() {
    let month = lines::month();
    let must_show: Vec<String> = month
        .iter()
        .filter(|line| line.must_show)
        .map(|line| line.happening.0.dedup_key.clone())
        .collect();
    assert_eq!((month.len(), must_show.len()), (EVENTS, MUST_SHOW));
    let mut types: BTreeMap<&str, u32> = BTreeMap::new();
    for Line {
        happening: (event, _),
        ..
    } in &month
    {
        *types.entry(event.event_type.as_str()).or_default() += 1;
    }
    assert!(types.len() >= 12, "{types:?}");

    let house = House::at_a_forge();
    house.prefer(|preferences| {
        preferences.toasts_per_hour = 6;
        preferences.time_zone = ZONE.into();
        preferences.quiet_hours = Some((time(19, 0, 0, 0), time(8, 0, 0, 0)));
        preferences.working_days = EVERY_DAY
            .into_iter()
            .filter(|day| !matches!(day, Weekday::Saturday | Weekday::Sunday))
            .collect();
    });
    let mut desk = Desk {
        house: &house,
        now: at(0, 0, 0),
        must_show,
        seen: Vec::new(),
        answered: 0,
        toasts: 0,
    };
    for Line { happening, .. } in month {
        desk.wait_until(happening.0.at).await;
        house.hears(happening).await;
        desk.look().await;
    }
    // Until the Monday after.
    desk.wait_until(at(28, 12, 0)).await;

    let titles = house.recorder.titles();
    let missed: Vec<&String> = desk
        .must_show
        .iter()
        .filter(|key| !desk.seen.contains(key))
        .collect();
    let shown = titles.join("\n");
    assert!(missed.is_empty(), "missed: {missed:?}\nshown:\n{shown}");
    assert!(titles.len() <= 25, "{} toasts:\n{shown}", titles.len());
    assert!(
        titles.len() > MUST_SHOW && desk.answered > 0,
        "the month holds what a user need not be told, and they say so:\n{shown}"
    );
}

/// The user at their desk: sees toasts, takes up what they must see, and dismisses what else was told.
struct Desk<'a> {
    house: &'a House,
    now: Timestamp,
    must_show: Vec<String>,
    /// Keys of events that were told.
    seen: Vec<String>,
    answered: usize,
    toasts: usize,
}

impl Desk<'_> {
    /// A quiet desk still has its rounds.
    async fn wait_until(&mut self, at: Timestamp) {
        while at.duration_since(self.now) > SignedDuration::from_mins(25) {
            self.now += SignedDuration::from_mins(25);
            self.house.step(self.now).await;
            self.look().await;
        }
        self.now = at;
    }

    async fn look(&mut self) {
        let toasts = self.house.recorder.titles().len();
        if toasts == self.toasts {
            return;
        }
        self.toasts = toasts;
        for suggestion in self.house.suggestions().await {
            if !self.house.was_told(suggestion.id).await {
                continue;
            }
            let key = self.house.event(suggestion.event_id).await.event.dedup_key;
            if !self.must_show.contains(&key) {
                let id = suggestion.id;
                self.house.engine.dismiss(id, None, self.now).await.unwrap();
                self.answered += 1;
            } else if !self.seen.contains(&key) {
                self.seen.push(key);
            }
        }
    }
}
