//! Networks on the GPU against the CPU, and proof that the comparison can fail.
//!
//! Both sum the same terms in another order, and a driver's exp is its own (16 ulp on lavapipe, measured). So a slope is
//! off by about 1e-6 of the slopes around it, and ten steps that shrink an error, or hardly stretch it, leave the
//! weights apart by some 1e-6 of the way that they went. What is compared is that way, not the weights: a step
//! that was left out or made twice is then 10 %, not the last digit.

mod common;

use alphasweep::engine::gpu::{GpuEngine, GpuOptions};
use alphasweep::engine::{EngineError, MachineError, collect};
use alphasweep::problem::Scaling;
use alphasweep::problem::samples::{SampleSets, Samples, Targets};
use alphasweep::sweep::{Axis, Batch, NetworkRequest, NetworkSweep, Outcome, Precision, Sweep, TileOutcomes};
use alphasweep::verify::compare;
use common::{Mismatches, Random, Tolerance, along, cpu, gpu, gpu_with, read};

/// Random rows, with the place of the largest of the first inputs as class, or with random numbers to answer.
fn samples(inputs: usize, outputs: usize, labels: bool) -> SampleSets {
    let mut random = Random(7);
    let mut numbers = |count: usize| (0..count).map(|_| random.uniform(-1.0, 1.0) as f32).collect::<Vec<f32>>();
    let largest = |row: &[f32]| (0..outputs).fold(0, |best, at| if row[at] > row[best] { at } else { best }) as u32;
    let mut set = |rows: usize| {
        let features = numbers(rows * inputs);
        let targets = if labels {
            Targets::Labels { labels: features.chunks_exact(inputs).map(largest).collect(), classes: outputs }
        } else {
            Targets::Values { values: numbers(rows * outputs), outputs }
        };
        Samples { inputs, features, targets }
    };
    SampleSets { source: "random".to_owned(), train: set(150), test: labels.then(|| set(75)), seeded: false }
}

/// A network of this shape on random rows, six trainings of ten steps.
fn network(net: &str) -> NetworkRequest {
    let sizes: Vec<usize> = net.split('-').map(|size| size.parse().expect("a size")).collect();
    let outputs = sizes[sizes.len() - 1];
    let request = NetworkRequest {
        sizes: Some(sizes.clone()),
        init: Some(read("normal:0.5")),
        samples: Some(samples(sizes[0], outputs, outputs > 1)),
        ..NetworkRequest::default()
    };
    request.vary("alpha", along("0.01,0.1,0.3")).vary("seed", along("1,2")).steps(10).precision(Precision::F32)
}

fn spec(request: &NetworkRequest) -> NetworkSweep {
    request.resolve().unwrap_or_else(|error| panic!("a good request: {error}"))
}

/// How far the ways of two engines may be apart, relative to the longest way of any weight. lavapipe: measured 2e-6 at
/// most over everything here but `adam`. Elsewhere exp may be off by 3 + 2|x| ulp and tanh by more.
const WAY: f64 = 2e-5;
/// Adam divides a slope by its own size: where that nearly vanishes, the error of 1e-6 of the slopes around it does not.
const ADAM_WAY: f64 = 2e-3;

/// Weights that went another way on the GPU than on the CPU.
fn weight_differences(gpu: &GpuEngine, request: &NetworkRequest, way: f64) -> Mismatches {
    let spec = spec(request);
    let starts = cpu().network_weights(&self::spec(&request.clone().steps(0))).unwrap();
    let here = cpu().network_weights(&spec).unwrap();
    let there = gpu.network_weights(&spec).unwrap_or_else(|error| panic!("{}: {error}", spec.network));
    let mut wrong = Mismatches::default();
    for (cell, ((start, here), there)) in starts.iter().zip(&here).zip(&there).enumerate() {
        assert_eq!(here.len(), there.len(), "{}: as many weights", spec.network);
        let longest = start.iter().zip(here).map(|(start, end)| (end - start).abs()).fold(0.0, f64::max);
        let largest = here.iter().map(|weight| weight.abs()).fold(0.0, f64::max);
        assert!(longest > 1e-4 * largest, "{} training {cell} goes somewhere: {longest:e}", spec.network);
        // A step rounds the weight itself, to half an ulp of f32.
        let rounding = if spec.precision == Precision::F64 { 0.0 } else { 10.0 * 2_f64.powi(-24) * largest };
        let worst = here.iter().zip(there).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // Not-a-number is near nothing.
        let near = worst <= way * longest + rounding;
        if !near {
            wrong.note(|| format!("{} training {cell}: {worst:e} apart, after a way of {longest:e}", spec.network));
        }
    }
    wrong
}

