//! The tables of built-ins: a new objective or rule is one more row in its table, and nothing else.

mod objectives;
mod rows;
mod rules;

pub use objectives::OBJECTIVES;
pub use rows::{DEFAULT_ALPHA, DEFAULT_START, ObjectiveRow, RuleRow};
pub use rules::RULES;

/// The row of a built-in objective; names are the same in any case.
pub fn objective(name: &str) -> Option<&'static ObjectiveRow> {
    OBJECTIVES.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// The row of a built-in rule; names are the same in any case.
pub fn rule(name: &str) -> Option<&'static RuleRow> {
    RULES.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}
