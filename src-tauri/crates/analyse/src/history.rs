//! For tests: what an analyser makes of the history of an issue or pull request, in words.

use perch_core::event::Event;
use perch_core::facts::Want;
use perch_core::finding::{Finding, Offer};
pub(crate) use perch_testkit::history::{History, day};

use crate::analyser::{Analyser, Look};

/// What `analyser` makes of `event` of `history`; everything it may want is answered.
pub(crate) fn look(history: &History, analyser: &dyn Analyser, event: &Event) -> Look {
    let mut facts = history.facts();
    facts.answered = [
        Want::Ticket,
        Want::Thread,
        Want::Issues,
        Want::Tree,
        Want::Reviews,
        Want::Commits,
        Want::Checks,
        Want::Diff,
    ]
    .into();
    assert_eq!(analyser.wants(event, &facts), [], "all is answered");
    analyser.look(event, &facts)
}

/// Rule and title of what was found, or why nothing was.
pub(crate) fn said(look: &Look) -> String {
    match look {
        Look::Found(finding) => format!("{}: {}", finding.rule, finding.title),
        Look::Nothing(reason) => format!("nothing: {reason}"),
    }
}

/// Everything a finding says, as a page.
pub(crate) fn page(finding: &Finding) -> String {
    let mut text = format!(
        "{} ({}, {:?}, {:.2})\n{}\n\n",
        finding.title, finding.rule, finding.level, finding.confidence, finding.why
    );
    for point in &finding.points {
        let mark = if point.todo { "[ ] " } else { "" };
        text.push_str(&format!("- {mark}{}\n", point.text));
        for evidence in &point.evidence {
            text.push_str(&format!(
                "    {}: {:?}\n",
                evidence.statement, evidence.place
            ));
        }
        assert!(!point.evidence.is_empty(), "no evidence: {}", point.text);
    }
    for fix in &finding.fixes {
        text.push_str(&format!("\n{}: {:?}\n", fix.title, fix.remedy));
    }
    if let Some(comment) = &finding.comment {
        text.push_str(&format!("\nComment:\n{comment}\n"));
    }
    for offer in &finding.offers {
        text.push_str(&format!("\nOffer: {}\n", offered(offer)));
    }
    text
}

fn offered(offer: &Offer) -> String {
    match offer {
        Offer::EditIssue { after, .. } => format!("the issue's text becomes\n{after}"),
        Offer::OpenIssues { issues, .. } => {
            let issues: Vec<String> = issues
                .iter()
                .map(|(title, body)| format!("{title} | {}", body.replace('\n', "⏎")))
                .collect();
            format!("open\n  {}", issues.join("\n  "))
        }
        other => format!("{other:?}"),
    }
}
