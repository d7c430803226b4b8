//! Losses of rows from their last outputs, and the slopes there.
//!
//! `N` trainings side by side have a lane each: they go through the same rows, and nothing is added up across them.

use super::product::Product;
use crate::problem::NetworkLoss;
use multiversion::multiversion;
use std::borrow::Cow;

/// What the rows of a set should give.
pub enum Answers<'a, T: Product> {
    Labels(&'a [u32]),
    /// By rows, as many as there are outputs.
    Values(Cow<'a, [T]>),
}

/// What rows came to, training by training.
#[derive(Debug, Clone, Copy)]
pub struct Sums<const N: usize> {
    pub loss: [f64; N],
    /// Rows whose largest output is that of their class.
    pub correct: [usize; N],
}

impl<const N: usize> Sums<N> {
    pub const NONE: Self = Self { loss: [0.0; N], correct: [0; N] };

    pub fn add(&mut self, other: &Self) {
        for lane in 0..N {
            self.loss[lane] += other.loss[lane];
            self.correct[lane] += other.correct[lane];
        }
    }
}

/// Adds loss and correct rows from the last outputs, `width` of each listed row (there may be room for more); these become slopes where their `share` is given.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn head<T: Product, const N: usize>(
    kind: NetworkLoss,
    (outputs, width): (&mut [[T; N]], usize),
    (targets, list): (&Answers<'_, T>, &[u32]),
    share: Option<T>,
    sums: &mut Sums<N>,
) {
    let outputs = &mut outputs[..list.len() * width];
    if let (NetworkLoss::CrossEntropy, Answers::Labels(labels), 2..) = (kind, targets, width) {
        return cross_entropies((outputs, width), list.iter().map(|row| labels[*row as usize] as usize), share, sums);
    }
    for (z, row) in outputs.chunks_exact_mut(width).zip(list) {
        let row = *row as usize;
        let label = match targets {
            Answers::Labels(labels) => Some(labels[row] as usize),
            Answers::Values(_) => None,
        };
        if let Some(label) = label {
            count(z, label, sums);
        }
        let loss = match (kind, label, targets) {
            (NetworkLoss::CrossEntropy, Some(label), _) => binary_cross_entropy(z, label, share),
            (_, Some(label), _) => squares(z, |at| if at == label { T::ONE } else { T::ZERO }, share),
            (_, None, Answers::Values(values)) => {
                let own = &values[row * width..][..width];
                squares(z, |at| own[at], share)
            }
            (_, None, Answers::Labels(_)) => unreachable!("labels give each row its label"),
        };
        for (sum, loss) in sums.loss.iter_mut().zip(loss) {
            *sum += loss;
        }
    }
}

/// The class that the outputs say: the place of the largest, of several the first; of one output 1 where it is above 0.
#[inline(always)]
fn chosen<T: Product, const N: usize>(z: &[[T; N]]) -> [usize; N] {
    if let [only] = z {
        return std::array::from_fn(|lane| usize::from(only[lane] > T::ZERO));
    }
    let (mut best, mut highest) = ([0; N], z[0]);
    for (at, value) in z.iter().enumerate() {
        for lane in 0..N {
            if value[lane] > highest[lane] {
                (best[lane], highest[lane]) = (at, value[lane]);
            }
        }
    }
    best
}

/// Counts the lanes whose outputs say the label.
#[inline(always)]
fn count<T: Product, const N: usize>(z: &[[T; N]], label: usize, sums: &mut Sums<N>) {
    let chosen = chosen(z);
    for (correct, chosen) in sums.correct.iter_mut().zip(chosen) {
        *correct += usize::from(chosen == label);
    }
}

/// −ln softmax(z) at the label of each row; z becomes `share`·(softmax(z) − 1 at the label). All exponentials together, because a row has
/// too few of them to fill vectors.
#[inline(always)]
fn cross_entropies<T: Product, const N: usize>(
    (outputs, width): (&mut [[T; N]], usize),
    labels: impl Iterator<Item = usize> + Clone,
    share: Option<T>,
    sums: &mut Sums<N>,
) {
    let mut own = Vec::with_capacity(outputs.len() / width);
    for (z, label) in outputs.chunks_exact_mut(width).zip(labels.clone()) {
        count(z, label, sums);
        let mut highest = z[0];
        for value in z.iter() {
            for lane in 0..N {
                highest[lane] = if value[lane] > highest[lane] { value[lane] } else { highest[lane] };
            }
        }
        for value in z.iter_mut() {
            for lane in 0..N {
                value[lane] = value[lane] - highest[lane];
            }
        }
        own.push(z[label]);
    }
    for value in outputs.as_flattened_mut() {
        *value = value.exp();
    }
    for ((z, label), own) in outputs.chunks_exact_mut(width).zip(labels).zip(own) {
        let mut sum = [T::ZERO; N];
        for value in z.iter() {
            for lane in 0..N {
                sum[lane] = sum[lane] + value[lane];
            }
        }
        for lane in 0..N {
            sums.loss[lane] += (sum[lane].ln() - own[lane]).to_f64();
        }
        let Some(share) = share else { continue };
        let factor: [T; N] = std::array::from_fn(|lane| share / sum[lane]);
        for value in z.iter_mut() {
            for lane in 0..N {
                value[lane] = value[lane] * factor[lane];
            }
        }
        for value in &mut z[label] {
            *value = *value - share;
        }
    }
}

/// −ln σ(z) of class 1 and −ln σ(−z) of class 0, where σ is the sigmoid; z becomes `share`·(σ(z) − label). As softplus of what
/// speaks for the other class, so that nothing overflows and little is lost where the answer is right.
#[inline(always)]
fn binary_cross_entropy<T: Product, const N: usize>(z: &mut [[T; N]], label: usize, share: Option<T>) -> [f64; N] {
    let against = z[0].map(|z| if label == 1 { -z } else { z });
    if let Some(share) = share {
        for lane in 0..N {
            let slope = against[lane].sigmoid() * share;
            z[0][lane] = if label == 1 { -slope } else { slope };
        }
    }
    against.map(|against| against.softplus().to_f64())
}

/// Mean of (z − target)² over the outputs; z becomes `share`·2(z − target)/outputs.
#[inline(always)]
fn squares<T: Product, const N: usize>(z: &mut [[T; N]], target: impl Fn(usize) -> T, share: Option<T>) -> [f64; N] {
    let width = T::from_f64(z.len() as f64);
    let factor = share.map(|share| share * T::from_f64(2.0) / width);
    let mut sum = [T::ZERO; N];
    for (at, value) in z.iter_mut().enumerate() {
        let target = target(at);
        for lane in 0..N {
            let off = value[lane] - target;
            sum[lane] = sum[lane] + off * off;
            if let Some(factor) = factor {
                value[lane] = off * factor;
            }
        }
    }
    sum.map(|sum| (sum / width).to_f64())
}
