//! Cycles of the step map: solved for, with their multipliers.

use crate::sweep::{FormulaSweep, StepAt, StepMap, eigenvalues};
use nalgebra::{Complex, DMatrix, DVector};

/// The longest cycle that is looked for.
pub const MOST_PERIOD: usize = 64;
/// Most numbers that a step may carry, for their eigenvalues.
const MOST_CARRIED: usize = 24;

/// A cycle of the step map.
#[derive(Debug, Clone, PartialEq)]
pub struct Cycle {
    /// Everything that is carried at each of its points, in their order.
    pub points: Vec<Vec<f64>>,
    /// Eigenvalues of J once around, the largest magnitude first.
    pub multipliers: Vec<Complex<f64>>,
}

impl Cycle {
    /// How many steps it takes once around.
    pub fn period(&self) -> usize {
        self.points.len()
    }

    /// The multiplier of the largest magnitude.
    pub fn leading(&self) -> Complex<f64> {
        self.multipliers[0]
    }

    /// Whether what comes near comes nearer, beyond rounding.
    pub fn is_stable(&self) -> bool {
        const ROUNDING: f64 = 1e-12;
        self.leading().norm() < 1.0 - ROUNDING
    }

    /// Mean growth of a deviation per step, as a logarithm; −∞ where it vanishes once around.
    pub fn exponent(&self) -> f64 {
        self.leading().norm().ln() / self.period() as f64
    }
}

/// Why no cycle was solved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCycle {
    TooMuch,
    NotFinite,
    NotIsolated,
    Neutral,
    NotFound,
    /// What was found goes around in fewer steps.
    Shorter(usize),
}

impl NoCycle {
    /// In words.
    pub fn why(self) -> &'static str {
        match self {
            Self::TooMuch => "a step carries too many numbers for the eigenvalues of its derivative",
            Self::NotFinite => {
                "the derivative of a step is not finite there, as where a rule divides by a history of 0"
            }
            Self::NotIsolated => "its points are not isolated, as in a valley of minima",
            Self::Neutral => "deviations from it neither grow nor shrink",
            Self::NotFound => "Newton's method does not find it",
            Self::Shorter(_) => "it is a shorter one there",
        }
    }
}

/// The step map where one knob moves and all others stay.
#[derive(Debug)]
pub struct Slice<'a> {
    map: &'a StepMap<'a>,
    knobs: Vec<f64>,
    knob: usize,
    /// Number of the step, for rules that read it.
    step: f64,
}

/// Once around: its points, where it ends, and J.
struct Turn {
    points: Vec<Vec<f64>>,
    end: Vec<f64>,
    derivative: DMatrix<f64>,
}

impl<'a> Slice<'a> {
    /// Through a cell, along x; `step` is the number of the step.
    pub fn of(spec: &FormulaSweep, map: &'a StepMap<'a>, step: f64, (x, y): (usize, usize)) -> Self {
        Self { map, knobs: spec.knob_values(x, y), knob: spec.x.knob, step }
    }

    /// The step map that this is of.
    pub fn map(&self) -> &StepMap<'a> {
        self.map
    }

    /// The cycle of so many steps next to a point, where the knob has this value. `scale` is the size of what is carried.
    ///
    /// # Errors
    /// Why there is none.
    pub fn solve(&self, value: f64, period: usize, guess: &[f64], scale: f64) -> Result<Cycle, NoCycle> {
        const ROUNDS: usize = 40;
        /// Directions with less than this share of the largest slope are none.
        const SINGULAR: f64 = 1e-9;
        const CLOSED: f64 = 1e-10;
        if guess.len() > MOST_CARRIED {
            return Err(NoCycle::TooMuch);
        }
        let knobs = self.knobs_at(value);
        let mut here = guess.to_vec();
        let mut turn = self.turn(&knobs, &here, period)?;
        for _ in 0..ROUNDS {
            let error = gap(&turn.end, &here);
            let slope = &turn.derivative - DMatrix::identity(here.len(), here.len());
            let svd = slope.svd(true, true);
            let smallest = SINGULAR * svd.singular_values.amax();
            let Ok(step) = svd.solve(&error, smallest) else { return Err(NoCycle::NotFinite) };
            let next: Vec<f64> = here.iter().zip(&step).map(|(here, step)| here - step).collect();
            let Ok(there) = self.turn(&knobs, &next, period) else { break };
            if gap(&there.end, &next).amax() >= error.amax() {
                break;
            }
            (here, turn) = (next, there);
        }
        if gap(&turn.end, &here).amax() > CLOSED * scale {
            return Err(NoCycle::NotFound);
        }
        closed(turn, scale)
    }

    fn knobs_at(&self, value: f64) -> Vec<f64> {
        let mut knobs = self.knobs.clone();
        knobs[self.knob] = value;
        knobs
    }

    fn turn(&self, knobs: &[f64], from: &[f64], period: usize) -> Result<Turn, NoCycle> {
        let size = from.len();
        let (mut points, mut derivative) = (Vec::with_capacity(period), DMatrix::identity(size, size));
        let mut here = from.to_vec();
        for _ in 0..period {
            let at = StepAt { knobs, carried: &here, step: self.step, row: 0 };
            derivative = self.map.derivative(at) * derivative;
            let next = self.map.next(at);
            points.push(std::mem::replace(&mut here, next));
        }
        let finite = here.iter().chain(derivative.iter()).all(|value| value.is_finite());
        if finite { Ok(Turn { points, end: here, derivative }) } else { Err(NoCycle::NotFinite) }
    }
}

/// The cycle of a turn that ends where it began.
fn closed(turn: Turn, scale: f64) -> Result<Cycle, NoCycle> {
    /// Points nearer to each other than this are one: next to a fork a gap of its cube is what Newton's method can see.
    const SAME: f64 = 1e-4;
    /// A cycle whose deviations in some direction stay exactly is one of many.
    const NEUTRAL: f64 = 1e-9;
    let Turn { points, derivative, .. } = turn;
    let period = points.len();
    let repeats = |by: &usize| period.is_multiple_of(*by) && gap(&points[*by], &points[0]).amax() <= SAME * scale;
    if let Some(shorter) = (1..period).find(repeats) {
        return Err(NoCycle::Shorter(shorter));
    }
    let size = derivative.nrows();
    let slope = (&derivative - DMatrix::identity(size, size)).singular_values();
    if size > 1 && slope.min() <= NEUTRAL * slope.amax() {
        return Err(NoCycle::NotIsolated);
    }
    let mut multipliers = eigenvalues(&derivative).ok_or(NoCycle::NotFinite)?;
    multipliers.sort_by(|a, b| b.norm().total_cmp(&a.norm()));
    Ok(Cycle { points, multipliers })
}

/// How far one point is from another.
pub(super) fn gap(to: &[f64], from: &[f64]) -> DVector<f64> {
    DVector::from_iterator(to.len(), to.iter().zip(from).map(|(to, from)| to - from))
}
