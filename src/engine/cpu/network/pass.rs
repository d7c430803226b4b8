//! Forward and backward through the layers, over some rows.

use super::activations::{activate, through_activation};
use super::heads::{Answers, Sums, head};
use super::narrow;
use super::product::{Matrix, Product};
use super::sparse::{self, Sparse};
use crate::problem::samples::{Samples, Targets};
use crate::problem::{Activation, Layer, Network, NetworkLoss};
use multiversion::multiversion;
use std::borrow::Cow;

/// Rows of a set, in the working precision.
pub struct Rows<'a, T: Product> {
    /// One after the other.
    pub inputs: Cow<'a, [T]>,
    /// The inputs once more, where they are mostly 0.
    pub sparse: Option<Sparse<T>>,
    pub targets: Answers<'a, T>,
    width: usize,
    /// Every row.
    pub all: Vec<u32>,
    pub count: usize,
}

impl<'a, T: Product> Rows<'a, T> {
    /// The rows that a network learns from or is tested on.
    pub fn new(samples: &'a Samples, network: &Network) -> Self {
        let targets = match &samples.targets {
            Targets::Labels { labels, .. } => Answers::Labels(labels),
            Targets::Values { values, .. } => Answers::Values(T::from_samples(values)),
        };
        let inputs = T::from_samples(&samples.features);
        let sparse = Sparse::new(&inputs, samples.inputs);
        let count = samples.rows();
        Self { inputs, sparse, targets, width: network.inputs(), all: (0..count as u32).collect(), count }
    }

    /// The inputs of listed rows, copied together where they do not follow each other.
    fn inputs_of<'b>(&'b self, list: &[u32], consecutive: bool, picked: &'b mut Picked<T>) -> Inputs<'b, T> {
        if let Some(sparse) = &self.sparse {
            picked.sparse.pick(sparse, list);
            return Inputs::Sparse(&picked.sparse);
        }
        if consecutive {
            return Inputs::Dense(&self.inputs[list[0] as usize * self.width..][..list.len() * self.width]);
        }
        picked.dense.resize(list.len() * self.width, T::ZERO);
        for (to, row) in picked.dense.chunks_exact_mut(self.width).zip(list) {
            to.copy_from_slice(&self.inputs[*row as usize * self.width..][..self.width]);
        }
        Inputs::Dense(&picked.dense)
    }
}

/// Inputs of listed rows, in one of two forms.
struct Picked<T> {
    dense: Vec<T>,
    sparse: Sparse<T>,
}

impl<T: Product> Picked<T> {
    fn none() -> Self {
        Self { dense: Vec::new(), sparse: Sparse::empty() }
    }
}

/// Which rows go through the network.
#[derive(Clone, Copy)]
pub enum Which<'a> {
    All,
    /// These, one after the other.
    Listed(&'a [u32]),
}

/// What a pass found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Mean over the rows.
    pub loss: f64,
    /// Rows whose largest output is that of their class.
    pub correct: usize,
}

/// Room for products.
struct Room<T> {
    sparse: sparse::Room<T>,
    narrow: narrow::Room<T>,
}

/// Room for passes of one network.
pub struct Pass<T: Product> {
    layers: Vec<Layer>,
    activation: Activation,
    loss: NetworkLoss,
    /// Rows that go through at once.
    block: usize,
    picked: Picked<T>,
    /// Outputs of each layer; while going back, the slopes of the loss along the last one's.
    outputs: Vec<Vec<T>>,
    /// Slopes along what goes into a layer's activation.
    slopes: [Vec<T>; 2],
    room: Room<T>,
}

/// Bytes of input rows that go through at once: they stay in a core's own cache.
const BLOCK_BYTES: usize = 1 << 19;

/// Rows that go through at once.
pub fn block(inputs: usize, bytes: usize) -> usize {
    (BLOCK_BYTES / (bytes * inputs)).clamp(16, 1024)
}

/// Numbers, of `bytes` bytes each, in the room that a [`Pass`] takes.
pub fn numbers(network: &Network, bytes: usize) -> u64 {
    let layers = network.layers();
    let outputs: usize = layers.iter().map(|layer| layer.outputs).sum();
    let widest = layers.iter().map(|layer| layer.outputs).max().unwrap_or(0);
    block(network.inputs(), bytes) as u64 * (outputs + 2 * widest + network.inputs()) as u64
}

