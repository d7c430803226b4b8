//! Activations of whole lists, and slopes through them.

use super::product::Product;
use crate::problem::Activation;
use multiversion::multiversion;

/// φ in place.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn activate<T: Product>(activation: Activation, z: &mut [T]) {
    match activation {
        Activation::Sigmoid => z.iter_mut().for_each(|z| *z = T::ONE / (T::ONE + (-*z).exp())),
        Activation::Tanh => z.iter_mut().for_each(|z| *z = z.tanh()),
        Activation::Relu => z.iter_mut().for_each(|z| *z = if *z > T::ZERO { *z } else { T::ZERO }),
        Activation::Identity => {}
    }
}

/// Multiplies slopes by φ', which follows from φ's value `a`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn through_activation<T: Product>(activation: Activation, slopes: &mut [T], a: &[T]) {
    let pairs = slopes.iter_mut().zip(a);
    match activation {
        Activation::Sigmoid => pairs.for_each(|(slope, a)| *slope = *slope * (*a * (T::ONE - *a))),
        Activation::Tanh => pairs.for_each(|(slope, a)| *slope = *slope * (T::ONE - *a * *a)),
        Activation::Relu => pairs.for_each(|(slope, a)| *slope = if *a > T::ZERO { *slope } else { T::ZERO }),
        Activation::Identity => {}
    }
}
