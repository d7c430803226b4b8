//! The model of an objective over data, as the script of a page reads it.

use super::script::script_of;
use crate::draw::{pretty, typeset};
use crate::expr::NodeId;
use crate::problem::Model;
use crate::sweep::{FormulaSweep, Program};
use serde::Serialize;

/// What is known of the model. Its rows are in the page's data, of which every step needs all.
#[derive(Debug, Serialize)]
pub struct FitDocument {
    formula: String,
    inputs: Vec<ColumnDocument>,
    target: ColumnDocument,
    is_probability: bool,
}

/// A column that the model reads or predicts.
#[derive(Debug, Serialize)]
struct ColumnDocument {
    label: String,
    /// Position among the columns of a table.
    at: usize,
    /// By table, the mean and deviation that it was standardised by.
    moments: Vec<Option<[f64; 2]>>,
}

/// A model with the program of its prediction.
pub struct Fit {
    pub document: FitDocument,
    program: Program,
    root: NodeId,
}

impl Fit {
    /// The model that the data are held against; `None` where none can be told, and where it reads no column.
    pub fn of(spec: &FormulaSweep) -> Option<Self> {
        let tables = &spec.data.as_ref()?.tables;
        let model = Model::find(&spec.objective).filter(|model| !model.inputs.is_empty())?;
        let column = |name: &String| {
            let at = tables.first()?.names.iter().position(|known| known == name)?;
            let moments = (0..tables.len()).map(|table| spec.moments_of(table, name).map(|m| [m.mean, m.deviation]));
            Some(ColumnDocument { label: pretty(name), at, moments: moments.collect() })
        };
        let document = FitDocument {
            formula: typeset(model.expression.text()),
            inputs: model.inputs.iter().map(column).collect::<Option<Vec<_>>>()?,
            target: column(model.target.as_ref()?)?,
            is_probability: model.is_probability,
        };
        let (program, root) = spec.predicting(&model)?;
        Some(Self { document, program, root })
    }

    /// The function `predict`: as `judge`, with the values of a row after the knobs.
    pub fn script(&self) -> String {
        script_of(&self.program, "predict", self.root)
    }
}
