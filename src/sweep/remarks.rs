//! Notes about requests that get nowhere.

use super::common::{Knob, Limits, Source, SweepAxis};
use super::note::Note;
use crate::expr::{Binary, Graph, Node, NodeId};
use crate::problem::Objective;

/// What is to be said of learning rates and steps.
pub(super) fn common_notes(x: &SweepAxis, y: Option<&SweepAxis>, knobs: &[Knob], limits: &Limits) -> Vec<Note> {
    const ALPHA: &str = "alpha";
    let counted = |axis: &SweepAxis| (axis.axis.values().filter(|value| *value <= 0.0).count(), axis.axis.len());
    let axis = std::iter::once(x).chain(y).find(|axis| axis.name == ALPHA);
    // Most axes are above 0 at their lower end, and may have very many values.
    let of_axis = axis.filter(|axis| axis.axis.bounds().0 <= 0.0).map(counted);
    let of_knob = knobs.iter().find(|knob| knob.name == ALPHA).and_then(|knob| match knob.source {
        Source::Fixed(value) => Some((usize::from(value <= 0.0), 1)),
        _ => None,
    });
    let found = of_axis.or(of_knob).filter(|(values, _)| *values > 0);
    let rates = found.map(|(values, of)| Note::NotPositive { values, of });
    rates.into_iter().chain((limits.steps == 0).then_some(Note::NoSteps)).collect()
}

/// Parameters that no one moves and that may be columns of data that were not given: of a formula that multiplies parameters,
/// as `w*x` does, those that begin at 0 for want of anything else.
pub(super) fn forgotten_data(objective: &Objective, notes: &[Note]) -> Option<Note> {
    const FEW: usize = 2;
    let at_zero = |note: &Note| match note {
        Note::StartsAtZero { parameter } => Some(parameter.clone()),
        _ => None,
    };
    let parameters: Vec<String> = notes.iter().filter_map(at_zero).collect();
    if parameters.len() < FEW || objective.row().is_some() || objective.rows().is_some() {
        return None;
    }
    let mut graph = Graph::new();
    objective.lower(&mut graph).ok()?;
    let moves = |id: NodeId| matches!(graph.node(id), Node::Input(_)) && !graph.is_fixed(id);
    let is_product = |node: &Node| matches!(*node, Node::Binary(Binary::Mul, a, b) if a != b && moves(a) && moves(b));
    graph.nodes().iter().any(is_product).then_some(Note::NoData { parameters })
}