/// The same trainings to the end: (CPU, GPU).
fn both(gpu: &GpuEngine, request: &NetworkRequest) -> (TileOutcomes, TileOutcomes) {
    let spec = spec(request);
    let run = |engine: &dyn alphasweep::engine::Engine| {
        collect(engine, &Sweep::from(&spec)).unwrap_or_else(|error| panic!("{error}"))
    };
    (run(&cpu()), run(gpu))
}

/// Trainings that ended otherwise: by outcome and step off the boundary, or by a result.
fn end_differences(nx: usize, here: &TileOutcomes, there: &TileOutcomes, tolerance: Tolerance) -> Mismatches {
    let mut wrong = Mismatches::default();
    for cell in compare(nx, &here.outcome, &there.outcome).off_boundary {
        wrong.note(|| format!("training {cell}: {} and {}", here.outcome[cell], there.outcome[cell]));
    }
    let columns =
        |tile: &TileOutcomes| [vec![tile.loss_start.clone(), tile.loss_final.clone()], tile.measures.clone()].concat();
    for (column, (here_values, there_values)) in columns(here).iter().zip(&columns(there)).enumerate() {
        for (cell, (a, b)) in here_values.iter().zip(there_values).enumerate() {
            let same_end = here.outcome[cell] == there.outcome[cell];
            if same_end && !(tolerance.holds(*b, *a) || (a.is_nan() && b.is_nan())) {
                wrong.note(|| format!("training {cell}, column {column}: {a:e} and {b:e}"));
            }
        }
    }
    wrong
}

/// An accuracy may differ by a row or two.
const ENDS: Tolerance = Tolerance { absolute: 0.015, relative: 1e-3 };

#[test]
fn every_kind_of_layer_agrees_by_value() {
    let Some(gpu) = gpu() else { return };
    let activations = ["sigmoid", "tanh", "relu", "identity"];
    for (at, activation) in activations.into_iter().enumerate() {
        for (loss, no_bias) in [("cross-entropy", at % 2 == 0), ("mse", at % 2 == 1)] {
            let scaling = Some(if at / 2 == 0 { Scaling::None } else { Scaling::MeanField });
            let (activation, loss) = (Some(read(activation)), Some(read(loss)));
            let request = NetworkRequest { activation, loss, no_bias, scaling, ..network("5-7-3") };
            weight_differences(&gpu, &request, WAY).none(&format!("{request:?}"));
        }
    }
}

#[test]
fn shapes_of_every_size_agree_by_value() {
    let Some(gpu) = gpu() else { return };
    // One layer; one output; three layers; inputs in equal parts, and with a rest; weights too many for a workgroup.
    for net in ["4-3", "3-5-1", "5-6-4-3", "100-8-3", "101-9-3", "101-60-3"] {
        weight_differences(&gpu, &network(net), WAY).none(net);
    }
}

#[test]
fn batches_agree_by_value() {
    let Some(gpu) = gpu() else { return };
    for batch in ["1", "7", "100", "each", "full"] {
        let request = network("5-7-3").batch(read(batch));
        weight_differences(&gpu, &request, WAY).none(batch);
    }
    let axis = network("5-7-3").without_axes();
    let axis = axis.vary("batch", along("1,10,64,65,150")).vary("alpha_2", along("0.1,0.3")).set("alpha", 0.1);
    weight_differences(&gpu, &axis, WAY).none("an axis of batches");
}

