//! A sweep of a network → WGSL: the generated part of `shaders/network.wgsl`.

use super::super::functions;
use super::super::wgsl::{RANDOM, code, types, whole_numbers};
use super::layout::{Layout, Rows};
use super::plan::{KernelPlan, SUMS};
use super::products::{Layers, head};
use super::rule;
use crate::sweep::{Batch, ColumnKind, NEVER_WRITTEN, NetworkSweep, Split, TrainabilityScore};
use std::fmt::Write;

/// The kernel that the generated code is spliced into.
const TEMPLATE: &str = include_str!("../../../../shaders/network.wgsl");

/// The whole shader for a sweep.
pub fn shader(spec: &NetworkSweep, plan: &KernelPlan) -> String {
    let layout = Layout::new(spec, plan);
    let mut text = String::new();
    for line in TEMPLATE.lines() {
        match line {
            "//@ constants" => text.push_str(&constants(spec, plan, &layout)),
            "//@ random" if spec.batch.is_drawn() => text.push_str(RANDOM),
            "//@ random" => {}
            "//@ lists" => text.push_str(&lists(spec, plan)),
            "//@ layers" => text.push_str(&layers(spec, plan)),
            "//@ rule" => {
                text.push_str(&rule::update(spec, plan, &layout));
                text.push('\n');
                text.push_str(&rule::arrived(spec, &layout));
            }
            "//@ publish" => text.push_str(if plan.resident > 0 { "" } else { "    storageBarrier();" }),
            "//@ batch" => text.push_str(match spec.batch {
                Batch::Full => "",
                Batch::Each => "        return now.step % TRAIN_ROWS;",
                Batch::Random(_) => "        return batch_row(now.seed, now.step, place, TRAIN_ROWS);",
                Batch::Shuffled(_) => "        return shuffled_row(now.seed, now.step, place, now.batch, TRAIN_ROWS);",
            }),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

fn constants(spec: &NetworkSweep, plan: &KernelPlan, layout: &Layout) -> String {
    let rows = Rows::new(spec);
    let last = plan.layers.last().map_or(0, |layer| layer.outputs_at);
    let reads_test = spec.stop.as_ref().is_some_and(|stop| stop.reads[2]);
    let sizes = [
        ("WORKGROUP", plan.lanes),
        ("ROWS", plan.rows),
        ("CHUNK", plan.chunk),
        ("X_STRIDE", plan.input_stride()),
        ("X_SIZE", plan.rows * plan.input_stride()),
        ("INPUTS", spec.network.inputs()),
        ("OUTPUTS", spec.network.outputs()),
        ("OUTPUTS_SIZE", plan.outputs()),
        ("LAST_OUTPUTS", last),
        ("SUMS_SIZE", SUMS * plan.rows),
        ("FIRST_SUM", Layout::sums(plan)),
        ("PARAMETERS", plan.parameters),
        ("STRIDE", layout.stride),
        ("FIRST_KNOB", layout.first_knob),
        ("KNOBS", layout.knobs),
        ("SLOTS", layout.slots),
        ("HISTORY", layout.slots),
        ("COLUMNS", layout.columns),
        ("RECORDS", layout.records),
        ("EVERY", spec.history.as_ref().map_or(0, |history| history.every as usize)),
        ("STEPS", spec.limits.steps as usize),
        ("TRAIN_ROWS", rows.train),
        ("TEST_ROWS", rows.test),
        ("FIRST_TARGET", (rows.train + rows.test) * spec.network.inputs()),
        ("CLASSES", usize::from(rows.labels)),
        ("FULL", usize::from(spec.batch == Batch::Full)),
        ("READS_GRADIENT", usize::from(spec.reads_gradient())),
        ("STOP_READS_TEST", usize::from(reads_test)),
        ("TESTED", usize::from(is_tested(spec))),
        ("MEASURED", usize::from(spec.measure)),
        ("LAST_KEPT", TrainabilityScore::LAST),
        ("HIGHEST", TrainabilityScore::HIGHEST as usize),
    ];
    let mut numbers: Vec<(&str, u32)> = sizes.iter().map(|(name, value)| (*name, *value as u32)).collect();
    numbers.extend([
        ("TILE_TURNS", plan.cost.tile),
        ("TILE_AND_BACK_TURNS", plan.cost.tile_and_back),
        ("UPDATE_TURNS", plan.cost.update),
        ("JUDGE_TURNS", plan.cost.judge),
        ("CONVERGED", code::CONVERGED),
        ("DIVERGED", code::DIVERGED),
        ("OUT_OF_STEPS", code::OUT_OF_STEPS),
        ("RUNNING", code::RUNNING),
        ("NEVER_WRITTEN", u32::from(NEVER_WRITTEN)),
    ]);
    types(spec.precision.is_wide(), spec.parameter_limit()) + &whole_numbers(&numbers)
}

/// Whether the accuracy on the test rows is a result.
pub fn is_tested(spec: &NetworkSweep) -> bool {
    spec.column(ColumnKind::Accuracy(Split::Test)).is_some()
}

/// Where each list is, and the functions that read and write it.
fn lists(spec: &NetworkSweep, plan: &KernelPlan) -> String {
    let carried = spec.update.next.len();
    let parameters = plan.parameters;
    let order = plan.order(carried);
    let resident = &order[..plan.resident];
    let mut text = String::new();
    if !resident.is_empty() {
        let _ = writeln!(text, "var<workgroup> own: array<real, {}>;\n", resident.len() * parameters);
    }
    let in_storage = |list: usize| format!("state[origin + {}u + i]", list * parameters);
    let own = |at: usize| format!("own[{}u + i]", at * parameters);
    let place = |list: usize| resident.iter().position(|known| *known == list).map_or(in_storage(list), own);
    let read = |name: &str, list: usize| format!("fn {name}(i: u32) -> real {{\n    return {};\n}}\n\n", place(list));
    text.push_str(&read("weight", 0));
    text.push_str(&read("slope", carried));
    let _ = writeln!(
        text,
        "// Of the first tile of a pass; what further ones have is added.\nfn add_slope(i: u32, value: real) {{\n    \
         let before = {0};\n    {0} = value + select(before, real(0), now.position == 0u);\n}}\n",
        place(carried)
    );
    for list in 0..carried {
        text.push_str(&read(&format!("carried_{list}"), list));
        let _ = writeln!(text, "fn store_carried_{list}(i: u32, value: real) {{\n    {} = value;\n}}\n", place(list));
    }
    let each = |name: &str, body: &str| {
        if body.is_empty() {
            return format!("fn {name}(lane: u32) {{\n}}\n\n");
        }
        format!(
            "fn {name}(lane: u32) {{\n    for (var i = lane; i < PARAMETERS; i += WORKGROUP) {{\n{body}    }}\n}}\n\n"
        )
    };
    let moved = |into: bool| -> String {
        let line = |(at, list): (usize, &usize)| {
            let (own, storage) = (own(at), in_storage(*list));
            if into { format!("        {own} = {storage};\n") } else { format!("        {storage} = {own};\n") }
        };
        resident.iter().enumerate().map(line).collect()
    };
    text.push_str(&each("fetch", &moved(true)));
    text.push_str(&each("give_back", &moved(false)));
    let good = is_tested(spec).then(|| in_storage(carried + 1));
    let (store, restore) = good.map_or_else(Default::default, |good| {
        (format!("        {good} = weight(i);\n"), format!("        store_carried_0(i, {good});\n"))
    });
    text.push_str(&each("store_good", &store));
    text.push_str(&each("restore_good", &restore));
    text
}

fn layers(spec: &NetworkSweep, plan: &KernelPlan) -> String {
    let wide = spec.precision.is_wide();
    let layers = Layers { network: &spec.network, plan, wide };
    [functions::text(wide), layers.text(), head(&spec.network, Rows::new(spec).labels)].join("\n")
}
