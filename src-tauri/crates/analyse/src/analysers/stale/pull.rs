//! A pull request that lies: is it its author's turn, its reviewers' or whoever's who may merge?

use perch_core::facts::{FileChange, Review};
use perch_core::finding::{Offer, Point};
use perch_core::suggestion::Level;

use super::{Advice, Case, addressed, shown, told};
use crate::change::{parts, role};
use crate::conversation::claims::Tie;
use crate::conversation::{Deed, page, span};

/// Changed lines from which nobody reviews it in one go.
const LARGE: usize = 400;
/// A part smaller than this share of the whole is not named.
const SHARE: usize = 20;

/// What to do, or why nothing.
pub(super) fn advise(case: &Case<'_>) -> Result<Advice, String> {
    if let Some(advice) = superseded(case) {
        return Ok(advice);
    }
    let needs = needs(case);
    if !needs.is_empty() {
        return Ok(if case.is_abandoned() {
            abandoned(case, needs)
        } else {
            authors_turn(case, needs)
        });
    }
    if case.ticket.author.is_empty() {
        return Err("it is not known who opened it".into());
    }
    if let Some(review) = approved(case) {
        return Ok(to_be_merged(case, review));
    }
    if let Some(advice) = to_be_split(case) {
        return Ok(advice);
    }
    Ok(reviewers_turn(case))
}

fn superseded(case: &Case<'_>) -> Option<Advice> {
    let (number, turn) = case.tie(Tie::Supersedes)?;
    let text = format!("#{number} takes its place");
    let point = match turn {
        Some(turn) => shown(
            case,
            format!("{text}, says {} {}", turn.who, case.ago(turn)),
            turn,
        ),
        None => told(case, text, "its text"),
    };
    let comment = format!(
        "#{number} takes the place of this, so I am closing it. Thank you for the work; what is missing there may well come from here."
    );
    Some(Advice {
        rule: "pr-stale/superseded",
        heading: format!("is superseded by #{number}"),
        points: vec![point],
        comment: None,
        offers: vec![Offer::Close {
            comment,
            not_planned: false,
        }],
        confidence: 0.85,
        level: Level::Normal,
    })
}

/// What the author has to do before anybody else can.
struct Need {
    rule: &'static str,
    /// In a title, behind "PR #42".
    heading: &'static str,
    point: Point,
    /// In the message, a sentence.
    message: String,
}

fn needs(case: &Case<'_>) -> Vec<Need> {
    let mut needs = Vec::new();
    if case.ticket.mergeable == Some(false) {
        let base = case
            .event
            .subject
            .base_branch
            .as_deref()
            .unwrap_or("its base");
        needs.push(Need {
            rule: "pr-stale/conflicts",
            heading: "has conflicts",
            point: told(
                case,
                format!("It conflicts with `{base}`"),
                "says whether it can be merged",
            ),
            message: format!("It conflicts with `{base}` and needs a rebase."),
        });
    }
    if let Some(review) = unanswered(case) {
        let turn =
            case.conversation.turns.iter().find(|turn| {
                turn.at == review.at && turn.deed == Deed::Reviewed(review.state.clone())
            });
        let when = crate::conversation::ago(review.at, case.terms.now);
        let text = format!(
            "{} asked for changes {when}, and nothing was pushed since",
            review.author
        );
        needs.push(Need {
            rule: "pr-stale/changes",
            heading: "waits for asked changes",
            point: match turn {
                Some(turn) => shown(case, text, turn),
                None => told(case, text, "its reviews"),
            },
            message: format!("{} asked for changes {when}.", review.author),
        });
    }
    let author = &case.ticket.author;
    if let Some(question) = case
        .claims
        .open
        .iter()
        .find(|claim| claim.who.contains(author))
    {
        let evidence = question
            .url
            .iter()
            .map(|url| page("the question", url))
            .collect();
        needs.push(Need {
            rule: "pr-stale/question",
            heading: "waits for an answer",
            point: Point {
                text: format!("{} asks: “{}”", question.by, question.text),
                evidence,
                todo: false,
            },
            message: format!("{} asked: “{}”", question.by, question.text),
        });
    }
    let red: Vec<&str> = case
        .facts
        .checks
        .iter()
        .filter(|check| check.passed == Some(false))
        .map(|check| check.name.as_str())
        .collect();
    if let Some(first) = red.first() {
        let fails = match red.len() {
            1 => format!("`{first}` fails"),
            count => format!("`{first}` and {} more fail", count - 1),
        };
        let url = case.facts.checks.iter().find(|check| check.name == *first);
        let url = url
            .and_then(|check| check.url.as_ref())
            .or(case.ticket.url.as_ref());
        needs.push(Need {
            rule: "pr-stale/red",
            heading: "fails its checks",
            point: Point {
                text: fails.clone(),
                evidence: url
                    .iter()
                    .map(|url| page(format!("`{first}`"), url))
                    .collect(),
                todo: false,
            },
            message: format!("{fails}."),
        });
    }
    needs
}

