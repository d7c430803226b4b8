//! How one step moves a parameter: also a formula.

use super::catalog;
use super::error::ProblemError;
use crate::expr::{Ast, Graph, NodeId, nearest, parse};
use std::collections::{HashMap, HashSet};
use std::str::FromStr;

/// A rule: statements over what it is given ([`GIVEN`]), hyperparameters and state slots of its own, ending in
/// `delta = ...`, the increment. A name that is both read before it is assigned and assigned is a state slot: it starts
/// at 0 and keeps its last value for the next step.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    ast: Ast,
    name: Option<&'static str>,
    /// Which of [`GIVEN`] it reads.
    given: Vec<&'static str>,
    states: Vec<String>,
    /// For every state slot, whether it is the same for all parameters.
    shared: Vec<bool>,
    hyperparameters: Vec<(String, Option<f64>)>,
}

/// What a rule can read that is not its own: the parameter, its gradient, the number of the step from 1, how many steps
/// there are, the loss and the Euclidean norm of the whole gradient (both of the step's batch), a standard normal draw.
pub const GIVEN: [&str; 7] = ["p", "g", "t", "steps", "loss", "gnorm", "noise"];
/// Those that differ from parameter to parameter.
const OF_PARAMETER: [&str; 3] = ["p", "g", "noise"];

/// One parameter's step, as nodes.
#[derive(Debug, Clone)]
pub struct RuleStep {
    /// What is added to the parameter.
    pub delta: NodeId,
    /// New values of the state slots, in the order of [`Rule::states`].
    pub states: Vec<NodeId>,
}

impl FromStr for Rule {
    type Err = ProblemError;

    fn from_str(text: &str) -> Result<Self, ProblemError> {
        Self::new(text)
    }
}

impl Rule {
    /// A rule by catalog name or by text.
    ///
    /// # Errors
    /// A text that cannot be read, that assigns what it is given, or that never assigns `delta`.
    pub fn new(text: &str) -> Result<Self, ProblemError> {
        let row = catalog::rule(text.trim());
        if row.is_none() && !text.contains('=') {
            return Err(no_rule(text));
        }
        let ast = parse(row.map_or(text, |row| row.formula))?;
        let assigned = ast.assigned_names();
        if let Some(name) = assigned.iter().find(|name| GIVEN.contains(&name.as_str()) || *name == "alpha") {
            return Err(ast.error_at(name, format!("`{name}` is given to the rule and cannot be assigned")).into());
        }
        if !assigned.iter().any(|name| name == "delta") {
            let message = "the rule never says how far to move: end it with `delta = ...`".to_owned();
            return Err(ProblemError::Name(message));
        }
        let free = ast.free_names();
        let given = GIVEN.into_iter().filter(|name| free.iter().any(|read| read == name)).collect();
        let assigned: HashSet<String> = assigned.into_iter().collect();
        let states = free.iter().filter(|name| assigned.contains(*name)).cloned().collect::<Vec<_>>();
        let default =
            |name: &str| row.and_then(|row| row.hyperparameters.iter().find(|(n, _)| *n == name)).map(|(_, v)| *v);
        // The learning rate is always a hyperparameter, also of a rule that does not read it.
        let mut hyperparameters = vec![("alpha".to_owned(), default("alpha"))];
        let others = free
            .into_iter()
            .filter(|name| !GIVEN.contains(&name.as_str()) && name != "alpha" && !assigned.contains(name));
        hyperparameters.extend(others.map(|name| (name.clone(), default(&name))));
        let name = row.map(|row| row.name);
        let mut rule = Self { ast, name, given, states, shared: Vec::new(), hyperparameters };
        // Lowers the rule once, so that a bad text is found before anything else is built on it.
        rule.shared = rule.shared_beside(&|_| false)?;
        Ok(rule)
    }

    /// For every state slot, whether it is the same for all parameters where some hyperparameters are not: whether it
    /// follows from what all parameters share, and from slots that are the same.
    ///
    /// # Errors
    /// As [`Rule::lower`].
    pub fn shared_beside(&self, is_own: &dyn Fn(&str) -> bool) -> Result<Vec<bool>, ProblemError> {
        let mut graph = Graph::new();
        let hyperparameters = self.hyperparameters.iter().map(|(name, _)| name.as_str());
        let read: HashMap<&str, NodeId> =
            self.given.iter().copied().chain(hyperparameters).map(|name| (name, graph.input(name))).collect();
        let states: Vec<NodeId> = self.states.iter().map(|name| graph.input(name)).collect();
        let step = self.lower(&mut graph, &read, &states)?;
        let mut own = vec![false; graph.nodes().len()];
        for (name, node) in &read {
            own[node.index()] = OF_PARAMETER.contains(name) || is_own(name);
        }
        // A slot that reads one that is not shared is not either.
        let comes_back: Vec<(NodeId, NodeId)> = step.states.iter().copied().zip(states).collect();
        let own = graph.follows(own, &comes_back);
        Ok(step.states.iter().map(|next| !own[next.index()]).collect())
    }

