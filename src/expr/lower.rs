//! Syntax tree → graph, with names looked up by whoever knows what they mean.

use super::comparison::Comparison;
use super::error::ExprError;
use super::graph::{Graph, MAX_OPERATIONS, NodeId};
use super::names::{Call, Function, constant, function};
use super::ops::Binary;
use super::parse::{Ast, AstId, AstNode};
use super::rows::Aggregates;
use std::collections::{HashMap, HashSet};

/// What a list of `name = expr;` statements (a rule) comes to.
#[derive(Debug, Clone)]
pub struct Statements {
    /// The last value given to each assigned name, in the order of first assignment.
    pub assigned: Vec<(String, NodeId)>,
}

/// Finds the node of a name from outside the formula; `None` makes it an unknown name.
pub type Resolve<'a> = dyn FnMut(&str) -> Option<NodeId> + 'a;

impl Ast {
    /// The formula as it is shown: as it was written, or in the language's own form where that is another.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names that the formula reads and does not itself assign before, in the order of first mention.
    pub fn free_names(&self) -> Vec<String> {
        let mut free: Vec<String> = Vec::new();
        // Neither is free any more: what was mentioned, and what was assigned.
        let mut known: HashSet<&str> = HashSet::new();
        let mut statement = self.locals.iter().peekable();
        for (at, (node, _)) in self.nodes.iter().enumerate() {
            while let Some((name, _, value)) = statement.next_if(|(_, _, value)| *value < at) {
                debug_assert!(*value < at);
                known.insert(name);
            }
            let AstNode::Name(name) = node else { continue };
            if constant(name).is_none() && known.insert(name) {
                free.push(name.clone());
            }
        }
        free
    }

    /// The constants of the language that stand in the formula.
    pub fn constants(&self) -> Vec<String> {
        let names = self.nodes.iter().filter_map(|(node, _)| match node {
            AstNode::Name(name) if constant(name).is_some() => Some(name.clone()),
            _ => None,
        });
        names.collect()
    }

    /// Whether a name stands in the formula, be it that of a constant of the language.
    pub fn mentions(&self, name: &str) -> bool {
        self.nodes.iter().any(|(node, _)| matches!(node, AstNode::Name(known) if known == name))
    }

    /// Names that the formula assigns, in order, each once.
    pub fn assigned_names(&self) -> Vec<String> {
        let mut known: HashSet<&str> = HashSet::new();
        let names = self.locals.iter().map(|(name, ..)| name);
        names.filter(|name| known.insert(name)).cloned().collect()
    }

    /// Whether it is a value and nothing else.
    pub(super) fn is_one_value(&self) -> bool {
        self.locals.is_empty()
    }

    /// Refuses names of functions without arguments, but for those that are among `columns` of data.
    ///
    /// # Errors
    /// The first of them.
    pub fn check_functions(&self, columns: &[String]) -> Result<(), ExprError> {
        let is_column = |id: AstId| matches!(&self.nodes[id].0, AstNode::Name(name) if columns.contains(name));
        match self.bare.iter().find(|(id, _)| !is_column(*id)) {
            Some((id, message)) => Err(self.error(*id, message.clone())),
            None => Ok(()),
        }
    }

    /// An error about the first place where `name` stands.
    pub fn error_at(&self, name: &str, message: impl Into<String>) -> ExprError {
        let read = self.nodes.iter().find(|(node, _)| matches!(node, AstNode::Name(n) if n == name));
        let assigned = self.locals.iter().find(|(n, ..)| n == name).map(|(_, span, _)| span);
        let span = read.map(|(_, span)| span).or(assigned).cloned().unwrap_or(0..0);
        ExprError::new(&self.source, span, message)
    }

    /// The number that the formula stands for, as a node.
    ///
    /// # Errors
    /// An unknown name, a condition where a number belongs, a constant part that is not finite, no value.
    pub fn lower_value(&self, graph: &mut Graph, resolve: &mut Resolve<'_>) -> Result<NodeId, ExprError> {
        self.lower_over(graph, resolve, None)
    }

    /// As [`Ast::lower_value`], where `mean` and the like run over these rows. The value may be by row.
    ///
    /// # Errors
    /// As [`Ast::lower_value`].
    pub fn lower_over(
        &self,
        graph: &mut Graph,
        resolve: &mut Resolve<'_>,
        rows: Option<&dyn Aggregates>,
    ) -> Result<NodeId, ExprError> {
        let (value, node) = self.lower_last(graph, &mut Scope { resolve, rows, outputs: &[] })?;
        if graph.is_condition(node) { Err(self.not_a_number(value)) } else { Ok(node) }
    }

