//! What the table of operations says in a row, and what slopes are given.

/// What is known of an operation beside its value and slope. In code, `{a}` and `{b}` stand for the arguments: names or
/// numbers, which need no brackets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The name of a function, the symbol of an operator.
    pub name: &'static str,
    /// What a function is, in a few words; an operator's result.
    pub meaning: &'static str,
    /// Whether formulas call it by name.
    pub is_function: bool,
    /// By functions of `shaders/numbers.wgsl`, and those that are made of the table's `kernel`.
    pub wgsl: &'static str,
    /// What the driver has in place of a kernel (`--native-functions`), and a function that this calls. Where it has none, or
    /// none of use, the kernel stays.
    pub native: Option<(&'static str, &'static str)>,
    /// What it gives where its arguments are 0, infinite, no number or outside of its domain, in the order of its
    /// arguments: the same on every engine, in every precision and in pages.
    pub edges: &'static [(&'static [f64], f64)],
    /// In an expression over f64. Lower-case names are functions of the page's own script.
    pub javascript: &'static str,
    /// Whether every processor gives the same bits, as IEEE 754 demands of arithmetic and roots. Shaders have these alone in
    /// f64: naga accepts the others there and emits SPIR-V that drivers misread.
    pub exact: bool,
    /// Whether it counts as a floating-point operation where rates are compared with a roof.
    pub counts: bool,
    /// Whether formulas may give more than two arguments, which then go in one after the other.
    pub folds: bool,
}

pub(super) const NAN: f64 = f64::NAN;
pub(super) const INF: f64 = f64::INFINITY;

pub(super) const FUNCTION: Row = Row {
    name: "",
    meaning: "",
    is_function: true,
    wgsl: "",
    native: None,
    edges: &[],
    javascript: "",
    exact: false,
    counts: true,
    folds: false,
};
pub(super) const OPERATOR: Row = Row { is_function: false, exact: true, ..FUNCTION };

impl Row {
    /// How a message calls it.
    pub fn called(&self) -> &'static str {
        if self.is_function { self.name } else { self.meaning }
    }
}

/// Where a slope is taken.
#[derive(Debug, Clone, Copy)]
pub struct At<V> {
    /// The argument.
    pub a: V,
    /// The operation's value.
    pub result: V,
    /// What the slope is multiplied by: the derivative of the whole by `result`.
    pub d: V,
}

/// Where the slopes of two arguments are taken.
#[derive(Debug, Clone, Copy)]
pub struct AtBoth<V> {
    pub a: V,
    pub b: V,
    /// The operation's value.
    pub result: V,
    /// What the slopes are multiplied by: the derivative of the whole by `result`.
    pub d: V,
    /// Whether the slope by b is wanted; where it is costly, it may be 0 otherwise.
    pub b_moves: bool,
}

/// d times the slopes of two arguments.
#[derive(Debug, Clone, Copy)]
pub enum Slopes<V> {
    Each(V, V),
    /// All of d belongs to b where the condition holds, else to a; and the other gets exactly nothing.
    One {
        b_where: V,
    },
}
