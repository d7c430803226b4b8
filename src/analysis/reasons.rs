//! Why the learning rates of a map fare as they do: what is known of it, as facts.

use super::advice::{Advice, Reason};
use super::data_scale::DataScale;
use super::summary::Summary;
use super::theory::{self, Known, Loss, RestPoint};
use crate::expr::{Binary, Node, Unary};
use crate::problem::ColumnMoments;
use crate::sweep::{Batch, FormulaSweep, OUTCOMES, Outcome, Standardized, Tolerance};

/// A condition number above this makes descent slow.
const ILL: f64 = 1e4;
/// A share of settled cells above this is told.
const SETTLED: f64 = 0.01;

impl Summary {
    /// Finds the reasons for what the advice says of a sweep of a formula.
    pub fn explain(&mut self, spec: &FormulaSweep, known: &Known) {
        let reached = self.best.as_ref().or(self.lowest.as_ref()).map(|best| best.parameters.as_slice());
        self.data_scale = DataScale::of(spec, reached, known);
        let Some(mut advice) = self.advice.take() else { return };
        advice.reasons = reasons(spec, self, known, &advice);
        self.advice = Some(advice);
    }
}

fn reasons(spec: &FormulaSweep, summary: &Summary, known: &Known, advice: &Advice) -> Vec<Reason> {
    let mut all = Vec::new();
    let condition = condition(spec, summary, known);
    if advice.apart == summary.cells {
        return vec![Reason::NothingBegins];
    }
    match &advice.fastest {
        None => all.push(why_none(spec, summary, (advice, known), condition)),
        Some(fastest) if !fastest.is_sure() => all.push(Reason::NoneIsSure),
        Some(_) if spec.y.is_none() => all.push(Reason::OneStart),
        Some(_) => {}
    }
    if advice.fastest.is_some() && spec.batch != Batch::Full && stays_above(summary, known) {
        all.push(Reason::NoiseOfBatches);
    }
    if !spec.precision.is_wide() {
        all.extend(grain(spec, summary, known));
    }
    if let Some(condition) = condition.filter(|condition| *condition > ILL) {
        let columns = sizes(spec);
        if !columns.is_empty() {
            all.push(Reason::IllConditioned { condition, columns });
        }
    }
    all.dedup_by(|a, b| std::mem::discriminant(a) == std::mem::discriminant(b));
    all
}

/// Why nothing arrives, by what most descents do instead: at the α that got lowest, else at all.
fn why_none(
    spec: &FormulaSweep,
    summary: &Summary,
    (advice, known): (&Advice, &Known),
    condition: Option<f64>,
) -> Reason {
    let counts = match advice.lowest {
        Some(lowest) => summary.counts_at(lowest.index),
        None => summary.outcomes.0.map(|count| count as u32),
    };
    // Noise can look like anything but rest.
    if spec.program.noise.is_some() && advice.lowest.is_some() {
        return Reason::NoiseOfRule;
    }
    let likeliest = OUTCOMES.into_iter().max_by_key(|outcome| counts[*outcome as usize]);
    match likeliest.unwrap_or(Outcome::Level) {
        Outcome::Oscillating | Outcome::Settled if spec.batch != Batch::Full => Reason::NoiseOfBatches,
        Outcome::Descending if spec.batch != Batch::Full && is_near_the_answer(advice, known) => Reason::NoiseOfBatches,
        Outcome::Oscillating if has_kinks(spec) => Reason::Kink,
        Outcome::Oscillating => Reason::Cycles,
        Outcome::Settled | Outcome::Converged => {
            Reason::Grain { settled: summary.cells_of(Outcome::Settled) as f64 / summary.cells as f64 }
        }
        // The best α of the axis is far from what the minimum would bear.
        Outcome::Descending if is_far_below(advice, known) => Reason::TooSmall { passes: false },
        Outcome::Descending => {
            // A direction that halves its distance in so many steps: about κ/2·ln(1/T).
            let share = match spec.limits.gtol {
                Tolerance::Relative(share) if share > 0.0 => share,
                _ => 1e-6,
            };
            let condition = condition.filter(|_| spec.batch == Batch::Full);
            let steps = condition.map(|condition| condition / 2.0 * (1.0 / share).ln());
            Reason::TooFewSteps { condition, steps }
        }
        Outcome::Level => Reason::TooSmall { passes: advice.first_rise.is_some() },
        Outcome::Unstable => Reason::Unstable,
        Outcome::Rising | Outcome::Diverged if summary.fell > summary.cells / 100 => Reason::Unbounded,
        Outcome::Rising | Outcome::Diverged => Reason::AllDiverge { overflow: summary.overflow },
    }
}

