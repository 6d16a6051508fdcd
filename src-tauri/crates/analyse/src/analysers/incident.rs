//! Looks at `INCIDENT_OPENED`, `INCIDENT_UPDATED` and `INCIDENT_RESOLVED`: how bad it is, what happened before it, what to
//! look at and to ask, and the postmortem as far as it can be written. One incident is one suggestion all along.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, Want};
use perch_core::finding::{Finding, Fix, Offer, Point, Remedy};
use perch_core::patch::Patch;
use perch_core::suggestion::Level;
use serde_json::Value;

use super::blame;
use crate::analyser::{Analyser, Look};
use crate::content::happenings::{clock, code, in_words, length};
use crate::content::postmortem;
use crate::markdown::{inline, visible};
use crate::suspects::{self, BEFORE, Ranked, Scene};

pub(super) static ANALYSER: Incident = Incident;

pub(super) struct Incident;

/// How long before it what happened is part of its timeline.
const TIMELINE: SignedDuration = SignedDuration::from_hours(6);

/// How long after it began what happens is part of it, at most.
const LASTS: SignedDuration = SignedDuration::from_hours(24);

/// Lines of the timeline at most: of more the latest.
const LINES: usize = 12;

/// Instances named at most.
const NAMED: usize = 5;

impl Analyser for Incident {
    fn id(&self) -> &'static str {
        "incident"
    }

    fn watches(&self) -> &'static [EventType] {
        &[
            EventType::INCIDENT_OPENED,
            EventType::INCIDENT_RESOLVED,
            EventType::INCIDENT_UPDATED,
        ]
    }

    fn wants(&self, event: &Event, facts: &Facts) -> Vec<Want> {
        let Some(told) = Told::of(event) else {
            return Vec::new();
        };
        let wants = [
            Want::Suspects(told.began - BEFORE, told.began),
            Want::Around(told.began - TIMELINE, told.began + LASTS),
        ];
        if wants.iter().any(|want| !facts.answered.contains(want)) {
            return wants.into();
        }
        let ranked = suspects::ranked(&facts.suspects, &told.scene());
        let files = blame::wanted(facts, &ranked).map(Want::SuspectFiles);
        files
            .into_iter()
            .filter(|want| !facts.answered.contains(want))
            .collect()
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let Some(mut told) = Told::of(event) else {
            return Look::Nothing("it names no incident".into());
        };
        // Not every sender says with each message when it began.
        let opened = facts.around.iter().find(|one| {
            one.event_type == EventType::INCIDENT_OPENED && one.subject.key == event.subject.key
        });
        told.began = opened.map_or(told.began, |opened| opened.at.min(told.began));
        let over = event.event_type == EventType::INCIDENT_RESOLVED;
        let ranked = suspects::ranked(&facts.suspects, &told.scene());
        let repository = event.data["incident"]["repository"].as_str();
        let elsewhere = blame::elsewhere(facts, &ranked, repository);
        let mut points = vec![told.state(event, over)];
        points.extend(told.instances());
        points.extend(blame::points(facts, &ranked));
        points.extend(timeline(event, facts));
        points.extend(if over {
            told.after()
        } else {
            told.plan(&ranked)
        });
        let points = blame::cited(points, event, "the alert");
        let what = format!("“{}”", inline(&told.title));
        let reverts = if over {
            Vec::new()
        } else {
            blame::fixes(facts, &ranked, &what)
        };
        let issue = blame::issue(&points, &reverts, None, event);
        let postmortem = postmortem(event, facts, over);
        let fixes = if over {
            postmortem.into_iter().collect()
        } else {
            reverts.into_iter().chain(postmortem).collect()
        };
        let title = if over {
            format!("Resolved: {}", told.title)
        } else {
            told.title.clone()
        };
        let title = blame::shortened(&title);
        Look::Found(Box::new(Finding {
            analyser: self.id().into(),
            rule: if over {
                "incident/resolved".into()
            } else {
                "incident/opened".into()
            },
            why: if over {
                "It is over; its postmortem is filled in as far as Perch knows.".into()
            } else {
                format!("{} says so since {}.", told.sender, clock(told.began))
            },
            level: match (over, told.severe) {
                (true, _) => Level::Silent,
                (false, true) => Level::Urgent,
                (false, false) => Level::Normal,
            },
            category: Some("incident".into()),
            confidence: 0.9,
            fingerprint: event.subject.key.clone(),
            points,
            fixes,
            offers: vec![Offer::OpenIssues {
                issues: vec![(title.clone(), issue)],
                labels: Vec::new(),
                parts: false,
            }],
            elsewhere,
            title,
            ..Finding::default()
        }))
    }
}

/// What the sender told of it.
struct Told<'a> {
    incident: &'a Value,
    title: String,
    sender: String,
    began: jiff::Timestamp,
    severe: bool,
}

