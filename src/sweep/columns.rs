//! Columns of results: one row says all that is known of each. Whoever reads, writes or draws results asks here what a
//! column is, and never by its name.

use super::outcome::{Outcome, TileOutcomes};

/// Which loss of a descent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossAt {
    Start,
    /// The last step where loss and parameters were finite.
    Final,
    /// The lowest on the way.
    Best,
    /// Every recorded step, of a history.
    Step,
}

/// Which rows of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Those that are learnt from.
    Train,
    /// Those that were held back.
    Test,
}

/// What a column is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Loss(LossAt),
    /// Where a parameter of a formula got to.
    Parameter,
    /// Share of the rows whose class was found.
    Accuracy(Split),
    /// [`super::TrainabilityScore`].
    Trainability,
    /// A number that was asked for: a row of [`super::MEASURES_OF_DESCENTS`].
    Measured,
    /// Likewise, and a whole number that tells cells apart.
    Class,
    /// Computed from the other columns, after the engine: see [`super::DerivedRow`].
    Derived,
    Steps,
    Outcome,
}

/// What a value is, and how wide it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    F32,
    F64,
    U32,
    /// The code of an [`Outcome`]; in texts its word.
    Outcome,
}

impl ValueType {
    /// Of a number: f64 where f32 cannot hold it.
    pub fn real(wide: bool) -> Self {
        if wide { Self::F64 } else { Self::F32 }
    }

    /// Whether f32 cannot hold it.
    pub fn is_wide(self) -> bool {
        self != Self::F32
    }
}

/// How colours follow the numbers of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnScale {
    /// Whatever suits the numbers that there are.
    Fitted,
    Linear,
    Log,
    /// By size, apart on either side of zero where there are numbers of both signs.
    AroundZero,
    /// By rank, apart on either side of zero.
    RankAroundZero,
    /// Whole numbers, each with a colour of its own.
    Classes,
}

/// How a column is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnStyle {
    pub scale: ColumnScale,
    /// What the numbers mean, where they do not say so themselves; short lines for the side of a picture.
    pub lines: &'static [&'static str],
}

/// Numbers that explain themselves.
pub const PLAIN: ColumnStyle = ColumnStyle { scale: ColumnScale::Fitted, lines: &[] };

/// Where the values of a column are in a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    LossStart,
    LossFinal,
    /// Position in [`TileOutcomes::parameters`].
    Parameter(usize),
    /// Position in [`TileOutcomes::measures`].
    Measure(usize),
    /// Position in [`TileOutcomes::derived`].
    Derived(usize),
    /// Position in [`TileOutcomes::history`]: one value per cell and recorded step.
    History(usize),
    Steps,
    Outcome,
}

/// A column of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As in files, such as `beta_final`.
    pub name: String,
    pub kind: ColumnKind,
    pub value: ValueType,
    pub style: ColumnStyle,
    pub place: Place,
}

impl Column {
    /// What people are shown, such as `test accuracy`.
    pub fn label(&self) -> String {
        self.name.replace('_', " ")
    }

    /// Whether it is there because somebody asked for it; a formula's lowest loss is as well.
    pub fn is_asked(&self) -> bool {
        matches!(self.kind, ColumnKind::Measured | ColumnKind::Class)
    }

    /// Whether it can be drawn as a map: all but outcomes can.
    pub fn is_number(&self) -> bool {
        self.value != ValueType::Outcome
    }
}

/// The values of a column, in the order of the tile's cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values<'a> {
    Reals(&'a [f64]),
    Steps(&'a [u32]),
    Outcomes(&'a [Outcome]),
}

impl<'a> Values<'a> {
    /// The value at a place, as a number: of an outcome its code.
    pub fn number(self, at: usize) -> f64 {
        match self {
            Self::Reals(values) => values[at],
            Self::Steps(values) => f64::from(values[at]),
            Self::Outcomes(values) => f64::from(values[at] as u8),
        }
    }

    /// The numbers, where they are real.
    pub fn reals(self) -> Option<&'a [f64]> {
        match self {
            Self::Reals(values) => Some(values),
            Self::Steps(_) | Self::Outcomes(_) => None,
        }
    }
}

impl TileOutcomes {
    /// The values of a column of the sweep that the tile is of.
    ///
    /// # Panics
    /// If the tile is of another sweep, or the column is derived and [`super::SweepCommon::derive`] was not called.
    pub fn values(&self, column: &Column) -> Values<'_> {
        match column.place {
            Place::LossStart => Values::Reals(&self.loss_start),
            Place::LossFinal => Values::Reals(&self.loss_final),
            Place::Parameter(at) => Values::Reals(&self.parameters[at]),
            Place::Measure(at) => Values::Reals(&self.measures[at]),
            Place::Derived(at) => Values::Reals(&self.derived[at]),
            Place::History(at) => Values::Reals(&self.history[at]),
            Place::Steps => Values::Steps(&self.steps),
            Place::Outcome => Values::Outcomes(&self.outcome),
        }
    }
}

