//! Formulas: text → syntax tree → shared graph → derivative. Pure mathematics that knows no engine.
//!
//! ```
//! use alphasweep::expr::{Graph, evaluate, gradient, parse};
//!
//! let ast = parse("(beta/2-1)^2").unwrap();
//! let mut graph = Graph::new();
//! let beta = graph.input("beta");
//! let loss = ast.lower_value(&mut graph, &mut |name| (name == "beta").then_some(beta)).unwrap();
//! let slope = gradient(&mut graph, loss, &[beta]);
//! assert_eq!(evaluate(&graph, &[loss, slope[0]], &[-10.0_f64]), [36.0, -6.0]);
//! ```

mod algebra;
mod call;
mod comparison;
mod compound;
mod derive;
mod error;
mod eval;
mod functions;
mod glyphs;
mod graph;
mod head;
mod identifier;
mod lexer;
mod lower;
mod names;
mod number;
mod ops;
mod parse;
mod print;
mod product;
mod real;
mod row;
mod rows;
mod slips;
mod slopes;
mod table;
mod tangent;
mod values;
mod written;

pub use comparison::Comparison;
pub use compound::Compound;
pub use derive::gradient;
pub use error::{ExprError, nearest};
pub use eval::{evaluate, evaluate_over, value_of};
pub use functions::single::REACH;
pub use functions::trace::{Machine, Primitive, Traced};
pub use glyphs::canonical_name;
pub use graph::{Graph, MAX_OPERATIONS, Node, NodeId};
pub use identifier::identifier_of;
pub use lower::Statements;
pub use names::{CONSTANTS, Call, Function, constant, function, functions, is_of_language};
pub use number::number;
pub use ops::{Algebra, Binary, Unary};
pub use parse::{Ast, parse, parse_over_data};
pub use real::Real;
pub use row::{At, AtBoth, Row, Slopes};
pub use rows::{Aggregate, Aggregates, mean};
pub use tangent::tangents;
pub use values::takes_over;
