//! Proofs that a user can run: that this machine's engines compute right, and that a sweep's answers stand in f64.
//!
//! [`Machine::tasks`] lists the checks of `alphasweep verify`. Each holds an engine against something that does not
//! depend on it: closed forms of where descent converges, descents whose end is worked out by hand, numbers that others
//! printed, the words that a generator's authors published, or the other engine. Further checks, the controls, break
//! something on purpose and pass when that is caught.
//! [`recheck()`] runs a share of a sweep's cells again.
//!
//! Two engines may round differently, and a descent that starts within rounding of a boundary may then end
//! differently. So outcomes are compared under the *boundary rule*: a cell may differ only where the map itself
//! changes, that is where a neighbour of the cell has another outcome, or where a change of α or of the start by a
//! millionth changes its outcome ([`unexplained`]).

mod boundary;
mod check;
mod controls;
mod edges;
mod generator;
mod laws;
mod limits;
mod machine;
mod numbers;
mod parity;
mod published;
mod recheck;
mod words;

pub use boundary::{Difference, compare, on_boundary, unexplained};
pub use check::{Check, Figures, Measured, Status};
pub use controls::{gradients, perturbed_kernel, perturbed_rule, wrong_function, wrong_gradient};
pub use edges::{Edge, at_edges, edges};
pub use generator::{batch_draws, known_answers};
pub use laws::{LAWS, Law, LawRow, law};
pub use limits::{LIMITS, LimitRow, limits, wrong_limits};
pub use machine::{Machine, Task};
pub use numbers::{Cell, End, OtherNumbers, agree, close, has_numbers, tolerance};
pub use parity::{FULL_RUNS, SHORT_RUNS, ShortRun, arithmetic, elementary, full_run, short_run};
pub use published::{PUBLISHED, PublishedRow, published};
pub use recheck::{Answer, Example, Recheck, recheck};
pub use words::{WORDS, WordRow, fly_by, unconfirmed, words, wrong_words};
