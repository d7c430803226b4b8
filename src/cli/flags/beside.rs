//! What a trace shows of descents besides their paths.

use super::request::value;
use crate::expr::{identifier_of, number};
use crate::problem::{Expression, ProblemError};
use crate::sweep::{Beside, RequestError, Shown};
use clap::Args;

/// Numbers along the way, the model, and what it predicts.
#[derive(Debug, Clone, Args)]
pub struct BesideFlags {
    /// A number to follow besides the loss, such as "mae=mean(abs(w*x+b-y))": a column, a curve, and its value at the end; may be
    /// given again
    #[arg(long, value_name = "NAME=FORMULA")]
    pub show: Vec<String>,
    /// What the model predicts for these values of its columns, such as x=4 or x1=2,x2=3; may be given again
    #[arg(long, value_name = "COLUMN=VALUE,…", allow_hyphen_values = true)]
    pub predict: Vec<String>,
    /// The model, such as "w*x+b" or "y = w*x+b" [default: what the objective subtracts its target from, or its probability]
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    pub model: Option<String>,
    /// The column that the fit is drawn over [default: the one with most influence]
    #[arg(long, value_name = "COLUMN")]
    pub fit_x: Option<String>,
    /// Follow the largest curvature of the loss along the path, against the one at which the rule is no longer stable: 2/alpha
    /// for gradient descent
    #[arg(long)]
    pub sharpness: bool,
    /// Follow the gradient flow from the same start, at time t = alpha*k, and the distance to it
    #[arg(long)]
    pub flow: bool,
}

impl BesideFlags {
    /// What is asked for.
    ///
    /// # Errors
    /// A formula that cannot be read, what is no `NAME=FORMULA` or no `COLUMN=VALUE`.
    pub fn read(&self) -> Result<Beside, RequestError> {
        Ok(Beside {
            shown: self.show.iter().map(|text| shown(text)).collect::<Result<_, _>>()?,
            model: self.model.as_deref().map(|text| value("--model", text)).transpose()?,
            asked: self.predict.iter().map(|text| Ok((text.clone(), row(text)?))).collect::<Result<_, _>>()?,
            fit_x: self.fit_x.as_deref().map(column),
            sharpness: self.sharpness,
            flow: self.flow,
        })
    }
}

/// A column as formulas call it.
fn column(text: &str) -> String {
    identifier_of(text.trim().trim_matches('`'))
}

fn shown(text: &str) -> Result<Shown, RequestError> {
    let parts = text.split_once('=').map(|(name, formula)| (name.trim(), formula.trim()));
    let parts = parts.filter(|(name, formula)| !formula.is_empty() && !name.is_empty() && identifier_of(name) == *name);
    let Some((name, formula)) = parts else {
        let message = "expected NAME=FORMULA, such as --show \"mae=mean(abs(w*x+b-y))\"";
        return Err(RequestError::new("--show", text, message));
    };
    let expression: Expression = formula.parse().map_err(|error| wrong("--show", text, &error))?;
    Ok(Shown { name: name.to_owned(), expression })
}

fn wrong(flag: &str, text: &str, error: &ProblemError) -> RequestError {
    RequestError::new(flag, text, error.to_string())
}

fn row(text: &str) -> Result<Vec<(String, f64)>, RequestError> {
    let one = |part: &str| {
        let (name, value) = part.split_once('=')?;
        let value = number(value).filter(|value| value.is_finite())?;
        Some((column(name), value)).filter(|(name, _)| !name.is_empty())
    };
    let values = text.split(',').map(one).collect::<Option<Vec<_>>>();
    values.ok_or_else(|| {
        let message = "expected COLUMN=VALUE with finite numbers, such as --predict x=4 or --predict x1=2,x2=3";
        RequestError::new("--predict", text, message)
    })
}
