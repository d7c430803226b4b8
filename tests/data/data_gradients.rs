//! Derivatives of objectives over data: against the same objective written out row by row, which knows no sums over
//! rows, and against central differences.

use crate::common::{Tolerance, read};
use crate::formula::Formula;
use alphasweep::expr::{Graph, NodeId, evaluate_over, gradient, tangents};
use alphasweep::problem::{Data, Gradient, Objective, Rows};

const U: [f64; 5] = [0.5, -1.25, 2.0, 0.75, -0.3];
const V: [f64; 5] = [1.5, 0.25, -0.6, 2.5, 0.8];
/// No kink of the objectives below is near these.
const POINTS: [[f64; 2]; 4] = [[0.7, -0.4], [-1.3, 0.9], [2.1, 1.7], [0.05, -2.2]];

fn data() -> Data {
    Data { names: vec!["u".into(), "v".into()], columns: vec![U.into(), V.into()], source: "d".into(), seeded: false }
}

/// One text per row, with the row's numbers in the places of `u` and `v`.
fn each(row: &str) -> Vec<String> {
    let number = |value: f64| format!("({value:?})");
    U.iter().zip(V).map(|(u, v)| row.replace("[u]", &number(*u)).replace("[v]", &number(v))).collect()
}

fn sum(row: &str) -> String {
    format!("({})", each(row).join(" + "))
}

fn mean(row: &str) -> String {
    format!("({}/5)", sum(row))
}

/// An objective over data, and the same without.
fn objectives() -> Vec<(&'static str, String)> {
    let residual = "(a*[u] + b - [v])";
    let average = mean("a*[u]");
    let centred = format!("(a*[u] - {average})");
    let inner = mean("b*[u]*[v]");
    let middle = mean(&format!("a*[v]*{inner}"));
    let shifted = mean("[u]*a - [v]*b");
    vec![
        ("mean((a*u + b - v)^2)", mean(&format!("{residual}^2"))),
        ("(a*u + b - v)^2", mean(&format!("{residual}^2"))),
        ("sum((a*u + b - v)^2)", sum(&format!("{residual}^2"))),
        ("mean((a*u - mean(a*u))^2) + b^2", format!("{} + b^2", mean(&format!("{centred}^2")))),
        ("mean(a*u*u) - mean(a*u)^2 + b*b", format!("{} - {average}^2 + b*b", mean("a*[u]*[u]"))),
        ("mean(u*mean(a*v*mean(b*u*v)))^2", format!("{}^2", mean(&format!("[u]*{middle}")))),
        ("r = u*a - v*b; m = mean(r); mean((r - m)^2*r) + m^3", {
            let r = "([u]*a - [v]*b)";
            format!("{} + {shifted}^3", mean(&format!("({r} - {shifted})^2*{r}")))
        }),
        ("mean(abs(a*u + b - v))", mean(&format!("abs{residual}"))),
        ("mean(select(a*u > v, (a*u - v)^2, (v - a*u)*b))", {
            mean("select(a*[u] > [v], (a*[u] - [v])^2, ([v] - a*[u])*b)")
        }),
        ("mean(max(a*u, b*v)*min(b*u, a - v))", mean("max(a*[u], b*[v])*min(b*[u], a - [v])")),
        ("select(mean(a*u) < b, sum(a*v), mean(exp(b*u)))", {
            format!("select({average} < b, {}, {})", sum("a*[v]"), mean("exp(b*[u])"))
        }),
        ("sum(a*u)*sum(b*v^2)", format!("{}*{}", sum("a*[u]"), sum("b*[v]^2"))),
        ("sum(a*u)*sum(a*u + b)/(1 + sum(b*v)^2)", {
            format!("{}*{}/(1 + {}^2)", sum("a*[u]"), sum("a*[u] + b"), sum("b*[v]"))
        }),
        ("exp(-mean((a*u - b)^2)/8)", format!("exp(-{}/8)", mean("(a*[u] - b)^2"))),
        ("ln(sum(exp(a*u + b*v)))", format!("ln{}", sum("exp(a*[u] + b*[v])"))),
        ("mean(softplus(a*u + b) - sigmoid(v)*(a*u + b))", mean("softplus(a*[u] + b) - sigmoid([v])*(a*[u] + b)")),
        ("mean(tanh(a*u)*sin(b)/sqrt(1 + b^2*v^2))", mean("tanh(a*[u])*sin(b)/sqrt(1 + b^2*[v]^2)")),
        ("mean(a)*sum(b) + mean(u)*a + sum(1)*b^2", format!("a*5*b + {}*a + 5*b^2", mean("[u]"))),
        ("mean((a + b*u)*(mean(a*v) + mean(b*u)*v))", {
            mean(&format!("(a + b*[u])*({} + {}*[v])", mean("a*[v]"), mean("b*[u]")))
        }),
    ]
}

