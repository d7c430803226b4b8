//! The edge of stability: the curvature at which a rule, with its numbers as they are, can just not stay at a minimum.

use super::theory::{NoLimit, Rest, Stability};
use crate::sweep::{Axis, Request, SweepCommon, of_one_parameter};
use nalgebra::DMatrix;

/// Names that no formula of a user is likely to have: a rule may read any other.
const CURVATURE: &str = "edge_curvature";
const POINT: &str = "edge_point";

/// Whether a learning rate is that of one layer.
fn of_one_layer(name: &str) -> bool {
    name.strip_prefix("alpha_").is_some_and(|layer| layer.parse::<usize>().is_ok())
}

/// The largest curvature at which the rule of a cell's descent or training is stable on a parabola, by the derivative of its
/// step; 2/α for gradient descent. Steps are those before a schedule, over all rows.
///
/// # Errors
/// Why there is none.
pub fn edge_of_stability(spec: &SweepCommon, (x, y): (usize, usize)) -> Result<f64, NoLimit> {
    const ROUNDS: usize = 60;
    const NEAR: f64 = 1e-11;
    let value = |name: &str| spec.knobs.iter().find(|knob| knob.name == name).map(|knob| spec.knob_value(knob, x, y));
    // A layer or a parameter with a rate of its own: there is no one edge.
    let is_of_one = |name: &str| of_one_parameter(name).is_some() || (!spec.title.is_formula && of_one_layer(name));
    if spec.knobs.iter().any(|knob| is_of_one(&knob.name)) {
        return Err(NoLimit::SeveralRates);
    }
    let alpha = value("alpha").filter(|alpha| *alpha > 0.0).ok_or(NoLimit::Unknown)?;
    let parabola = Request::parse(&format!("{CURVATURE}*{POINT}^2/2")).map_err(|_| NoLimit::Unknown)?;
    let mut parabola = parabola.constant(CURVATURE, 1.0).rule(spec.rule.clone()).vary("alpha", Axis::one(alpha));
    for (name, _) in spec.rule.hyperparameters().iter().filter(|(name, _)| name != "alpha") {
        parabola = parabola.set(name, value(name).ok_or(NoLimit::Unknown)?);
    }
    let start = format!("{POINT}_start");
    let parabola = parabola.set(start.as_str(), 1.0).steps(u64::from(spec.limits.steps)).gtol(0.0);
    let parabola = parabola.resolve().map_err(|_| NoLimit::Unknown)?;
    let stability = Stability::new(&parabola).ok_or(NoLimit::Unknown)?;
    let knob = parabola.program.knob(CURVATURE).ok_or(NoLimit::Unknown)?;
    // The limit of most rules is in proportion to 1/λ, and then the first round is the last but one.
    let mut curvature = 1.0 / alpha;
    for _ in 0..ROUNDS {
        let k = DMatrix::from_element(1, 1, curvature);
        let rest = Rest { point: &[0.0], k: &k, sharpness: curvature };
        let ratio = stability.limit_where(rest, &[(knob, curvature)])? / alpha;
        curvature *= ratio;
        if (ratio - 1.0).abs() <= NEAR {
            return Ok(curvature);
        }
    }
    Err(NoLimit::Unknown)
}
