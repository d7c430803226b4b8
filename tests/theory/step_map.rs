//! The derivative of the gradient (K) and of the step map, against what is known of them by hand.

use crate::common::{Random, along, asked, read};
use alphasweep::sweep::{FormulaSweep, GradientDerivative, KnobsAndPoint, MOST_ASKED};

/// K of a sweep at a point, row by row.
fn k_at(spec: &FormulaSweep, point: &[f64]) -> Vec<f64> {
    let knobs = spec.knob_values(0, 0);
    let derivative = GradientDerivative::new(spec, MOST_ASKED).expect("few parameters");
    derivative.at(&[KnobsAndPoint { knobs: &knobs, point }])[0].k.transpose().as_slice().to_vec()
}

fn unstable(text: &str, point: &[f64]) -> bool {
    let spec = asked(text).resolve().expect("a sweep");
    let knobs = spec.knob_values(0, 0);
    let derivative = GradientDerivative::new(&spec, MOST_ASKED).expect("few parameters");
    derivative.unstable(&[KnobsAndPoint { knobs: &knobs, point }])[0]
}

#[test]
fn k_is_the_hessian_of_a_derived_gradient() {
    let spec = asked("x^3*y + exp(x*y)").resolve().expect("a sweep");
    let (x, y) = (0.7_f64, -0.4_f64);
    let e = (x * y).exp();
    let cross = 3.0 * x * x + e * (1.0 + x * y);
    let expected = [6.0 * x * y + y * y * e, cross, cross, x * x * e];
    for (found, expected) in k_at(&spec, &[x, y]).iter().zip(expected) {
        assert!((found - expected).abs() < 1e-13, "{found} for {expected}");
    }
}

/// The derivative of what the rule is given: of a central difference the difference of slopes.
#[test]
fn k_is_that_of_the_gradient_that_is_used() {
    let central = asked("cos(x)").gradient(read("central:1")).resolve().expect("a sweep");
    let found = k_at(&central, &[std::f64::consts::PI])[0];
    assert!((found - 1.0_f64.sin()).abs() < 1e-15, "{found} for sin 1");
    let given = asked("x^2 + y^2").gradient(read("x = x + 3*y; y = sin(x)")).resolve().expect("a sweep");
    assert_eq!(k_at(&given, &[0.0, 5.0]), [1.0, 3.0, 1.0, 0.0], "it need not be symmetric");
}

#[test]
fn k_is_constant_where_it_reads_nothing_that_varies() {
    let constant = |request: &alphasweep::sweep::Request| {
        let spec = request.resolve().expect("a sweep");
        GradientDerivative::new(&spec, MOST_ASKED).expect("few parameters").is_constant()
    };
    assert!(constant(&asked("booth")) && constant(&asked("hours")) && constant(&asked("x^2 - y^2")));
    assert!(!constant(&asked("rosenbrock")) && !constant(&asked("xy")));
    let c_is_an_axis = asked("c*x^2").constant("c", 1.0).vary("c", along("1,2")).vary("alpha", along("0.1,0.2"));
    assert!(!constant(&c_is_an_axis));
}

#[test]
fn k_of_a_constant_is_that_of_the_cell() {
    let request = asked("c*x^2 + x^3").constant("c", 1.0).vary("alpha", along("0.1")).vary("c", along("1,-2"));
    let spec = request.resolve().expect("a sweep");
    let knobs = [spec.knob_values(0, 0), spec.knob_values(0, 1)];
    let derivative = GradientDerivative::new(&spec, MOST_ASKED).expect("few parameters");
    let asked: Vec<KnobsAndPoint<'_>> = knobs.iter().map(|knobs| KnobsAndPoint { knobs, point: &[0.0] }).collect();
    assert_eq!(derivative.unstable(&asked), [false, true], "a minimum, a maximum");
}

