//! Requests for networks, whose shaders are of every kind.

use crate::common::{along, read};
use alphasweep::problem::samples::{SampleSets, Targets};
use alphasweep::problem::{Activation, NetworkLoss, Scaling};
use alphasweep::sweep::{Batch, NetworkRequest, Precision};

/// The smallest network of the catalog.
pub fn digits() -> NetworkRequest {
    NetworkRequest::named("two-layer").expect("a row")
}

/// One output for two classes: whether a drawn row's first input is the larger.
pub fn binary() -> NetworkRequest {
    let mut sets = SampleSets::gaussian(120, 6, 3).expect("rows");
    let labels = sets.train.features.chunks_exact(6).map(|row| u32::from(row[0] > row[1])).collect();
    sets.train.targets = Targets::Labels { labels, classes: 2 };
    let request = NetworkRequest {
        sizes: Some(vec![6, 5, 1]),
        init: Some(read("normal:0.5")),
        samples: Some(sets),
        ..NetworkRequest::default()
    };
    request.vary("alpha", along("0.01,0.1,0.3")).vary("seed", along("1,2")).steps(10).precision(Precision::F32)
}

/// One of everything that changes a shader.
pub fn every_kind() -> Vec<NetworkRequest> {
    let mut all = vec![digits(), NetworkRequest::named("trainability").expect("a row")];
    for (activation, loss) in [("sigmoid", "mse"), ("tanh", "cross-entropy"), ("relu", "mse"), ("identity", "mse")] {
        all.push(NetworkRequest { activation: Some(read(activation)), loss: Some(read(loss)), ..digits() });
    }
    all.push(NetworkRequest { sizes: Some(vec![64, 10]), no_bias: true, ..digits() });
    all.push(NetworkRequest {
        sizes: Some(vec![64, 50, 33, 10]),
        scaling: Some(Scaling::MeanField),
        history: Some(10),
        ..digits()
    });
    for batch in ["each", "full", "7"] {
        all.push(digits().batch(read(batch)));
    }
    all.push(digits().batch(Batch::Shuffled(7)));
    all.push(binary());
    for rule in ["momentum", "nesterov", "adam"] {
        all.push(digits().rule(read(rule)));
    }
    all.push(digits().schedule(read("warmup:9*cosine")));
    let stop = "select(loss < 0.1, train_accuracy, test_accuracy) > 0.9 + gradient";
    all.push(digits().stop(read(stop)));
    all.push(digits().gtol(1e-3));
    let wide = NetworkRequest { activation: Some(Activation::Relu), loss: Some(NetworkLoss::Mse), ..digits() };
    all.push(wide.precision(Precision::F64));
    all.push(digits().precision(Precision::F32));
    all
}
