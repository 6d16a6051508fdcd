//! The local provider against real git repositories.

mod checkout;
mod facts;
mod publish;
mod snapshot;
mod support;
mod watch;
