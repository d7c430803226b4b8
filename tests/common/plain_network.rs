//! Networks of a test's own, and their loss written down once more in the plainest way.

use alphasweep::problem::samples::{SampleSets, Samples, Targets};
use alphasweep::problem::{Network, NetworkLoss};
use alphasweep::sweep::{Axis, Init, NetworkRequest, Precision};

/// Sizes, activation, loss, scaling, and whether there are no biases.
pub type Kind = (&'static str, &'static str, &'static str, &'static str, bool);

/// Deviation of the weights of [`of_kind`].
pub const STD: f64 = 0.7;

/// Every kind of layer.
pub const KINDS: [Kind; 10] = [
    ("4-3", "sigmoid", "mse", "none", false),
    ("4-3", "sigmoid", "cross-entropy", "mean-field", false),
    ("5-4-3", "sigmoid", "cross-entropy", "none", false),
    ("5-4-3", "tanh", "mse", "none", true),
    ("5-4-3", "relu", "cross-entropy", "none", false),
    ("5-4-3", "identity", "mse", "mean-field", true),
    ("6-5-4-2", "tanh", "cross-entropy", "mean-field", false),
    ("5-4-1", "tanh", "cross-entropy", "none", false),
    ("6-1", "sigmoid", "cross-entropy", "none", true),
    // Without biases: with those, all 0 at the start, a row that is dead in one layer is on the kink of the next.
    ("6-5-4-2", "relu", "mse", "none", true),
];

/// A network of the user's own on some rows.
pub fn network(
    net: &str,
    samples: SampleSets,
    choose: impl FnOnce(NetworkRequest) -> NetworkRequest,
) -> NetworkRequest {
    let sizes = Network::sizes(net).expect("sizes");
    choose(NetworkRequest { sizes: Some(sizes), ..NetworkRequest::default() }.samples(samples))
}

/// A network of a kind of [`KINDS`] on 17 rows of noise, with weights of seed 5 and deviation [`STD`], in f64; and these rows.
pub fn of_kind((net, activation, loss, scale, no_bias): Kind) -> (NetworkRequest, Samples) {
    let sizes = Network::sizes(net).expect("sizes");
    let classes = loss == "cross-entropy";
    let outputs = sizes[sizes.len() - 1];
    let samples = noise(17, sizes[0], if classes { outputs.max(2) } else { outputs }, classes);
    let rows = samples.train.clone();
    let choose = |request: NetworkRequest| request.vary("seed", Axis::one(5.0)).precision(Precision::F64);
    let request = NetworkRequest {
        activation: Some(super::read(activation)),
        loss: Some(super::read(loss)),
        scaling: Some(super::read(scale)),
        init: Some(Init::normal(STD)),
        no_bias,
        ..network(net, samples, choose)
    };
    (request, rows)
}

/// Rows of noise: with classes, or with values.
pub fn noise(rows: usize, inputs: usize, outputs: usize, classes: bool) -> SampleSets {
    let features = SampleSets::gaussian(rows, inputs, 3).unwrap().train.features;
    let values = SampleSets::gaussian(rows * outputs, 1, 4).unwrap().train.features;
    let targets = if classes {
        Targets::Labels { labels: (0..rows as u32).map(|row| row * 7 % outputs as u32).collect(), classes: outputs }
    } else {
        Targets::Values { values, outputs }
    };
    let train = Samples { inputs, features, targets };
    SampleSets { source: "noise".to_owned(), train, test: None, seeded: false }
}

/// The loss in f64, written down once more in the plainest way.
pub fn plain_loss(network: &Network, weights: &[f64], samples: &Samples) -> f64 {
    let layers = network.layers();
    let mut total = 0.0;
    for row in 0..samples.rows() {
        let mut values: Vec<f64> = samples.row(row).iter().map(|value| f64::from(*value)).collect();
        for (at, layer) in layers.iter().enumerate() {
            let z = |j: usize| {
                let products = (0..layer.inputs).map(|i| values[i] * weights[layer.weights + i * layer.outputs + j]);
                layer.scale * products.sum::<f64>() + layer.biases.map_or(0.0, |biases| weights[biases + j])
            };
            let hidden = at + 1 < layers.len();
            let through = |z: f64| match (hidden, network.activation.to_string().as_str()) {
                (false, _) | (_, "identity") => z,
                (_, "sigmoid") => 1.0 / (1.0 + (-z).exp()),
                (_, "tanh") => z.tanh(),
                _ => z.max(0.0),
            };
            values = (0..layer.outputs).map(|j| through(z(j))).collect();
        }
        let target = |j: usize| match &samples.targets {
            Targets::Labels { labels, .. } => f64::from(u8::from(labels[row] as usize == j)),
            Targets::Values { values, outputs } => f64::from(values[row * outputs + j]),
        };
        total += match network.loss {
            NetworkLoss::Mse => {
                (0..values.len()).map(|j| (values[j] - target(j)).powi(2)).sum::<f64>() / values.len() as f64
            }
            NetworkLoss::CrossEntropy if values.len() == 1 => {
                let (p, label) = (1.0 / (1.0 + (-values[0]).exp()), f64::from(u8::from(target(0) == 0.0)));
                -(label * p.ln() + (1.0 - label) * (1.0 - p).ln())
            }
            NetworkLoss::CrossEntropy => {
                let sum: f64 = values.iter().map(|z| z.exp()).sum();
                -(0..values.len()).map(|j| target(j) * (values[j].exp() / sum).ln()).sum::<f64>()
            }
        };
    }
    total / samples.rows() as f64
}
