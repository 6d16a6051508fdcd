//! The finding as a whole, from event and facts.
