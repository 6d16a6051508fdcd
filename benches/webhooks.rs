//! Signed deliveries a second, 32 connections at once: Perch beside a Node server that does the same and beside a
//! bare axum route that only checks the signature; then Perch again with many events stored.
//!
//! `make bench` installs the Node server (`benches/node`). The examples are `@octokit/webhooks-examples` (`tests/node`)
//! that are about one repository, in rotation, each delivery with an id of its own. All servers run as processes
//! of their own, in turn, each with a new database; what is printed is the round in the middle.

#[path = "webhooks/bare.rs"]
mod bare;
#[path = "webhooks/examples.rs"]
mod examples;
#[path = "webhooks/load.rs"]
mod load;
#[path = "webhooks/peers.rs"]
mod peers;
#[path = "webhooks/stored.rs"]
mod stored;

use std::time::Duration;

use peers::Peer;

/// What all servers check signatures with.
const SECRET: &str = "the secret of this benchmark";
/// How long each server is under load in a round, after a second to get warm.
const LOAD: Duration = Duration::from_secs(6);
/// How often each server is measured.
const ROUNDS: usize = 3;
/// Events stored before the later rounds.
const STORED: [u64; 2] = [10_000, 1_000_000];

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() {
    if std::env::args().any(|argument| argument == bare::ARGUMENT) {
        bare::serve();
        return;
    }
    let examples = examples::read();
    println!(
        "webhooks: {} examples about {}, {} bytes in the middle",
        examples.all.len(),
        examples.repository,
        examples.median_bytes()
    );
    let measure = |peer: &dyn Fn() -> Peer| {
        let rounds = (0..ROUNDS).map(|round| load::run(peer().address(), &examples, LOAD, round));
        load::middle(rounds.collect())
    };

    let bare = measure(&Peer::bare);
    let node = measure(&Peer::node);
    let perch = measure(&|| Peer::perch(&examples.repository, 0));
    println!("webhooks: bare axum route      {bare}");
    println!("webhooks: Node, better-sqlite3 {node}");
    println!("webhooks: Perch                {perch}");
    println!(
        "webhooks: Perch is {:.2} × Node and {:.2} × the bare route",
        perch.per_second / node.per_second,
        perch.per_second / bare.per_second
    );
    let mut cost = Vec::new();
    for events in STORED {
        let peer = Peer::perch(&examples.repository, events);
        let rounds = (0..ROUNDS).map(|round| load::run(peer.address(), &examples, LOAD, round));
        let figures = load::middle(rounds.collect());
        println!("webhooks: Perch, {events} events stored: {figures}");
        cost.push(1.0 / figures.per_second);
    }
    println!(
        "webhooks: a delivery costs {:.2} × with {} events what it costs with {}",
        cost[1] / cost[0],
        STORED[1],
        STORED[0]
    );
}