#[test]
fn data_are_those_of_all_rows_and_of_the_cells_own_table() {
    let spec = asked("line").batch(read("2")).vary("seed", along("1,2,3")).vary("alpha", along("0.1")).resolve();
    let spec = spec.expect("a sweep");
    let derivative = GradientDerivative::new(&spec, MOST_ASKED).expect("two parameters");
    let knobs: Vec<Vec<f64>> = (0..3).map(|x| spec.knob_values(x, 0)).collect();
    let asked: Vec<KnobsAndPoint<'_>> = knobs.iter().map(|knobs| KnobsAndPoint { knobs, point: &[0.3, 0.2] }).collect();
    for (found, table) in derivative.at(&asked).iter().zip(&spec.data.as_ref().expect("data").tables) {
        let x = table.column("x").expect("a column");
        let mean = |f: &dyn Fn(f64) -> f64| x.iter().map(|x| f(*x)).sum::<f64>() / x.len() as f64;
        let mut eigenvalues: Vec<f64> = found.k.clone().symmetric_eigenvalues().iter().copied().collect();
        eigenvalues.sort_by(f64::total_cmp);
        // The Hessian is 2·[[mean x², mean x], [mean x, 1]].
        let (first, second) = (mean(&|x| x), mean(&|x| x * x));
        let half = second / 2.0 - 0.5;
        let largest = 2.0 * (second / 2.0 + 0.5 + (half * half + first * first).sqrt());
        assert!((eigenvalues[1] / largest - 1.0).abs() < 1e-12, "{eigenvalues:?} for {largest}");
    }
}

#[test]
fn saddles_and_maxima_are_unstable_and_minima_are_not() {
    assert!(unstable("x^2 - y^2", &[0.0, 0.0]), "a saddle");
    assert!(unstable("cos(x)", &[0.0]), "a maximum");
    assert!(unstable("cos(x)", &[1e-7]), "beside a maximum");
    assert!(unstable("(x^2-1)^2/4", &[0.0]), "between two wells");
    assert!(!unstable("(x^2-1)^2/4", &[1.0 + 1e-7]));
    assert!(!unstable("cos(x)", &[std::f64::consts::PI]));
    assert!(!unstable("x^4", &[1e-3]) && !unstable("abs(x)", &[0.0]), "flat, or a kink");
    assert!(!unstable("1/x", &[0.0]), "of what is not a number nothing is known");
    assert!(unstable("x^2 + 1e-4*cos(100*y)", &[0.0, 1e-9]), "a saddle of which one curvature is small");
    assert!(!unstable("x^2 - 1e-7*y^2", &[0.0, 0.0]), "an eigenvalue below 1e-6 of the largest is not asked about");
}

/// A point beside a valley of minima has an eigenvalue of the size of its residual, of either sign.
#[test]
fn a_point_beside_a_valley_of_minima_is_not_unstable() {
    let mut random = Random(5);
    for _ in 0..1000 {
        let (x, off) = (random.either_sign(0.2, 3.0), random.uniform(-1e-4, 1e-4));
        assert!(!unstable("(x*y-1)^2/2", &[x, (1.0 + off) / x]), "x = {x}, xy = 1 + {off}");
    }
    assert!(unstable("(x*y-1)^2/2", &[0.0, 0.0]), "the saddle between the valleys");
    assert!(unstable("(x*y-1)^2/2", &[1e-7, -1e-7]), "beside the saddle");
}

/// Above the number of parameters that is asked for there is no answer.
#[test]
fn many_parameters_are_not_asked_about() {
    let text = (0..17).map(|at| format!("p{at}^2")).collect::<Vec<_>>().join(" + ");
    let spec = asked(&text).resolve().expect("a sweep");
    assert!(GradientDerivative::new(&spec, MOST_ASKED).is_none());
    assert!(GradientDerivative::new(&spec, 17).is_some());
}

/// Points are evaluated side by side; each has the answer that it has alone.
#[test]
fn many_points_at_once_have_the_answers_of_each() {
    let spec = asked("himmelblau").resolve().expect("a sweep");
    let derivative = GradientDerivative::new(&spec, MOST_ASKED).expect("two parameters");
    let knobs = spec.knob_values(0, 0);
    let mut random = Random(6);
    let points: Vec<[f64; 2]> = (0..101).map(|_| [random.uniform(-5.0, 5.0), random.uniform(-5.0, 5.0)]).collect();
    let asked: Vec<KnobsAndPoint<'_>> = points.iter().map(|point| KnobsAndPoint { knobs: &knobs, point }).collect();
    for (together, asked) in derivative.at(&asked).iter().zip(&asked) {
        assert_eq!(*together, derivative.at(&[*asked])[0]);
    }
}
