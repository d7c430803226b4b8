//! What a point is at which a descent came to rest: a minimum, and nothing else is called one.

use crate::sweep::{Derivatives, FormulaSweep, GradientDerivative, KnobsAndPoint, least_and_largest};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// What a point of rest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RestClass {
    /// The loss rises in every direction.
    Minimum,
    /// A minimum that is a line or a surface: along it the loss stays the same.
    Valley,
    /// The loss falls in some directions and rises in others.
    Saddle,
    /// It rises in none.
    Maximum,
    /// It is the same all around, or falls so little that descent stopped.
    Plateau,
}

impl RestClass {
    /// With its article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Minimum => "a minimum",
            Self::Valley => "a valley of minima",
            Self::Saddle => "a saddle",
            Self::Maximum => "a maximum",
            Self::Plateau => "a plateau",
        }
    }

    /// Whether what comes near leaves again.
    pub fn is_unstable(self) -> bool {
        matches!(self, Self::Saddle | Self::Maximum)
    }

    /// Whether descent can stay.
    pub fn is_minimum(self) -> bool {
        matches!(self, Self::Minimum | Self::Valley)
    }
}

/// A point of rest, moved to where the gradient is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub class: RestClass,
    pub point: Vec<f64>,
    pub loss: f64,
    /// The derivative there of the gradient that the rule is given.
    pub k: DMatrix<f64>,
    /// The largest and the least curvature. 0 where the loss is flatter than any parabola.
    pub sharpness: f64,
    pub least: f64,
}

/// Eigenvalues this small beside the largest are 0.
const NOTHING: f64 = 1e-8;
/// Below this a curvature is rounding, not shape.
const FLATTEST: f64 = 1e-12;
/// Directions with less than this share of the largest curvature run along a valley.
const ALONG: f64 = 1e-3;

/// Finds out what points are.
pub struct Rests<'a, 'b> {
    derivative: &'a GradientDerivative<'b>,
    spec: &'a FormulaSweep,
    knobs: &'a [f64],
}

impl<'a, 'b> Rests<'a, 'b> {
    /// Of the gradient of a sweep, where its knobs have these values.
    pub fn new(derivative: &'a GradientDerivative<'b>, spec: &'a FormulaSweep, knobs: &'a [f64]) -> Self {
        Self { derivative, spec, knobs }
    }

    /// Loss, gradient and K.
    pub fn at(&self, point: &[f64]) -> Derivatives {
        self.derivative.at(&[KnobsAndPoint { knobs: self.knobs, point }]).swap_remove(0)
    }

    fn settle(&self, point: &[f64], here: Derivatives, least: f64) -> (Vec<f64>, Derivatives) {
        self.derivative.settle(KnobsAndPoint { knobs: self.knobs, point }, here, least)
    }

    /// What there is next to a point where a descent ended. `None` where it only ended because its stop rule held, or
    /// nothing is finite.
    pub fn found(&self, end: &[f64]) -> Option<Found> {
        let at_end = self.at(end);
        let bent = at_end.k.amax();
        let (point, here) = self.settle(end, at_end, ALONG);
        let (mut point, here) = self.settle(&point, here, NOTHING);
        without_rounding(&mut point);
        let (least, largest) = least_and_largest(&here.k)?;
        if !here.loss.is_finite() || !here.gradient.iter().all(|slope| slope.is_finite()) {
            return None;
        }
        let found = |class, sharpness, least| {
            Some(Found { class, point: point.clone(), loss: here.loss, k: here.k.clone(), sharpness, least })
        };
        if !is_at_rest(&point, &here) {
            let stopped = self.spec.stop.is_some() || here.gradient.amax() > 1e-3;
            return if stopped { None } else { found(RestClass::Plateau, largest, least) };
        }
        // On the way to the bottom of a quartic the curvature vanishes, and what is left of it depends on the way.
        let is_flat = largest <= FLATTEST || largest < 1e-3 * bent;
        let sharpness = if is_flat { 0.0 } else { largest };
        if !is_flat && least < -NOTHING * largest {
            let all_fall = least_and_largest(&-&here.k).is_some_and(|(rising, _)| rising >= -NOTHING * largest);
            return found(if all_fall { RestClass::Maximum } else { RestClass::Saddle }, sharpness, least);
        }
        let class = self.class_by_walking(&point, &here, if is_flat { f64::INFINITY } else { NOTHING * largest });
        found(class, sharpness, if is_flat { 0.0 } else { least })
    }

    /// The class where no curvature is negative: by what the loss does in the directions in which it is flat, down to which
    /// size a curvature counts as none.
    fn class_by_walking(&self, point: &[f64], here: &Derivatives, none: f64) -> RestClass {
        const FAR: f64 = 1e-2;
        let eigen = ((&here.k + here.k.transpose()) * 0.5).symmetric_eigen();
        let flat: Vec<usize> = (0..point.len()).filter(|at| eigen.eigenvalues[*at].abs() <= none).collect();
        let start = DVector::from_column_slice(point);
        let distance = FAR * (1.0 + start.amax());
        let rounding = 1e-9 * here.k.amax() * distance * distance * if none.is_finite() { 1.0 } else { 0.0 }
            + 1e-12 * here.loss.abs();
        let mut stays = false;
        for (at, sign) in flat.iter().flat_map(|at| [(*at, 1.0), (*at, -1.0)]) {
            let there = &start + eigen.eigenvectors.column(at) * (sign * distance);
            // A valley may be bent: back to its floor first.
            let mut at_there = self.at(there.as_slice());
            if none.is_finite() {
                at_there = self.settle(there.as_slice(), at_there, ALONG).1;
            }
            if at_there.loss < here.loss - rounding {
                return RestClass::Saddle;
            }
            stays |= at_there.loss <= here.loss + rounding;
        }
        match (stays, flat.len() == point.len()) {
            (false, _) => RestClass::Minimum,
            (true, false) => RestClass::Valley,
            (true, true) => RestClass::Plateau,
        }
    }
}

/// What is nothing beside the other coordinates is 0.
fn without_rounding(point: &mut [f64]) {
    let size = point.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    point.iter_mut().filter(|value| value.abs() < 1e-14 * size).for_each(|value| *value = 0.0);
}

/// Whether Newton's method would stay.
fn is_at_rest(point: &[f64], here: &Derivatives) -> bool {
    const NEAR: f64 = 1e-6;
    if here.gradient.amax() == 0.0 {
        return true;
    }
    let smallest = NOTHING * here.k.amax();
    let step = here.k.clone().svd(true, true).solve(&here.gradient, smallest);
    let size = 1.0 + point.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    // Where K is 0 there is no step, and a slope that is not 0.
    let steep = here.k.amax() <= FLATTEST && here.gradient.amax() > FLATTEST;
    !steep && step.is_ok_and(|step| step.amax() <= NEAR * size)
}
