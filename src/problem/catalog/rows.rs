//! What the rows of the tables say.

/// A built-in objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectiveRow {
    pub name: &'static str,
    /// Written in the language of [`crate::expr`].
    pub formula: &'static str,
    /// Names of the formula that are not parameters, with their values.
    pub constants: &'static [(&'static str, f64)],
    /// Axes that show where descent stops converging: learning rate, and start of the first parameter.
    pub alpha: &'static str,
    pub start: &'static str,
    /// Starts of the parameters while they are not an axis, in parameter order: a number, or what it is drawn from.
    pub starts: &'static [&'static str],
    /// Known minima (parameter order), at the constants' default values.
    pub minima: &'static [&'static [f64]],
    /// Its data: a name of [`crate::problem::DATA`].
    pub data: &'static str,
    /// `--batch` unless given.
    pub batch: &'static str,
    /// `--gradient` unless given.
    pub gradient: &'static str,
    /// `--stop` unless it or `--gtol` is given.
    pub stop: &'static str,
    /// What is known exactly about where gradient descent converges.
    pub law: &'static str,
    /// The same as curves over learning rate and starts, for pictures: label, a formula that is zero on the curve, and one
    /// that is not negative where the curve holds. Names are those of axes.
    pub boundaries: &'static [(&'static str, &'static str, &'static str)],
    /// Where the row comes from.
    pub source: &'static str,
}

/// A built-in rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleRow {
    pub name: &'static str,
    /// Statements ending in `delta = ...`; see [`crate::problem::Rule`].
    pub formula: &'static str,
    pub hyperparameters: &'static [(&'static str, f64)],
    /// Largest stable α at a minimum of largest curvature `lambda`, as a formula; empty where none is known. Limits are
    /// computed for any rule; this is how people write them, and what a test compares them with.
    pub limit: &'static str,
    /// For rules that scale each parameter's slope by its history: what they divide it by, as a formula of the rule's
    /// state. `lambda` is then the largest curvature of the loss over the scaled parameters, while that state stays.
    pub precondition: &'static str,
    pub source: &'static str,
}

/// The axis of the first lecture's question, which is also the default of a formula that is not in this table.
pub const DEFAULT_ALPHA: &str = "log:1e-10:10:1024";
/// The matching starts.
pub const DEFAULT_START: &str = "lin:-10:10:512";

/// What the row of an objective need not say.
pub const PLAIN: ObjectiveRow = ObjectiveRow {
    name: "",
    formula: "",
    constants: &[],
    alpha: DEFAULT_ALPHA,
    start: DEFAULT_START,
    starts: &[],
    minima: &[],
    data: "",
    batch: "full",
    gradient: "auto",
    stop: "",
    law: "",
    boundaries: &[],
    source: "",
};
