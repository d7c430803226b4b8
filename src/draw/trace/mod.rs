//! A few descents, point by point: `trace.png` and `trace.gif`.

mod beneath;
mod film;
mod fit;
mod followed;
mod layout;
mod marks;
mod notes;
mod panel;
mod scene;
mod track;
mod tracks;
mod view;
mod window;
mod words;

pub use film::{FilmInfo, FilmOptions};
pub use followed::{Prediction, Trace};
