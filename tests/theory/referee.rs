//! What the program says of objectives whose minima are known by construction, against a referee that shares nothing with it:
//! gradients written by hand, plain loops, eigenvalues of Hessians in closed form.
//!
//! Nothing may be called safe that does not arrive, no limit may be off by more than a cell of the axis, and nothing may be called
//! a minimum that is none.

use crate::common::{Random, asked, cpu, resolved};
use alphasweep::analysis::theory::Known;
use alphasweep::analysis::{Summary, Tally};
use alphasweep::engine::{Output, collect};
use alphasweep::sweep::{Axis, Precision, Sweep};
use std::time::Duration;

/// A place where the objective is lowest all around, and the largest curvature there.
struct Minimum {
    place: Vec<f64>,
    sharpness: f64,
}

/// The slopes at a point.
type Gradient = Box<dyn Fn(&[f64]) -> Vec<f64>>;

/// An objective, as text and by hand.
struct Case {
    text: String,
    gradient: Gradient,
    minima: Vec<Minimum>,
    /// The first parameter's starts, and those of the others.
    range: (f64, f64),
    others: Vec<f64>,
}

/// A number of few digits, which text and Rust read alike.
fn number(random: &mut Random, lo: f64, hi: f64) -> f64 {
    (random.uniform(lo, hi) * 100.0).round() / 100.0
}

/// a·(x−b)² + c·ln(cosh(x−b)), parameter by parameter: convex, with all minima at b.
fn convex(random: &mut Random, parameters: usize) -> Case {
    let pieces: Vec<[f64; 3]> = (0..parameters)
        .map(|_| [number(random, 0.1, 4.0), number(random, -2.0, 2.0), number(random, 0.0, 3.0)])
        .collect();
    let term = |(at, [a, b, c]): (usize, &[f64; 3])| {
        // ln cosh u = softplus(2u) − u − ln 2.
        format!("{a}*(x{at}-({b}))^2 + {c}*(softplus(2*(x{at}-({b}))) - (x{at}-({b})))")
    };
    let text: Vec<String> = pieces.iter().enumerate().map(term).collect();
    let sharpness = pieces.iter().map(|[a, _, c]| 2.0 * a + c).fold(0.0, f64::max);
    let place = pieces.iter().map(|[_, b, _]| *b).collect();
    let gradient = move |p: &[f64]| {
        p.iter().zip(&pieces).map(|(x, [a, b, c])| 2.0 * a * (x - b) + c * (x - b).tanh()).collect::<Vec<f64>>()
    };
    Case {
        text: text.join(" + "),
        gradient: Box::new(gradient),
        minima: vec![Minimum { place, sharpness }],
        range: (-4.0, 4.0),
        others: vec![1.5; parameters - 1],
    }
}

/// a·(x²−c²)²/4: wells at ±c, a maximum between them.
fn wells(random: &mut Random) -> Case {
    let (a, c) = (number(random, 0.3, 2.0), number(random, 0.5, 2.0));
    let minimum = |x: f64| Minimum { place: vec![x], sharpness: 2.0 * a * c * c };
    Case {
        text: format!("{a}*(x^2-{c}^2)^2/4"),
        gradient: Box::new(move |p| vec![a * p[0] * (p[0] * p[0] - c * c)]),
        minima: vec![minimum(c), minimum(-c)],
        range: (-1.3 * c, 1.37 * c),
        others: Vec::new(),
    }
}

/// a·x² − b·y² + d·y⁴: minima at y² = b/2d, a saddle at 0.
fn saddle(random: &mut Random) -> Case {
    let (a, b, d) = (number(random, 0.2, 3.0), number(random, 0.3, 2.0), number(random, 0.2, 1.5));
    let y = (b / (2.0 * d)).sqrt();
    let minimum = |y: f64| Minimum { place: vec![0.0, y], sharpness: (2.0 * a).max(4.0 * b) };
    Case {
        text: format!("{a}*x^2 - {b}*y^2 + {d}*y^4"),
        gradient: Box::new(move |p| vec![2.0 * a * p[0], -2.0 * b * p[1] + 4.0 * d * p[1].powi(3)]),
        minima: vec![minimum(y), minimum(-y)],
        range: (-2.0, 2.1),
        // From 0 a descent rests on the saddle for ever.
        others: vec![if random.uniform(0.0, 1.0) < 0.3 { 0.0 } else { 0.4 }],
    }
}

