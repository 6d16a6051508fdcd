//! The tables: a file each, with the functions that read and write its rows.
//!
//! Functions take the open connection, so that several of them can share one write.

pub mod actions;
pub mod agent_runs;
pub mod atoms;
pub mod backlog;
pub mod connections;
pub mod deliveries;
pub mod events;
pub mod feedback;
pub mod hindsight;
pub mod hooks;
pub mod insights;
pub mod model_answers;
pub mod model_calls;
pub mod notifications;
pub mod opened;
pub mod runs;
pub mod schemas;
pub mod series;
pub mod suggestions;
pub mod surveys;
pub mod users;
pub mod webhooks;
pub mod writings;

mod columns;
