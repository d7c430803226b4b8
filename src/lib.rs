//! The phase diagram of gradient descent: one independent descent for every point of a grid (learning rate × start, or
//! any two other knobs), millions at a time on a GPU or on the CPU, and for each one whether it converged, crawled,
//! cycled or diverged.
//!
//! The command line `alphasweep` is made of these parts, and they can be used from code:
//!
//! ```
//! use alphasweep::engine::{collect, cpu::CpuEngine};
//! use alphasweep::sweep::{Axis, Outcome, Request, Sweep};
//! use alphasweep::analysis::theory::theory;
//!
//! let alphas = Axis::list([0.1, 1.0, 3.9, 4.0, 4.05])?;
//! let request = Request::parse("(beta/2-1)^2")?.vary("alpha", alphas).set("beta_start", -10.0).steps(2000);
//! let sweep = request.resolve()?;
//! let map = collect(&CpuEngine::new(None)?, &Sweep::from(&sweep))?;
//! assert_eq!(map.outcome[..3], [Outcome::Converged; 3]);
//! assert_eq!(map.outcome[3..], [Outcome::Oscillating, Outcome::Diverged]);
//! assert_eq!(theory(&sweep, Some(&[2.0])).limits()[0].alpha, 4.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`cli::run`] is the command line itself: arguments in, an exit code out.
//!
//! Floors, each knowing only those below it: [`cli`]; [`files`], [`verify`] and [`mod@bench`]; [`draw`], [`store`] and
//! [`analysis`]; [`engine`]; [`sweep`]; [`problem`]; [`expr`].

pub mod analysis;
pub mod bench;
pub mod cli;
pub mod csv_text;
pub mod draw;
pub mod engine;
pub mod expr;
pub mod files;
pub mod printable;
pub mod problem;
pub mod store;
pub mod sweep;
pub mod verify;
