//! Layers → WGSL: the products of matrices that go forward and back through a network.
//!
//! An invocation makes a block of a product at a time, so that every operand that it loads is used several times. Blocks
//! divide their products evenly: there are no edges to guard.

use super::plan::{Block, KernelPlan, LayerPlan, UNROLLED};
use crate::problem::{Activation, Network, NetworkLoss};
use std::fmt::Write;

/// How an operand or a place is written for two positions.
type At<'a> = &'a dyn Fn(&str, &str) -> String;

/// How the left operand is read.
enum Left<'a> {
    /// Each number at (row, inner).
    Each(At<'a>),
    /// Four numbers at once, from (row, inner) on along the inner index.
    Along(At<'a>),
    /// Likewise along the rows, four of which divide the block's.
    Down(At<'a>),
}

/// A product of matrices: `rows` × `inner` by `inner` × `columns`.
struct Product<'a> {
    rows: usize,
    columns: usize,
    inner: usize,
    block: Block,
    lanes: usize,
    left: Left<'a>,
    /// The right operand at (inner, column).
    right: At<'a>,
    /// Statements for a number of the result: row, column, value.
    finish: &'a dyn Fn(&str, &str, &str) -> String,
}

impl Product<'_> {
    /// The body of a function in which `lane` is known.
    fn text(&self) -> String {
        let Block { rows, columns } = self.block;
        let across = self.columns / columns;
        let blocks = self.rows / rows * across;
        let mut text = if blocks <= self.lanes {
            format!("    if lane < {blocks}u {{\n        let item = lane;\n")
        } else {
            format!("    for (var item = lane; item < {blocks}u; item += WORKGROUP) {{\n")
        };
        let _ = writeln!(text, "        let row = item / {across}u * {rows}u;");
        let _ = writeln!(text, "        let column = item % {across}u * {columns}u;");
        for (r, c) in pairs(self.block) {
            let _ = writeln!(text, "        var s{r}_{c} = real(0);");
        }
        let whole = self.inner / UNROLLED * UNROLLED;
        if whole > 0 {
            let _ = writeln!(text, "        for (var turn = 0u; turn < {whole}u; turn += {UNROLLED}u) {{");
            text.push_str(&self.vectors("turn"));
            (0..UNROLLED).for_each(|at| text.push_str(&self.terms(&format!("turn + {at}u"), at)));
            text.push_str("        }\n");
        }
        if whole < self.inner {
            text.push_str(&self.vectors(&format!("{whole}u")));
        }
        (whole..self.inner).for_each(|at| text.push_str(&self.terms(&format!("{at}u"), at - whole)));
        for (r, c) in pairs(self.block) {
            text.push_str(&(self.finish)(&format!("(row + {r}u)"), &format!("(column + {c}u)"), &format!("s{r}_{c}")));
        }
        text.push_str("    }\n");
        text
    }

    /// What is read for [`UNROLLED`] terms at once, from `inner` on.
    fn vectors(&self, inner: &str) -> String {
        let Left::Along(vector) = self.left else { return String::new() };
        let line = |r| format!("        let v{r} = {};\n", vector(&format!("(row + {r}u)"), inner));
        (0..self.block.rows).map(line).collect()
    }

    /// Adds one term to every sum; it is number `at` of those that are written out.
    fn terms(&self, inner: &str, at: usize) -> String {
        let mut text = format!("        {{\n            let i = {inner};\n");
        for r in 0..self.block.rows {
            let row = format!("(row + {r}u)");
            let value = match self.left {
                Left::Each(number) => number(&row, "i"),
                Left::Along(_) => format!("v{r}[{at}]"),
                Left::Down(_) => format!("d{}[{}]", r / 4, r % 4),
            };
            if let Left::Down(vector) = self.left
                && r % 4 == 0
            {
                let _ = writeln!(text, "            let d{} = {};", r / 4, vector(&row, "i"));
            }
            let _ = writeln!(text, "            let a{r} = {value};");
        }
        for c in 0..self.block.columns {
            let _ = writeln!(text, "            let b{c} = {};", (self.right)("i", &format!("(column + {c}u)")));
        }
        for (r, c) in pairs(self.block) {
            let _ = writeln!(text, "            s{r}_{c} = s{r}_{c} + a{r} * b{c};");
        }
        text.push_str("        }\n");
        text
    }
}

