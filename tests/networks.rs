//! Networks on the CPU engine: closed forms, central differences, published numbers, and the semantics of a training.

mod common;

use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::problem::NetworkLoss;
use alphasweep::problem::random::shuffled_row;
use alphasweep::problem::samples::{SampleSets, Samples, Targets};
use alphasweep::sweep::{
    Axis, Batch, Init, KnobRef, NetworkRequest, NetworkSweep, Outcome, Precision, Sweep, TileOutcomes,
};
use common::plain_network::{KINDS, STD, network, noise, of_kind, plain_loss};
use common::{along, read};
use std::path::Path;

fn cpu() -> CpuEngine {
    CpuEngine::new(None).unwrap()
}

fn run(spec: &NetworkSweep) -> TileOutcomes {
    collect(&cpu(), &Sweep::from(spec)).unwrap()
}

fn column<'a>(spec: &NetworkSweep, map: &'a TileOutcomes, name: &str) -> &'a [f64] {
    let at = spec.measures().position(|column| column.name == name);
    &map.measures[at.unwrap_or_else(|| panic!("no column {name}"))]
}

/// A network of the catalog.
fn row(name: &str) -> NetworkRequest {
    NetworkRequest::named(name).expect("a row")
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// One step of plain descent moves every weight by −α times the slope of the loss there: of every kind of layer, the
/// weights after one step against central differences of a loss that shares no code with the engine.
#[test]
fn gradients_of_every_kind_of_layer_are_those_of_central_differences() {
    const ALPHA: f64 = 0.5;
    const H: f64 = 1e-6;
    for kind in KINDS {
        let (request, rows) = of_kind(kind);
        let spec = request.set("alpha", ALPHA).steps(1).resolve().unwrap();
        let before = spec.network.start(5, STD);
        let after = cpu().weights(&spec, (0, 0)).unwrap();
        let map = run(&spec);
        let loss_at = |weights: &[f64]| plain_loss(&spec.network, weights, &rows);
        assert!((map.loss_start[0] - loss_at(&before)).abs() < 1e-12, "{kind:?}");
        for at in 0..before.len() {
            let moved = |by: f64| {
                let mut weights = before.clone();
                weights[at] += by;
                loss_at(&weights)
            };
            let slope = (moved(H) - moved(-H)) / (2.0 * H);
            let engine = (before[at] - after[at]) / ALPHA;
            assert!((slope - engine).abs() < 1e-8, "{kind:?}: weight {at}: {slope} {engine}");
        }
    }
}

/// A single layer without biases on one row is f = (w·x − y)²: descent on it is known in closed form, and its limit is
/// α = 1/|x|².
#[test]
fn one_layer_on_one_row_is_a_parabola() {
    let train =
        Samples { inputs: 2, features: vec![0.6, 0.8], targets: Targets::Values { values: vec![2.0], outputs: 1 } };
    let samples = SampleSets { source: "one row".to_owned(), train, test: None, seeded: false };
    let choose =
        |request: NetworkRequest| request.vary("alpha", along("0.1,0.3,0.99,1.01")).steps(10).precision(Precision::F64);
    let spec = NetworkRequest { no_bias: true, ..network("2-1", samples, choose) }.set("seed", 1.0).resolve().unwrap();
    let map = run(&spec);
    for (cell, alpha) in [0.1, 0.3, 0.99, 1.01].into_iter().enumerate() {
        let squared = 0.6_f32.mul_add(0.6, 0.8 * 0.8);
        let factor: f64 = 1.0 - 2.0 * alpha * f64::from(squared);
        let expected = map.loss_start[cell] * factor.powi(20);
        assert!((map.loss_final[cell] / expected - 1.0).abs() < 1e-5, "{alpha}: {} {expected}", map.loss_final[cell]);
    }
    assert_eq!(map.outcome[..3], [Outcome::Descending; 3]);
    assert_eq!(map.outcome[3], Outcome::Rising);
}

/// Beyond every limit a training diverges and reports the last finite loss, never one that is none.
#[test]
fn a_training_that_leaves_the_numbers_has_diverged() {
    let choose = |request: NetworkRequest| request.vary("alpha", along("0.1,1e30")).set("seed", 1.0).steps(50);
    let spec = network("6-4-1", noise(20, 6, 1, false), choose).resolve().unwrap();
    let map = run(&spec);
    assert_eq!(map.outcome, [Outcome::Descending, Outcome::Diverged]);
    assert!(map.steps[1] < 50 && map.loss_final[1] == map.loss_start[1], "{map:?}");
    assert!(map.loss_final.iter().chain(map.measures.iter().flatten()).all(|value| value.is_finite()), "{map:?}");
}

/// The rule of every sweep, on every layer, and a learning rate for each layer.
#[test]
fn layers_may_have_learning_rates_of_their_own() {
    let choose =
        |request: NetworkRequest| request.vary("alpha_2", along("0,0.1")).set("alpha", 0.1).set("seed", 1.0).steps(5);
    let spec = network("6-4-2", noise(20, 6, 2, true), choose).resolve().unwrap();
    let start: Vec<f64> =
        spec.network.start(1, f64::from(0.01_f32)).iter().map(|weight| f64::from(*weight as f32)).collect();
    let second = spec.network.layers()[1].range();
    let [still, moved] = [0, 1].map(|x| cpu().weights(&spec, (x, 0)).unwrap());
    assert_eq!(still[second.clone()], start[second.clone()]);
    assert_ne!(moved[second.clone()], start[second]);
    let common = |request: NetworkRequest| request.vary("alpha", Axis::one(0.1)).set("seed", 1.0).steps(5);
    let spec = network("6-4-2", noise(20, 6, 2, true), common).resolve().unwrap();
    assert_eq!(cpu().weights(&spec, (0, 0)).unwrap(), moved);
}

/// Momentum of 0 is plain descent, bit for bit; of 0.9 it is not.
#[test]
fn the_rules_are_those_of_every_sweep() {
    let weights = |rule: &str, momentum: Option<f64>| {
        let choose = |request: NetworkRequest| {
            let request = request.vary("alpha", Axis::one(0.1)).set("seed", 1.0).steps(7).rule(read(rule));
            momentum.map_or(request.clone(), |value| request.set("momentum", value))
        };
        let spec = network("6-4-2", noise(20, 6, 2, true), choose).resolve().unwrap();
        cpu().weights(&spec, (0, 0)).unwrap()
    };
    assert_eq!(weights("momentum", Some(0.0)), weights("gd", None));
    assert_ne!(weights("momentum", None), weights("gd", None));
    assert_eq!(weights("delta = -alpha*g", None), weights("gd", None));
}

/// A batch of as many rows as there are is drawn with replacement and is not the full batch; one sample in order is
/// what it says.
#[test]
fn batches_are_drawn_for_each_step() {
    let weights = |batch: &str, steps: u64| {
        let choose = |request: NetworkRequest| {
            request.vary("alpha", Axis::one(0.1)).set("seed", 1.0).steps(steps).batch(read(batch))
        };
        let spec = network("6-4-2", noise(20, 6, 2, true), choose).resolve().unwrap();
        (cpu().weights(&spec, (0, 0)).unwrap(), run(&spec))
    };
    assert_ne!(weights("20", 1).0, weights("full", 1).0);
    // Twenty steps of one row, in order, are one pass.
    let (each, map) = weights("each", 20);
    assert_ne!(each, weights("1", 20).0);
    assert_eq!(map.steps, [20]);
}

/// As an axis, the batch gives every training the one it would have alone.
#[test]
fn the_size_of_the_batch_can_be_an_axis() {
    let samples = noise(40, 6, 2, true);
    let choose =
        |request: NetworkRequest| request.vary("batch", along("1,8,40")).set("alpha", 0.1).set("seed", 2.0).steps(30);
    let together = run(&network("6-4-2", samples.clone(), choose).resolve().unwrap());
    for (cell, batch) in ["1", "8", "40"].into_iter().enumerate() {
        let choose = |request: NetworkRequest| {
            request.vary("alpha", Axis::one(0.1)).set("seed", 2.0).steps(30).batch(read(batch))
        };
        let alone = run(&network("6-4-2", samples.clone(), choose).resolve().unwrap());
        assert_eq!(together.loss_final[cell], alone.loss_final[0], "batch {batch}");
    }
}

/// Stop rules by loss, by accuracy and by gradient; each ends a training that goes on without it.
#[test]
fn trainings_stop_where_they_are_told() {
    let outcome = |stop: Option<&str>, gtol: f64| {
        let choose = |request: NetworkRequest| {
            let request = request.vary("alpha", Axis::one(0.5)).set("seed", 1.0).steps(400).gtol(gtol);
            stop.map_or(request.clone(), |stop| request.stop(read(stop)))
        };
        let spec = network("6-8-2", noise(12, 6, 2, true), choose).resolve().unwrap();
        let map = run(&spec);
        (map.outcome[0], map.steps[0], map.loss_final[0], column(&spec, &map, "train_accuracy")[0])
    };
    assert_eq!(outcome(None, 0.0).0, Outcome::Descending);
    let (word, steps, loss, _) = outcome(Some("loss < 0.6"), 0.0);
    assert!(word == Outcome::Converged && loss < 0.6 && steps > 0 && steps < 400, "{word} {steps} {loss}");
    let (word, steps, _, accuracy) = outcome(Some("train_accuracy > 0.8"), 0.0);
    assert!(word == Outcome::Converged && accuracy > 0.8 && steps < 400, "{word} {steps} {accuracy}");
    let (word, early, ..) = outcome(Some("gradient < 0.05"), 0.0);
    assert_eq!((word, early), (outcome(None, 0.05).0, outcome(None, 0.05).1));
    assert_eq!(word, Outcome::Converged);
}

/// A history is the losses of shorter trainings, one after the other, and changes nothing.
#[test]
fn a_history_is_what_shorter_trainings_end_with() {
    let spec = |steps: u64, history: Option<u64>| {
        let choose = |request: NetworkRequest| {
            request.vary("alpha", along("0.3,1e30")).set("seed", 1.0).steps(steps).batch(Batch::Random(5))
        };
        NetworkRequest { history, ..network("6-4-2", noise(20, 6, 2, true), choose) }.resolve().unwrap()
    };
    let (whole, plain) = (run(&spec(12, Some(3))), run(&spec(12, None)));
    assert_eq!((&whole.loss_final, &whole.measures), (&plain.loss_final, &plain.measures));
    let losses = &whole.history[0];
    assert_eq!(losses.len(), 2 * 5);
    assert_eq!(losses[0], whole.loss_start[0]);
    for (record, steps) in [3, 6, 9, 12].into_iter().enumerate() {
        assert_eq!(losses[record + 1], run(&spec(steps, None)).loss_final[0], "after {steps} steps");
    }
    assert!(losses[5].is_finite() && losses[6..].iter().all(|loss| loss.is_nan()), "nothing after the end: {losses:?}");
}

/// The measure of trainability against its definition, from the losses of every step.
#[test]
fn the_measure_is_the_published_one() {
    let axes = |request: NetworkRequest| {
        request.vary("alpha_1", along("0.1,1,300")).vary("alpha_2", along("0.1,30,1e5")).steps(60)
    };
    let spec = NetworkRequest { history: Some(1), ..axes(row("trainability")) };
    let spec = spec.resolve().unwrap();
    let map = run(&spec);
    let measure = column(&spec, &map, "measure");
    let mut signs = Vec::new();
    for (cell, measure) in measure.iter().enumerate() {
        let losses = &map.history[0][cell * 61..cell * 61 + 60];
        let relative = |loss: &f64| if loss.is_finite() { (loss / losses[0]).min(1e6) } else { 1e6 };
        let v: Vec<f64> = losses.iter().map(relative).collect();
        let trains = mean(&v[40..]) < 1.0;
        let expected = if trains { -v.iter().sum::<f64>() } else { v.iter().map(|v| 1.0 / v).sum() };
        assert!((measure / expected - 1.0).abs() < 1e-5, "cell {cell}: {measure} {expected}");
        signs.push(trains);
    }
    assert!(signs.contains(&true) && signs.contains(&false), "{signs:?}");
}

/// "The boundary of neural network trainability is fractal": what share of the window trains; and the precision does
/// not decide it.
#[test]
fn about_half_of_the_published_window_trains() {
    let spec = |precision: Precision| {
        let axes = |request: NetworkRequest| {
            let axis = "log:1e-3:1e6:24";
            request.vary("alpha_1", along(axis)).vary("alpha_2", along(axis)).steps(500).precision(precision)
        };
        axes(row("trainability")).resolve().unwrap()
    };
    let [narrow, wide] = [Precision::F32, Precision::F64].map(|precision| {
        let spec = spec(precision);
        let map = run(&spec);
        let trains: Vec<bool> = column(&spec, &map, "measure").iter().map(|measure| *measure < 0.0).collect();
        (trains, map.outcome)
    });
    let share = narrow.0.iter().filter(|trains| **trains).count() as f64 / narrow.0.len() as f64;
    assert!((share - 0.58).abs() < 0.1, "{share}");
    // Whether a chaotic training is lower at its end than halfway, rounding decides; not whether it trains, nor whether it diverges.
    let diverged = |outcomes: &[Outcome]| outcomes.iter().map(|word| *word == Outcome::Diverged).collect::<Vec<bool>>();
    for [narrow, wide] in [[narrow.0, wide.0], [diverged(&narrow.1), diverged(&wide.1)]] {
        let equal = narrow.iter().zip(&wide).filter(|(a, b)| a == b).count() as f64 / wide.len() as f64;
        assert!(equal >= 0.99, "{equal}");
    }
}

fn mnist() -> Option<SampleSets> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mnist-10k");
    if !folder.exists() {
        println!("SKIPPED: no handwritten digits at ../shared/data/mnist-10k");
        return None;
    }
    Some(SampleSets::read_idx(&folder).unwrap())
}

