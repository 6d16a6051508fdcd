//! A real PostgreSQL watched by the whole road: from a change of its schema to the suggestion and what accepting it writes.

mod changes;
mod command;
mod house;
mod webhooks;
