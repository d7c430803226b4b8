//! A linear classifier by full-batch gradient descent in f64, as simple as one can be: the yardstick for labelled data.

use alphasweep::problem::samples::{Samples, Targets};

pub struct Softmax {
    inputs: usize,
    /// Per class the weights of the inputs, then the bias.
    weights: Vec<Vec<f64>>,
}

impl Softmax {
    /// After `steps` steps of α = 1 from zero.
    pub fn trained(samples: &Samples, steps: usize) -> Self {
        let mut model =
            Self { inputs: samples.inputs, weights: vec![vec![0.0; samples.inputs + 1]; samples.outputs()] };
        for _ in 0..steps {
            model.step(samples);
        }
        model
    }

    fn step(&mut self, samples: &Samples) {
        let mut gradient = vec![vec![0.0; self.inputs + 1]; self.weights.len()];
        for (at, label) in labels(samples).iter().enumerate() {
            let row = samples.row(at);
            let scores = self.scores(row);
            let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let shares: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
            let total: f64 = shares.iter().sum();
            for (class, (gradient, share)) in gradient.iter_mut().zip(&shares).enumerate() {
                let error = share / total - f64::from(u8::from(class == *label as usize));
                gradient.iter_mut().zip(row).for_each(|(slot, input)| *slot += error * f64::from(*input));
                gradient[self.inputs] += error;
            }
        }
        for (weight, slope) in self.weights.iter_mut().flatten().zip(gradient.iter().flatten()) {
            *weight -= slope / samples.rows() as f64;
        }
    }

    fn scores(&self, row: &[f32]) -> Vec<f64> {
        let score = |weights: &Vec<f64>| {
            weights.iter().zip(row).map(|(weight, input)| weight * f64::from(*input)).sum::<f64>() + weights[row.len()]
        };
        self.weights.iter().map(score).collect()
    }

    fn accuracy(&self, samples: &Samples) -> f64 {
        let right = |(at, label): &(usize, &u32)| {
            let scores = self.scores(samples.row(*at));
            (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])) == Some(**label as usize)
        };
        labels(samples).iter().enumerate().filter(right).count() as f64 / samples.rows() as f64
    }

    /// Shares of training and test rows that get their own class.
    pub fn accuracies(&self, train: &Samples, test: &Samples) -> (f64, f64) {
        (self.accuracy(train), self.accuracy(test))
    }
}

fn labels(samples: &Samples) -> &[u32] {
    match &samples.targets {
        Targets::Labels { labels, .. } => labels,
        Targets::Values { .. } => panic!("labels, not values"),
    }
}