    /// The condition that the formula stands for, as a node.
    ///
    /// # Errors
    /// As [`Ast::lower_value`]; a number where a condition belongs, a condition that differs from row to row.
    pub fn lower_condition(
        &self,
        graph: &mut Graph,
        resolve: &mut Resolve<'_>,
        rows: Option<&dyn Aggregates>,
    ) -> Result<NodeId, ExprError> {
        let (value, node) = self.lower_last(graph, &mut Scope { resolve, rows, outputs: &[] })?;
        if !graph.is_condition(node) {
            return Err(self.error(value, "expected a condition such as `loss < 0.001`, found a number"));
        }
        if graph.is_by_row(node) {
            return Err(self.error(value, "this differs from row to row; write mean(...) or sum(...) around its sides"));
        }
        Ok(node)
    }

    fn lower_last(&self, graph: &mut Graph, scope: &mut Scope<'_, '_>) -> Result<(AstId, NodeId), ExprError> {
        let Some(value) = self.value else {
            let end = self.source.len();
            return Err(ExprError::new(&self.source, end..end, "expected a value after the last `;`"));
        };
        let lowered = self.lower_all(graph, scope)?;
        Ok((value, lowered.nodes[value]))
    }

    /// The statements of a rule, as nodes.
    ///
    /// # Errors
    /// As [`Ast::lower_value`]; a value that is given to no name.
    pub fn lower_statements(&self, graph: &mut Graph, resolve: &mut Resolve<'_>) -> Result<Statements, ExprError> {
        self.lower_assignments(graph, resolve, None, &[])
    }

    /// As [`Ast::lower_statements`], where `mean` and the like run over these rows, and names among `outputs` still mean
    /// what they meant after they were assigned: `w = 2*w; b = w` gives the slopes 2w and w.
    ///
    /// # Errors
    /// As [`Ast::lower_statements`].
    pub fn lower_assignments(
        &self,
        graph: &mut Graph,
        resolve: &mut Resolve<'_>,
        rows: Option<&dyn Aggregates>,
        outputs: &[String],
    ) -> Result<Statements, ExprError> {
        if let Some(value) = self.value {
            let span = self.nodes[value].1.clone();
            return Err(ExprError::new(&self.source, span, "expected `name = ...`, as in `delta = -alpha*g`"));
        }
        let lowered = self.lower_all(graph, &mut Scope { resolve, rows, outputs })?;
        let assigned = self.assigned_names().into_iter().map(|name| {
            let node = lowered.locals[&name];
            (name, node)
        });
        Ok(Statements { assigned: assigned.collect() })
    }

    fn lower_all(&self, graph: &mut Graph, scope: &mut Scope<'_, '_>) -> Result<Lowered, ExprError> {
        let mut lowered = Lowered { nodes: Vec::with_capacity(self.nodes.len()), locals: HashMap::new() };
        let mut statement = self.locals.iter().peekable();
        for at in 0..self.nodes.len() {
            while let Some((name, _, value)) = statement.next_if(|(_, _, value)| *value < at) {
                lowered.locals.insert(name.clone(), self.number(graph, &lowered.nodes, *value)?);
            }
            let node = self.lower_node(graph, &lowered, at, scope)?;
            if graph.is_full() {
                return Err(self.error(at, too_long()));
            }
            if graph.constant_value(node).is_some_and(|value| !value.is_finite()) {
                return Err(self.error(at, "this part is a constant and not a finite number"));
            }
            lowered.nodes.push(node);
        }
        for (name, _, value) in statement {
            lowered.locals.insert(name.clone(), self.number(graph, &lowered.nodes, *value)?);
        }
        Ok(lowered)
    }

    fn lower_node(
        &self,
        g: &mut Graph,
        done: &Lowered,
        at: AstId,
        scope: &mut Scope<'_, '_>,
    ) -> Result<NodeId, ExprError> {
        match &self.nodes[at].0 {
            AstNode::Number(value) => Ok(g.constant(*value)),
            AstNode::Name(name) => {
                if let Some(node) = done.locals.get(name)
                    && !scope.outputs.contains(name)
                {
                    return Ok(*node);
                }
                // Data may have a column `e`; nothing else is called like a constant.
                let known = (scope.resolve)(name);
                known.or_else(|| constant(name).map(|value| g.constant(value))).ok_or_else(|| self.unknown(at, name))
            }
            AstNode::Negate(a) => {
                let a = self.number(g, &done.nodes, *a)?;
                Ok(g.neg(a))
            }
            AstNode::Infix(symbol, left, right) => {
                let a = self.number(g, &done.nodes, *left)?;
                let b = self.number(g, &done.nodes, *right)?;
                if *symbol == "/" && g.constant_value(b) == Some(0.0) && g.constant_value(a).is_none() {
                    return Err(self.error(*right, "division by 0"));
                }
                Ok(infix(g, symbol, a, b))
            }
            AstNode::Call(function, arguments) => self.lower_call(g, done, (*function, arguments), scope.rows, at),
        }
    }

