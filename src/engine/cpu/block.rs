//! A block of lanes: what each of them is at.

use super::chunk::{Cells, Chunk, DataView};
use super::instruction::{Lanes, Register};
use super::tape::Tape;
use super::thresholds::Thresholds;
use crate::expr::Real;
use crate::sweep::{FormulaSweep, Source};
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
        let mut registers = vec![Lanes::from_iter(0, std::iter::repeat_n(T::ZERO, lanes)); tape.registers];
        for (register, value) in &tape.constants {
            registers[*register].fill(T::from_f64(*value));
        }
        for (knob, register) in spec.knobs.iter().zip(&tape.knobs) {
            if let (Source::Fixed(value), Some(register)) = (knob.source, register) {
                registers[*register].fill(T::from_f64(value));
            }
        }
        let none = Lanes::from_iter(0, std::iter::repeat_n(T::Bits::default(), lanes));
        Self {
            spec,
            tape,
            data,
            grid,
            first_cell: cells.start,
            chunk: Chunk::new(cells.len(), spec.program.parameters.len()),
            waiting: cells,
            thresholds: Thresholds::new(spec),
            registers,
            active: 0,
            cell: vec![0; lanes],
            born: vec![0; lanes],
            loss_start: vec![T::ZERO; lanes],
            bar: none.clone(),
            worst: Worst { parameter: none.clone(), tested: none },
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

/// Largest magnitudes over all parameters, or all numbers of the stop test, but the first, per lane.
pub struct Worst<T: Real> {
    pub parameter: Lanes<T::Bits>,
    pub tested: Lanes<T::Bits>,
}
