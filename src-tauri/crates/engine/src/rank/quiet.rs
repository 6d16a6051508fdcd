//! When a toast may show: outside the quiet hours and on a working day, by the user's clock, also when that is moved.

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan, ZonedDateTime};
use perch_core::preferences::Preferences;

/// Days looked ahead for one on which toasts are shown.
const AHEAD: usize = 8;

/// The first moment from `from` on that is neither quiet nor on a day off.
pub(super) fn after(preferences: &Preferences, from: Timestamp) -> Timestamp {
    let zone = zone(preferences);
    let mut at = from.to_zoned_datetime(zone);
    for _ in 0..AHEAD {
        if !preferences.working_days.contains(&at.weekday()) {
            match begin_of_next(&at) {
                Some(next) => at = next,
                None => break,
            }
        } else if let Some(end) = end_of_quiet(preferences, &at) {
            at = end;
        } else {
            break;
        }
    }
    at.timestamp()
}

/// The user's time zone; the machine's where none is set or it is not known.
pub(super) fn zone(preferences: &Preferences) -> TimeZone {
    if preferences.time_zone.is_empty() {
        return TimeZone::system();
    }
    TimeZone::get(&preferences.time_zone).unwrap_or_else(|_| TimeZone::system())
}

fn begin_of_next(at: &ZonedDateTime) -> Option<ZonedDateTime> {
    let next = at.date().checked_add(1.day()).ok()?;
    moment(next, Time::midnight(), at.time_zone())
}

/// When the quiet hours that `at` falls into end; none when it is not quiet then.
fn end_of_quiet(preferences: &Preferences, at: &ZonedDateTime) -> Option<ZonedDateTime> {
    let (from, to) = preferences.quiet_hours?;
    let time = at.time();
    let quiet = if from <= to {
        from <= time && time < to
    } else {
        time >= from || time < to
    };
    if !quiet {
        return None;
    }
    let today = at.date();
    let day = if time < to {
        today
    } else {
        today.checked_add(1.day()).ok()?
    };
    let end = moment(day, to, at.time_zone())?;
    // Where the clock is put back the end comes twice, and the first counts.
    (end > *at).then_some(end)
}

/// A time of a day; one that the clock leaves out is the moment it is put forward.
fn moment(day: Date, time: Time, zone: &TimeZone) -> Option<ZonedDateTime> {
    let at = day.to_datetime(time);
    let ambiguous = zone.to_ambiguous_zoned_datetime(at);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        let later = ambiguous.later().ok()?;
        let transition = zone.preceding(later.timestamp()).next()?;
        return Some(transition.timestamp().to_zoned_datetime(zone.clone()));
    }
    ambiguous.earlier().ok()
}
