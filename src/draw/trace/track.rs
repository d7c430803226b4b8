//! One descent in one panel: what is shown of it, and how it ends there.

use crate::draw::canvas::Point;

/// What a line shows of a descent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// The loss over the only parameter.
    LossOverParameter,
    LossOverSteps,
    /// The second parameter over the first.
    Plane,
    ParameterOverSteps(usize),
    /// A formula that is shown besides.
    Shown(usize),
    /// The largest curvature.
    Sharpness,
    /// The distance to the gradient flow.
    FlowDistance,
}

impl Shows {
    /// Whether it runs along steps; the numbers of the descents then stand at the right.
    pub fn over_steps(self) -> bool {
        !matches!(self, Self::LossOverParameter | Self::Plane)
    }
}

/// One descent in one panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Track {
    pub panel: usize,
    /// Position among the descents that are drawn.
    pub nth: usize,
    pub shows: Shows,
    /// How it leaves the panel, or else where it ends on it.
    pub leaving: Option<Leaving>,
    pub end: Option<Point>,
}

/// How a descent leaves a panel for good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leaving {
    /// The step that takes it out.
    pub step: usize,
    /// Where it was on the panel before, and where it crosses the edge.
    pub from: Point,
    pub edge: Point,
}
