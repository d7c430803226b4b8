//! Where descents come to rest: what such a place is called, how many came there, and how large α may be.
//!
//! Limits are closed forms that stand here, or eigenvalues of matrices that are written out here.

use crate::common::{along, asked, read, resolved};
use alphasweep::analysis::theory::{Known, NoLimit, Rest, RestClass, RestPoint, Stability, StepsOf, Theory};
use alphasweep::analysis::{Ends, Tally};
use alphasweep::engine::Output;
use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::problem::catalog::{OBJECTIVES, RULES};
use alphasweep::problem::{Rule, catalog};
use alphasweep::sweep::{Batch, Outcome, Precision, Request, Sweep, TileOutcomes};
use nalgebra::{DMatrix, Matrix2, Matrix3};
use std::time::Duration;

/// What is known of a map after it was computed.
fn known(request: &Request) -> Known {
    let spec = resolved(request);
    let map = computed(request);
    let mut tally = Tally::new(&spec);
    tally.tile(&map).expect("a tally");
    let summary = tally.finish(Duration::ZERO);
    let best = summary.best.as_ref().map(|best| best.parameters.as_slice());
    Known::of_map(&spec, best, &summary.ends)
}

fn computed(request: &Request) -> TileOutcomes {
    collect(&CpuEngine::new(Some(1)).expect("an engine"), &Sweep::from(&resolved(request))).expect("a map")
}

fn wide(objective: &str) -> Request {
    asked(objective).precision(Precision::F64)
}

fn classes(known: &Known) -> Vec<RestClass> {
    known.rest_points.iter().map(|point| point.class).collect()
}

fn why(known: &Known) -> &str {
    match &known.theory {
        Theory::None(why) => why,
        Theory::Limits(limits) => panic!("{limits:?}"),
    }
}

/// The only limit.
fn limit(known: &Known) -> f64 {
    let limits = known.theory.limits();
    assert_eq!(limits.len(), 1, "{:?}", known.theory);
    limits[0].alpha
}

fn close(found: f64, expected: f64, tolerance: f64, story: &str) {
    assert!((found / expected - 1.0).abs() < tolerance, "{story}: {found} for {expected}");
}

// What a place is.

#[test]
fn a_saddle_is_no_minimum_and_gives_no_limit() {
    let request = wide("x^2 - y^2").vary("alpha", along("log:1e-2:0.9:20")).vary_start(along("lin:-4:4:5"));
    let known = known(&request.set("y_start", 0.0));
    assert_eq!(classes(&known), [RestClass::Saddle]);
    assert!(why(&known).contains("a saddle (x = 0, y = 0)"), "{:?}", known.theory);
    assert_eq!(known.rest_points[0].share, Some(1.0));
}

#[test]
fn a_maximum_is_no_minimum_and_gives_no_limit() {
    let known = known(&wide("cos(x)").vary("alpha", along("log:1e-2:4:60")).set("x_start", 0.0));
    assert_eq!(classes(&known), [RestClass::Maximum]);
    assert!(why(&known).contains("a maximum (x = 0)"), "{:?}", known.theory);
}

#[test]
fn a_valley_has_the_range_of_the_limits_that_were_reached() {
    let request = wide("(x*y-1)^2/2").vary("alpha", along("lin:0.1:1.5:100")).vary_start(along("lin:0.2:3:50"));
    let request = request.set("y_start", 1.0);
    let known = known(&request);
    assert_eq!(classes(&known), [RestClass::Valley]);
    let point = &known.rest_points[0];
    // At (x, 1/x) the curvature across is x² + 1/x², at least 2.
    let truth = |x: f64| 2.0 / (x * x + 1.0 / (x * x));
    for limit in &point.limits {
        close(limit.alpha, truth(limit.minimum[0]), 1e-9, "a point of the valley");
    }
    // Those that came to rest, from the map itself.
    let map = computed(&request);
    let reached = (0..map.outcome.len()).filter(|cell| map.outcome[*cell] == Outcome::Converged);
    let reached: Vec<f64> = reached.map(|cell| truth(map.parameters[0][cell])).collect();
    let (least, largest) = reached.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), at| (a.min(*at), b.max(*at)));
    close(point.limits[0].alpha, least, 1e-3, "the least limit");
    close(point.limits[1].alpha, largest, 1e-3, "the largest limit");
    assert!(point.limits[1].alpha <= 1.0 && point.limits[1].alpha > 0.99, "{:?}", point.limits);
}