/// The optimisation post's network on 10 000 real digits: mean accuracies over 8 seeds, computed in numpy from its recipe.
#[test]
fn the_posts_network_reaches_its_accuracies() {
    let Some(samples) = mnist() else { return };
    let recipe = |request: NetworkRequest| request.vary("seed", along("lin:1:8:8")).set("alpha", 0.1).steps(10_000);
    let spec = NetworkRequest { history: Some(600), ..recipe(row("two-layer").samples(samples)) };
    let spec = spec.resolve().unwrap();
    assert_eq!(spec.network.to_string(), "784-50-10 sigmoid, cross-entropy");
    let map = run(&spec);
    let records = spec.records();
    let at = |column: usize, steps: usize| {
        let values: Vec<f64> = (0..8).map(|seed| map.history[column][seed * records + steps / 600]).collect();
        mean(&values)
    };
    let last = (mean(column(&spec, &map, "train_accuracy")), mean(column(&spec, &map, "test_accuracy")));
    let rows = [
        (600, (at(1, 600), at(2, 600)), (0.79, 0.77), 0.03),
        (4800, (at(1, 4800), at(2, 4800)), (0.945, 0.912), 0.012),
        (10_000, last, (0.970, 0.930), 0.012),
    ];
    for (steps, found, published, tolerance) in rows {
        let off = (found.0 - published.0).abs().max((found.1 - published.1).abs());
        assert!(off <= tolerance, "after {steps} steps {found:?}, expected {published:?} ± {tolerance}");
    }
}

