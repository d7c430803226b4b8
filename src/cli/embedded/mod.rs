//! What the commands do, for another program: flags and data in, arrays and facts out, and pictures, pages and files where they
//! are asked for. The code of the commands does it. Nothing is printed, no handler of signals is installed, and no thread
//! outlives a call.

mod arrays;
mod asked;
mod failure;
mod folder;
mod landscape;
mod machine;
mod map;
mod saved;
mod threads;
mod trace;

pub use crate::cli::flags::problem::HeldFile;
pub use arrays::{Array, Cells, NamedArray, Numbers};
pub use asked::{Asked, Watched};
pub use failure::Failure;
pub use landscape::Valley;
pub use machine::{catalog, commands, data, devices, verify};
pub use map::Map;
pub use saved::Saved;
pub use trace::{PathColumns, Paths};
