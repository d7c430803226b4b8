//! What was asked for, and how it becomes a [`Spec`].

use super::axis::Axis;
use super::precision::Precision;
use super::program::Program;
use super::spec::{Knob, Limits, Source, Spec, SpecError, SweepAxis};
use crate::expr::nearest;
use crate::problem::{Objective, ProblemError, Rule, catalog};

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
    /// Steps a descent may take.
    pub steps: u64,
    /// Converged once every |gradient component| is below this; 0 = never.
    pub gtol: f64,
    /// Diverged once |loss| is above `diverge`·(1+|loss at the start|); infinite = only when not finite.
    pub diverge: f64,
    pub precision: Precision,
}

/// Name in [`Request::axes`] that stands for the first parameter's start.
const FIRST_START: &str = "<start>";

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
            steps: 1000,
            gtol: 1e-5,
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
        self.gtol = gtol;
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
        let objective =
            Objective::new(&self.objective, &self.constants).map_err(|e| problem("OBJECTIVE", &self.objective, &e))?;
        let rule = Rule::new(&self.rule).map_err(|e| problem("--rule", &self.rule, &e))?;
        let program =
            Program::new(&objective, &rule, self.precision).map_err(|e| problem("OBJECTIVE", &self.objective, &e))?;
        let limits = self.limits()?;
        let mut axes = self.resolve_axes(&objective, &program)?.into_iter();
        let (x, y) = (axes.next(), axes.next());
        let Some(x) = x else {
            let message = "nothing varies; leave one name free, or give it one value: --alpha 0.1";
            return Err(SpecError::new("--set", "", message));
        };
        let mut notes = Vec::new();
        let knobs = self.resolve_knobs(&objective, &rule, &program, &x, y.as_ref(), &mut notes)?;
        let spec = Spec { objective, rule, program, x, y, knobs, limits, notes };
        spec.check_size()?;
        Ok(spec)
    }

    fn limits(&self) -> Result<Limits, SpecError> {
        const MAX_STEPS: u64 = 1_000_000_000;
        if self.steps > MAX_STEPS {
            return Err(SpecError::new("--steps", self.steps, format!("at most {MAX_STEPS} steps")));
        }
        if !(self.gtol >= 0.0 && self.gtol.is_finite()) {
            return Err(SpecError::new(
                "--gtol",
                self.gtol,
                "must be a finite number, at least 0 (0 = never stop early)",
            ));
        }
        if self.diverge.is_nan() || self.diverge <= 0.0 {
            return Err(SpecError::new(
                "--diverge",
                self.diverge,
                "must be above 0 (inf = only when no longer finite)",
            ));
        }
        Ok(Limits { steps: self.steps as u32, gtol: self.gtol, diverge: self.diverge })
    }

    fn resolve_axes(&self, objective: &Objective, program: &Program) -> Result<Vec<SweepAxis>, SpecError> {
        let first_start = format!("{}_start", objective.parameters()[0]);
        let mut axes: Vec<SweepAxis> = Vec::new();
        for (flag, name, text) in &self.axes {
            let name = if name == FIRST_START { &first_start } else { name };
            let shown = if flag == "--vary" { format!("{name}={text}") } else { text.clone() };
            let knob = find_knob(program, flag, &shown, name)?;
            if axes.iter().any(|axis| axis.knob == knob) {
                return Err(SpecError::new(flag, shown, format!("`{name}` is an axis already; vary each name once")));
            }
            let axis = Axis::parse(text).map_err(|message| SpecError::new(flag, &shown, message))?;
            axes.push(SweepAxis { knob, name: name.clone(), axis });
        }
        if let Some(third) = axes.get(2) {
            let message = "a map has two axes at most, and this is the third; fix it with --set";
            return Err(SpecError::new(&self.axes[2].0, format!("{}={}", third.name, third.axis.text()), message));
        }
        self.add_default_axes(objective, program, &first_start, &mut axes)?;
        Ok(axes)
    }

    /// α and the first start are axes unless they are set, or two others are.
    fn add_default_axes(
        &self,
        objective: &Objective,
        program: &Program,
        first_start: &str,
        axes: &mut Vec<SweepAxis>,
    ) -> Result<(), SpecError> {
        let row = objective.row();
        let defaults = [
            ("alpha", row.map_or(catalog::DEFAULT_ALPHA, |row| row.alpha), 0),
            (first_start, row.map_or(catalog::DEFAULT_START, |row| row.start), 1),
        ];
        for (name, text, place) in defaults {
            let set = self.set.iter().any(|(known, _)| known == name);
            if axes.len() == 2 || set || axes.iter().any(|axis| axis.name == name) {
                continue;
            }
            let knob = find_knob(program, "--vary", name, name)?;
            let axis = Axis::parse(text).map_err(|message| SpecError::new("--vary", text, message))?;
            axes.insert(place.min(axes.len()), SweepAxis { knob, name: name.to_owned(), axis });
        }
        Ok(())
    }

    fn resolve_knobs(
        &self,
        objective: &Objective,
        rule: &Rule,
        program: &Program,
        x: &SweepAxis,
        y: Option<&SweepAxis>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Knob>, SpecError> {
        let mut given: Vec<Option<f64>> = vec![None; program.knobs.len()];
        for (name, text) in &self.set {
            let shown = format!("{name}={text}");
            let knob = find_knob(program, "--set", &shown, name)?;
            if knob == x.knob || y.is_some_and(|y| knob == y.knob) {
                return Err(SpecError::new(
                    "--set",
                    shown,
                    format!("`{name}` is an axis; set it or vary it, not both"),
                ));
            }
            if given[knob].is_some() {
                return Err(SpecError::new("--set", shown, format!("`{name}` is set twice")));
            }
            let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
            let message = "expected NAME=VALUE with a finite number, such as --set beta_start=-10";
            given[knob] = Some(value.ok_or_else(|| SpecError::new("--set", &shown, message))?);
        }
        let mut knobs = Vec::with_capacity(given.len());
        for (at, name) in program.knobs.iter().enumerate() {
            let source = if at == x.knob {
                Source::X
            } else if y.is_some_and(|y| at == y.knob) {
                Source::Y
            } else {
                let value = given[at].map_or_else(|| default_value(objective, rule, name, notes), Ok)?;
                Source::Fixed(value)
            };
            let axis = match source {
                Source::X => Some(&x.axis),
                Source::Y => y.map(|y| &y.axis),
                Source::Fixed(_) => None,
            };
            check_precision(self.precision, name, source, axis)?;
            knobs.push(Knob { name: name.clone(), source });
        }
        Ok(knobs)
    }
}