/// The newest request for changes the author neither answered nor pushed after, unless its reviewer approved since.
fn unanswered<'a>(case: &'a Case<'_>) -> Option<&'a Review> {
    let author = case.conversation.last_of_author()?.at;
    case.facts.reviews.iter().rev().find(|review| {
        let settled = case.facts.reviews.iter().any(|later| {
            later.author == review.author
                && later.at > review.at
                && matches!(later.state.as_str(), "approved" | "dismissed")
        });
        review.state == "changes_requested" && review.at > author && !settled
    })
}

fn authors_turn(case: &Case<'_>, mut needs: Vec<Need>) -> Advice {
    let author = &case.ticket.author;
    let messages: Vec<&str> = needs.iter().map(|need| need.message.as_str()).collect();
    let comment = format!(
        "@{author}, this waits for you. {} Do you still want to finish it? If not, say so, and somebody can take it over; your commits stay.",
        messages.join(" ")
    );
    let lead = needs.remove(0);
    let mut points = vec![lead.point];
    points.extend(needs.into_iter().map(|need| need.point));
    Advice {
        rule: lead.rule,
        heading: format!("{}: {author}'s turn", lead.heading),
        points,
        comment: Some(comment),
        offers: Vec::new(),
        confidence: 0.8,
        level: Level::Normal,
    }
}

fn abandoned(case: &Case<'_>, needs: Vec<Need>) -> Advice {
    let author = &case.ticket.author;
    let messages: Vec<&str> = needs.iter().map(|need| need.message.as_str()).collect();
    let lay = span(case.last().at, case.terms.now);
    let comment = format!(
        "Thank you for this, @{author}. Nobody moved it for {lay}: {} I am closing it so that the list shows what is under way. Whoever wants to go on may reopen it; the commits stay.",
        messages.join(" ")
    );
    let mut points: Vec<Point> = needs.into_iter().map(|need| need.point).collect();
    points.insert(
        0,
        shown(
            case,
            format!("{author} did not answer for {lay}"),
            case.last(),
        ),
    );
    Advice {
        rule: "pr-stale/abandoned",
        heading: format!("was left by {author}"),
        points,
        comment: None,
        offers: vec![Offer::Close {
            comment,
            not_planned: true,
        }],
        confidence: 0.7,
        level: Level::Normal,
    }
}

/// The newest approval, unless somebody's newest word is against it.
fn approved<'a>(case: &'a Case<'_>) -> Option<&'a Review> {
    let newest_of = |who: &str| {
        case.facts
            .reviews
            .iter()
            .rev()
            .find(|review| review.author == who && review.state != "commented")
    };
    let against = case.facts.reviews.iter().any(|review| {
        newest_of(&review.author).is_some_and(|newest| newest.state == "changes_requested")
    });
    if against {
        return None;
    }
    case.facts.reviews.iter().rev().find(|review| {
        newest_of(&review.author).is_some_and(|newest| newest.state == "approved")
            && review.state == "approved"
    })
}

