//! What an objective predicts: the part of it that data are held against.

use super::error::ProblemError;
use super::expression::Expression;
use super::objective::Objective;
use crate::expr::{Binary, Graph, Node, NodeId, Unary};

/// What is predicted of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Over parameters, constants and columns: `w*x + b`.
    pub expression: Expression,
    /// The column that it predicts; where there are no data, the constant.
    pub target: Option<String>,
    /// Columns that it reads, in the order of the data; where there are no data, constants.
    pub inputs: Vec<String>,
    /// Whether it is a probability, of a target of 1.
    pub is_probability: bool,
}

/// A model as nodes of the objective's graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    model: NodeId,
    target: NodeId,
    is_probability: bool,
}

impl Model {
    /// The model of an objective: what a column is subtracted from, or the probability in a log loss. Where there are no data the
    /// constants are one row. `None` where there is no such thing, or more than one.
    pub fn find(objective: &Objective) -> Option<Self> {
        let mut graph = Graph::new();
        let loss = objective.lower(&mut graph).ok()?;
        let found = Search { by_constants: objective.rows().is_none(), graph }.model(loss)?;
        let (Found { model, target, is_probability }, graph) = found;
        let expression: Expression = graph.written(model)?.parse().ok()?;
        let target = names_of(&graph, target).into_iter().next();
        Self::new(expression, target, is_probability, objective).ok().filter(|model| !model.reads_its_target())
    }

    /// A model that is given. What it predicts is the name that it was given, as in `y = w*x+b`; else what the objective's own
    /// model does; else the only column that it does not read.
    ///
    /// # Errors
    /// A formula over other names than the objective's; a name that is no column of it.
    pub fn given(expression: Expression, objective: &Objective) -> Result<Self, ProblemError> {
        let rows = row_names(objective);
        let named = expression.name().map(str::to_owned);
        if let Some(name) = named.as_ref().filter(|name| !rows.contains(name)) {
            let message = format!("`{name}` is no column that the objective reads; it reads {}", rows.join(", "));
            return Err(ProblemError::Name(message));
        }
        let mut model = Self::new(expression, named, false, objective)?;
        let own = || Self::find(objective)?.target;
        let others: Vec<&String> = rows.iter().filter(|name| !model.inputs.contains(name)).collect();
        let only = if let [only] = others[..] { Some(only.clone()) } else { None };
        model.target = model.target.take().or_else(own).or(only);
        Ok(model)
    }

    fn new(
        expression: Expression,
        target: Option<String>,
        is_probability: bool,
        objective: &Objective,
    ) -> Result<Self, ProblemError> {
        let mut graph = Graph::new();
        let parameters = objective.inputs(&mut graph);
        let root = expression.lower(objective, &mut graph, &parameters)?;
        let read = names_of(&graph, root);
        let inputs = row_names(objective).into_iter().filter(|name| read.contains(name)).collect();
        let is_probability = is_probability || is_sigmoid(&graph, root);
        Ok(Self { expression, target, inputs, is_probability })
    }

    fn reads_its_target(&self) -> bool {
        self.target.as_ref().is_some_and(|target| self.inputs.contains(target))
    }
}

/// Names of what differs from row to row; where there are no data, of the constants.
fn row_names(objective: &Objective) -> Vec<String> {
    match objective.rows() {
        Some(_) => objective.columns().iter().filter(|name| objective.mentions(name)).cloned().collect(),
        None => objective.constants().iter().map(|(name, _)| name.clone()).collect(),
    }
}

/// Names of columns and inputs that a node reads.
fn names_of(graph: &Graph, root: NodeId) -> Vec<String> {
    let needed = graph.needed_by(&[root]);
    let names = graph.nodes().iter().zip(needed).filter_map(|(node, needed)| match node {
        Node::Column(at) if needed => Some(graph.columns()[*at as usize].clone()),
        Node::Input(at) if needed => Some(graph.inputs()[*at as usize].clone()),
        _ => None,
    });
    names.collect()
}

/// A sum as its terms, each with whether it is taken off.
type Terms = Vec<(bool, NodeId)>;

struct Search {
    graph: Graph,
    /// Constants are what differs from row to row.
    by_constants: bool,
}

