//! Which names of a problem may be columns.

use super::csv::Wanted;
use super::datasets::data_row;
use super::error::ProblemError;
use super::expression::Expression;
use super::gradient::Gradient;
use super::objective::Formula;
use super::stop::Stop;
use crate::expr::{Ast, parse};

/// The names that stand in an objective and in what goes with it; `shown` are formulas beside the loss.
///
/// # Errors
/// None with formulas of the catalog and such as were read.
pub fn wanted(
    formula: &Formula,
    gradient: Option<&Gradient>,
    stop: Option<&Stop>,
    shown: &[Expression],
) -> Result<Wanted, ProblemError> {
    let ast = match formula {
        Formula::Row(row) => parse(row.formula)?,
        Formula::Own(ast) => ast.clone(),
    };
    let slopes = match gradient {
        Some(Gradient::Given(ast)) => Some(ast),
        _ => None,
    };
    let beside: Vec<&Ast> =
        slopes.into_iter().chain(stop.map(Stop::ast)).chain(shown.iter().map(Expression::ast)).collect();
    let names = ast.free_names();
    let needed = formula.row().and_then(|row| Some((row.name.to_owned(), data_row(row.data)?))).map(|(name, data)| {
        let columns = data.columns.iter().map(|(column, _)| (*column).to_owned());
        (name, columns.filter(|column| names.contains(column)).collect())
    });
    let constants = formula.row().map(|row| row.constants).unwrap_or_default();
    Ok(Wanted {
        also: beside
            .iter()
            .flat_map(|ast| ast.free_names())
            .chain(ast.name_of_value().map(str::to_owned))
            .filter(|name| !names.contains(name))
            .collect(),
        constants: std::iter::once(&ast).chain(beside).flat_map(Ast::constants).collect(),
        known: constants.iter().map(|(name, _)| (*name).to_owned()).collect(),
        names,
        needed,
    })
}