fn to_be_merged(case: &Case<'_>, review: &Review) -> Advice {
    let when = crate::conversation::ago(review.at, case.terms.now);
    let text = format!(
        "{} approved it {when}, and nothing stands against it",
        review.author
    );
    Advice {
        rule: "pr-stale/approved",
        heading: "is approved and not merged".into(),
        points: vec![told(case, text, "its reviews")],
        comment: Some(format!(
            "This was approved {when}, and nothing stands against it. @{}, may it be merged, or does it wait for something?",
            review.author
        )),
        offers: Vec::new(),
        confidence: 0.85,
        level: Level::Normal,
    }
}

fn reviewed<'a>(case: &'a Case<'_>) -> Vec<&'a FileChange> {
    case.facts
        .diff
        .iter()
        .filter(|change| role::is_reviewed(change))
        .collect()
}

fn to_be_split(case: &Case<'_>) -> Option<Advice> {
    if case
        .facts
        .reviews
        .iter()
        .any(|review| review.author != case.ticket.author)
    {
        return None;
    }
    let changes = reviewed(case);
    let lines: usize = changes
        .iter()
        .map(|change| role::changed_lines(change))
        .sum();
    let parts: Vec<parts::Part> = parts::of(&changes)
        .into_iter()
        .filter(|part| part.lines * SHARE >= lines)
        .collect();
    if lines < LARGE || parts.len() < 2 {
        return None;
    }
    let plan: Vec<String> = parts
        .iter()
        .map(|part| {
            let more = match part.files.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            format!("`{}`{more} ({} lines)", part.files[0], part.lines)
        })
        .collect();
    let mut points = vec![told(
        case,
        format!(
            "{lines} lines in {} files, and nobody reviewed it",
            changes.len()
        ),
        "its changes",
    )];
    points.extend(plan.iter().map(|part| Point {
        text: format!("Could go alone: {part}"),
        evidence: Vec::new(),
        todo: true,
    }));
    for (point, part) in points.iter_mut().skip(1).zip(&parts) {
        let files = part.files.iter().take(3);
        point.evidence = files
            .map(|file| perch_core::evidence::Evidence::file("changed", file, None))
            .collect();
    }
    Some(Advice {
        rule: "pr-stale/split",
        heading: format!("is large: {} parts could go alone", parts.len()),
        points,
        comment: Some(format!(
            "@{}, at {lines} lines this is hard to review in one go. Could it come in parts, in this order?\n\n- {}\n",
            case.ticket.author,
            plan.join("\n- ")
        )),
        offers: Vec::new(),
        confidence: 0.7,
        level: Level::Normal,
    })
}

fn reviewers_turn(case: &Case<'_>) -> Advice {
    let last = case.last();
    let changes = reviewed(case);
    let lines: usize = changes
        .iter()
        .map(|change| role::changed_lines(change))
        .sum();
    let size = match changes.len() {
        0 => String::new(),
        1 => format!("It changes {lines} lines in one file. "),
        files => format!("It changes {lines} lines in {files} files. "),
    };
    let asked = &case.ticket.reviewers;
    let names = asked.join(" and ");
    let (whom, heading, text) = match asked.len() {
        0 => (
            "This".to_owned(),
            "waits, and nobody is asked to review".to_owned(),
            "Nobody is asked to review it".to_owned(),
        ),
        count => (
            format!("{}, this", addressed(asked)),
            format!("waits for {names}'s review"),
            format!(
                "{names} {} asked to review it, and did not yet",
                if count == 1 { "was" } else { "were" }
            ),
        ),
    };
    Advice {
        rule: "pr-stale/review",
        heading,
        points: vec![
            told(case, text, "who is asked"),
            shown(
                case,
                format!("The last word is {}'s, {}", last.who, case.ago(last)),
                last,
            ),
        ],
        comment: Some(format!(
            "{whom} has waited for a review for {}. {size}Could somebody look at it, or say who should?",
            span(last.at, case.terms.now)
        )),
        offers: Vec::new(),
        confidence: 0.75,
        level: Level::Normal,
    }
}