#[test]
fn rules_and_precisions_agree_by_value() {
    let Some(gpu) = gpu() else { return };
    for rule in ["gd", "momentum", "nesterov"] {
        for precision in [Precision::F32, Precision::Compensated] {
            let request = network("5-7-3").rule(read(rule)).precision(precision);
            weight_differences(&gpu, &request, WAY).none(rule);
        }
    }
    let adam = network("5-7-3").rule(read("adam"));
    weight_differences(&gpu, &adam, ADAM_WAY).none("adam");
    let scheduled = network("5-7-3").rule(read("momentum")).schedule(read("warmup:3*cosine"));
    weight_differences(&gpu, &scheduled, WAY).none("a schedule");
}

#[test]
fn catalog_networks_agree_by_value() {
    let Some(gpu) = gpu() else { return };
    let digits = NetworkRequest::named("two-layer").expect("a row");
    let digits = digits.vary("alpha", along("0.1,1")).vary("seed", along("1,2")).steps(10);
    weight_differences(&gpu, &digits, WAY).none("two-layer");
    let trainability = NetworkRequest::named("trainability").expect("a row");
    let axis = "0.1,1,10";
    let trainability = trainability.vary("alpha_1", along(axis)).vary("alpha_2", along(axis)).steps(10);
    weight_differences(&gpu, &trainability, WAY).none("trainability");
}

/// Where shaders have f64 at all, they have it for what needs + − × ÷ alone.
#[test]
fn f64_agrees_by_value_or_is_refused() {
    let Some(gpu) = gpu() else { return };
    let wide = |activation: &str, loss: &str| {
        let (activation, loss) = (Some(read(activation)), Some(read(loss)));
        NetworkRequest { activation, loss, ..network("5-7-3") }.precision(Precision::F64)
    };
    match gpu.check(&spec(&wide("relu", "mse")).into()) {
        Ok(()) => weight_differences(&gpu, &wide("relu", "mse"), 1e-12).none("relu in f64"),
        Err(why) => common::skipped("f64", &why.to_string()),
    }
    for (activation, loss) in [("sigmoid", "mse"), ("tanh", "mse"), ("relu", "cross-entropy")] {
        let refused = collect(&gpu, &spec(&wide(activation, loss)).into()).map(|_| ());
        let Err(EngineError::Unsupported(why)) = refused else { panic!("{activation} {loss}: {refused:?}") };
        assert!(why.contains("--engine cpu"), "{why}");
    }
}

#[test]
fn whole_trainings_agree_by_loss_and_outcome() {
    let Some(gpu) = gpu() else { return };
    let long = network("5-7-3").steps(300).batch(read("10"));
    let (here, there) = both(&gpu, &long);
    end_differences(3, &here, &there, ENDS).none("300 steps of ten rows");
    let map = NetworkRequest::named("trainability").expect("a row");
    let map = map.vary("alpha_1", along("log:1e-3:1e6:10")).vary("alpha_2", along("log:1e-3:1e6:10")).steps(60);
    let (here, there) = both(&gpu, &map);
    let diverged = here.outcome.iter().filter(|outcome| **outcome == Outcome::Diverged).count();
    assert!((10..90).contains(&diverged), "the map has a boundary: {diverged} of 100 diverge");
    let equal = here.outcome.iter().zip(&there.outcome).filter(|(a, b)| a == b).count();
    assert!(equal >= 98, "{equal} of 100 outcomes are the same");
    assert!(compare(10, &here.outcome, &there.outcome).off_boundary.is_empty(), "others are on the boundary");
    // The measure: its sign says whether a training goes well.
    let signs = |tile: &TileOutcomes| tile.measures[1].iter().map(|value| *value < 0.0).collect::<Vec<bool>>();
    let same = signs(&here).iter().zip(signs(&there)).filter(|(a, b)| *a == b).count();
    assert!(same >= 98, "{same} of 100 measures have the same sign");
}

