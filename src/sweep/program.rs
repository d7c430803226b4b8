//! What one step computes: the one contract between a request and an engine.
//!
//! A step is a pure function in one graph. Its inputs are the *knobs* (α, other hyperparameters, constants, starts:
//! fixed along a descent), the *carried* values (parameters and rule state), the step number and numbers that are drawn;
//! its roots are the loss, the gradient and the next carried values. Precision is part of the program: `compensated` carries a second
//! value per parameter, so an engine only ever evaluates a graph.

use super::batch::{Batch, BatchPlan};
use super::before::{Before, Held};
use super::builder::Builder;
use super::carried::{Carried, InitialValue, Input, Parameter};
use super::columns::ValueType;
use super::divergence::parameter_limit;
use super::knob_ref::{COLUMN, ROW, SEED, TABLE, start_name};
use super::measure::Measure;
use super::precision::Precision;
use super::rule_inputs::{RuleInputs, RuleParts, STEP_NUMBER};
use super::stop_test::StopTest;
use super::watched::{self, Descent};
use crate::expr::{Graph, Node, NodeId};
use crate::problem::{Gradient, Known, Objective, ProblemError, Rows, Rule, Stop, check_room, is_reserved};

/// Which knobs a rule's noise is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoiseKnobs {
    pub seed: usize,
    /// The cell's place on the grid.
    pub cell: [usize; 2],
}

/// A column of data as the graph reads it; in the order of [`Graph::columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataColumn {
    /// Position among the data's columns.
    pub data: usize,
    /// Whether its rows are those of the step's batch instead of all.
    pub batch: bool,
}

/// What an engine asks the graph for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    Loss,
    /// Position in [`StopTest::tested`].
    Tested(usize),
    /// Position in [`Program::carried`].
    Next(usize),
}

/// What a program is made of.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    pub objective: &'a Objective,
    pub rule: RuleParts<'a>,
    pub gradient: &'a Gradient,
    /// Replaces the tolerance on the gradient.
    pub stop: Option<&'a Stop>,
    pub batch: Batch,
    pub precision: Precision,
    /// Whether data or starts are drawn from the seed.
    pub draws: bool,
    /// Whether every seed has data of its own.
    pub tables: bool,
    /// What is measured on the way.
    pub measures: &'a [Measure],
}

/// One step of a descent, ready for an engine.
#[derive(Debug, Clone)]
pub struct Program {
    pub graph: Graph,
    pub precision: Precision,
    /// Hyperparameters (`alpha` first), those of one parameter, then constants, then the seed, the cell's place and the
    /// number of the data's table where they matter, then `<param>_start` of each parameter.
    pub knobs: Vec<String>,
    /// One entry per input of the graph.
    pub inputs: Vec<Input>,
    /// One entry per column of the graph.
    pub columns: Vec<DataColumn>,
    pub carried: Vec<Carried>,
    pub parameters: Vec<Parameter>,
    /// Carried only to be measured: positions in [`Program::carried`] of what measures are told from, by measure.
    pub watched: Vec<Vec<usize>>,
    /// For every parameter, where the slots of the rule's state are carried; slots may be shared.
    pub state: Vec<Vec<usize>>,
    pub loss: NodeId,
    /// What the rule is given, one entry per parameter: over the step's batch, where there is one.
    pub gradient: Vec<NodeId>,
    pub stop: StopTest,
    /// How a step takes its rows, where not all of them.
    pub batch: Option<BatchPlan>,
    /// Which knobs the rule's noise is drawn for, where it reads some.
    pub noise: Option<NoiseKnobs>,
    /// The constants that a step needs, in node order.
    pub constants: Vec<NodeId>,
}

