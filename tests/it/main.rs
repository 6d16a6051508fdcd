//! Integration tests of the whole program, headless.

mod architecture;
mod bindings;
mod gitea;
mod webhooks;