impl<T: Product> Pass<T> {
    /// Room for passes through a network.
    pub fn new(network: &Network) -> Self {
        let block = block(network.inputs(), size_of::<T>());
        let layers = network.layers();
        let widest = layers.iter().map(|layer| layer.outputs).max().unwrap_or(0);
        Self {
            outputs: layers.iter().map(|layer| vec![T::ZERO; block * layer.outputs]).collect(),
            slopes: [0, 1].map(|_| vec![T::ZERO; block * widest]),
            picked: Picked::none(),
            room: Room { sparse: sparse::Room::new(), narrow: narrow::Room::new() },
            layers,
            activation: network.activation,
            loss: network.loss,
            block,
        }
    }

    /// Loss and number of correct rows.
    pub fn evaluate(&mut self, weights: &[T], set: &Rows<'_, T>) -> Found {
        self.over(weights, set, Which::All, None)
    }

    /// The same, and the gradient of the loss.
    pub fn gradient(&mut self, weights: &[T], set: &Rows<'_, T>, which: Which<'_>, gradient: &mut [T]) -> Found {
        self.over(weights, set, which, Some(gradient))
    }

    fn over(&mut self, weights: &[T], set: &Rows<'_, T>, which: Which<'_>, mut gradient: Option<&mut [T]>) -> Found {
        let list = match which {
            Which::All => &set.all,
            Which::Listed(list) => list,
        };
        let share = gradient.is_some().then(|| T::from_f64(1.0 / list.len() as f64));
        let mut sums = Sums::<1>::NONE;
        self.room.sparse.forget_weights();
        for (at, list) in list.chunks(self.block).enumerate() {
            let mut picked = std::mem::replace(&mut self.picked, Picked::none());
            let inputs = set.inputs_of(list, matches!(which, Which::All), &mut picked);
            self.forward(weights, inputs, list.len());
            let mut part = Sums::NONE;
            self.head((&set.targets, list), share, &mut part);
            if let Some(gradient) = gradient.as_deref_mut() {
                self.backward(weights, inputs, list.len(), gradient, at > 0);
            }
            self.picked = picked;
            sums.add(&part);
        }
        Found { loss: sums.loss[0] / list.len() as f64, correct: sums.correct[0] }
    }

    fn forward(&mut self, weights: &[T], inputs: Inputs<'_, T>, rows: usize) {
        let last = self.layers.len() - 1;
        for (at, layer) in self.layers.iter().enumerate() {
            let (before, after) = self.outputs.split_at_mut(at);
            let z = &mut after[0][..rows * layer.outputs];
            if let Some(biases) = layer.biases {
                let biases = &weights[biases..biases + layer.outputs];
                for row in z.chunks_exact_mut(layer.outputs) {
                    row.copy_from_slice(biases);
                }
            }
            let inputs = before.last().map_or(inputs, |outputs| Inputs::Dense(outputs));
            inputs.times(layer, weights, z, &mut self.room);
            if at < last {
                activate(self.activation, z);
            }
        }
    }

