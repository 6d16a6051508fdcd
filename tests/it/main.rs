//! Integration tests of the whole program, headless.