fn pairs(block: Block) -> impl Iterator<Item = (usize, usize)> {
    (0..block.rows).flat_map(move |row| (0..block.columns).map(move |column| (row, column)))
}

/// A number as WGSL writes it in the working precision.
fn number(value: f64, wide: bool) -> String {
    if wide { format!("{value:e}lf") } else { format!("{:e}f", value as f32) }
}

/// A network's layers as functions.
pub struct Layers<'a> {
    pub network: &'a Network,
    pub plan: &'a KernelPlan,
    pub wide: bool,
}

impl Layers<'_> {
    /// `forward` and `backward`, which all invocations of a workgroup call together, and what these call.
    pub fn text(&self) -> String {
        let layers = &self.plan.layers;
        let mut text = self.activation();
        for (at, layer) in layers.iter().enumerate() {
            text.push_str(&self.forward_of(at, layer));
            text.push_str(&self.slopes_of(at, layer));
            if at > 0 {
                text.push_str(&self.below_of(at, layer, &layers[at - 1]));
            }
        }
        text.push_str(&self.forward());
        text.push_str(&self.backward());
        text
    }

    /// φ, and φ' as it follows from φ's value.
    fn activation(&self) -> String {
        let (value, slope) = match self.network.activation {
            Activation::Sigmoid => ("sigmoid_of(z)", "a * (real(1) - a)"),
            Activation::Tanh => ("tanh_of(z)", "real(1) - a * a"),
            Activation::Relu => ("select(real(0), z, z > real(0))", "select(real(0), real(1), a > real(0))"),
            Activation::Identity => ("z", "real(1)"),
        };
        format!(
            "fn activated(z: real) -> real {{\n    return {value};\n}}\n\n\
             fn activation_slope(a: real) -> real {{\n    return {slope};\n}}\n\n"
        )
    }

    fn scaled(&self, layer: &LayerPlan, value: &str) -> String {
        let scale = layer.layer.scale;
        if scale == 1.0 { value.to_owned() } else { format!("{} * {value}", number(scale, self.wide)) }
    }

    /// Four inputs of the network for a row of the tile, from one whose number is a multiple of 4.
    fn inputs(&self, row: &str, column: &str) -> String {
        format!("x[{row} * {}u + {column} / 4u]", self.plan.input_stride())
    }

    /// The inputs of layer `at`, for a row of the tile.
    fn input(&self, at: usize, row: &str, column: &str) -> String {
        if at == 0 {
            return format!("{}[{column} % 4u]", self.inputs(row, column));
        }
        output(&self.plan.layers[at - 1], row, column)
    }

    /// Position of a weight; `first` is added to the row.
    fn weight(at: usize, layer: &LayerPlan, row: &str, column: &str) -> String {
        let first = if at == 0 { "first + " } else { "" };
        format!("{}u + ({first}{row}) * {}u + {column}", layer.layer.weights, layer.layer.outputs)
    }

    fn head(name: &str, at: usize) -> String {
        let first = if at == 0 { ", first: u32" } else { "" };
        format!("fn {name}_{at}(lane: u32{first}) {{\n")
    }

    fn length(&self, at: usize, layer: &LayerPlan) -> usize {
        if at == 0 { self.plan.chunk } else { layer.layer.inputs }
    }

    fn forward_of(&self, at: usize, layer: &LayerPlan) -> String {
        let last = at + 1 == self.plan.layers.len();
        let chunked = at == 0 && self.plan.chunks() > 1;
        let finish = |row: &str, column: &str, sum: &str| {
            let place = output(layer, row, column);
            let bias = layer.layer.biases.map_or(String::new(), |biases| format!(" + weight({biases}u + {column})"));
            let z = self.scaled(layer, "z") + &bias;
            let value = if last { z } else { format!("activated({z})") };
            if !chunked {
                return format!("        {{\n            let z = {sum};\n            {place} = {value};\n        }}\n");
            }
            format!(
                "        {{\n            let z = {sum} + select(real(0), {place}, first > 0u);\n            \
                 if first + {}u >= {}u {{\n                {place} = {value};\n            }} else {{\n                \
                 {place} = z;\n            }}\n        }}\n",
                self.plan.chunk, layer.layer.inputs
            )
        };
        let product = Product {
            rows: self.plan.rows,
            columns: layer.layer.outputs,
            inner: self.length(at, layer),
            block: layer.forward,
            lanes: self.plan.lanes,
            left: if at == 0 {
                Left::Along(&|row, inner| self.inputs(row, inner))
            } else {
                Left::Each(&|row, inner| self.input(at, row, inner))
            },
            right: &|inner, column| format!("weight({})", Self::weight(at, layer, inner, column)),
            finish: &finish,
        };
        Self::head("forward", at) + &product.text() + "}\n\n"
    }

    /// The loss's slopes along the weights of a layer.
    fn slopes_of(&self, at: usize, layer: &LayerPlan) -> String {
        let inputs = layer.layer.inputs;
        let ragged = at == 0 && !inputs.is_multiple_of(self.plan.chunk);
        let finish = |row: &str, column: &str, sum: &str| {
            let value = self.scaled(layer, sum);
            let add = format!("add_slope({}, {value});", Self::weight(at, layer, row, column));
            if ragged {
                format!("        if first + {row} < {inputs}u {{\n            {add}\n        }}\n")
            } else {
                format!("        {add}\n")
            }
        };
        let product = Product {
            rows: self.length(at, layer),
            columns: layer.layer.outputs,
            inner: self.plan.rows,
            block: layer.slopes,
            lanes: self.plan.lanes,
            left: if at == 0 && layer.slopes.rows.is_multiple_of(4) {
                Left::Down(&|row, inner| self.inputs(inner, row))
            } else {
                Left::Each(&|row, inner| self.input(at, inner, row))
            },
            right: &|inner, column| output(layer, inner, column),
            finish: &finish,
        };
        let mut text = Self::head("slopes", at) + &product.text() + "}\n\n";
        if let Some(biases) = layer.layer.biases {
            let _ = write!(
                text,
                "fn bias_slopes_{at}(lane: u32) {{\n    \
                 for (var column = lane; column < {}u; column += WORKGROUP) {{\n        var sum = real(0);\n        \
                 for (var row = 0u; row < ROWS; row++) {{\n            sum = sum + {};\n        }}\n        \
                 add_slope({biases}u + column, sum);\n    }}\n}}\n\n",
                layer.layer.outputs,
                output(layer, "row", "column"),
            );
        }
        text
    }

    /// Slopes along what went into the layer below, in the place of that layer's outputs.
    fn below_of(&self, at: usize, layer: &LayerPlan, below: &LayerPlan) -> String {
        let finish = |row: &str, column: &str, sum: &str| {
            let place = output(below, row, column);
            format!("        {place} = {} * activation_slope({place});\n", self.scaled(layer, sum))
        };
        let product = Product {
            rows: self.plan.rows,
            columns: layer.layer.inputs,
            inner: layer.layer.outputs,
            block: layer.below,
            lanes: self.plan.lanes,
            left: Left::Each(&|row, inner| output(layer, row, inner)),
            right: &|inner, column| format!("weight({})", Self::weight(at, layer, column, inner)),
            finish: &finish,
        };
        Self::head("below", at) + &product.text() + "}\n\n"
    }

    fn forward(&self) -> String {
        let mut text = "fn forward(lane: u32) {\n".to_owned();
        text.push_str(&self.over_inputs("forward_0", "    "));
        for at in 1..self.plan.layers.len() {
            let _ = writeln!(text, "    forward_{at}(lane);\n    synchronise();");
        }
        text + "}\n\n"
    }

    fn backward(&self) -> String {
        let mut text = "fn backward(lane: u32) {\n".to_owned();
        for (at, layer) in self.plan.layers.iter().enumerate().rev() {
            if layer.layer.biases.is_some() {
                let _ = writeln!(text, "    bias_slopes_{at}(lane);");
            }
            if at > 0 {
                let _ = writeln!(text, "    slopes_{at}(lane);\n    synchronise();\n    below_{at}(lane);");
                text.push_str("    synchronise();\n");
            }
        }
        if self.plan.chunks() == 1 {
            // The inputs are still there.
            text.push_str("    slopes_0(lane, 0u);\n");
        } else {
            text.push_str(&self.over_inputs("slopes_0", "    "));
        }
        text + "}\n"
    }

    /// Calls a function for each part of the inputs, with that part in workgroup memory.
    fn over_inputs(&self, call: &str, indent: &str) -> String {
        let calls = |indent: &str, first: &str| {
            ["stage", call].map(|name| format!("{indent}{name}(lane, {first});\n{indent}synchronise();\n")).concat()
        };
        if self.plan.chunks() == 1 {
            return calls(indent, "0u");
        }
        let deeper = format!("{indent}    ");
        format!(
            "{indent}for (var first = 0u; first < INPUTS; first += CHUNK) {{\n{}{indent}}}\n",
            calls(&deeper, "first")
        )
    }
}

