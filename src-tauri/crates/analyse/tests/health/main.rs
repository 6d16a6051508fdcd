//! What is said of a repository's health, and what is not: histories with what each must bring.

mod completed;
mod outdated;
mod support;
mod surroundings;
