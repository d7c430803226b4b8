//! The language of formulas: what is read, what it means, its functions, its derivatives, its axes.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/formula.rs"]
mod formula;
#[path = "../common/oracle.rs"]
mod oracle;

mod aggregates;
mod axes;
mod derivatives;
mod expressions;
mod functions;
mod given;
mod operations;
mod semantics;
mod words;
