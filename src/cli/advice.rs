//! Which learning rate to take, in words.

use crate::analysis::{Advice, Pick, Reason, Summary};
use crate::draw::figure;
use crate::problem::ColumnMoments;
use crate::sweep::{FormulaSweep, SweepCommon};

/// The advice of a sweep of a formula, line by line.
pub fn text(spec: &FormulaSweep, advice: Option<&Advice>) -> Vec<String> {
    let Some(advice) = advice else { return vec!["α is no axis here".to_owned()] };
    let mut lines: Vec<String> = fastest(spec, advice).into_iter().chain(safe(spec, advice)).collect();
    // The lowest place of a saddle is no advice.
    if !advice.reasons.contains(&Reason::Unstable) {
        lines.extend(lowest(advice, "nothing arrives; "));
    }
    lines.extend(advice.reasons.iter().map(|reason| why(spec, reason)));
    if advice.apart > 0 && !advice.reasons.contains(&Reason::NothingBegins) {
        lines.push(format!("{} cells rest, or have no loss, where they start, and count nowhere here", advice.apart));
    }
    lines
}

fn fastest(grid: &SweepCommon, advice: &Advice) -> Option<String> {
    let fastest = advice.fastest.as_ref()?;
    let what = if fastest.is_sure() { "is the fastest" } else { "arrives from most" };
    let is_safe = advice.safe.as_ref().filter(|safe| safe.index == fastest.index);
    let besides = is_safe.map_or(String::new(), |safe| format!("; it is {}", largest(grid, safe)));
    Some(format!("{} {what}: {}{besides}", figure(fastest.alpha), fares(grid, fastest)))
}

/// Where it is not the fastest.
fn safe(grid: &SweepCommon, advice: &Advice) -> Option<String> {
    let (safe, factor) = advice.safe.as_ref().zip(advice.factor)?;
    let other = advice.fastest.as_ref().is_some_and(|fastest| fastest.index != safe.index);
    let (alpha, what, factor) = (figure(safe.alpha), largest(grid, safe), figure(factor));
    other.then(|| format!("{alpha} is {what}: {}; {factor} times the fastest", fares(grid, safe)))
}

fn largest(grid: &SweepCommon, safe: &Pick) -> &'static str {
    if grid.is_largest_alpha(safe.alpha) { "the largest of the axis, and safe" } else { "the largest that is safe" }
}

/// What a map of networks says of α.
pub fn of_network(grid: &SweepCommon, summary: &Summary) -> Vec<String> {
    let Some(advice) = &summary.advice else { return Vec::new() };
    let rise = advice.first_rise.map(|rise| format!("trainings rise or diverge from α = {} on", figure(rise.alpha)));
    let picks = fastest(grid, advice).into_iter().chain(safe(grid, advice));
    picks.chain(lowest(advice, "")).chain(rise).collect()
}

fn lowest(advice: &Advice, before: &str) -> Option<String> {
    let lowest = advice.lowest?;
    let (alpha, loss) = (figure(lowest.alpha), figure(lowest.median_loss));
    Some(format!("{before}lowest loss reached at α = {alpha}: {loss} in the median"))
}

/// What an α is tried on.
fn tried_on(grid: &SweepCommon) -> String {
    match grid.beside_alpha().filter(|other| !grid.is_of_starts(other)) {
        Some(other) => format!("values of {}", other.name),
        None => "starts".to_owned(),
    }
}

fn fares(grid: &SweepCommon, pick: &Pick) -> String {
    let what = tried_on(grid);
    let steps = pick.median_steps.map_or(format!("most {what} do not arrive"), |steps| {
        format!("{steps} step{} in the median", if steps == 1 { "" } else { "s" })
    });
    format!("{steps}, {} of {} {what} arrive", pick.arrived, pick.of)
}

fn why(spec: &FormulaSweep, reason: &Reason) -> String {
    match reason {
        Reason::NothingBegins => {
            "every start is over before its first step: it rests there, or has no loss; that says nothing about α".to_owned()
        }
        Reason::NoneIsSure => format!("no α arrives from 99 % of the {}", tried_on(spec)),
        Reason::NoiseOfBatches => {
            "steps of a few rows keep the loss moving, the more the larger α is: it has a noise floor; try a smaller α, \
             larger batches, or a rate that decreases (--schedule inverse-sqrt)"
                .to_owned()
        }
        Reason::NoiseOfRule => {
            "the rule's noise keeps descents moving: they end around a minimum and not in it, the farther the larger α is; \
             compare final losses, or let α decrease (--schedule inverse-sqrt)"
                .to_owned()
        }
        Reason::Kink => {
            "descents hop over a place where the slope jumps or does not vanish: the smaller α is, the nearer to it they end; \
             try a smaller α, or --stop"
                .to_owned()
        }
        Reason::Cycles => "descents go around without getting lower; try a smaller α".to_owned(),
        Reason::Grain { settled } => format!(
            "{} % of the cells stand still at what {} can tell apart; use --precision f64",
            figure(settled * 100.0),
            spec.precision
        ),
        Reason::GrainAtMinimum { step, tolerance } => format!(
            "at the minimum the slope changes by {} from one number of {} to the next, more than the tolerance of {}; use \
             --precision f64",
            figure(*step),
            spec.precision,
            figure(*tolerance)
        ),
        Reason::TooFewSteps { condition, steps } => {
            let known = condition.zip(*steps).map(|(condition, steps)| {
                format!(": with a condition number of {} about {} are needed", figure(condition), figure(steps))
            });
            format!("descents are still on their way; try more --steps{}", known.unwrap_or_default())
        }
        Reason::TooSmall { passes: true } => {
            "descents hardly leave their starts, or leave for good: try more values of α in between, or more --steps".to_owned()
        }
        Reason::TooSmall { passes: false } => "descents hardly leave their starts: try a larger α, or more --steps".to_owned(),
        Reason::Unstable => "descents rest on saddles or maxima: vary the starts".to_owned(),
        Reason::Unbounded => "the loss falls for ever: it has no minimum here".to_owned(),
        Reason::AllDiverge { overflow } => {
            let overflow = if *overflow > 0 { format!("; {overflow} cells are no number any more") } else { String::new() };
            format!("descents leave for infinity; try a smaller α, or starts nearer to a minimum{overflow}")
        }
        Reason::IllConditioned { condition, columns } => ill_conditioned(*condition, columns),
        Reason::OneStart => "this is one start; a map over starts says more (--vary)".to_owned(),
    }
}

fn ill_conditioned(condition: f64, columns: &[ColumnMoments]) -> String {
    let size = |column: &ColumnMoments| {
        let moments = column.moments;
        format!("{} (mean {}, deviation {})", column.column, figure(moments.mean), figure(moments.deviation))
    };
    let sizes: Vec<String> = columns.iter().take(3).map(size).collect();
    let names: Vec<&str> = columns.iter().map(|column| column.column.as_str()).collect();
    format!(
        "the condition number is {}, so steps must be small for one direction and too many for another, because of {}; \
         rescale with --standardize {}",
        figure(condition),
        sizes.join(", "),
        names.join(",")
    )
}
