//! Theorems about where a descent converges, and engines held against them.
//!
//! Nothing in the table comes from this project: its formulas follow from p ← p − α f'(p). Each is tried on random
//! pairs of values, away from a thin band at the boundary where rounding, or the number of steps, still decides.

use super::check::{Map, Measured, along, asked, rule};
use crate::engine::{Engine, EngineError};
use crate::problem::random::{Stream, uniform};
use crate::sweep::{Axis, Outcome, Precision, Request};

/// What a theorem says of a cell; nothing inside the band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    Converges,
    /// Does not diverge; may converge or not.
    Bounded,
    /// Does not diverge and does not converge.
    Wanders,
    Diverges,
}

impl Law {
    fn allows(self, outcome: Outcome) -> bool {
        match self {
            Self::Converges => outcome == Outcome::Converged,
            Self::Bounded => outcome != Outcome::Diverged,
            Self::Wanders => outcome != Outcome::Diverged && !outcome.has_arrived(),
            Self::Diverges => outcome == Outcome::Diverged,
        }
    }
}

/// A theorem.
#[derive(Debug, Clone, Copy)]
pub struct LawRow {
    /// Objective, rule, and the statement.
    pub name: &'static str,
    /// The pairs that are tried, as a sweep.
    pub request: fn() -> Request,
    /// What it says of (x, y) of the sweep, outside a band of the given width.
    pub law: fn(f64, f64, f64) -> Option<Law>,
    /// Width of the band (relative to the boundary) in f32 and in f64.
    pub band: (f64, f64),
}

/// Values per axis.
const SIDE: u32 = 104;
/// A descent within this of a limit (relative) may need more than 10⁴ steps to show where it goes.
const SLOW: f64 = 0.002;
/// Curvature and start of the quadratics with momentum.
const LAMBDA: f64 = 1.3;
/// Learning rate and constant of the product.
const PRODUCT: (f64, f64) = (0.5, 1.1);

/// Every theorem.
pub const LAWS: &[LawRow] = &[
    LawRow {
        name: "λx²/2, gd: αλ < 2",
        request: quadratic,
        law: |alpha, _, band| limit(alpha * LAMBDA / 2.0, band),
        band: (SLOW, SLOW),
    },
    LawRow {
        name: "λx²/2, momentum: αλ < 2+2m",
        request: || with_momentum("momentum", 1),
        law: |alpha, m, band| limit(alpha * LAMBDA / (2.0 + 2.0 * m), band),
        band: (SLOW, SLOW),
    },
    LawRow {
        name: "λx²/2, nesterov: αλ < (2+2m)/(1+2m)",
        request: || with_momentum("nesterov", 2),
        law: |alpha, m, band| limit(alpha * LAMBDA / ((2.0 + 2.0 * m) / (1.0 + 2.0 * m)), band),
        band: (SLOW, SLOW),
    },
    LawRow {
        name: "λx²/2, averaged-momentum: αλ < (2+2m)/(1-m)",
        request: || with_momentum("averaged-momentum", 3),
        law: |alpha, m, band| limit(alpha * LAMBDA / ((2.0 + 2.0 * m) / (1.0 - m)), band),
        band: (SLOW, SLOW),
    },
    // x ← x(1−αx²): the distance to the boundary grows fivefold each step.
    LawRow {
        name: "x⁴/4: diverges iff αx₀² > 2",
        request: || starts("quartic", 4, |u| 0.01 * 1000_f64.powf(u), (-8.0, 8.0)).steps(2000),
        law: |alpha, x, band| match alpha * x * x / 2.0 {
            part if part < 1.0 - band => Some(Law::Bounded),
            part if part > 1.0 + band => Some(Law::Diverges),
            _ => None,
        },
        band: (1e-6, 1e-12),
    },
    LawRow {
        name: "double well: bounded iff |x₀| ≤ √(1+2/α)",
        request: || starts("double-well", 5, |u| 0.01 + 1.99 * u, (-4.0, 4.0)),
        law: double_well,
        band: (1e-6, 1e-12),
    },
    LawRow {
        name: "logistic map: bounded iff -1/α ≤ x₀ ≤ 1",
        request: || starts("logistic-map", 6, |u| 0.1 + 2.89 * u, (-2.0, 1.5)),
        law: logistic_map,
        band: (1e-5, 1e-11),
    },
    LawRow {
        name: "(xy-c)²/2: converges inside its ellipse",
        request: product,
        law: |x, y, band| {
            let (alpha, c) = PRODUCT;
            let ellipse = (x + y).powi(2) / (4.0 * (2.0 / alpha + c)) + (x - y).powi(2) / (4.0 * (2.0 / alpha - c));
            limit(ellipse, band)
        },
        band: (0.005, 0.005),
    },
];

/// Converges below the limit and diverges above it; `part` is the share of the limit.
fn limit(part: f64, band: f64) -> Option<Law> {
    match part {
        part if part < 1.0 - band => Some(Law::Converges),
        part if part > 1.0 + band => Some(Law::Diverges),
        _ => None,
    }
}

