//! What is said of a map: which α to take, where convergence ends, and why. On problems as people have them, where the right answer
//! is worked out by other means or is plain.

use crate::common::{along, asked, cpu, read, resolved};
use alphasweep::analysis::theory::Known;
use alphasweep::analysis::{Advice, Comparison, Reason, Summary, Tally};
use alphasweep::engine::{Output, collect};
use alphasweep::problem::parse_csv;
use alphasweep::sweep::{FormulaSweep, Outcome, Precision, Request, Sweep};
use std::time::Duration;

/// A map and all that is said of it.
struct Told {
    spec: FormulaSweep,
    summary: Summary,
    known: Known,
}

fn told(request: &Request) -> Told {
    told_in(request, Precision::F64)
}

fn told_in(request: &Request, precision: Precision) -> Told {
    let spec = resolved(&request.clone().precision(precision));
    let map = collect(&cpu(), &Sweep::from(&spec)).expect("a map");
    let mut tally = Tally::new(&spec);
    tally.tile(&map).expect("a tally");
    let mut summary = tally.finish(Duration::ZERO);
    let best = summary.best.as_ref().map(|best| best.parameters.clone());
    let known = Known::of_map(&spec, best.as_deref(), &summary.ends);
    summary.explain(&spec, &known);
    Told { spec, summary, known }
}

impl Told {
    fn advice(&self) -> &Advice {
        self.summary.advice.as_ref().expect("α is an axis")
    }

    fn safe(&self) -> f64 {
        self.advice().safe.as_ref().expect("a safe α").alpha
    }

    fn says(&self, is: fn(&Reason) -> bool) -> bool {
        self.advice().reasons.iter().any(is)
    }

    fn comparison(&self) -> Comparison {
        Comparison::of(&self.spec, self.known.theory.limits(), self.advice()).expect("theory and a measurement")
    }
}

fn close(found: f64, expected: f64) -> bool {
    (found / expected - 1.0).abs() < 5e-3
}

/// The largest α of the default axes at which nearly all starts arrive: the last before 2/λmax.
#[test]
fn the_largest_safe_alpha_of_the_catalog() {
    for (name, expected) in [("rastrigin", 0.00493), ("himmelblau", 0.0186), ("hours", 0.2122), ("booth", 0.1089)] {
        let told = told(&asked(name));
        assert!(close(told.safe(), expected), "{name}: {} for {expected}", told.safe());
        assert!(told.says(|reason| matches!(reason, Reason::OneStart)) == told.spec.y.is_none());
    }
}

#[test]
fn theory_and_map_agree_to_the_cell_on_the_lecture() {
    let told = told(&asked("lecture"));
    let Comparison { theoretical, end, rise, .. } = told.comparison();
    assert!((theoretical - 4.0).abs() < 1e-9);
    assert_eq!((end, rise), (Some(0), Some(0)));
    assert!(close(told.advice().fastest.as_ref().expect("one").alpha, 2.0), "half of the limit");
    assert!(told.advice().reasons.is_empty() && told.advice().lowest.is_none());
}

/// (x−1)² and a plateau of loss 1: at 20.57 every descent is thrown onto the plateau in one step, above its start.
#[test]
fn a_plateau_is_no_arrival() {
    let request = asked("1-exp(-(x-1)^2/2)").vary("alpha", along("log:0.01:100:100")).vary_start(along("lin:-2:4:61"));
    let told = told(&request);
    assert!(told.safe() < 2.0 && told.safe() > 1.7, "{}", told.safe());
    assert!(told.advice().fastest.as_ref().expect("one").alpha < 2.0);
}

/// At α = 1/λ the first step of momentum flies through the minimum.
#[test]
fn flying_through_the_minimum_is_not_fast() {
    let request = asked("x^2").rule(read("momentum")).vary("alpha", along("lin:0.1:1.9:19"));
    let told = told(&request.vary_start(along("lin:-3:3:40")));
    assert!(told.advice().fastest.as_ref().expect("one").median_steps.expect("all") > 100);
}

#[test]
fn nothing_is_recommended_on_saddles_and_maxima() {
    let saddle = asked("x^2 - y^2").vary("alpha", along("log:1e-2:2:20")).vary_start(along("lin:-4:4:5"));
    let saddle = told(&saddle.set("y_start", 0.0));
    assert!(saddle.advice().fastest.is_none() && saddle.advice().safe.is_none());
    assert!(saddle.says(|reason| *reason == Reason::Unstable), "{:?}", saddle.advice().reasons);
    assert!(saddle.known.rest_points.iter().all(|point| !point.class.is_minimum()));
    let top = told(&asked("cos(x)").vary("alpha", along("log:1e-2:4:60")).vary_start(along("0")));
    assert_eq!(top.advice().reasons, [Reason::NothingBegins]);
    assert!(top.advice().fastest.is_none() && top.advice().lowest.is_none());
}