#[test]
fn a_plateau_is_named_and_the_minimum_beside_it_has_its_limit() {
    let request = wide("1-exp(-(x-1)^2/2)").vary("alpha", along("log:0.01:100:100")).vary_start(along("lin:-2:4:61"));
    let known = known(&request);
    assert_eq!(classes(&known), [RestClass::Minimum, RestClass::Plateau]);
    close(limit(&known), 2.0, 1e-12, "1/λ of a bell is 1");
}

#[test]
fn flat_minima_and_kinks_are_minima_without_a_limit() {
    for (text, start) in [("(x-3)^4", 3.5), ("abs(x)", 1.0), ("x^4 + 2*x^6", 0.5)] {
        let known = known(&wide(text).vary("alpha", along("0.125")).set("x_start", start).steps(100_000).gtol(1e-6));
        assert_eq!(classes(&known), [RestClass::Minimum], "{text}");
        assert!(why(&known).contains("flat, or a kink"), "{text}: {:?}", known.theory);
    }
}

/// One curvature is 0, and still it is no valley: the loss rises along x⁴ and falls along y³.
#[test]
fn where_a_curvature_is_nothing_the_loss_itself_is_asked() {
    let at = |text: &str, point: &[f64]| Known::of(&wide(text).resolve().expect("a sweep"), Some(point));
    let quartic = at("x^2 + y^4", &[0.0, 0.0]);
    assert_eq!(classes(&quartic), [RestClass::Minimum]);
    close(limit(&quartic), 1.0, 1e-12, "2/2");
    assert_eq!(classes(&at("x^2 + y^3", &[0.0, 0.0])), [RestClass::Saddle]);
    assert_eq!(classes(&at("x^2 + 0*y + (y-y)^2", &[0.0, 0.5])), [RestClass::Valley]);
    assert_eq!(classes(&at("cos(x) + cos(y)", &[0.0, 0.0])), [RestClass::Maximum]);
    assert_eq!(classes(&at("cos(x) + cos(y)", &[0.0, std::f64::consts::PI])), [RestClass::Saddle]);
}

#[test]
fn several_minima_are_listed_lowest_loss_first_with_their_shares() {
    // Two wells, tilted.
    let text = "(x^2-1)^2/4 + x/10";
    let request = wide(text).vary("alpha", along("lin:0.1:0.3:7")).vary_start(along("lin:-1.5:1.5:301"));
    let known = known(&request);
    assert_eq!(classes(&known), [RestClass::Minimum, RestClass::Minimum]);
    let [low, high] = &known.rest_points[..] else { panic!("two minima") };
    assert!(low.loss < high.loss && low.point[0] < 0.0 && high.point[0] > 0.0, "{:?}", known.rest_points);
    let map = computed(&request);
    let left = map.parameters[0].iter().filter(|x| **x < 0.0).count() as f64 / map.outcome.len() as f64;
    assert!((low.share.unwrap() - left).abs() < 1e-12 && (high.share.unwrap() + left - 1.0).abs() < 1e-12);
    for point in [low, high] {
        close(point.limits[0].alpha, 2.0 / (3.0 * point.point[0].powi(2) - 1.0), 1e-9, "2/f''");
    }
}

#[test]
fn himmelblaus_four_minima_are_found_without_the_catalog() {
    let request = wide("(x^2 + y - 11)^2 + (x + y^2 - 7)^2").set("alpha", 0.005);
    let known = known(&request.vary("x_start", along("lin:-5:5:41")).vary("y_start", along("lin:-5:5:41")));
    let mut minima: Vec<&RestPoint> = known.rest_points.iter().filter(|point| point.class.is_minimum()).collect();
    minima.sort_by(|a, b| a.limits[0].alpha.total_cmp(&b.limits[0].alpha));
    let published = [0.014_949_29, 0.018_971_93, 0.024_305_98, 0.024_829_28];
    assert_eq!(minima.len(), 4);
    for (found, expected) in minima.iter().zip(published) {
        close(found.limits[0].alpha, expected, 5e-7, "himmelblau");
    }
    let shares: f64 = known.rest_points.iter().filter_map(|point| point.share).sum();
    assert!(shares > 0.999, "{shares}");
}

