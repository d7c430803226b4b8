//! The rule and the stop rule → WGSL.

use super::super::step::Writer;
use super::constants::{constants, needed};
use super::layout::Layout;
use super::plan::KernelPlan;
use crate::expr::{Node, NodeId};
use crate::sweep::{NetworkSweep, UpdateInput};
use std::fmt::Write;

/// The function `update`: one step of all parameters, layer by layer.
pub fn update(spec: &NetworkSweep, plan: &KernelPlan, layout: &Layout) -> String {
    let update = &spec.update;
    let constants = constants(&update.graph, &update.next);
    let leaf = |id: NodeId| match update.graph.node(id) {
        Node::Input(number) => match update.inputs[number as usize] {
            UpdateInput::Alpha => "alpha".to_owned(),
            UpdateInput::Hyperparameter(at) => format!("h{at}"),
            UpdateInput::StepNumber => "t".to_owned(),
            UpdateInput::Gradient => "g".to_owned(),
            UpdateInput::Carried(at) => format!("c{at}"),
        },
        _ => format!("q{}", constants.binary_search(&id).expect("a constant that is read is needed")),
    };
    let writer = Writer { graph: &update.graph, leaf: &leaf };
    let mut text = "fn update(lane: u32) {\n    let t = real(now.step + 1u);\n    var too_large = false;\n".to_owned();
    for at in 0..constants.len() {
        let _ = writeln!(text, "    let q{at} = inputs[{}u];", layout.update_constants + at);
    }
    for at in 0..spec.hyperparameters.len() {
        let _ = writeln!(text, "    let h{at} = knob({}u);", spec.alphas.len() + at);
    }
    for (at, planned) in plan.layers.iter().enumerate() {
        let range = planned.layer.range();
        let _ = writeln!(text, "    let alpha_{at} = knob({at}u);");
        let _ = writeln!(
            text,
            "    for (var i = {}u + lane; i < {}u; i += WORKGROUP) {{\n        let alpha = alpha_{at};\n        \
             let g = slope(i);",
            range.start, range.end
        );
        for carried in 0..update.next.len() {
            let _ = writeln!(text, "        let c{carried} = carried_{carried}(i);");
        }
        text.push_str(&writer.lines(&needed(&update.graph, &update.next), "        "));
        for (carried, next) in update.next.iter().enumerate() {
            let _ = writeln!(text, "        store_carried_{carried}(i, {});", writer.place(*next));
        }
        let weight = writer.place(update.next[0]);
        let _ = writeln!(text, "        too_large = too_large | (magnitude({weight}) > PARAMETER_LIMIT);\n    }}");
    }
    text + "    if too_large {\n        atomicStore(&limit_passed, 1u);\n    }\n}\n"
}

/// The function `arrived`: whether a training is to stop, from what is known of it.
pub fn arrived(spec: &NetworkSweep, layout: &Layout) -> String {
    let head = "fn arrived(loss: real, train_accuracy: real, test_accuracy: real, gradient: real) -> bool {\n";
    let Some(stop) = &spec.stop else {
        let body = if spec.limits.gtol.number() > 0.0 {
            "    return magnitude(gradient) < magnitude(inputs[0]);\n"
        } else {
            "    return false;\n"
        };
        return format!("{head}{body}}}\n");
    };
    let constants = constants(&stop.graph, &[stop.root]);
    let leaf = |id: NodeId| {
        if let Node::Input(number) = stop.graph.node(id) {
            return stop.graph.inputs()[number as usize].clone();
        }
        let at = constants.binary_search(&id).expect("a constant that is read is needed");
        format!("inputs[{}u]", layout.stop_constants + at)
    };
    let writer = Writer { graph: &stop.graph, leaf: &leaf };
    let body = writer.lines(&needed(&stop.graph, &[stop.root]), "    ");
    let root = writer.place(stop.root);
    let root = if stop.graph.is_condition(stop.root) { root } else { format!("({root} != real(0))") };
    format!("{head}{body}    return {root};\n}}\n")
}
