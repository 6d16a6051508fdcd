//! An issue that lies: does it wait for its reporter, for whoever takes care of it, or is it done already?

use perch_core::finding::{Offer, Point};
use perch_core::suggestion::Level;

use super::{Advice, Case, addressed, shown, told};
use crate::conversation::claims::{Claim, Tie};
use crate::conversation::{page, span};

/// Boxes still to tick from which an issue is better several.
const PARTS: usize = 2;

/// What to do, or why nothing.
pub(super) fn advise(case: &Case<'_>) -> Result<Advice, String> {
    if let Some(advice) = over(case) {
        return Ok(advice);
    }
    if let Some(advice) = unblocked(case) {
        return Ok(advice);
    }
    let reporter = &case.ticket.author;
    let asked = |claim: &&Claim| {
        claim
            .who
            .iter()
            .any(|who| who.eq_ignore_ascii_case(reporter))
    };
    if let Some(question) = case.claims.open.iter().rev().find(asked) {
        return Ok(reporters_turn(case, question));
    }
    if let Some(advice) = half_done(case) {
        return Ok(advice);
    }
    if let Some(promise) = case.claims.owed.last() {
        return Ok(promised(case, promise));
    }
    if !case.ticket.assignees.is_empty() {
        return Ok(assigned(case));
    }
    let last = case.last();
    if last.who == *reporter {
        return Ok(unanswered(case));
    }
    Err("somebody answered last, and nothing is asked of anybody".into())
}

/// Fixed, implemented or taken over elsewhere.
fn over(case: &Case<'_>) -> Option<Advice> {
    let (rule, (number, turn), what) = case
        .tie(Tie::Did)
        .map(|tie| ("issue-stale/done", tie, "did it"))
        .or_else(|| {
            let tie = case.tie(Tie::Supersedes)?;
            Some(("issue-stale/superseded", tie, "goes on with it"))
        })?;
    let text = format!("#{number} {what}");
    let point = match turn {
        Some(turn) => shown(
            case,
            format!("{text}, says {} {}", turn.who, case.ago(turn)),
            turn,
        ),
        None => told(case, text, "its text"),
    };
    Some(Advice {
        rule,
        heading: format!("seems done: #{number}"),
        points: vec![point],
        comment: None,
        offers: vec![Offer::Close {
            comment: format!(
                "#{number} {what}, so I am closing this. Please say so if something of it is left."
            ),
            not_planned: rule == "issue-stale/superseded",
        }],
        confidence: 0.8,
        level: Level::Normal,
    })
}

/// What it waited for is done.
fn unblocked(case: &Case<'_>) -> Option<Advice> {
    let (number, turn) = case.tie(Tie::Blocks)?;
    let text = format!("It waited for #{number}, which is closed");
    let point = match turn {
        Some(turn) => shown(case, text, turn),
        None => told(case, text, "its text"),
    };
    let whom = if case.ticket.assignees.is_empty() {
        String::new()
    } else {
        format!("{}: ", addressed(&case.ticket.assignees))
    };
    Some(Advice {
        rule: "issue-stale/unblocked",
        heading: format!("can go on: #{number} is closed"),
        points: vec![point],
        comment: Some(format!(
            "{whom}#{number}, which this waited for, is closed. Is there anything else in the way?"
        )),
        offers: Vec::new(),
        confidence: 0.8,
        level: Level::Normal,
    })
}

fn reporters_turn(case: &Case<'_>, question: &Claim) -> Advice {
    let reporter = &case.ticket.author;
    let when = crate::conversation::ago(question.at, case.terms.now);
    let point = Point {
        text: format!(
            "{} asked {reporter} {when}: “{}”",
            question.by, question.text
        ),
        evidence: question
            .url
            .iter()
            .map(|url| page("the question", url))
            .collect(),
        todo: false,
    };
    if case.is_abandoned() {
        let lay = span(case.last().at, case.terms.now);
        return Advice {
            rule: "issue-stale/no-answer",
            heading: format!("has no answer from {reporter}"),
            points: vec![point],
            comment: None,
            offers: vec![Offer::Close {
                comment: format!(
                    "Without an answer to “{}” nobody can act on this, and {lay} have passed, so I am closing it. @{reporter}, whenever you can tell, say so here and it is reopened.",
                    question.text
                ),
                not_planned: true,
            }],
            confidence: 0.75,
            level: Level::Normal,
        };
    }
    Advice {
        rule: "issue-stale/reporter",
        heading: format!("waits for {reporter}'s answer"),
        points: vec![point],
        comment: Some(format!(
            "@{reporter}, {} asked {when}: “{}” Can you still tell? Without it nobody can act on this.",
            question.by, question.text
        )),
        offers: Vec::new(),
        confidence: 0.8,
        level: Level::Normal,
    }
}

