//! Forward and backward through the layers, over all rows, for all lanes.

use super::super::super::instruction::Lanes;
use super::super::activations::{activate, through_activation};
use super::super::heads::{Sums, head};
use super::super::micro_kernel::{Becomes, LANES, Lane, Strided, product, zeros};
use super::super::pass::{Rows, block};
use super::super::product::Product;
use crate::problem::{Layer, Network};
use multiversion::multiversion;
use std::ops::Range;

/// Rows that go through at once: what they come to stays in the first-level cache.
const ROWS: usize = 16;

/// Room for passes of one network.
pub struct Pass<'a, T: Product> {
    network: &'a Network,
    set: &'a Rows<'a, T>,
    layers: Vec<Layer>,
    /// Outputs of each layer; while going back, the slopes of the loss along the last one's.
    outputs: Vec<Lanes<Lane<T>>>,
    /// Slopes along what goes into a layer's activation.
    slopes: [Lanes<Lane<T>>; 2],
    /// The gradient of some rows, before it is scaled.
    sums: Lanes<Lane<T>>,
}

impl<'a, T: Product> Pass<'a, T> {
    /// Over the rows of a set.
    pub fn new(network: &'a Network, set: &'a Rows<'a, T>) -> Self {
        let layers = network.layers();
        let widest = layers.iter().map(|layer| layer.outputs).max().unwrap_or(0);
        Self {
            outputs: layers.iter().map(|layer| zeros(ROWS * layer.outputs)).collect(),
            slopes: [widest, widest].map(|outputs| zeros(ROWS * outputs)),
            sums: zeros(network.parameters()),
            network,
            set,
            layers,
        }
    }

    /// Sums of losses and correct rows, and the gradient of the mean loss. Sums are cut where passes of one training cut theirs, so that
    /// both have the same bits.
    pub fn gradient(&mut self, weights: &[Lane<T>], gradient: &mut [Lane<T>]) -> Sums<LANES> {
        let count = self.set.count;
        let (size, share) = (block(self.network.inputs(), size_of::<T>()), T::from_f64(1.0 / count as f64));
        let mut all = Sums::NONE;
        self.sums.fill([T::ZERO; LANES]);
        for first in (0..count).step_by(size) {
            let end = (first + size).min(count);
            let mut sums = Sums::NONE;
            for from in (first..end).step_by(ROWS) {
                let rows = from..(from + ROWS).min(end);
                self.forward(weights, rows.clone());
                self.head(rows.clone(), share, &mut sums);
                self.backward(weights, rows);
            }
            all.add(&sums);
            self.scale(gradient, first > 0);
        }
        all
    }

    fn forward(&mut self, weights: &[Lane<T>], rows: Range<usize>) {
        let last = self.layers.len() - 1;
        for (at, layer) in self.layers.iter().enumerate() {
            let (before, after) = self.outputs.split_at_mut(at);
            let z = &mut after[0][..rows.len() * layer.outputs];
            let scale = T::from_f64(layer.scale);
            let becomes = layer.biases.map_or(Becomes::Product(scale), |biases| {
                let biases = &weights[biases..biases + layer.outputs];
                z.chunks_exact_mut(biases.len()).for_each(|row| row.copy_from_slice(biases));
                Becomes::Added(scale)
            });
            let (own, inner) = (Strided::new(&weights[layer.weights..], layer.outputs), layer.inputs);
            let z_of = (&mut *z, layer.outputs);
            match before.last() {
                Some(outputs) => product((Strided::new(outputs, inner), own), inner, z_of, becomes),
                None => product((Strided::new(inputs(self.set, inner, rows.start), inner), own), inner, z_of, becomes),
            }
            if at < last {
                activate(self.network.activation, z.as_flattened_mut());
            }
        }
    }

    fn head(&mut self, rows: Range<usize>, share: T, sums: &mut Sums<LANES>) {
        let width = self.layers[self.layers.len() - 1].outputs;
        if let Some(outputs) = self.outputs.last_mut() {
            let outputs = &mut outputs[..rows.len() * width];
            let answers = (&self.set.targets, &self.set.all[rows]);
            head(self.network.loss, (outputs, width), answers, Some(share), sums);
        }
    }

    /// Adds the gradient of some rows, from the slopes along the last outputs.
    fn backward(&mut self, weights: &[Lane<T>], rows: Range<usize>) {
        let [mut above, mut below] = std::mem::replace(&mut self.slopes, [0, 0].map(zeros));
        let count = rows.len();
        for (at, layer) in self.layers.iter().enumerate().rev() {
            let slopes = if at + 1 == self.layers.len() { &self.outputs[at] } else { &above };
            let slopes = &slopes[..count * layer.outputs];
            let (sums, inner) = (&mut self.sums[layer.weights..][..layer.inputs * layer.outputs], layer.inputs);
            let along = Strided::new(slopes, layer.outputs);
            if let Some(before) = at.checked_sub(1).map(|before| &self.outputs[before]) {
                let outputs = Strided::new(before, inner).transposed();
                product((outputs, along), count, (sums, layer.outputs), Becomes::Continued);
                let below = &mut below[..count * inner];
                let own = Strided::new(&weights[layer.weights..], layer.outputs).transposed();
                let becomes = Becomes::Product(T::from_f64(layer.scale));
                product((along, own), layer.outputs, (&mut *below, inner), becomes);
                let before = before[..count * inner].as_flattened();
                through_activation(self.network.activation, below.as_flattened_mut(), before);
            } else {
                let inputs = Strided::new(inputs(self.set, inner, rows.start), inner).transposed();
                product((inputs, along), count, (sums, layer.outputs), Becomes::Continued);
            }
            if let Some(biases) = layer.biases {
                add_rows(&mut self.sums[biases..biases + layer.outputs], slopes);
            }
            std::mem::swap(&mut above, &mut below);
        }
        self.slopes = [above, below];
    }

    /// The gradient of all rows of a block; added to what there is where it is `kept`. Biases go on from block to block.
    fn scale(&mut self, gradient: &mut [Lane<T>], kept: bool) {
        for layer in &self.layers {
            let weights = layer.weights..layer.weights + layer.inputs * layer.outputs;
            let biases = weights.end..layer.range().end;
            gradient[biases.clone()].copy_from_slice(&self.sums[biases]);
            let scale = T::from_f64(layer.scale);
            for (own, sum) in gradient[weights.clone()].iter_mut().zip(&mut self.sums[weights]) {
                let sum = std::mem::replace(sum, [T::ZERO; LANES]);
                *own = std::array::from_fn(|at| if kept { own[at] + scale * sum[at] } else { scale * sum[at] });
            }
        }
    }
}

/// The inputs of rows from one on.
fn inputs<'a, T: Product>(set: &'a Rows<'_, T>, width: usize, row: usize) -> &'a [[T; 1]] {
    set.inputs[row * width..].as_chunks().0
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn add_rows<T: Product>(sums: &mut [Lane<T>], rows: &[Lane<T>]) {
    for row in rows.chunks_exact(sums.len()) {
        for (sum, value) in sums.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
            *sum = *sum + *value;
        }
    }
}
