//! When a training has arrived, as a condition of the user's own.

use crate::expr::{Graph, NodeId, evaluate, nearest, parse};
use crate::problem::error::ProblemError;
use std::str::FromStr;

/// What a stop rule of a network can read, in the order of [`NetworkStop::holds`]; `gradient` is the largest |component|.
pub const STOP_NAMES: [&str; 4] = ["loss", "train_accuracy", "test_accuracy", "gradient"];

/// A condition over what is known of a training, such as `train_accuracy > 0.95`, taken where it is judged.
#[derive(Debug, Clone)]
pub struct NetworkStop {
    text: String,
    /// Its inputs are [`STOP_NAMES`].
    pub graph: Graph,
    pub root: NodeId,
    /// For each of [`STOP_NAMES`], whether the condition reads it.
    pub reads: [bool; 4],
}

impl FromStr for NetworkStop {
    type Err = ProblemError;

    fn from_str(text: &str) -> Result<Self, ProblemError> {
        Self::new(text)
    }
}

impl NetworkStop {
    /// The stop rule of a text.
    ///
    /// # Errors
    /// A text that cannot be read, is no condition or reads an unknown name.
    pub fn new(text: &str) -> Result<Self, ProblemError> {
        let ast = parse(text)?;
        if let Some(name) = ast.free_names().iter().find(|name| !STOP_NAMES.contains(&name.as_str())) {
            let close = nearest(name, STOP_NAMES.iter().copied());
            let hint = close.map_or(String::new(), |close| format!("did you mean `{close}`? "));
            let message = format!("a network has no `{name}`: {hint}A stop rule reads {}", STOP_NAMES.join(", "));
            return Err(ast.error_at(name, message).into());
        }
        let mut graph = Graph::new();
        let inputs = STOP_NAMES.map(|name| graph.input(name));
        let find = |name: &str| STOP_NAMES.iter().position(|known| *known == name).map(|at| inputs[at]);
        let root = ast.lower_condition(&mut graph, &mut |name| find(name), None)?;
        let needed = graph.needed_by(&[root]);
        Ok(Self { text: text.to_owned(), reads: inputs.map(|input| needed[input.index()]), graph, root })
    }

    /// The condition as text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for these values of [`STOP_NAMES`].
    pub fn holds(&self, values: [f64; 4]) -> bool {
        evaluate(&self.graph, &[self.root], &values)[0] != 0.0
    }
}
