//! Descents that were followed, and their CSV.

use crate::csv_text::ShortText;
use crate::csv_text::plain_text;
use crate::draw::typeset::{figure, pretty};
use crate::engine::Traced;
use crate::sweep::{Descents, Outcome};
use std::io::{self, Write};

/// Followed descents, ready to be written and drawn.
#[derive(Debug, Clone)]
pub struct Trace {
    pub(super) descents: Descents,
    pub(super) traced: Vec<Traced>,
}

impl Trace {
    /// # Panics
    /// If there is not one path per descent.
    pub fn new(descents: Descents, traced: Vec<Traced>) -> Self {
        assert_eq!(descents.list.len(), traced.len(), "one path per descent");
        Self { descents, traced }
    }

    /// Which descents these are.
    pub fn descents(&self) -> &Descents {
        &self.descents
    }

    /// What came of them, in the same order.
    pub fn traced(&self) -> &[Traced] {
        &self.traced
    }

    /// What tells a descent from the others: `adam, α = 0.1`.
    pub fn label(&self, descent: usize) -> String {
        let Descents { names, varied, list, several_rules, .. } = &self.descents;
        let rule = several_rules.then(|| self.descents.rule(descent).to_owned());
        let told = if varied.is_empty() && !several_rules { &[0][..] } else { varied };
        let value = |at: &usize| list[descent].values[*at].map(|v| format!("{} = {}", pretty(&names[*at]), figure(v)));
        rule.into_iter().chain(told.iter().filter_map(value)).collect::<Vec<_>>().join(", ")
    }

    /// What came of a descent, in words: `converged at step 43`.
    pub fn ending(&self, descent: usize) -> String {
        let Traced { outcome, steps, .. } = &self.traced[descent];
        match outcome {
            Outcome::Converged | Outcome::Diverged => format!("{outcome} at step {steps}"),
            _ => format!("{outcome} after {steps} step{}", if *steps == 1 { "" } else { "s" }),
        }
    }

    /// One row per step: `descent,alpha,beta_start,step,loss,beta,beta_gradient`, in the shortest numbers that read back to
    /// the same bits; nothing where a number is not finite. With several rules their names come second.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(self.header())?;
        for descent in 0..self.traced.len() {
            self.write_rows(&mut writer, descent)?;
        }
        writer.flush()
    }

    fn header(&self) -> Vec<String> {
        let rule = self.descents.several_rules.then(|| "rule".to_owned());
        let parameters = self.descents.specs[0].objective.parameters();
        let fixed = ["step", "loss"].map(str::to_owned);
        let mut header = vec!["descent".to_owned()];
        header.extend(rule.into_iter().chain(self.descents.names.iter().cloned()).chain(fixed));
        header.extend(parameters.iter().cloned().chain(parameters.iter().map(|name| format!("{name}_gradient"))));
        header
    }

    fn write_rows(&self, writer: &mut csv::Writer<&mut impl Write>, descent: usize) -> io::Result<()> {
        let spec = self.descents.spec(descent);
        let wide = spec.program.precision.is_wide();
        // A compensated parameter is a sum of two f32 and needs the digits of an f64.
        let wide_parameters = wide || spec.program.parameters.iter().any(|parameter| parameter.lo.is_some());
        let rule = self.descents.several_rules.then(|| plain_text(self.descents.rule(descent)));
        let values = &self.descents.list[descent].values;
        let mut first = vec![(descent + 1).to_string()];
        first.extend(rule);
        first.extend(values.iter().map(|value| value.map_or(String::new(), |value| number(value, wide))));
        let path = &self.traced[descent].path;
        for step in 0..path.losses.len() {
            let mut row = first.clone();
            row.extend([step.to_string(), number(path.losses[step], wide)]);
            row.extend(path.parameters.iter().map(|list| number(list[step], wide_parameters)));
            row.extend(path.gradients.iter().map(|list| number(list[step], wide)));
            writer.write_record(row)?;
        }
        Ok(())
    }
}

/// The number as `losses.csv` has it.
fn number(value: f64, wide: bool) -> String {
    String::from_utf8_lossy(ShortText::number(value, wide).as_bytes()).into_owned()
}
