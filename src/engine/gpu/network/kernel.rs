//! The compiled kernel of a sweep, its buffers, and the run of one tile.

use super::super::device::Device;
use super::super::dispatch::{Pace, spread};
use super::super::wgsl::code;
use super::constants::constants;
use super::layout::{COUNTERS, Layout, THRESHOLDS, Training, Uniforms, samples, slot};
use super::plan::KernelPlan;
use crate::engine::{EngineError, MachineError, Watch};
use crate::problem::samples::Samples;
use crate::sweep::{
    Bar, Batch, Column, ColumnKind, Curvature, NEVER_WRITTEN, NetworkSweep, Outcome, Split, Tile, TileOutcomes,
    TrainabilityScore, Trend, Window, Windows,
};
use bytemuck::Zeroable;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;
use wgpu::{Buffer, BufferUsages};

/// A sweep's kernel, with buffers for its largest tile.
pub struct Kernel<'a> {
    device: &'a Device,
    spec: &'a NetworkSweep,
    plan: KernelPlan,
    layout: Layout,
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    job: Buffer,
    inputs: Buffer,
    state: Buffer,
    marks: Buffer,
    counters_back: Buffer,
    results_back: Buffer,
}

/// Trainings that have ended, as the shader left them.
pub struct Trainings {
    tile: Tile,
    layout: Layout,
    marks: Vec<Training>,
    /// Slots of results of each, then the histories.
    numbers: Vec<f64>,
    /// The weights of each, where something of them is measured here.
    pub ended_at: Vec<Vec<f64>>,
}

