//! How much a candidate matters: its kind's weight, times how new it is, times where it stands. Nothing else counts.
//!
//! The weights are a scale of likelihood that lines of this kind are what a person would point at. Only their ratios
//! matter: what weighs less than [`super::blocks`]' share of the best is not shown. They were set by hand to order
//! the kinds and to cut between them, and hold for every tool and CI alike.

/// What a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A known tool calls it an error.
    Report,
    /// Said right before a program ended with an exit code, in a log without marks of a CI.
    BeforeExit,
    /// Words of trouble, strong ones: `fatal:`, `FAILED`, an exception's name.
    StrongWords,
    /// A known tool says what is wrong and where, and not how bad.
    Unrated,
    /// The last words of a failed step.
    LastWords,
    /// Lines no passing run printed.
    New,
    /// A known tool calls it a warning.
    Warning,
    /// A word of trouble in passing: "missing", "unexpected".
    WeakWords,
    /// It passes a failure on: `make: *** Error 1`.
    PassedOn,
    /// It says that the build failed and nothing else.
    Outcome,
}

impl Kind {
    /// How much it weighs by itself.
    pub(super) const fn weight(self) -> f32 {
        match self {
            Self::Report => 100.0,
            // Above words, since nothing between them and the exit said more; below reports, which say it exactly.
            Self::BeforeExit => 70.0,
            Self::StrongWords => 60.0,
            // Just above the cut below a report: a linter's findings are shown beside an error, and alone without.
            Self::Unrated => 58.0,
            // What follows is shown where nothing better is found, or beside the best when it is new.
            Self::LastWords => 35.0,
            Self::New => 25.0,
            Self::Warning => 20.0,
            Self::WeakWords => 15.0,
            Self::PassedOn => 10.0,
            Self::Outcome => 3.0,
        }
    }
}

/// The factor for lines of which passing runs lack `share`, 0 to 1. All new is a good deal more than half new, and
/// what every passing run printed as often is all but ruled out.
pub(super) fn novelty(share: f32) -> f32 {
    if share == 0.0 { 0.02 } else { 0.4 + share }
}

/// Where a candidate stands to a failed step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the step, or in the log where no step is known.
    Inside,
    /// Before it began: another step went on in spite of it.
    Before,
    /// After it failed: what cleans up and reports.
    After,
}

/// The factor for `place`, and for the `distance` in lines to the end of the step if lateness counts.
pub(super) fn place(place: Place, distance: Option<f32>) -> f32 {
    let step = match place {
        Place::Inside => 1.0,
        Place::Before => 0.4,
        Place::After => return 0.2,
    };
    // Half of it fades with the distance: a screen away it is a quarter.
    step * distance.map_or(1.0, |lines| 0.5 + 0.5 / (1.0 + lines / 60.0))
}
