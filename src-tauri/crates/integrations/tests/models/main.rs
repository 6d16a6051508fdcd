//! Model providers against a scripted server: what each answers, and what every way of failing means.

mod answers;
mod described;
mod listing;
mod support;
mod trouble;
