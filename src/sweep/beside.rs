//! Formulas beside the loss at the points of a descent: what a trace shows, and what a model predicts. In f64, whatever the
//! precision of the descent.

use super::carried::Input;
use super::error::RequestError;
use super::formula::FormulaSweep;
use super::program::{DataColumn, Program};
use crate::expr::{Graph, NodeId, evaluate_over};
use crate::problem::{ColumnMoments, Expression, Model, Moments, Objective, ProblemError};

/// A formula under a name: `mae=mean(abs(w*x+b-y))`.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub name: String,
    pub expression: Expression,
}

impl Shown {
    /// Whether it is a number at every point of the objective's descents.
    ///
    /// # Errors
    /// As [`Expression::lower_number`], under `--show`.
    pub fn check(&self, objective: &Objective) -> Result<(), RequestError> {
        let mut graph = Graph::new();
        let parameters = objective.inputs(&mut graph);
        let lowered = self.expression.lower_number(objective, &mut graph, &parameters);
        let shown = format!("{}={}", self.name, self.expression.text());
        lowered.map(drop).map_err(|error| RequestError::new("--show", shown, error.to_string()))
    }

    /// Its values along a path in a cell: one list per parameter, as in [`Path`](super::Path). Not a number where it cannot be
    /// had.
    pub fn along(&self, spec: &FormulaSweep, cell: (usize, usize), parameters: &[Vec<f64>]) -> Vec<f64> {
        let steps = parameters.first().map_or(0, Vec::len);
        let lower = |graph: &mut Graph, at: &[NodeId]| self.expression.lower_number(&spec.objective, graph, at);
        let Ok(reader) = Reader::new(spec, cell, lower) else { return vec![f64::NAN; steps] };
        let point = |step: usize| parameters.iter().map(|list| list[step]).collect::<Vec<f64>>();
        (0..steps).map(|step| reader.value(&point(step), &[])).collect()
    }
}

/// Where the value of an input comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    Parameter(usize),
    Fixed(f64),
    /// A value of the row, by its place.
    Row(usize),
}

/// A formula in one cell, ready to be evaluated.
#[derive(Debug, Clone)]
struct Reader {
    graph: Graph,
    root: NodeId,
    sources: Vec<Source>,
    columns: Vec<Vec<f64>>,
}

impl Reader {
    fn new(
        spec: &FormulaSweep,
        cell: (usize, usize),
        lower: impl Fn(&mut Graph, &[NodeId]) -> Result<NodeId, ProblemError>,
    ) -> Result<Self, ProblemError> {
        let mut graph = Graph::new();
        let parameters = spec.objective.inputs(&mut graph);
        let root = lower(&mut graph, &parameters)?;
        let columns =
            graph.columns().iter().map(|name| spec.column_in(cell, name).unwrap_or_default().to_vec()).collect();
        let of_parameters = spec.objective.parameters();
        let source = |name: &String| match of_parameters.iter().position(|known| known == name) {
            Some(at) => Source::Parameter(at),
            None => Source::Fixed(spec.knob_in(cell, name).unwrap_or(f64::NAN)),
        };
        let sources = graph.inputs().iter().map(source).collect();
        Ok(Self { graph, root, sources, columns })
    }

    /// The same, where these names are of a row.
    fn of_row(mut self, names: &[String]) -> Self {
        for (name, source) in self.graph.inputs().iter().zip(&mut self.sources) {
            if let Some(at) = names.iter().position(|known| known == name) {
                *source = Source::Row(at);
            }
        }
        self
    }

    fn value(&self, point: &[f64], row: &[f64]) -> f64 {
        let of = |source: &Source| match *source {
            Source::Parameter(at) => point[at],
            Source::Fixed(value) => value,
            Source::Row(at) => row[at],
        };
        let inputs: Vec<f64> = self.sources.iter().map(of).collect();
        let columns: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        evaluate_over(&self.graph, &[self.root], &inputs, &columns)[0]
    }
}

/// What a model predicts in one cell, in the scale of the data: standardised columns are taken and given as they were.
#[derive(Debug, Clone)]
pub struct Predictor {
    reader: Reader,
    /// Of each of the model's inputs.
    scales: Vec<Option<Moments>>,
    of_target: Option<Moments>,
}