/// The sample of ends is the same in whatever order the tiles come.
#[test]
fn the_sample_of_ends_does_not_depend_on_the_order_of_tiles() {
    let map =
        computed(&wide("himmelblau").vary("alpha", along("lin:0.001:0.012:120")).vary_start(along("lin:-5:5:120")));
    let order = |numbers: &mut dyn Iterator<Item = usize>| {
        let mut ends = Ends::default();
        numbers.for_each(|cell| ends.add(cell, &map, cell..cell + 1));
        ends.sample()
    };
    let forwards = order(&mut (0..map.outcome.len()));
    assert_eq!(forwards.len(), 4096, "of {} cells", map.outcome.len());
    assert!(forwards == order(&mut (0..map.outcome.len()).rev()));
}

// Limits of rules.

const LAMBDA: f64 = 3.7;

/// λx²/2 at rest.
fn limit_of(request: &Request) -> Result<f64, NoLimit> {
    let spec = resolved(request);
    let k = DMatrix::from_element(1, 1, LAMBDA);
    Stability::new(&spec).expect("a step").limit(Rest { point: &[0.0], k: &k, sharpness: LAMBDA })
}

fn parabola() -> Request {
    wide("3.7*x^2/2")
}

/// The value of a closed form of the catalog, where the history that a rule divides by has this value.
fn closed_form(rule: &Rule, lambda: f64, steps: f64) -> f64 {
    let value = |name: &str| match name {
        "lambda" => Some(lambda),
        "t" => Some(steps),
        _ => rule.hyperparameters().iter().find(|(known, _)| known == name).and_then(|(_, value)| *value),
    };
    alphasweep::analysis::theory::formula_value(rule.limit().expect("a closed form"), &value).expect("a number")
}

#[test]
fn rules_have_the_limits_of_their_closed_forms() {
    let mut compared = 0;
    for row in RULES.iter().filter(|row| !row.limit.is_empty()) {
        let rule: Rule = read(row.name);
        let request = parabola().rule(rule.clone()).steps(50);
        if row.precondition.is_empty() {
            close(limit_of(&request).expect("a limit"), closed_form(&rule, LAMBDA, 50.0), 1e-6, row.name);
        } else {
            // With a history of 0.25 that stays, what slopes are divided by is a number.
            let spec = resolved(&request);
            let stability = Stability::new(&spec).expect("a step");
            let mut carried = vec![0.0];
            let value = |slot: &str| match slot {
                "s" | "v" | "top" => 0.25,
                "u" => 0.04,
                "c1" | "c2" => 1.0,
                _ => 0.0,
            };
            carried.extend(rule.states().iter().map(|slot| value(slot)));
            let k = DMatrix::from_element(1, 1, LAMBDA);
            let rest = Rest { point: &[0.0], k: &k, sharpness: LAMBDA };
            let found = stability.limit_of_state(rest, carried).expect("a limit");
            // The step divides by the history that it has just renewed.
            let default =
                |name: &str| rule.hyperparameters().iter().find(|(known, _)| known == name).unwrap().1.unwrap();
            let renewed = |old: f64| match row.name {
                "rmsprop" | "adadelta" => default("rho") * old,
                "adam" => default("beta2") * old,
                _ => old,
            };
            let scale = |name: &str| match name {
                "s" | "v" => Some(renewed(0.25)),
                "top" => Some(0.25),
                // Of d the one before this step.
                "u" => Some(0.04),
                "c1" | "c2" => Some(1.0),
                _ => Some(default(name)),
            };
            let by = alphasweep::analysis::theory::formula_value(row.precondition, &scale).expect("a number");
            close(found, closed_form(&rule, LAMBDA / by, 50.0), 1e-6, row.name);
        }
        compared += 1;
    }
    assert!(compared >= 9, "{compared} rules have a closed form");
}

