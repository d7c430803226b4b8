//! The shader of a sweep for a device of someone else's: a page that has one.

use super::dispatch::{MAX_CHUNK, WORKGROUP};
use super::formula::MAX_SOFTWARE_OPERATIONS;
use super::functions;
use super::inputs::InputLayout;
use super::slots::Slots;
use super::wgsl::{code, shader_with};
use crate::sweep::{FormulaSweep, NEVER_WRITTEN};
use serde::Serialize;

/// A shader, and what whoever runs it must know of its buffers. Which knobs are axes is for them to say: in place of the function
/// that collects a cell's knobs stands [`Portable::KNOBS`].
#[derive(Debug, Clone, Serialize)]
pub struct Portable {
    #[serde(skip)]
    pub wgsl: String,
    workgroup: u32,
    /// Rows of a batch, and of the data; columns of these that are read.
    batch: u32,
    rows: usize,
    columns: Vec<usize>,
    /// Of the buffer of inputs: where knobs begin, and numbers along x; the formula's constants, which stand between.
    first_knob: usize,
    first_x: usize,
    constants: Vec<f64>,
    /// Numbers per cell, and how many of them are read back; where the two windows are, how many numbers each has, and where the
    /// parameters of the step before the last.
    slots: usize,
    read: usize,
    windows: usize,
    window: usize,
    before: usize,
    /// Words per cell, and how many of them are read back.
    marks: usize,
    marks_read: usize,
    /// The first of them before anything, where no steps are left, and where there never was a loss.
    never_written: u32,
    out_of_steps: u32,
    no_loss: u32,
}

impl Portable {
    /// The line of the shader that stands for the function `load_knobs`.
    pub const KNOBS: &str = "//@ knobs";

    /// That of a sweep; none where some device would take long over it.
    pub fn of(spec: &FormulaSweep) -> Option<Self> {
        let rows = spec.program.rows_per_step();
        if functions::weight(&spec.program) > MAX_SOFTWARE_OPERATIONS || rows > u64::from(MAX_CHUNK) {
            return None;
        }
        let (program, layout, slots) = (&spec.program, InputLayout::new(spec), Slots::new(&spec.program));
        let constants = program.constants.iter().filter_map(|id| program.graph.constant_value(*id));
        Some(Self {
            wgsl: shader_with(spec, Self::KNOBS),
            workgroup: WORKGROUP,
            batch: program.batch.map_or(0, |batch| batch.size),
            rows: layout.rows,
            first_knob: layout.first_knob,
            first_x: layout.first_x,
            columns: layout.columns,
            constants: constants.collect(),
            slots: slots.all(),
            read: slots.read(),
            windows: slots.windows(),
            window: slots.window,
            before: slots.before(),
            marks: Slots::MARKS,
            marks_read: Slots::MARKS_READ,
            never_written: u32::from(NEVER_WRITTEN),
            out_of_steps: code::OUT_OF_STEPS,
            no_loss: code::NO_LOSS,
        })
    }
}