/// (x·y−c)² + d·(x−y)²: minima at x = y = ±√c, with curvatures 4c along and 4d across.
fn product(random: &mut Random) -> Case {
    let (c, d) = (number(random, 0.5, 2.0), number(random, 0.2, 2.0));
    let minimum = |x: f64| Minimum { place: vec![x, x], sharpness: 4.0 * c.max(d) };
    Case {
        text: format!("(x*y-{c})^2 + {d}*(x-y)^2"),
        gradient: Box::new(move |p| {
            let (r, s) = (2.0 * (p[0] * p[1] - c), 2.0 * d * (p[0] - p[1]));
            vec![r * p[1] + s, r * p[0] - s]
        }),
        minima: vec![minimum(c.sqrt()), minimum(-c.sqrt())],
        range: (0.2, 2.2),
        others: vec![1.0],
    }
}

/// λ·u² + μ·v² + ν·w² along axes turned by an angle in the first two: eigenvalues 2λ, 2μ, 2ν.
fn turned(random: &mut Random) -> Case {
    let [l, m, n, angle] = [(0.1, 4.0), (0.1, 4.0), (0.1, 4.0), (0.0, 3.0)].map(|(lo, hi)| number(random, lo, hi));
    let (c, s) = ((angle.cos() * 1e3).round() / 1e3, (angle.sin() * 1e3).round() / 1e3);
    // The turn is rounded, so its axes are a little longer or shorter than 1, both alike.
    let size = c * c + s * s;
    let sharpness = (2.0 * l * size).max(2.0 * m * size).max(2.0 * n);
    Case {
        text: format!("{l}*({c}*x+{s}*y)^2 + {m}*({c}*y-{s}*x)^2 + {n}*z^2"),
        gradient: Box::new(move |p| {
            let (u, v) = (2.0 * l * (c * p[0] + s * p[1]), 2.0 * m * (c * p[1] - s * p[0]));
            vec![c * u - s * v, s * u + c * v, 2.0 * n * p[2]]
        }),
        minima: vec![Minimum { place: vec![0.0; 3], sharpness }],
        range: (-3.0, 3.1),
        others: vec![1.0, -2.0],
    }
}

fn case(random: &mut Random, number: usize) -> Case {
    match number % 6 {
        0 => convex(random, 1),
        1 => convex(random, 1 + number % 3),
        2 => wells(random),
        3 => saddle(random),
        4 => product(random),
        _ => turned(random),
    }
}

impl Case {
    /// Whether a plain loop of many steps ends at a minimum.
    fn arrives(&self, alpha: f64, start: &[f64]) -> bool {
        const MANY: usize = 20_000;
        let mut p = start.to_vec();
        for _ in 0..MANY {
            let slopes = (self.gradient)(&p);
            p.iter_mut().zip(slopes).for_each(|(p, g)| *p -= alpha * g);
        }
        self.minimum_near(&p).is_some()
    }

    fn minimum_near(&self, point: &[f64]) -> Option<&Minimum> {
        let near = |minimum: &&Minimum| minimum.place.iter().zip(point).all(|(a, b)| (a - b).abs() < 1e-3);
        self.minima.iter().find(near)
    }

    fn start(&self, first: f64) -> Vec<f64> {
        std::iter::once(first).chain(self.others.iter().copied()).collect()
    }
}

/// What was found wrong in all cases, and how much was looked at.
#[derive(Default, Debug)]
struct Tallied {
    alphas: usize,
    unsafe_alphas: Vec<String>,
    limits: usize,
    wrong_limits: Vec<String>,
    minima: usize,
    no_minima: Vec<String>,
    advised: usize,
}

