//! Postmortems: what happened before, during and after an incident, by the clock; causes and lessons are for people.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use perch_core::event::Event;

use super::folder::{Custom, Series};
use super::happenings::{clock, code, ends, in_words, job, length};
use super::outline::Filling;
use super::quotes;
use super::{About, Ask, Document, Kind, Material, Need, TODO};
use crate::markdown::{inline, visible};

pub(super) static KIND: Postmortem = Postmortem;

pub(super) struct Postmortem;

static ABOUT: About = About {
    name: "Postmortem",
    argument: "Event",
    example: "an id from `perch events`",
    required: true,
    needs_checkout: false,
};

static CUSTOM: Custom = Custom {
    folders: &[
        "postmortems",
        "postmortem",
        "post-mortems",
        "incidents",
        "incident-reports",
        "retrospectives",
    ],
    dated: true,
};

const SECTIONS: &[&str] = &[
    "Status",
    "Summary",
    "Impact",
    "Root causes",
    "Trigger",
    "Detection",
    "Resolution",
    "Timeline",
    "What went well",
    "What went wrong",
    "Where we got lucky",
    "Action items",
];

/// How long before an incident a change may have been its trigger.
const BEFORE: SignedDuration = SignedDuration::from_hours(6);

/// How long after it began what happens is still part of it, unless it ends earlier.
const AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Lines of the timeline at most.
const LINES: usize = 80;

impl Kind for Postmortem {
    fn id(&self) -> &'static str {
        "postmortem"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, ask: &Ask, material: &Material) -> Result<Vec<Need>, String> {
        let mut needs = vec![Need::Event(ask.argument.trim().to_owned())];
        if let Some(event) = &material.event {
            needs.push(Need::Between(
                event.at - BEFORE,
                (event.at + AFTER).min(material.now.max(event.at)),
            ));
        }
        needs.extend(series(material).read().into_iter().map(Need::Text));
        Ok(material.open(needs))
    }

    fn write(&self, _ask: &Ask, material: &Material) -> Result<Document, String> {
        let event = material
            .event
            .as_ref()
            .ok_or("there is no such event; `perch events` lists them")?;
        let incident = Incident::of(event, &material.between);
        let title = incident.title();
        let series = series(material);
        let headings = series.headings(material, SECTIONS);
        let filling = Filling {
            title: inline(&title),
            number: series.next(),
            today: super::day(event.at),
            author: material
                .survey
                .as_ref()
                .and_then(|survey| survey.person.as_deref())
                .map(inline),
            // Of the words for a proposal only English shows what a draft is called.
            status: series
                .undecided(material)
                .filter(|word| word.eq_ignore_ascii_case("proposed"))
                .map(|_| "Draft".to_owned()),
            fields: Vec::new(),
            section: &|heading| incident.section(heading, &headings),
        };
        let day = super::day(event.at);
        let at_that_day = Material {
            now: event.at,
            ..material.clone()
        };
        let mut document = series.document(title, &at_that_day, SECTIONS, &filling, Vec::new())?;
        if !document.file.path.contains(&day) && series.next().is_none() {
            document.remarks.push(format!("the incident was on {day}"));
        }
        Ok(document)
    }
}

/// The postmortem of `event` with what happened around it, for a repository whose files are not known.
pub(crate) fn of(event: &Event, around: &[Event]) -> Option<Document> {
    let mut material = Material::new(event.at);
    // A resolved incident began earlier; its own events tell when.
    let opened = around.iter().find(|one| {
        one.event_type.as_str() == "incident.opened"
            && one.subject.key == event.subject.key
            && one.subject.repository_key == event.subject.repository_key
    });
    material.event = Some(opened.unwrap_or(event).clone());
    material.between = around.to_vec();
    material.between.push(event.clone());
    KIND.write(&Ask::default(), &material).ok()
}

fn series(material: &Material) -> Series {
    Series::find(material.paths(), &CUSTOM, None)
}

/// What a heading asks for, by words of it in the order they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Timeline,
    Trigger,
    Resolution,
    Detection,
    Summary,
    Actions,
}

const SLOTS: &[(Slot, &[&str])] = &[
    (
        Slot::Timeline,
        &[
            "timeline",
            "chronology",
            "zeitleiste",
            "ablauf",
            "chronologie",
            "cronología",
            "linha do tempo",
            "хронология",
            "时间线",
            "タイムライン",
        ],
    ),
    (
        Slot::Trigger,
        &[
            "trigger",
            "what changed",
            "auslöser",
            "déclencheur",
            "detonante",
        ],
    ),
    (
        Slot::Resolution,
        &[
            "resolution",
            "recovery",
            "mitigation",
            "lösung",
            "behebung",
            "résolution",
            "resolución",
            "решение",
        ],
    ),
    (
        Slot::Detection,
        &[
            "detection",
            "how we noticed",
            "erkennung",
            "entdeckung",
            "détection",
            "detección",
        ],
    ),
    (
        Slot::Summary,
        &[
            "summary",
            "overview",
            "what happened",
            "zusammenfassung",
            "résumé",
            "resumen",
            "resumo",
            "概要",
            "摘要",
            "кратко",
        ],
    ),
    (
        Slot::Actions,
        &[
            "action item",
            "follow-up",
            "follow up",
            "next steps",
            "maßnahmen",
            "actions",
            "acciones",
        ],
    ),
];