/// Some of its boxes are ticked: what is left is better tracked by itself.
fn half_done(case: &Case<'_>) -> Option<Advice> {
    let lines: Vec<&str> = case.ticket.body.lines().map(str::trim_start).collect();
    let boxes = |mark: &str| -> Vec<String> {
        let marked = lines.iter().filter_map(|line| {
            let line = line.trim_start_matches(['-', '*', '+']).trim_start();
            line.strip_prefix(mark)
        });
        marked.map(|text| text.trim().to_owned()).collect()
    };
    let left = boxes("[ ] ");
    let done = boxes("[x] ").len() + boxes("[X] ").len();
    if done == 0 || left.len() < PARTS {
        return None;
    }
    let mut points = vec![told(
        case,
        format!("{done} of {} parts are done", done + left.len()),
        "its boxes",
    )];
    points.extend(left.iter().map(|text| Point {
        text: text.clone(),
        evidence: Vec::new(),
        todo: true,
    }));
    for point in points.iter_mut().skip(1) {
        point.evidence = case
            .ticket
            .url
            .iter()
            .map(|url| page("its boxes", url))
            .collect();
    }
    let number = case.ticket.number;
    let issues = left.iter().map(|text| {
        (
            crate::title::shortened(text),
            format!("{text}\n\nLeft of #{number}.\n"),
        )
    });
    Some(Advice {
        rule: "issue-stale/split",
        heading: format!("is half done: {} parts are left", left.len()),
        points,
        comment: Some(format!(
            "{done} of {} parts are done. Shall what is left go on in issues of its own?\n\n- {}\n",
            done + left.len(),
            left.join("\n- ")
        )),
        offers: vec![Offer::OpenIssues {
            issues: issues.collect(),
            labels: Vec::new(),
            parts: true,
        }],
        confidence: 0.7,
        level: Level::Normal,
    })
}

fn promised(case: &Case<'_>, promise: &Claim) -> Advice {
    let who = promise.who.join(" and ");
    let when = crate::conversation::ago(promise.at, case.terms.now);
    Advice {
        rule: "issue-stale/promise",
        heading: format!("waits for {who}"),
        points: vec![Point {
            text: format!("{who} said {when}: “{}”", promise.text),
            evidence: promise
                .url
                .iter()
                .map(|url| page("the promise", url))
                .collect(),
            todo: false,
        }],
        comment: Some(format!(
            "{}, you said {when}: “{}” Are you still on it? If not, say so, and somebody else can take it.",
            addressed(&promise.who),
            promise.text
        )),
        offers: Vec::new(),
        confidence: 0.75,
        level: Level::Normal,
    }
}

fn assigned(case: &Case<'_>) -> Advice {
    let who = &case.ticket.assignees;
    let last = case.last();
    Advice {
        rule: "issue-stale/assignee",
        heading: format!("is with {}", who.join(", ")),
        points: vec![
            told(
                case,
                format!("It is assigned to {}", who.join(" and ")),
                "who it is assigned to",
            ),
            shown(
                case,
                format!("The last word is {}'s, {}", last.who, case.ago(last)),
                last,
            ),
        ],
        comment: Some(format!(
            "{}, are you still on this? If not, taking your name off lets somebody else begin.",
            addressed(who)
        )),
        offers: Vec::new(),
        confidence: 0.7,
        level: Level::Normal,
    }
}

/// Its reporter had the last word: it is not theirs to move.
fn unanswered(case: &Case<'_>) -> Advice {
    let last = case.last();
    let nobody = case
        .conversation
        .turns
        .iter()
        .all(|turn| turn.who == last.who);
    let text = if nobody {
        format!("Nobody has answered {} yet", last.who)
    } else {
        format!("{} answered {}, and nobody since", last.who, case.ago(last))
    };
    Advice {
        rule: "issue-stale/unanswered",
        heading: format!("waits for an answer to {}", last.who),
        points: vec![shown(case, text, last)],
        comment: Some(format!(
            "@{}, sorry that nobody came back to you. Is this still so with the newest version?",
            last.who
        )),
        offers: Vec::new(),
        confidence: 0.65,
        level: Level::Silent,
    }
}
