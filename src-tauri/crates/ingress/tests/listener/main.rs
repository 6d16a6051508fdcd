//! The listener and its tunnels over real loopback sockets, with a small sender and log of the tests' own.

mod answers;
mod hostile;
mod life;
mod load;
mod support;
mod tunnels;
