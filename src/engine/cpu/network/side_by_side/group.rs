//! Trainings in lanes: whoever ends makes room for the next, which begins at its own step 0.

use super::super::super::instruction::Lanes;
use super::super::course::{Course, Ended, Judged, Weights};
use super::super::micro_kernel::{LANES, Lane, zeros};
use super::super::narrow;
use super::super::pass::{self, Found};
use super::super::product::Product;
use super::super::shared::Shared;
use super::super::training::{LOOK_UP, Values, test_accuracy};
use super::super::update::{Step, Updater};
use super::pass::Pass;
use crate::engine::{EngineError, Watch};
use crate::sweep::{Batch, NetworkSweep};

/// Numbers that all lanes carry, at most: they stay in the second-level cache.
const MOST_NUMBERS: usize = 1 << 16;

/// Whether trainings of a sweep go side by side: they take all rows in every step, and one alone would make the same products in the same
/// order.
pub fn takes<T: Product>(shared: &Shared<'_, T>) -> bool {
    let spec = shared.spec;
    let numbers = (spec.carried() + 2 * spec.network.parameters()) * LANES;
    let is_narrow = spec.network.layers().iter().enumerate().all(|(at, layer)| {
        narrow::takes(layer.inputs, layer.outputs) && (at == 0 || narrow::takes(layer.outputs, layer.inputs))
    });
    spec.batch == Batch::Full && shared.train.sparse.is_none() && is_narrow && numbers <= MOST_NUMBERS
}

/// The trainings of some cells, by their (x, y), to their ends.
///
/// # Errors
/// [`EngineError::Interrupted`]
pub fn run<T: Product>(
    shared: &Shared<'_, T>,
    cells: &[(usize, usize)],
    watch: &Watch<'_>,
) -> Result<Vec<Ended>, EngineError> {
    let mut group = Group::new(shared);
    let mut ended: Vec<Option<Ended>> = cells.iter().map(|_| None).collect();
    let mut waiting = cells.iter().copied().enumerate();
    loop {
        for lane in 0..LANES {
            if group.trainings[lane].is_none() {
                group.place(lane, waiting.next());
            }
        }
        if group.trainings.iter().all(Option::is_none) {
            // All have ended.
            return ended.into_iter().collect::<Option<_>>().ok_or(EngineError::Interrupted);
        }
        if watch.cancelled() {
            return Err(EngineError::Interrupted);
        }
        for (at, training) in group.judge(watch) {
            ended[at] = Some(training);
        }
        group.advance(watch);
    }
}

/// What is carried from step to step: an element for each parameter, a number for each lane.
struct Group<'a, T: Product> {
    shared: &'a Shared<'a, T>,
    pass: Pass<'a, T>,
    updater: Updater<T>,
    carried: Vec<Lanes<Lane<T>>>,
    gradient: Lanes<Lane<T>>,
    kept: Lanes<Lane<T>>,
    /// By layer, and by hyperparameter.
    alphas: Lanes<Lane<T>>,
    hyperparameters: Lanes<Lane<T>>,
    trainings: [Option<Underway<'a, T>>; LANES],
    /// For a look at the test set.
    alone: Option<pass::Pass<T>>,
}

struct Underway<'a, T: Product> {
    /// Its place in the list of cells.
    at: usize,
    /// Its next step.
    k: u32,
    course: Course<'a, T>,
}

impl<'a, T: Product> Group<'a, T> {
    fn new(shared: &'a Shared<'a, T>) -> Self {
        let spec: &NetworkSweep = shared.spec;
        let parameters = spec.network.parameters();
        Self {
            pass: Pass::new(&spec.network, &shared.train),
            updater: Updater::new(&spec.update),
            carried: spec.update.next.iter().map(|_| zeros(parameters)).collect(),
            gradient: zeros(parameters),
            kept: zeros(parameters),
            alphas: zeros(spec.alphas.len()),
            hyperparameters: zeros(spec.hyperparameters.len()),
            trainings: std::array::from_fn(|_| None),
            alone: None,
            shared,
        }
    }

    /// A lane takes a cell. Where none is left it does nothing that costs time: its weights are 0.
    fn place(&mut self, lane: usize, cell: Option<(usize, (usize, usize))>) {
        self.carried.iter_mut().flat_map(|list| list.iter_mut()).for_each(|numbers| numbers[lane] = T::ZERO);
        let Some((at, cell)) = cell else { return };
        let spec = self.shared.spec;
        let values = Values::new(spec, cell);
        let put = |to: &mut [Lane<T>], from: &[T]| to.iter_mut().zip(from).for_each(|(to, from)| to[lane] = *from);
        put(&mut self.carried[0], &values.start);
        put(&mut self.kept, &values.start);
        put(&mut self.alphas, &values.alphas);
        put(&mut self.hyperparameters, &values.hyperparameters);
        self.trainings[lane] = Some(Underway { at, k: 0, course: Course::new(spec, None) });
    }

