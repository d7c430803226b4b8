//! Machine code that can be called.

use super::super::instruction::{Lanes, filled};
use super::compile::{Code, compile};
#[cfg(test)]
use super::emulated::Emulated;
use super::expand::Flats;
use super::layout::Layout;
use super::machine::Isa;
use super::mask::MAX_LANES;
use super::table::Rows;
use crate::engine::classes::Classes;
use crate::engine::{EngineError, Watch};
use crate::expr::{Node, Real};
use crate::sweep::{FormulaSweep, Input, Program};
use clear_cache::clear_cache;
use memmap2::{Mmap, MmapMut};
use std::ops::Range;

/// Above so many operations of a step the interpreter does as well: machine code is read from outer caches then.
const MAX_OPERATIONS: usize = 1 << 17;
/// Numbers that loops over rows read, at most: instructions reach no further.
const MAX_DATA: usize = 1 << 27;
/// And those that are brought together for the lanes of a group, or the batch of a step: a thread has them all.
const MAX_GATHERED: usize = 1 << 22;

/// Machine code that steps lane groups.
pub struct Kernel<T> {
    code: Executable,
    setup: Option<usize>,
    watched_blocks: Option<usize>,
    watching: Option<usize>,
    pub layout: Layout,
    pub(super) classes: Classes,
    /// The rows of the data, and those that loops read where all lanes have the same.
    pub(super) rows: Rows<T>,
    data: Lanes<T>,
}

/// Machine code where it can be called.
enum Executable {
    Mapped(Mmap),
    /// For another kind of processor.
    #[cfg(test)]
    Emulated(Emulated),
}

/// A function of machine code: lanes, steps, what lanes share, rows, data; the steps that are left.
#[cfg(target_arch = "x86_64")]
type Function = unsafe extern "sysv64" fn(*mut u8, u64, *mut u8, *const u8, *const u8) -> u64;
#[cfg(not(target_arch = "x86_64"))]
type Function = unsafe extern "C" fn(*mut u8, u64, *mut u8, *const u8, *const u8) -> u64;

/// What machine code is given to work on.
pub struct Frame<'a, T> {
    /// The numbers of one group's lanes.
    pub lanes: &'a mut [T],
    pub common: &'a mut [T],
    /// A row per step, and one more.
    pub rows: &'a [T],
    /// The data of the lanes, where they have data of their own.
    pub data: &'a [T],
}

impl<T: Real> Kernel<T> {
    /// The machine code of a sweep in instructions that [`Isa::detect`] found, or shorter ones; `None` where the program has
    /// none.
    ///
    /// # Errors
    /// [`EngineError::Interrupted`]
    pub fn new(spec: &FormulaSweep, isa: Isa, watch: &Watch<'_>) -> Result<Option<Self>, EngineError> {
        if spec.program.operations() > MAX_OPERATIONS || judges_what_is_drawn(&spec.program) {
            return Ok(None);
        }
        let classes = Classes::new(spec);
        let Some(flats) = Flats::new(spec, &classes, isa) else { return Ok(None) };
        let gathered = [false, true].map(|batch| {
            let of_lanes = if flats.tables.is_by_lane(batch) { MAX_LANES } else { usize::from(batch) };
            flats.tables.len(batch).saturating_mul(of_lanes)
        });
        if flats.len() > MAX_OPERATIONS
            || flats.tables.len(false) > MAX_DATA
            || gathered.into_iter().any(|numbers| numbers > MAX_GATHERED)
        {
            return Ok(None);
        }
        Self::of(spec, (classes, &flats), isa, watch)
    }

    /// The machine code of these lists, where the system allows some.
    ///
    /// # Errors
    /// [`EngineError::Interrupted`]
    pub(super) fn of(
        spec: &FormulaSweep,
        (classes, flats): (Classes, &Flats),
        isa: Isa,
        watch: &Watch<'_>,
    ) -> Result<Option<Self>, EngineError> {
        let code = compile(&spec.program, (&classes, flats), isa, watch)?;
        let rows = flats.tables.clone().rows(spec);
        Ok(Self::load(code, classes).map(|kernel| Self { data: rows.shared(), rows, ..kernel }))
    }

    /// Makes code callable, where that is possible.
    pub(super) fn load(compiled: Code, classes: Classes) -> Option<Self> {
        let Code { bytes, setup, watched_blocks, watching, layout } = compiled;
        let code = Executable::new(layout.isa, bytes)?;
        let (rows, data) = (Rows::default(), Lanes::new(0));
        Some(Self { code, setup, watched_blocks, watching, layout, classes, rows, data })
    }

    /// Numbers of a group's lanes.
    pub fn numbers(&self) -> usize {
        self.layout.of_lanes * self.width()
    }

    /// Lanes of a group.
    pub fn width(&self) -> usize {
        self.layout.width(size_of::<T>())
    }

    /// Numbers in the row of a step.
    pub fn row(&self) -> usize {
        self.layout.row * self.layout.isa.bytes() / size_of::<T>()
    }

    /// Numbers that the lanes of a group have of data of their own.
    pub fn data_of_lanes(&self) -> usize {
        let tables = &self.rows.tables;
        if tables.is_by_lane(false) { tables.len(false) * self.width() } else { 0 }
    }