/// A training that diverges reports the last good weights, and their accuracies.
#[test]
fn diverged_trainings_report_the_last_good_step() {
    let Some(gpu) = gpu() else { return };
    for batch in ["full", "50"] {
        let mut request = network("5-7-3").without_axes();
        (request.activation, request.loss) = (Some(read("identity")), Some(read("mse")));
        let request = request.vary("alpha", along("1e2,1e6,1e30")).vary("seed", Axis::one(1.0));
        let request = request.batch(read(batch)).steps(40);
        let (here, there) = both(&gpu, &request);
        assert_eq!(here.outcome, there.outcome, "{batch}");
        assert_eq!(here.outcome, [Outcome::Diverged; 3], "{batch}");
        assert_eq!(here.steps, there.steps, "{batch}");
        end_differences(3, &here, &there, Tolerance { absolute: 0.015, relative: 1e-2 }).none(batch);
    }
}

#[test]
fn stop_rules_and_histories_agree() {
    let Some(gpu) = gpu() else { return };
    let stops = ["train_accuracy > 0.6", "test_accuracy > 0.6", "loss < 0.9", "gradient < 0.1"];
    let network =
        |net: &str| self::network(net).without_axes().vary("alpha", along("0.1,1,3")).vary("seed", along("1,2"));
    for stop in stops {
        let mut request = network("5-7-3").steps(60).stop(read(stop)).batch(read("40"));
        request.history = Some(7);
        let (here, there) = both(&gpu, &request);
        assert!(here.outcome.contains(&Outcome::Converged), "{stop} holds somewhere: {:?}", here.outcome);
        assert_eq!(here.outcome, there.outcome, "{stop}");
        assert_eq!(here.steps, there.steps, "{stop}");
        assert_eq!(here.history.len(), 3);
        for (here, there) in here.history.iter().zip(&there.history) {
            let near = |(a, b): (&f64, &f64)| (a.is_nan() && b.is_nan()) || ENDS.holds(*b, *a);
            assert!(here.iter().zip(there).all(near), "{stop}: {here:?}\n{there:?}");
        }
    }
    let request = network("5-7-3").steps(60).gtol(0.1);
    let (here, there) = both(&gpu, &request);
    assert!(here.outcome.contains(&Outcome::Converged), "{:?}", here.outcome);
    assert_eq!((here.outcome, here.steps), (there.outcome, there.steps));
}

/// The same engine, cutting work in another way.
fn cut(tile_cells: Option<usize>, chunk_steps: Option<u32>) -> GpuEngine {
    let options = GpuOptions { tile_cells, chunk_steps, ..GpuOptions::default() };
    gpu_with(options).expect("it opened before")
}

#[test]
fn how_work_is_cut_changes_no_bit() {
    let Some(gpu) = gpu() else { return };
    for (net, steps) in [("5-7-3", 300), ("101-60-3", 10)] {
        let mut request = network(net).batch(read("64")).rule(read("momentum")).steps(steps);
        request.history = Some(3);
        let spec = spec(&request);
        let whole = format!("{:?}", collect(&gpu, &Sweep::from(&spec)).expect("it runs"));
        // One part of a training per dispatch; a few; as many as a dispatch can have; tiles that are smaller than the
        // sweep.
        for engine in [cut(None, Some(1)), cut(None, Some(300)), cut(None, Some(u32::MAX)), cut(Some(2), None)] {
            assert_eq!(format!("{:?}", collect(&engine, &Sweep::from(&spec)).expect("it runs")), whole, "{net}");
        }
    }
}

// From here on: the comparisons above can fail.

/// The GPU with a broken kernel. Fails if the text to break is no longer there.
fn broken(edit: fn(String) -> String) -> GpuEngine {
    let options = GpuOptions { edit_shader: Some(edit), ..GpuOptions::default() };
    gpu_with(options).expect("it opened before")
}

