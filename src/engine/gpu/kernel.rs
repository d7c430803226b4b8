//! The compiled kernel of one sweep, its buffers, and the run of one tile.

use super::device::{Device, Pending};
use super::dispatch::{Pace, groups};
use super::found::Found;
use super::inputs::InputLayout;
use super::slots::Slots;
use super::wgsl::code;
use super::workgroup::Trial;
use crate::engine::{EngineError, MachineError, Watch};
use crate::expr::Real;
use crate::sweep::{Bar, FormulaSweep, NEVER_WRITTEN, Outcome, Shape, Source, Tile, TileOutcomes};
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use std::ops::Range;
use std::time::Instant;
use wgpu::{Buffer, BufferUsages};

/// Cells that are worth a thread when results are read.
const SHARE: usize = 1 << 15;

/// What a dispatch is told. Twin of `Uniforms` in `shaders/descent.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Uniforms {
    pub cells: u32,
    pub width: u32,
    pub groups_x: u32,
    pub first_step: u32,
    pub end_step: u32,
    pub steps: u32,
    pub zero: u32,
    pub rows: u32,
    pub batch: u32,
    pub window_first: u32,
    pub window_middle: u32,
    pub window_second: u32,
    pub window_last: u32,
    pub dispatched: u32,
    pub listed: u32,
    pub lists: u32,
}

/// The cells of a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dispatched {
    cells: u32,
    /// All of the tile (0), or which of two lists has them.
    listed: u32,
}

impl Dispatched {
    /// Where less than so much of a dispatch is still on its way, the next one leaves the others out. A few that have ended cost no
    /// more than a look at their code, and neighbours that stay together read and write memory together.
    const WORTH: (u64, u64) = (3, 4);

    /// The list that this dispatch writes: not the one that it reads.
    fn lists(self) -> u32 {
        if self.listed == 1 { 2 } else { 1 }
    }

    /// What the next dispatch is of, if so many are still on their way.
    fn next(self, running: u32) -> Self {
        let few = u64::from(running) * Self::WORTH.1 < u64::from(self.cells) * Self::WORTH.0;
        if few { Self { cells: running, listed: self.lists() } } else { self }
    }
}

/// A shader for workgroups of one size, and as it is compiled.
pub struct Shader {
    pub text: String,
    pub workgroup: u32,
}

struct Compiled {
    workgroup: u32,
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
}

/// A sweep's kernel, with buffers for its largest tile.
pub struct Kernel<'a> {
    device: &'a Device,
    spec: &'a FormulaSweep,
    slots: Slots,
    layout: InputLayout,
    /// For each size of workgroups that was [asked for](Kernel::add).
    compiled: Vec<Compiled>,
    job: Buffer,
    inputs: Buffer,
    reals: Buffer,
    marks: Buffer,
    running: Buffer,
    running_back: Buffer,
    results_back: Buffer,
    /// The tile that there is room for.
    largest: Tile,
}

impl<'a> Kernel<'a> {
    /// Compiles `source` and makes room for tiles that are nowhere larger than `largest`.
    ///
    /// # Errors
    /// The machine's [`EngineError`]s: the shader does not compile, or memory is out; an interruption.
    pub fn new(
        device: &'a Device,
        spec: &'a FormulaSweep,
        (source, largest): (&Shader, Tile),
        watch: &Watch<'_>,
    ) -> Result<Self, EngineError> {
        let mut kernel = device.contained(|| Self::with_buffers(device, spec, largest))?;
        kernel.add(source, watch)?;
        Ok(kernel)
    }

    /// Compiles a shader for workgroups of another size, too.
    ///
    /// # Errors
    /// As [`Kernel::new`].
    pub fn add(&mut self, source: &Shader, watch: &Watch<'_>) -> Result<(), EngineError> {
        let pipeline = self.device.pipeline(&source.text, "descend", watch)?;
        let buffers = [&self.job, &self.inputs, &self.reals, &self.marks, &self.running];
        let group = self.device.contained(|| self.device.bind(&pipeline, &buffers))?;
        self.compiled.push(Compiled { workgroup: source.workgroup, pipeline, group });
        Ok(())
    }

    /// For how many sizes of workgroups there are shaders.
    pub fn sizes(&self) -> usize {
        self.compiled.len()
    }

