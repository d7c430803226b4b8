//! Limits that depend on both axes of a map: curves.

use super::rest::Found;
use super::settled::Rest;
use super::stability::{Stability, closed_form};
use crate::expr::{Graph, NodeId, evaluate, parse};
use crate::problem::Gradient;
use crate::sweep::{Axis, FormulaSweep, Knob, Scale, Source};
use serde::Serialize;
use std::collections::HashMap;

/// Where descent must stop converging, as a curve over the axes of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// As people write it.
    pub label: String,
    /// Zero on the curve, over names of the sweep; empty where no formula is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zero: String,
    /// Its lines: points (x, y) in the units of the axes, (x, 0) where there is one axis.
    #[serde(skip)]
    pub lines: Vec<Vec<(f64, f64)>>,
}

/// What is known exactly of the objective of a sweep by gradient descent.
pub fn boundaries(spec: &FormulaSweep) -> Vec<Curve> {
    let plain = spec.rule.is_plain() && spec.is_steady() && !matches!(spec.gradient, Gradient::Given(_));
    let rows = spec.objective.row().filter(|_| plain).map(|row| row.boundaries).unwrap_or_default();
    let curve = |(label, zero, holds): &(&str, &str, &str)| curve(spec, label, zero, holds);
    rows.iter().filter_map(curve).collect()
}

/// The limit of the rule at minima, where it moves with a knob that is an axis; each curvature once.
pub fn rule_curves(spec: &FormulaSweep, stability: &Stability<'_>, knob: &Knob, minima: &[Found]) -> Vec<Curve> {
    let mut minima: Vec<&Found> = minima.iter().collect();
    minima.sort_by(|a, b| a.sharpness.total_cmp(&b.sharpness));
    minima.dedup_by(|a, b| (a.sharpness / b.sharpness - 1.0).abs() < 1e-9);
    let formula = closed_form(spec);
    let label = formula
        .map_or_else(|| "largest stable α".to_owned(), |formula| format!("α = {}", formula.replace("lambda", "λmax")));
    let found = minima.into_iter().filter_map(|found| {
        let zero = formula.map(|formula| {
            format!("ln(alpha) - ln({})", formula.replace("lambda", &format!("({:e})", found.sharpness)))
        });
        match &zero {
            // α is no axis: where the formula has its value.
            Some(zero) if spec.x.name != "alpha" && spec.y.as_ref().is_none_or(|y| y.name != "alpha") => {
                curve(spec, &label, zero, "1")
            }
            _ => {
                let lines = limits_along(spec, stability, knob, found)?;
                Some(Curve { label: label.clone(), zero: zero.unwrap_or_default(), lines })
            }
        }
    });
    found.collect()
}

/// The limit at a minimum for values all along the axis of a knob, as lines on a map of α and this knob.
fn limits_along(
    spec: &FormulaSweep,
    stability: &Stability<'_>,
    knob: &Knob,
    found: &Found,
) -> Option<Vec<Vec<(f64, f64)>>> {
    const POINTS: usize = 128;
    let y = spec.y.as_ref()?;
    let alpha_is_x = spec.x.name == "alpha" && y.name == knob.name;
    let alpha_is_y = y.name == "alpha" && spec.x.name == knob.name;
    if !alpha_is_x && !alpha_is_y {
        return None;
    }
    let (axis, at) = (if alpha_is_x { &y.axis } else { &spec.x.axis }, spec.program.knob(&knob.name)?);
    let rest = Rest { point: &found.point, k: &found.k, sharpness: found.sharpness };
    let mut lines: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for part in 0..=POINTS {
        let value = along(axis, part as f64 / POINTS as f64);
        match stability.limit_where(rest, &[(at, value)]) {
            Ok(alpha) => lines.last_mut()?.push(if alpha_is_x { (alpha, value) } else { (value, alpha) }),
            Err(_) => lines.push(Vec::new()),
        }
    }
    lines.retain(|line| line.len() > 1);
    (!lines.is_empty()).then_some(lines)
}

fn curve(spec: &FormulaSweep, label: &str, zero: &str, holds: &str) -> Option<Curve> {
    let (value, condition) = (Formula::new(spec, zero)?, Formula::new(spec, holds)?);
    let reads = |axis: &str| value.names.iter().any(|name| name == axis);
    let axes = [Some(&spec.x), spec.y.as_ref()];
    if !axes.into_iter().flatten().any(|axis| reads(&axis.name)) {
        return None;
    }
    let at = |x: f64, y: f64| if condition.at(x, y) >= 0.0 { value.at(x, y) } else { f64::NAN };
    let lines = match &spec.y {
        Some(y) => contour(&spec.x.axis, &y.axis, &at),
        None => crossings(&spec.x.axis, &|x| at(x, 0.0)).into_iter().map(|x| vec![(x, 0.0)]).collect(),
    };
    let found = !lines.is_empty();
    found.then(|| Curve { label: label.to_owned(), zero: zero.to_owned(), lines })
}

/// Where a name of a formula gets its value.
enum Place {
    Fixed(f64),
    X,
    Y,
}

struct Formula {
    graph: Graph,
    root: NodeId,
    names: Vec<String>,
    places: Vec<Place>,
}