impl Predictor {
    /// # Errors
    /// As [`Expression::lower`].
    pub fn new(spec: &FormulaSweep, cell: (usize, usize), model: &Model) -> Result<Self, ProblemError> {
        let lower = |graph: &mut Graph, at: &[NodeId]| {
            let root = model.expression.lower(&spec.objective, graph, at)?;
            Ok(graph.at_one_row(root))
        };
        let reader = Reader::new(spec, cell, lower)?.of_row(&model.inputs);
        let moments = |name: &String| spec.moments_in(cell, name);
        let scales = model.inputs.iter().map(moments).collect();
        Ok(Self { reader, scales, of_target: model.target.as_ref().and_then(moments) })
    }

    /// The prediction where the parameters are at `point`, for a row with these values of the model's inputs.
    ///
    /// # Panics
    /// If there are fewer values than inputs, or than parameters.
    pub fn predict(&self, point: &[f64], row: &[f64]) -> f64 {
        let scaled = |(value, moments): (&f64, &Option<Moments>)| moments.map_or(*value, |m| m.standardized(*value));
        let row: Vec<f64> = row.iter().zip(&self.scales).map(scaled).collect();
        let value = self.reader.value(point, &row);
        self.of_target.map_or(value, |moments| moments.restored(value))
    }
}

impl FormulaSweep {
    fn table_in(&self, (x, y): (usize, usize)) -> usize {
        self.program.table().map_or(0, |knob| self.knob_value(&self.knobs[knob], x, y) as usize)
    }

    fn column_in(&self, cell: (usize, usize), name: &str) -> Option<&[f64]> {
        self.data.as_ref()?.tables.get(self.table_in(cell))?.column(name)
    }

    fn knob_in(&self, (x, y): (usize, usize), name: &str) -> Option<f64> {
        let knob = self.knobs.iter().find(|knob| knob.name == name)?;
        Some(self.knob_value(knob, x, y))
    }

    fn moments_in(&self, cell: (usize, usize), name: &str) -> Option<Moments> {
        self.moments_of(self.table_in(cell), name)
    }

    /// What a column was standardised by in one of the data tables; `None` where it was not.
    pub fn moments_of(&self, table: usize, name: &str) -> Option<Moments> {
        let of_table = self.standardized.as_ref()?.moments.get(table)?;
        let is_it = |column: &&ColumnMoments| column.column == name;
        of_table.iter().find(is_it).map(|column| column.moments)
    }

    /// The prediction of a model as a program, and its root there. After the knobs of the sweep's own program come the values of
    /// a row, in the order of [`Model::inputs`] and in the scale that the loss reads; parameters are carried as there. `None`
    /// where it is none of this objective.
    pub fn predicting(&self, model: &Model) -> Option<(Program, NodeId)> {
        let mut graph = Graph::new();
        let parameters = self.objective.inputs(&mut graph);
        let root = model.expression.lower(&self.objective, &mut graph, &parameters).ok()?;
        let root = graph.at_one_row(root);
        let own = &self.program;
        let meaning = |name: &String| {
            let of_row = model.inputs.iter().position(|known| known == name).map(|at| own.knobs.len() + at);
            let carried = own.parameters.iter().find(|known| known.name == *name).map(|known| known.hi);
            let knob = of_row.or_else(|| own.knob(name).filter(|_| carried.is_none()));
            knob.map(Input::Knob).or(carried.map(Input::Carried))
        };
        let inputs = graph.inputs().iter().map(meaning).collect::<Option<Vec<_>>>()?;
        let all = self.objective.columns();
        let column = |name: &String| all.iter().position(|known| known == name);
        let columns = graph.columns().iter().map(|name| Some(DataColumn { data: column(name)?, batch: false }));
        let columns = columns.collect::<Option<Vec<_>>>()?;
        Some((Program { graph, inputs, columns, batch: None, ..own.clone() }, root))
    }

    /// What each row of a cell's data has under a name, in the scale of the data; where there are no data, the constant of this
    /// name as one row. Empty where nothing is called so.
    pub fn rows_in(&self, cell: (usize, usize), name: &str) -> Vec<f64> {
        if self.data.is_none() {
            return self.knob_in(cell, name).into_iter().collect();
        }
        let values = self.column_in(cell, name).unwrap_or_default();
        match self.moments_in(cell, name) {
            Some(moments) => values.iter().map(|value| moments.restored(*value)).collect(),
            None => values.to_vec(),
        }
    }
}