fn slot(heading: &str) -> Option<Slot> {
    let heading = heading.to_lowercase();
    SLOTS
        .iter()
        .find(|(_, words)| words.iter().any(|word| heading.contains(word)))
        .map(|(slot, _)| *slot)
}

/// An incident and what is known around it.
struct Incident<'a> {
    event: &'a Event,
    /// What happened around it, oldest first, the incident itself among it.
    around: Vec<&'a Event>,
    /// What ended it.
    end: Option<&'a Event>,
}

impl<'a> Incident<'a> {
    fn of(event: &'a Event, between: &'a [Event]) -> Self {
        let end = between
            .iter()
            .find(|later| later.at > event.at && ends(event, later));
        let until = end.map(|end| end.at);
        let mut keys = BTreeSet::new();
        let mut around: Vec<&Event> = between
            .iter()
            .chain(std::iter::once(event))
            .filter(|one| until.is_none_or(|until| one.at <= until))
            .filter(|one| keys.insert(&one.dedup_key))
            .filter(|one| in_words(one, event).is_some())
            .collect();
        around.sort_by_key(|one| one.at);
        Self { event, around, end }
    }

    fn title(&self) -> String {
        visible(&match self.event.event_type.as_str() {
            "repo.build.failed" => {
                let place = self
                    .event
                    .subject
                    .branch
                    .as_deref()
                    .map_or(String::new(), |branch| format!(" on `{}`", code(branch)));
                format!("`{}` failed{place}", code(&job(self.event)))
            }
            _ => self.event.subject.title.clone(),
        })
    }

    fn section(&self, heading: &str, headings: &[String]) -> Option<String> {
        let wanted = slot(heading)?;
        let first = headings.iter().find(|known| slot(known) == Some(wanted))?;
        if first != heading {
            return None;
        }
        match wanted {
            Slot::Summary => Some(format!("{}\n\n{TODO}", self.summary())),
            Slot::Timeline => Some(self.timeline()),
            Slot::Trigger => self.changes_before(),
            Slot::Resolution => self.resolution(),
            Slot::Detection => self.detection(),
            Slot::Actions => Some(format!("- [ ] {TODO}")),
        }
    }

    fn summary(&self) -> String {
        let what = in_words(self.event, self.event).unwrap_or_else(|| inline(&self.title()));
        let repository = inline(&self.event.subject.repository);
        let place = if repository.is_empty() {
            String::new()
        } else {
            format!(" in {repository}")
        };
        let end = match self.end {
            Some(end) => format!(
                " It ended {} after {}.",
                clock(end.at),
                length(self.event.at, end.at)
            ),
            None => " Its end is not known.".into(),
        };
        format!("{}: {what}{place}.{end}", clock(self.event.at))
    }

    fn timeline(&self) -> String {
        let most = self.around.len().saturating_sub(LINES);
        let lines: Vec<String> = self
            .around
            .iter()
            .skip(most)
            .filter_map(|one| {
                Some(format!(
                    "- {}: {}",
                    clock(one.at),
                    in_words(one, self.event)?
                ))
            })
            .collect();
        if lines.is_empty() {
            TODO.into()
        } else {
            lines.join("\n")
        }
    }

    /// The changes that came before it, without saying that one of them is the cause.
    fn changes_before(&self) -> Option<String> {
        let changed = [
            "repo.pr.merged",
            "repo.push",
            "repo.release.published",
            "supabase.schema.changed",
        ];
        let lines: Vec<String> = self
            .around
            .iter()
            .filter(|one| one.at <= self.event.at && one.dedup_key != self.event.dedup_key)
            .filter(|one| changed.contains(&one.event_type.as_str()))
            .filter_map(|one| {
                Some(format!(
                    "- {}: {}",
                    clock(one.at),
                    in_words(one, self.event)?
                ))
            })
            .collect();
        (!lines.is_empty()).then(|| {
            format!(
                "{TODO}: which of these, if any. In the {} before it:\n\n{}",
                length(self.event.at - BEFORE, self.event.at),
                lines.join("\n")
            )
        })
    }

    fn resolution(&self) -> Option<String> {
        let end = self.end?;
        let words = in_words(end, self.event)?;
        Some(format!(
            "{}: {words}, {} after it began.\n\n{TODO}",
            clock(end.at),
            length(self.event.at, end.at)
        ))
    }

    fn detection(&self) -> Option<String> {
        (self.event.event_type.as_str() == "repo.build.failed").then(|| {
            let run = format!("`{}`", code(&job(self.event)));
            let address = self.event.subject.url.as_deref().and_then(quotes::link);
            let run = address.map_or(run.clone(), |url| format!("[{run}]({url})"));
            format!("By the run of {run} that failed.")
        })
    }
}
