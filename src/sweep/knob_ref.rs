//! Which knob is meant.

use std::fmt;

/// A knob by its name, before it is known which knobs there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnobRef {
    /// A hyperparameter, a constant, the seed.
    Named(String),
    /// The start of the parameter of this name.
    Start(String),
    /// The start of the first parameter, whatever its name is.
    FirstStart,
}

/// Name of the knob that drives everything random.
pub const SEED: &str = "seed";
/// Name of the knob that tells a cell which of several data tables is its own.
pub const TABLE: &str = "#table";
/// Names of the knobs that tell a cell its place along the first axis and along the second, counted from 0; an axis of seeds
/// does not count. Noise is drawn for it.
pub const COLUMN: &str = "#column";
pub const ROW: &str = "#row";

/// Whether a knob is one that nobody can name.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('#')
}

/// Hyperparameter and parameter of a knob that is a hyperparameter's value for one parameter: `alpha@b`.
pub fn of_one_parameter(name: &str) -> Option<(&str, &str)> {
    name.split_once('@')
}

/// What a parameter's name becomes when its start is meant.
const START: &str = "_start";

/// Name of the knob that is the start of a parameter.
pub fn start_name(parameter: &str) -> String {
    format!("{parameter}{START}")
}

impl KnobRef {
    /// The learning rate.
    pub fn alpha() -> Self {
        Self::Named("alpha".to_owned())
    }

    /// The name of the knob; `first_start` is the name of the first parameter's start, where there is one.
    pub fn name(&self, first_start: Option<&str>) -> Option<String> {
        match self {
            Self::Named(name) => Some(name.clone()),
            Self::Start(parameter) => Some(start_name(parameter)),
            Self::FirstStart => first_start.map(str::to_owned),
        }
    }

    /// Whether it is the knob of this name.
    pub fn is(&self, name: &str) -> bool {
        self.name(None).is_some_and(|own| own == name)
    }

    /// Whether it is the start of a parameter.
    pub fn is_start(&self) -> bool {
        !matches!(self, Self::Named(_))
    }
}

/// Names as they are typed: `beta_start` is the start of `beta`.
impl From<&str> for KnobRef {
    fn from(name: &str) -> Self {
        match name.strip_suffix(START) {
            Some(parameter) if !parameter.is_empty() => Self::Start(parameter.to_owned()),
            _ => Self::Named(name.to_owned()),
        }
    }
}

impl From<&String> for KnobRef {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl fmt::Display for KnobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name(None).unwrap_or_else(|| "the first start".to_owned()))
    }
}