/// The same after 2000 steps at other learning rates, means over four seeds.
#[test]
fn the_posts_network_depends_on_its_learning_rate() {
    let Some(samples) = mnist() else { return };
    let recipe = |request: NetworkRequest| {
        request.vary("alpha", along("0.01,0.5,2,5")).vary("seed", along("1,2,3,4")).steps(2000)
    };
    let spec = recipe(row("two-layer").samples(samples)).resolve().unwrap();
    let map = run(&spec);
    let at = |name: &str, x: usize| mean(&[0, 1, 2, 3].map(|y| column(&spec, &map, name)[y * 4 + x]));
    let rows = [(0.38, 0.37, 0.1), (0.969, 0.931, 0.015), (0.997, 0.938, 0.015), (0.987, 0.917, 0.015)];
    for (x, (train, test, tolerance)) in rows.into_iter().enumerate() {
        let found = (at("train_accuracy", x), at("test_accuracy", x));
        let off = (found.0 - train).abs().max((found.1 - test).abs());
        assert!(off <= tolerance, "learning rate {x}: {found:?}, expected {train} and {test} ± {tolerance}");
    }
}

/// The numerals that are built in are learnt without a file.
#[test]
fn the_built_in_numerals_are_learnt() {
    let choose = |request: NetworkRequest| request.vary("alpha", Axis::one(1.0)).set("seed", 1.0).steps(1500);
    let spec = choose(row("two-layer")).resolve().unwrap();
    assert_eq!(spec.network.sizes, [64, 50, 10]);
    let map = run(&spec);
    let test = column(&spec, &map, "test_accuracy")[0];
    assert!(test > 0.85, "{test}");
}

