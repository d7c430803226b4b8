//! What a network is made of and learns from.

use super::assert_words;
use alphasweep::problem::samples::{Samples, Targets, parse_images, parse_labels, parse_samples};
use alphasweep::problem::{Activation, MAX_LAYERS, Network, NetworkLoss, NetworkStop, Scaling};

/// A file of images, and of labels: as many values as the sizes say.
pub fn idx(bytes: &[u8]) {
    match parse_images(bytes) {
        Ok(images) => {
            assert!(!images.pixels.is_empty());
            assert_eq!(images.pixels.len(), images.count * images.height * images.width);
        }
        Err(error) => assert_words(&error.to_string()),
    }
    match parse_labels(bytes) {
        Ok(labels) => assert!(!labels.is_empty()),
        Err(error) => assert_words(&error.to_string()),
    }
}

/// A table, after a line with the name of its target: full rows of finite numbers, also when scaled, and classes that
/// follow on each other.
pub fn samples(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let target = String::from_utf8_lossy(&bytes[..end]);
    let mut sets = match parse_samples(&bytes[(end + 1).min(bytes.len())..], &target, "fuzz.csv") {
        Ok(sets) => sets,
        Err(error) => return assert_words(&error.to_string()),
    };
    let hash = sets.hash();
    sets.standardize();
    for samples in [Some(&sets.train), sets.test.as_ref()].into_iter().flatten() {
        assert_full(samples);
    }
    assert_eq!(hash.len(), 16);
    match sets.into_labels() {
        Ok(sets) => {
            for samples in [Some(&sets.train), sets.test.as_ref()].into_iter().flatten() {
                assert_full(samples);
            }
        }
        Err(error) => assert_words(&error.to_string()),
    }
}

fn assert_full(samples: &Samples) {
    assert!(samples.rows() > 0 && samples.inputs > 0);
    assert_eq!(samples.features.len(), samples.rows() * samples.inputs);
    assert!(samples.features.iter().all(|value| value.is_finite()));
    match &samples.targets {
        Targets::Labels { labels, classes } => assert!(labels.iter().all(|label| (*label as usize) < *classes)),
        Targets::Values { values, outputs } => {
            assert!(*outputs > 0 && values.iter().all(|value| value.is_finite()));
        }
    }
}

/// The sizes of a network's layers in the first line, its stop rule in the others.
pub fn network(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (sizes, condition) = text.split_once('\n').unwrap_or((&text, ""));
    match Network::sizes(sizes) {
        Ok(sizes) => {
            assert!((2..=MAX_LAYERS + 1).contains(&sizes.len()));
            assert!(sizes.iter().all(|size| (1..=65_536).contains(size)));
            let (activation, loss, scaling) = (Activation::Tanh, NetworkLoss::Mse, Scaling::MeanField);
            let network = Network { sizes, activation, loss, bias: true, scaling };
            let weights: usize = network.sizes.windows(2).map(|pair| pair[0] * pair[1] + pair[1]).sum();
            assert_eq!(network.parameters(), weights);
        }
        Err(error) => assert_words(&error.to_string()),
    }
    match NetworkStop::new(condition) {
        Ok(stop) => {
            assert_eq!(stop.text(), condition);
            for values in [[0.0; 4], [1e30, 1.0, 0.5, 1e-30], [f64::NAN; 4]] {
                stop.holds(values);
            }
        }
        Err(error) => assert_words(&error.to_string()),
    }
}