/// Every start is the minimum already: 100 times the limit is not safe because of that.
#[test]
fn a_start_at_the_minimum_says_nothing_about_alpha() {
    let data = parse_csv(b"x,y\n1,250\n2,400\n", "twohouses.csv").expect("a table");
    let request = asked("mean((w*x+b-y)^2)/2").data(data).vary("alpha", along("log:0.001:100:30"));
    let told = told(&request.set("w_start", 150.0).set("b_start", 100.0));
    assert_eq!(told.advice().reasons, [Reason::NothingBegins]);
    assert!(told.advice().safe.is_none());
    // The Hessian is [[2.5, 1.5], [1.5, 1]].
    let expected = 2.0 / f64::midpoint(3.5, (1.5_f64.powi(2) + 4.0 * 1.5_f64.powi(2)).sqrt());
    assert!((told.known.theory.limits()[0].alpha - expected).abs() < 1e-6);
}

/// Beyond its limit a Huber loss cycles and never rises: convergence ends there all the same.
#[test]
fn convergence_ends_where_descents_begin_to_cycle() {
    let huber = "select(abs(x)<=1, x^2/2, abs(x)-0.5)";
    let request = asked(huber).vary("alpha", along("lin:0.2:12:60")).vary_start(along("20.3")).steps(5000);
    let told = told(&request);
    assert!((told.safe() - 1.8).abs() < 1e-9, "the last below 2");
    assert!(told.advice().first_rise.is_none());
    assert_eq!(told.comparison().end, Some(0));
}

#[test]
fn where_nothing_arrives_the_lowest_alpha_is_named_and_why() {
    let kink = told(&asked("2/3*abs(x)^1.5").vary("alpha", along("0.05,0.2,0.7")).vary_start(along("1")).steps(10_000));
    assert!(kink.says(|reason| *reason == Reason::Kink), "{:?}", kink.advice().reasons);
    assert!((kink.advice().lowest.expect("one").alpha - 0.05).abs() < 1e-9, "the smallest gets nearest");
    let noise = told(&asked("line").vary("alpha", along("log:1e-4:1:60")).vary_start(along("lin:-5:5:40")));
    assert!(noise.says(|reason| *reason == Reason::NoiseOfBatches), "{:?}", noise.advice().reasons);
    assert!(noise.advice().lowest.is_some() || noise.advice().fastest.is_some());
    let tiny = told(&asked("1e-7*x^2"));
    assert!(tiny.says(|reason| *reason == Reason::TooSmall { passes: false }), "{:?}", tiny.advice().reasons);
    assert_eq!(tiny.summary.cells_of(Outcome::Converged), 0);
    let wells = asked("(x^2-1)^2/4").vary("alpha", along("lin:1.65:1.99:30")).vary_start(along("lin:-1.3:1.3:20"));
    let wells = told(&wells.steps(10_000));
    assert!(wells.says(|reason| *reason == Reason::Cycles), "{:?}", wells.advice().reasons);
    let falls = told(&asked("x").vary("alpha", along("log:1e6:1e12:20")).vary_start(along("lin:-1:1:5")));
    assert!(falls.says(|reason| *reason == Reason::Unbounded), "{:?}", falls.advice().reasons);
}

/// Sizes of 20 to 150 against prices of about 12·size + 300: the condition number is that of the columns 1 and size.
#[test]
fn columns_that_differ_in_scale_are_named() {
    let rows: Vec<String> = (0..60)
        .map(|at| f64::from(20 + (at * 37) % 131))
        .map(|size| format!("{size},{}", 12.0 * size + 300.0))
        .collect();
    let data = parse_csv(format!("size,price\n{}\n", rows.join("\n")).as_bytes(), "prices.csv").expect("a table");
    let request = asked("mean((a*size+b-price)^2)").data(data).vary("alpha", along("log:1e-8:1:80"));
    let told = told(&request.vary("a_start", along("lin:-5:5:9")));
    let ill = told.advice().reasons.iter().find_map(|reason| match reason {
        Reason::IllConditioned { condition, columns } => Some((*condition, columns.clone())),
        _ => None,
    });
    let (condition, columns) = ill.expect("it is told");
    assert!(condition > 1e4 && condition < 1e6, "{condition}");
    assert_eq!(columns.iter().map(|scale| scale.column.as_str()).collect::<Vec<_>>(), ["size"], "not the price");
    assert!(told.says(|reason| matches!(reason, Reason::TooFewSteps { condition: Some(_), steps: Some(_) })));
}

/// In f32 the slope near x = 1000 changes by 1.2e-4 from one number to the next; in f64 that is no matter.
#[test]
fn the_grain_of_f32_is_told() {
    let request = asked("(x-1000)^2").vary("alpha", along("log:1e-3:0.9:40")).vary_start(along("lin:900:1100:21"));
    let narrow = told_in(&request, Precision::F32);
    assert!(
        narrow.says(|reason| matches!(reason, Reason::GrainAtMinimum { .. } | Reason::Grain { .. })),
        "{:?}",
        narrow.advice().reasons
    );
    let wide = told(&request);
    assert!(!wide.says(|reason| matches!(reason, Reason::GrainAtMinimum { .. } | Reason::Grain { .. })));
}

/// One start of twenty that lies near the minimum is no evidence for an α.
#[test]
fn what_a_single_start_reaches_is_not_recommended() {
    let far = asked("select(abs(x)<1, x^2, 1+1e-3*abs(x))").vary("alpha", along("log:1e-3:0.9:30"));
    let told = told(&far.vary_start(along("lin:0.5:200:20")).steps(200));
    assert!(told.advice().fastest.is_none(), "{:?}", told.advice().fastest);
    assert!(told.advice().lowest.is_some());
}
