//! Columns of results as arrays of their own types: those that `--npy` writes, to the bit.

use crate::engine::Output;
use crate::sweep::{
    Column, OUTCOMES, Outcome, Place, RequestError, SweepCommon, Tile, TileOutcomes, ValueType, Values,
};
use std::io;

/// The values of all cells, y-major.
#[derive(Debug, Clone, PartialEq)]
pub enum Array {
    F32(Vec<f32>),
    F64(Vec<f64>),
    U32(Vec<u32>),
    /// Codes of outcomes.
    U8(Vec<u8>),
}

/// The same, elsewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Numbers<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    U32(&'a [u32]),
    U8(&'a [u8]),
}

/// A column, called as its file of `--npy` is; shape (ny, nx), or (nx), and of histories one axis more.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedArray {
    pub name: String,
    pub array: Array,
    pub shape: Vec<usize>,
}

impl Array {
    /// Room for so many values; an error rather than the end of the process where there is none.
    fn with_room(value: ValueType, room: usize) -> io::Result<Self> {
        fn list<T>(room: usize) -> io::Result<Vec<T>> {
            let mut list = Vec::new();
            list.try_reserve_exact(room).map_err(|_| {
                let told =
                    format!("there is no memory for {room} cells; take fewer values, or `run` the command with --npy");
                io::Error::new(io::ErrorKind::OutOfMemory, told)
            })?;
            Ok(list)
        }
        Ok(match value {
            ValueType::F32 => Self::F32(list(room)?),
            ValueType::F64 => Self::F64(list(room)?),
            ValueType::U32 => Self::U32(list(room)?),
            ValueType::Outcome => Self::U8(list(room)?),
        })
    }

    fn extend(&mut self, values: Values<'_>) {
        match (self, values) {
            (Self::F64(all), Values::Reals(values)) => all.extend_from_slice(values),
            (Self::F32(all), Values::Reals(values)) => all.extend(values.iter().map(|value| *value as f32)),
            (Self::U32(all), Values::Steps(values)) => all.extend_from_slice(values),
            (Self::U8(all), Values::Outcomes(values)) => all.extend(values.iter().map(|outcome| *outcome as u8)),
            // A real column of whole numbers, or a whole one of reals: by their values.
            (Self::F64(all), values) => all.extend(numbers(values)),
            (Self::F32(all), values) => all.extend(numbers(values).map(|value| value as f32)),
            (Self::U32(all), values) => all.extend(numbers(values).map(|value| value as u32)),
            (Self::U8(all), values) => all.extend(numbers(values).map(|value| value as u8)),
        }
    }

    /// As numbers elsewhere.
    pub fn numbers(&self) -> Numbers<'_> {
        match self {
            Self::F32(values) => Numbers::F32(values),
            Self::F64(values) => Numbers::F64(values),
            Self::U32(values) => Numbers::U32(values),
            Self::U8(values) => Numbers::U8(values),
        }
    }
}

fn numbers(values: Values<'_>) -> impl Iterator<Item = f64> {
    let len = match values {
        Values::Reals(values) => values.len(),
        Values::Steps(values) => values.len(),
        Values::Outcomes(values) => values.len(),
    };
    (0..len).map(move |at| values.number(at))
}

impl Numbers<'_> {
    fn len(self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::U32(values) => values.len(),
            Self::U8(values) => values.len(),
        }
    }

    fn number(self, at: usize) -> f64 {
        match self {
            Self::F32(values) => f64::from(values[at]),
            Self::F64(values) => values[at],
            Self::U32(values) => f64::from(values[at]),
            Self::U8(values) => f64::from(values[at]),
        }
    }
}

/// Every column with what it is called: those of histories have a name of their own.
fn named(grid: &SweepCommon) -> Vec<(String, &Column)> {
    let history = grid.history.iter().flat_map(|history| &history.columns);
    let history = history.map(|column| (format!("history_{}", column.name), column));
    grid.columns.iter().map(|column| (column.name.clone(), column)).chain(history).collect()
}

fn per_cell(grid: &SweepCommon, column: &Column) -> usize {
    if matches!(column.place, Place::History(_)) { grid.records() } else { 1 }
}