/// Cut into tiles and threads in any way, the bits are the same.
#[test]
fn nothing_depends_on_tiles_or_threads() {
    let axes =
        |request: NetworkRequest| request.vary("alpha", along("log:0.01:10:5")).vary("seed", along("1,2,3")).steps(40);
    let spec = axes(row("two-layer")).resolve().unwrap();
    let whole = run(&spec);
    for (threads, cells) in [(1, 1), (2, 4), (3, 15)] {
        let engine = CpuEngine::new(Some(threads)).unwrap().with_tile_cells(cells);
        assert_eq!(collect(&engine, &Sweep::from(&spec)).unwrap(), whole, "{threads} threads, tiles of {cells}");
    }
}

/// What cannot be is refused by name.
#[test]
fn wrong_requests_are_refused() {
    let labels = || noise(20, 6, 2, true);
    let values = || noise(20, 6, 1, false);
    let plain = |request: NetworkRequest| request;
    let cases: Vec<(NetworkRequest, &str)> = vec![
        (network("5-2", labels(), plain), "--net 5-2: the data (noise) needs 6 to go in and 2 to come out"),
        (NetworkRequest { sizes: Some(vec![6]), ..network("6-2", labels(), plain) }, "--net 6: expected the sizes"),
        (NetworkRequest { sizes: Some(vec![6, 0, 2]), ..network("6-2", labels(), plain) }, "--net 6-0-2: a layer of 0"),
        (
            NetworkRequest { loss: Some(NetworkLoss::CrossEntropy), ..network("6-1", values(), plain) },
            "--loss cross-entropy: ",
        ),
        (network("6-2", labels(), |r| r.vary("batch", along("10,21"))), "--vary batch: 21 rows per step"),
        (
            network("6-2", labels(), |r| r.vary("alpha_3", Axis::one(1.0))),
            "--vary alpha_3=1: `alpha_3` is nothing in this",
        ),
        (network("6-2", labels(), |r| r.stop(read("test_accuracy > 0.5"))), "these data have no test rows"),
        (network("6-1", values(), |r| r.stop(read("train_accuracy > 0.5"))), "accuracies are of classes"),
        (network("6-2", labels(), |r| r.vary(KnobRef::FirstStart, along("1,2"))), "a network's weights are drawn"),
        (network("6-2", labels(), |r| r.vary("init_std", along("-1,2"))), "--vary init_std: -1 is no deviation"),
        (
            network("6-2", labels(), |r| r.batch(Batch::Random(5)).vary("batch", along("1,2"))),
            "--batch 5: `batch` is given too",
        ),
        (
            network("6-4-2", labels(), |r| r.vary("alpha_1", along("1,2")).set("alpha_2", 1.0).set("alpha", 1.0)),
            "every layer has its own learning rate",
        ),
        (NetworkRequest { history: Some(0), ..network("6-2", labels(), plain) }, "--history 0: "),
        (NetworkRequest::default(), "--data: a network needs something to learn from"),
    ];
    for (request, expected) in cases {
        let error = request.resolve().map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nexpected {expected}");
    }
}

