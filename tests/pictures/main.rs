//! What is drawn: maps, traces, landscapes, films, pages.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/formula.rs"]
mod formula;

mod film;
mod fit;
mod landscape;
mod map;
mod page;
mod pictures;
mod style;
mod teaching;
mod trace;
mod zoom;