    fn lower_call(
        &self,
        g: &mut Graph,
        done: &Lowered,
        (function, arguments): (Function, &[AstId]),
        rows: Option<&dyn Aggregates>,
        at: AstId,
    ) -> Result<NodeId, ExprError> {
        let (condition, numbers) = match function.call {
            Call::Select => (Some(arguments[0]), &arguments[1..]),
            _ => (None, arguments),
        };
        if let Some(condition) = condition.filter(|condition| !g.is_condition(done.nodes[*condition])) {
            return Err(self.error(condition, "expected a condition such as `x < 1`, found a number"));
        }
        let numbers = numbers.iter().map(|at| self.number(g, &done.nodes, *at)).collect::<Result<Vec<_>, _>>()?;
        Ok(match function.call {
            Call::Unary(op) => g.unary(op, numbers[0]),
            Call::Binary(op) => numbers[1..].iter().fold(numbers[0], |a, b| g.binary(op, a, *b)),
            Call::Compound(of) => of.build(g, &numbers),
            Call::Select => g.select(done.nodes[arguments[0]], numbers[0], numbers[1]),
            Call::OverRows(of) => self.rows(function, rows, at)?.over(g, of, numbers[0]),
        })
    }

    /// The rows that a function runs over, of which there must be some.
    fn rows<'a>(
        &self,
        Function { name, .. }: Function,
        rows: Option<&'a dyn Aggregates>,
        at: AstId,
    ) -> Result<&'a dyn Aggregates, ExprError> {
        rows.ok_or_else(|| {
            let other =
                if function(name).is_some_and(|of| of.arity == 2) { ", or another number to compare with" } else { "" };
            let message = format!(
                "`{name}(...)` runs over the rows of a data set, and there is none; give --data FILE.csv{other}"
            );
            self.error(at, message)
        })
    }

    /// The lowered node of `at`, which must be a number.
    fn number(&self, graph: &Graph, nodes: &[NodeId], at: AstId) -> Result<NodeId, ExprError> {
        if graph.is_condition(nodes[at]) { Err(self.not_a_number(at)) } else { Ok(nodes[at]) }
    }

    fn unknown(&self, at: AstId, name: &str) -> ExprError {
        let bare = self.bare.iter().find(|(id, _)| *id == at).map(|(_, message)| message.clone());
        self.error(at, bare.unwrap_or_else(|| format!("`{name}` is nothing in this formula")))
    }

    fn not_a_number(&self, at: AstId) -> ExprError {
        self.error(at, "expected a number, found a condition; write `select(condition, a, b)`")
    }

    fn error(&self, at: AstId, message: impl Into<String>) -> ExprError {
        ExprError::new(&self.source, self.nodes[at].1.clone(), message)
    }
}

/// What is said of a formula, or of formulas together, that come to too much.
fn too_long() -> String {
    format!("up to here there are more than {MAX_OPERATIONS} operations in all; shorten the formula")
}

/// What a formula's names and rows mean.
struct Scope<'a, 'b> {
    resolve: &'a mut Resolve<'b>,
    rows: Option<&'a dyn Aggregates>,
    /// Names that may be assigned without being shadowed.
    outputs: &'a [String],
}

struct Lowered {
    nodes: Vec<NodeId>,
    locals: HashMap<String, NodeId>,
}

fn infix(g: &mut Graph, symbol: &str, a: NodeId, b: NodeId) -> NodeId {
    match symbol {
        "+" => g.binary(Binary::Add, a, b),
        "-" => g.binary(Binary::Sub, a, b),
        "*" => g.binary(Binary::Mul, a, b),
        "/" => g.binary(Binary::Div, a, b),
        "^" => g.binary(Binary::Pow, a, b),
        "<" => g.compare(Comparison::Less, a, b),
        "<=" => g.compare(Comparison::LessEqual, a, b),
        ">" => g.compare(Comparison::Less, b, a),
        ">=" => g.compare(Comparison::LessEqual, b, a),
        _ => g.compare(Comparison::Equal, a, b),
    }
}