impl Program {
    /// Puts objective, gradient, stop rule, rule and precision into one graph.
    ///
    /// # Errors
    /// A name that is both in the objective and a hyperparameter; a constant that the precision cannot hold.
    pub fn new(parts: &Parts<'_>) -> Result<Self, ProblemError> {
        let Parts { objective, rule: RuleParts { rule, .. }, precision, .. } = *parts;
        check_shared_names(objective, rule)?;
        let mut graph = Graph::new();
        let parameters = objective.inputs(&mut graph);
        let loss = objective.lower(&mut graph)?;
        let knobs = knob_names(parts);
        let batch = BatchPlan::new(parts.batch, objective.rows(), knobs.iter().position(|name| name == SEED));
        let period = batch.map_or(1, |batch| batch.period);
        let before = Before::new(parts.stop, (objective, precision), &mut graph, (loss, period))?;
        let known = before.as_ref().map(|before| before.known(&mut graph));
        let known = known.unwrap_or(Known { loss, change: loss, moved: loss });
        let step = graph.input(STEP_NUMBER);
        let is_first = before.as_ref().map(|_| Before::is_first(&mut graph, step));
        let stop = StopTest::new(parts.stop, (objective, parts.gradient), &mut graph, &parameters, known, is_first)?;
        let rows = batch.map_or(Rows::All, |batch| Rows::Batch(batch.size));
        let gradient = parts.gradient.lower(objective, &mut graph, &parameters, rows)?;
        let mut builder = Builder::new(graph);
        let (mut kept, mut state) = (Vec::new(), Vec::new());
        let first_start = knobs.len() - parameters.len();
        let given = RuleInputs::new(parts.rule, &mut builder.graph, (objective, rows), (&parameters, &gradient))?;
        let shared = rule.shared_beside(&|name| given.is_own(name))?;
        for (at, name) in objective.parameters().iter().enumerate() {
            let owner = |shared: bool| if shared { &objective.parameters()[0] } else { name };
            let named = rule.states().iter().zip(&shared);
            let slots: Vec<String> = named.map(|(slot, shared)| format!("{slot}@{}", owner(*shared))).collect();
            let states: Vec<NodeId> = slots.iter().map(|slot| builder.graph.input(slot)).collect();
            let read = given.of(&mut builder.graph, (at, name), parameters[at], gradient[at]);
            let moved = rule.lower(&mut builder.graph, &read, &states);
            // Which of the formulas was too much is not the last one's fault.
            let moved = check_room(&builder.graph).and(moved)?;
            // The starts are the last knobs, in parameter order.
            let start = InitialValue::Knob(first_start + at);
            kept.push(builder.carry_parameter(name, start, moved.delta, precision));
            let carried =
                slots.iter().zip(moved.states).map(|(slot, next)| builder.carry(slot, InitialValue::Zero, next));
            state.push(carried.collect());
        }
        let own = builder.carried.len();
        let held = before.map(|before| before.carried(&mut builder.graph, objective.parameters()));
        for Held { name, starts_with, next } in held.into_iter().flatten() {
            let initial = starts_with.map_or(InitialValue::Zero, |at| InitialValue::Knob(first_start + at));
            builder.carry(&name, initial, next);
        }
        check_room(&builder.graph)?;
        let steps = parts.rule.steps;
        let descent = Descent { precision, steps, loss, parameters: &kept, carried: own, knobs: &knobs };
        let watches = parts.measures.iter().filter_map(|measure| measure.watch());
        let watched = watches.map(|watch| watched::watch(&mut builder, watch, descent)).collect();
        check_room(&builder.graph)?;
        let inputs = builder.inputs(&knobs);
        let place = |name: &str| knobs.iter().position(|known| known == name);
        let cell = place(COLUMN).zip(place(ROW));
        let noise = place(SEED).zip(cell).map(|(seed, (column, row))| NoiseKnobs { seed, cell: [column, row] });
        let mut program = Self {
            inputs,
            knobs,
            precision,
            parameters: kept,
            watched,
            state,
            loss,
            gradient,
            stop,
            batch,
            noise,
            columns: columns(&builder.graph, objective),
            carried: builder.carried,
            graph: builder.graph,
            constants: Vec::new(),
        };
        program.constants = program.needed_constants();
        program.check_constants()?;
        Ok(program)
    }