/// Value, slopes and their slopes of an objective, by the project's means.
struct Derived {
    graph: Graph,
    value: NodeId,
    slopes: Vec<NodeId>,
    curvatures: Vec<NodeId>,
    /// The same by forward mode.
    tangents: Vec<NodeId>,
}

impl Derived {
    fn of(text: &str) -> Self {
        let objective =
            Objective::over(&read(text), &[], Some(&data())).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(objective.parameters().len(), 2, "{text}");
        let mut graph = Graph::new();
        // a is input 0, whichever the formula names first.
        let parameters = ["a", "b"].map(|name| graph.input(name));
        let value = objective.lower(&mut graph).expect("a number");
        let slopes = gradient(&mut graph, value, &parameters);
        let rows: Vec<_> = slopes.iter().map(|slope| gradient(&mut graph, *slope, &parameters)).collect();
        let one = graph.constant(1.0);
        let tangents = parameters.map(|parameter| tangents(&mut graph, &slopes, &[(parameter, one)])).concat();
        Self { graph, value, slopes, curvatures: rows.concat(), tangents }
    }

    fn at(&self, nodes: &[NodeId], point: &[f64]) -> Vec<f64> {
        let data = data();
        let columns: Vec<&[f64]> =
            self.graph.columns().iter().map(|name| data.column(name).expect("a column")).collect();
        evaluate_over(&self.graph, nodes, point, &columns)
    }

    fn value(&self, point: &[f64]) -> f64 {
        self.at(&[self.value], point)[0]
    }
}

fn close(found: &[f64], expected: &[f64], tolerance: f64, story: &str) {
    let scale = expected.iter().fold(1.0_f64, |most, value| most.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        let near = Tolerance { absolute: tolerance * scale, relative: 0.0 };
        assert!(near.holds(*found, *expected), "{story}: {found:e}, expected {expected:e}");
    }
}

#[test]
fn value_slopes_and_curvatures_are_those_of_the_rows_written_out() {
    for (text, written_out) in objectives() {
        let (derived, mut plain) = (Derived::of(text), Formula::of(&written_out, &["a", "b"]));
        for point in POINTS {
            let story = format!("{text} at {point:?}");
            close(&[derived.value(&point)], &[plain.value(&point)], 1e-13, &story);
            close(&derived.at(&derived.slopes, &point), &plain.slopes(&point), 1e-12, &format!("slopes of {story}"));
            let curvatures = plain.hessian(&point).concat();
            close(&derived.at(&derived.curvatures, &point), &curvatures, 1e-11, &format!("curvatures of {story}"));
            close(&derived.at(&derived.tangents, &point), &curvatures, 1e-11, &format!("tangents of {story}"));
        }
    }
}

/// (f(p+h) − f(p−h))/2h by each parameter.
fn central(f: &dyn Fn(&[f64]) -> f64, point: [f64; 2], h: f64) -> Vec<f64> {
    let slope = |at: usize| {
        let (mut above, mut below) = (point, point);
        above[at] += h;
        below[at] -= h;
        (f(&above) - f(&below)) / (2.0 * h)
    };
    vec![slope(0), slope(1)]
}

#[test]
fn slopes_and_curvatures_are_those_of_central_differences() {
    for (text, _) in objectives() {
        let derived = Derived::of(text);
        for point in POINTS {
            let story = format!("{text} at {point:?}");
            let slopes = central(&|p| derived.value(p), point, 1e-5);
            close(&derived.at(&derived.slopes, &point), &slopes, 1e-7, &format!("slopes of {story}"));
            for at in 0..2 {
                let slope_of = |p: &[f64]| derived.at(&derived.slopes, p)[at];
                let row = &derived.at(&derived.curvatures, &point)[2 * at..2 * at + 2];
                close(row, &central(&slope_of, point, 1e-5), 1e-7, &format!("curvatures of {story}"));
            }
        }
    }
}

/// `--gradient central:H` is that quotient, to the bit and in this order of operations.
#[test]
fn central_differences_of_a_program_are_the_textbooks() {
    for (text, _) in objectives() {
        let objective = Objective::over(&read(text), &[], Some(&data())).expect("an objective");
        let mut graph = Graph::new();
        let parameters = ["a", "b"].map(|name| graph.input(name));
        // In the objective's own order.
        let own: Vec<NodeId> = objective.parameters().iter().map(|name| graph.input(name)).collect();
        let width = Gradient::Central(0.001);
        let slopes = width.lower(&objective, &mut graph, &own, Rows::All).expect("slopes");
        let derived = Derived::of(text);
        let columns: Vec<Vec<f64>> =
            graph.columns().iter().map(|name| data().column(name).expect("a column").to_vec()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for point in POINTS {
            let expected = central(&|p| derived.value(p), point, 0.001);
            let found = evaluate_over(&graph, &slopes, &point, &columns);
            let expected: Vec<f64> = own.iter().map(|node| expected[usize::from(*node != parameters[0])]).collect();
            assert_eq!(found, expected, "{text} at {point:?}");
        }
    }
}
