//! Flags of networks alone.

use super::values::whole_number;
use crate::sweep::RequestError;
use clap::Args;

/// Flags of networks alone.
#[derive(Debug, Clone, Args)]
pub struct NetworkFlags {
    /// A network of dense layers in place of a formula: the sizes, inputs first, such as 784-50-10
    #[arg(long, value_name = "SIZES")]
    pub net: Option<String>,
    /// What goes between layers [default: the network's, else sigmoid]
    #[arg(long, value_name = "sigmoid|tanh|relu|identity")]
    pub activation: Option<String>,
    /// What is minimised [default: the network's, else cross-entropy for classes, mse for values]
    #[arg(long, value_name = "cross-entropy|mse")]
    pub loss: Option<String>,
    /// How weights begin: drawn with this deviation, with X added to each once; biases begin at 0 [default: the network's, else
    /// normal:0.01]
    #[arg(long, value_name = "normal:STD,offset:X")]
    pub init: Option<String>,
    /// Mean-field: products are multiplied by √(2/n) between layers, by 1/n in the last [default: the network's, else none]
    #[arg(long, value_name = "none|mean-field")]
    pub scaling: Option<String>,
    /// Layers without biases
    #[arg(long)]
    pub no_bias: bool,
    /// The column of --data FILE.csv to be learnt; all others are inputs
    #[arg(long, value_name = "COLUMN")]
    pub target: Option<String>,
    /// Also write loss, accuracies and a measured sharpness of every training at every N-th step: DIR/history.csv and
    /// DIR/history.png
    #[arg(long, value_name = "N", value_parser = whole_number, allow_negative_numbers = true)]
    pub history: Option<u64>,
}

impl NetworkFlags {
    /// Refuses them where a formula is swept.
    ///
    /// # Errors
    /// The first that was given.
    pub fn refuse_for_formulas(&self) -> Result<(), RequestError> {
        let switch = |given: bool| given.then(String::new);
        let flags = [
            ("--activation", self.activation.clone()),
            ("--loss", self.loss.clone()),
            ("--init", self.init.clone()),
            ("--scaling", self.scaling.clone()),
            ("--no-bias", switch(self.no_bias)),
            ("--target", self.target.clone()),
            ("--history", self.history.map(|every| every.to_string())),
        ];
        match flags.into_iter().find_map(|(flag, value)| value.map(|value| (flag, value))) {
            Some((flag, value)) => {
                let message = "is for networks; add --net SIZES, or name a network of the catalog, such as two-layer";
                Err(RequestError::new(flag, value, message))
            }
            None => Ok(()),
        }
    }
}
