//! Room: how many deliveries, and how many bytes of them, are taken on at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room of one listener.
#[derive(Debug)]
pub(crate) struct Room {
    places: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// One delivery being checked and stored.
pub(crate) type Place = OwnedSemaphorePermit;

/// The bytes of one body, counted for as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub(crate) fn new(places: usize, bytes: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            bytes: Arc::new(Semaphore::new(bytes)),
        }
    }

    /// True when the next delivery would find no place.
    pub(crate) fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    pub(crate) fn enter(&self) -> Option<Place> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    pub(crate) fn hold(&self) -> Held {
        Held {
            bytes: Arc::clone(&self.bytes),
            permit: None,
        }
    }
}

impl Held {
    /// Counts `more` bytes, or says that there is no room for them.
    #[must_use]
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let Ok(more) = u32::try_from(more) else {
            return false;
        };
        let Ok(permit) = Arc::clone(&self.bytes).try_acquire_many_owned(more) else {
            return false;
        };
        match &mut self.permit {
            Some(held) => held.merge(permit),
            None => self.permit = Some(permit),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_bytes_are_given_back_when_dropped() {
        let room = Room::new(1, 10);
        let place = room.enter();
        assert!(place.is_some() && room.is_full() && room.enter().is_none());
        drop(place);
        assert!(!room.is_full());

        let mut held = room.hold();
        assert!(held.grow(6) && held.grow(4) && !held.grow(1));
        drop(held);
        assert!(room.hold().grow(10));
    }
}