fn replaced(source: String, from: &str, to: &str) -> String {
    assert!(source.contains(from), "the kernel no longer says `{from}`; this test must follow");
    source.replace(from, to)
}

/// A change of a shader.
type Edit = fn(String) -> String;

#[test]
fn broken_kernels_are_caught() {
    if gpu().is_none() {
        return;
    }
    let edits: [(&str, Edit); 5] = [
        ("a learning rate a thousandth too large", |source| {
            replaced(source, "let alpha_0 = knob(0u);", "let alpha_0 = knob(0u) * real(1.001);")
        }),
        ("labels of the next row", |source| {
            replaced(source, "samples[FIRST_TARGET + row]", "samples[FIRST_TARGET + row - row % 2u]")
        }),
        ("batches of the next step", |source| {
            replaced(source, "batch_row(now.seed, now.step,", "batch_row(now.seed, now.step + 1u,")
        }),
        ("gradients that are not added up", |source| {
            replaced(source, "select(before, real(0), now.position == 0u)", "real(0)")
        }),
        ("slopes without φ'", |source| replaced(source, "return a * (real(1) - a);", "return real(1);")),
    ];
    for (what, edit) in edits {
        let request = network("5-7-3").batch(read("100"));
        let wrong = weight_differences(&broken(edit), &request, WAY);
        assert!(wrong.count > 0, "{what}: not caught");
    }
}

#[test]
fn other_data_are_caught() {
    let Some(gpu) = gpu() else { return };
    let request = network("5-7-3");
    let mut other = request.clone();
    if let Some(samples) = &mut other.samples {
        samples.train.features[3] += 0.01;
    }
    let (here, there) = (
        cpu().network_weights(&spec(&request)).expect("it runs"),
        gpu.network_weights(&spec(&other)).expect("it runs"),
    );
    let apart = here[1].iter().zip(&there[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(apart > 1e-6, "one number of 750 changed: {apart:e}");
}

/// A dispatch that was killed in the middle, and trainings that no dispatch has touched, are no results.
#[test]
fn lost_dispatches_are_caught() {
    if gpu().is_none() {
        return;
    }
    let edits: [fn(String) -> String; 2] = [
        |source| replaced(source, "        marks.trainings[which] = now;\n", ""),
        |source| replaced(source, "if which >= job.trainings {", "if which >= job.trainings - 1u {"),
    ];
    for edit in edits {
        let options = GpuOptions { chunk_steps: Some(1), edit_shader: Some(edit), ..GpuOptions::default() };
        let engine = gpu_with(options).expect("it opened before");
        let ended = collect(&engine, &spec(&network("4-3")).into()).map(|_| ());
        assert!(matches!(ended, Err(EngineError::Machine(MachineError::NeverWritten { .. }))), "{ended:?}");
    }
}

/// Cross-entropy of one output, with rows in the order of the file, drawn, and shuffled; accuracies are those of a sign.
#[test]
fn one_output_for_two_classes_goes_the_same_way_on_both() {
    let Some(gpu) = gpu() else { return };
    let binary =
        NetworkRequest { loss: Some(read("cross-entropy")), samples: Some(samples(6, 2, true)), ..network("6-5-1") };
    for batch in [Batch::Full, Batch::Each, Batch::Random(8), Batch::Shuffled(8), Batch::Shuffled(1)] {
        let request = binary.clone().batch(batch);
        weight_differences(&gpu, &request, WAY).none(&format!("one output, {batch}"));
        let (here, there) = both(&gpu, &request);
        end_differences(spec(&request).nx(), &here, &there, ENDS).none(&format!("one output, {batch}"));
    }
    let other = binary.clone().batch(Batch::Random(8));
    let shuffled = cpu().network_weights(&spec(&binary.batch(Batch::Shuffled(8)))).unwrap();
    assert_ne!(shuffled, cpu().network_weights(&spec(&other)).unwrap(), "the order matters");
}