/// An output of a layer, for a row of the tile.
fn output(layer: &LayerPlan, row: &str, column: &str) -> String {
    format!("outputs[{}u + {row} * {}u + {column}]", layer.outputs_at, layer.layer.outputs)
}

/// The loss of one row and its slopes along the row's outputs, as the body of a function: `first` is the place of the
/// outputs, `row` the row, `share` its weight, `slopes` whether they are wanted.
pub fn head(network: &Network, labels: bool) -> String {
    let target = if labels { "select(real(0), real(1), at == label)" } else { "target_of(row, at)" };
    let label = if labels { "    let label = label_of(row);\n" } else { "" };
    let body = match network.loss {
        NetworkLoss::CrossEntropy if network.outputs() == 1 => {
            "    let against = select(outputs[first], -outputs[first], label == 1u);\n    \
             let slope = sigmoid_of(against) * share;\n    \
             outputs[first] = select(real(0), select(slope, -slope, label == 1u), counts);\n    \
             return softplus_of(against);\n"
                .to_owned()
        }
        NetworkLoss::CrossEntropy => "    let own = outputs[first + label] - highest;\n    var sum = real(0);\n    \
             for (var at = 0u; at < OUTPUTS; at++) {\n        let e = exp_of(outputs[first + at] - highest);\n        \
             outputs[first + at] = e;\n        sum = sum + e;\n    }\n    let factor = share / sum;\n    \
             for (var at = 0u; at < OUTPUTS; at++) {\n        \
             let slope = outputs[first + at] * factor - select(real(0), share, at == label);\n        \
             outputs[first + at] = select(real(0), slope, counts);\n    }\n    return ln_of(sum) - own;\n"
            .to_owned(),
        NetworkLoss::Mse => format!(
            "    let factor = share * real(2) / real(OUTPUTS);\n    var sum = real(0);\n    \
             for (var at = 0u; at < OUTPUTS; at++) {{\n        let off = outputs[first + at] - {target};\n        \
             sum = sum + off * off;\n        outputs[first + at] = select(real(0), off * factor, counts);\n    }}\n    \
             return sum / real(OUTPUTS);\n"
        ),
    };
    format!("fn loss_of(first: u32, row: u32, highest: real, share: real, counts: bool) -> real {{\n{label}{body}}}\n")
}
