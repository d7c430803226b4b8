//! How a network's loss curves: λmax of its Hessian over all training rows, in f64, from products of the Hessian with
//! directions. A product goes through the layers with the direction beside the weights, forward and back (Pearlmutter 1994,
//! "Fast exact multiplication by the Hessian"), and costs about three gradients; the Hessian itself is never made.

use super::sweep::NetworkSweep;
use crate::problem::samples::{Samples, Targets};
use crate::problem::{Activation, Layer, Network, NetworkLoss};
use crate::sweep::sharpness::{largest, most_vectors};
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, DVectorView};
use std::ops::Range;

/// The curvature of a sweep's loss.
#[derive(Debug)]
pub struct Curvature<'a> {
    network: &'a Network,
    layers: Vec<Layer>,
    samples: &'a Samples,
}

/// Rows that go through at once.
const BLOCK: usize = 256;

/// Of the size of λmax: sums over rows have no more digits than that to give where weights are f32.
const WITHIN: f64 = 1e-7;

/// Numbers and how they change along the direction; a column per row of the data.
struct Moved {
    at: DMatrix<f64>,
    along: DMatrix<f64>,
}

impl<'a> Curvature<'a> {
    pub fn new(spec: &'a NetworkSweep) -> Self {
        Self { layers: spec.network.layers(), network: &spec.network, samples: &spec.samples.train }
    }

    /// Bytes that a sharpness takes of a network with so many parameters, beside the rows of a block.
    pub fn bytes(parameters: usize) -> u64 {
        // A product, a direction and the weights are there as well.
        8 * parameters as u64 * (most_vectors(parameters) as u64 + 3)
    }

    /// λmax at these weights, to 1e-7 of its size; not a number where the loss has no curvature there that is one.
    pub fn sharpness(&self, weights: &[f64]) -> f64 {
        largest(weights.len(), WITHIN, &|direction| self.product(weights, &direction))
    }

    /// The Hessian at `weights` times `direction`.
    fn product(&self, weights: &[f64], direction: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; weights.len()];
        let rows = self.samples.rows();
        for first in (0..rows).step_by(BLOCK) {
            self.add(weights, direction, first..rows.min(first + BLOCK), &mut product);
        }
        product
    }

    /// Adds what some rows have in it.
    fn add(&self, weights: &[f64], direction: &[f64], rows: Range<usize>, product: &mut [f64]) {
        let width = self.network.inputs();
        let features = &self.samples.features[rows.start * width..rows.end * width];
        let inputs = DMatrix::from_iterator(width, rows.len(), features.iter().map(|value| f64::from(*value)));
        let still = DMatrix::zeros(width, rows.len());
        let mut before = vec![Moved { at: inputs, along: still }];
        for (number, layer) in self.layers.iter().enumerate() {
            let z = forward(layer, weights, direction, &before[number]);
            let is_last = number + 1 == self.layers.len();
            before.push(if is_last { z } else { activated(self.network.activation, z) });
        }
        // The loop has left the last outputs there.
        let Some(outputs) = before.pop() else { return };
        let mut slopes = self.head(outputs, rows);
        for (number, layer) in self.layers.iter().enumerate().rev() {
            let inputs = &before[number];
            add_of_layer(layer, &slopes, inputs, product);
            if number > 0 {
                slopes = back(self.network.activation, layer, (weights, direction), &slopes, inputs);
            }
        }
    }

    /// The slopes of the loss along the last outputs.
    fn head(&self, outputs: Moved, rows: Range<usize>) -> Moved {
        let share = 1.0 / self.samples.rows() as f64;
        let (width, count) = outputs.at.shape();
        let target = |at: usize, row: usize| match &self.samples.targets {
            Targets::Labels { labels, .. } if width == 1 && self.network.loss == NetworkLoss::CrossEntropy => {
                f64::from(labels[row])
            }
            Targets::Labels { labels, .. } => f64::from(u8::from(labels[row] as usize == at)),
            Targets::Values { values, .. } => f64::from(values[row * width + at]),
        };
        let Moved { mut at, mut along } = outputs;
        for column in 0..count {
            let (mut z, mut moved) = (at.column_mut(column), along.column_mut(column));
            let off = |index: usize, value: f64| value - target(index, rows.start + column);
            match self.network.loss {
                NetworkLoss::Mse => {
                    let factor = 2.0 * share / width as f64;
                    z.iter_mut().enumerate().for_each(|(index, z)| *z = factor * off(index, *z));
                    moved *= factor;
                }
                NetworkLoss::CrossEntropy if width == 1 => {
                    let p = 1.0 / (1.0 + (-z[0]).exp());
                    z[0] = share * off(0, p);
                    moved[0] *= share * p * (1.0 - p);
                }
                NetworkLoss::CrossEntropy => {
                    let top = z.max();
                    z.apply(|z| *z = (*z - top).exp());
                    z /= z.sum();
                    let mean = z.dot(&moved);
                    moved.zip_apply(&z, |moved, p| *moved = share * p * (*moved - mean));
                    z.iter_mut().enumerate().for_each(|(index, z)| *z = share * off(index, *z));
                }
            }
        }
        Moved { at, along }
    }
}