    fn with_buffers(device: &'a Device, spec: &'a FormulaSweep, largest: Tile) -> Self {
        let slots = Slots::new(&spec.program);
        let cells = largest.cells() as u64;
        let real = slots.bytes as u64;
        let layout = InputLayout::new(spec);
        let input_count = layout.len(largest) as u64;
        let storage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let job = device.buffer("job", size_of::<Uniforms>() as u64, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        let inputs = device.buffer("inputs", input_count * real, storage);
        let reals = device.buffer("reals", cells * slots.all() as u64 * real, storage);
        let marks = device.buffer("marks", cells * 4 * Slots::MARKS as u64, storage);
        let running = device.buffer("running", 4, storage);
        let running_back = device.readback("running readback", 4);
        let results_back =
            device.readback("results readback", cells * (slots.read() as u64 * real + 4 * Slots::MARKS_READ as u64));
        Self {
            device,
            spec,
            slots,
            layout,
            compiled: Vec::new(),
            job,
            inputs,
            reals,
            marks,
            running,
            running_back,
            results_back,
            largest,
        }
    }

    /// Whether there is room for a tile.
    pub fn fits(&self, tile: Tile) -> bool {
        tile.nx <= self.largest.nx && tile.ny <= self.largest.ny
    }

    /// Runs one tile to its end, in chunks of steps. `meanwhile` is called once the first is on its way. The first may begin
    /// slowly, and is no part of a trial.
    pub fn run_tile(
        &self,
        tile: Tile,
        (pace, trial): (&mut Pace, &mut Trial),
        watch: &Watch<'_>,
        meanwhile: &mut dyn FnMut() -> Result<(), EngineError>,
    ) -> Result<Results, EngineError> {
        let cells = tile.cells() as u32;
        self.device.write(&self.inputs, &self.input_bytes(tile))?;
        let blank = vec![u32::from(NEVER_WRITTEN); tile.cells()];
        self.device.write(&self.marks, bytemuck::cast_slice(&blank))?;
        // The loss is evaluated at steps 0 ..= N.
        let end = self.spec.limits.steps + 1;
        let mut first_step = 0;
        let mut running = cells;
        let mut dispatched = Dispatched { cells, listed: 0 };
        trial.begin_tile();
        while first_step < end && running > 0 {
            if watch.cancelled() {
                return Err(EngineError::Interrupted);
            }
            let tries = trial.is_on() && first_step > 0;
            let steps = if tries { trial.chunk(pace.chunk(), end) } else { pace.chunk() };
            let end_step = first_step.saturating_add(steps).min(end);
            let begun = Instant::now();
            dispatched = dispatched.next(running);
            let compiled = &self.compiled[trial.size()];
            let chunk = self.submit_chunk(compiled, tile, dispatched, first_step..end_step)?;
            if first_step == 0 {
                meanwhile()?;
            }
            running = bytemuck::pod_read_unaligned(&self.device.finish(chunk, watch)?);
            if tries {
                trial.note((dispatched.cells, end_step - first_step), begun.elapsed());
            } else {
                pace.learn(end_step - first_step, begun.elapsed());
            }
            let advanced = if running == 0 { end - first_step } else { end_step - first_step };
            (watch.progress)(u64::from(cells) * u64::from(advanced));
            first_step = end_step;
        }
        Ok(self.submit_results(tile))
    }

    /// Dispatches a chunk of steps; how many cells are still on their way comes back.
    fn submit_chunk(
        &self,
        compiled: &Compiled,
        tile: Tile,
        dispatched: Dispatched,
        steps: Range<u32>,
    ) -> Result<Pending, EngineError> {
        let (groups_x, groups_y) = groups(dispatched.cells, compiled.workgroup);
        let windows = self.spec.windows();
        let job = Uniforms {
            cells: tile.cells() as u32,
            width: tile.nx as u32,
            groups_x,
            first_step: steps.start,
            end_step: steps.end,
            steps: self.spec.limits.steps,
            zero: 0,
            rows: self.layout.rows as u32,
            batch: self.spec.program.batch.map_or(0, |batch| batch.size),
            window_first: windows.first() as u32,
            window_middle: windows.middle as u32,
            window_second: windows.second() as u32,
            window_last: windows.last as u32,
            dispatched: dispatched.cells,
            listed: dispatched.listed,
            lists: dispatched.lists(),
        };
        self.device.write(&self.job, bytemuck::bytes_of(&job))?;
        Ok(self.device.submit(&self.running_back, 4, |work| {
            work.clear(&self.running);
            work.dispatch(&compiled.pipeline, &compiled.group, (groups_x, groups_y));
            work.copy(&self.running, &self.running_back, 0, 4);
        }))
    }

    /// Copies results to where the next tile does not overwrite them.
    fn submit_results(&self, tile: Tile) -> Results {
        let reals = (tile.cells() * self.slots.read() * self.slots.bytes) as u64;
        let marks = (tile.cells() * 4 * Slots::MARKS_READ) as u64;
        let pending = self.device.submit(&self.results_back, reals + marks, |work| {
            work.copy(&self.reals, &self.results_back, 0, reals);
            work.copy(&self.marks, &self.results_back, reals, marks);
        });
        Results { tile, pending }
    }

    /// Everything that [`InputLayout`] lists, in the working precision.
    fn input_bytes(&self, tile: Tile) -> Vec<u8> {
        let wide = self.slots.bytes == 8;
        let Bar { factor, reach, .. } = self.spec.bar();
        let mut values = vec![factor, reach];
        values.extend(&self.spec.tolerances);
        values.extend(self.spec.knobs.iter().map(|knob| match knob.source {
            Source::Fixed(value) => value,
            Source::X(_) | Source::Y(_) => 0.0,
        }));
        let program = &self.spec.program;
        values.extend(program.constants.iter().filter_map(|id| program.graph.constant_value(*id)));
        for data in self.spec.data.iter().flat_map(|data| &data.tables) {
            let row = |row: usize| self.layout.columns.iter().map(move |column| data.columns[*column][row]);
            values.extend((0..data.rows()).flat_map(row));
        }
        values.extend(self.spec.x_line_values(tile).concat());
        values.extend(self.spec.y_line_values(tile).concat());
        if wide {
            return bytemuck::cast_slice(&values).to_vec();
        }
        let narrow: Vec<f32> = values.iter().map(|value| *value as f32).collect();
        bytemuck::cast_slice(&narrow).to_vec()
    }
}

/// What a tile has come to, on its way back.
pub struct Results {
    tile: Tile,
    pending: Pending,
}

impl Results {
    /// Waits for it. To be called before the results of another tile are asked for.
    ///
    /// # Errors
    /// As [`Device::finish`].
    pub fn read(self, device: &Device, watch: &Watch<'_>) -> Result<Finished, EngineError> {
        Ok(Finished { tile: self.tile, bytes: device.finish(self.pending, watch)? })
    }
}

/// What a tile has come to, as the shader left it.
pub struct Finished {
    tile: Tile,
    bytes: Vec<u8>,
}

impl Finished {
    /// The outcomes of its cells.
    ///
    /// # Errors
    /// [`MachineError::NeverWritten`] if some have none.
    pub fn outcomes(&self, spec: &FormulaSweep) -> Result<TileOutcomes, EngineError> {
        match Slots::new(&spec.program).bytes {
            8 => self.decode::<f64>(spec),
            _ => self.decode::<f32>(spec),
        }
    }