fn judge(case: &Case, tallied: &mut Tallied) {
    const STARTS: usize = 12;
    let limit = case.minima.iter().map(|minimum| 2.0 / minimum.sharpness).fold(f64::INFINITY, f64::min);
    let alphas = Axis::log(limit / 30.0, limit * 4.0, 60).expect("an axis");
    let starts = Axis::lin(case.range.0, case.range.1, STARTS).expect("an axis");
    let request = asked(&case.text).precision(Precision::F64).vary("alpha", alphas).vary_start(starts).steps(3000);
    let names = resolved(&request).objective.parameters().to_vec();
    let set = names.iter().skip(1).zip(&case.others);
    let request = set.fold(request, |request, (name, value)| request.set(format!("{name}_start").as_str(), *value));
    let spec = resolved(&request);
    let map = collect(&cpu(), &Sweep::from(&spec)).expect("a map");
    let mut tally = Tally::new(&spec);
    tally.tile(&map).expect("a tally");
    let summary = tally.finish(Duration::ZERO);
    let best = summary.best.as_ref().map(|best| best.parameters.as_slice());
    let known = Known::of_map(&spec, best, &summary.ends);
    check_safe(case, &spec, &summary, tallied);
    check_known(case, &known, tallied);
}

fn check_safe(case: &Case, spec: &alphasweep::sweep::FormulaSweep, summary: &Summary, tallied: &mut Tallied) {
    let advice = summary.advice.as_ref().expect("α is an axis");
    tallied.advised += usize::from(advice.fastest.is_some() || advice.lowest.is_some());
    let (Some(fastest), Some(safe)) = (&advice.fastest, &advice.safe) else { return };
    for at in fastest.index..=safe.index {
        let alpha = spec.x.axis.value(at);
        tallied.alphas += 1;
        let y = spec.y.as_ref().expect("starts");
        for start in (0..y.axis.len()).map(|at| case.start(y.axis.value(at))) {
            // A start at rest says nothing.
            let rests = (case.gradient)(&start).iter().all(|slope| slope.abs() < 1e-7);
            if !rests && !case.arrives(alpha, &start) {
                tallied.unsafe_alphas.push(format!("{}: α = {alpha} from {start:?}", case.text));
            }
        }
    }
}

fn check_known(case: &Case, known: &Known, tallied: &mut Tallied) {
    for point in known.rest_points.iter().filter(|point| point.class.is_minimum()) {
        tallied.minima += 1;
        let Some(minimum) = case.minimum_near(&point.point) else {
            tallied.no_minima.push(format!("{}: {:?} at {:?}", case.text, point.class, point.point));
            continue;
        };
        for limit in &point.limits {
            tallied.limits += 1;
            let expected = 2.0 / minimum.sharpness;
            if (limit.alpha / expected - 1.0).abs() > 1e-5 {
                tallied.wrong_limits.push(format!("{}: {} for {expected}", case.text, limit.alpha));
            }
        }
    }
}

#[test]
fn nothing_is_called_safe_that_is_not_and_nothing_a_minimum_that_is_none() {
    const CASES: usize = 300;
    let mut random = Random(20_261_129);
    let mut tallied = Tallied::default();
    for number in 0..CASES {
        judge(&case(&mut random, number), &mut tallied);
    }
    println!(
        "{CASES} objectives: {} α called safe, {} limits, {} minima, {} with advice",
        tallied.alphas, tallied.limits, tallied.minima, tallied.advised
    );
    assert!(tallied.unsafe_alphas.is_empty(), "{:#?}", tallied.unsafe_alphas);
    assert!(tallied.wrong_limits.is_empty(), "{:#?}", tallied.wrong_limits);
    assert!(tallied.no_minima.is_empty(), "{:#?}", tallied.no_minima);
    assert!(tallied.alphas > 1500 && tallied.limits > 200 && tallied.minima > 200, "{tallied:?}");
}

/// The referee can say no: a descent beyond the limit does not arrive, and a saddle is no minimum.
#[test]
fn the_referee_is_not_content_with_anything() {
    let mut random = Random(1);
    let case = saddle(&mut random);
    let limit = 2.0 / case.minima[0].sharpness;
    assert!(case.arrives(limit / 3.0, &[1.0, 0.4]));
    assert!(!case.arrives(limit * 3.0, &[1.0, 0.4]));
    assert!(!case.arrives(limit / 3.0, &[1.0, 0.0]), "on the way to the saddle");
    assert!(case.minimum_near(&[0.0, 0.0]).is_none());
}
