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
mod derive;
mod error;
mod eval;
mod functions;
mod graph;
mod lexer;
mod lower;
mod parse;
mod real;

pub use derive::gradient;
pub use error::{ExprError, nearest};
pub use eval::{evaluate, evaluate_over, value_of};
pub use graph::{Binary, Comparison, Graph, Node, NodeId, Unary};
pub use lower::{Statements, mean};
pub use parse::{Ast, CONSTANTS, FUNCTIONS, parse};
pub use real::Real;
