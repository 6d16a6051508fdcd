//! A package ecosystem whose releases a test writes down.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use perch_core::dependency::Releases;
use perch_core::seam::ecosystem::{Asked, Ecosystem, Unasked};

/// What the registry of `npm` says.
#[derive(Debug)]
pub struct Registry {
    answer: Mutex<Result<Vec<Releases>, Unasked>>,
    asked: Mutex<Vec<Vec<String>>>,
}

impl Registry {
    /// One that knows nothing, for as long as the test runs.
    pub fn leaked() -> &'static Self {
        Box::leak(Box::new(Self {
            answer: Mutex::new(Ok(Vec::new())),
            asked: Mutex::default(),
        }))
    }

    /// The registry of ecosystems with this one in it.
    pub fn ecosystems(&'static self) -> &'static [&'static dyn Ecosystem] {
        Box::leak(Box::new([self as &dyn Ecosystem]))
    }

    /// What it answers from now on.
    pub fn answers(&self, answer: Result<Vec<Releases>, Unasked>) {
        *held(&self.answer) = answer;
    }

    /// The names it was asked for, by question.
    pub fn asked(&self) -> Vec<Vec<String>> {
        held(&self.asked).clone()
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Ecosystem for Registry {
    fn id(&self) -> &'static str {
        "npm"
    }

    async fn releases(&self, asked: &Asked<'_>) -> Result<Vec<Releases>, Unasked> {
        held(&self.asked).push(asked.names.to_vec());
        held(&self.answer).clone()
    }
}
