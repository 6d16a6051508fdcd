//! What every publisher says alike when a step cannot be done.

use perch_core::patch::PatchError;
use perch_core::seam::provider::ProviderError;
use perch_core::seam::publisher::PublishError;

/// It cannot be done until the user does `next_step`.
pub(crate) fn refused(reason: impl Into<String>, next_step: impl Into<String>) -> PublishError {
    PublishError::Refused {
        reason: reason.into(),
        next_step: next_step.into(),
    }
}

/// A failed request: what cannot be had for good is refused, the rest is tried again.
pub(crate) fn failed(error: ProviderError) -> PublishError {
    match error {
        ProviderError::Refused { problem, next_step }
        | ProviderError::Misconfigured { problem, next_step } => refused(problem, next_step),
        ProviderError::Wait { .. } | ProviderError::Unavailable(_) => {
            PublishError::Unavailable(error.to_string())
        }
    }
}

/// A patch that does not fit the commit it was made against: making it afresh may help.
pub(crate) fn unfit(error: &PatchError) -> PublishError {
    match error {
        PatchError::Overlap { .. } | PatchError::Outside { .. } | PatchError::Ambiguous { .. } => {
            refused(error.to_string(), "make the change by hand")
        }
        PatchError::NotFound { .. } | PatchError::Missing { .. } | PatchError::Exists { .. } => {
            PublishError::Moved(error.to_string())
        }
    }
}