/// The rows of drawn data are those of `--seed`: neither the order of an axis of seeds nor naming them changes a cell.
#[test]
fn data_do_not_depend_on_how_seeds_are_listed() {
    let losses = |seeds: &str, named: bool| {
        let axes = |request: NetworkRequest| {
            request.vary("alpha_1", Axis::one(1.0)).vary("seed", along(seeds)).set("alpha_2", 1.0).steps(3)
        };
        let request = axes(row("trainability"));
        let samples = named.then(|| SampleSets::gaussian(272, 16, 0).unwrap());
        run(&NetworkRequest { samples, ..request }.resolve().unwrap()).loss_final
    };
    let (there, back) = (losses("3,4", false), losses("4,3", false));
    assert_eq!(there, [back[1], back[0]]);
    assert_eq!(losses("3,4", true), there);
    assert_ne!(there[0], there[1]);
}

/// As of a formula: of a loss over the bar, but finite, the value is known and is reported.
#[test]
fn a_diverged_training_reports_its_last_finite_loss() {
    let choose = |request: NetworkRequest| request.vary("alpha", Axis::one(1.9)).set("seed", 1.0).steps(200);
    let spec = NetworkRequest { no_bias: true, ..network("2-1", noise(100, 2, 1, false), choose) }.resolve().unwrap();
    let map = run(&spec);
    assert_eq!(map.outcome, [Outcome::Diverged]);
    assert!(map.loss_final[0] > 1e8 * (1.0 + map.loss_start[0]), "{map:?}");
}

