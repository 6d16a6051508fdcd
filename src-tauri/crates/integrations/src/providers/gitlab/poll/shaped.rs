//! What the API gives, in the shape of the webhook about the same thing. Pure.

use serde_json::{Map, Value, json};

/// The webhook about a merge request.
pub(super) fn merge_request(pull: &Value, action: &str, user: &Value) -> Value {
    let mut about = copied(
        pull,
        &[
            "iid",
            "title",
            "description",
            "state",
            "created_at",
            "source_branch",
            "target_branch",
            "source_project_id",
            "target_project_id",
            "draft",
            "merge_commit_sha",
            "squash_commit_sha",
            "author",
        ],
    );
    about.insert("action".into(), action.into());
    about.insert("url".into(), pull["web_url"].clone());
    about.insert("milestone_id".into(), pull["milestone"]["id"].clone());
    about.insert("last_commit".into(), json!({"id": pull["sha"]}));
    let at = match action {
        "merge" => &pull["merged_at"],
        "close" => &pull["closed_at"],
        _ => &pull["updated_at"],
    };
    about.insert("updated_at".into(), at.clone());
    json!({
        "object_kind": "merge_request",
        "user": user,
        "object_attributes": about,
        "labels": pull["labels"],
        "assignees": pull["assignees"],
        "reviewers": pull["reviewers"],
    })
}

/// The webhook about an issue.
pub(super) fn issue(issue: &Value, action: &str, user: &Value) -> Value {
    let mut about = copied(
        issue,
        &[
            "iid",
            "title",
            "description",
            "state",
            "created_at",
            "updated_at",
            "closed_at",
            "confidential",
            "author",
        ],
    );
    about.insert("action".into(), action.into());
    about.insert("url".into(), issue["web_url"].clone());
    json!({
        "object_kind": "issue",
        "user": user,
        "object_attributes": about,
        "labels": issue["labels"],
        "assignees": issue["assignees"],
    })
}

/// The webhook about a comment on `thing`.
pub(super) fn note(note: &Value, thing: &Value, author: &Value) -> Value {
    let mut about = copied(
        note,
        &["id", "noteable_type", "created_at", "updated_at", "system"],
    );
    about.insert("note".into(), note["body"].clone());
    let number = note["id"].as_u64().unwrap_or_default();
    if let Some(page) = thing["web_url"].as_str() {
        about.insert("url".into(), format!("{page}#note_{number}").into());
    }
    let field = if note["noteable_type"] == "MergeRequest" {
        "merge_request"
    } else {
        "issue"
    };
    json!({
        "object_kind": "note",
        "user": author,
        "object_attributes": about,
        field: thing,
        "labels": thing["labels"],
        "assignees": thing["assignees"],
    })
}

fn copied(from: &Value, fields: &[&str]) -> Map<String, Value> {
    fields
        .iter()
        .map(|field| ((*field).to_owned(), from[*field].clone()))
        .collect()
}
