//! `follow`: what becomes of the pull requests Perch opened. One that turns red is said so, with what can be done about
//! it; how each ended is kept as feedback on the rule that proposed it.

use jiff::Timestamp;
use perch_core::event::EventRow;
use perch_core::event_type::EventType;
use perch_core::evidence::{Evidence, Place};
use perch_core::finding::{Finding, Offer, Point};
use perch_core::suggestion::Level;
use perch_store::db::StoreError;
use perch_store::table::feedback;
use perch_store::table::opened::{self, Opened};

use crate::accept::learn;
use crate::engine::Engine;
use crate::intake::job;

/// What Perch's own branches begin with.
pub(crate) const OURS: &str = "perch/";

impl Engine {
    /// The pull request Perch opened that an event is about, once what happened to it is noted.
    pub(crate) async fn follow(
        &self,
        row: &EventRow,
        now: Timestamp,
    ) -> Result<Option<Opened>, StoreError> {
        let Some(fate) = fate(row.event.event_type) else {
            return Ok(None);
        };
        let subject = &row.event.subject;
        let Some(branch) = subject.branch.clone().filter(|name| name.starts_with(OURS)) else {
            return Ok(None);
        };
        let (user, connection) = (row.user_id.clone(), row.connection_id.clone());
        let repository = subject.repository_key.clone();
        let found = self
            .db
            .read(move |db| opened::from_branch(db, &user, &connection, &repository, &branch))
            .await?;
        let Some(opened) = found else {
            return Ok(None);
        };
        // A pull request of another number has taken over the branch.
        if subject.number.is_some_and(|number| number != opened.number) {
            return Ok(None);
        }
        let (suggestion, detail) = (opened.suggestion_id, format!("#{}", opened.number));
        self.db
            .write(move |db| {
                if feedback::insert_once(db, suggestion, fate, &detail, now)? {
                    learn(db, suggestion, fate == "merged")?;
                }
                Ok(())
            })
            .await?;
        Ok(Some(opened))
    }
}

/// What an event means for the pull request it is about.
fn fate(event_type: EventType) -> Option<&'static str> {
    match event_type {
        EventType::BUILD_FAILED => Some("turned_red"),
        EventType::PR_MERGED => Some("merged"),
        EventType::PR_CLOSED => Some("closed"),
        _ => None,
    }
}

/// The finding about a failed build of a pull request Perch opened: it says whose it is, and offers to close it.
pub(crate) fn turned_red(mut finding: Finding, row: &EventRow, opened: &Opened) -> Finding {
    let number = opened.number;
    let evidence = opened.url.iter().map(|url| Evidence {
        statement: "the pull request".into(),
        place: Place::Page { url: url.clone() },
    });
    finding.points.insert(
        0,
        Point {
            text: format!(
                "Perch opened #{number} when you accepted “{}”",
                opened.title
            ),
            evidence: evidence.collect(),
            todo: false,
        },
    );
    finding.offers.push(Offer::Close {
        comment: format!(
            "Closing this: `{}` fails on it ({}).",
            job(&row.event),
            finding.title
        ),
        not_planned: false,
    });
    finding.why = format!("#{number}, which Perch opened for you, turned red");
    finding.title = format!("#{number} of Perch fails: {}", finding.title);
    finding.level = finding.level.max(Level::Normal);
    finding
}