#[test]
fn a_typed_rule_has_the_limit_of_the_one_it_copies() {
    for row in RULES {
        let named = parabola().rule(read(row.name)).steps(50);
        let mut typed = parabola().rule(read(&row.formula.replace("beta1", "mine"))).steps(50);
        for (name, value) in row.hyperparameters.iter().filter(|(name, _)| *name != "alpha") {
            typed = typed.set(if *name == "beta1" { "mine" } else { name }, *value);
        }
        assert_eq!(limit_of(&named), limit_of(&typed), "{}", row.name);
    }
}

#[test]
fn a_typed_rule_has_that_limit_at_every_minimum_of_the_catalog() {
    let typed: Rule = read("mom = 0.8*mom + g; delta = -alpha*mom");
    for row in OBJECTIVES.iter().filter(|row| row.data.is_empty() && !row.minima.is_empty()) {
        let of = |request: Request| Known::of(&resolved(&request), None);
        let (typed, gd) = (of(wide(row.name).rule(typed.clone())), of(wide(row.name)));
        for (typed, gd) in typed.theory.limits().iter().zip(gd.theory.limits()) {
            close(typed.alpha, gd.alpha * 1.8, 1e-9, row.name);
        }
        assert_eq!(typed.theory.limits().len(), gd.theory.limits().len(), "{}", row.name);
    }
}

/// Rules whose step is not in proportion to a small slope: they divide by its history, or take its sign.
#[test]
fn rules_that_adapt_their_step_have_no_fixed_limit() {
    for name in ["sign", "normalized-gd", "polyak", "adagrad", "rmsprop", "adam", "adamw", "amsgrad", "nadam", "lion"] {
        assert_eq!(limit_of(&parabola().rule(read(name))), Err(NoLimit::Adapts), "{name}");
    }
    let lecture = wide("lecture").rule(read("rmsprop")).vary("alpha", along("log:1e-3:100:100"));
    let known = known(&lecture.vary_start(along("lin:-10:10:41")));
    assert!(why(&known).contains("no fixed limit"), "{:?}", known.theory);
    // With a damping that is larger than any slope near the minimum it is in proportion.
    let damped = parabola().rule(read("s = 0.9*s + 0.1*g*g; delta = -alpha*g/sqrt(s + 0.01)"));
    close(limit_of(&damped).expect("a limit"), 2.0 * 0.1 / LAMBDA, 1e-6, "rmsprop, damped");
}

#[test]
fn too_much_momentum_is_unstable_at_every_alpha() {
    assert_eq!(limit_of(&parabola().rule(read("momentum")).set("momentum", 1.2)), Err(NoLimit::NeverStable));
    close(limit_of(&parabola().rule(read("momentum")).set("momentum", 1.0)).expect("a limit"), 4.0 / LAMBDA, 1e-6, "1");
    assert_eq!(limit_of(&parabola().rule(read("delta = alpha*g"))), Err(NoLimit::NeverStable), "uphill");
    assert_eq!(limit_of(&parabola().rule(read("delta = -alpha*g/(1 + alpha*3.7)"))), Err(NoLimit::AlwaysStable));
    let known = Known::of(&resolved(&wide("x^2").rule(read("momentum")).set("momentum", 1.2)), None);
    assert!(why(&known).contains("none at any α"), "{:?}", known.theory);
}

/// A state counts where it ends, however slowly it goes there; one that goes on for ever has no end.
#[test]
fn the_state_of_a_rule_is_settled() {
    let slow = "c = 0.99999*c + 0.00001; d = 0.5*d + c; delta = -alpha*g*d";
    close(
        limit_of(&parabola().rule(read(slow))).expect("a limit"),
        2.0 / LAMBDA / 2.0,
        1e-9,
        "an average of 100,000 steps",
    );
    let jumping = "c = select(c < 3, c + 1, 3); delta = -alpha*g*c";
    close(limit_of(&parabola().rule(read(jumping))).expect("a limit"), 2.0 / LAMBDA / 3.0, 1e-9, "some steps");
    assert_eq!(limit_of(&parabola().rule(read("c = c + 1; delta = -alpha*g/c"))), Err(NoLimit::Adapts), "for ever");
}

