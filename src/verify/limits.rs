//! Limits of α from the derivative of the step map, against closed forms.

use super::check::{Measured, along, asked, resolved, rule};
use super::controls::caught;
use crate::analysis::theory::theory;
use crate::problem::{Data, Gradient};
use crate::sweep::{Axis, Batch, Request};

/// A limit that is known.
#[derive(Debug, Clone, Copy)]
pub struct LimitRow {
    pub name: &'static str,
    /// With the one minimum at this value of its one parameter.
    pub request: fn() -> Request,
    pub minimum: f64,
    pub limit: fn() -> f64,
}

/// Curvature and momentum.
const LAMBDA: f64 = 1.3;
const M: f64 = 0.7;

fn bowl(text: &str) -> Request {
    asked("lambda*x^2/2").constant("lambda", LAMBDA).rule(rule(text)).vary("alpha", along(Axis::log(0.01, 10.0, 3)))
}

/// w·1 and w·2 for 2 and 4: w = 2 fits both rows.
fn two_rows() -> Request {
    let data = Data {
        names: vec!["x".to_owned(), "y".to_owned()],
        columns: vec![vec![1.0, 2.0], vec![2.0, 4.0]],
        source: "two rows".to_owned(),
        seeded: false,
    };
    asked("mean((w*x-y)^2)").data(data).set("w_start", 0.0).vary("alpha", along(Axis::log(0.01, 10.0, 3)))
}

/// Rules are typed, so that no table knows their limits.
pub const LIMITS: &[LimitRow] = &[
    LimitRow { name: "gd: 2/λ", request: || bowl("delta = -alpha*g"), minimum: 0.0, limit: || 2.0 / LAMBDA },
    LimitRow {
        name: "momentum: (2+2m)/λ",
        request: || bowl("v = 0.7*v + g; delta = -alpha*v"),
        minimum: 0.0,
        limit: || (2.0 + 2.0 * M) / LAMBDA,
    },
    LimitRow {
        name: "nesterov: (2+2m)/((1+2m)λ)",
        request: || bowl("v = 0.7*v + g; delta = -alpha*(g + 0.7*v)"),
        minimum: 0.0,
        limit: || (2.0 + 2.0 * M) / ((1.0 + 2.0 * M) * LAMBDA),
    },
    LimitRow {
        name: "averaged momentum: (2+2m)/((1-m)λ)",
        request: || bowl("v = 0.7*v + 0.3*g; delta = -alpha*v"),
        minimum: 0.0,
        limit: || (2.0 + 2.0 * M) / ((1.0 - M) * LAMBDA),
    },
    // Where the loss goes by differences over 2h = 2, so does its curvature.
    LimitRow {
        name: "cos, central:1: 2/sin 1",
        request: || asked("cos(x)").gradient(Gradient::Central(1.0)).vary("alpha", along(Axis::log(0.01, 10.0, 3))),
        minimum: std::f64::consts::PI,
        limit: || 2.0 / 1.0_f64.sin(),
    },
    LimitRow { name: "two rows: 2/5", request: two_rows, minimum: 2.0, limit: || 0.4 },
    // |(1−2α)(1−8α)| = 1 at 0 and at 5/8.
    LimitRow {
        name: "two rows, one by one: 5/8",
        request: || two_rows().batch(Batch::Each),
        minimum: 2.0,
        limit: || 0.625,
    },
];

/// Farthest that they may be from the closed forms, relatively.
const NEAR: f64 = 1e-6;

/// Holds limits against closed forms, which are taken times `factor`; 1 for the closed forms themselves.
pub fn limits(factor: f64) -> Measured {
    let (mut wrong, mut largest, mut first) = (0_u32, 0.0_f64, None);
    for row in LIMITS {
        let expected = factor * (row.limit)();
        let told = theory(&resolved(&(row.request)()), Some(&[row.minimum]));
        let far = match told.limits() {
            [limit] => (limit.alpha / expected - 1.0).abs(),
            _ => f64::INFINITY,
        };
        largest = largest.max(far);
        if far.is_nan() || far > NEAR {
            wrong += 1;
            first.get_or_insert_with(|| format!("{}: {told:?}, not {expected}", row.name));
        }
    }
    let figures = vec![
        ("limits", LIMITS.len() as f64),
        ("wrong", f64::from(wrong)),
        ("farthest apart", largest),
        ("allowed", NEAR),
    ];
    Measured::new(figures, first)
}

/// Closed forms that are off by the factor `factor` must not agree.
pub fn wrong_limits(factor: f64) -> Measured {
    let wrong = limits(factor).figures.get("wrong").unwrap_or(0.0);
    caught(LIMITS.len() as u32, wrong as u32)
}
