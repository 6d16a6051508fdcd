//! What every forge of the registry must do alike, by one table of what differs between them.

mod faults;
mod forges;
mod payloads;
mod publish;
mod signatures;
mod watching;
