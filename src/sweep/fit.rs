//! What is asked of a model: predictions, and the column that it is drawn over.

use super::beside::Shown;
use super::error::RequestError;
use crate::expr::nearest;
use crate::problem::{Expression, Model, Objective, ProblemError};

/// What is to be shown of descents besides their paths, as it is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Beside {
    pub shown: Vec<Shown>,
    /// In place of the one that is found in the objective.
    pub model: Option<Expression>,
    /// Values of the model's inputs by name, with their text.
    pub asked: Vec<(String, Vec<(String, f64)>)>,
    /// The column that the model is drawn over.
    pub fit_x: Option<String>,
    /// The largest curvature along the path.
    pub sharpness: bool,
    /// The gradient flow from the same start.
    pub flow: bool,
}

/// A model and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    pub model: Model,
    /// The values of a row, in the order of [`Model::inputs`], one list per question.
    pub asked: Vec<Vec<f64>>,
    /// Place in [`Model::inputs`] of the column that the model is drawn over, where it is chosen.
    pub x: Option<usize>,
}

impl Fit {
    /// The model of an objective and what is asked of it; `None` where there is none and nothing is asked.
    ///
    /// # Errors
    /// A formula of other names, a question where there is no model, values that it does not read or that are missing.
    pub(super) fn of(beside: &Beside, objective: &Objective) -> Result<Option<Self>, RequestError> {
        let model = match &beside.model {
            Some(given) => {
                let wrong = |error: ProblemError| RequestError::new("--model", given.text(), error.to_string());
                Some(Model::given(given.clone(), objective).map_err(wrong)?)
            }
            None => Model::find(objective),
        };
        let first = beside.asked.first().map(|(text, _)| ("--predict", text));
        let question = first.or(beside.fit_x.as_ref().map(|text| ("--fit-x", text)));
        let Some(model) = model else {
            return match question {
                Some((flag, text)) => {
                    let message =
                        format!("no model can be told from `{}`; give it, such as --model \"w*x+b\"", objective.text());
                    Err(RequestError::new(flag, text, message))
                }
                None => Ok(None),
            };
        };
        let asked = beside.asked.iter().map(|(text, values)| row(text, values, &model)).collect::<Result<_, _>>()?;
        let x = beside.fit_x.as_ref().map(|name| place("--fit-x", name, name, &model)).transpose()?;
        Ok(Some(Self { model, asked, x }))
    }
}

/// Place of a name among what the model reads.
fn place(flag: &str, text: &str, name: &str, model: &Model) -> Result<usize, RequestError> {
    let (formula, reads) = (model.expression.text(), model.inputs.join(", "));
    model.inputs.iter().position(|known| known == name).ok_or_else(|| {
        let message = match nearest(name, model.inputs.iter().map(String::as_str)) {
            _ if model.inputs.is_empty() => {
                format!(
                    "the model `{formula}` reads no column, and its prediction is the same everywhere; leave it out"
                )
            }
            Some(close) => {
                format!("the model `{formula}` reads no column `{name}`: did you mean `{close}`? It reads {reads}")
            }
            None => format!("the model `{formula}` reads no column `{name}`; it reads {reads}"),
        };
        RequestError::new(flag, text, message)
    })
}

/// The values of a row in the order of the model's inputs.
fn row(text: &str, values: &[(String, f64)], model: &Model) -> Result<Vec<f64>, RequestError> {
    let mut row: Vec<Option<f64>> = vec![None; model.inputs.len()];
    for (name, value) in values {
        let at = place("--predict", text, name, model)?;
        if row[at].replace(*value).is_some() {
            return Err(RequestError::new("--predict", text, format!("`{name}` is given twice; give it once")));
        }
    }
    let missing: Vec<&str> =
        model.inputs.iter().zip(&row).filter(|(_, value)| value.is_none()).map(|(name, _)| name.as_str()).collect();
    if missing.is_empty() {
        return Ok(row.into_iter().flatten().collect());
    }
    let example: Vec<String> =
        model.inputs.iter().zip(&row).map(|(name, v)| format!("{name}={}", v.unwrap_or(1.0))).collect();
    let message = format!(
        "the model `{}` also reads {}; give all of them, such as --predict \"{}\"",
        model.expression.text(),
        missing.join(", "),
        example.join(",")
    );
    Err(RequestError::new("--predict", text, message))
}