/// Decay pulls the point of rest towards 0 and adds to the curvature.
#[test]
fn a_rule_that_rests_beside_the_minimum_has_the_limit_of_where_it_rests() {
    // eˣ − 3 + x/2 = 0 at 0.9046…, by bisection here.
    let (mut lo, mut hi) = (0.0_f64, 2.0_f64);
    for _ in 0..100 {
        let middle = f64::midpoint(lo, hi);
        if middle.exp() - 3.0 + middle / 2.0 < 0.0 { lo = middle } else { hi = middle }
    }
    let spec = resolved(&wide("exp(x) - 3*x").rule(read("delta = -alpha*(g + 0.5*p)")));
    let k = DMatrix::from_element(1, 1, 3.0);
    let rest = Rest { point: &[3.0_f64.ln()], k: &k, sharpness: 3.0 };
    let decayed = Stability::new(&spec).expect("a step").limit(rest).expect("a limit");
    close(decayed, 2.0 / (lo.exp() + 0.5), 1e-9, "decay");
}

/// The step number is frozen at the last step.
#[test]
fn a_schedule_is_frozen_at_its_end() {
    for (rule, factor) in [("delta = -alpha/(1 + t)*g", 101.0), ("delta = -alpha*g*select(t < 50, 1, 0.1)", 10.0)] {
        let found = limit_of(&parabola().rule(read(rule)).steps(100)).expect("a limit");
        close(found, 2.0 / LAMBDA * factor, 1e-9, rule);
    }
}

#[test]
fn the_limit_is_that_of_the_gradient_that_is_used() {
    let central = wide("cos(x)").gradient(read("central:1")).vary("alpha", along("lin:1:2.2:10"));
    close(limit(&known(&central.vary_start(along("lin:2:4:20")))), 2.0 / 1.0_f64.sin(), 1e-9, "cos, central:1");
    let given = wide("x^2 + y^2").gradient(read("x = 5*x; y = 3*y + x")).vary("alpha", along("0.1,0.2"));
    close(limit(&known(&given.set("x_start", 1.0).set("y_start", 2.0))), 2.0 / 5.0, 1e-9, "given");
}

/// A given gradient that turns: eigenvalues a ± ib, stable while |1 − α(a ± ib)| < 1, that is α < 2a/(a² + b²).
#[test]
fn a_gradient_that_turns_has_the_limit_of_its_complex_eigenvalues() {
    let given = wide("x^2 + y^2").gradient(read("x = 2*x - 3*y; y = 3*x + 2*y")).vary("alpha", along("0.1"));
    close(limit(&known(&given.set("x_start", 1.0).set("y_start", 2.0))), 4.0 / 13.0, 1e-9, "turning");
}

#[test]
fn more_parameters_than_eigenvalues_are_looked_at_have_their_limit_too() {
    let squares = (1..=40).map(|at| format!("{at}*p{at}^2/2 + p{at}*p1/50"));
    let text = squares.collect::<Vec<_>>().join(" + ");
    for (rule, factor) in [("gd", 1.0), ("momentum", 1.9), ("m = 0.5*m + g; k = 0.9*k + 0.1; delta = -alpha*m*k", 1.5)]
    {
        let known = Known::of(&resolved(&wide(&text).rule(read(rule))), None);
        let limits = known.theory.limits();
        assert_eq!(limits.len(), 1, "{rule}: {:?}", known.theory);
        close(limits[0].alpha, 2.0 * factor / limits[0].sharpness, 1e-9, rule);
        assert!((limits[0].sharpness - 40.0).abs() < 0.1, "{rule}: {limits:?}");
    }
    let adapting = Known::of(&resolved(&wide(&text).rule(read("adam"))), None);
    assert!(why(&adapting).contains("no fixed limit"), "{:?}", adapting.theory);
}

// Batches.

/// The first α at which a property fails, by halving.
fn first(fails: impl Fn(f64) -> bool, hi: f64) -> f64 {
    let steps = 4000;
    let at = |part: usize| hi * part as f64 / steps as f64;
    let part = (1..=steps).find(|part| fails(at(*part))).expect("an end");
    let (mut lo, mut hi) = (at(part - 1), at(part));
    for _ in 0..60 {
        let middle = f64::midpoint(lo, hi);
        if fails(middle) { hi = middle } else { lo = middle }
    }
    lo
}

