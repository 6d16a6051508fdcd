//! Integration tests of the whole program, headless.

mod architecture;
mod bad_input;
mod bindings;
mod crash;
mod forges;
mod headless;
mod tunnels;
mod users;
mod webhooks;
mod world;
