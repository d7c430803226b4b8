//! Networks: dense layers, as an objective whose parameters are too many to name.
//!
//! Row x of the data goes through the layers, hₗ = φ(zₗ) with zₗ = sₗ·hₗ₋₁Wₗ + bₗ and h₀ = x; the last layer has no φ.
//! The loss is a mean over rows. Weights are kept layer after layer: Wₗ by rows (inputs × outputs), then bₗ.

mod catalog;
mod stop;

pub use catalog::{NETWORKS, NetworkRow, network_row};
pub use stop::{NetworkStop, STOP_NAMES};

use super::error::ProblemError;
use super::random::{Stream, normal};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// φ, applied to each number between layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    Sigmoid,
    Tanh,
    Relu,
    Identity,
}

/// What is minimised, as a mean over rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkLoss {
    /// −ln softmax(z)ᵧ for the row's class y.
    CrossEntropy,
    /// Mean over the outputs of (z − target)²; the target of a class is 1 in its own place and 0 elsewhere.
    Mse,
}

/// What products of inputs and weights are multiplied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    None,
    /// √(2/n) between layers of n inputs, 1/n in the last: weights of deviation 1 then give outputs that shrink like
    /// 1/√n (the parametrisation of Sohl-Dickstein 2024, "The boundary of neural network trainability is fractal").
    MeanField,
}

/// A name for each case, as typed.
macro_rules! words {
    ($kind:ty, $what:literal, [$(($case:path, $word:literal)),+ $(,)?]) => {
        impl $kind {
            /// The words that can be typed.
            pub const WORDS: &[&str] = &[$($word),+];

            /// What a word stands for, in any case.
            ///
            /// # Errors
            /// A word that is none of [`Self::WORDS`].
            pub fn parse(text: &str) -> Result<Self, ProblemError> {
                match text.trim().to_ascii_lowercase().as_str() {
                    $($word => Ok($case),)+
                    _ => Err(ProblemError::Name(format!(concat!("no ", $what, " is called `{}`; there are {}"), text, Self::WORDS.join(", ")))),
                }
            }
        }

        impl FromStr for $kind {
            type Err = ProblemError;

            fn from_str(text: &str) -> Result<Self, ProblemError> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($case => $word),+ })
            }
        }
    };
}

words!(
    Activation,
    "activation",
    [
        (Activation::Sigmoid, "sigmoid"),
        (Activation::Tanh, "tanh"),
        (Activation::Relu, "relu"),
        (Activation::Identity, "identity"),
    ]
);
words!(NetworkLoss, "loss", [(NetworkLoss::CrossEntropy, "cross-entropy"), (NetworkLoss::Mse, "mse")]);
words!(Scaling, "scaling", [(Scaling::None, "none"), (Scaling::MeanField, "mean-field")]);

/// One dense layer and where its parameters are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layer {
    pub inputs: usize,
    pub outputs: usize,
    /// First parameter: weights by rows, inputs × outputs.
    pub weights: usize,
    /// First bias, where there are any.
    pub biases: Option<usize>,
    /// s: what the products are multiplied by.
    pub scale: f64,
}

impl Layer {
    /// All parameters of the layer.
    pub fn range(&self) -> Range<usize> {
        self.weights..self.weights + self.inputs * self.outputs + self.biases.map_or(0, |_| self.outputs)
    }
}

/// A network without its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Inputs, then the outputs of each layer.
    pub sizes: Vec<usize>,
    pub activation: Activation,
    pub loss: NetworkLoss,
    pub bias: bool,
    pub scaling: Scaling,
}

/// Most layers.
pub const MAX_LAYERS: usize = 16;
/// Most inputs or outputs of a layer.
pub const MAX_WIDTH: usize = 65_536;

impl Network {
    /// The sizes of a text such as `784-50-10`.
    ///
    /// # Errors
    /// What is no list of two or more whole numbers from 1 to [`MAX_WIDTH`].
    pub fn sizes(text: &str) -> Result<Vec<usize>, ProblemError> {
        let sizes: Option<Vec<usize>> = text.trim().split('-').map(|size| size.trim().parse().ok()).collect();
        let sizes = sizes.unwrap_or_default();
        Self::check_sizes(&sizes).map(|()| sizes)
    }

    /// What is said where there are no sizes.
    pub(crate) const NO_SIZES: &str = "expected the sizes of the layers, inputs first, such as 784-50-10";

    /// Whether layers can have these sizes.
    ///
    /// # Errors
    /// As [`Network::sizes`].
    pub fn check_sizes(sizes: &[usize]) -> Result<(), ProblemError> {
        let wrong = |message: String| Err(ProblemError::Name(message));
        match sizes.iter().find(|size| !(1..=MAX_WIDTH).contains(*size)) {
            _ if sizes.len() > MAX_LAYERS + 1 => wrong(format!("more than {MAX_LAYERS} layers")),
            _ if sizes.len() < 2 => wrong(Self::NO_SIZES.to_owned()),
            Some(size) => wrong(format!("a layer of {size}; sizes are from 1 to {MAX_WIDTH}")),
            None => Ok(()),
        }
    }

    /// Layers, first to last.
    pub fn layers(&self) -> Vec<Layer> {
        let mut next = 0;
        let last = self.sizes.len() - 2;
        let layer = |(at, pair): (usize, &[usize])| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let weights = next;
            let biases = self.bias.then_some(weights + inputs * outputs);
            next = weights + inputs * outputs + if self.bias { outputs } else { 0 };
            let n = inputs as f64;
            let scale = match self.scaling {
                Scaling::None => 1.0,
                Scaling::MeanField if at == last => 1.0 / n,
                Scaling::MeanField => (2.0 / n).sqrt(),
            };
            Layer { inputs, outputs, weights, biases, scale }
        };
        self.sizes.windows(2).enumerate().map(layer).collect()
    }

    /// Weights and biases of all layers.
    pub fn parameters(&self) -> usize {
        self.layers().last().map_or(0, |layer| layer.range().end)
    }

    /// Numbers that go in with each row.
    pub fn inputs(&self) -> usize {
        self.sizes[0]
    }

    /// Numbers that come out.
    pub fn outputs(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// Weights drawn from the normal distribution of deviation `std`, biases 0; in f64, before any rounding. The same
    /// seed gives the same weights whatever is trained with them.
    pub fn start(&self, seed: u32, std: f64) -> Vec<f64> {
        self.start_off(seed, std, 0.0)
    }

    /// The same with `offset` added to every weight.
    pub fn start_off(&self, seed: u32, std: f64, offset: f64) -> Vec<f64> {
        let mut weights = vec![0.0; self.parameters()];
        for (layer, which) in self.layers().iter().zip(0..) {
            let own = &mut weights[layer.weights..layer.weights + layer.inputs * layer.outputs];
            for (weight, index) in own.iter_mut().zip(0..) {
                *weight = std * normal(seed, Stream::Weight, which, index) + offset;
            }
        }
        weights
    }
}

impl fmt::Display for Network {
    /// Such as `784-50-10 sigmoid, cross-entropy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.sizes.iter().map(usize::to_string).collect();
        write!(f, "{} {}, {}", sizes.join("-"), self.activation, self.loss)?;
        if self.scaling != Scaling::None {
            write!(f, ", {} scaling", self.scaling)?;
        }
        if self.bias { Ok(()) } else { f.write_str(", no bias") }
    }
}
