//! What the panel is opened at, and how the page is told: in its address when it is loaded, by the
//! event `open` when it is there already.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the panel is opened at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    /// Where the user left it; the inbox at first.
    Inbox,
    /// One suggestion, by id.
    Suggestion(String),
    /// The settings.
    Settings,
    /// The part of the settings that says when Perch keeps quiet.
    QuietHours,
}

impl Goal {
    /// The page's address with the goal in its fragment, which a page that is being loaded reads.
    pub(super) fn address(&self) -> String {
        match self {
            Self::Inbox => "index.html".to_owned(),
            Self::Suggestion(id) => format!("index.html#/suggestion/{}", id_of(id)),
            Self::Settings => "index.html#/settings".to_owned(),
            Self::QuietHours => "index.html#/settings/quiet_hours".to_owned(),
        }
    }

    /// What the event `open` carries; nothing where the page may stay as it is.
    pub(super) fn event(&self) -> Option<Value> {
        match self {
            Self::Inbox => None,
            Self::Suggestion(id) => Some(json!({ "view": "suggestion", "id": id })),
            Self::Settings => Some(json!({ "view": "settings" })),
            Self::QuietHours => Some(json!({ "view": "settings", "section": "quiet_hours" })),
        }
    }
}

/// An id is a UUID; whatever else came along with it stays out of the address.
fn id_of(id: &str) -> String {
    id.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_goal_and_nothing_more() {
        let id = "019a-77aa".to_owned();
        assert_eq!(Goal::Inbox.address(), "index.html");
        assert_eq!(
            Goal::Suggestion(id).address(),
            "index.html#/suggestion/019a-77aa"
        );
        assert_eq!(
            Goal::Suggestion("../x?y#z".to_owned()).address(),
            "index.html#/suggestion/xyz"
        );
    }
}