    fn decode<T: Real + Pod>(&self, spec: &FormulaSweep) -> Result<TileOutcomes, EngineError> {
        let (tile, slots) = (self.tile, Slots::new(&spec.program));
        let cells = tile.cells();
        let (reals, marks) = self.bytes.split_at(cells * slots.read() * size_of::<T>());
        let reals: Vec<T> = bytemuck::pod_collect_to_vec(reals);
        let marks: Vec<u32> = bytemuck::pod_collect_to_vec(marks);
        let (codes, steps) = marks.split_at(cells);
        let slot = |at: usize| &reals[at * cells..(at + 1) * cells];
        let found = Found { spec, slots, tile, reals: &reals };
        let outcome = |(cell, code): (usize, &u32)| match *code {
            code::CONVERGED => Some(Outcome::Converged),
            code::DIVERGED | code::NO_LOSS => Some(Outcome::Diverged),
            code::OUT_OF_STEPS => Some(found.outcome(cell)),
            _ => None,
        };
        let outcomes: Option<Vec<Outcome>> = codes.par_iter().enumerate().with_min_len(SHARE).map(outcome).collect();
        let loss = |values: &[T]| -> Vec<f64> {
            let value = |(code, value): (&u32, &T)| if *code == code::NO_LOSS { f64::NAN } else { value.to_f64() };
            codes.par_iter().zip(values).with_min_len(SHARE).map(value).collect()
        };
        let mut tile = TileOutcomes::with_room(tile, Shape::default());
        tile.outcome = outcomes.ok_or_else(|| left_over(codes))?;
        tile.loss_start = loss(slot(0));
        tile.loss_final = loss(slot(1));
        tile.steps = steps.to_vec();
        let mut parts = (Slots::LOSSES..).map(slot);
        for (_, lo) in spec.program.handed_over() {
            let hi = parts.next().unwrap_or_default().par_iter().with_min_len(SHARE);
            let values = match lo.and_then(|_| parts.next()) {
                Some(lo) => hi.zip(lo).map(|(hi, lo)| hi.to_f64() + lo.to_f64()).collect(),
                None => hi.map(|hi| hi.to_f64()).collect(),
            };
            let is_parameter = tile.parameters.len() < spec.program.parameters.len();
            if is_parameter { tile.parameters.push(values) } else { tile.measures.push(values) }
        }
        Ok(tile)
    }
}

/// Some cells were never written, or a chunk of theirs was dropped.
fn left_over(codes: &[u32]) -> MachineError {
    let undecided =
        |code: &&u32| !matches!(**code, code::CONVERGED | code::DIVERGED | code::NO_LOSS | code::OUT_OF_STEPS);
    MachineError::NeverWritten { cells: codes.iter().filter(undecided).count(), of: codes.len() }
}

#[cfg(test)]
mod tests {
    use super::Dispatched;

    #[test]
    fn a_dispatch_leaves_out_what_has_ended_where_that_is_much() {
        let all = Dispatched { cells: 100, listed: 0 };
        assert_eq!(all.next(100), all);
        assert_eq!(all.next(75), all);
        let fewer = all.next(74);
        assert_eq!(fewer, Dispatched { cells: 74, listed: 1 });
        // What is read is never written.
        assert_eq!((all.lists(), fewer.lists(), fewer.next(10).lists()), (1, 2, 1));
        assert_eq!(fewer.next(60), fewer);
    }
}
