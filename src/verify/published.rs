//! Numbers that others printed, or that numpy gives for their recipes; none of them knows this project.

#![allow(clippy::unreadable_literal, reason = "published numbers stand as they were printed")]

use super::check::{Map, Measured, asked, close, is_exact};
use crate::engine::{Engine, EngineError};
use crate::problem::Gradient;
use crate::sweep::{Axis, Batch, Precision, Request};

/// Numbers of one source.
#[derive(Debug, Clone, Copy)]
pub struct PublishedRow {
    pub name: &'static str,
    /// Descents of one cell.
    pub runs: &'static [Run],
    /// The precision in which they were computed.
    pub precision: Precision,
    /// How they were printed.
    pub printed: Printed,
    /// Whether compensated f32 comes close to them too.
    pub narrow: bool,
}

/// A descent, and its parameters after the last step.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Objective, α, start of the first parameter.
    pub from: (&'static str, f64, f64),
    pub options: Options,
    pub steps: u64,
    pub expected: &'static [f64],
}

/// What is not as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Options {
    None,
    /// One row of the data per step.
    Each,
    /// Central differences of half-width 1e-4, and nothing counts as diverged.
    Central,
}

/// How far a printed number may be from the computed one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Printed {
    /// Every digit that a double has.
    Whole,
    /// One unit in the last place of f32: the author's order of operations is not known.
    Single,
    /// So many decimals.
    Decimals(usize),
    /// So many decimals of the mantissa.
    Scientific(usize),
}

impl Printed {
    fn agrees(self, value: f64, expected: f64) -> bool {
        match self {
            Self::Whole => value == expected,
            Self::Single => (value as f32).to_bits().abs_diff((expected as f32).to_bits()) <= 1,
            Self::Decimals(n) => format!("{value:.n$}") == format!("{expected:.n$}"),
            Self::Scientific(n) => format!("{value:.n$e}") == format!("{expected:.n$e}"),
        }
    }
}

/// Compensated f32 rounds α, the data and each increment to f32, 6e-8 of each. α = 4.05 grows for 100 steps and multiplies
/// that (to 1.0e-5 where nothing is contracted).
const NARROW: (f64, f64) = (1e-6, 2e-5);

/// The lecture's α = 0.01/6.
const SIXTH: f64 = 0.0016666666666666668;

const fn lecture(alpha: f64, steps: u64, expected: &'static [f64]) -> Run {
    Run { from: ("lecture", alpha, -10.0), options: Options::None, steps, expected }
}

const fn hours(options: Options, steps: u64, expected: &'static [f64]) -> Run {
    Run { from: ("hours", 0.01, 1.0), options, steps, expected }
}

const fn bowl(alpha: f64, options: Options, expected: &'static [f64]) -> Run {
    Run { from: ("bowl", alpha, -3.0), options, steps: 100, expected }
}

