//! What was asked for, and how it becomes a [`Spec`].

use super::batch::Batch;
use super::common::{Limits, SweepCommon, Title};
use super::knobs::{Draws, Resolver};
use super::precision::Precision;
use super::program::{Parts, Program};
use super::resolution;
use super::spec::{DataTables, Spec, SpecError};
use crate::problem::catalog::{self, ObjectiveRow};
use crate::problem::{Data, Gradient, Objective, ProblemError, Rule, Stop};

/// A sweep as it is asked for: texts and numbers, nothing checked.
///
/// ```
/// use alphasweep::sweep::Request;
/// let spec = Request::new("(x-1)^2").vary("alpha", "log:0.01:10:50").set("x_start", "3").resolve().unwrap();
/// assert_eq!((spec.nx(), spec.ny()), (50, 1));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Catalog name or formula.
    pub objective: String,
    /// Catalog name or text of a rule.
    pub rule: String,
    /// Names in the formula that are no parameters, and their values.
    pub constants: Vec<(String, f64)>,
    /// (flag, name, axis), in the order x, y. `<start>` stands for the first parameter's start.
    pub axes: Vec<(String, String, String)>,
    /// (name, value) of knobs that are no axis.
    pub set: Vec<(String, String)>,
    /// `auto`, `central:H` or slopes as text; by default the row's, else `auto`.
    pub gradient: Option<String>,
    /// Converged once this condition holds; by default the row's, else `gtol` decides.
    pub stop: Option<String>,
    /// `full`, `each` or a number of rows per step; by default the row's, else `full`.
    pub batch: Option<String>,
    /// Data in place of the row's own.
    pub data: Option<Data>,
    /// What everything random is drawn from; 0 by default.
    pub seed: Option<u64>,
    /// Steps a descent may take.
    pub steps: u64,
    /// Converged once every |gradient component| is below this; 0 = never; 1e-5 by default.
    pub gtol: Option<f64>,
    /// Diverged once |loss| is above `diverge`·(1+|loss at the start|); infinite = only when not finite.
    pub diverge: f64,
    pub precision: Precision,
}

const DEFAULT_GTOL: f64 = 1e-5;
/// Name in [`Request::axes`] that stands for the first parameter's start.
pub(super) const FIRST_START: &str = "<start>";

impl Default for Request {
    fn default() -> Self {
        Self::new("lecture")
    }
}

impl Request {
    /// The default sweep of an objective (catalog name or formula).
    pub fn new(objective: &str) -> Self {
        Self {
            objective: objective.to_owned(),
            rule: "gd".to_owned(),
            constants: Vec::new(),
            axes: Vec::new(),
            set: Vec::new(),
            gradient: None,
            stop: None,
            batch: None,
            data: None,
            seed: None,
            steps: 1000,
            gtol: None,
            diverge: 1e8,
            precision: Precision::default(),
        }
    }

    /// Adds an axis; the first is x, the second y.
    #[must_use]
    pub fn vary(mut self, name: &str, axis: &str) -> Self {
        self.axes.push(("--vary".to_owned(), name.to_owned(), axis.to_owned()));
        self
    }

    /// Adds the first parameter's start as an axis.
    #[must_use]
    pub fn vary_start(mut self, axis: &str) -> Self {
        self.axes.push(("--start".to_owned(), FIRST_START.to_owned(), axis.to_owned()));
        self
    }

    /// Fixes a hyperparameter, a start or a constant.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.set.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the number of steps.
    #[must_use]
    pub fn steps(mut self, steps: u64) -> Self {
        self.steps = steps;
        self
    }

    /// Sets the gradient tolerance of the stop rule.
    #[must_use]
    pub fn gtol(mut self, gtol: f64) -> Self {
        self.gtol = Some(gtol);
        self
    }

    /// Sets the stop rule.
    #[must_use]
    pub fn stop(mut self, condition: &str) -> Self {
        self.stop = Some(condition.to_owned());
        self
    }

    /// Sets the rule.
    #[must_use]
    pub fn rule(mut self, rule: &str) -> Self {
        rule.clone_into(&mut self.rule);
        self
    }

    /// Sets how the gradient is found.
    #[must_use]
    pub fn gradient(mut self, gradient: &str) -> Self {
        self.gradient = Some(gradient.to_owned());
        self
    }

    /// Sets the rows per step.
    #[must_use]
    pub fn batch(mut self, batch: &str) -> Self {
        self.batch = Some(batch.to_owned());
        self
    }