    /// Position of a knob.
    pub fn knob(&self, name: &str) -> Option<usize> {
        self.knobs.iter().position(|known| known == name)
    }

    /// Position of the parameter whose start a knob is.
    pub fn start_of(&self, knob: usize) -> Option<usize> {
        (knob + self.parameters.len()).checked_sub(self.knobs.len())
    }

    /// Names and types of the columns that say where each parameter got to.
    pub(super) fn parameter_columns(&self) -> Vec<(String, ValueType)> {
        let wide = |parameter: &Parameter| self.precision.is_wide() || parameter.lo.is_some();
        let column = |parameter: &Parameter| (format!("{}_final", parameter.name), ValueType::real(wide(parameter)));
        self.parameters.iter().map(column).collect()
    }

    /// Position of the knob that tells a cell which data table is its own.
    pub fn table(&self) -> Option<usize> {
        self.knob(TABLE)
    }

    /// Whether steps are drawn, by rows or by the rule's noise: losses then go up and down for ever, and means tell a trend.
    pub fn is_noisy(&self) -> bool {
        self.batch.is_some() || self.noise.is_some()
    }

    /// A descent is judged (loss, stop rule) at every step that is a multiple of this, and at the last.
    pub fn period(&self) -> u32 {
        self.batch.map_or(1, |batch| batch.period)
    }

    /// Largest |parameter| of a descent that goes on.
    pub fn parameter_limit(&self) -> f64 {
        parameter_limit(self.batch.is_some(), self.precision)
    }

    /// What is evaluated to judge a descent: what the stop test looks at, and the loss.
    pub fn judged(&self) -> Vec<NodeId> {
        self.stop.tested().iter().copied().chain([self.loss]).collect()
    }

    /// What is evaluated to make the next step.
    pub fn advancing(&self) -> Vec<NodeId> {
        self.carried.iter().map(|carried| carried.next).collect()
    }

    /// Whether a step depends on an input. Graphs have inputs that nothing reads: the step number, the learning rate of a
    /// rule that does without.
    pub fn reads(&self, input: Input) -> bool {
        let mut nodes = self.graph.nodes().iter().zip(self.needed());
        nodes.any(|(node, needed)| needed && matches!(node, Node::Input(at) if self.inputs[*at as usize] == input))
    }

    /// Whether a descent depends on a knob: by a step, by where it starts, or by what is drawn.
    pub fn depends_on(&self, knob: usize) -> bool {
        let mut starts = self.carried.iter().map(|carried| carried.initial);
        let drawn = [SEED, TABLE].contains(&self.knobs[knob].as_str());
        drawn || self.reads(Input::Knob(knob)) || starts.any(|start| start == InitialValue::Knob(knob))
    }

    /// Everything an engine evaluates in one step, with its node.
    pub fn roots(&self) -> impl Iterator<Item = (Root, NodeId)> {
        let tested = self.stop.tested().iter().enumerate().map(|(at, node)| (Root::Tested(at), *node));
        let next = self.carried.iter().enumerate().map(|(at, carried)| (Root::Next(at), carried.next));
        std::iter::once((Root::Loss, self.loss)).chain(tested).chain(next)
    }

    /// For every node of the graph, whether a step needs it.
    pub fn needed(&self) -> Vec<bool> {
        let roots: Vec<NodeId> = self.roots().map(|(_, node)| node).collect();
        self.graph.needed_by(&roots)
    }

    /// How many operations a step has: those once per row counted once, and a value carried from step to step as one.
    pub fn operations(&self) -> usize {
        let is_source = |node: &Node| matches!(node, Node::Constant(_) | Node::Input(_) | Node::Column(_));
        let nodes = self.graph.nodes().iter().zip(self.needed());
        nodes.filter(|(node, needed)| *needed && !is_source(node)).count() + self.carried.len()
    }