/// Gathers all columns as tiles come.
pub struct Columns {
    columns: Vec<(Column, NamedArray)>,
}

impl Columns {
    /// Room for all cells.
    ///
    /// # Errors
    /// Memory that is not there.
    pub fn new(grid: &SweepCommon) -> io::Result<Self> {
        let cells = match grid.y {
            Some(_) => vec![grid.ny(), grid.nx()],
            None => vec![grid.nx()],
        };
        let one = |(name, column): (String, &Column)| {
            let each = per_cell(grid, column);
            let by_record = matches!(column.place, Place::History(_)).then_some(each);
            let shape = cells.iter().copied().chain(by_record).collect();
            let array = Array::with_room(column.value, grid.cells().saturating_mul(each))?;
            Ok((column.clone(), NamedArray { name, array, shape }))
        };
        Ok(Self { columns: named(grid).into_iter().map(one).collect::<io::Result<_>>()? })
    }

    /// All of them.
    pub fn finish(self) -> Vec<NamedArray> {
        self.columns.into_iter().map(|(_, array)| array).collect()
    }
}

impl Output for Columns {
    /// Tiles follow each other in y-major order of their cells.
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.columns.iter_mut().for_each(|(column, named)| named.array.extend(tile.values(column)));
        Ok(())
    }
}

/// All columns of a sweep, from whoever holds them.
pub struct Cells<'g, 'n> {
    columns: Vec<(&'g Column, Numbers<'n>)>,
    grid: &'g SweepCommon,
}

impl<'g, 'n> Cells<'g, 'n> {
    /// `find` gives a column by its name.
    ///
    /// # Errors
    /// A column that is not there, is too short, or has a code that is none.
    pub fn new(grid: &'g SweepCommon, find: &dyn Fn(&str) -> Option<Numbers<'n>>) -> Result<Self, RequestError> {
        let one = |(name, column): (String, &'g Column)| {
            let wrong = |message: String| RequestError::new("column", &name, message);
            let found = find(&name).ok_or_else(|| wrong("is not there".to_owned()))?;
            let wanted = grid.cells() * per_cell(grid, column);
            if found.len() != wanted {
                return Err(wrong(format!("has {} values, and the sweep has {wanted}", found.len())));
            }
            let is_code = |at: usize| found.number(at) < OUTCOMES.len() as f64;
            if column.value == ValueType::Outcome && !(0..wanted).all(is_code) {
                return Err(wrong("has codes that are of no outcome".to_owned()));
            }
            Ok((column, found))
        };
        Ok(Self { columns: named(grid).into_iter().map(one).collect::<Result<_, _>>()?, grid })
    }

    /// Some of the cells, as an engine hands them over.
    pub fn tile(&self, tile: Tile) -> TileOutcomes {
        let mut all = TileOutcomes::with_room(tile, self.grid.shape());
        all.derived.resize(self.grid.derived.len(), Vec::new());
        all.history.resize(self.grid.history.as_ref().map_or(0, |history| history.columns.len()), Vec::new());
        for (column, numbers) in &self.columns {
            let each = per_cell(self.grid, column);
            let cells = tile.range(self.grid.nx());
            // What was read from a text of f32 is the number that the text stands for.
            let narrow = column.value == ValueType::F32;
            let number = |at: usize| {
                let value = numbers.number(at);
                if narrow { f64::from(value as f32) } else { value }
            };
            let reals = || (cells.start * each..cells.end * each).map(number);
            match column.place {
                Place::LossStart => all.loss_start.extend(reals()),
                Place::LossFinal => all.loss_final.extend(reals()),
                Place::Parameter(at) => all.parameters[at].extend(reals()),
                Place::Measure(at) => all.measures[at].extend(reals()),
                Place::Derived(at) => all.derived[at].extend(reals()),
                Place::History(at) => all.history[at].extend(reals()),
                Place::Steps => all.steps.extend(reals().map(|value| value as u32)),
                Place::Outcome => all.outcome.extend(reals().filter_map(|code| Outcome::from_code(code as u8))),
            }
        }
        all
    }
}