    /// Adds loss and correct rows from the last outputs, which become slopes where their `share` is given.
    fn head(&mut self, answers: (&Answers<'_, T>, &[u32]), share: Option<T>, sums: &mut Sums<1>) {
        let width = self.layers[self.layers.len() - 1].outputs;
        if let Some(outputs) = self.outputs.last_mut() {
            head(self.loss, (outputs.as_chunks_mut().0, width), answers, share, sums);
        }
    }

    /// The gradient of the loss from the slopes along the last outputs; added to what there is where it is `kept`.
    fn backward(&mut self, weights: &[T], inputs: Inputs<'_, T>, rows: usize, gradient: &mut [T], kept: bool) {
        let last = self.layers.len() - 1;
        let width = self.layers[last].outputs;
        let [mut above, mut below] = std::mem::take(&mut self.slopes);
        above[..rows * width].copy_from_slice(&self.outputs[last][..rows * width]);
        for (at, layer) in self.layers.iter().enumerate().rev() {
            let slopes = &above[..rows * layer.outputs];
            let before = at.checked_sub(1).map(|before| &self.outputs[before][..]);
            let own = &mut gradient[layer.range()];
            before.map_or(inputs, Inputs::Dense).gradient(layer, slopes, kept, own, &mut self.room);
            if let Some(before) = before {
                let below = &mut below[..rows * layer.inputs];
                slopes_before(layer, weights, slopes, below, &mut self.room);
                through_activation(self.activation, below, &before[..rows * layer.inputs]);
            }
            std::mem::swap(&mut above, &mut below);
        }
        self.slopes = [above, below];
    }
}

/// Slopes along a layer's inputs from those along its products.
fn slopes_before<T: Product>(layer: &Layer, weights: &[T], slopes: &[T], below: &mut [T], room: &mut Room<T>) {
    let weights = &weights[layer.weights..][..layer.inputs * layer.outputs];
    let scale = T::from_f64(layer.scale);
    if narrow::takes(layer.outputs, layer.inputs) {
        return narrow::product_transposed(slopes, weights, scale, below, layer.outputs, &mut room.narrow);
    }
    let rows = slopes.len() / layer.outputs;
    let weights = Matrix::new(weights, layer.inputs, layer.outputs).transposed();
    T::product(scale, Matrix::new(slopes, rows, layer.outputs), weights, T::ZERO, below);
}

/// What goes into a layer.
#[derive(Clone, Copy)]
enum Inputs<'a, T> {
    /// Rows one after the other.
    Dense(&'a [T]),
    /// What is not 0 in them.
    Sparse(&'a Sparse<T>),
}

impl<T: Product> Inputs<'_, T> {
    /// Adds the products with a layer's weights to its biases, or writes them where there are none.
    fn times(self, layer: &Layer, weights: &[T], z: &mut [T], room: &mut Room<T>) {
        let weights = &weights[layer.weights..][..layer.inputs * layer.outputs];
        let (scale, biased) = (T::from_f64(layer.scale), layer.biases.is_some());
        match self {
            Self::Sparse(sparse) => sparse::forward(sparse, weights, scale, biased, z, &mut room.sparse),
            Self::Dense(inputs) if narrow::takes(layer.inputs, layer.outputs) => {
                narrow::product(inputs, weights, scale, biased, z, layer.inputs, &mut room.narrow);
            }
            Self::Dense(inputs) => {
                let inputs = Matrix::new(inputs, z.len() / layer.outputs, layer.inputs);
                let kept = if biased { T::ONE } else { T::ZERO };
                T::product(scale, inputs, Matrix::new(weights, layer.inputs, layer.outputs), kept, z);
            }
        }
    }

    /// The gradient of a layer's weights and biases.
    fn gradient(self, layer: &Layer, slopes: &[T], kept: bool, own: &mut [T], room: &mut Room<T>) {
        let (weights, biases) = own.split_at_mut(layer.inputs * layer.outputs);
        let scale = T::from_f64(layer.scale);
        match self {
            Self::Sparse(sparse) => {
                sparse::backward(sparse, slopes, scale, kept, weights, &mut room.sparse);
            }
            Self::Dense(inputs) if narrow::takes(layer.inputs, layer.outputs) => {
                let rows = slopes.len() / layer.outputs;
                let inputs = &inputs[..rows * layer.inputs];
                narrow::gradient(inputs, slopes, scale, kept, weights, rows, &mut room.narrow);
            }
            Self::Dense(inputs) => {
                let rows = slopes.len() / layer.outputs;
                let inputs = Matrix::new(inputs, rows, layer.inputs).transposed();
                let kept = if kept { T::ONE } else { T::ZERO };
                T::product(scale, inputs, Matrix::new(slopes, rows, layer.outputs), kept, weights);
            }
        }
        if layer.biases.is_some() {
            if !kept {
                biases.fill(T::ZERO);
            }
            add_rows(biases, slopes);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn add_rows<T: Product>(sum: &mut [T], rows: &[T]) {
    for row in rows.chunks_exact(sum.len()) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum = *sum + *value;
        }
    }
}
