//! Integration tests of the whole program, headless.

mod architecture;
mod bindings;
mod crash;
mod gitea;
mod headless;
mod webhooks;
mod world;