/// Every source.
pub const PUBLISHED: &[PublishedRow] = &[
    PublishedRow {
        name: "lecture, printed in f32: α = 0.01/6",
        runs: &[
            lecture(SIXTH, 1, &[-9.99]),
            lecture(SIXTH, 2, &[-9.980008]),
            lecture(SIXTH, 100, &[-9.040152]),
            lecture(SIXTH, 1000, &[-3.2133687]),
            lecture(SIXTH, 10_000, &[1.997125]),
        ],
        precision: Precision::F32,
        printed: Printed::Single,
        narrow: false,
    },
    PublishedRow {
        name: "lecture: α from 0.01/6 to 4.05",
        runs: &[
            lecture(SIXTH, 100, &[-9.040149417268745]),
            lecture(SIXTH, 1000, &[-3.2133669842652894]),
            lecture(SIXTH, 10_000, &[1.9971255698583696]),
            lecture(0.1, 100, &[1.9289536493559916]),
            lecture(1.0, 100, &[2.0]),
            lecture(3.9, 100, &[1.9289536493559918]),
            lecture(4.0, 100, &[-10.0]),
            lecture(4.05, 100, &[-139.7645962127452]),
        ],
        precision: Precision::F64,
        printed: Printed::Whole,
        narrow: true,
    },
    PublishedRow {
        name: "gentle slope: α = 1",
        runs: &[Run {
            from: ("gentle", 1.0, 10.0),
            options: Options::None,
            steps: 100,
            expected: &[1.0000000018333324],
        }],
        precision: Precision::F64,
        printed: Printed::Whole,
        narrow: true,
    },
    // The source predicts for x = 4, that is 4·w.
    PublishedRow {
        name: "hours of study, full batch",
        runs: &[hours(Options::None, 100, &[7.999777758621207 / 4.0])],
        precision: Precision::F64,
        printed: Printed::Decimals(14),
        narrow: true,
    },
    PublishedRow {
        name: "hours of study, one sample per step",
        runs: &[hours(Options::Each, 300, &[7.9999999999996945 / 4.0])],
        precision: Precision::F64,
        printed: Printed::Decimals(14),
        narrow: true,
    },
    PublishedRow {
        name: "bowl, central differences: α = 10",
        runs: &[bowl(10.0, Options::Central, &[-2.58983747e+13, -1.29524862e+12])],
        precision: Precision::F64,
        printed: Printed::Scientific(8),
        narrow: false,
    },
    PublishedRow {
        name: "bowl, central differences: α = 1e-10",
        runs: &[bowl(1e-10, Options::Central, &[-2.99999994, 3.99999992])],
        precision: Precision::F64,
        printed: Printed::Decimals(8),
        narrow: false,
    },
    PublishedRow {
        name: "bowl: α = 1e-10",
        runs: &[bowl(1e-10, Options::None, &[-2.99999994, 3.99999992])],
        precision: Precision::F64,
        printed: Printed::Decimals(8),
        narrow: true,
    },
];

impl Run {
    fn request(&self) -> Request {
        let (objective, alpha, start) = self.from;
        let request = asked(objective).vary("alpha", Axis::one(alpha)).vary_start(Axis::one(start));
        let request = request.gtol(0.0).steps(self.steps);
        match self.options {
            Options::None => request,
            Options::Each => request.batch(Batch::Each),
            Options::Central => request.gradient(Gradient::Central(1e-4)).diverge(f64::INFINITY),
        }
    }
}

/// Holds an engine against printed numbers: to the last printed digit in the precision of the source on the CPU and on
/// drivers that compute like it, within two hundred-thousandths elsewhere.
///
/// # Errors
/// As [`Engine::run`].
pub fn published(row: &PublishedRow, engine: &dyn Engine, precision: Precision) -> Result<Measured, EngineError> {
    let strict = precision == row.precision && is_exact(&engine.info());
    // Eight decimals of a number near 3 are below half an ulp of f32: they too must come out.
    let strict = strict || (matches!(row.printed, Printed::Decimals(8)) && precision == Precision::Compensated);
    let agrees = |value: f64, expected: f64| {
        if strict { row.printed.agrees(value, expected) } else { close(value, expected, NARROW.0, NARROW.1) }
    };
    let (mut numbers, mut wrong, mut largest, mut first) = (0_u32, 0_u32, 0.0_f64, None);
    for run in row.runs {
        let map = Map::of(engine, &run.request().precision(precision))?;
        for (expected, values) in run.expected.iter().zip(&map.cells.parameters) {
            numbers += 1;
            largest = largest.max((values[0] / expected - 1.0).abs());
            if !agrees(values[0], *expected) {
                wrong += 1;
                let place = map.place(0);
                first.get_or_insert_with(|| format!("{place}, step {}: {}, not {expected}", run.steps, values[0]));
            }
        }
    }
    let figures =
        vec![("numbers", f64::from(numbers)), ("wrong", f64::from(wrong)), ("largest relative error", largest)];
    Ok(Measured::new(figures, first))
}