/// At α = 1 the minima ±1 attract or repel too slowly for 10⁴ steps.
fn double_well(alpha: f64, x: f64, band: f64) -> Option<Law> {
    match x.abs() / (1.0 + 2.0 / alpha).sqrt() {
        part if part > 1.0 + band => Some(Law::Diverges),
        part if part > 1.0 - band => None,
        _ if alpha < 0.99 => Some(Law::Converges),
        _ if alpha > 1.01 => Some(Law::Wanders),
        _ => Some(Law::Bounded),
    }
}

/// At α = 2 the minimum attracts or repels too slowly for 10⁴ steps.
fn logistic_map(alpha: f64, x: f64, band: f64) -> Option<Law> {
    let (low, high) = (-1.0 / alpha, 1.0);
    let near = |edge: f64| (x - edge).abs() < band * edge.abs();
    match () {
        () if near(low) || near(high) => None,
        () if x < low || x > high => Some(Law::Diverges),
        () if alpha < 1.997 => Some(Law::Converges),
        () if alpha > 2.003 => Some(Law::Wanders),
        () => Some(Law::Bounded),
    }
}

/// [`SIDE`] values without pattern, made of numbers in [0, 1).
fn spread(which: u32, value: impl Fn(f64) -> f64) -> Axis {
    along(Axis::list((0..SIDE).map(|at| value(uniform(1, Stream::Start, which, at)))))
}

fn bowl_of(lambda: f64) -> Request {
    asked("lambda*x^2/2").constant("lambda", lambda).steps(10_000)
}

/// Every second α lies within a twentieth of the limit.
fn quadratic() -> Request {
    let share = |u: f64| if u < 0.5 { 0.01 * 250_f64.powf(2.0 * u) } else { 0.95 + 0.2 * (u - 0.5) };
    let alphas = spread(10, |u| share(u) * 2.0 / LAMBDA);
    let starts =
        spread(11, |u| if u < 0.5 { -0.01 * 1000_f64.powf(2.0 * u) } else { 0.01 * 1000_f64.powf(2.0 * u - 1.0) });
    bowl_of(LAMBDA).vary("alpha", alphas).vary("x_start", starts)
}

fn with_momentum(rule: &str, number: u32) -> Request {
    let half = match rule {
        "nesterov" => 1.5,
        "averaged-momentum" => 6.0,
        _ => 3.0,
    };
    let alphas = spread(20 + number, |u| 0.2 * 10_f64.powf(u) * half / LAMBDA);
    let momenta = spread(30 + number, |u| 0.97 * u);
    bowl_of(LAMBDA).rule(self::rule(rule)).vary("alpha", alphas).vary("momentum", momenta).set("x_start", -2.5)
}

fn starts(objective: &str, number: u32, alpha: fn(f64) -> f64, (lo, hi): (f64, f64)) -> Request {
    let (alphas, starts) = (spread(40 + number, alpha), spread(50 + number, |u| lo + (hi - lo) * u));
    asked(objective).vary("alpha", alphas).vary_start(starts).steps(10_000)
}

fn product() -> Request {
    let (alpha, c) = PRODUCT;
    let reach = 2.5 / alpha.sqrt();
    let [x, y] = [60, 61].map(|which| spread(which, |u| reach * (2.0 * u - 1.0)));
    let request = asked("xy").vary("x_start", x).vary("y_start", y).steps(20_000);
    request.set("c", c).set("alpha", alpha)
}

/// Holds an engine against a theorem, in each of the precisions.
///
/// # Errors
/// As [`Engine::run`].
pub fn law(row: &LawRow, engine: &dyn Engine, precisions: &[Precision]) -> Result<Measured, EngineError> {
    let (mut pairs, mut banded, mut wrong) = (0_u32, 0_u32, 0_u32);
    let mut first = None;
    for precision in precisions {
        let request = (row.request)().precision(*precision);
        // What f32 brings a slope to, also where steps go from side to side and amplify its roundings.
        let request = if precision.is_wide() { request } else { request.gtol(1e-5) };
        let map = Map::of(engine, &request)?;
        let band = if precision.is_wide() { row.band.1 } else { row.band.0 };
        for (cell, outcome) in map.cells.outcome.iter().enumerate() {
            pairs += 1;
            let Some(expected) = (row.law)(map.x(cell), map.y(cell), band) else {
                banded += 1;
                continue;
            };
            let narrow = !precision.is_wide() && expected == Law::Wanders;
            let expected = if narrow { Law::Bounded } else { expected };
            if !expected.allows(*outcome) {
                wrong += 1;
                first.get_or_insert_with(|| format!("{}: {outcome}, not {expected:?}", map.place(cell)));
            }
        }
    }
    let figures = [("pairs", pairs), ("in the band", banded), ("wrong", wrong)];
    Ok(Measured::new(figures.map(|(name, count)| (name, f64::from(count))).to_vec(), first))
}
