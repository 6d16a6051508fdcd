//! What the tray shows of the whole: one state, one line of text, the newest suggestions. Pure.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use perch_api::wire::status::Status;
use perch_api::wire::suggestions::Suggestions;
use perch_core::connection::ConnectionState;
use perch_core::suggestion::Level;
use perch_engine::rank::capitalized;

/// How many suggestions the menu lists.
pub(super) const LINES: usize = 3;
/// How long a line of the menu gets, in characters.
const LINE_LENGTH: usize = 56;
/// How the host says that a pause lasts until the user ends it.
pub(super) const RESUMED: &str = "resumed";

/// The icon's state, the one that matters most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Perch cannot do its work: a full disk, a refused setting.
    Error,
    /// The user stopped it for a while.
    Paused,
    /// Nothing that is watched over the network can be reached.
    Offline,
    /// A connection needs the user, or a suggestion is urgent.
    Attention,
    /// Suggestions nobody looked at yet.
    New,
    /// An event is being worked on.
    Working,
    /// Nothing to do.
    Idle,
}

/// One suggestion in the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The suggestion's id.
    pub(super) id: String,
    /// Its repository and cause.
    pub(super) text: String,
    /// What the menu may carry out.
    pub(super) offer: Option<Offer>,
}

/// An action the menu carries out, beside the words that name it in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    /// The action's id.
    pub(super) action: String,
    /// Verb and object.
    pub(super) label: String,
    /// What it does, in lines of the menu's width.
    pub(super) effect: Vec<String>,
}

/// What the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glance {
    pub(super) state: State,
    pub(super) tooltip: String,
    pub(super) lines: Vec<Line>,
    /// Set while paused: until when, as the menu says it.
    pub(super) paused_until: Option<String>,
}

impl Glance {
    /// Before the first answer.
    pub(super) fn starting() -> Self {
        Self {
            state: State::Idle,
            tooltip: "Perch is starting".to_owned(),
            lines: Vec::new(),
            paused_until: None,
        }
    }

    /// When the host does not answer.
    pub(super) fn failed(message: &str) -> Self {
        Self {
            state: State::Error,
            tooltip: format!("Perch: {message}"),
            lines: Vec::new(),
            paused_until: None,
        }
    }

    /// What `status` and the newest of the inbox come to at `now` in the user's time zone.
    pub(super) fn of(
        status: &Status,
        inbox: &Suggestions,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Self {
        let paused_until = status
            .paused_until
            .as_deref()
            .map(|until| moment(until, now, zone));
        let lines = inbox
            .suggestions
            .iter()
            .take(LINES)
            .map(|suggestion| Line {
                id: suggestion.id.clone(),
                text: line(&suggestion.repository, &suggestion.title),
                offer: suggestion.at_once.as_ref().map(|offer| Offer {
                    action: offer.action.clone(),
                    label: escaped(&offer.label),
                    effect: wrapped(&capitalized(&offer.effect.replace('`', ""))),
                }),
            })
            .collect();
        let urgent = inbox
            .suggestions
            .iter()
            .any(|suggestion| suggestion.level == Level::Urgent);
        let state = state(status, urgent);
        let counts = match (status.new, status.open) {
            (0, 0) => "nothing open".to_owned(),
            (0, open) => format!("{open} open"),
            (new, open) => format!("{new} new, {open} open"),
        };
        let said = match state {
            State::Error => status.problems.join("; "),
            State::Paused => match &paused_until {
                Some(until) if until == RESUMED => format!("paused, {counts}"),
                Some(until) => format!("paused until {until}, {counts}"),
                None => format!("stopped, {counts}"),
            },
            State::Offline => format!("offline, {counts}"),
            State::Attention => match broken(status) {
                Some(name) => format!("`{name}` needs you, {counts}"),
                None => counts,
            },
            State::Working => format!("working, {counts}"),
            State::New | State::Idle => counts,
        };
        Self {
            state,
            tooltip: format!("Perch: {said}"),
            lines,
            paused_until,
        }
    }
}

fn state(status: &Status, urgent: bool) -> State {
    if !status.problems.is_empty() {
        State::Error
    } else if status.paused_until.is_some() || !status.running {
        State::Paused
    } else if offline(status) {
        State::Offline
    } else if urgent || broken(status).is_some() {
        State::Attention
    } else if status.new > 0 {
        State::New
    } else if status.working {
        State::Working
    } else {
        State::Idle
    }
}

/// True if there are connections over the network and none of them can be reached.
fn offline(status: &Status) -> bool {
    let mut remote = status
        .connections
        .iter()
        .filter(|connection| !connection.base_url.is_empty())
        .peekable();
    remote.peek().is_some()
        && remote.all(|connection| matches!(connection.state, ConnectionState::Unreachable { .. }))
}

fn broken(status: &Status) -> Option<&str> {
    status
        .connections
        .iter()
        .find(|connection| matches!(connection.state, ConnectionState::Broken { .. }))
        .map(|connection| connection.name.as_str())
}

/// `text` with the mark for a shortcut doubled, so that it is shown as it is.
fn escaped(text: &str) -> String {
    text.replace('&', "&&")
}

/// `text` in lines of at most [`LINE_LENGTH`]; a longer word stands by itself.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LINE_LENGTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| escaped(line)).collect()
}

