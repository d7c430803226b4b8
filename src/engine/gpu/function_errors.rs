//! How far an adapter's elementary functions are from the truth: ours, made of primitive operations, and the driver's own.

use super::context::GpuOptions;
use super::engine::GpuEngine;
use super::values::{Formula, formula_of_two};
use crate::engine::EngineError;
use crate::expr::{Binary, Unary};
use serde::Serialize;

/// The largest errors of a function, in units in the last place of f32.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunctionError {
    pub name: &'static str,
    pub ours: f64,
    pub of_driver: f64,
    /// Values of ours with other bits than the CPU's.
    pub differ: usize,
    /// Values that were compared.
    pub values: usize,
}

type Of<T> = Box<dyn Fn(&[f64]) -> T>;

/// A function with its value on the CPU, in f32 and, for the truth, in f64.
struct Tried {
    name: &'static str,
    formula: Formula,
    single: Of<f32>,
    truth: Of<f64>,
}

/// Every function that is not exact by itself.
fn tried() -> Vec<Tried> {
    let unary = Unary::ALL.iter().filter(|op| op.row().native.is_some()).map(|op| Tried {
        name: op.row().called(),
        formula: formula_of_two(|graph, [a, _]| graph.unary(*op, a)),
        single: Box::new(|point| op.value(point[0] as f32)),
        truth: Box::new(|point| op.value(point[0])),
    });
    let binary = Binary::ALL.iter().filter(|op| op.row().native.is_some()).map(|op| Tried {
        name: op.row().called(),
        formula: formula_of_two(|graph, [a, b]| graph.binary(*op, a, b)),
        single: Box::new(|point| op.value(point[0] as f32, point[1] as f32)),
        truth: Box::new(|point| op.value(point[0], point[1])),
    });
    unary.chain(binary).collect()
}

/// Points of both signs and of sizes from 1e-4 to 100, as f32 holds them.
fn points() -> Vec<Vec<f64>> {
    const COUNT: u32 = 2048;
    let size = |at: u32, turns: f64| {
        let share = (f64::from(at) * turns).fract();
        let value = 10_f64.powf(6.0 * share - 4.0) * if at.is_multiple_of(2) { 1.0 } else { -1.0 };
        f64::from(value as f32)
    };
    // Multiples of the golden and the silver ratio fill an interval without a pattern.
    (0..COUNT)
        .map(|at| vec![size(at, 0.618_033_988_749_895), size(at / 2, 0.414_213_562_373_095).clamp(-9.0, 9.0)])
        .collect()
}

impl GpuEngine {
    /// The errors of each function over some thousand points.
    ///
    /// # Errors
    /// The machine's [`EngineError`]s.
    pub fn function_errors(&self) -> Result<Vec<FunctionError>, EngineError> {
        let (tried, points) = (tried(), points());
        let formulas: Vec<Formula> = tried.iter().map(|tried| tried.formula.clone()).collect();
        let ours = self.values(&formulas, &points, false)?;
        let native = GpuOptions { native_functions: true, ..self.options() };
        let of_driver = self.values_with(native, &formulas, &points, false)?;
        let number = |bits: &u64| f32::from_bits(*bits as u32);
        let rows = tried.iter().zip(ours.iter().zip(&of_driver));
        Ok(rows
            .map(|(function, (ours, driver))| {
                let mut found = FunctionError { name: function.name, ours: 0.0, of_driver: 0.0, differ: 0, values: 0 };
                for ((point, ours), driver) in points.iter().zip(ours.iter().map(number)).zip(driver.iter().map(number))
                {
                    let (expected, truth) = ((function.single)(point), (function.truth)(point));
                    found.values += 1;
                    found.differ +=
                        usize::from(ours.to_bits() != expected.to_bits() && !(ours.is_nan() && expected.is_nan()));
                    if truth.is_finite()
                        && truth.abs() < f64::from(f32::MAX)
                        && truth.abs() > f64::from(f32::MIN_POSITIVE)
                    {
                        found.ours = found.ours.max(ulps(ours, truth));
                        found.of_driver = found.of_driver.max(ulps(driver, truth));
                    }
                }
                found
            })
            .collect())
    }
}

/// The distance in units of the last of the 24 bits that a number of the truth's size has.
fn ulps(got: f32, truth: f64) -> f64 {
    let unit = f64::from_bits(truth.to_bits() & (0x7ff << 52)) * 2_f64.powi(-23);
    let distance = (f64::from(got) - truth).abs() / unit;
    if distance.is_nan() { f64::INFINITY } else { distance }
}
