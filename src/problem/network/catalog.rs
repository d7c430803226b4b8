//! The table of built-in networks. A new one is one more row here, and nothing else.

/// A built-in network with its recipe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkRow {
    pub name: &'static str,
    /// Sizes of the layers, inputs first; the first and the last are those of other data where these are given.
    pub net: &'static str,
    pub activation: &'static str,
    pub loss: &'static str,
    /// How weights begin: `normal:STD`, `normal:STD,offset:X`.
    pub init: &'static str,
    pub bias: bool,
    pub scale: &'static str,
    /// `--data` unless given.
    pub data: &'static str,
    /// `--batch` unless given.
    pub batch: &'static str,
    /// The axes unless given: name and axis.
    pub axes: [(&'static str, &'static str); 2],
    /// Learning rate while it is no axis; empty where the layers have their own.
    pub alpha: &'static str,
    /// Whether the published measure of trainability is a column.
    pub measure: bool,
    /// Where the row comes from.
    pub source: &'static str,
}

/// The published network, of which there are variants.
const TRAINABILITY: NetworkRow = NetworkRow {
    name: "trainability",
    net: "16-16-1",
    activation: "tanh",
    loss: "mse",
    init: "normal:1",
    bias: false,
    scale: "mean-field",
    data: "gaussian:272:16",
    batch: "full",
    axes: [("alpha_1", "log:1e-3:1e6:64"), ("alpha_2", "log:1e-3:1e6:64")],
    alpha: "",
    measure: true,
    source: "Sohl-Dickstein 2024, The boundary of neural network trainability is fractal (arXiv:2402.06184)",
};

/// Every built-in network.
pub const NETWORKS: &[NetworkRow] = &[
    NetworkRow {
        name: "two-layer",
        net: "784-50-10",
        activation: "sigmoid",
        loss: "cross-entropy",
        init: "normal:0.01",
        bias: true,
        scale: "none",
        data: "digits",
        batch: "100",
        axes: [("alpha", "log:0.001:100:48"), ("seed", "lin:1:4:4")],
        alpha: "0.1",
        measure: false,
        source: "optimisation post: a two-layer network on handwritten digits (MNIST), 10 000 steps of 100 rows",
    },
    TRAINABILITY,
    NetworkRow {
        name: "trainability-relu",
        activation: "relu",
        source: "the same with relu instead of tanh: Sohl-Dickstein 2024",
        ..TRAINABILITY
    },
    NetworkRow {
        name: "trainability-sgd",
        batch: "16",
        // The published measure reads the loss of every step, over all rows.
        measure: false,
        source: "the same in batches of 16 drawn rows, after Sohl-Dickstein 2024; maps of outcome and loss, without his measure",
        ..TRAINABILITY
    },
    NetworkRow {
        name: "trainability-init",
        init: "normal:1,offset:0",
        axes: [("init_offset", "lin:-8:8:64"), ("alpha", "log:1e-3:1e6:64")],
        alpha: "1",
        source: "one learning rate for all layers against an offset that is added to every weight at the start, after \
                 Sohl-Dickstein 2024",
        ..TRAINABILITY
    },
];

/// The row of a built-in network.
pub fn network_row(name: &str) -> Option<&'static NetworkRow> {
    NETWORKS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}
