//! The gradient flow ẋ = −∇f from where a descent starts: what it would do with ever smaller steps.
//!
//! Dormand and Prince 1980, "A family of embedded Runge-Kutta formulae": fifth order, with an error of fourth order by which
//! the steps are chosen. A crate of solvers was not worth its dependencies for one method of sixty lines.

use super::batch::Batch;
use super::formula::FormulaSweep;
use super::in_cell::InCell;
use crate::expr::NodeId;

/// The flow beside a descent, at the times at which the descent makes its steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GradientFlow {
    /// The sum of the learning rates up to each step.
    pub times: Vec<f64>,
    /// One list per parameter. Not numbers from where the flow could not be followed on.
    pub parameters: Vec<Vec<f64>>,
    pub losses: Vec<f64>,
    /// From the descent to the flow, over all parameters.
    pub distances: Vec<f64>,
}

/// Of a local error: relative to the size of the parameters, and absolutely.
const RELATIVE: f64 = 1e-11;
const ABSOLUTE: f64 = 1e-14;
/// Most evaluations of the gradient along one flow.
const MOST_EVALUATIONS: usize = 4_000_000;

impl GradientFlow {
    /// Beside the path of a cell: `path` has one list per parameter. The gradient is the one that the descent is given, over all
    /// rows of its data. `None` where the formula has no program in f64.
    pub fn beside(spec: &FormulaSweep, cell: (usize, usize), path: &[Vec<f64>]) -> Option<Self> {
        let slopes = Slopes::new(spec, cell)?;
        let steps = path.first().map_or(0, Vec::len);
        let start: Vec<f64> = path.iter().map(|list| list[0]).collect();
        let mut flow = Self { parameters: vec![Vec::with_capacity(steps); path.len()], ..Self::default() };
        let mut solver = Solver { slopes: &slopes, at: start, size: 0.0, evaluations: 0 };
        let alpha = slopes.0.knob("alpha").unwrap_or(f64::NAN);
        let mut time = 0.0;
        for step in 0..steps {
            if step > 0 {
                let rate = rate(spec, alpha, step);
                solver.go(rate);
                time += rate;
            }
            flow.times.push(time);
            flow.losses.push(slopes.loss_and_slopes(&solver.at).0);
            let apart = path.iter().zip(&solver.at).map(|(list, at)| list[step] - at);
            flow.distances.push(apart.fold(0.0, f64::hypot));
            flow.parameters.iter_mut().zip(&solver.at).for_each(|(list, at)| list.push(*at));
        }
        Some(flow)
    }
}

/// Loss and gradient in one cell.
struct Slopes<'a>(InCell<'a>);

impl<'a> Slopes<'a> {
    fn new(spec: &'a FormulaSweep, cell: (usize, usize)) -> Option<Self> {
        let program = spec.wide_program(Batch::Full)?;
        let roots: Vec<NodeId> = std::iter::once(program.loss).chain(program.gradient.iter().copied()).collect();
        Some(Self(InCell::new(spec, cell, program, &roots)))
    }

    fn loss_and_slopes(&self, point: &[f64]) -> (f64, Vec<f64>) {
        let mut values = self.0.at(point);
        let slopes = values.split_off(1);
        (values[0], slopes)
    }
}

/// The learning rate of a step, counted from 1.
fn rate(spec: &FormulaSweep, alpha: f64, step: usize) -> f64 {
    let steps = spec.limits.steps.max(1);
    spec.schedule.as_ref().map_or(alpha, |schedule| alpha * schedule.factor(step as u32, steps))
}

/// A flow on its way.
struct Solver<'a> {
    slopes: &'a Slopes<'a>,
    at: Vec<f64>,
    /// Of the next step, in time; 0 before the first.
    size: f64,
    evaluations: usize,
}

/// Times, weights of earlier stages, and the two answers of Dormand and Prince's method.
const STAGES: [&[f64]; 6] = [
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// The fifth order minus the fourth.
const ERROR: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339_200.0, 22.0 / 525.0, -1.0 / 40.0];

impl Solver<'_> {
    /// Goes on for a time, backwards where it is below 0. Where that takes too much, or ends at what is no number, nothing of it
    /// is a number.
    fn go(&mut self, time: f64) {
        const SLOWEST: f64 = 0.2;
        const FASTEST: f64 = 5.0;
        const SAFE: f64 = 0.9;
        let mut left = time;
        if self.size == 0.0 {
            self.size = time / 16.0;
        }
        while left != 0.0 {
            let step = if self.size.abs() < left.abs() { self.size } else { left };
            let (next, error) = self.tried(step);
            if self.evaluations > MOST_EVALUATIONS || !step.is_finite() || step.abs() <= f64::MIN_POSITIVE {
                self.at.fill(f64::NAN);
                return;
            }
            let factor = if error.is_finite() { (SAFE * error.powf(-0.2)).clamp(SLOWEST, FASTEST) } else { SLOWEST };
            if error <= 1.0 {
                self.at = next;
                left -= step;
                // A step that was cut short by the end says nothing about the next.
                self.size = if step == self.size || factor < 1.0 { step * factor } else { self.size };
            } else {
                self.size = step * factor;
            }
        }
    }

    /// Where a step leads, and its error: up to 1 is good enough.
    fn tried(&mut self, step: f64) -> (Vec<f64>, f64) {
        let mut slopes = vec![self.slopes.loss_and_slopes(&self.at).1];
        let mut next = self.at.clone();
        for weights in STAGES {
            next.clone_from(&self.at);
            for (weight, slope) in weights.iter().zip(&slopes) {
                // Downhill.
                next.iter_mut().zip(slope).for_each(|(next, slope)| *next -= step * weight * slope);
            }
            slopes.push(self.slopes.loss_and_slopes(&next).1);
        }
        self.evaluations += slopes.len();
        let size = self.at.iter().chain(&next).fold(0.0_f64, |most, value| most.max(value.abs()));
        let error = |at: usize| ERROR.iter().zip(&slopes).map(|(weight, slope)| weight * slope[at]).sum::<f64>();
        let errors = (0..next.len()).map(|at| (step * error(at)).abs());
        // A maximum would lose a number that is none.
        (next, errors.sum::<f64>() / (ABSOLUTE + RELATIVE * size))
    }
}