    /// Looks at the next step of every training; those for which it is the last, each with its place in the list of cells.
    fn judge(&mut self, watch: &Watch<'_>) -> Vec<(usize, Ended)> {
        let sums = self.pass.gradient(&self.carried[0], &mut self.gradient);
        let largest = largest(&self.carried[0]);
        let limit = T::from_f64(self.shared.spec.parameter_limit()).magnitude_bits();
        let steps = self.shared.spec.limits.steps;
        let mut trainings = std::mem::replace(&mut self.trainings, std::array::from_fn(|_| None));
        let mut ended = Vec::new();
        for (lane, place) in trainings.iter_mut().enumerate() {
            let Some(training) = place else { continue };
            let loss = sums.loss[lane] / self.shared.train.count as f64;
            // What is reported is a number of the working precision.
            let found = Found { loss: T::from_f64(loss).to_f64(), correct: sums.correct[lane] };
            let is_beyond = largest[lane] > limit;
            let mut network = InLane { group: self, lane, found, is_beyond, keeps: false };
            let outcome = training.course.judge(training.k, &mut network);
            if let Some((outcome, training)) = outcome.and_then(|outcome| Some((outcome, place.take()?))) {
                (watch.progress)(u64::from(steps + 1 - training.k / LOOK_UP * LOOK_UP));
                ended.push((training.at, training.course.end(training.k, outcome, &mut network)));
            }
        }
        self.trainings = trainings;
        // Nobody who goes on was left out: all rows are judged in every step.
        self.kept.copy_from_slice(&self.carried[0]);
        ended
    }

    /// Makes a step of every training.
    fn advance(&mut self, watch: &Watch<'_>) {
        let mut number = [T::ZERO; LANES];
        for (number, training) in number.iter_mut().zip(&mut self.trainings) {
            let Some(training) = training else { continue };
            training.k += 1;
            *number = T::from_f64(f64::from(training.k));
            if training.k % LOOK_UP == 0 {
                (watch.progress)(u64::from(LOOK_UP));
            }
        }
        let hyperparameters: Vec<&[T]> = self.hyperparameters.iter().map(|own| &own[..]).collect();
        for (layer, alpha) in self.shared.spec.network.layers().iter().zip(self.alphas.iter()) {
            let step = Step { alpha, hyperparameters: &hyperparameters, number: &number };
            let range = layer.range();
            let mut carried: Vec<&mut [T]> =
                self.carried.iter_mut().map(|list| list[range.clone()].as_flattened_mut()).collect();
            self.updater.step(&step, self.gradient[range.clone()].as_flattened(), &mut carried);
        }
    }
}

/// The largest |number| of each lane, by its bits: not-a-number is above all.
fn largest<T: Product>(numbers: &[Lane<T>]) -> [T::Bits; LANES] {
    let mut largest = [T::Bits::default(); LANES];
    for number in numbers {
        for (largest, number) in largest.iter_mut().zip(number) {
            *largest = number.magnitude_bits().max(*largest);
        }
    }
    largest
}

/// The network of one lane.
struct InLane<'a, 'b, T: Product> {
    group: &'a mut Group<'b, T>,
    lane: usize,
    found: Found,
    is_beyond: bool,
    /// Whether the present weights are those to keep.
    keeps: bool,
}

impl<T: Product> InLane<'_, '_, T> {
    fn own(&self, which: Weights) -> impl Iterator<Item = T> {
        let is_present = which == Weights::Present || self.keeps;
        let weights = if is_present { &self.group.carried[0] } else { &self.group.kept };
        weights.iter().map(|weight| weight[self.lane])
    }
}

impl<T: Product> Judged for InLane<'_, '_, T> {
    fn is_beyond(&self) -> bool {
        self.is_beyond
    }

    fn look(&mut self, _: bool) -> Found {
        self.found
    }

    fn steepest(&self) -> f64 {
        let slopes = self.group.gradient.iter().map(|slope| slope[self.lane]);
        slopes.max_by_key(|slope| slope.magnitude_bits()).map_or(0.0, |slope| slope.abs().to_f64())
    }

    /// All lanes are kept together, behind the last.
    fn keep(&mut self) {
        self.keeps = true;
    }

    fn weights(&self, which: Weights) -> Vec<f64> {
        self.own(which).map(T::to_f64).collect()
    }

    fn test_accuracy(&mut self, which: Weights) -> f64 {
        let weights: Vec<T> = self.own(which).collect();
        let shared = self.group.shared;
        let pass = self.group.alone.get_or_insert_with(|| pass::Pass::new(&shared.spec.network));
        test_accuracy(shared, pass, &weights)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::shared::Shared;
    use super::{narrow, takes};
    use crate::problem::samples::SampleSets;
    use crate::sweep::{Batch, NetworkRequest};

    /// Small networks that see all rows go side by side; with batches, or wide layers, each goes alone.
    #[test]
    fn who_goes_side_by_side() {
        let of = |sizes: [usize; 3], batch: Batch| {
            let rows = SampleSets::gaussian(50, sizes[0], 0).expect("rows");
            NetworkRequest::of_sizes(sizes.to_vec()).samples(rows).batch(batch)
        };
        for (sizes, batch, expected) in [
            ([16, 16, 1], Batch::Full, true),
            ([16, 16, 1], Batch::Random(8), false),
            ([16, 160, 1], Batch::Full, false),
        ] {
            let spec = of(sizes, batch).resolve().expect("a sweep");
            assert_eq!(takes(&Shared::<f32>::new(&spec)), expected && narrow::takes(1, 1), "{sizes:?} {batch:?}");
        }
    }
}