    /// The numbers that an engine hands over as of the step that counts, by where they are carried: high part, and low part
    /// where there is one. First the parameters, then what measures are told from.
    pub fn handed_over(&self) -> impl Iterator<Item = (usize, Option<usize>)> {
        let parameters = self.parameters.iter().map(|parameter| (parameter.hi, parameter.lo));
        parameters.chain(self.watched.iter().flatten().map(|at| (*at, None)))
    }

    /// How many numbers that is.
    pub fn handed(&self) -> usize {
        self.parameters.len() + self.watched.iter().map(Vec::len).sum::<usize>()
    }

    /// Where all parts of these are carried, in the same order, high part before low.
    pub fn reported(&self) -> Vec<usize> {
        self.handed_over().flat_map(|(hi, lo)| std::iter::once(hi).chain(lo)).collect()
    }

    fn needed_constants(&self) -> Vec<NodeId> {
        let needed = self.needed();
        let nodes = (0..needed.len()).filter(|at| needed[*at]).map(|at| self.graph.id_at(at));
        nodes.filter(|id| self.graph.constant_value(*id).is_some()).collect()
    }

    fn check_constants(&self) -> Result<(), ProblemError> {
        let mut constants = self.constants.iter().filter_map(|id| self.graph.constant_value(*id));
        match constants.find(|value| !self.precision.holds(*value)) {
            Some(value) if !value.is_finite() || self.precision.is_wide() => Err(ProblemError::Name(format!(
                "a constant part of the formula or of its derivative is {value:e}; look for a division by 0 or scale the formula"
            ))),
            Some(value) => Err(ProblemError::Name(format!(
                "the constant {value:e} in the formula or its derivative does not fit f32 (1.2e-38 to 3.4e38); \
                 use --precision f64, or scale the formula"
            ))),
            None => Ok(()),
        }
    }
}

/// Every name must mean one thing in objective and rule.
fn check_shared_names(objective: &Objective, rule: &Rule) -> Result<(), ProblemError> {
    for (name, _) in rule.hyperparameters() {
        if name != "alpha" && is_reserved(name) {
            return Err(ProblemError::Name(format!(
                "the rule reads `{name}`, which has a meaning of its own in sweeps; give it another name, and set that"
            )));
        }
        if objective.parameters().contains(name) || objective.constants().iter().any(|(constant, _)| constant == name) {
            return Err(ProblemError::Name(format!(
                "`{name}` is a hyperparameter of the rule and also stands in the objective; rename it in one of them"
            )));
        }
    }
    Ok(())
}

fn knob_names(parts: &Parts<'_>) -> Vec<String> {
    let RuleParts { rule, own, .. } = parts.rule;
    let hyperparameters = rule.hyperparameters().iter().map(|(name, _)| name.clone());
    let constants = parts.objective.constants().iter().map(|(name, _)| name.clone());
    let noise = rule.given().contains(&"noise");
    let draws = parts.draws || noise || parts.batch.is_drawn();
    let which = [(draws, SEED), (noise, COLUMN), (noise, ROW), (parts.tables, TABLE)];
    let which = which.into_iter().filter(|(is_read, _)| *is_read).map(|(_, name)| name.to_owned());
    let starts = parts.objective.parameters().iter().map(|name| start_name(name));
    hyperparameters.chain(own.iter().cloned()).chain(constants).chain(which).chain(starts).collect()
}

fn columns(graph: &Graph, objective: &Objective) -> Vec<DataColumn> {
    let column = |name: &String| {
        let (name, batch) = Rows::of_column(name);
        let data = objective.columns().iter().position(|known| known == name);
        DataColumn { data: data.expect("only columns of the data become columns"), batch }
    };
    graph.columns().iter().map(column).collect()
}