fn rows_of_line() -> Vec<f64> {
    let spec = wide("line").resolve().expect("a catalog row");
    spec.only_table().expect("one table").column("x").expect("a column x").to_vec()
}

/// A step on row (x, y) of mean((a·x + b − y)²) multiplies deviations by 1 − 2α(x, 1)(x, 1)ᵀ.
fn step_on(x: f64, alpha: f64) -> Matrix2<f64> {
    Matrix2::identity() - Matrix2::new(x * x, x, x, 1.0) * (2.0 * alpha)
}

#[test]
fn a_pass_over_single_rows_has_the_limit_of_its_product() {
    let rows = rows_of_line();
    let grows = |alpha: f64| {
        let pass = rows.iter().fold(Matrix2::identity(), |pass, x| step_on(*x, alpha) * pass);
        pass.complex_eigenvalues().iter().any(|value| value.norm() > 1.0)
    };
    let known = Known::of(&wide("line").batch(Batch::Each).resolve().expect("a sweep"), None);
    assert_eq!(known.steps_of, Some(StepsOf::Pass));
    close(limit(&known), first(grows, 2.0), 1e-8, "a pass");
}

#[test]
fn drawn_rows_have_the_limit_of_their_mean_square() {
    let rows = rows_of_line();
    for size in [1_u32, 2, 7] {
        // On symmetric C = [[p, q], [q, r]] as (p, q, r), the map C ↦ E[J C Jᵀ], J the mean of `size` drawn steps.
        let moved = |step: &Matrix2<f64>| {
            let (a, b, c, d) = (step[(0, 0)], step[(0, 1)], step[(1, 0)], step[(1, 1)]);
            Matrix3::new(a * a, 2.0 * a * b, b * b, a * c, a * d + b * c, b * d, c * c, 2.0 * c * d, d * d)
        };
        let grows = |alpha: f64| {
            let count = rows.len() as f64;
            let mean = rows.iter().fold(Matrix2::zeros(), |sum, x| sum + step_on(*x, alpha)) / count;
            let each = rows.iter().fold(Matrix3::zeros(), |sum, x| sum + moved(&step_on(*x, alpha))) / count;
            let both = moved(&mean) + (each - moved(&mean)) / f64::from(size);
            both.complex_eigenvalues().iter().any(|value| value.norm() > 1.0)
        };
        let known = Known::of(&wide("line").batch(Batch::Random(size)).resolve().expect("a sweep"), None);
        assert_eq!(known.steps_of, Some(StepsOf::MeanSquare));
        close(limit(&known), first(grows, 2.0), 1e-8, &format!("batches of {size}"));
    }
}

/// Where a pass or its mean square would be too much, the limit of full batches is named as such.
#[test]
fn a_limit_of_full_batches_is_named_as_one() {
    let names: Vec<String> = (0..17).map(|at| format!("w{at}")).collect();
    let text = names.iter().map(|name| format!("({name}*x - y)^2")).collect::<Vec<_>>().join(" + ");
    let row = catalog::objective("line").expect("a catalog row");
    let data = wide("line").resolve().expect("a catalog row").only_table().expect("one table").clone();
    let request = wide(&format!("mean({text})")).data(data).batch(Batch::Random(2));
    let known = Known::of(&resolved(&request), None);
    assert_eq!((known.steps_of, row.batch), (Some(StepsOf::FullBatchOnly), "each"));
}

// A second axis.

#[test]
fn the_curve_of_a_typed_rule_is_that_of_the_built_in() {
    let axes = |request: Request, momentum: &str| {
        let request = request.set("beta_start", -10.0).vary("alpha", along("lin:1:9:50"));
        Known::of(&resolved(&request.vary(momentum, along("lin:0:0.99:50"))), None)
    };
    let named = axes(wide("lecture").rule(read("momentum")), "momentum");
    let typed = axes(wide("lecture").rule(read("v = m*v + g; delta = -alpha*v")), "m");
    assert!(why(&typed).contains("moves with `m`"), "{:?}", typed.theory);
    for known in [&named, &typed] {
        let line = &known.curves[0].lines[0];
        assert!(line.len() > 100);
        for (alpha, m) in line {
            assert!((alpha - 4.0 - 4.0 * m).abs() < 1e-7, "α = {alpha} at m = {m}");
        }
    }
}