    /// Makes up to `steps` steps of all lanes, a multiple of [`BLOCK_STEPS`](super::blocks::BLOCK_STEPS); stops before the block in which
    /// a lane has ended; returns how many are left. Whether one has at the very last is not looked at. Where not all steps are judged:
    /// any number of steps, and stops at a step at which a parameter is beyond its limit.
    ///
    /// # Panics
    /// If the frame is not the kernel's.
    pub fn run(&self, frame: &mut Frame<'_, T>, steps: u64) -> u64 {
        self.call(0, frame, steps)
    }

    /// As [`Kernel::run`], where all steps are judged, and adds the loss of every step that is left to the least and the largest of
    /// its lane.
    ///
    /// # Panics
    /// Likewise.
    pub fn run_watched(&self, frame: &mut Frame<'_, T>, steps: u64) -> u64 {
        self.call(self.watched_blocks.expect("a compiled step has watched blocks"), frame, steps)
    }

    /// Makes up to `steps` steps of all lanes, as long as none has ended; returns how many of them are left. Adds every loss to the
    /// least and the largest of its lane, those of the first and the last step included, and turns the stop test around in lanes
    /// where it held. Where not all steps are judged: only judges, with 0 steps.
    ///
    /// # Panics
    /// Likewise.
    pub fn watch(&self, frame: &mut Frame<'_, T>, steps: u64) -> u64 {
        self.call(self.watching.expect("a compiled step can watch"), frame, steps)
    }

    /// Computes what depends on knobs alone.
    pub fn prepare(&self, frame: &mut Frame<'_, T>) {
        if let Some(setup) = self.setup {
            self.call(setup, frame, 0);
        }
    }

    /// Breaks code for another kind of processor, for a test that must notice it.
    #[cfg(test)]
    pub(super) fn spoil(&mut self, change: impl Fn(&mut [[u8; 4]])) {
        match &mut self.code {
            Executable::Mapped(_) => panic!("it can no longer be written"),
            Executable::Emulated(code) => code.spoil(change),
        }
    }

    #[allow(unsafe_code, reason = "there is no other way to call code that was made at run time")]
    fn call(&self, entry: usize, frame: &mut Frame<'_, T>, steps: u64) -> u64 {
        let layout = &self.layout;
        let bytes = layout.isa.bytes();
        let rows = (steps as usize).saturating_add(1).saturating_mul(layout.row);
        assert!(size_of_val(frame.lanes) >= layout.of_lanes * layout.parts * bytes, "the group holds every slot");
        assert!(size_of_val(frame.common) >= layout.common * bytes, "there is room for what lanes share");
        assert!(size_of_val(frame.rows) / bytes >= rows, "there is a row for every step");
        assert!(frame.data.len() >= self.data_of_lanes(), "lanes have their data");
        let data = if self.data_of_lanes() > 0 { frame.data } else { &self.data };
        let addresses = [frame.lanes.as_ptr(), frame.common.as_ptr(), frame.rows.as_ptr(), data.as_ptr()];
        assert!(addresses.iter().all(|at| at.addr().is_multiple_of(bytes)), "vectors are aligned");
        match &self.code {
            Executable::Mapped(code) => {
                // Sound: `code` is a whole function of this type at `entry`, written by `compile` for instructions that
                // `Isa::detect` found; it reads and writes only the vectors of the layout behind its pointers, and reads one
                // row per step and one more, and the data that its loops go through.
                unsafe {
                    // What this core fetched before the code was written is forgotten.
                    #[cfg(target_arch = "aarch64")]
                    std::arch::asm!("isb");
                    let function: Function = std::mem::transmute(code.as_ptr().add(entry));
                    function(
                        frame.lanes.as_mut_ptr().cast(),
                        steps,
                        frame.common.as_mut_ptr().cast(),
                        frame.rows.as_ptr().cast(),
                        data.as_ptr().cast(),
                    )
                }
            }
            #[cfg(test)]
            Executable::Emulated(code) => code.call(entry, frame, steps, data),
        }
    }
}

impl Executable {
    /// None where the system forbids code made at run time, or for another kind of processor: the interpreter goes on.
    fn new(isa: Isa, bytes: Vec<u8>) -> Option<Self> {
        #[cfg(test)]
        if !isa.is_of_this_machine() {
            return Emulated::new(bytes).map(Self::Emulated);
        }
        if !isa.is_of_this_machine() {
            return None;
        }
        let mut memory = MmapMut::map_anon(bytes.len()).ok()?;
        memory.copy_from_slice(&bytes);
        let code = memory.make_exec().ok()?;
        let Range { start, end } = code.as_ptr_range();
        // Sound: it is our memory. Not every processor fetches what was written just now; x86-64 does.
        #[allow(unsafe_code, reason = "instructions or calls of the system")]
        let is_clear = unsafe { clear_cache(start, end) };
        is_clear.then_some(Self::Mapped(code))
    }
}

/// Whether the loss or the stop test reads the rule's noise, which no rule of today's is able to: then a step would have to be
/// drawn before it is judged.
fn judges_what_is_drawn(program: &Program) -> bool {
    let judged = program.graph.needed_by(&program.judged());
    let is_drawn = |node: &Node| match node {
        Node::Input(number) => matches!(program.inputs[*number as usize], Input::Drawn { .. }),
        _ => false,
    };
    program.graph.nodes().iter().zip(judged).any(|(node, judged)| judged && is_drawn(node))
}

/// A plain list of numbers, aligned for vectors.
pub(super) fn zeros<T: Real>(count: usize) -> Lanes<T> {
    filled(T::ZERO, count)
}
