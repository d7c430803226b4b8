//! Every point of one descent.

use super::follow::Follower;
use super::formula::FormulaSweep;
use super::precision::Precision;
use crate::expr::Real;

/// Where a descent was, step by step, from its start to the step at which it ended. Where a number left the working
/// precision it is infinite or not a number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Path {
    /// Over all rows of data, also where steps take batches.
    pub losses: Vec<f64>,
    /// One list per parameter.
    pub parameters: Vec<Vec<f64>>,
    /// One list per parameter: the gradient that the next step would take.
    pub gradients: Vec<Vec<f64>>,
    /// The last step at which the descent was judged and everything was finite; what engines report is from there.
    pub shown: usize,
}

impl Path {
    /// Follows the descent of a cell for `steps` steps, in the precision of the spec.
    pub fn follow(spec: &FormulaSweep, (x, y): (usize, usize), steps: u32) -> Self {
        match spec.program.precision {
            Precision::F32 | Precision::Compensated => Self::walk(Follower::<f32>::new(spec, x, y), spec, steps),
            Precision::F64 => Self::walk(Follower::<f64>::new(spec, x, y), spec, steps),
        }
    }

    fn walk<T: Real>(mut follower: Follower<'_, T>, spec: &FormulaSweep, steps: u32) -> Self {
        let parameters = spec.program.parameters.len();
        let none = vec![Vec::with_capacity(steps as usize + 1); parameters];
        let mut path = Self { losses: Vec::new(), parameters: none.clone(), gradients: none, shown: 0 };
        loop {
            let (step, loss) = (follower.steps(), follower.loss().to_f64());
            path.losses.push(loss);
            for (list, value) in path.parameters.iter_mut().zip(follower.parameters()) {
                list.push(value);
            }
            for (list, value) in path.gradients.iter_mut().zip(follower.gradient()) {
                list.push(value.to_f64());
            }
            let judged = step.is_multiple_of(spec.program.period()) || step == spec.limits.steps;
            if judged && loss.is_finite() && follower.is_sane() {
                path.shown = step as usize;
            }
            if step == steps {
                return path;
            }
            follower.advance();
        }
    }

    /// Steps made.
    pub fn steps(&self) -> usize {
        self.losses.len() - 1
    }

    /// The parameters after a step.
    pub fn point(&self, step: usize) -> Vec<f64> {
        self.parameters.iter().map(|list| list[step]).collect()
    }
}
