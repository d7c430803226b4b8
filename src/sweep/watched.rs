//! Numbers that are carried along a descent only to be measured. They are part of its graph, so every engine that can make the
//! steps has them, to the same bit; a second run beside the first was rejected, since it would need an engine of its own.

use super::before::{Held, low_name};
use super::builder::Builder;
use super::carried::{InitialValue, Moved, Parameter};
use super::compensated::compensated;
use super::precision::Precision;
use super::rule_inputs::STEP_NUMBER;
use crate::expr::{Binary, Comparison, Graph, NodeId, Unary, tangents};

/// Puts what a measure needs into the graph.
pub(super) type Watch = fn(&mut Watching<'_>) -> Watched;

/// What is carried for a measure. The first `told` of it are what the measure is told from.
pub(super) struct Watched {
    held: Vec<Held>,
    told: usize,
}

/// What is carried of a descent, and how its steps go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Descent<'a> {
    pub precision: Precision,
    /// Most steps.
    pub steps: u32,
    /// Over all rows, before a step.
    pub loss: NodeId,
    pub parameters: &'a [Parameter],
    /// How many numbers it carries of its own.
    pub carried: usize,
    /// All knobs; the last are the starts, one for each parameter.
    pub knobs: &'a [String],
}

/// Carries what a measure needs; gives the places of what it is told from.
pub(super) fn watch(builder: &mut Builder, watch: Watch, descent: Descent<'_>) -> Vec<usize> {
    let first_start = descent.knobs.len() - descent.parameters.len();
    let mut parameters = Vec::new();
    for (parameter, start) in descent.parameters.iter().zip(&descent.knobs[first_start..]) {
        let (hi, lo) = (builder.moved(parameter.hi), parameter.lo.map(|lo| builder.moved(lo)));
        parameters.push(MovedParameter { hi, lo, start: builder.graph.input(start) });
    }
    let is_low = |at: usize| descent.parameters.iter().any(|parameter| parameter.lo == Some(at));
    let carried: Vec<Moved> = (0..descent.carried).filter(|at| !is_low(*at)).map(|at| builder.moved(at)).collect();
    let step = builder.graph.input(STEP_NUMBER);
    let Descent { precision, steps, loss, .. } = descent;
    let graph = &mut builder.graph;
    let mut watching = Watching { graph, precision, step, steps, loss, parameters: &parameters, carried: &carried };
    let Watched { held, told } = watch(&mut watching);
    let initial = |starts_with: Option<usize>| {
        starts_with.map_or(InitialValue::Zero, |parameter| InitialValue::Knob(first_start + parameter))
    };
    let places: Vec<usize> =
        held.into_iter().map(|held| builder.carry(&held.name, initial(held.starts_with), held.next)).collect();
    places[..told].to_vec()
}

/// A parameter before and after a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct MovedParameter {
    pub hi: Moved,
    pub lo: Option<Moved>,
    /// Where it began.
    pub start: NodeId,
}

/// The step that is watched.
pub(super) struct Watching<'a> {
    pub graph: &'a mut Graph,
    pub precision: Precision,
    /// Number of the step, from 1.
    pub step: NodeId,
    /// Most steps of a descent.
    pub steps: u32,
    /// Over all rows, before the step.
    pub loss: NodeId,
    pub parameters: &'a [MovedParameter],
    /// Everything that the descent carries but for low parts.
    pub carried: &'a [Moved],
}

/// Changes below this share of where a parameter is are none, as for [`moves`](super::moves).
const NEAR: f64 = 1e-6;
/// The longest cycle that is looked for.
const LONGEST: u32 = 64;
/// Where a step shrinks an error by more, it counts as this: in f32 a smaller one is no number.
const LEAST_GROWTH: f64 = 1e-30;

/// A condition as a number, 0 or 1, so that several can be put together.
#[derive(Debug, Clone, Copy)]
struct Truth(NodeId);

fn held(name: &str, next: NodeId) -> Held {
    Held { name: name.to_owned(), starts_with: None, next }
}

