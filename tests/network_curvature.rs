//! The sharpness of networks: dense Hessians from differences of a loss that shares no code with the engine, closed forms,
//! the limit 2/α at which a parabola is left, and the edge of stability that trainings climb to. And the minima that trainings
//! reach, by their loss.

mod common;

use alphasweep::engine::{Engine, collect, cpu::CpuEngine};
use alphasweep::problem::samples::{SampleSets, Samples, Targets};
use alphasweep::problem::{Network, NetworkLoss};
use alphasweep::sweep::{
    Axis, Curvature, Init, Measure, NetworkRequest, NetworkSweep, Outcome, Precision, Sweep, TileOutcomes, largest_real,
};
use common::plain_network::{KINDS, STD, network, noise, of_kind, plain_loss};
use common::{along, read};
use nalgebra::DMatrix;

fn cpu() -> CpuEngine {
    CpuEngine::new(None).unwrap()
}

fn run(engine: &dyn Engine, spec: &NetworkSweep) -> TileOutcomes {
    collect(engine, &Sweep::from(spec)).unwrap()
}

fn column<'a>(spec: &NetworkSweep, map: &'a TileOutcomes, name: &str) -> &'a [f64] {
    let at = spec.measures().position(|column| column.name == name);
    &map.measures[at.unwrap_or_else(|| panic!("no column {name}"))]
}

/// The Hessian by second differences of the plain loss.
fn dense(network: &Network, weights: &[f64], samples: &Samples) -> DMatrix<f64> {
    const H: f64 = 1e-4;
    let size = weights.len();
    let at = |moves: [(usize, f64); 2]| {
        let mut moved = weights.to_vec();
        for (place, by) in moves {
            moved[place] += by;
        }
        plain_loss(network, &moved, samples)
    };
    DMatrix::from_fn(size, size, |i, j| {
        let corners = [(H, H), (-H, -H), (H, -H), (-H, H)].map(|(a, b)| at([(i, a), (j, b)]));
        (corners[0] + corners[1] - corners[2] - corners[3]) / (4.0 * H * H)
    })
}

/// The sharpness at the weights that are drawn, as a column of results, where not one step is made.
#[test]
fn the_sharpness_of_every_kind_of_layer_is_the_largest_eigenvalue_of_the_dense_hessian() {
    for kind in KINDS {
        let (request, rows) = of_kind(kind);
        let spec = request.set("alpha", 0.1).steps(0).measure(Measure::Sharpness).resolve().unwrap();
        let found = column(&spec, &run(&cpu(), &spec), "sharpness")[0];
        let hessian = dense(&spec.network, &spec.network.start(5, STD), &rows);
        let known = largest_real(&hessian);
        assert!((found / known - 1.0).abs() < 2e-5, "{kind:?}: {found} for {known}");
        let other = largest_real(&dense(&spec.network, &spec.network.start(6, STD), &rows));
        let linear = spec.network.sizes.len() == 2 && spec.network.loss == NetworkLoss::Mse;
        assert!(linear || (found / other - 1.0).abs() > 1e-3, "{kind:?}: other weights are noticed");
    }
}

/// One linear layer and squares: the Hessian is 2XᵀX/n everywhere, and descent stays below α = 2/λmax and leaves above.
#[test]
fn a_linear_layer_is_stable_up_to_two_over_its_sharpness() {
    let samples = noise(30, 3, 1, false);
    let rows = DMatrix::from_row_iterator(30, 3, samples.train.features.iter().map(|value| f64::from(*value)));
    let known = largest_real(&(rows.tr_mul(&rows) * (2.0 / 30.0)));
    let alphas = [0.1, 1.99, 2.01].map(|share| share / known);
    let choose = |request: NetworkRequest| {
        let request = request.vary("alpha", Axis::list(alphas).unwrap()).set("seed", 1.0).precision(Precision::F64);
        request.steps(3000).gtol(1e-6).measure(Measure::Sharpness)
    };
    let spec = NetworkRequest { no_bias: true, ..network("3-1", samples, choose) }.resolve().unwrap();
    let map = run(&cpu(), &spec);
    assert_eq!(map.outcome[..2], [Outcome::Converged; 2]);
    assert!(map.outcome[2].gets_worse(), "{:?}", map.outcome);
    for sharpness in &column(&spec, &map, "sharpness")[..2] {
        assert!((sharpness / known - 1.0).abs() < 1e-7, "{sharpness} for {known}");
    }
}

/// Beyond a few hundred weights no dense Hessian is made here either: of one layer with softmax the largest eigenvalue at
/// weights 0 is that of (I − 11ᵀ/c)/c ⊗ XᵀX/n, the product of 1/c and XᵀX/n's.
#[test]
fn a_wide_layer_has_the_sharpness_that_is_known_of_it() {
    let (rows, inputs, classes) = (200, 120, 10);
    let samples = noise(rows, inputs, classes, true);
    let x = DMatrix::from_row_iterator(rows, inputs, samples.train.features.iter().map(|value| f64::from(*value)));
    let known = largest_real(&(x.tr_mul(&x) / rows as f64)) / classes as f64;
    let choose = |request: NetworkRequest| {
        let request = request.vary("seed", Axis::one(1.0)).set("alpha", 0.1).steps(0);
        request.measure(Measure::Sharpness).precision(Precision::F64)
    };
    let request = NetworkRequest { no_bias: true, init: Some(Init::normal(0.0)), ..network("120-10", samples, choose) };
    let spec = request.resolve().unwrap();
    assert_eq!(spec.network.parameters(), 1200);
    let found = column(&spec, &run(&cpu(), &spec), "sharpness")[0];
    assert!((found / known - 1.0).abs() < 1e-6, "{found} for {known}");
}