/// A line of the menu.
fn line(repository: &str, title: &str) -> String {
    let whole = if repository.is_empty() {
        title.to_owned()
    } else {
        format!("{repository}: {title}")
    };
    let whole = whole.replace('`', "");
    let whole = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    let short = if whole.chars().count() > LINE_LENGTH {
        let kept: String = whole.chars().take(LINE_LENGTH - 1).collect();
        format!("{}…", kept.trim_end())
    } else {
        whole
    };
    escaped(&short)
}

/// A time of today as `14:30`, another one with its day.
fn moment(until: &str, now: Timestamp, zone: &TimeZone) -> String {
    let Ok(until) = until.parse::<Timestamp>() else {
        return until.to_owned();
    };
    let until = ZonedDateTime::new(until, zone.clone());
    let today = ZonedDateTime::new(now, zone.clone()).date();
    let format = if until.date() == today {
        "%H:%M"
    } else {
        "%a %H:%M"
    };
    until.strftime(format).to_string()
}

/// The next morning after `now`: when "until tomorrow" ends.
pub(super) fn tomorrow(now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let next = ZonedDateTime::new(now, zone.clone())
        .date()
        .tomorrow()
        .ok()?;
    let morning = next.at(8, 0, 0, 0).to_zoned_datetime(zone.clone()).ok()?;
    Some(morning.timestamp())
}

