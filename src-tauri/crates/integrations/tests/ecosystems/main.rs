//! Package ecosystems asked by their real clients against registries on loopback, or by stand-ins that print what the
//! real client printed, where that is not part of the set-up.

#![cfg(unix)]

mod asked;
mod real;
mod registry;
mod stand_ins;
