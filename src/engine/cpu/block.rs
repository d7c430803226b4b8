//! A block of lanes: what each of them is at.

use super::chunk::{Cells, Chunk, DataView};
use super::instruction::{Lanes, Register, filled};
use super::tape::Tape;
use super::thresholds::Thresholds;
use crate::expr::Real;
use crate::sweep::{FormulaSweep, Source, Window, Windows};
use std::collections::VecDeque;
use std::ops::Range;

/// Bytes of one register: a few dozen registers fit in the first-level cache.
const REGISTER_BYTES: usize = 1024;
/// But no more than this for all of them: a formula of 64 KiB needs tens of thousands.
const BLOCK_BYTES: usize = 64 << 20;
/// The least of a register: one cache line.
const LEAST_REGISTER_BYTES: usize = 64;

/// What all blocks of a run share.
pub struct Shared<'a, T: Real> {
    pub spec: &'a FormulaSweep,
    pub tape: &'a Tape,
    pub data: &'a DataView<T>,
}

/// A block of lanes, and the descents that wait for one.
pub struct Block<'a, T: Real> {
    pub(super) spec: &'a FormulaSweep,
    pub(super) tape: &'a Tape,
    pub(super) data: &'a DataView<T>,
    pub(super) grid: &'a Cells,
    pub(super) first_cell: usize,
    /// Cells that no lane has taken yet.
    pub(super) waiting: Range<usize>,
    pub(super) thresholds: Thresholds<T>,
    pub(super) registers: Vec<Lanes<T>>,
    /// Number of lanes that follow a descent: lanes 0..active.
    pub(super) active: usize,
    /// Per lane: its cell, the clock at its step 0, its loss there, the bar on its loss.
    pub(super) cell: Vec<usize>,
    pub(super) born: Vec<u64>,
    pub(super) loss_start: Vec<T>,
    pub(super) bar: Lanes<T::Bits>,
    pub(super) worst: Worst<T>,
    /// Per lane, what its end will be told from.
    pub(super) notes: Vec<Notes<T>>,
    pub(super) windows: Windows,
    /// Lanes at their step 0.
    pub(super) fresh: Vec<usize>,
    /// Clocks at which lanes took cells, oldest first.
    pub(super) births: VecDeque<u64>,
    pub(super) chunk: Chunk,
}

impl<'a, T: Real> Block<'a, T> {
    /// For `cells` of `grid`; no lane has begun.
    pub fn new(shared: &Shared<'a, T>, grid: &'a Cells, cells: Range<usize>) -> Self {
        let Shared { spec, tape, data } = *shared;
        let room = BLOCK_BYTES / tape.registers.max(1);
        let bytes = room.clamp(LEAST_REGISTER_BYTES, REGISTER_BYTES) / LEAST_REGISTER_BYTES * LEAST_REGISTER_BYTES;
        let lanes = bytes / size_of::<T>();
        let mut registers = vec![filled(T::ZERO, lanes); tape.registers];
        for (register, value) in &tape.constants {
            registers[*register].fill(T::from_f64(*value));
        }
        for (knob, register) in spec.knobs.iter().zip(&tape.knobs) {
            if let (Source::Fixed(value), Some(register)) = (knob.source, register) {
                registers[*register].fill(T::from_f64(value));
            }
        }
        let none = filled(T::Bits::default(), lanes);
        Self {
            spec,
            tape,
            data,
            grid,
            first_cell: cells.start,
            chunk: Chunk::new(cells.len(), spec.program.handed()),
            waiting: cells,
            thresholds: Thresholds::new(spec),
            registers,
            active: 0,
            cell: vec![0; lanes],
            born: vec![0; lanes],
            loss_start: vec![T::ZERO; lanes],
            bar: none.clone(),
            worst: Worst { parameter: none.clone(), above: none.clone(), confirming: none },
            notes: vec![Notes::new(spec.program.handed()); lanes],
            windows: spec.windows(),
            fresh: Vec::new(),
            births: VecDeque::new(),
        }
    }

    /// Lanes to compute: whole vectors. Idle lanes among them compute nonsense that nobody reads.
    pub(super) fn lanes(&self) -> usize {
        self.active.next_multiple_of(16).min(self.cell.len())
    }

    pub(super) fn value(&self, register: Register, lane: usize) -> T {
        self.registers[register][lane]
    }

    pub(super) fn set(&mut self, register: Register, lane: usize, value: T) {
        self.registers[register][lane] = value;
    }
}

/// What a step came to, per lane.
pub struct Worst<T: Real> {
    /// The largest magnitude of all parameters but the first.
    pub parameter: Lanes<T::Bits>,
    /// 0 where all numbers of the stop test are below their tolerance.
    pub above: Lanes<T::Bits>,
    /// Not 0 while the stop test holds and has not held long enough.
    pub confirming: Lanes<T::Bits>,
}

/// What the end of a descent will be told from.
#[derive(Clone)]
pub struct Notes<T> {
    /// Judged steps at which the stop test must still hold; 0 where it does not hold.
    pub left: u32,
    /// Step and loss at which it began to hold, and what is handed over of there.
    pub arrival: (u32, T),
    pub handed: Vec<f64>,
    /// The losses of the two windows.
    pub windows: [Option<Window<T>>; 2],
}

impl<T: Real> Notes<T> {
    fn new(handed: usize) -> Self {
        Self { left: 0, arrival: (0, T::ZERO), handed: vec![0.0; handed], windows: [None; 2] }
    }

    /// As at a start.
    pub fn reset(&mut self) {
        self.left = 0;
        self.windows = [None; 2];
    }
}
