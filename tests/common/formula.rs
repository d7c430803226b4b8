//! A formula of the project's, with its derivatives, evaluated in f64.
#![allow(dead_code, reason = "each test file takes what it needs")]

use alphasweep::expr::{Graph, NodeId, evaluate, gradient, parse, tangents};

/// A formula in a graph, with its gradient.
pub struct Formula {
    graph: Graph,
    inputs: Vec<NodeId>,
    value: NodeId,
    gradient: Vec<NodeId>,
}

impl Formula {
    /// Reads a formula; the names are its parameters, and any other name is refused.
    pub fn new(text: &str, names: &[&str]) -> Result<Self, String> {
        let ast = parse(text).map_err(|error| error.to_string())?;
        let mut graph = Graph::new();
        let inputs: Vec<NodeId> = names.iter().map(|name| graph.input(name)).collect();
        let mut resolve = |name: &str| names.iter().position(|known| *known == name).map(|at| inputs[at]);
        let value = ast.lower_value(&mut graph, &mut resolve).map_err(|error| error.to_string())?;
        let gradient = gradient(&mut graph, value, &inputs);
        Ok(Self { graph, inputs, value, gradient })
    }

    pub fn of(text: &str, names: &[&str]) -> Self {
        Self::new(text, names).unwrap_or_else(|error| panic!("`{text}` is a formula\n{error}"))
    }

    pub fn value(&self, at: &[f64]) -> f64 {
        evaluate(&self.graph, &[self.value], at)[0]
    }

    pub fn slopes(&self, at: &[f64]) -> Vec<f64> {
        evaluate(&self.graph, &self.gradient, at)
    }

    /// The gradient's gradients.
    pub fn hessian(&mut self, at: &[f64]) -> Vec<Vec<f64>> {
        let rows = self.gradient.clone();
        let rows = rows.iter().map(|slope| gradient(&mut self.graph, *slope, &self.inputs)).collect::<Vec<_>>();
        rows.iter().map(|row| evaluate(&self.graph, row, at)).collect()
    }

    /// How fast the value moves along a direction, and how fast the gradient does. Directions are inputs of the graph, so
    /// that one of 0 is only known when it is evaluated.
    pub fn tangents(&mut self, at: &[f64], direction: &[f64]) -> (f64, Vec<f64>) {
        let directions: Vec<NodeId> = (0..self.inputs.len()).map(|at| self.graph.input(&format!("#{at}"))).collect();
        self.moved(at, direction, &directions)
    }

    /// As [`Formula::tangents`], along directions that are constants of the graph.
    pub fn fixed_tangents(&mut self, at: &[f64], direction: &[f64]) -> (f64, Vec<f64>) {
        let directions: Vec<NodeId> = direction.iter().map(|d| self.graph.constant(*d)).collect();
        self.moved(at, direction, &directions)
    }

    fn moved(&mut self, at: &[f64], direction: &[f64], directions: &[NodeId]) -> (f64, Vec<f64>) {
        let moving: Vec<(NodeId, NodeId)> = self.inputs.iter().copied().zip(directions.iter().copied()).collect();
        let roots: Vec<NodeId> = std::iter::once(self.value).chain(self.gradient.iter().copied()).collect();
        let found = tangents(&mut self.graph, &roots, &moving);
        let values = evaluate(&self.graph, &found, &[at, direction].concat());
        (values[0], values[1..].to_vec())
    }
}
