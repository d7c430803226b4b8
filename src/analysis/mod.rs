//! Facts from outcomes: summaries, critical learning rates, what theory knows.

mod alphas;
pub mod descent_comparison;
mod ends;
mod kept;
mod landscape;
mod summary;
pub mod theory;

pub use alphas::{Comparison, Critical, Pick, Recommendation};
pub use ends::{End, Ends};
pub use kept::Kept;
pub use landscape::{Landscape, Lowest, MOST_POINTS};
pub use summary::{Best, Summary, Tally};
