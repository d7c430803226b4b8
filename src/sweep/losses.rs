//! The loss of one cell's problem at many values of its parameters, over all rows, in f64: for pictures.

use super::carried::{InitialValue, Input};
use super::formula::FormulaSweep;
use super::lanes::{LANES, Lanes};

/// The same numbers as [`Follower::loss_at`](super::Follower::loss_at) gives, several at a time.
pub struct Losses<'a> {
    spec: &'a FormulaSweep,
    lanes: Lanes,
    knobs: Vec<f64>,
    /// All rows of every column that the graph reads.
    columns: Vec<&'a [f64]>,
}

impl<'a> Losses<'a> {
    /// Those of a cell.
    pub fn of(spec: &'a FormulaSweep, (x, y): (usize, usize)) -> Self {
        let knobs = spec.knob_values(x, y);
        let table = spec.program.table().map_or(0, |knob| knobs[knob] as usize);
        let table = spec.data.as_ref().and_then(|data| data.tables.get(table));
        let column = |data: usize| table.map_or(&[][..], |table| &table.columns[data]);
        let columns = spec.program.columns.iter().map(|read| column(read.data)).collect();
        Self { spec, lanes: Lanes::new(&spec.program, &[spec.program.loss]), knobs, columns }
    }

    /// The loss at each of some points, which have one value per parameter.
    pub fn at(&self, points: &[Vec<f64>]) -> Vec<f64> {
        points.chunks(LANES).flat_map(|some| self.of_some(some)).collect()
    }

    fn of_some(&self, points: &[Vec<f64>]) -> Vec<f64> {
        let program = &self.spec.program;
        let carried = |at: usize, point: &[f64]| {
            let parameter = program.parameters.iter().position(|parameter| parameter.hi == at);
            parameter.map_or_else(|| self.initial(program.carried[at].initial), |parameter| point[parameter])
        };
        let input = |input: usize, lane: usize| match program.inputs[input] {
            Input::Knob(knob) => self.knobs[knob],
            Input::Carried(at) => carried(at, &points[lane]),
            Input::StepNumber => 1.0,
            // A loss reads nothing that is drawn for a step.
            Input::Drawn { .. } => 0.0,
        };
        self.lanes.evaluate(points.len(), &input, &self.columns).into_iter().flatten().collect()
    }

    fn initial(&self, initial: InitialValue) -> f64 {
        match initial {
            InitialValue::Zero => 0.0,
            InitialValue::Knob(knob) => self.knobs[knob],
        }
    }
}
