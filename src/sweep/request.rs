//! What is asked for, typed and not yet checked as a whole.

use super::axis::Axis;
use super::batch::Batch;
use super::error::RequestError;
use super::knob_ref::{KnobRef, SEED};
use super::measure::{Measure, SameClass};
use super::precision::Precision;
use super::setting::Setting;
use super::tolerance::Tolerance;
use crate::problem::{Data, DataNote, Formula, Gradient, ProblemError, Rule, Schedule, Standardize, Stop};
use std::str::FromStr;

/// A name that varies.
#[derive(Debug, Clone, PartialEq)]
pub struct Varied {
    pub knob: KnobRef,
    pub axis: Axis,
    /// What asked for it, such as `--vary`: errors speak of it.
    pub flag: &'static str,
}

impl Varied {
    /// The axis in errors, where its knob has this name: `--vary` names it, and no other flag does.
    pub(super) fn shown(&self, name: &str) -> String {
        let text = self.axis.text();
        if self.flag == VARY { format!("{name}={text}") } else { text.to_owned() }
    }
}

/// A name with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    pub knob: KnobRef,
    pub value: Setting,
    /// The value as it was written: errors show it.
    pub text: String,
}

impl Fixed {
    /// Reads the value of a knob.
    ///
    /// # Errors
    /// What is wrong with the text, and what to write instead.
    pub fn parse(knob: KnobRef, text: &str) -> Result<Self, RequestError> {
        let message = |knob: &KnobRef| match knob {
            KnobRef::Named(name) if name == SEED => no_seed(),
            KnobRef::Named(_) => NO_NUMBER.to_owned(),
            _ if ["uniform:", "normal:"].iter().any(|kind| text.trim().starts_with(kind)) => {
                "expected uniform:LO:HI or normal:MEAN:STD, such as uniform:-1:1".to_owned()
            }
            _ => NO_START.to_owned(),
        };
        match Setting::parse(text) {
            Some(value) => Ok(Self { knob, value, text: text.to_owned() }),
            None => Err(RequestError::new(SET, format!("{knob}={text}"), message(&knob))),
        }
    }

    /// Name and value in errors.
    pub(super) fn shown(&self) -> String {
        format!("{}={}", self.knob, self.text)
    }
}

/// The flags of axes and values in general.
pub(super) const VARY: &str = "--vary";
pub(super) const SET: &str = "--set";
/// Seeds are below this, so that every precision holds them exactly.
pub(super) const MAX_SEED: u64 = 1 << 24;

pub(super) const NO_NUMBER: &str = "expected NAME=VALUE with a finite number, such as --set alpha=0.1";
pub(super) const NO_START: &str =
    "expected NAME=VALUE with a finite number or uniform:LO:HI, such as --set beta_start=-10";

/// What is said of a seed that is none.
pub(super) fn no_seed() -> String {
    format!("a seed is a whole number from 0 to {}", MAX_SEED - 1)
}

/// What sweeps of formulas and of networks are both asked.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestCommon {
    pub rule: Rule,
    /// What alpha is multiplied by.
    pub schedule: Option<Schedule>,
    /// In the order x, y.
    pub axes: Vec<Varied>,
    /// Knobs that are no axis.
    pub set: Vec<Fixed>,
    /// By default the row's, else all rows.
    pub batch: Option<Batch>,
    /// Every pass takes all rows, in an order of its own.
    pub shuffle: bool,
    /// What everything random is drawn from; 0 by default.
    pub seed: Option<u64>,
    /// Steps a descent may take.
    pub steps: u64,
    /// The same in passes over the data, where these are given.
    pub epochs: Option<u64>,
    /// Converged once every |gradient component| stays below this; by default a share of those at the starts.
    pub gtol: Option<Tolerance>,
    /// Diverged once |loss| is above `diverge`·(1+|loss at the start|); infinite = only when not finite.
    pub diverge: f64,
    pub precision: Precision,
}

impl Default for RequestCommon {
    fn default() -> Self {
        Self {
            rule: Rule::new("gd").unwrap_or_else(|error| unreachable!("a row of the catalog: {error}")),
            schedule: None,
            axes: Vec::new(),
            set: Vec::new(),
            batch: None,
            shuffle: false,
            seed: None,
            steps: 1000,
            epochs: None,
            gtol: None,
            diverge: 1e8,
            precision: Precision::default(),
        }
    }
}

impl RequestCommon {
    /// Whether an axis or a value is given for the knob of this name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.axes.iter().any(|varied| varied.knob.is(name)) || self.fixed(name).is_some()
    }

    /// What a value or an axis is given for: the flag, name and value as they are shown, and the name.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, String, String)> {
        let set = self.set.iter().map(|fixed| (SET, fixed.shown(), fixed.knob.to_string()));
        let varied = self.axes.iter().map(|varied| {
            let name = varied.knob.to_string();
            (varied.flag, varied.shown(&name), name)
        });
        set.chain(varied)
    }

    /// What the knob of this name is set to.
    pub(super) fn fixed(&self, name: &str) -> Option<&Fixed> {
        self.set.iter().find(|fixed| fixed.knob.is(name))
    }
}

