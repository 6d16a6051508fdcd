//! The real desktop session, end to end.