/// Full-batch descent sharpens until its sharpness is about 2/α, and stays there (Cohen and others 2021, "Gradient descent on
/// neural networks typically occurs at the edge of stability").
#[test]
fn trainings_climb_to_the_edge_of_stability() {
    let choose = |request: NetworkRequest| {
        let request = request.vary("alpha", along("0.15,0.2")).set("seed", 1.0).steps(3000).precision(Precision::F64);
        request.measure(Measure::Sharpness)
    };
    let request = NetworkRequest {
        activation: Some(read("tanh")),
        init: Some(Init::normal(0.4)),
        history: Some(250),
        ..network("4-12-1", noise(20, 4, 1, false), choose)
    };
    let spec = request.resolve().unwrap();
    let map = run(&cpu(), &spec);
    let history = spec.history.as_ref().unwrap();
    let at = history.columns.iter().position(|column| column.name == "sharpness").expect("a column of the history");
    let records = spec.records();
    for (cell, alpha) in [0.15, 0.2].into_iter().enumerate() {
        let along = &map.history[at][cell * records..(cell + 1) * records];
        let edge = 2.0 / alpha;
        let last = &along[records - 5..];
        assert!(along[0] < 0.8 * edge, "it begins below: {}", along[0]);
        let mean = last.iter().sum::<f64>() / last.len() as f64;
        assert!((mean / edge - 1.0).abs() < 0.05, "{mean} at the end, and the edge is {edge}");
        let end = column(&spec, &map, "sharpness")[cell];
        assert_eq!(end.to_bits(), along[records - 1].to_bits(), "the column is the last record");
    }
}

/// The weights of a GPU differ from those of the CPU by rounding, and so do their sharpnesses.
#[test]
fn a_gpu_has_the_sharpness_of_the_cpu() {
    let Some(gpu) = common::gpu() else { return };
    let choose = |request: NetworkRequest| {
        let request = request.vary("alpha", along("0.05,0.3,1e30")).vary("seed", along("1,2")).steps(60);
        request.precision(Precision::F32).measure(Measure::Sharpness)
    };
    let spec = network("6-8-3", noise(24, 6, 3, true), choose).resolve().unwrap();
    let (here, there) = (run(&cpu(), &spec), run(&gpu, &spec));
    assert_eq!(here.outcome, there.outcome);
    let [here_all, there_all] = [&here, &there].map(|map| column(&spec, map, "sharpness"));
    for ((here, there), outcome) in here_all.iter().zip(there_all).zip(&there.outcome) {
        let diverged = *outcome == Outcome::Diverged;
        assert_eq!((here.is_nan(), there.is_nan()), (diverged, diverged));
        assert!(diverged || (here / there - 1.0).abs() < 1e-4, "{here} {there}");
    }
    let followed = NetworkRequest { history: Some(10), ..network("6-8-3", noise(24, 6, 3, true), choose) };
    let refused = gpu.check(&Sweep::from(followed.resolve().unwrap())).unwrap_err().to_string();
    assert!(refused.contains("--measure sharpness") && refused.contains("--engine cpu"), "{refused}");
}

/// y = x by relu(w₁x)·w₂. Where w₁w₂ = 1 the loss is 0; from w₁ < 0 on nothing gets through, and it is the mean of x². The
/// gradient flow keeps w₁² − w₂², so that w₁ reaches 0 before w₂ does where w₂ is negative and larger.
#[test]
fn minima_are_told_apart_by_their_loss() {
    let targets = Targets::Values { values: vec![1.0, 2.0], outputs: 1 };
    let train = Samples { inputs: 1, features: vec![1.0, 2.0], targets };
    let samples = SampleSets { source: "a line".to_owned(), train, test: None, seeded: false };
    let seeds = Axis::list((1..=24).map(f64::from)).unwrap();
    let choose = |request: NetworkRequest| {
        let request = request.vary("seed", seeds).set("alpha", 0.02).steps(20_000).gtol(1e-7);
        request.precision(Precision::F64).measure(Measure::Minimum)
    };
    let request = NetworkRequest {
        activation: Some(read("relu")),
        init: Some(Init::normal(1.0)),
        no_bias: true,
        ..network("1-1-1", samples, choose)
    };
    let spec = request.resolve().unwrap();
    let mut map = run(&cpu(), &spec);
    assert!(column(&spec, &map, "minimum").iter().all(|class| class.is_nan()), "one look does not tell");
    let sweep = Sweep::from(&spec);
    let mut classing = alphasweep::analysis::Classing::of(&sweep).expect("classes");
    alphasweep::engine::Output::tile(&mut classing, &map).unwrap();
    classing.classes(&sweep).expect("classes").tell(&mut map);
    for seed in 1..=24 {
        let cell = seed as usize - 1;
        let start = spec.network.start(seed, 1.0);
        let (class, loss) = (column(&spec, &map, "minimum")[cell], map.loss_final[cell]);
        let expected = if start[0] > (-start[1]).max(0.0) { (1.0, 0.0) } else { (2.0, 2.5) };
        assert_eq!(map.outcome[cell], Outcome::Converged, "seed {seed} from {start:?}");
        assert!(class == expected.0 && (loss - expected.1).abs() < 1e-9, "seed {seed} from {start:?}: {class} {loss}");
    }
}

/// The curvature of weights that give no finite loss is no number.
#[test]
fn where_there_is_no_loss_there_is_no_sharpness() {
    let spec = network("2-2-1", noise(5, 2, 1, false), |request| request).resolve().unwrap();
    assert!(Curvature::new(&spec).sharpness(&vec![f64::NAN; spec.network.parameters()]).is_nan());
    assert!(Curvature::new(&spec).sharpness(&vec![0.5; spec.network.parameters()]).is_finite());
}