/// A sweep of a formula as it is asked for. What is not given is the catalog row's, or the default.
///
/// ```
/// use alphasweep::sweep::{Axis, Request};
/// let request = Request::parse("(x-1)^2")?.vary("alpha", Axis::log(0.01, 10.0, 50)?).set("x_start", 3.0);
/// let sweep = request.resolve()?;
/// assert_eq!((sweep.nx(), sweep.ny()), (50, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub common: RequestCommon,
    pub formula: Formula,
    /// Names in the formula that are no parameters, and their values.
    pub constants: Vec<(String, f64)>,
    /// By default the row's, else derived.
    pub gradient: Option<Gradient>,
    /// Converged once this condition holds; by default the row's, else `gtol` decides.
    pub stop: Option<Stop>,
    /// Data in place of the row's own.
    pub data: Option<Data>,
    /// What was found out about their file.
    pub found: Vec<DataNote>,
    /// Columns that are brought to mean 0 and standard deviation 1.
    pub standardize: Option<Standardize>,
    /// What is measured of every descent, in any order.
    pub measures: Vec<Measure>,
    /// Which minima are told as one.
    pub same_class: SameClass,
}

impl Request {
    /// The default sweep of an objective.
    pub fn new(formula: Formula) -> Self {
        Self {
            common: RequestCommon::default(),
            formula,
            constants: Vec::new(),
            gradient: None,
            stop: None,
            data: None,
            found: Vec::new(),
            standardize: None,
            measures: Vec::new(),
            same_class: SameClass::default(),
        }
    }

    /// The default sweep of an objective, by catalog name or by formula.
    ///
    /// # Errors
    /// A name that is not in the catalog; a formula that cannot be read.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let wrong = |error: ProblemError| RequestError::new("OBJECTIVE", text, error.to_string());
        text.parse().map(Self::new).map_err(wrong)
    }

    /// Sets a name of the formula that is no parameter.
    #[must_use]
    pub fn constant(mut self, name: &str, value: f64) -> Self {
        self.constants.push((name.to_owned(), value));
        self
    }

    /// Sets how the gradient is found.
    #[must_use]
    pub fn gradient(mut self, gradient: Gradient) -> Self {
        self.gradient = Some(gradient);
        self
    }

    /// Sets the stop rule.
    #[must_use]
    pub fn stop(mut self, condition: Stop) -> Self {
        self.stop = Some(condition);
        self
    }

    /// Sets the data.
    #[must_use]
    pub fn data(mut self, data: Data) -> Self {
        self.data = Some(data);
        self
    }

    /// Adds something that is measured of every descent.
    #[must_use]
    pub fn measure(mut self, measure: Measure) -> Self {
        self.measures.push(measure);
        self
    }

    /// Brings columns to mean 0 and standard deviation 1.
    #[must_use]
    pub fn standardize(mut self, which: Standardize) -> Self {
        self.standardize = Some(which);
        self
    }
}

impl FromStr for Request {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        Self::parse(text)
    }
}

/// The choices that both kinds of request have.
macro_rules! choices {
    ($kind:ty) => {
        impl $kind {
            /// Adds an axis; the first is x, the second y.
            #[must_use]
            pub fn vary(mut self, knob: impl Into<$crate::sweep::KnobRef>, axis: $crate::sweep::Axis) -> Self {
                self.common.axes.push($crate::sweep::Varied { knob: knob.into(), axis, flag: "--vary" });
                self
            }

            /// Leaves all axes out that were added.
            #[must_use]
            pub fn without_axes(mut self) -> Self {
                self.common.axes.clear();
                self
            }

            /// Fixes a hyperparameter, a start or a constant.
            #[must_use]
            pub fn set(
                mut self,
                knob: impl Into<$crate::sweep::KnobRef>,
                value: impl Into<$crate::sweep::Setting>,
            ) -> Self {
                let (knob, value) = (knob.into(), value.into());
                self.common.set.push($crate::sweep::Fixed { knob, value, text: value.to_string() });
                self
            }

            /// Sets the rule.
            #[must_use]
            pub fn rule(mut self, rule: $crate::problem::Rule) -> Self {
                self.common.rule = rule;
                self
            }

            /// Sets what alpha is multiplied by in each step.
            #[must_use]
            pub fn schedule(mut self, schedule: $crate::problem::Schedule) -> Self {
                self.common.schedule = Some(schedule);
                self
            }

            /// Sets the rows per step.
            #[must_use]
            pub fn batch(mut self, batch: $crate::sweep::Batch) -> Self {
                self.common.batch = Some(batch);
                self
            }

            /// Sets the seed.
            #[must_use]
            pub fn seed(mut self, seed: u64) -> Self {
                self.common.seed = Some(seed);
                self
            }

            /// Sets the number of steps.
            #[must_use]
            pub fn steps(mut self, steps: u64) -> Self {
                self.common.steps = steps;
                self.common.epochs = None;
                self
            }

            /// Sets the gradient tolerance of the stop rule; a plain number is an absolute one.
            #[must_use]
            pub fn gtol(mut self, gtol: impl Into<$crate::sweep::Tolerance>) -> Self {
                self.common.gtol = Some(gtol.into());
                self
            }

            /// Sets how far a loss may rise, relative to 1 + |loss at the start|.
            #[must_use]
            pub fn diverge(mut self, diverge: f64) -> Self {
                self.common.diverge = diverge;
                self
            }

            /// Sets the working precision.
            #[must_use]
            pub fn precision(mut self, precision: $crate::sweep::Precision) -> Self {
                self.common.precision = precision;
                self
            }
        }
    };
}
pub(super) use choices;

choices!(Request);

impl Request {
    /// Adds the first parameter's start as an axis.
    #[must_use]
    pub fn vary_start(mut self, axis: Axis) -> Self {
        self.common.axes.push(Varied { knob: KnobRef::FirstStart, axis, flag: "--start" });
        self
    }
}
