//! What every forge of the registry must do alike, and every sender of alerts, by one table each of what differs.

mod faults;
mod forges;
mod payloads;
mod publish;
mod senders;
mod signatures;
mod watching;
