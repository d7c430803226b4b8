//! Whether the working precision can tell apart the points of a central difference.

use super::common::{Line, Source, SweepAxis};
use super::error::RequestError;
use super::formula::FormulaSweep;
use super::resolution::ulp;
use crate::problem::Gradient;

/// Below so many units in the last place of a start, p + h and p − h are rounded so coarsely that their distance is no 2h, and
/// the quotient no slope: at less than half a unit it is 0.
const FEWEST_ULPS: f64 = 16.0;

impl FormulaSweep {
    /// Refuses central differences against the grain of the starts. `compensated` takes loss and slope at the high part, so
    /// its grain is that of f32.
    pub(super) fn check_grain(&self) -> Result<(), RequestError> {
        let Gradient::Central(width) = self.gradient else { return Ok(()) };
        let precision = self.precision;
        let starts = self.objective.parameters().iter().zip(self.largest_starts());
        let coarsest = starts.map(|(name, start)| (ulp(start, precision), name, start));
        let Some((unit, name, start)) = coarsest.max_by(|a, b| a.0.total_cmp(&b.0)) else { return Ok(()) };
        if width >= FEWEST_ULPS * unit {
            return Ok(());
        }
        let message = format!(
            "H is {:.2} units in the last place of {} where {name} starts at {start}, and the difference is rounding there; \
             take at least {FEWEST_ULPS} of them, such as central:{}{}",
            width / unit,
            precision.of_inputs(),
            rounded_up(FEWEST_ULPS * unit),
            precision.way_out()
        );
        Err(RequestError::new("--gradient", &self.gradient, message))
    }

    /// The largest |start| of each parameter on the grid.
    fn largest_starts(&self) -> Vec<f64> {
        let first = self.program.knobs.len() - self.program.parameters.len();
        let of_axis = |axis: &SweepAxis| {
            let (lo, hi) = axis.axis.bounds();
            lo.abs().max(hi.abs())
        };
        let of_line = |line: &Line, axis: Option<&SweepAxis>| match line {
            Line::Axis => axis.map_or(0.0, of_axis),
            Line::Values(values) => values.iter().fold(0.0, |most: f64, value| most.max(value.abs())),
            Line::Index => unreachable!("a start is no place on an axis"),
        };
        let largest = |source: Source| match source {
            Source::Fixed(value) => value.abs(),
            Source::X(line) => of_line(&self.x_lines[line], Some(&self.x)),
            Source::Y(line) => of_line(&self.y_lines[line], self.y.as_ref()),
        };
        self.knobs[first..].iter().map(|knob| largest(knob.source)).collect()
    }
}

/// The next number of one digit, as text.
fn rounded_up(value: f64) -> String {
    let exponent = value.log10().floor() as i32;
    let digit = (value / 10_f64.powi(exponent)).ceil();
    if digit >= 10.0 { format!("1e{}", exponent + 1) } else { format!("{digit}e{exponent}") }
}