/// The value of a knob that is neither an axis nor set.
fn default_value(objective: &Objective, rule: &Rule, name: &str, notes: &mut Vec<String>) -> Result<f64, SpecError> {
    if let Some((_, default)) = rule.hyperparameters().iter().find(|(known, _)| known == name) {
        let message =
            format!("the rule `{}` needs a value for it; give --set {name}=VALUE or --vary {name}=AXIS", rule.text());
        return default.ok_or_else(|| SpecError::new("--set", name, message));
    }
    if let Some((_, value)) = objective.constants().iter().find(|(known, _)| known == name) {
        return Ok(*value);
    }
    let parameter = objective.parameters().iter().position(|parameter| name == format!("{parameter}_start"));
    if let Some(start) = parameter.zip(objective.row()).map(|(at, row)| row.starts[at]) {
        return Ok(start);
    }
    notes.push(format!("{name} is not given and starts at 0; choose it with --set {name}=VALUE"));
    Ok(0.0)
}

/// Whether all values of a knob survive the rounding to the working precision.
fn check_precision(precision: Precision, name: &str, source: Source, axis: Option<&Axis>) -> Result<(), SpecError> {
    let values = match (source, axis) {
        (Source::Fixed(value), _) => vec![value],
        (_, Some(axis)) => {
            let (lo, hi) = axis.bounds();
            [lo, hi].into_iter().chain(axis.nearest_to_zero()).collect()
        }
        _ => Vec::new(),
    };
    match values.into_iter().find(|value| !precision.holds(*value)) {
        Some(value) => {
            let message = if precision.is_wide() {
                format!("{name} = {value:e} is subnormal (below 2.2e-308); choose larger values")
            } else {
                format!("{name} = {value:e} does not fit f32 (1.2e-38 to 3.4e38); use --precision f64")
            };
            Err(SpecError::new("--precision", precision, message))
        }
        None => Ok(()),
    }
}

fn find_knob(program: &Program, flag: &str, value: &str, name: &str) -> Result<usize, SpecError> {
    program.knobs.iter().position(|knob| knob == name).ok_or_else(|| {
        let known = program.knobs.iter().map(String::as_str);
        let close = nearest(name, known).map_or(String::new(), |close| format!("did you mean `{close}`? "));
        let message = format!("`{name}` is nothing in this problem: {close}It has {}", program.knobs.join(", "));
        SpecError::new(flag, value, message)
    })
}

fn problem(flag: &str, value: &str, error: &ProblemError) -> SpecError {
    SpecError::new(flag, value, error.to_string())
}
