//! A few descents, point by point: `trace.csv`, `trace.json`, `trace.png` and `trace.gif`.

mod document;
mod film;
mod followed;
mod layout;
mod marks;
mod panel;
mod scene;
mod view;

pub use film::{FilmInfo, FilmOptions};
pub use followed::Trace;