/// Whether the α that got lowest is the axis's largest, and far below every limit.
fn is_far_below(advice: &Advice, known: &Known) -> bool {
    const FAR: f64 = 4.0;
    let least = known.theory.limits().first().map_or(0.0, |limit| limit.alpha);
    advice.lowest.is_some_and(|lowest| FAR * lowest.alpha < least) && advice.first_rise.is_none()
}

/// Whether hardly anything is missing to the exact answer: what is left is noise.
fn is_near_the_answer(advice: &Advice, known: &Known) -> bool {
    const NEAR: f64 = 0.1;
    let exact = known.exact.as_ref().map(|exact| exact.loss);
    exact.zip(advice.lowest).is_some_and(|(exact, lowest)| lowest.median_loss - exact <= NEAR * exact.abs())
}

/// Whether nothing on the map comes down to the exact answer.
fn stays_above(summary: &Summary, known: &Known) -> bool {
    const NEAR: f64 = 1e-9;
    let exact = known.exact.as_ref().map(|exact| exact.loss);
    exact.zip(summary.lowest.as_ref()).is_some_and(|(exact, lowest)| lowest.loss - exact > NEAR * exact.abs())
}

/// What the working precision cannot tell apart.
fn grain(spec: &FormulaSweep, summary: &Summary, known: &Known) -> Vec<Reason> {
    let settled = summary.cells_of(Outcome::Settled) as f64 / summary.cells.max(1) as f64;
    let mut all = Vec::new();
    if let Some(lowest) = known.rest_points.iter().find(|point| point.class.is_minimum()) {
        let ulp = |value: &f64| f64::from((value.abs() as f32).next_up()) - f64::from(value.abs() as f32);
        let step = lowest.sharpness * lowest.point.iter().map(ulp).fold(0.0, f64::max);
        let tolerance = spec.tolerances.iter().copied().fold(f64::INFINITY, f64::min);
        if tolerance > 0.0 && step > tolerance {
            all.push(Reason::GrainAtMinimum { step, tolerance });
        }
    }
    if all.is_empty() && settled > SETTLED {
        all.push(Reason::Grain { settled });
    }
    all
}

/// The condition number where descents come to rest, or else where they got lowest.
fn condition(spec: &FormulaSweep, summary: &Summary, known: &Known) -> Option<f64> {
    if let Some(RestPoint { least, sharpness, .. }) = known.rest_points.iter().find(|point| point.class.is_minimum()) {
        return theory::condition(*least, *sharpness);
    }
    let loss = Loss::of(spec).ok()?;
    let point = known.exact.as_ref().map(|exact| exact.minimum.clone());
    let point = point.or_else(|| summary.lowest.as_ref().map(|best| best.parameters.clone()))?;
    loss.condition(&point)
}

/// The columns that decide how steep the loss is, where there are data; the largest first. Those that are standardised
/// already are not among them.
fn sizes(spec: &FormulaSweep) -> Vec<ColumnMoments> {
    let Some(table) = spec.only_table() else { return Vec::new() };
    let Ok(loss) = Loss::of(spec) else { return Vec::new() };
    let names = loss.columns_of_curvature();
    let done =
        |name: &String| spec.standardized.iter().flat_map(Standardized::before).any(|known| known.column == *name);
    let read = table.names.iter().zip(&table.columns);
    let read = read.filter(|(name, _)| names.contains(&name.as_str()) && !done(name));
    let mut sizes: Vec<ColumnMoments> = read.filter_map(|(name, values)| ColumnMoments::of(name, values)).collect();
    let size = |column: &ColumnMoments| column.moments.mean.abs() + column.moments.deviation;
    sizes.sort_by(|a, b| size(b).total_cmp(&size(a)));
    sizes
}

/// Whether the loss has places without a slope, or with two.
fn has_kinks(spec: &FormulaSweep) -> bool {
    let program = &spec.program;
    let needed = program.graph.needed_by(&[program.loss]);
    program.graph.nodes().iter().zip(needed).any(|(node, needed)| {
        needed
            && match node {
                Node::Unary(op, _) => matches!(op, Unary::Abs | Unary::Sign | Unary::Floor | Unary::Sqrt),
                Node::Binary(op, ..) => matches!(op, Binary::Min | Binary::Max | Binary::Pow),
                Node::Select(..) | Node::Compare(..) | Node::Largest(..) => true,
                _ => false,
            }
    })
}
