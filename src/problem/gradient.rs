//! Where the slope of a loss comes from.

use super::aggregates::Rows;
use super::error::ProblemError;
use super::objective::Objective;
use crate::expr::{Ast, Graph, MAX_OPERATIONS, NodeId, gradient, mean, number, parse_over_data};
use std::fmt;
use std::str::FromStr;

/// How the gradient of an objective is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Gradient {
    /// Derived from the formula.
    Auto,
    /// Central differences of this half-width, in the order of operations of the textbook's `numerical_gradient`: bump
    /// one coordinate up and down, evaluate both, divide the difference by 2h.
    Central(f64),
    /// Given as text: `name = slope` for every parameter, in terms of parameters, constants and columns. A slope that
    /// differs from row to row is averaged over them. It need not be the derivative of the loss.
    Given(Ast),
    /// 0 everywhere: for sweeps of no steps, which only read the loss.
    Zero,
}

impl FromStr for Gradient {
    type Err = ProblemError;

    /// `auto`, `central:H` with a positive width, or the slopes as text.
    fn from_str(text: &str) -> Result<Self, ProblemError> {
        if text.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        if let Some(width) = text.strip_prefix("central:") {
            let width = number(width).filter(|width| *width > 0.0 && width.is_finite());
            let message = || "expected central:H with a width above 0, such as central:1e-4".to_owned();
            return width.map(Self::Central).ok_or_else(|| ProblemError::Name(message()));
        }
        if !text.contains('=') {
            return Err(ProblemError::NoSlope { parameter: "x".to_owned() });
        }
        Ok(Self::Given(parse_over_data(text)?))
    }
}

impl Gradient {
    /// Whether it can be the gradient of an objective.
    ///
    /// # Errors
    /// Slopes that miss a parameter or read an unknown name.
    pub fn check(&self, objective: &Objective) -> Result<(), ProblemError> {
        let Self::Given(ast) = self else { return Ok(()) };
        let assigned = ast.assigned_names();
        if let Some(name) = objective.parameters().iter().find(|name| !assigned.contains(name)) {
            return Err(ProblemError::Name(format!("no slope for `{name}`; add `{name} = ...`")));
        }
        let locals: Vec<&str> = assigned.iter().map(String::as_str).collect();
        objective.check_known(ast, &locals)?;
        let mut graph = Graph::new();
        let parameters = objective.inputs(&mut graph);
        self.lower(objective, &mut graph, &parameters, Rows::All).map(|_| ())
    }

    /// Puts the slopes at `parameters` into a graph, one per parameter.
    ///
    /// # Errors
    /// As [`Objective::lower`].
    pub fn lower(
        &self,
        objective: &Objective,
        graph: &mut Graph,
        parameters: &[NodeId],
        rows: Rows,
    ) -> Result<Vec<NodeId>, ProblemError> {
        match self {
            Self::Auto => {
                let loss = objective.lower_at(graph, parameters, rows)?;
                let slopes = gradient(graph, loss, parameters);
                check_room(graph)?;
                Ok(slopes)
            }
            Self::Central(width) => {
                let slope = |at| central(objective, graph, parameters, rows, at, *width);
                let slopes: Result<_, ProblemError> = (0..parameters.len()).map(slope).collect();
                check_room(graph).and(slopes)
            }
            Self::Zero => Ok(vec![graph.constant(0.0); parameters.len()]),
            Self::Given(ast) => {
                let scope = objective.scope(graph, parameters, rows, ast);
                let names = objective.parameters();
                let slopes = ast.lower_assignments(graph, &mut |name| scope.find(name), scope.aggregates(), names)?;
                let slope =
                    |name: &String| slopes.assigned.iter().find(|(known, _)| known == name).map(|(_, node)| *node);
                // All are there: check() looked.
                let found = names.iter().filter_map(slope);
                Ok(found.map(|node| scope.rows().map_or(node, |rows| mean(graph, rows, node))).collect())
            }
        }
    }
}

impl fmt::Display for Gradient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Central(width) => write!(f, "central:{width:e}"),
            Self::Given(ast) => f.write_str(ast.text()),
            Self::Zero => f.write_str("0"),
        }
    }
}

/// Refuses what comes to more operations than a graph has room for.
///
/// # Errors
/// The limit, and the way out.
pub fn check_room(graph: &Graph) -> Result<(), ProblemError> {
    if graph.is_full() {
        return Err(ProblemError::Name(format!(
            "a step with its derivatives comes to more than {MAX_OPERATIONS} operations; \
             take a shorter formula, a shorter rule or fewer parameters"
        )));
    }
    Ok(())
}

/// (f(p + h) − f(p − h)) / 2h, where h is added to one coordinate.
fn central(
    objective: &Objective,
    graph: &mut Graph,
    parameters: &[NodeId],
    rows: Rows,
    at: usize,
    width: f64,
) -> Result<NodeId, ProblemError> {
    let h = graph.constant(width);
    let mut bumped = parameters.to_vec();
    bumped[at] = graph.add(parameters[at], h);
    let above = objective.lower_at(graph, &bumped, rows)?;
    bumped[at] = graph.sub(parameters[at], h);
    let below = objective.lower_at(graph, &bumped, rows)?;
    let difference = graph.sub(above, below);
    let span = graph.constant(2.0 * width);
    Ok(graph.div(difference, span))
}
