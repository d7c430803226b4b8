//! The usual slopes at the starts of a grid, and what the numbers of the stop test must be below.

use super::carried::{InitialValue, Input};
use super::common::{Source, SweepCommon};
use super::formula::DataTables;
use super::program::Program;
use super::stop_test::StopTest;
use super::tolerance::Tolerance;
use crate::expr::{Node, NodeId, evaluate_over};
use std::collections::HashSet;

/// Starts whose slopes are looked at.
const MAX_STARTS: usize = 4096;
/// And no more operations than these for all of them: a fraction of a second.
const MAX_WORK: usize = 1 << 25;
/// But this many starts at least.
const MIN_STARTS: usize = 16;
/// The slope that is usual at a start: most are steeper.
const QUANTILE: f64 = 0.1;
/// What is taken for it where no start has a slope.
const NO_SLOPE: f64 = 1e-5;

/// What each number of the stop test must be below, in the working precision. One that is too small for it becomes the
/// smallest normal number, not 0, which would mean "never".
///
/// It depends on the request alone: not on the engine, nor on how the work is cut.
pub(super) fn tolerances(common: &SweepCommon, program: &Program, data: Option<&DataTables>) -> Vec<f64> {
    let precision = common.precision;
    let rounded = |slope: f64| precision.round(slope.max(precision.smallest_normal()));
    let StopTest::Gradient(components) = &program.stop else { return vec![StopTest::CONDITION] };
    match &common.limits.gtol {
        Tolerance::Each(slopes) => {
            slopes.iter().map(|slope| if *slope > 0.0 { rounded(*slope) } else { 0.0 }).collect()
        }
        Tolerance::Absolute(slope) if *slope > 0.0 => vec![rounded(*slope); components.len()],
        Tolerance::Relative(share) if *share > 0.0 => {
            let slopes = usual_slopes(common, program, data, components);
            slopes.into_iter().map(|slope| rounded(slope.map_or(NO_SLOPE, |slope| share * slope))).collect()
        }
        _ => vec![0.0; components.len()],
    }
}

/// The usual slope along every parameter at the starts, or the steepest other where there is none.
fn usual_slopes(
    common: &SweepCommon,
    program: &Program,
    data: Option<&DataTables>,
    components: &[NodeId],
) -> Vec<Option<f64>> {
    let slopes = slopes_at_starts(common, program, data, components);
    let usual = |at: usize| {
        let sizes = slopes.iter().map(|of_start| of_start[at].abs());
        let mut sizes: Vec<f64> = sizes.filter(|size| *size > 0.0 && size.is_finite()).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.get((sizes.len() as f64 * QUANTILE) as usize).copied()
    };
    let usual: Vec<Option<f64>> = (0..components.len()).map(usual).collect();
    let steepest = usual.iter().copied().flatten().max_by(f64::total_cmp);
    usual.into_iter().map(|slope| slope.or(steepest)).collect()
}

/// Slopes at evenly spaced starts of the grid, start by start.
fn slopes_at_starts(
    common: &SweepCommon,
    program: &Program,
    data: Option<&DataTables>,
    components: &[NodeId],
) -> Vec<Vec<f64>> {
    let work = program.graph.nodes().len() * (1 + program.rows_per_step() as usize);
    let most = (MAX_WORK / work.max(1)).clamp(MIN_STARTS, MAX_STARTS);
    let [along_x, along_y] = varying(common, program, components);
    let (nx, ny) = (if along_x { common.nx() } else { 1 }, if along_y { common.ny() } else { 1 });
    let side = (most as f64).sqrt() as usize;
    let (nx, ny) = (nx.min(most / ny.min(side)), ny.min(most / nx.min(side)));
    let tables = data.map_or(&[][..], |data| &data.tables);
    let cell = |at: usize| {
        let (x, y) = (spread(at % nx, nx, common.nx()), spread(at / nx, ny, common.ny()));
        let knobs: Vec<f64> = common.knobs.iter().map(|knob| common.knob_value(knob, x, y)).collect();
        let table = program.table().map_or(0, |knob| knobs[knob] as usize);
        let input = |input: &Input| match *input {
            Input::Knob(knob) => knobs[knob],
            Input::Carried(carried) => match program.carried[carried].initial {
                InitialValue::Zero => 0.0,
                InitialValue::Knob(knob) => knobs[knob],
            },
            Input::StepNumber => 1.0,
            Input::Drawn { .. } => 0.0,
        };
        let inputs: Vec<f64> = program.inputs.iter().map(input).collect();
        let column = |column: usize| tables.get(table).map_or(&[][..], |table| &table.columns[column]);
        let columns: Vec<&[f64]> = program.columns.iter().map(|read| column(read.data)).collect();
        let slopes = evaluate_over(&program.graph, components, &inputs, &columns);
        let rough = rough_slopes(program, components, &inputs, &columns);
        slopes
            .into_iter()
            .zip(rough)
            .map(|(slope, rough)| if is_rounding(slope, rough) { 0.0 } else { slope })
            .collect()
    };
    (0..nx * ny).map(cell).collect()
}

/// The same in f32.
fn rough_slopes(program: &Program, components: &[NodeId], inputs: &[f64], columns: &[&[f64]]) -> Vec<f64> {
    let inputs: Vec<f32> = inputs.iter().map(|value| *value as f32).collect();
    let columns: Vec<Vec<f32>> =
        columns.iter().map(|column| column.iter().map(|value| *value as f32).collect()).collect();
    let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
    evaluate_over(&program.graph, components, &inputs, &columns).into_iter().map(f64::from).collect()
}

/// Whether a slope is what rounding left of terms that cancel: that along the intercept is 0 where all columns have the mean 0.
/// Rounding in f32, which is 2²⁹ times as rough, then makes it as much larger.
fn is_rounding(slope: f64, rough: f64) -> bool {
    const ROUGHER: f64 = (1_u32 << 25) as f64;
    let off = (rough - slope).abs();
    off.is_finite() && off > ROUGHER * slope.abs()
}

/// Whether the slopes at the starts differ along x and along y.
fn varying(common: &SweepCommon, program: &Program, components: &[NodeId]) -> [bool; 2] {
    let needed = program.graph.needed_by(components);
    let nodes = program.graph.nodes().iter().zip(needed).filter(|(_, needed)| *needed);
    let read: HashSet<usize> = nodes
        .filter_map(|(node, _)| match node {
            Node::Input(at) => match program.inputs[*at as usize] {
                Input::Knob(knob) => Some(knob),
                Input::Carried(carried) => match program.carried[carried].initial {
                    InitialValue::Knob(knob) => Some(knob),
                    InitialValue::Zero => None,
                },
                Input::StepNumber | Input::Drawn { .. } => None,
            },
            _ => None,
        })
        .chain(program.table())
        .collect();
    let along = |is: fn(Source) -> bool| read.iter().any(|knob| is(common.knobs[*knob].source));
    [along(|source| matches!(source, Source::X(_))), along(|source| matches!(source, Source::Y(_)))]
}

/// The place among `all` of one of `some` evenly spaced values, first and last included.
fn spread(at: usize, some: usize, all: usize) -> usize {
    if some < 2 { 0 } else { at * (all - 1) / (some - 1) }
}
