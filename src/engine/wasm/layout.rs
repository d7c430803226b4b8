//! What is where in the memory of a module.

use crate::problem::Data;
use crate::sweep::FormulaSweep;
use serde::Serialize;
use wasm_encoder::{MemArg, MemArgTarget};

/// Interleaved vectors of a group: none waits for its own result.
pub const PARTS: usize = 4;
/// Bytes of a vector, and of a slot: a vector for each part of a group.
pub const VECTOR: usize = 16;
pub const SLOT: usize = PARTS * VECTOR;

/// Where the numbers of a group are, as bytes from the beginning: each a slot of one number per lane, lane after lane. Numbers
/// have the working precision; masks have all bits of a lane or none; counts are whole numbers as wide as a lane.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Layout {
    /// Lanes of a group, and bytes of each.
    pub lanes: usize,
    pub lane_bytes: usize,
    /// Per knob and per carried value.
    pub knobs: Vec<usize>,
    pub carried: Vec<usize>,
    /// What each number of the stop test must be below.
    pub tolerances: Vec<usize>,
    /// The loss where it was looked at last.
    pub loss: usize,
    /// The bar on |loss|.
    pub bar: usize,
    /// Mask of the descents that go on, and of those whose stop test holds.
    pub alive: usize,
    pub held: usize,
    /// Count of judged steps for which it must go on holding.
    pub left: usize,
    /// Count: how a descent ended, by [`Layout::ARRIVED`], [`Layout::DIVERGED`] or [`Layout::OVERFLOWED`]; and at which step.
    pub code: usize,
    pub steps: usize,
    /// Least and largest loss of the window at hand.
    pub low: usize,
    pub high: usize,
    /// Where the stop test began to hold: step, loss, and what is carried of parameters.
    pub held_since: usize,
    pub held_loss: usize,
    pub held_at: Vec<usize>,
    /// Where a descent diverged: loss, and what is carried of parameters.
    pub last_loss: usize,
    pub last_at: Vec<usize>,
    /// With batches: loss and what is carried of parameters at the last judged step where both were finite.
    pub judged_loss: usize,
    pub judged_at: Vec<usize>,
    /// Where steps are drawn: the first loss of the window at hand, and the sums of what others have over it, and of the squares.
    pub origin: usize,
    pub sum: usize,
    pub squares: usize,
    /// The seed of all descents of a group, a word; and counts: column and row of each one's cell.
    pub seed: usize,
    pub cell: [usize; 2],
    /// Which knobs these are, and which is the number of the data's table, that all descents of a group have too.
    pub seed_knob: Option<usize>,
    pub cell_knobs: Option<[usize; 2]>,
    pub table_knob: Option<usize>,
    /// What is asked where a descent came to rest: K, column by column, and the gradient.
    pub asked: Vec<usize>,
    /// Each column that the graph reads, row after row.
    pub columns: Vec<ColumnPlace>,
    /// All of it.
    pub bytes: usize,
    /// [`Precision::grain`](crate::sweep::Precision::grain) of the sweep, by which trends are told.
    pub grain: f64,
}

/// Where the first row of a column is, and which one of the data's it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ColumnPlace {
    pub at: usize,
    pub data: usize,
}

impl Layout {
    /// The stop test held for long enough.
    pub const ARRIVED: u32 = 1;
    /// Beyond the bar, at a finite loss.
    pub const DIVERGED: u32 = 2;
    /// The loss or a parameter is no finite number any more: the step before tells where.
    pub const OVERFLOWED: u32 = 3;

    /// A place of whole words.
    pub fn word(slot: usize) -> MemArg {
        MemArg { offset: slot as u64, align: 2, target: MemArgTarget::default(), ordering: None }
    }

    /// `asked`: how many numbers are asked where descents came to rest.
    pub fn new(spec: &FormulaSweep, asked: usize) -> Self {
        let program = &spec.program;
        let lane_bytes = if program.precision.is_wide() { 8 } else { 4 };
        let mut bytes = 0;
        let mut slot = || {
            bytes += SLOT;
            bytes - SLOT
        };
        let mut slots = |count: usize| (0..count).map(|_| slot()).collect::<Vec<_>>();
        let knobs = slots(program.knobs.len());
        let carried = slots(program.carried.len());
        let tolerances = slots(spec.tolerances.len());
        let [held_at, last_at, judged_at] = [0; 3].map(|_| slots(program.reported().len()));
        let asked = slots(asked);
        let one = slots(19);
        let rows = spec.data.as_ref().and_then(|data| data.tables.first()).map_or(0, Data::rows);
        let of_column = (rows * lane_bytes).next_multiple_of(VECTOR);
        let places = program.columns.iter().enumerate();
        let columns: Vec<ColumnPlace> =
            places.map(|(number, read)| ColumnPlace { at: bytes + number * of_column, data: read.data }).collect();
        let bytes = bytes + columns.len() * of_column;
        let [
            loss,
            bar,
            alive,
            held,
            left,
            code,
            steps,
            low,
            high,
            held_since,
            held_loss,
            last_loss,
            judged_loss,
            origin,
            sum,
            squares,
            seed,
            column,
            row,
        ] = one[..]
        else {
            unreachable!("nineteen slots")
        };
        let of_batch = program.batch.and_then(|batch| batch.seed);
        Self {
            lanes: SLOT / lane_bytes,
            lane_bytes,
            knobs,
            carried,
            tolerances,
            loss,
            bar,
            alive,
            held,
            left,
            code,
            steps,
            low,
            high,
            held_since,
            held_loss,
            held_at,
            last_loss,
            last_at,
            judged_loss,
            judged_at,
            origin,
            sum,
            squares,
            seed,
            cell: [column, row],
            seed_knob: of_batch.or(program.noise.map(|noise| noise.seed)),
            cell_knobs: program.noise.map(|noise| noise.cell),
            table_knob: program.table(),
            asked,
            columns,
            bytes,
            grain: program.precision.grain(),
        }
    }
}
