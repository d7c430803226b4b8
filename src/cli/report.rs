//! The summary at the end of a sweep, for people.

use alphasweep::output::{RunInfo, Summary, figure, share};
use alphasweep::sweep::{OUTCOMES, Spec};
use alphasweep::theory::Theory;
use std::fmt::Write;

/// The summary as lines of text.
pub fn text(spec: &Spec, run: &RunInfo, theory: &Theory, summary: &Summary) -> String {
    let mut lines = Lines(String::new());
    lines.add("engine", &format!("{}, {}: {}", run.engine.engine, run.engine.device, run.engine_reason));
    let size = if spec.y.is_some() {
        format!("{} × {} = {}", spec.nx(), spec.ny(), summary.cells)
    } else {
        summary.cells.to_string()
    };
    lines.add(
        "cells",
        &format!(
            "{size} in {:.2} s: {} cells/s, {} descent-steps/s",
            summary.seconds,
            rate(summary.cells_per_second),
            rate(summary.steps_per_second)
        ),
    );
    let mut label = "outcomes";
    for outcome in OUTCOMES.into_iter().filter(|outcome| summary.cells_of(*outcome) > 0) {
        let count = summary.cells_of(outcome);
        lines.add(label, &format!("{:<11} {:>9}  {:>8}", outcome.word(), share(count, summary.cells), count));
        label = "";
    }
    lines.add("critical α", &critical(spec, theory, summary));
    lines.add("fastest α", &fastest(spec, summary));
    for (at, path) in run.files.iter().enumerate() {
        lines.add(if at == 0 { "wrote" } else { "" }, &path.display().to_string());
    }
    lines.0
}

struct Lines(String);

impl Lines {
    fn add(&mut self, label: &str, text: &str) {
        let _ = writeln!(self.0, "{label:<11} {text}");
    }
}

/// 1234567 → `1.23 M`
fn rate(per_second: f64) -> String {
    let units = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    let unit = units.into_iter().find(|(size, _)| per_second >= *size);
    unit.map_or_else(|| format!("{per_second:.0}"), |(size, unit)| format!("{:.2} {unit}", per_second / size))
}

fn alpha_is_axis(spec: &Spec) -> bool {
    spec.x.name == "alpha" || spec.y.as_ref().is_some_and(|y| y.name == "alpha")
}

fn critical(spec: &Spec, theory: &Theory, summary: &Summary) -> String {
    let measured = match &summary.critical {
        None if !alpha_is_axis(spec) => "α is no axis here".to_owned(),
        None => "no descent rises or diverges on this axis".to_owned(),
        Some(critical) => {
            let interval = match critical.below {
                Some(below) => format!("measured between {} and {}", figure(below), figure(critical.at)),
                None => format!("measured at or below {}", figure(critical.at)),
            };
            if critical.smallest == critical.largest {
                interval
            } else {
                let (lo, hi) = (figure(critical.smallest), figure(critical.largest));
                let other = if spec.x.name == "alpha" { spec.y.as_ref() } else { Some(&spec.x) };
                let name = other.map_or("starts", |axis| &axis.name);
                format!("{interval} (median; {lo} … {hi} over {} of {} values of {name})", critical.lines, critical.of)
            }
        }
    };
    format!("{measured}; {}", theory_text(spec, theory))
}

fn theory_text(spec: &Spec, theory: &Theory) -> String {
    match theory {
        Theory::None(why) => format!("theory: {why}"),
        Theory::Limits(limits) => {
            let place = |minimum: &[f64]| {
                let names = spec.objective.parameters().iter().zip(minimum);
                names.map(|(name, value)| format!("{name} = {}", figure(*value))).collect::<Vec<_>>().join(", ")
            };
            let each = limits.iter().map(|limit| {
                format!("{} (λmax = {} at {})", figure(limit.alpha), figure(limit.sharpness), place(&limit.minimum))
            });
            let formula = spec.rule.limit().unwrap_or_default().replace("lambda", "λmax");
            format!("theory {formula} = {}", each.collect::<Vec<_>>().join(", "))
        }
    }
}

fn fastest(spec: &Spec, summary: &Summary) -> String {
    match &summary.fastest {
        Some(fastest) => format!(
            "{}: {} steps on average, {} of {} descents converged",
            figure(fastest.alpha),
            figure(fastest.mean_steps),
            fastest.converged,
            fastest.of
        ),
        None if !alpha_is_axis(spec) => "α is no axis here".to_owned(),
        None => "none: nothing converged; try more --steps, other α, or a larger --gtol".to_owned(),
    }
}
