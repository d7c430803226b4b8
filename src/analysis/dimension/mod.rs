//! What a boundary of a map is made of: how its length grows as one looks closer, and how unsure one is next to it.

mod boxes;
pub mod controls;
mod entropy;
mod fit;
mod found;
mod points;
mod uncertainty;

pub use boxes::{BoxCount, BoxDimension, Labels};
pub use entropy::BasinEntropy;
pub use fit::LogFit;
pub use found::{Boundary, Control, LastPlace};
pub use points::{LabelOf, Labeller, drawn, listed, minimum_of};
pub use uncertainty::{Pairs, Uncertainty};