/// A column that an engine fills, as a row of a table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnRow {
    pub name: &'static str,
    pub kind: ColumnKind,
    pub style: ColumnStyle,
}

impl ColumnRow {
    const fn plain(name: &'static str, kind: ColumnKind) -> Self {
        Self { name, kind, style: PLAIN }
    }

    fn column(&self, value: ValueType, place: Place) -> Column {
        Column { name: self.name.to_owned(), kind: self.kind, value, style: self.style, place }
    }
}

/// What every sweep has first.
const LOSSES: [(ColumnRow, Place); 2] = [
    (ColumnRow::plain("loss_start", ColumnKind::Loss(LossAt::Start)), Place::LossStart),
    (ColumnRow::plain("loss_final", ColumnKind::Loss(LossAt::Final)), Place::LossFinal),
];

/// What every sweep has last.
const ENDS: [(ColumnRow, ValueType, Place); 2] = [
    (ColumnRow::plain("steps", ColumnKind::Steps), ValueType::U32, Place::Steps),
    (ColumnRow::plain("outcome", ColumnKind::Outcome), ValueType::Outcome, Place::Outcome),
];

/// Of trainings always, of descents where it is asked for.
pub const LOSS_BEST: ColumnRow = ColumnRow::plain("loss_best", ColumnKind::Loss(LossAt::Best));

/// What may be measured of the training of a network, besides its losses.
pub const MEASURES: [ColumnRow; 4] = [
    LOSS_BEST,
    ColumnRow::plain("train_accuracy", ColumnKind::Accuracy(Split::Train)),
    ColumnRow::plain("test_accuracy", ColumnKind::Accuracy(Split::Test)),
    ColumnRow {
        name: "measure",
        kind: ColumnKind::Trainability,
        style: ColumnStyle {
            scale: ColumnScale::Fitted,
            lines: &[
                "below 0: trains, −Σ of its losses",
                "above 0: does not, Σ of their",
                "inverses; losses over the first",
            ],
        },
    },
];

/// What may be recorded on the way of a training.
pub const RECORDS: [ColumnRow; 3] = [
    ColumnRow::plain("loss", ColumnKind::Loss(LossAt::Step)),
    ColumnRow::plain("train_accuracy", ColumnKind::Accuracy(Split::Train)),
    ColumnRow::plain("test_accuracy", ColumnKind::Accuracy(Split::Test)),
];

/// How many columns stand behind those that are derived.
pub(super) const LAST: usize = ENDS.len();

/// All columns that an engine fills, in the order of files: losses, parameters, measures, steps, outcome. `wide`: whether
/// losses and measures need f64.
pub fn columns(parameters: Vec<(String, ValueType)>, measures: &[ColumnRow], wide: bool) -> Vec<Column> {
    let real = ValueType::real(wide);
    let losses = LOSSES.iter().map(|(row, place)| row.column(real, *place));
    let parameter = |(at, (name, value)): (usize, (String, ValueType))| Column {
        name,
        kind: ColumnKind::Parameter,
        value,
        style: PLAIN,
        place: Place::Parameter(at),
    };
    let parameters = parameters.into_iter().enumerate().map(parameter);
    let measures = measures.iter().enumerate().map(|(at, row)| row.column(real, Place::Measure(at)));
    let ends = ENDS.iter().map(|(row, value, place)| row.column(*value, *place));
    losses.chain(parameters).chain(measures).chain(ends).collect()
}

/// The columns of a history.
pub fn records(rows: impl Iterator<Item = ColumnRow>, wide: bool) -> Vec<Column> {
    rows.enumerate().map(|(at, row)| row.column(ValueType::real(wide), Place::History(at))).collect()
}