impl Watching<'_> {
    fn constant(&mut self, value: f64) -> NodeId {
        self.graph.constant(value)
    }

    fn is_first(&mut self) -> NodeId {
        self.step_is_below(1.5)
    }

    /// Steps are whole numbers: `number` is one and a half.
    fn step_is_below(&mut self, number: f64) -> NodeId {
        let bound = self.constant(number);
        self.graph.compare(Comparison::Less, self.step, bound)
    }

    fn truth(&mut self, op: Comparison, a: NodeId, b: NodeId) -> Truth {
        let [no, yes] = [0.0, 1.0].map(|value| self.constant(value));
        let condition = self.graph.compare(op, a, b);
        Truth(self.graph.select(condition, yes, no))
    }

    fn all(&mut self, truths: &[Truth]) -> Truth {
        let mut truths = truths.iter();
        let first = truths.next().map_or_else(|| self.constant(1.0), |truth| truth.0);
        Truth(truths.fold(first, |all, truth| self.graph.mul(all, truth.0)))
    }

    fn choose(&mut self, truth: Truth, a: NodeId, b: NodeId) -> NodeId {
        let half = self.constant(0.5);
        let holds = self.graph.compare(Comparison::Less, half, truth.0);
        self.graph.select(holds, a, b)
    }

    /// A sum that is carried, with what it loses where numbers are short; and its next value.
    fn sum(&mut self, name: &str, term: NodeId) -> (NodeId, Vec<Held>) {
        let sum = self.graph.input(name);
        if self.precision.is_wide() {
            let next = self.graph.add(sum, term);
            return (next, vec![held(name, next)]);
        }
        let low_name = low_name(name);
        let low = self.graph.input(&low_name);
        let (next, left) = compensated(self.graph, sum, low, term);
        (next, vec![held(name, next), held(&low_name, left)])
    }

    fn largest(&mut self, of: &[NodeId]) -> NodeId {
        let mut largest = self.constant(0.0);
        for node in of {
            let size = self.graph.unary(Unary::Abs, *node);
            largest = self.graph.binary(Binary::Max, largest, size);
        }
        largest
    }
}

/// The lowest loss of the steps before this one.
pub(super) fn loss_best(at: &mut Watching<'_>) -> Watched {
    const BEST: &str = "#best";
    let best = at.graph.input(BEST);
    let lower = at.graph.binary(Binary::Min, best, at.loss);
    let is_first = at.is_first();
    let next = at.graph.select(is_first, at.loss, lower);
    Watched { held: vec![held(BEST, next)], told: 1 }
}

/// The lengths of the steps.
pub(super) fn path_length(at: &mut Watching<'_>) -> Watched {
    let parts: Vec<NodeId> = at
        .parameters
        .iter()
        .map(|parameter| {
            let graph = &mut *at.graph;
            let hi = graph.sub(parameter.hi.next, parameter.hi.now);
            let Some(low) = parameter.lo else { return hi };
            let lo = graph.sub(low.next, low.now);
            graph.add(hi, lo)
        })
        .collect();
    let length = length(at, &parts);
    let (_, held) = at.sum("#length", length);
    Watched { held, told: 1 }
}

/// By the largest part, so that no square leaves the numbers that there are.
fn length(at: &mut Watching<'_>, parts: &[NodeId]) -> NodeId {
    let largest = at.largest(parts);
    if parts.len() == 1 {
        return largest;
    }
    let [zero, one] = [0.0, 1.0].map(|value| at.constant(value));
    let graph = &mut *at.graph;
    let moves = graph.compare(Comparison::Less, zero, largest);
    let by = graph.select(moves, largest, one);
    let mut squares = zero;
    for part in parts {
        let share = graph.div(*part, by);
        let square = graph.mul(share, share);
        squares = graph.add(squares, square);
    }
    let root = graph.unary(Unary::Sqrt, squares);
    graph.mul(by, root)
}

/// An error that is carried along by the derivative of the step (a tangent), brought back to size 1 after every step; and the
/// sum of the logarithms of what that took: all of it, what it was after half of all steps, and at the last power of two but
/// one.
pub(super) fn lyapunov(at: &mut Watching<'_>) -> Watched {
    let is_first = at.is_first();
    // No direction is special; that of the first number has size 1.
    let start = |number: usize| 0.5 + 0.5 * (1.0 - number as f64 * 0.618_033_988_749_894_9).rem_euclid(1.0);
    let starts: Vec<NodeId> =
        (0..at.carried.len()).map(|number| at.constant(if number == 0 { 1.0 } else { start(number) })).collect();
    let name = |number: usize| format!("#along{number}");
    let mut moving = Vec::new();
    for (number, (moved, start)) in at.carried.iter().zip(&starts).enumerate() {
        let along = at.graph.input(&name(number));
        moving.push((moved.now, at.graph.select(is_first, *start, along)));
    }
    let next: Vec<NodeId> = at.carried.iter().map(|moved| moved.next).collect();
    let moved = tangents(at.graph, &next, &moving);
    let size = at.largest(&moved);
    let least = at.constant(LEAST_GROWTH);
    let vanishes = at.graph.compare(Comparison::Less, size, least);
    let growth = at.graph.select(vanishes, least, size);
    let along: Vec<Held> = moved
        .iter()
        .zip(&starts)
        .enumerate()
        .map(|(number, (moved, start))| {
            let unit = at.graph.div(*moved, growth);
            held(&name(number), at.graph.select(vanishes, *start, unit))
        })
        .collect();
    let term = at.graph.unary(Unary::Ln, growth);
    let (all, sum) = at.sum("#growth", term);
    let (before_last, marks) = at_powers_of_two(at, is_first, all);
    let half = at_half(at, all);
    let mut sum = sum.into_iter();
    let told: Vec<Held> = sum.next().into_iter().chain([half, before_last]).collect();
    Watched { told: told.len(), held: told.into_iter().chain(sum).chain(marks).chain(along).collect() }
}

