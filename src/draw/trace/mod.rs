//! A few descents, point by point: `trace.png` and `trace.gif`.

mod beneath;
mod film;
mod fit;
mod followed;
mod layout;
mod marks;
mod panel;
mod scene;
mod view;

pub use film::{FilmInfo, FilmOptions};
pub use followed::{Prediction, Trace};
