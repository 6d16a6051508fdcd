//! Provider `supabase` against a real PostgreSQL, and against stubs where Supabase itself would answer.

mod apis;
mod bad_input;
mod catalog;
mod lints;
mod locks;
mod size;
mod splinter;
mod support;
mod webhooks;