    /// Sets the data.
    #[must_use]
    pub fn data(mut self, data: Data) -> Self {
        self.data = Some(data);
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the working precision.
    #[must_use]
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Checks everything and fills in the defaults.
    ///
    /// # Errors
    /// The first thing that is wrong: the flag, the value, and the way out.
    pub fn resolve(&self) -> Result<Spec, SpecError> {
        let row = catalog::objective(&self.objective);
        let draws = Draws::of(self)?;
        let data = draws.tables(self, row)?;
        let first = data.as_ref().map(|data| &data.tables[0]);
        let about = |flag: &'static str, value: &str| {
            let value = value.to_owned();
            move |error: ProblemError| SpecError::new(flag, value, error.to_string())
        };
        let objective =
            Objective::over(&self.objective, &self.constants, first).map_err(about("OBJECTIVE", &self.objective))?;
        let rule = Rule::new(&self.rule).map_err(about("--rule", &self.rule))?;
        let text = self.gradient.as_deref().unwrap_or(row.map_or("auto", |row| row.gradient));
        let gradient = Gradient::new(text, &objective).map_err(about("--gradient", text))?;
        let stop = self.stop_text(row).map(|text| Stop::new(text, &objective).map_err(about("--stop", text)));
        let stop = stop.transpose()?;
        let batch = self.resolve_batch(row, data.as_ref())?;
        let parts = Parts {
            objective: &objective,
            rule: &rule,
            gradient: &gradient,
            stop: stop.as_ref(),
            batch,
            precision: self.precision,
            draws: Draws::start_is_drawn(self, &objective) || first.is_some_and(|data| data.seeded),
            tables: data.as_ref().is_some_and(|data| data.tables.len() > 1),
        };
        let program = Program::new(&parts).map_err(about("OBJECTIVE", &self.objective))?;
        let limits = self.limits()?;
        let resolver = Resolver { request: self, objective: &objective, rule: &rule, program: &program, draws: &draws };
        let (x, y) = resolver.axes()?;
        let mut notes = data_notes(&objective, data.as_ref());
        let lines = resolver.knobs(&x, y.as_ref(), &mut notes)?;
        for axis in std::iter::once(&x).chain(&y) {
            notes.extend(resolution::check(axis, self.precision)?);
            if !program.depends_on(axis.knob) {
                notes.push(format!("nothing reads `{}`: all its values give the same descents", axis.name));
            }
        }
        let grid = SweepCommon {
            title: Title { name: row.map(|row| row.name), text: objective.text().to_owned(), is_formula: true },
            x_lines: lines.x,
            y_lines: lines.y,
            knobs: lines.knobs,
            finals: program.finals(),
            history: None,
            rule,
            x,
            y,
            limits,
            precision: self.precision,
            notes,
        };
        let spec = Spec { grid, objective, program, gradient, stop, batch, data };
        spec.check_size()?;
        spec.check_data()?;
        Ok(spec)
    }

    /// The stop rule that was given, or the row's where nothing else was said about stopping.
    fn stop_text<'a>(&'a self, row: Option<&'a ObjectiveRow>) -> Option<&'a str> {
        let of_row = || row.map(|row| row.stop).filter(|stop| !stop.is_empty() && self.gtol.is_none());
        self.stop.as_deref().or_else(of_row)
    }

    fn resolve_batch(&self, row: Option<&ObjectiveRow>, data: Option<&DataTables>) -> Result<Batch, SpecError> {
        let text = self.batch.as_deref().unwrap_or(row.map_or("full", |row| row.batch));
        let wrong = |message: String| Err(SpecError::new("--batch", text, message));
        let Some(batch) = Batch::parse(text) else {
            return wrong("expected full, each, or a number of rows from 1".to_owned());
        };
        match (batch, data) {
            (Batch::Full, _) => Ok(batch),
            (_, None) => wrong("there is no data to take rows from; give --data FILE.csv".to_owned()),
            (Batch::Random(size), Some(data)) if size as usize > data.tables[0].rows() => {
                wrong(format!("the data has {} rows; take fewer, or full", data.tables[0].rows()))
            }
            _ => Ok(batch),
        }
    }

    pub(super) fn limits(&self) -> Result<Limits, SpecError> {
        const MAX_STEPS: u64 = 1_000_000_000;
        if self.steps > MAX_STEPS {
            return Err(SpecError::new("--steps", self.steps, format!("at most {MAX_STEPS} steps")));
        }
        let gtol = self.gtol.unwrap_or(DEFAULT_GTOL);
        if !(gtol >= 0.0 && gtol.is_finite()) {
            return Err(SpecError::new("--gtol", gtol, "must be a finite number, at least 0 (0 = never stop early)"));
        }
        if self.diverge.is_nan() || self.diverge <= 0.0 {
            return Err(SpecError::new(
                "--diverge",
                self.diverge,
                "must be above 0 (inf = only when no longer finite)",
            ));
        }
        Ok(Limits { steps: self.steps as u32, gtol, diverge: self.diverge })
    }
}

/// What was assumed about the data.
fn data_notes(objective: &Objective, data: Option<&DataTables>) -> Vec<String> {
    let Some(data) = data else { return Vec::new() };
    let first = &data.tables[0];
    let parameters = objective.parameters().join(", ");
    let rows = first.rows();
    let plural = if rows == 1 { "" } else { "s" };
    let mut notes = vec![format!(
        "data {}: {rows} row{plural} of {}; parameters {parameters}",
        first.source,
        first.names.join(", ")
    )];
    if objective.is_by_row() {
        notes.push("the formula is the loss of one row; it is averaged over the rows".to_owned());
    }
    for name in objective.parameters() {
        if let Some(column) = first.names.iter().find(|column| column.eq_ignore_ascii_case(name)) {
            notes.push(format!("`{name}` is a parameter; the data has a column `{column}`"));
        }
    }
    notes
}
