//! When a descent has arrived, as a condition of the user's own.

use super::aggregates::Rows;
use super::error::ProblemError;
use super::objective::Objective;
use crate::expr::{Ast, Graph, NodeId, parse_over_data};
use std::str::FromStr;

/// A condition over parameters, constants, columns and what is [known](Known) of a judged step, such as
/// `mean(abs(w*x+b-y)) < 0.001`. It is always taken over all rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    ast: Ast,
}

/// What a stop rule reads besides the names of its objective, which go before these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<T> {
    /// `loss`: the loss at the point.
    pub loss: T,
    /// `change`: how much the loss differs from that at the judged step before, by the larger of both.
    pub change: T,
    /// `move`: how far the parameter that moved most is from where it was at that step.
    pub moved: T,
}

impl<T> Known<T> {
    fn named(self) -> [(&'static str, T); 3] {
        [("loss", self.loss), ("change", self.change), ("move", self.moved)]
    }
}

impl FromStr for Stop {
    type Err = ProblemError;

    fn from_str(text: &str) -> Result<Self, ProblemError> {
        Ok(Self { ast: parse_over_data(text)? })
    }
}

impl Stop {
    /// Whether it can be the stop rule of an objective.
    ///
    /// # Errors
    /// What is no condition, differs from row to row or reads an unknown name.
    pub fn check(&self, objective: &Objective) -> Result<(), ProblemError> {
        objective.check_known(&self.ast, &Known { loss: (), change: (), moved: () }.named().map(|(name, ())| name))?;
        let mut graph = Graph::new();
        let parameters = objective.inputs(&mut graph);
        let loss = objective.lower_at(&mut graph, &parameters, Rows::All)?;
        self.lower(objective, &mut graph, &parameters, Known { loss, change: loss, moved: loss }).map(|_| ())
    }

    /// Which it reads of what is known.
    pub fn reads(&self, objective: &Objective) -> Known<bool> {
        let read = |name: &str| !objective.has(name) && self.ast.free_names().iter().any(|known| known == name);
        let [loss, change, moved] = Known { loss: (), change: (), moved: () }.named().map(|(name, ())| read(name));
        Known { loss, change, moved }
    }

    /// The condition as text.
    pub fn text(&self) -> &str {
        self.ast.text()
    }

    /// The formula of the condition.
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// Puts the condition into a graph.
    ///
    /// # Errors
    /// As [`Stop::check`].
    pub fn lower(
        &self,
        objective: &Objective,
        graph: &mut Graph,
        parameters: &[NodeId],
        known: Known<NodeId>,
    ) -> Result<NodeId, ProblemError> {
        let scope = objective.scope(graph, parameters, Rows::All, &self.ast);
        let scope = known.named().into_iter().fold(scope, |scope, (name, node)| scope.with(name, node));
        Ok(self.ast.lower_condition(graph, &mut |name| scope.find(name), scope.aggregates())?)
    }
}
