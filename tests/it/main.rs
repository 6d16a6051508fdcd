//! Integration tests of the whole program, headless.

mod architecture;
mod backtest;
mod bad_input;
mod bindings;
mod broken_builds;
mod connect;
mod crash;
mod database;
mod documents;
mod filters;
mod forges;
mod headless;
mod health;
mod hooks;
mod incidents;
mod metrics;
mod models;
mod networks;
mod offline;
mod regressions;
mod standing;
mod triage;
mod tunnels;
mod users;
mod webhooks;
mod world;