impl<'a> Told<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        let incident = event.data.get("incident")?;
        let began = incident["started_at"]
            .as_str()
            .and_then(|at| at.parse().ok())
            .unwrap_or(event.at);
        let severity = incident["severity"].as_str().unwrap_or_default();
        Some(Self {
            incident,
            title: visible(&event.subject.title),
            sender: inline(incident["sender"].as_str().unwrap_or("The sender")),
            began,
            severe: is_severe(severity),
        })
    }

    fn scene(&self) -> Scene {
        let mut words: BTreeSet<String> = suspects::words(&self.title);
        for field in ["labels", "annotations"] {
            let values = self.incident[field].as_object();
            for value in values.into_iter().flat_map(|map| map.values()) {
                words.extend(suspects::words(value.as_str().unwrap_or_default()));
            }
        }
        Scene {
            last_good: self.began,
            first_bad: self.began,
            words,
        }
    }

    fn state(&self, event: &Event, over: bool) -> Point {
        let severity = self.incident["severity"].as_str().map_or_else(
            || "no severity is given".into(),
            |severity| format!("severity {}", inline(severity)),
        );
        let end = if over {
            format!(
                ", over since {} after {}",
                clock(event.at),
                length(self.began, event.at)
            )
        } else {
            String::new()
        };
        let said = ["summary", "description"]
            .iter()
            .find_map(|field| self.incident["annotations"][field].as_str())
            .map_or(String::new(), |text| {
                let text: String = text.chars().take(300).collect();
                format!(": {}", inline(&text))
            });
        blame::said(format!(
            "Since {}{end}, {severity}{said}",
            clock(self.began)
        ))
    }

    /// Which parts are touched, where there are several.
    fn instances(&self) -> Option<Point> {
        let count = self.incident["count"].as_u64().unwrap_or(0);
        if count < 2 {
            return None;
        }
        let names: Vec<String> = self.incident["instances"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["name"].as_str())
            .take(NAMED)
            .map(|name| format!("`{}`", code(name)))
            .collect();
        let shown = u64::try_from(names.len()).unwrap_or(0);
        let rest = if count > shown {
            format!(" and {} more", count - shown)
        } else {
            String::new()
        };
        Some(blame::said(format!(
            "{count} alerts belong to it: {}{rest}",
            names.join(", ")
        )))
    }

    /// What to look at now, most useful first, and what nobody has told yet.
    fn plan(&self, ranked: &[Ranked]) -> Vec<Point> {
        let mut points = Vec::new();
        let link = |field: &str| {
            self.incident[field]
                .as_str()
                .filter(|url| url.starts_with("http"))
        };
        if let Some(runbook) = link("runbook") {
            points.push(blame::todo(format!("Follow the runbook: <{runbook}>")));
        }
        if let Some(graph) = link("dashboard") {
            points.push(blame::todo(format!("Look at the graph: <{graph}>")));
        }
        points.push(blame::todo(format!(
            "Read the logs around {}",
            self.began.strftime("%Y-%m-%d %H:%M:%S UTC")
        )));
        points.push(blame::todo(if ranked.first().is_some_and(Ranked::explains) {
            "Was the likeliest change rolled out just before? If so take it back first and look for the cause after".into()
        } else {
            "Did something change outside of what Perch watches: traffic, a provider, a certificate, a quota?".into()
        }));
        points.push(blame::todo(
            "Who is affected, and how? Nothing here tells".into(),
        ));
        points.push(blame::todo(
            "Who leads, and where is it talked about?".into(),
        ));
        points
    }

    fn after(&self) -> Vec<Point> {
        vec![
            blame::todo("What ended it: something that was done, or did it pass by itself?".into()),
            blame::todo(
                "Fill in impact and causes of the postmortem while they are remembered".into(),
            ),
        ]
    }
}

fn is_severe(severity: &str) -> bool {
    let severity = severity.to_ascii_lowercase();
    ["critical", "high", "error", "fatal", "page", "sev1", "p1"].contains(&severity.as_str())
}

/// What happened around it, from the user's own events.
fn timeline(event: &Event, facts: &Facts) -> Vec<Point> {
    let lines: Vec<Point> = facts
        .around
        .iter()
        .filter(|one| one.at <= event.at && one.dedup_key != event.dedup_key)
        .filter_map(|one| {
            let mut line = blame::said(format!("{} {}", clock(one.at), in_words(one, event)?));
            line.evidence.extend(place(one));
            Some(line)
        })
        .collect();
    let skipped = lines.len().saturating_sub(LINES);
    lines.into_iter().skip(skipped).collect()
}

/// Where what happened is seen.
fn place(event: &Event) -> Option<Evidence> {
    let subject = &event.subject;
    let page = subject.url.clone().map(|url| Place::Page { url });
    let commit = || subject.commit.clone().map(|sha| Place::Commit { sha });
    Some(Evidence {
        statement: "what happened".into(),
        place: page.or_else(commit)?,
    })
}

/// The postmortem as a file of the repository.
fn postmortem(event: &Event, facts: &Facts, over: bool) -> Option<Fix> {
    let document = postmortem::of(event, &facts.around)?;
    Some(Fix {
        title: if over {
            "Write the postmortem".into()
        } else {
            "Begin the postmortem".into()
        },
        explanation: "Summary, timeline and the changes before it, from what Perch saw; what only people know is marked."
            .into(),
        remedy: Remedy::Patch {
            patch: Patch {
                files: vec![document.file],
            },
        },
        confidence: 0.8,
    })
}

#[cfg(test)]
mod tests;