/// Rows of one number each, with values as targets.
fn column_of(features: &[f32], targets: &[f32]) -> SampleSets {
    let targets = Targets::Values { values: targets.to_vec(), outputs: 1 };
    let train = Samples { inputs: 1, features: features.to_vec(), targets };
    SampleSets { source: "rows".to_owned(), train, test: None, seeded: false }
}

/// One output for two classes, as PyTorch defines BCEWithLogitsLoss: the mean of −[y·ln σ(z) + (1−y)·ln(1−σ(z))], which is
/// max(z, 0) − z·y + ln(1 + e^(−|z|)). Where that overflows in the first form, and where hardly anything is left of it.
#[test]
fn the_cross_entropy_of_one_output_is_that_of_pytorch() {
    for precision in [Precision::F32, Precision::F64] {
        for (z, y) in
            [(0.0, 1.0), (0.3, 1.0), (-2.5, 1.0), (2.5, 0.0), (1e4, 0.0), (-1e4, 1.0), (1e4, 1.0), (30.0, 1.0)]
        {
            let choose = |request: NetworkRequest| request.vary("seed", Axis::one(5.0)).set("alpha", 0.1).steps(0);
            let request = network("1-1", column_of(&[1.0, 1.0], &[1.0 - y, y]), choose);
            let request = NetworkRequest { loss: Some(NetworkLoss::CrossEntropy), no_bias: true, ..request };
            // The one weight is `init_std` times the draw of the seed.
            let draw = request.resolve().unwrap().network.start(5, 1.0)[0];
            let (std, sign) = (z / draw, if z / draw < 0.0 { -1.0_f32 } else { 1.0 });
            let samples = column_of(&[sign, sign], &[1.0 - y, y]);
            let request = NetworkRequest { init: Some(Init::normal(std.abs())), samples: Some(samples), ..request };
            let spec = request.precision(precision).resolve().unwrap();
            let map = run(&spec);
            let torch = |y: f64| z.max(0.0) - z * y + (-z.abs()).exp().ln_1p();
            let expected = f64::midpoint(torch(f64::from(y)), torch(1.0 - f64::from(y)));
            let near = if precision == Precision::F64 { 1e-12 } else { 1e-6 };
            let loss = map.loss_start[0];
            assert!(
                (loss - expected).abs() <= near * expected,
                "{precision} z = {z}, y = {y}: {loss} is not {expected}"
            );
        }
    }
}

/// In f32 softplus of what speaks against the class keeps what z − z would lose: e^(−30) is no 0.
#[test]
fn a_sure_answer_keeps_its_small_loss() {
    let choose = |request: NetworkRequest| request.vary("seed", Axis::one(5.0)).set("alpha", 0.1).steps(0);
    let request = network("1-1", column_of(&[1.0, -1.0], &[1.0, 0.0]), choose);
    let request = NetworkRequest { loss: Some(NetworkLoss::CrossEntropy), no_bias: true, ..request };
    let draw = request.resolve().unwrap().network.start(5, 1.0)[0];
    let labels = if draw < 0.0 { [0.0, 1.0] } else { [1.0, 0.0] };
    let samples = column_of(&[1.0, -1.0], &labels);
    let request = NetworkRequest { init: Some(Init::normal(30.0 / draw.abs())), samples: Some(samples), ..request };
    let map = run(&request.precision(Precision::F32).resolve().unwrap());
    let expected = (-30.0_f64).exp();
    assert!((map.loss_start[0] / expected - 1.0).abs() < 1e-4, "{} is not {expected}", map.loss_start[0]);
}

