//! What an engine reaches on this machine: standard sweeps, and how much of the roof they use.

mod operations;

use crate::engine::{Engine, EngineError, collect};
use crate::problem::Rule;
use crate::sweep::{Axis, FormulaSweep, Precision, Request, RequestError, Sweep};
use operations::operations;
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A standard sweep.
#[derive(Debug, Clone, Copy)]
pub struct Standard {
    pub name: &'static str,
    objective: &'static str,
    rule: &'static str,
    /// From the lowest to the highest learning rate, and how many.
    alpha: (f64, f64, usize),
    /// Likewise of the first parameter's start.
    start: (f64, f64, usize),
    set: &'static [(&'static str, f64)],
    steps: u64,
}

/// What is measured: a parabola, a valley under a rule with state, a fit to data, and functions that are no arithmetic.
pub const STANDARDS: [Standard; 4] = [
    Standard {
        name: "lecture, gd",
        objective: "lecture",
        rule: "gd",
        alpha: (1e-10, 10.0, 1024),
        start: (-10.0, 10.0, 512),
        set: &[],
        steps: 1000,
    },
    Standard {
        name: "rosenbrock, adam",
        objective: "rosenbrock",
        rule: "adam",
        alpha: (1e-5, 1.0, 512),
        start: (-2.0, 2.0, 256),
        set: &[("x1_start", 1.0)],
        steps: 1000,
    },
    Standard {
        name: "normal (100 rows), gd",
        objective: "normal",
        rule: "gd",
        alpha: (1e-4, 10.0, 256),
        start: (-10.0, 10.0, 256),
        set: &[],
        steps: 200,
    },
    Standard {
        name: "10*sin(x)+exp(x/10)+x^2/10, gd",
        objective: "10*sin(x)+exp(x/10)+x^2/10",
        rule: "gd",
        alpha: (1e-4, 10.0, 512),
        start: (-10.0, 10.0, 256),
        set: &[],
        steps: 500,
    },
];

/// One sweep on one engine.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    pub sweep: &'static str,
    pub precision: Precision,
    /// Descent-steps per second, the median of the runs; absent where the engine cannot do it.
    pub steps_per_second: Option<f64>,
    /// Operations of a step, with those that its functions are made of.
    pub operations_per_step: u64,
    /// Their rate as a share of the roof, where that is known. Shortcuts that leave steps out count as steps made.
    pub share_of_roof: Option<f64>,
    /// Why nothing was measured.
    pub why: Option<String>,
}

impl Standard {
    /// The sweep as it is run.
    ///
    /// # Panics
    /// Never: the table is tested.
    pub fn spec(&self, precision: Precision) -> FormulaSweep {
        let spec = self.request().and_then(|request| request.precision(precision).resolve());
        spec.unwrap_or_else(|error| unreachable!("{}: {error}", self.name))
    }

    fn request(&self) -> Result<Request, RequestError> {
        let wrong = |message: String| RequestError::new("--vary", self.name, message);
        let alphas = Axis::log(self.alpha.0, self.alpha.1, self.alpha.2).map_err(wrong)?;
        let starts = Axis::lin(self.start.0, self.start.1, self.start.2).map_err(wrong)?;
        let rule = Rule::new(self.rule).map_err(|error| wrong(error.to_string()))?;
        let request = Request::parse(self.objective)?.rule(rule).vary("alpha", alphas).vary_start(starts);
        let set = |request: Request, (name, value): &(&str, f64)| request.set(*name, *value);
        Ok(self.set.iter().fold(request.steps(self.steps), set))
    }

    /// Runs the sweep for about `time`, at least three times.
    ///
    /// # Errors
    /// The machine's failure; what the engine does not support is no error, but measured as nothing.
    pub fn measure(
        &self,
        engine: &dyn Engine,
        precision: Precision,
        roof: Option<f64>,
        time: Duration,
    ) -> Result<Measured, EngineError> {
        let spec = Arc::new(self.spec(precision));
        let operations_per_step = operations(&spec.program);
        let sweep = Sweep::from(&spec);
        let nothing = |why: Option<String>| Measured {
            sweep: self.name,
            precision,
            steps_per_second: None,
            operations_per_step,
            share_of_roof: None,
            why,
        };
        let begun = Instant::now();
        let mut rates = Vec::new();
        while rates.len() < 3 || begun.elapsed() < time {
            let start = Instant::now();
            let map = match collect(engine, &sweep) {
                Ok(map) => map,
                Err(EngineError::Unsupported(why)) => return Ok(nothing(Some(why))),
                Err(error) => return Err(error),
            };
            let steps: u64 = map.steps.iter().map(|steps| u64::from(*steps)).sum();
            rates.push(steps as f64 / start.elapsed().as_secs_f64());
        }
        rates.sort_by(f64::total_cmp);
        let rate = rates[rates.len() / 2];
        let share = roof.map(|roof| rate * operations_per_step as f64 / roof);
        Ok(Measured { steps_per_second: Some(rate), share_of_roof: share, ..nothing(None) })
    }
}
