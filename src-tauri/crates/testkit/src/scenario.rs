//! What every forge must do alike, said once and played on the stub of each. A test of a provider names the scenario
//! and says what only its forge says.

pub mod builds;
pub mod facts;
pub mod faults;
pub mod hostile;
pub mod keys;
pub mod payloads;
pub mod poll;
pub mod publish;
pub mod setup;
pub mod steps;
pub mod talk;