/// What a number was after half of all steps; until then what it is.
fn at_half(at: &mut Watching<'_>, next: NodeId) -> Held {
    const HALF: &str = "#growth-half";
    let half = at.graph.input(HALF);
    let is_before = at.step_is_below(f64::from(at.steps / 2) + 0.5);
    held(HALF, at.graph.select(is_before, next, half))
}

/// What a number was after the last step but one whose number is a power of two.
fn at_powers_of_two(at: &mut Watching<'_>, is_first: NodeId, next: NodeId) -> (Held, Vec<Held>) {
    const NAMES: [&str; 3] = ["#growth-mark", "#growth-last", "#growth-before"];
    let [mark, last, before] = NAMES.map(|name| at.graph.input(name));
    let [one, two] = [1.0, 2.0].map(|value| at.constant(value));
    let mark = at.graph.select(is_first, one, mark);
    let is_there = at.graph.compare(Comparison::Equal, at.step, mark);
    let graph = &mut *at.graph;
    let double = graph.mul(two, mark);
    let next_mark = graph.select(is_there, double, mark);
    let next_last = graph.select(is_there, next, last);
    let next_before = graph.select(is_there, last, before);
    let [mark, last, before] = NAMES;
    (held(before, next_before), vec![held(mark, next_mark), held(last, next_last)])
}

/// Whether the descent comes back to where it was [`LONGEST`]·2 steps before the last, or after half of fewer: after how many
/// steps, and again after as many more.
pub(super) fn period(at: &mut Watching<'_>) -> Watched {
    const CANDIDATE: &str = "#candidate";
    const FOUND: &str = "#period";
    let span = (2 * LONGEST).min(at.steps / 2 * 2);
    let from = at.constant(f64::from(at.steps - span));
    let zero = at.constant(0.0);
    let [candidate, found] = [CANDIDATE, FOUND].map(|name| at.graph.input(name));
    let age = at.graph.sub(at.step, from);
    let is_anchor = at.truth(Comparison::Equal, age, zero);
    let (is_near, anchors) = is_near_anchor(at, is_anchor);
    // An age above that cannot come a second time.
    let longest = at.constant(f64::from(span / 2) + 0.5);
    let none = at.truth(Comparison::Equal, candidate, zero);
    let (is_after, is_short) = (at.truth(Comparison::Less, zero, age), at.truth(Comparison::Less, age, longest));
    let first_time = at.all(&[none, is_near, is_after, is_short]);
    let twice = at.graph.add(candidate, candidate);
    let is_twice = at.truth(Comparison::Equal, age, twice);
    let is_one = at.truth(Comparison::Less, zero, candidate);
    let due = at.all(&[is_one, is_twice]);
    let again = at.all(&[due, is_near]);
    // Near by chance, where it is not near again: what comes next may be it.
    let confirmed = at.choose(is_near, candidate, zero);
    let kept = at.choose(due, confirmed, candidate);
    let next_candidate = at.choose(first_time, age, kept);
    let next_found = at.choose(again, candidate, found);
    let [found, candidate] = [(FOUND, next_found), (CANDIDATE, next_candidate)]
        .map(|(name, next)| held(name, at.choose(is_anchor, zero, next)));
    Watched { held: [found, candidate].into_iter().chain(anchors).collect(), told: 1 }
}

/// Whether every parameter is where it was at the anchor, which is the start until there is another; and what is carried for
/// that.
fn is_near_anchor(at: &mut Watching<'_>, is_anchor: Truth) -> (Truth, Vec<Held>) {
    let share = at.constant(NEAR);
    let (mut near, mut anchors) = (Vec::new(), Vec::new());
    for (number, MovedParameter { hi, start, .. }) in at.parameters.iter().enumerate() {
        let name = format!("#anchor{number}");
        let anchor = at.graph.input(&name);
        let away = at.graph.sub(hi.next, anchor);
        let (away, size) = (at.largest(&[away]), at.largest(&[anchor, *start]));
        let most = at.graph.mul(share, size);
        near.push(at.truth(Comparison::LessEqual, away, most));
        anchors.push(Held { name, starts_with: Some(number), next: at.choose(is_anchor, hi.next, anchor) });
    }
    (at.all(&near), anchors)
}