#[cfg(test)]
mod tests {
    use perch_api::wire::connections::ConnectionView;
    use perch_api::wire::suggestions::{AtOnce, SuggestionSummary};
    use perch_core::suggestion::SuggestionState;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T22:10:00Z".parse().unwrap()
    }

    fn well() -> Status {
        Status {
            version: "0.1.0".to_owned(),
            user: "ada".to_owned(),
            running: true,
            paused_until: None,
            open: 0,
            new: 0,
            events_today: 0,
            working: false,
            connections: Vec::new(),
            secrets_note: None,
            listener: None,
            problems: Vec::new(),
            data_folder: String::new(),
            config_file: String::new(),
            offer_folder: None,
        }
    }

    fn connection(name: &str, base_url: &str, state: ConnectionState) -> ConnectionView {
        ConnectionView {
            name: name.to_owned(),
            provider: name.to_owned(),
            base_url: base_url.to_owned(),
            watch: Vec::new(),
            identities: Vec::new(),
            state,
            standing: perch_core::connection::Standing::default(),
            last_success: None,
            secrets: std::collections::BTreeMap::new(),
            webhook_path: None,
            tunnel: None,
        }
    }

    fn suggestion(id: &str, title: &str, level: Level) -> SuggestionSummary {
        SuggestionSummary {
            id: id.to_owned(),
            repository: "acme/api".to_owned(),
            title: title.to_owned(),
            place: String::new(),
            offer: String::new(),
            level,
            state: SuggestionState::Open,
            rule: String::new(),
            event_type: String::new(),
            lead: None,
            at_once: None,
            created_at: String::new(),
            updated_at: String::new(),
            snoozed_until: None,
        }
    }

    fn unreachable() -> ConnectionState {
        ConnectionState::Unreachable {
            problem: "no route".to_owned(),
        }
    }

    type Change = fn(&mut Status);

    #[test]
    fn the_state_that_matters_most_wins() {
        let quiet = Suggestions::default();
        let urgent = Suggestions {
            suggestions: vec![suggestion("1", "Build failed on main", Level::Urgent)],
            total: 1,
        };
        let broken = ConnectionState::Broken {
            problem: "token refused".to_owned(),
            next_step: "make a new one".to_owned(),
        };
        let cases: [(&str, Change, &Suggestions, State, &str); 10] = [
            ("idle", |_| {}, &quiet, State::Idle, "Perch: nothing open"),
            (
                "seen",
                |status| status.open = 4,
                &quiet,
                State::Idle,
                "Perch: 4 open",
            ),
            (
                "working",
                |status| status.working = true,
                &quiet,
                State::Working,
                "Perch: working, nothing open",
            ),
            (
                "new",
                |status| {
                    status.working = true;
                    (status.new, status.open) = (3, 7);
                },
                &quiet,
                State::New,
                "Perch: 3 new, 7 open",
            ),
            (
                "urgent",
                |status| (status.new, status.open) = (1, 1),
                &urgent,
                State::Attention,
                "Perch: 1 new, 1 open",
            ),
            (
                "one of two unreachable",
                |status| {
                    status.connections = vec![
                        connection("a", "https://a.example", unreachable()),
                        connection("b", "https://b.example", ConnectionState::Well),
                    ];
                },
                &quiet,
                State::Idle,
                "Perch: nothing open",
            ),
            (
                "all unreachable, a folder still watched",
                |status| {
                    status.connections = vec![
                        connection("a", "https://a.example", unreachable()),
                        connection("local", "", ConnectionState::Well),
                    ];
                },
                &urgent,
                State::Offline,
                "Perch: offline, nothing open",
            ),
            (
                "paused",
                |status| {
                    status.paused_until = Some("2026-03-02T23:30:00Z".to_owned());
                    status.new = 2;
                },
                &urgent,
                State::Paused,
                "Perch: paused until 23:30, 2 new, 0 open",
            ),
            (
                "paused for good",
                |status| status.paused_until = Some(RESUMED.to_owned()),
                &quiet,
                State::Paused,
                "Perch: paused, nothing open",
            ),
            (
                "disk full",
                |status| {
                    status.paused_until = Some("2026-03-02T23:30:00Z".to_owned());
                    status.problems = vec!["the disk is full".to_owned()];
                },
                &quiet,
                State::Error,
                "Perch: the disk is full",
            ),
        ];
        for (name, change, inbox, state, tooltip) in cases {
            let mut status = well();
            change(&mut status);
            let glance = Glance::of(&status, inbox, now(), &TimeZone::UTC);
            assert_eq!(
                (glance.state, glance.tooltip.as_str()),
                (state, tooltip),
                "{name}"
            );
        }

        let mut status = well();
        status.connections = vec![connection("work", "https://a.example", broken)];
        let glance = Glance::of(&status, &quiet, now(), &TimeZone::UTC);
        assert_eq!(glance.state, State::Attention);
        assert_eq!(glance.tooltip, "Perch: `work` needs you, nothing open");
    }

    #[test]
    fn the_menu_lists_the_newest_in_short_lines() {
        let inbox = Suggestions {
            suggestions: (0..9)
                .map(|n| {
                    suggestion(
                        &n.to_string(),
                        "R&D:\nthe build of a branch with a rather long name failed again",
                        Level::Normal,
                    )
                })
                .collect(),
            total: 9,
        };
        let glance = Glance::of(&well(), &inbox, now(), &TimeZone::UTC);
        assert_eq!(glance.lines.len(), LINES);
        assert_eq!(
            glance.lines[1],
            Line {
                id: "1".to_owned(),
                text: "acme/api: R&&D: the build of a branch with a rather long…".to_owned(),
                offer: None,
            }
        );
    }

    #[test]
    fn an_offer_is_named_in_full() {
        let mut one = suggestion("1", "Unused mut denied", Level::Normal);
        one.at_once = Some(AtOnce {
            action: "7".to_owned(),
            label: "Create fix branch".to_owned(),
            effect: "creates branch `perch/build-failed/r&d-with-a-name-longer-than-a-line-of-the-menu-3f2a` from \
                     `main@9d1c0e2`; nothing is pushed"
                .to_owned(),
        });
        let inbox = Suggestions {
            suggestions: vec![one],
            total: 1,
        };
        let glance = Glance::of(&well(), &inbox, now(), &TimeZone::UTC);
        let offer = glance.lines[0].offer.as_ref().unwrap();
        assert_eq!(offer.action, "7");
        assert_eq!(
            offer.effect,
            [
                "Creates branch",
                "perch/build-failed/r&&d-with-a-name-longer-than-a-line-of-the-menu-3f2a",
                "from main@9d1c0e2; nothing is pushed",
            ]
        );
    }

    #[test]
    fn tomorrow_is_the_next_local_morning() {
        let kolkata = TimeZone::fixed(jiff::tz::Offset::from_seconds(19_800).unwrap());
        assert_eq!(
            tomorrow(now(), &kolkata).unwrap().to_string(),
            "2026-03-04T02:30:00Z",
            "it is past midnight there already"
        );
        assert_eq!(
            moment("2026-03-03T08:00:00Z", now(), &TimeZone::UTC),
            "Tue 08:00"
        );
    }
}