/// A layer's weights, by rows inputs × outputs: by columns that is outputs × inputs.
fn matrix<'b>(layer: &Layer, weights: &'b [f64]) -> DMatrixView<'b, f64> {
    let count = layer.inputs * layer.outputs;
    DMatrixView::from_slice(&weights[layer.weights..layer.weights + count], layer.outputs, layer.inputs)
}

/// What goes into a layer's activation.
fn forward(layer: &Layer, weights: &[f64], direction: &[f64], inputs: &Moved) -> Moved {
    let (w, v) = (matrix(layer, weights), matrix(layer, direction));
    let mut at = (w * &inputs.at) * layer.scale;
    let mut along = (v * &inputs.at + w * &inputs.along) * layer.scale;
    if let Some(first) = layer.biases {
        let of = |numbers: &[f64]| DVectorView::from_slice(&numbers[first..], layer.outputs).into_owned();
        at.column_iter_mut().for_each(|mut column| column += of(weights));
        along.column_iter_mut().for_each(|mut column| column += of(direction));
    }
    Moved { at, along }
}

fn activated(activation: Activation, z: Moved) -> Moved {
    let at = z.at.map(|z| match activation {
        Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
        Activation::Tanh => z.tanh(),
        Activation::Relu => z.max(0.0),
        Activation::Identity => z,
    });
    let along = z.along.zip_map(&at, |along, h| along * bend(activation, h).0);
    Moved { at, along }
}

/// φ′ and φ″/φ′ where φ is h; of relu those beside its corner.
fn bend(activation: Activation, h: f64) -> (f64, f64) {
    match activation {
        Activation::Sigmoid => (h * (1.0 - h), 1.0 - 2.0 * h),
        Activation::Tanh => (1.0 - h * h, -2.0 * h),
        Activation::Relu => (f64::from(u8::from(h > 0.0)), 0.0),
        Activation::Identity => (1.0, 0.0),
    }
}

/// Adds the change of a layer's own slopes.
fn add_of_layer(layer: &Layer, slopes: &Moved, inputs: &Moved, product: &mut [f64]) {
    let own = &mut product[layer.range()];
    let (weights, biases) = own.split_at_mut(layer.inputs * layer.outputs);
    let mut matrix = DMatrixViewMut::from_slice(weights, layer.outputs, layer.inputs);
    matrix.gemm(layer.scale, &slopes.along, &inputs.at.transpose(), 1.0);
    matrix.gemm(layer.scale, &slopes.at, &inputs.along.transpose(), 1.0);
    for (bias, row) in biases.iter_mut().zip(slopes.along.row_iter()) {
        *bias += row.sum();
    }
}

/// The slopes along what went into the activation before a layer, whose outputs were `inputs`.
fn back(
    activation: Activation,
    layer: &Layer,
    (weights, direction): (&[f64], &[f64]),
    slopes: &Moved,
    inputs: &Moved,
) -> Moved {
    let (w, v) = (matrix(layer, weights), matrix(layer, direction));
    let mut at = w.tr_mul(&slopes.at) * layer.scale;
    let mut along = (v.tr_mul(&slopes.at) + w.tr_mul(&slopes.along)) * layer.scale;
    let passed = at.iter_mut().zip(along.iter_mut()).zip(inputs.at.iter().zip(inputs.along.iter()));
    for ((at, along), (h, moved)) in passed {
        // The outputs moved φ′ times as far as what went in: φ″ of that is φ″/φ′ of what they did.
        let (slope, turn) = bend(activation, *h);
        *along = slope * *along + turn * moved * *at;
        *at *= slope;
    }
    Moved { at, along }
}
