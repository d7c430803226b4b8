//! What goes from step to step, and what a step reads.

use crate::expr::NodeId;

/// Where an input of the graph comes from; in the order of [`Graph::inputs`](crate::expr::Graph::inputs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Position in [`Program::knobs`](super::Program::knobs).
    Knob(usize),
    /// Position in [`Program::carried`](super::Program::carried).
    Carried(usize),
    /// The number of the step about to be made, from 1.
    StepNumber,
    /// One of the two uniform numbers of a parameter's noise in the step:
    /// [`noise_half`](crate::problem::random::noise_half), for the cell that [`Program::noise`](super::Program::noise) names.
    Drawn { parameter: u32, half: u32 },
}

/// A value that goes from step to step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    pub initial: InitialValue,
    /// Its value for the next step.
    pub next: NodeId,
}

/// What a carried value is before step 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitialValue {
    Zero,
    /// Position in [`Program::knobs`](super::Program::knobs).
    Knob(usize),
}

/// Where a parameter is carried. Its value is the sum of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// Position in [`Program::carried`](super::Program::carried); loss and gradient are taken here.
    pub hi: usize,
    /// Position of the low part, where the precision has one.
    pub lo: Option<usize>,
}

/// A carried number before and after a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub now: NodeId,
    pub next: NodeId,
}
