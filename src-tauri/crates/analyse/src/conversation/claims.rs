//! What is claimed in a conversation: decisions, questions and to whom, promises, and links to other issues.
//!
//! Only what is said in plain words counts; irony and hints are left to people.

use std::sync::LazyLock;

use jiff::Timestamp;
use perch_core::facts::Ticket;
use regex::{Regex, RegexSet};

use super::sentences::sentences;
use super::{Conversation, Turn};

/// Something said that others go by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The sentence.
    pub(crate) text: String,
    /// Who said it.
    pub(crate) by: String,
    /// Who owes something because of it: those asked, or who promised. Empty when nobody in particular does.
    pub(crate) who: Vec<String>,
    /// When.
    pub(crate) at: Timestamp,
    /// Where.
    pub(crate) url: Option<String>,
}

/// What a conversation came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// What was decided, oldest first.
    pub(crate) decided: Vec<Claim>,
    /// Questions nobody answered, oldest first.
    pub(crate) open: Vec<Claim>,
    /// What was promised or asked for and not reported done, oldest first.
    pub(crate) owed: Vec<Claim>,
}

fn set(patterns: &[&str]) -> RegexSet {
    RegexSet::new(patterns).expect("valid patterns")
}

static DECISION: LazyLock<RegexSet> = LazyLock::new(|| {
    set(&[
        r"(?i)^(?:ok(?:ay)?,? |so,? |then,? |alright,? |agreed[,:]? )?let(?:'|’)?s (?:go with|use|keep|drop|do|take|stick|not|make|call|ship|merge|start with)\b",
        r"(?i)\bwe(?:'ll| will|'re going to| are going to) (?:go with|use|keep|drop|take|stick|not)\b",
        r"(?i)\bwe(?:'ve| have)? (?:decided|agreed|settled)\b",
        r"(?i)^(?:decision|decided|agreed|conclusion|resolution|consensus)\b\s*:",
        r"(?i)\b(?:the|our|final) (?:decision|conclusion|consensus) (?:is|was)\b",
        r"(?i)\b(?:won't fix|will not fix|wontfix|closing (?:this )?(?:as|in favou?r)|out of scope)\b",
        r"(?i)\b(?:i|we) (?:will not|won't) (?:accept|merge|support|do|add)\b",
        r"(?i)^going (?:with|for)\b",
    ])
});
static PROMISE: LazyLock<RegexSet> = LazyLock::new(|| {
    set(&[
        r"(?i)\bi(?:'ll| will|'m going to| am going to|’ll) (?:look|take|try|open|send|write|fix|check|do|prepare|submit|make|add|update|test|work|investigate|get|push|report|have|see|review|rebase|implement|file)\b",
        r"(?i)\b(?:i'm|i am|i’m) (?:working on|on it|looking into|taking)\b",
        r"(?i)\b(?:i can|i could|let me|happy to|i'd be happy to) (?:take|look|work on|open|send|submit|prepare|implement|fix|write|investigate)\b",
        r"(?i)\b(?:pr|patch|fix) (?:is )?(?:incoming|coming|on (?:its|the) way)\b",
    ])
});
static REQUEST: LazyLock<RegexSet> = LazyLock::new(|| {
    set(&[
        r"(?i)\b(?:can|could|would|will) (?:you|someone|somebody|anyone)\b",
        r"(?i)\bplease (?:provide|share|post|add|try|test|check|confirm|rebase|update|open|send|attach|run|fix|review|take|look|split|write|include|clarify|explain|file|upload|let|tell)\b",
        r"(?i)\b(?:do|did|are|have) you\b.*\?",
        r"(?i)\b(?:we|i) need (?:a|an|the|your|more)\b.*\b(?:from you|reproduc|example|log|version|information|details)\b",
        r"(?i)\bwould (?:be (?:great|nice|helpful|good)|help) if you\b",
    ])
});
/// Questions that ask nothing.
static RHETORIC: LazyLock<RegexSet> = LazyLock::new(|| {
    set(&[
        r"(?i)^(?:right|no|ok|okay|yes|really|huh|what|why not|or|thoughts|makes sense|sounds good|any news|any update|any updates|any progress|bump)\s*\?+$",
        r"(?i)^who knows",
    ])
});
static DONE: LazyLock<RegexSet> = LazyLock::new(|| {
    set(&[
        r"(?i)^(?:done|fixed|rebased|updated|pushed|added|sent|opened|addressed|resolved)\b",
        r"(?i)\b(?:i(?:'ve| have)?|just) (?:opened|pushed|fixed|sent|submitted|rebased|updated|added|addressed|filed|made)\b",
        r"(?i)\b(?:here(?:'s| is| are)|see|opened|filed|in) (?:the |my |a )?(?:pr |patch |pull request )?#\d+",
        r"(?i)\b(?:is|are|has been|have been) (?:fixed|merged|resolved|done|implemented)\b",
        r"(?i)\bhere(?:'s| is| are)\b",
    ])
});
static MENTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\w`/])@([A-Za-z0-9][A-Za-z0-9_.-]{0,38}[A-Za-z0-9]|[A-Za-z0-9])")
        .expect("a valid pattern")
});

impl Claims {
    /// What `conversation` on `ticket` came to.
    pub(crate) fn of(conversation: &Conversation, ticket: &Ticket) -> Self {
        let mut claims = Self::default();
        let said: Vec<(&Turn, &str)> = conversation.words().collect();
        for (turn, words) in &said {
            for sentence in sentences(words) {
                let claim = |who| Claim {
                    text: sentence.clone(),
                    by: turn.who.clone(),
                    who,
                    at: turn.at,
                    url: turn.url.clone(),
                };
                let asks = sentence.ends_with('?') && !RHETORIC.is_match(&sentence);
                if DECISION.is_match(&sentence) && !sentence.ends_with('?') {
                    claims.decided.push(claim(Vec::new()));
                } else if PROMISE.is_match(&sentence) && !sentence.ends_with('?') {
                    claims.owed.push(claim(vec![turn.who.clone()]));
                } else if asks || REQUEST.is_match(&sentence) {
                    let who = asked(&sentence, words, turn, conversation);
                    claims.open.push(claim(who));
                }
            }
        }
        claims.open.retain(|claim| !answered(claim, conversation));
        claims
            .owed
            .retain(|claim| ticket.open && !kept(claim, conversation));
        // Of what somebody asked in one breath, the first question stands for the rest.
        claims
            .open
            .dedup_by(|later, first| later.at == first.at && later.by == first.by);
        claims
    }
}

/// Who is asked by `sentence`: those it names, else those the text begins by naming, else the other side.
fn asked(sentence: &str, words: &str, turn: &Turn, conversation: &Conversation) -> Vec<String> {
    let mut named = mentioned(sentence);
    if named.is_empty() && words.trim_start().starts_with('@') {
        named = mentioned(words.trim_start().lines().next().unwrap_or_default());
    }
    named.retain(|name| !name.eq_ignore_ascii_case(&turn.who));
    if named.is_empty() && turn.who != conversation.author && !conversation.author.is_empty() {
        named.push(conversation.author.clone());
    }
    named
}

/// The names `text` mentions.
pub(crate) fn mentioned(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for found in MENTION.captures_iter(text) {
        let name = found[1].to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A question is answered once one of those asked says anything, or, where nobody was named, anybody else does.
fn answered(claim: &Claim, conversation: &Conversation) -> bool {
    if claim.who.is_empty() {
        let others = |(turn, _): &(&Turn, &str)| turn.at > claim.at && turn.who != claim.by;
        return conversation.words().any(|said| others(&said));
    }
    claim
        .who
        .iter()
        .any(|who| conversation.since(who, claim.at).is_some())
}

/// A promise is kept once who made it reports something done.
fn kept(claim: &Claim, conversation: &Conversation) -> bool {
    conversation.turns.iter().any(|turn| {
        let reports = match &turn.deed {
            super::Deed::Said(words) => sentences(words).iter().any(|one| DONE.is_match(one)),
            super::Deed::Committed => true,
            _ => false,
        };
        turn.at > claim.at && reports && claim.who.contains(&turn.who)
    })
}

/// How issues and pull requests say what they have to do with another.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b(?:(?P<superseded>supersed(?:ed|es)? by|replaced by|in favou?r of|continued in|duplicate of|dup(?:e)? of)",
        r"|(?P<blocked>blocked (?:by|on)|depends on|waiting (?:for|on)|on hold until|requires)",
        r"|(?P<done>fixed (?:by|in|with)|resolved (?:by|in|with)|implemented in|addressed (?:by|in)|closed by))",
        r"\s*:?\s*(?:the |pr |pull request |issue |merge request |mr )*[#!](?P<number>\d{1,9})\b",
    ))
    .expect("a valid pattern")
});

/// What another issue or pull request is to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    /// It takes this one's place.
    Supersedes,
    /// It has to be done first.
    Blocks,
    /// It did what this one asks for.
    Did,
}

/// Ties told in `words`, in order.
pub(crate) fn ties(words: &str) -> Vec<(Tie, u64)> {
    sentences(words)
        .iter()
        .flat_map(|sentence| {
            LINK.captures_iter(sentence)
                .filter_map(|found| {
                    let tie = if found.name("superseded").is_some() {
                        Tie::Supersedes
                    } else if found.name("blocked").is_some() {
                        Tie::Blocks
                    } else {
                        Tie::Did
                    };
                    Some((tie, found["number"].parse().ok()?))
                })
                .collect::<Vec<_>>()
        })
        .collect()
}
