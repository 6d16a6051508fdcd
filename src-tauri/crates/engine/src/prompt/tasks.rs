//! What a model is asked to do, for each type of event.

macro_rules! tasks {
    ($($event_type:literal),+ $(,)?) => {
        /// Event types with a task of their own, and the task.
        const TASKS: &[(&str, &str)] = &[
            $(($event_type, include_str!(concat!("tasks/", $event_type, ".md")))),+
        ];
    };
}

tasks!(
    "incident.opened",
    "issue.comment.created",
    "issue.created",
    "issue.stale",
    "metric.regression",
    "repo.branch.stale",
    "repo.build.completed",
    "repo.build.failed",
    "repo.dependency.outdated",
    "repo.pr.merged",
    "repo.pr.opened",
    "repo.pr.stale",
    "repo.push",
    "schedule.token.ending",
    "supabase.migration.pending",
    "supabase.schema.changed",
);

/// What suits any event.
const GENERAL: &str = "Say what happened, what it means for the reader, and what to do next.";

/// The task for an event of this type, or of the family it belongs to.
pub(super) fn task(event_type: &str) -> &'static str {
    let family = event_type.rsplit_once('.').map_or("", |(family, _)| family);
    let of = |wanted: &str| TASKS.iter().find(|(name, _)| *name == wanted);
    let alike = || {
        let mut tasks = TASKS.iter();
        tasks.find(|(name, _)| !family.is_empty() && name.starts_with(family))
    };
    of(event_type)
        .or_else(alike)
        .map_or(GENERAL, |(_, task)| task.trim())
}
