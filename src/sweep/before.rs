//! What is carried from one judged step to the next, for stop rules that compare the two.

use super::precision::Precision;
use crate::expr::{Binary, Comparison, Graph, NodeId, Unary};
use crate::problem::{Known, Objective, ProblemError, Rows, Stop};

/// The judged step before, as inputs of the graph.
pub(super) struct Before {
    /// By parameter, then by part (high, low): the part, and what it was. Empty where nobody asks.
    parts: Vec<Vec<(NodeId, NodeId)>>,
    /// The loss, and what it was; the latter is carried where every step is judged, and else found again.
    loss: (NodeId, NodeId),
    /// Steps since the last judged one; none where every step is.
    since: Option<(NodeId, u32)>,
}

/// A value that is to be carried on.
pub(super) struct Held {
    pub name: String,
    /// The parameter at whose start it begins, by its place; else it begins at 0.
    pub starts_with: Option<usize>,
    pub next: NodeId,
}

/// Names of graph inputs that no formula can write.
const LOSS: &str = "#loss";
const SINCE: &str = "#since";

impl Before {
    /// `None` where the stop rule asks for nothing of it. `period`: steps from one judged step to the next.
    pub fn new(
        stop: Option<&Stop>,
        (objective, precision): (&Objective, Precision),
        graph: &mut Graph,
        (loss, period): (NodeId, u32),
    ) -> Result<Option<Self>, ProblemError> {
        let reads = stop.map(|stop| stop.reads(objective)).filter(|reads| reads.change || reads.moved);
        let Some(reads) = reads else { return Ok(None) };
        let low = |name: &String| (precision == Precision::Compensated).then(|| low_name(name));
        let parts = |name: &String| std::iter::once(name.clone()).chain(low(name)).collect::<Vec<String>>();
        let both = |graph: &mut Graph, name: &String| (graph.input(name), graph.input(&before(name)));
        let held = if reads.moved || period > 1 { objective.parameters() } else { &[] };
        let parts: Vec<Vec<(NodeId, NodeId)>> =
            held.iter().map(|name| parts(name).iter().map(|part| both(graph, part)).collect()).collect();
        let loss_before = if period == 1 {
            graph.input(LOSS)
        } else {
            let there: Vec<NodeId> = parts.iter().map(|parts| parts[0].1).collect();
            objective.lower_at(graph, &there, Rows::All)?
        };
        let since = (period > 1).then(|| (graph.input(SINCE), period));
        Ok(Some(Self { parts, loss: (loss, loss_before), since }))
    }

    /// `change` and `move`.
    pub fn known(&self, graph: &mut Graph) -> Known<NodeId> {
        let (loss, before) = self.loss;
        Known { loss, change: relative(graph, loss, before), moved: self.moved(graph) }
    }

    /// Whether there is no step before the one that `number`, from 1, is made from.
    pub fn is_first(graph: &mut Graph, number: NodeId) -> NodeId {
        let second = graph.constant(1.5);
        graph.compare(Comparison::Less, number, second)
    }

    fn moved(&self, graph: &mut Graph) -> NodeId {
        let mut most = graph.constant(0.0);
        for parts in &self.parts {
            let mut moved = graph.constant(0.0);
            for (now, before) in parts {
                let part = graph.sub(*now, *before);
                moved = graph.add(moved, part);
            }
            let size = graph.unary(Unary::Abs, moved);
            most = graph.binary(Binary::Max, most, size);
        }
        most
    }

    /// What is carried on: in a judged step what is now, else what was.
    pub fn carried(&self, graph: &mut Graph, parameters: &[String]) -> Vec<Held> {
        let plain = |name: &str, next| Held { name: name.to_owned(), starts_with: None, next };
        let Some((since, period)) = self.since else {
            let loss = std::iter::once(plain(LOSS, self.loss.0));
            return loss.chain(self.held(parameters, &mut |now, _| now)).collect();
        };
        let [zero, half, one, last] = [0.0, 0.5, 1.0, f64::from(period) - 0.5].map(|value| graph.constant(value));
        let next = graph.add(since, one);
        let again = graph.compare(Comparison::Less, next, last);
        let count = plain(SINCE, graph.select(again, next, zero));
        let judged = graph.compare(Comparison::Less, since, half);
        std::iter::once(count).chain(self.held(parameters, &mut |now, was| graph.select(judged, now, was))).collect()
    }

    /// The parts of all parameters.
    fn held(&self, parameters: &[String], next: &mut dyn FnMut(NodeId, NodeId) -> NodeId) -> Vec<Held> {
        let mut all = Vec::new();
        for (at, (name, parts)) in parameters.iter().zip(&self.parts).enumerate() {
            let names = [(name.clone(), Some(at)), (low_name(name), None)];
            for ((now, was), (name, starts_with)) in parts.iter().zip(names) {
                all.push(Held { name: before(&name), starts_with, next: next(*now, *was) });
            }
        }
        all
    }
}

/// The graph's input for the low part of a parameter.
pub(super) fn low_name(name: &str) -> String {
    format!("{name}#lo")
}

/// The name of what a number was at the judged step before.
fn before(name: &str) -> String {
    format!("{name}#before")
}

/// |a − b| by the larger of |a| and |b|; 0 where they are equal.
fn relative(graph: &mut Graph, a: NodeId, b: NodeId) -> NodeId {
    let zero = graph.constant(0.0);
    let difference = graph.sub(a, b);
    let [difference, a_size, b_size] = [difference, a, b].map(|node| graph.unary(Unary::Abs, node));
    let size = graph.binary(Binary::Max, a_size, b_size);
    let share = graph.div(difference, size);
    let differ = graph.compare(Comparison::Less, zero, difference);
    graph.select(differ, share, zero)
}