impl Search {
    /// Sums from the outermost in: what stands within a model is no model of its own.
    fn model(mut self, loss: NodeId) -> Option<(Found, Graph)> {
        let needed = self.graph.needed_by(&[loss]);
        let mut within = vec![false; needed.len()];
        let mut all: Vec<Found> = Vec::new();
        for at in (0..needed.len()).rev().filter(|at| needed[*at]) {
            let id = self.graph.id_at(at);
            let node = self.graph.node(id);
            let is_sum = matches!(node, Node::Binary(Binary::Add | Binary::Sub, ..)) && !self.graph.is_fixed(id);
            let found = if is_sum && !within[at] { self.of_sum(id) } else { None };
            if let Some(found) = found {
                all.push(found);
            }
            if within[at] || found.is_some() {
                node.children().for_each(|child| within[child.index()] = true);
            }
        }
        all.dedup();
        if let [only] = all[..] { Some((only, self.graph)) } else { None }
    }

    fn of_sum(&mut self, id: NodeId) -> Option<Found> {
        let terms = self.terms(id);
        self.log_loss(&terms).or_else(|| self.residual(id, &terms))
    }

    fn terms(&self, id: NodeId) -> Terms {
        let mut terms = Terms::new();
        let mut waiting = vec![(false, id)];
        while let Some((off, id)) = waiting.pop() {
            match self.graph.node(id) {
                Node::Binary(Binary::Add, a, b) => waiting.extend([(off, b), (off, a)]),
                Node::Binary(Binary::Sub, a, b) => waiting.extend([(!off, b), (off, a)]),
                Node::Unary(Unary::Neg, a) => waiting.push((!off, a)),
                _ => terms.push((off, id)),
            }
        }
        terms
    }

    /// Whether a node is a column by itself.
    fn is_column(&self, id: NodeId) -> bool {
        match self.graph.node(id) {
            Node::Column(_) => true,
            Node::Input(_) => self.by_constants && self.graph.is_fixed(id),
            _ => false,
        }
    }

    /// `model − y` or `y − model`: y is the only column by itself, or the only one against the sign of the first term that moves.
    fn residual(&mut self, id: NodeId, terms: &Terms) -> Option<Found> {
        let moving = terms.iter().find(|(_, term)| !self.graph.is_fixed(*term))?.0;
        let mut columns: Terms = terms.iter().copied().filter(|(_, term)| self.is_column(*term)).collect();
        if columns.len() > 1 {
            columns.retain(|(off, _)| *off != moving);
        }
        let [(off, target)] = columns[..] else { return None };
        let model = match self.graph.node(id) {
            // The very node, so that its sums are added up in the same order.
            Node::Binary(Binary::Sub, a, b) if b == target => a,
            Node::Binary(Binary::Sub, a, b) if a == target => b,
            _ => {
                let rest = terms.iter().filter(|term| **term != (off, target));
                let rest: Terms = rest.map(|(sign, term)| (*sign == off, *term)).collect();
                self.sum(&rest)
            }
        };
        Some(Found { model, target, is_probability: false })
    }

    /// The sum of some terms, beginning with one that is not taken off where there is one.
    fn sum(&mut self, terms: &[(bool, NodeId)]) -> NodeId {
        let first = terms.iter().position(|(off, _)| !off).unwrap_or(0);
        let mut sum = if terms[first].0 { self.graph.neg(terms[first].1) } else { terms[first].1 };
        for (_, (off, term)) in terms.iter().enumerate().filter(|(at, _)| *at != first) {
            sum = if *off { self.graph.sub(sum, *term) } else { self.graph.add(sum, *term) };
        }
        sum
    }

    /// `softplus(z) − y·z`, `softplus(−z) + (1−y)·z`, `−y·ln p − (1−y)·ln(1−p)`, and what else is the same.
    fn log_loss(&mut self, terms: &Terms) -> Option<Found> {
        let products: Vec<Product> = terms.iter().filter_map(|term| self.product(*term)).collect();
        let yes = products.iter().find(|product| !product.complement).copied();
        let no = products.iter().find(|product| product.complement).copied();
        if let (Some(yes), Some(no)) = (yes, no)
            && yes.off == no.off
            && yes.target == no.target
            && let Some(model) = self.probability(yes.factor)
            && self.probability(no.factor).is_some()
        {
            return Some(Found { model, target: yes.target, is_probability: true });
        }
        let [product] = products[..] else { return None };
        let against = |off: bool| off != (product.off != product.complement);
        let expected = if product.complement { self.graph.neg(product.factor) } else { product.factor };
        // The stable form is max(z, 0) − y·z + ln(1 + exp(−|z|)).
        let is_its_own = |term: NodeId| self.softplus(term).or_else(|| self.relu(term)) == Some(expected);
        if !terms.iter().any(|(off, term)| against(*off) && is_its_own(*term)) {
            return None;
        }
        let model = self.graph.unary(Unary::Sigmoid, product.factor);
        Some(Found { model, target: product.target, is_probability: true })
    }

