//! What is drawn for the lanes of a group before they make steps: the rows of their batches and the rule's noise. Also which of the
//! data are theirs. Machine code finds all of it in the rows of its steps, and in the data.

use super::super::instruction::Lanes;
use super::groups::LaneGroups;
use super::kernel::{Kernel, zeros};
use super::mask::MAX_LANES;
use super::table::Taken;
use crate::expr::Real;
use crate::problem::random::{noise_key, noise_number};
use crate::sweep::{FormulaSweep, Source};
use multiversion::multiversion;

/// Draws for groups of lanes.
pub struct Draws<'a, T: Real> {
    spec: &'a FormulaSweep,
    kernel: &'a Kernel<T>,
    /// Knobs that say what is drawn, in the order of the lanes' numbers from `first` on.
    knobs: Vec<usize>,
    first: usize,
    /// The data of the lanes at hand, where they have data of their own.
    data: Lanes<T>,
    /// What `data`, and what the rows of so many steps from here on, were taken from last.
    data_of: Vec<Taken>,
    batches_of: (Vec<Taken>, u64, usize),
}

impl<'a, T: Real> Draws<'a, T> {
    /// For lanes whose numbers say from `first` on what is drawn for them.
    pub fn new(spec: &'a FormulaSweep, kernel: &'a Kernel<T>, first: usize) -> Self {
        let (program, tables) = (&spec.program, &kernel.rows.tables);
        let noise = program.noise.into_iter().flat_map(|noise| [noise.seed, noise.cell[0], noise.cell[1]]);
        let seed = program.batch.and_then(|batch| batch.seed).filter(|_| tables.is_by_lane(true));
        let mut knobs: Vec<usize> = noise.chain(seed).chain(program.table()).collect();
        knobs.sort_unstable();
        knobs.dedup();
        let data = zeros(kernel.data_of_lanes());
        Self { spec, kernel, knobs, first, data, data_of: Vec::new(), batches_of: Default::default() }
    }

    /// Numbers of the lanes that say what is drawn: each with its knob.
    pub fn numbers(&self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        (self.first..).zip(self.knobs.clone())
    }

    /// The data of the lanes at hand.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// Whether lanes have batches of their own.
    fn has_batches_by_lane(&self) -> bool {
        self.spec.program.batch.is_some() && self.kernel.rows.tables.is_by_lane(true)
    }

    /// The batches of steps that are the same in all lanes: a row per step, the first behind so many steps.
    pub fn share_batches(&self, made: u64, rows: &mut [T]) {
        let Some(batch) = self.spec.program.batch.filter(|_| !self.has_batches_by_lane()) else { return };
        let seed = batch.seed.map_or(0, |knob| match self.spec.knobs[knob].source {
            Source::Fixed(value) => whole(T::from_f64(value)),
            Source::X(_) | Source::Y(_) => unreachable!("then lanes have batches of their own"),
        });
        self.fill_batches(&[Taken { lanes: 0..1, table: 0, seed }], made, rows);
    }

    fn fill_batches(&self, taken: &[Taken], made: u64, rows: &mut [T]) {
        let Some(batch) = self.spec.program.batch else { return };
        let begin = self.kernel.layout.batch.vector * self.numbers_of_vector();
        for (step, row) in (made..).zip(rows.chunks_exact_mut(self.kernel.row())) {
            let row_of = |taken: &Taken, slot: u32| batch.row(taken.seed, step as u32, slot);
            self.kernel.rows.gather(true, taken, row_of, &mut row[begin..]);
        }
    }

    fn numbers_of_vector(&self) -> usize {
        self.kernel.layout.isa.bytes() / size_of::<T>()
    }

    /// Draws for a group: a row per step, the first behind so many steps.
    pub fn draw(&mut self, groups: &LaneGroups<T>, group: usize, made: u64, rows: &mut [T]) {
        self.take_data(groups, group);
        if self.has_batches_by_lane() {
            let batches_of = (self.taken(groups, group), made, rows.len());
            if batches_of != self.batches_of {
                self.fill_batches(&batches_of.0, made, rows);
                self.batches_of = batches_of;
            }
        }
        self.make_noise(groups, group, made, rows);
    }

    /// Takes the data of a group's lanes, where these have data of their own. A lane that begins to do what another one does needs
    /// the data of that one at once: with its own the stop test might hold in one look and not in the next, at the same step for ever.
    pub fn take_data(&mut self, groups: &LaneGroups<T>, group: usize) {
        if self.data.is_empty() {
            return;
        }
        let taken = self.taken(groups, group);
        if taken != self.data_of {
            self.kernel.rows.gather(false, &taken, |_, slot| slot, &mut self.data);
            self.data_of = taken;
        }
    }

    /// The number of lanes that a knob decides.
    fn of_lanes<'b>(&self, knob: usize, groups: &'b LaneGroups<T>, group: usize) -> &'b [T] {
        let at = self.knobs.iter().position(|known| *known == knob).expect("lanes know what says what is drawn");
        groups.numbers(group, self.first + at)
    }

    /// What the lanes take their rows from.
    fn taken(&self, groups: &LaneGroups<T>, group: usize) -> Vec<Taken> {
        let program = &self.spec.program;
        let of_lanes = |knob: Option<usize>| knob.map(|knob| self.of_lanes(knob, groups, group));
        let (table, seed) = (of_lanes(program.table()), of_lanes(program.batch.and_then(|batch| batch.seed)));
        let mut all: Vec<Taken> = Vec::new();
        for lane in 0..groups.width {
            let of_lane = |numbers: Option<&[T]>| numbers.map_or(0, |numbers| whole(numbers[lane]));
            let (table, seed) = (of_lane(table) as usize, of_lane(seed));
            match all.last_mut() {
                Some(last) if (last.table, last.seed) == (table, seed) => last.lanes.end = lane + 1,
                _ => all.push(Taken { lanes: lane..lane + 1, table, seed }),
            }
        }
        all
    }

    fn make_noise(&self, groups: &LaneGroups<T>, group: usize, made: u64, rows: &mut [T]) {
        let Some(knobs) = self.spec.program.noise else { return };
        let layout = &self.kernel.layout;
        let [seed, x, y] = [knobs.seed, knobs.cell[0], knobs.cell[1]].map(|knob| self.of_lanes(knob, groups, group));
        let (mut key_of, mut keys) = (None, [[0; MAX_LANES]; 2]);
        for (at, (parameter, half)) in layout.noise.iter().enumerate() {
            if key_of != Some(*parameter) {
                key_of = Some(*parameter);
                for lane in 0..groups.width {
                    let key = noise_key(whole(seed[lane]), [whole(x[lane]), whole(y[lane])], *parameter);
                    (keys[0][lane], keys[1][lane]) = (key[0], key[1]);
                }
            }
            let begin = layout.drawn(at).vector * self.numbers_of_vector();
            for (step, row) in (made..).zip(rows.chunks_exact_mut(self.kernel.row())) {
                noise(&keys, (step as u32, *half), &mut row[begin..begin + groups.width]);
            }
        }
    }
}

/// A number that is whole.
fn whole<T: Real>(value: T) -> u32 {
    value.to_f64() as u32
}

/// One half of a parameter's noise in a step, lane by lane.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn noise<T: Real>(keys: &[[u32; MAX_LANES]; 2], (step, half): (u32, u32), into: &mut [T]) {
    let [first, second] = keys;
    for ((into, first), second) in into.iter_mut().zip(first).zip(second) {
        *into = noise_number([*first, *second], step, half);
    }
}
