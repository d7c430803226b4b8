//! What a sweep of standardised data found, in the scale that the data have.

use super::linear::LinearParts;
use super::theory::{Known, Loss};
use crate::sweep::FormulaSweep;
use serde::Serialize;

/// Parameters in the scale of the data, and what standardising was good for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataScale {
    /// Where the best cell ended: the converged descent with the lowest loss, else the lowest loss. Absent where no parameters
    /// give the same model over the data as they are.
    pub best: Option<Vec<f64>>,
    /// The exact minimum, likewise.
    pub exact: Option<Vec<f64>>,
    /// The condition number over the data as they are.
    pub condition_before: Option<f64>,
    /// Over standardised data.
    pub condition: Option<f64>,
}

impl DataScale {
    /// Of a sweep whose best cell ended at `reached`. `None` where nothing is standardised, or data or constants differ from cell
    /// to cell.
    pub(super) fn of(spec: &FormulaSweep, reached: Option<&[f64]>, known: &Known) -> Option<Self> {
        let before = spec.standardized.as_ref()?;
        let (table, constants) = (spec.only_table()?, spec.constants()?);
        let parts = LinearParts::of(&spec.objective, &constants, table);
        let of_data = LinearParts::of(&before.objective, &constants, &before.data);
        let deviations = before.before().iter().map(|column| column.moments.deviation);
        let factors: Vec<f64> = std::iter::once(1.0).chain(deviations).collect();
        let back = |point: &[f64]| -> Option<Vec<f64>> { of_data.as_ref()?.matching(parts.as_ref()?, point, &factors) };
        let exact = known.exact.as_ref().map(|exact| exact.minimum.as_slice());
        // Where the loss is no quadratic, the condition is that at the point which was reached.
        let here = exact.or(reached);
        let there: Option<Vec<f64>> = here.and_then(back);
        let loss = Loss::new(&spec.objective, &constants, Some(table));
        let loss_before = Loss::new(&before.objective, &constants, Some(&before.data));
        Some(Self {
            best: reached.and_then(back),
            exact: exact.and_then(back),
            condition_before: loss_before.zip(there).and_then(|(loss, point)| loss.condition(&point)),
            condition: loss.zip(here).and_then(|(loss, point)| loss.condition(point)),
        })
    }
}