    /// Which of [`GIVEN`] it reads.
    pub fn given(&self) -> &[&'static str] {
        &self.given
    }

    /// Whether it is gradient descent and nothing else.
    pub fn is_plain(&self) -> bool {
        matches!(self.name, Some("gd" | "sgd"))
    }

    /// The catalog name, or none for a rule of the user's own.
    pub fn name(&self) -> Option<&'static str> {
        self.name
    }

    /// Largest stable α at a minimum of largest curvature `lambda`, as a formula, where one is known.
    pub fn limit(&self) -> Option<&'static str> {
        let limit = catalog::rule(self.name?)?.limit;
        (!limit.is_empty()).then_some(limit)
    }

    /// What the rule divides slopes by, as a formula of its state, where it does.
    pub fn precondition(&self) -> Option<&'static str> {
        let precondition = catalog::rule(self.name?)?.precondition;
        (!precondition.is_empty()).then_some(precondition)
    }

    /// The rule as text.
    pub fn text(&self) -> &str {
        self.ast.text()
    }

    /// State slots per parameter.
    pub fn states(&self) -> &[String] {
        &self.states
    }

    /// For every state slot, whether it is the same for all parameters, which then need only one of it.
    pub fn shared(&self) -> &[bool] {
        &self.shared
    }

    /// `alpha` first, then the others with their defaults, if they have any.
    pub fn hyperparameters(&self) -> &[(String, Option<f64>)] {
        &self.hyperparameters
    }

    /// Puts one parameter's step into a graph. `read` has the node of each hyperparameter and of each name of
    /// [`Rule::given`]; `states` are the nodes of the slots' old values.
    ///
    /// # Errors
    /// A condition where a number belongs, or a constant part that is not finite.
    ///
    /// # Panics
    /// If `states` is shorter than [`Rule::states`].
    pub fn lower(
        &self,
        graph: &mut Graph,
        read: &HashMap<&str, NodeId>,
        states: &[NodeId],
    ) -> Result<RuleStep, ProblemError> {
        let mut known = read.clone();
        // No slot has the name of a hyperparameter, and neither has that of something given.
        known.extend(self.states.iter().map(String::as_str).zip(states.iter().copied()));
        let statements = self.ast.lower_statements(graph, &mut |name| known.get(name).copied())?;
        let assigned: HashMap<&str, NodeId> =
            statements.assigned.iter().map(|(name, node)| (name.as_str(), *node)).collect();
        let last = |name: &str| assigned.get(name).copied();
        let delta = last("delta").expect("a rule without delta is refused when it is made");
        let states = self.states.iter().map(|slot| last(slot).expect("a state slot is an assigned name")).collect();
        Ok(RuleStep { delta, states })
    }
}

/// Rules under names that other programs have for them.
const ELSEWHERE: [(&str, &str); 10] = [
    ("gradient-descent", "write `gd`"),
    ("gradientdescent", "write `gd`"),
    ("heavy-ball", "write `momentum`"),
    ("heavyball", "write `momentum`"),
    ("polyak-momentum", "write `momentum`"),
    ("clip", "write `clipped-gd`"),
    ("gradient-clipping", "write `clipped-gd`"),
    ("sgld", "write `langevin`, with `--batch N`"),
    ("nag", "write `nesterov`"),
    ("signsgd", "write `sign`"),
];

fn no_rule(text: &str) -> ProblemError {
    let name = text.trim().to_lowercase().replace([' ', '_'], "-");
    let names = catalog::RULES.iter().map(|row| row.name);
    let elsewhere = ELSEWHERE.iter().find(|(known, _)| *known == name).map(|(_, advice)| format!("{advice}."));
    let hint = elsewhere.or_else(|| nearest(text.trim(), names).map(|close| format!("did you mean `{close}`?")));
    let hint = hint.unwrap_or_else(|| "`alphasweep list` shows the rules.".to_owned());
    ProblemError::Name(format!("no rule is called `{text}`: {hint} A rule is written like \"delta = -alpha*g\""))
}