impl Formula {
    /// `None` where a name has no single value in a cell.
    fn new(spec: &FormulaSweep, text: &str) -> Option<Self> {
        let ast = parse(text).ok()?;
        let names = ast.free_names();
        let place = |name: &String| {
            if *name == spec.x.name {
                return Some(Place::X);
            }
            if spec.y.as_ref().is_some_and(|y| *name == y.name) {
                return Some(Place::Y);
            }
            let knob = spec.knobs.iter().find(|knob| knob.name == *name)?;
            if let Source::Fixed(value) = knob.source { Some(Place::Fixed(value)) } else { None }
        };
        let places = names.iter().map(place).collect::<Option<_>>()?;
        let mut graph = Graph::new();
        let nodes: Vec<NodeId> = names.iter().map(|name| graph.input(name)).collect();
        let mut resolve = |name: &str| names.iter().position(|known| known == name).map(|at| nodes[at]);
        let root = ast.lower_value(&mut graph, &mut resolve).ok()?;
        Some(Self { graph, root, names, places })
    }

    fn at(&self, x: f64, y: f64) -> f64 {
        let value = |place: &Place| match place {
            Place::Fixed(value) => *value,
            Place::X => x,
            Place::Y => y,
        };
        let values: Vec<f64> = self.places.iter().map(value).collect();
        evaluate(&self.graph, &[self.root], &values)[0]
    }
}

/// How finely curves are looked for along an axis.
const PARTS: usize = 240;
/// Halvings of an interval in which a curve runs: far finer than any pixel.
const HALVINGS: usize = 24;

/// The value at a share of the way along an axis, from edge to edge of its cells.
fn along(axis: &Axis, share: f64) -> f64 {
    let last = axis.len() - 1;
    let (lo, hi) = (axis.value(0), axis.value(last));
    let place = (share * (last as f64 + 1.0) - 0.5) / (last as f64).max(1.0);
    match axis.scale() {
        Scale::Linear => lo + (hi - lo) * place,
        Scale::Log => lo * (hi / lo).powf(place),
        Scale::Listed => {
            let at = (place * last as f64).clamp(0.0, last as f64);
            let (before, after) = (axis.value(at as usize), axis.value((at as usize + 1).min(last)));
            before + (after - before) * at.fract()
        }
    }
}

/// Where a function that changes its sign between two shares is zero.
fn halve(function: &dyn Fn(f64) -> f64, mut from: f64, mut to: f64) -> f64 {
    let begins_above = function(from) > 0.0;
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(from, to);
        if (function(middle) > 0.0) == begins_above { from = middle } else { to = middle }
    }
    f64::midpoint(from, to)
}

/// A change of sign, not through a pole: there the values are large on both sides.
fn crosses(a: f64, b: f64) -> bool {
    a.is_finite() && b.is_finite() && (a > 0.0) != (b > 0.0)
}

/// Values of an axis at which a function is zero.
fn crossings(axis: &Axis, function: &dyn Fn(f64) -> f64) -> Vec<f64> {
    let at = |share: f64| function(along(axis, share));
    let share = |part: usize| part as f64 / PARTS as f64;
    let found = (0..PARTS).filter(|part| crosses(at(share(*part)), at(share(part + 1))));
    found.map(|part| along(axis, halve(&at, share(part), share(part + 1)))).collect()
}

/// An edge of the grid on which a contour is looked for: its lower end, and whether it runs up.
type Edge = (usize, usize, bool);

/// The lines on which a function of both axes is zero.
fn contour(x: &Axis, y: &Axis, function: &dyn Fn(f64, f64) -> f64) -> Vec<Vec<(f64, f64)>> {
    let share = |part: usize| part as f64 / PARTS as f64;
    let at = |across: f64, up: f64| function(along(x, across), along(y, up));
    let side = PARTS + 1;
    let grid: Vec<f64> = (0..side * side).map(|point| at(share(point % side), share(point / side))).collect();
    let cut = |(column, row, up): Edge| {
        let (a, b) = (grid[row * side + column], grid[(row + usize::from(up)) * side + column + usize::from(!up)]);
        crosses(a, b)
    };
    let mut links: HashMap<Edge, Vec<Edge>> = HashMap::new();
    for row in 0..PARTS {
        for column in 0..PARTS {
            let edges = [(column, row, false), (column + 1, row, true), (column, row + 1, false), (column, row, true)];
            let cuts: Vec<Edge> = edges.into_iter().filter(|edge| cut(*edge)).collect();
            for pair in cuts.chunks_exact(2) {
                links.entry(pair[0]).or_default().push(pair[1]);
                links.entry(pair[1]).or_default().push(pair[0]);
            }
        }
    }
    let point = |(column, row, up): Edge| {
        let (across, height) = (share(column), share(row));
        let (across, height) = if up {
            (across, halve(&|height| at(across, height), height, share(row + 1)))
        } else {
            (halve(&|across| at(across, height), across, share(column + 1)), height)
        };
        (along(x, across), along(y, height))
    };
    chains(links).into_iter().map(|chain| chain.into_iter().map(point).collect()).collect()
}

/// Linked edges in the order in which a line runs through them: first lines with ends, then rings.
fn chains(mut links: HashMap<Edge, Vec<Edge>>) -> Vec<Vec<Edge>> {
    let mut starts: Vec<Edge> = links.keys().copied().collect();
    // The same picture every time.
    starts.sort_by_key(|edge| (links[edge].len(), *edge));
    let mut chains = Vec::new();
    for start in starts {
        let mut chain = vec![start];
        let mut here = start;
        while let Some(next) = links.get_mut(&here).and_then(Vec::pop) {
            if let Some(back) = links.get_mut(&next) {
                back.retain(|edge| *edge != here);
            }
            chain.push(next);
            here = next;
        }
        if chain.len() > 1 {
            chains.push(chain);
        }
    }
    chains
}
