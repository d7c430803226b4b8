//! Facts from outcomes: summaries, critical learning rates, what theory knows.

mod advice;
mod alphas;
pub mod bifurcation;
mod classes;
mod comparison;
mod data_scale;
pub mod descent_comparison;
pub mod dimension;
mod edge;
mod ends;
mod explained;
mod kept;
mod landscape;
mod linear;
mod loss_classes;
mod measured;
mod reasons;
mod summary;
pub mod theory;
mod window;
pub mod zoom;

pub use advice::{Advice, AlphaAt, LowestLoss, Pick, Reason};
pub use alphas::Critical;
pub use classes::{Classes, Classing};
pub use comparison::Comparison;
pub use data_scale::DataScale;
pub use edge::edge_of_stability;
pub use ends::{End, Ends};
pub use explained::explained;
pub use kept::Kept;
pub use landscape::{Landscape, Lowest, MOST_POINTS};
pub use measured::{MeasuredFacts, MeasuredValues};
pub use summary::{Best, Summary, Tally};
pub use window::{Place, Span, Window};
