//! Integration tests of the whole program, headless.

mod architecture;
mod bindings;
mod crash;
mod headless;
mod gitea;
mod webhooks;
mod world;