/// −1 and 1 are the classes 0 and 1, where both are there and nothing else is.
#[test]
fn signs_are_classes_where_nothing_else_is_meant() {
    let features: Vec<f32> = (0..12).map(|row| (row as f32 * 0.7).sin()).collect();
    let trained = |targets: Vec<f32>, net: &str| {
        let choose =
            |request: NetworkRequest| request.vary("alpha", along("0.1,1")).vary("seed", along("1,2")).steps(30);
        let request = network(net, column_of(&features, &targets), choose);
        let request = NetworkRequest { loss: Some(NetworkLoss::CrossEntropy), ..request };
        let spec = request.precision(Precision::F64).resolve().map_err(|error| error.to_string())?;
        Ok::<_, String>((run(&spec), spec.notes.iter().map(ToString::to_string).collect::<Vec<String>>()))
    };
    let numbers: Vec<f32> = features.iter().map(|value| f32::from(u8::from(*value > 0.1))).collect();
    let signs: Vec<f32> = numbers.iter().map(|class| 2.0 * class - 1.0).collect();
    for net in ["1-3-1", "1-3-2"] {
        let ((here, said), (there, silent)) =
            (trained(signs.clone(), net).unwrap(), trained(numbers.clone(), net).unwrap());
        assert_eq!(here, there, "{net}");
        let note = "the targets -1 and 1 are the classes 0 and 1".to_owned();
        assert!(said.contains(&note) && !silent.contains(&note), "{said:?}");
    }
    for targets in [[-1.0, 0.0, 1.0], [-1.0, -1.0, -1.0], [-1.0, 1.0, 2.0]] {
        let told = trained(targets.repeat(4), "1-3-1").expect_err("no classes");
        assert!(told.contains("is no class: classes are whole numbers from 0 to"), "{told}");
    }
    let three = trained([0.0, 1.0, 2.0].repeat(4), "1-3-1").expect_err("three classes");
    assert!(three.contains("needs 1 to go in and 3 to come out"), "{three}");
}

/// Every pass takes every row once: steps of one row on a layer without activation, in a plain loop.
#[test]
fn a_training_over_shuffled_rows_is_that_of_a_plain_loop() {
    let (features, targets) = ([0.5_f32, -1.0, 1.5, 2.0, -0.25], [2.0_f32, -1.0, 4.5, 5.0, 0.5]);
    for (size, steps) in [(1, 23_u32), (2, 11)] {
        let choose = |request: NetworkRequest| request.vary("alpha", along("0.05,0.2")).set("seed", 3.0);
        let request = network("1-1", column_of(&features, &targets), choose).batch(Batch::Shuffled(size));
        let spec = request.steps(u64::from(steps)).precision(Precision::F64).resolve().unwrap();
        for (cell, alpha) in [0.05, 0.2].into_iter().enumerate() {
            let (mut w, mut b) = (spec.network.start(3, 0.01)[0], 0.0);
            for step in 0..steps {
                let (mut by_w, mut by_b) = (0.0, 0.0);
                for slot in 0..size {
                    let row = shuffled_row(3, step, (slot, size), 5) as usize;
                    let off = 2.0 * (w * f64::from(features[row]) + b - f64::from(targets[row])) / f64::from(size);
                    by_w += off * f64::from(features[row]);
                    by_b += off;
                }
                (w, b) = (w - alpha * by_w, b - alpha * by_b);
            }
            let found = cpu().weights(&spec, (cell, 0)).unwrap();
            assert!((found[0] - w).abs() < 1e-12 && (found[1] - b).abs() < 1e-12, "{found:?} is not {w}, {b}");
        }
    }
}
