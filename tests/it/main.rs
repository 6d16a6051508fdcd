//! Integration tests of the whole program, headless.

mod architecture;
mod bad_input;
mod bindings;
mod broken_builds;
mod crash;
mod forges;
mod headless;
mod health;
mod users;
mod webhooks;
mod world;