impl<'a> Kernel<'a> {
    /// Compiles `source` and makes room for tiles that are nowhere larger than `largest`.
    ///
    /// # Errors
    /// [`MachineError::Device`]: the shader does not compile, or memory is out; an interruption.
    pub fn new(
        device: &'a Device,
        spec: &'a NetworkSweep,
        plan: KernelPlan,
        (source, largest): (&str, Tile),
        watch: &Watch<'_>,
    ) -> Result<Self, EngineError> {
        let layout = Layout::new(spec, &plan);
        let pipeline = device.pipeline(source, "train", watch)?;
        let cells = largest.cells();
        let storage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let rows = samples(spec);
        let sample_buffer = device.buffer("samples", rows.len() as u64 * 4, storage);
        device.write(&sample_buffer, bytemuck::cast_slice(&rows))?;
        let job = device.buffer("job", size_of::<Uniforms>() as u64, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        let input_count = layout.first_knob + layout.knobs * cells;
        let inputs = device.buffer("inputs", (input_count * layout.bytes) as u64, storage);
        let state = device.buffer("state", (layout.training_bytes() * cells) as u64, storage);
        let mark_bytes = (COUNTERS + size_of::<Training>() * cells) as u64;
        let marks = device.buffer("marks", mark_bytes, storage);
        let counters_back = device.readback("counters readback", COUNTERS as u64);
        let result_bytes = (layout.read() * layout.bytes * cells) as u64;
        let results_back = device.readback("results readback", result_bytes + mark_bytes);
        let group = device.bind(&pipeline, &[&job, &sample_buffer, &inputs, &state, &marks]);
        Ok(Self { device, spec, plan, layout, pipeline, group, job, inputs, state, marks, counters_back, results_back })
    }

    /// Turns of loops that one dispatch may be asked for.
    pub fn budget(&self) -> u32 {
        self.plan.budget
    }

    /// Runs one tile to its end.
    pub fn run_tile(&self, tile: Tile, pace: &mut Pace, watch: &Watch<'_>) -> Result<Trainings, EngineError> {
        let cells: Vec<(usize, usize)> =
            (0..tile.cells()).map(|at| (tile.x0 + at % tile.nx, tile.y0 + at / tile.nx)).collect();
        let values: Vec<Vec<f64>> = cells.iter().map(|(x, y)| self.spec.values_at(*x, *y)).collect();
        self.upload(&values)?;
        loop {
            if watch.cancelled() {
                return Err(EngineError::Interrupted);
            }
            let turns = pace.chunk();
            let begun = Instant::now();
            let (running, advanced) = self.submit(cells.len() as u32, turns, watch)?;
            pace.learn(turns, begun.elapsed());
            (watch.progress)(u64::from(advanced));
            if running == 0 {
                return self.results(tile, watch);
            }
        }
    }

    /// Dispatches until `turns` turns are made; returns how many trainings are still on their way, and the steps made.
    fn submit(&self, trainings: u32, turns: u32, watch: &Watch<'_>) -> Result<(u32, u32), EngineError> {
        let dispatches = turns.div_ceil(self.plan.budget);
        let (groups_x, groups_y) = spread(trainings);
        let job = Uniforms { trainings, groups_x, budget: turns.div_ceil(dispatches), zero: 0 };
        self.device.write(&self.job, bytemuck::bytes_of(&job))?;
        let bytes = self.device.submit_and_read(&self.counters_back, COUNTERS as u64, watch, |work| {
            work.clear_first(&self.marks, COUNTERS as u64);
            for _ in 0..dispatches {
                // Those that are on their way after the last dispatch are counted.
                work.clear_first(&self.marks, 4);
                work.dispatch(&self.pipeline, &self.group, (groups_x, groups_y));
            }
            work.copy(&self.marks, &self.counters_back, 0, COUNTERS as u64);
        })?;
        let [running, advanced]: [u32; 2] = bytemuck::pod_read_unaligned(&bytes);
        Ok((running, advanced))
    }

    /// Everything that trainings begin with.
    fn upload(&self, cells: &[Vec<f64>]) -> Result<(), EngineError> {
        let spec = self.spec;
        let Bar { factor, reach, .. } = spec.bar();
        let rows = spec.samples.train.rows();
        // A power of two: what is multiplied by it keeps its digits, and the sum of all losses stays finite.
        let unit = (rows.next_power_of_two() as f64).recip();
        let mut inputs = vec![spec.limits.gtol.number(), factor, reach, unit];
        debug_assert_eq!(inputs.len(), THRESHOLDS);
        let update = &spec.update;
        let constant = |graph: &crate::expr::Graph, id| graph.constant_value(id).unwrap_or_default();
        inputs.extend(constants(&update.graph, &update.next).iter().map(|id| constant(&update.graph, *id)));
        if let Some(stop) = &spec.stop {
            inputs.extend(constants(&stop.graph, &[stop.root]).iter().map(|id| constant(&stop.graph, *id)));
        }
        for cell in cells {
            inputs.extend(spec.alphas.iter().map(|knob| cell[*knob]));
            inputs.extend(spec.hyperparameters.iter().map(|knob| knob.map_or(0.0, |knob| cell[knob])));
        }
        self.device.write(&self.inputs, &self.bytes_of(&inputs))?;
        let marks: Vec<Training> = cells.iter().map(|cell| self.before(cell)).collect();
        self.device.write(&self.marks, &[0; COUNTERS])?;
        self.device.write_at(&self.marks, COUNTERS as u64, bytemuck::cast_slice(&marks))?;
        self.upload_state(cells)
    }

    /// A training before its first step.
    fn before(&self, cell: &[f64]) -> Training {
        let spec = self.spec;
        let rows = spec.samples.train.rows() as u32;
        let batch = match (spec.batch, spec.batch_rows) {
            (Batch::Full, _) => rows,
            (Batch::Each, _) => 1,
            (Batch::Random(size) | Batch::Shuffled(size), knob) => knob.map_or(size, |knob| cell[knob] as u32),
        };
        Training {
            code: u32::from(NEVER_WRITTEN),
            seed: cell[spec.seed] as u32,
            batch,
            period: rows.div_ceil(batch),
            ..Training::zeroed()
        }
    }

    fn upload_state(&self, cells: &[Vec<f64>]) -> Result<(), EngineError> {
        let spec = self.spec;
        let Layout { slots, stride, bytes, .. } = self.layout;
        let none = Watch::silent();
        self.device.submit_and_read(&self.counters_back, 0, &none, |work| work.clear(&self.state))?;
        let mut slot = vec![f64::NAN; slots];
        slot.iter_mut().skip(slot::COUNT).for_each(|sum| *sum = 0.0);
        let mut results = slot.repeat(cells.len());
        results.resize(self.layout.read() * cells.len(), f64::NAN);
        self.device.write(&self.state, &self.bytes_of(&results))?;
        // Drawn once for all trainings that begin alike.
        let wanted: BTreeMap<[u64; 3], &Vec<f64>> = cells.iter().map(|cell| (spec.start_key(cell), cell)).collect();
        let draw = |(key, cell): ([u64; 3], &Vec<f64>)| (key, self.bytes_of(&spec.start_of(cell)));
        let starts: BTreeMap<[u64; 3], Vec<u8>> = wanted.into_par_iter().map(draw).collect();
        let carried = spec.update.next.len();
        for (at, cell) in cells.iter().enumerate() {
            let first = self.layout.first(cells.len()) + at * stride;
            // The weights, and those to report if no step is good.
            let good = (self.plan.lists > carried + 1).then_some(first + (carried + 1) * self.plan.parameters);
            for place in [Some(first), good].into_iter().flatten() {
                self.device.write_at(&self.state, (place * bytes) as u64, &starts[&spec.start_key(cell)])?;
            }
        }
        Ok(())
    }

    fn bytes_of(&self, values: &[f64]) -> Vec<u8> {
        if self.layout.bytes == 8 {
            return bytemuck::cast_slice(values).to_vec();
        }
        let narrow: Vec<f32> = values.iter().map(|value| *value as f32).collect();
        bytemuck::cast_slice(&narrow).to_vec()
    }

    fn numbers_of(&self, bytes: &[u8]) -> Vec<f64> {
        if self.layout.bytes == 8 {
            return bytemuck::pod_collect_to_vec(bytes);
        }
        bytemuck::pod_collect_to_vec::<u8, f32>(bytes).into_iter().map(f64::from).collect()
    }

    fn results(&self, tile: Tile, watch: &Watch<'_>) -> Result<Trainings, EngineError> {
        let cells = tile.cells();
        let results = (self.layout.read() * self.layout.bytes * cells) as u64;
        let marks = (size_of::<Training>() * cells) as u64;
        let bytes = self.device.submit_and_read(&self.results_back, results + marks, watch, |work| {
            work.copy(&self.state, &self.results_back, 0, results);
            work.copy_from((&self.marks, COUNTERS as u64), &self.results_back, results, marks);
        })?;
        let (numbers, marks) = bytes.split_at(results as usize);
        Ok(Trainings {
            tile,
            layout: self.layout,
            marks: bytemuck::pod_collect_to_vec(marks),
            numbers: self.numbers_of(numbers),
            ended_at: Vec::new(),
        })
    }

    /// The weights of a tile that has run.
    pub fn weights(&self, tile: Tile) -> Result<Vec<Vec<f64>>, EngineError> {
        let Layout { stride, bytes, .. } = self.layout;
        let first = (self.layout.first(tile.cells()) * bytes) as u64;
        let size = (tile.cells() * stride * bytes) as u64;
        let back = self.device.readback("weights readback", size);
        let all = self.device.submit_and_read(&back, size, &Watch::silent(), |work| {
            work.copy_from((&self.state, first), &back, 0, size);
        })?;
        let weights = |own: &[f64]| own[..self.plan.parameters].to_vec();
        Ok(self.numbers_of(&all).chunks_exact(stride).map(weights).collect())
    }
}

impl Trainings {
    /// What they came to.
    ///
    /// # Errors
    /// [`MachineError::NeverWritten`] if some have not ended.
    pub fn outcomes(&self, spec: &NetworkSweep) -> Result<TileOutcomes, EngineError> {
        let ended = |mark: &&Training| matches!(mark.code, code::CONVERGED | code::DIVERGED | code::OUT_OF_STEPS);
        let left = self.marks.iter().filter(|mark| !ended(mark)).count();
        if left > 0 {
            return Err(MachineError::NeverWritten { cells: left, of: self.marks.len() }.into());
        }
        let mut tile = TileOutcomes::with_room(self.tile, spec.shape());
        let (slots, columns, records) = (self.layout.slots, self.layout.columns, self.layout.records);
        tile.history = vec![Vec::new(); columns];
        let recorded = spec.history.as_ref().map_or(&[][..], |history| &history.columns);
        let histories = &self.numbers[slots * self.marks.len()..];
        let curvature = Curvature::new(spec);
        let sharpness: Vec<f64> = self.ended_at.par_iter().map(|weights| curvature.sharpness(weights)).collect();
        for (at, mark) in self.marks.iter().enumerate() {
            let slot = &self.numbers[at * slots..(at + 1) * slots];
            let (start, last) = (slot[slot::LOSS_START], slot[slot::LOSS_FINAL]);
            let outcome = match mark.code {
                code::CONVERGED => Outcome::Converged,
                code::DIVERGED => Outcome::Diverged,
                _ => trend(spec, mark, slot).outcome(|| false),
            };
            tile.loss_start.push(start);
            tile.loss_final.push(last);
            tile.steps.push(mark.step);
            tile.outcome.push(outcome);
            for (column, values) in spec.measures().zip(&mut tile.measures) {
                let value = match column.kind {
                    ColumnKind::Measured if outcome != Outcome::Diverged => sharpness[at],
                    kind => measured(spec, kind, mark, slot, outcome),
                };
                values.push(spec.precision.round(value));
            }
            for (column, values) in tile.history.iter_mut().enumerate() {
                let from = (at * columns + column) * records;
                let rows = counted_rows(spec, &recorded[column]);
                values.extend(histories[from..from + records].iter().map(|value| value / rows as f64));
            }
        }
        Ok(tile)
    }
}

/// What is known of a training that has no steps left. Of so many weights some always move: that says nothing.
fn trend(spec: &NetworkSweep, mark: &Training, slot: &[f64]) -> Trend {
    let window = |first: usize| Window {
        low: slot[first],
        high: slot[first + 1],
        origin: slot[first + 2],
        sum: slot[first + 3],
        squares: slot[first + 4],
    };
    Trend {
        windows: Windows::new(u64::from(spec.limits.steps.div_ceil(mark.period)), spec.batch != Batch::Full),
        first: window(slot::FIRST_WINDOW),
        second: window(slot::SECOND_WINDOW),
        loss_start: slot[slot::LOSS_START],
        loss_final: slot[slot::LOSS_FINAL],
        grain: spec.precision.grain(),
    }
}

/// What the numbers of a history are divided by: accuracies are recorded as counts of rows.
fn counted_rows(spec: &NetworkSweep, column: &Column) -> usize {
    match column.kind {
        ColumnKind::Accuracy(Split::Train) => spec.samples.train.rows(),
        ColumnKind::Accuracy(Split::Test) => test_rows(spec),
        _ => 1,
    }
}

fn test_rows(spec: &NetworkSweep) -> usize {
    spec.samples.test.as_ref().map_or(1, Samples::rows)
}

/// A measure of a training that has ended.
fn measured(spec: &NetworkSweep, kind: ColumnKind, mark: &Training, slot: &[f64], outcome: Outcome) -> f64 {
    let share = |count: u32, rows: usize| if mark.known != 0 { f64::from(count) / rows as f64 } else { f64::NAN };
    match kind {
        ColumnKind::Loss(_) => slot[slot::LOSS_BEST],
        ColumnKind::Accuracy(Split::Train) => share(mark.correct, spec.samples.train.rows()),
        ColumnKind::Accuracy(Split::Test) => share(mark.tested, test_rows(spec)),
        ColumnKind::Trainability => {
            let kept = (mark.seen as usize).min(TrainabilityScore::LAST);
            let number = |at: usize| slot[slot::LAST + (mark.seen as usize - kept + at) % TrainabilityScore::LAST];
            let sum = slot[slot::SUM] + slot[slot::SUM_LOW];
            let inverse = slot[slot::INVERSE] + slot[slot::INVERSE_LOW];
            let last = (0..kept).map(number).collect();
            TrainabilityScore::resumed(spec.limits.steps, mark.seen, sum, inverse, last).finish(outcome)
        }
        _ => f64::NAN,
    }
}
