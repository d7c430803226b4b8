//! What names mean in every formula: functions and constants.

use super::compound::Compound;
use super::ops::{Binary, Unary};
use super::row::Row;
use super::rows::Aggregate;

/// Named constants of the language.
pub const CONSTANTS: [(&str, f64); 2] = [("pi", std::f64::consts::PI), ("e", std::f64::consts::E)];

/// Other names of functions, as other languages have them.
const ALIASES: [(&str, &str); 18] = [
    ("log", "ln"),
    ("fabs", "abs"),
    ("absolute", "abs"),
    ("sgn", "sign"),
    ("maximum", "max"),
    ("minimum", "min"),
    ("fmax", "max"),
    ("fmin", "min"),
    ("average", "mean"),
    ("where", "select"),
    ("expit", "sigmoid"),
    ("amax", "max"),
    ("amin", "min"),
    ("arctan", "atan"),
    ("arcsin", "asin"),
    ("arccos", "acos"),
    ("arctan2", "atan2"),
    ("logaddexp", "logsumexp"),
];

/// The exponent of a function that is a power.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Exponent {
    /// The second argument.
    Argument,
    Always(f64),
}

/// Functions that are powers.
const POWERS: [(&str, Exponent); 3] =
    [("pow", Exponent::Argument), ("power", Exponent::Argument), ("square", Exponent::Always(2.0))];

/// What is no function of numbers alone: a condition and two numbers, a number by row.
const FORMS: &[Function] = &[
    Function {
        name: "mean",
        arity: 1,
        more: false,
        meaning: "the mean over the rows of the data",
        call: Call::OverRows(Aggregate::Mean),
    },
    Function {
        name: "sum",
        arity: 1,
        more: false,
        meaning: "the sum over the rows of the data",
        call: Call::OverRows(Aggregate::Sum),
    },
    Function {
        name: "select",
        arity: 3,
        more: false,
        meaning: "select(condition, a, b): a where the condition holds, else b",
        call: Call::Select,
    },
];

/// A function as formulas call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    pub name: &'static str,
    /// Number of arguments.
    pub arity: usize,
    /// Whether there may be more.
    pub more: bool,
    /// In a few words.
    pub meaning: &'static str,
    pub call: Call,
}

/// What a call comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Unary(Unary),
    Binary(Binary),
    Compound(Compound),
    OverRows(Aggregate),
    Select,
}

/// Every function of the language.
pub fn functions() -> impl Iterator<Item = Function> {
    let of = |row: &Row, arity: usize, call: Call| {
        row.is_function.then_some(Function { name: row.name, arity, more: row.folds, meaning: row.meaning, call })
    };
    let unary = Unary::ALL.iter().filter_map(move |op| of(op.row(), 1, Call::Unary(*op)));
    let binary = Binary::ALL.iter().filter_map(move |op| of(op.row(), 2, Call::Binary(*op)));
    let compound = Compound::ALL.iter().map(|of| {
        let (name, arity, meaning) = of.row();
        Function { name, arity, more: false, meaning, call: Call::Compound(*of) }
    });
    unary.chain(binary).chain(compound).chain(FORMS.iter().copied())
}

/// The function of a name.
pub fn function(name: &str) -> Option<Function> {
    functions().find(|function| function.name == name)
}

impl Function {
    /// What a call with so many arguments is: of one argument, `max` and `min` run over rows.
    pub(super) fn with(self, arguments: usize) -> Self {
        let over_rows = |of: Aggregate| Self { arity: 1, more: false, call: Call::OverRows(of), ..self };
        match self.call {
            Call::Binary(Binary::Max) if arguments == 1 => over_rows(Aggregate::Largest),
            Call::Binary(Binary::Min) if arguments == 1 => over_rows(Aggregate::Smallest),
            _ => self,
        }
    }
}

/// The function of a name as other languages have it.
pub(super) fn function_by_any_name(name: &str) -> Option<Function> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    function(alias.map_or(name, |(_, name)| name))
}

/// The exponent of a function that is a power.
pub(super) fn power(name: &str) -> Option<Exponent> {
    POWERS.iter().find(|(known, _)| *known == name).map(|(_, exponent)| *exponent)
}

/// Whether a name is that of a function, in whatever language, or of a constant.
pub(super) fn is_called_or_constant(name: &str) -> bool {
    function_by_any_name(name).is_some() || power(name).is_some() || constant(name).is_some()
}

/// The value of a named constant.
pub fn constant(name: &str) -> Option<f64> {
    CONSTANTS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// Whether a name means something in every formula.
pub fn is_of_language(name: &str) -> bool {
    function(name).is_some() || constant(name).is_some()
}
