//! `kill -9` before and after every commit and every send of the road: restarted, Perch loses nothing it
//! acknowledged and does nothing twice.
//!
//! A blow before the n-th commit or send is a blow after the one before it, so going through every n in turn
//! strikes between any two of them. A commit is struck while it is flushed, once as if the disk had it already and
//! once as if it had not. Sends to a forge are struck by the forge itself: it has the request and has not
//! done it, or it has done it and not answered.
pub(crate) mod forge;
mod local;

use std::time::Duration;

use serde_json::Value;

use crate::world::blow::{At, Blow};
use crate::world::serve::Serve;
use crate::world::{World, ids, wait_for};

/// What an engine does, and how many blows must at least fall at it. Commits are all of one thread; which thread sends
/// is left to chance, so of the sends only the first of all is sure to be struck.
const ENGINE: &[(At, u32)] = &[
    (At::Commit, 5),
    (At::LostCommit, 5),
    (At::Rename, 1),
    (At::Send, 1),
];

/// Blows of one kind, by number, until one never falls. Every road here has fewer than this.
const MOST: u32 = 80;

/// Perch as somebody has it running who starts it again whenever it is gone.
struct Minder<'a> {
    world: &'a World,
    serve: Option<Serve>,
    blow: Option<Blow>,
    fell: bool,
}

impl<'a> Minder<'a> {
    /// The first start is struck as `blow` says.
    fn new(world: &'a World, blow: Option<Blow>) -> Self {
        let mut minder = Self {
            world,
            serve: world.serve(blow),
            blow,
            fell: false,
        };
        minder.mind();
        minder
    }

    /// Starts it anew, unharmed, if it is gone.
    fn mind(&mut self) {
        if self.serve.as_mut().is_none_or(|serve| !serve.runs()) {
            self.fell = true;
            if let Some(blow) = self.blow.take() {
                self.world.lose(blow);
            }
            self.serve = Some(self.world.serve(None).expect("nothing strikes it now"));
        }
    }

    /// Lets a life that is to end by a lost commit end before anything is asked: a command that finds no engine
    /// becomes one, and what it does is not lost any more.
    fn settle(&mut self) {
        while self.blow.is_some_and(|blow| blow.at == At::LostCommit)
            && self.serve.as_mut().is_some_and(Serve::runs)
            && !self.world.is_quiet()
        {}
        self.mind();
    }

    /// Kills it.
    fn strike(&mut self) {
        if let Some(serve) = self.serve.take() {
            serve.strike();
        }
    }

    /// Asks until there is an answer, minding Perch meanwhile.
    fn until<T>(&mut self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        wait_for(what, || {
            self.mind();
            ask()
        })
    }

    /// Runs `perch ARGUMENTS --json` again and again until it succeeds.
    fn insist(&mut self, arguments: &[&str]) -> Value {
        let world = self.world;
        let arguments = [arguments, &["--json"]].concat();
        self.until(&format!("perch {arguments:?} to succeed"), || {
            let output = world.perch(&arguments);
            let answer = serde_json::from_slice(&output.stdout).ok();
            answer.filter(|_| output.status.success())
        })
    }

    /// Goes on until nothing is left to do.
    fn rest(&mut self) {
        for _ in 0..5 {
            while self.insist(&["status"])["working"] == true {}
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// The one suggestion of the inbox, once it is there.
    fn suggestion(&mut self) -> String {
        self.settle();
        loop {
            let inbox = self.insist(&["suggestions"]);
            if let Some(id) = ids(&inbox["suggestions"]).pop() {
                return id;
            }
        }
    }
}

/// Goes through all blows at every one of `kinds`, each with how many must at least fall: `road` tells whether the
/// blow fell.
///
/// Threads count their calls each for itself, so a number may be skipped by all of them; two in a row are the end.
fn strike_everywhere(kinds: &[(At, u32)], road: impl Fn(Blow) -> bool + Sync) {
    std::thread::scope(|scope| {
        for &(at, least) in kinds {
            let road = &road;
            scope.spawn(move || {
                let (mut fell, mut missed, mut number) = (0, 0, 0);
                while missed < 2 {
                    number += 1;
                    assert!(number < MOST, "the road has no end");
                    if road(Blow { at, number }) {
                        (fell, missed) = (fell + 1, 0);
                    } else {
                        missed += 1;
                    }
                }
                assert!(fell >= least, "only {fell} of the blows at {at:?} fell");
            });
        }
    });
}