    /// A term that is y or 1 − y times something that moves.
    fn product(&self, (off, term): (bool, NodeId)) -> Option<Product> {
        let Node::Binary(Binary::Mul, a, b) = self.graph.node(term) else { return None };
        let (fixed, factor) = if self.graph.is_fixed(a) { (a, b) } else { (b, a) };
        if self.graph.is_fixed(factor) {
            return None;
        }
        let is_one = |id: NodeId| self.graph.constant_value(id) == Some(1.0);
        let (target, complement, off) = match self.graph.node(fixed) {
            Node::Binary(Binary::Sub, one, y) if is_one(one) => (y, true, off),
            Node::Binary(Binary::Sub, y, one) if is_one(one) => (y, true, !off),
            Node::Binary(Binary::Add, one, y) if self.graph.constant_value(one) == Some(-1.0) => (y, true, !off),
            Node::Binary(Binary::Add, y, one) if self.graph.constant_value(one) == Some(-1.0) => (y, true, !off),
            _ => (fixed, false, off),
        };
        self.is_column(target).then_some(Product { off, target, complement, factor })
    }

    /// p of ln p or of softplus(−z), which is −ln σ(z).
    fn probability(&mut self, log: NodeId) -> Option<NodeId> {
        if let Node::Unary(Unary::Ln, p) = self.graph.node(log) {
            return Some(p);
        }
        let argument = self.softplus(log)?;
        let logit = self.graph.neg(argument);
        Some(self.graph.unary(Unary::Sigmoid, logit))
    }

    /// z of softplus(z), however it is written.
    fn softplus(&self, id: NodeId) -> Option<NodeId> {
        let graph = &self.graph;
        let of_exp = |id: NodeId| match graph.node(id) {
            Node::Unary(Unary::Exp, z) => Some(z),
            _ => None,
        };
        match graph.node(id) {
            Node::Unary(Unary::Softplus, z) => Some(z),
            Node::Unary(Unary::Log1p, a) => of_exp(a),
            Node::Unary(Unary::Ln, a) => match graph.node(a) {
                Node::Binary(Binary::Add, one, a) if graph.constant_value(one) == Some(1.0) => of_exp(a),
                Node::Binary(Binary::Add, a, one) if graph.constant_value(one) == Some(1.0) => of_exp(a),
                _ => None,
            },
            Node::Binary(Binary::LogSumExp, a, b) if graph.constant_value(a) == Some(0.0) => Some(b),
            Node::Binary(Binary::LogSumExp, a, b) if graph.constant_value(b) == Some(0.0) => Some(a),
            _ => None,
        }
    }

    /// z of max(z, 0).
    fn relu(&self, id: NodeId) -> Option<NodeId> {
        match self.graph.node(id) {
            Node::Binary(Binary::Max, a, z) if self.graph.constant_value(a) == Some(0.0) => Some(z),
            Node::Binary(Binary::Max, z, a) if self.graph.constant_value(a) == Some(0.0) => Some(z),
            _ => None,
        }
    }
}

/// `±y·factor`, or with `complement` `±(1−y)·factor`.
#[derive(Debug, Clone, Copy)]
struct Product {
    off: bool,
    target: NodeId,
    complement: bool,
    factor: NodeId,
}

/// Whether a node is `sigmoid(z)` or `1/(1+exp(z))`.
fn is_sigmoid(graph: &Graph, id: NodeId) -> bool {
    let is_one = |id: NodeId| graph.constant_value(id) == Some(1.0);
    let is_exp = |id: NodeId| matches!(graph.node(id), Node::Unary(Unary::Exp, _));
    match graph.node(id) {
        Node::Unary(Unary::Sigmoid, _) => true,
        Node::Binary(Binary::Div, one, sum) => {
            let is_sum = |a, b| is_one(a) && is_exp(b) || is_one(b) && is_exp(a);
            is_one(one) && matches!(graph.node(sum), Node::Binary(Binary::Add, a, b) if is_sum(a, b))
        }
        _ => false,
    }
}
