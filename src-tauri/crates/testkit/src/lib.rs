//! placeholder

pub mod repository;
