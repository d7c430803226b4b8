//! Forward and backward through the layers, over some rows.

use super::product::{Matrix, Product};
use crate::problem::samples::{Samples, Targets};
use crate::problem::{Activation, Layer, Network, NetworkLoss};
use multiversion::multiversion;
use std::borrow::Cow;
use std::ops::Range;

/// Rows of a set, in the working precision.
pub struct Rows<'a, T: Product> {
    pub inputs: Cow<'a, [T]>,
    targets: Answers<'a, T>,
    width: usize,
    pub count: usize,
}

enum Answers<'a, T: Product> {
    Labels(&'a [u32]),
    Values(Cow<'a, [T]>),
}

impl<'a, T: Product> Rows<'a, T> {
    /// The rows that a network learns from or is tested on.
    pub fn new(samples: &'a Samples, network: &Network) -> Self {
        let targets = match &samples.targets {
            Targets::Labels { labels, .. } => Answers::Labels(labels),
            Targets::Values { values, .. } => Answers::Values(T::from_samples(values)),
        };
        Self { inputs: T::from_samples(&samples.features), targets, width: network.inputs(), count: samples.rows() }
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

/// Room for passes of one network.
pub struct Pass<T: Product> {
    layers: Vec<Layer>,
    activation: Activation,
    loss: NetworkLoss,
    /// Rows that go through at once.
    block: usize,
    /// Inputs of listed rows.
    gathered: Vec<T>,
    /// Outputs of each layer; while going back, the slopes of the loss along the last one's.
    outputs: Vec<Vec<T>>,
    /// Slopes along what goes into a layer's activation.
    slopes: [Vec<T>; 2],
}

/// Bytes of input rows that go through at once: they stay in a core's own cache.
const BLOCK_BYTES: usize = 1 << 19;

impl<T: Product> Pass<T> {
    /// Room for a network, for lists of at most `listed` rows.
    pub fn new(network: &Network) -> Self {
        let block = (BLOCK_BYTES / (size_of::<T>() * network.inputs())).clamp(16, 1024);
        let layers = network.layers();
        let widest = layers.iter().map(|layer| layer.outputs).max().unwrap_or(0);
        Self {
            outputs: layers.iter().map(|layer| vec![T::ZERO; block * layer.outputs]).collect(),
            slopes: [0, 1].map(|_| vec![T::ZERO; block * widest]),
            gathered: vec![T::ZERO; block * network.inputs()],
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
        let rows = match which {
            Which::All => set.count,
            Which::Listed(list) => list.len(),
        };
        let share = T::from_f64(1.0 / rows as f64);
        let (mut loss, mut correct) = (0.0, 0);
        for from in (0..rows).step_by(self.block) {
            let range = from..(from + self.block).min(rows);
            let listed = match which {
                Which::All => None,
                Which::Listed(list) => Some(&list[range.clone()]),
            };
            let part = self.block_of(weights, set, &range, listed, share, gradient.as_deref_mut(), from == 0);
            loss += part.loss;
            correct += part.correct;
        }
        Found { loss: loss / rows as f64, correct }
    }

    /// One block of rows; its loss is a sum.
    #[allow(clippy::too_many_arguments, reason = "private, and a struct for them would be read nowhere else")]
    fn block_of(
        &mut self,
        weights: &[T],
        set: &Rows<'_, T>,
        range: &Range<usize>,
        listed: Option<&[u32]>,
        share: T,
        gradient: Option<&mut [T]>,
        first: bool,
    ) -> Found {
        let width = set.width;
        let mut gathered = std::mem::take(&mut self.gathered);
        let inputs: &[T] = match listed {
            None => &set.inputs[range.start * width..range.end * width],
            Some(list) => {
                for (to, row) in gathered.chunks_exact_mut(width).zip(list) {
                    to.copy_from_slice(&set.inputs[*row as usize * width..][..width]);
                }
                &gathered
            }
        };
        let rows = range.len();
        self.forward(weights, inputs, rows);
        let row_of = |at: usize| listed.map_or(range.start + at, |list| list[at] as usize);
        let share = gradient.is_some().then_some(share);
        let found = self.head(&set.targets, rows, row_of, share);
        if let Some(gradient) = gradient {
            self.backward(weights, inputs, rows, gradient, first);
        }
        self.gathered = gathered;
        found
    }

    fn forward(&mut self, weights: &[T], inputs: &[T], rows: usize) {
        let last = self.layers.len() - 1;
        for (at, layer) in self.layers.iter().enumerate() {
            let (before, after) = self.outputs.split_at_mut(at);
            let a = Matrix::new(before.last().map_or(inputs, |outputs| outputs), rows, layer.inputs);
            let w = Matrix::new(&weights[layer.weights..], layer.inputs, layer.outputs);
            let z = &mut after[0][..rows * layer.outputs];
            let mut kept = T::ZERO;
            if let Some(biases) = layer.biases {
                let biases = &weights[biases..biases + layer.outputs];
                z.chunks_exact_mut(layer.outputs).for_each(|row| row.copy_from_slice(biases));
                kept = T::ONE;
            }
            T::product(T::from_f64(layer.scale), a, w, kept, z);
            if at < last {
                activate(self.activation, z);
            }
        }
    }

    /// Loss (summed) and correct rows from the last outputs, which become slopes where their `share` is given.
    fn head(
        &mut self,
        targets: &Answers<'_, T>,
        rows: usize,
        row_of: impl Fn(usize) -> usize,
        share: Option<T>,
    ) -> Found {
        let width = self.layers[self.layers.len() - 1].outputs;
        let kind = self.loss;
        let Some(outputs) = self.outputs.last_mut() else { return Found { loss: 0.0, correct: 0 } };
        let (mut loss, mut correct) = (0.0, 0);
        for (at, z) in outputs.chunks_exact_mut(width).take(rows).enumerate() {
            let label = match targets {
                Answers::Labels(labels) => Some(labels[row_of(at)] as usize),
                Answers::Values(_) => None,
            };
            correct += usize::from(label.is_some_and(|label| largest(z) == label));
            loss += match (kind, label, targets) {
                (NetworkLoss::CrossEntropy, Some(label), _) => cross_entropy(z, label, share),
                (_, Some(label), _) => squares(z, |at| if at == label { T::ONE } else { T::ZERO }, share),
                (_, None, Answers::Values(values)) => {
                    let own = &values[row_of(at) * width..][..width];
                    squares(z, |at| own[at], share)
                }
                (_, None, Answers::Labels(_)) => unreachable!("labels give each row its label"),
            };
        }
        Found { loss, correct }
    }

    /// The gradient of the loss from the slopes along the last outputs; added to what there is, unless `first`.
    fn backward(&mut self, weights: &[T], inputs: &[T], rows: usize, gradient: &mut [T], first: bool) {
        let kept = if first { T::ZERO } else { T::ONE };
        let last = self.layers.len() - 1;
        let width = self.layers[last].outputs;
        let [mut above, mut below] = std::mem::take(&mut self.slopes);
        above[..rows * width].copy_from_slice(&self.outputs[last][..rows * width]);
        for (at, layer) in self.layers.iter().enumerate().rev() {
            let (scale, range) = (T::from_f64(layer.scale), layer.range());
            let a = if at == 0 { inputs } else { &self.outputs[at - 1] };
            let slopes = Matrix::new(&above, rows, layer.outputs);
            let own = &mut gradient[range];
            T::product(scale, Matrix::new(a, rows, layer.inputs).transposed(), slopes, kept, own);
            if layer.biases.is_some() {
                let own = &mut own[layer.inputs * layer.outputs..];
                if first {
                    own.fill(T::ZERO);
                }
                add_rows(own, &above[..rows * layer.outputs]);
            }
            if at > 0 {
                let w = Matrix::new(&weights[layer.weights..], layer.inputs, layer.outputs).transposed();
                let count = rows * layer.inputs;
                T::product(scale, slopes, w, T::ZERO, &mut below[..count]);
                through_activation(self.activation, &mut below[..count], &a[..count]);
                std::mem::swap(&mut above, &mut below);
            }
        }
        self.slopes = [above, below];
    }
}

/// φ in place.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn activate<T: Product>(activation: Activation, z: &mut [T]) {
    match activation {
        Activation::Sigmoid => z.iter_mut().for_each(|z| *z = T::ONE / (T::ONE + (-*z).exp())),
        Activation::Tanh => z.iter_mut().for_each(|z| *z = z.tanh()),
        Activation::Relu => z.iter_mut().for_each(|z| *z = if *z > T::ZERO { *z } else { T::ZERO }),
        Activation::Identity => {}
    }
}

/// Multiplies slopes by φ', which follows from φ's value `a`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn through_activation<T: Product>(activation: Activation, slopes: &mut [T], a: &[T]) {
    let pairs = slopes.iter_mut().zip(a);
    match activation {
        Activation::Sigmoid => pairs.for_each(|(slope, a)| *slope = *slope * (*a * (T::ONE - *a))),
        Activation::Tanh => pairs.for_each(|(slope, a)| *slope = *slope * (T::ONE - *a * *a)),
        Activation::Relu => pairs.for_each(|(slope, a)| *slope = if *a > T::ZERO { *slope } else { T::ZERO }),
        Activation::Identity => {}
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

/// Place of the largest output; of several the first.
fn largest<T: Product>(z: &[T]) -> usize {
    let mut best = 0;
    for (at, value) in z.iter().enumerate() {
        if *value > z[best] {
            best = at;
        }
    }
    best
}

/// −ln softmax(z) at the label; z becomes `share`·(softmax(z) − 1 at the label).
fn cross_entropy<T: Product>(z: &mut [T], label: usize, share: Option<T>) -> f64 {
    let highest = z.iter().fold(z[0], |most, value| if *value > most { *value } else { most });
    let own = z[label] - highest;
    let mut sum = T::ZERO;
    for value in z.iter_mut() {
        *value = (*value - highest).exp();
        sum = sum + *value;
    }
    if let Some(share) = share {
        let factor = share / sum;
        for value in z.iter_mut() {
            *value = *value * factor;
        }
        z[label] = z[label] - share;
    }
    (sum.ln() - own).to_f64()
}

/// Mean of (z − target)² over the outputs; z becomes `share`·2(z − target)/outputs.
fn squares<T: Product>(z: &mut [T], target: impl Fn(usize) -> T, share: Option<T>) -> f64 {
    let width = T::from_f64(z.len() as f64);
    let factor = share.map(|share| share * T::from_f64(2.0) / width);
    let mut sum = T::ZERO;
    for (at, value) in z.iter_mut().enumerate() {
        let off = *value - target(at);
        sum = sum + off * off;
        if let Some(factor) = factor {
            *value = off * factor;
        }
    }
    (sum / width).to_f64()
}
