//! Trainings of small networks go side by side, each in a lane of vectors. That must not show: whoever trains in company comes to the
//! same bits as alone.

mod common;

use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::problem::samples::SampleSets;
use alphasweep::sweep::{Measure, NetworkRequest, Precision, Sweep, TileOutcomes};
use common::plain_network::{KINDS, of_kind};
use common::{along, read};

/// In company, on one thread: 24 trainings that end at different steps, so that lanes are taken again.
fn in_company(request: &NetworkRequest) -> TileOutcomes {
    let spec = request.clone().resolve().expect("a sweep");
    collect(&CpuEngine::new(Some(1)).unwrap(), &Sweep::from(&spec)).unwrap()
}

/// Each in a tile of its own.
fn alone(request: &NetworkRequest) -> TileOutcomes {
    let spec = request.clone().resolve().expect("a sweep");
    collect(&CpuEngine::new(Some(1)).unwrap().with_tile_cells(1), &Sweep::from(&spec)).unwrap()
}

/// Everything that is found, as bits.
fn bits(map: &TileOutcomes) -> Vec<Vec<u64>> {
    let columns = [&map.loss_start, &map.loss_final].into_iter().chain(&map.measures).chain(&map.history);
    let reals = columns.map(|column| column.iter().map(|value| value.to_bits()).collect());
    let steps = map.steps.iter().map(|steps| u64::from(*steps)).collect();
    let outcomes = map.outcome.iter().map(|outcome| *outcome as u64).collect();
    reals.chain([steps, outcomes]).collect()
}

fn assert_alike(request: NetworkRequest, what: &str) -> TileOutcomes {
    let (company, alone) = (in_company(&request), alone(&request));
    assert_eq!(bits(&company), bits(&alone), "{what}");
    company
}

fn axes(request: NetworkRequest) -> NetworkRequest {
    request.vary("alpha", along("log:0.003:300:24")).steps(60)
}

#[test]
fn every_kind_of_layer_trains_in_company_as_alone() {
    for kind in KINDS {
        for precision in [Precision::F32, Precision::Compensated, Precision::F64] {
            let (request, _) = of_kind(kind);
            let map = assert_alike(axes(request).precision(precision), &format!("{kind:?} {precision:?}"));
            let ended = map.steps.iter().filter(|steps| **steps < 60).count();
            assert!(ended < 24 && map.loss_start.iter().all(|loss| loss.is_finite()), "{kind:?}: {ended} ended early");
        }
    }
}

/// Sums over more than 1024 rows are cut, and biases are not.
#[test]
fn many_rows_are_cut_at_the_same_places() {
    for kind in ["mse", "cross-entropy"] {
        let mut samples = SampleSets::gaussian(1100, 3, 2).unwrap();
        if kind == "cross-entropy" {
            samples = common::plain_network::noise(1100, 3, 3, true);
        }
        let outputs = if kind == "mse" { 1 } else { 3 };
        let request = NetworkRequest {
            sizes: Some(vec![3, 5, outputs]),
            loss: Some(read(kind)),
            samples: Some(samples),
            ..NetworkRequest::default()
        };
        assert_alike(axes(request).steps(5).precision(Precision::F32), kind);
    }
}

/// Rules with state of their own, schedules, stop rules that read the gradient or the test set, measures, and histories.
#[test]
fn all_that_is_told_of_a_training_is_that_of_it_alone() {
    let plain = || of_kind(("5-4-3", "tanh", "cross-entropy", "none", false)).0;
    let tested = || {
        let mut request = plain();
        if let Some(samples) = &mut request.samples {
            samples.test = Some(samples.train.clone());
        }
        request
    };
    let history = |columns: NetworkRequest| NetworkRequest { history: Some(7), ..columns };
    let cases: [(&str, NetworkRequest); 8] = [
        ("momentum", plain().rule(read("momentum"))),
        ("adam", plain().rule(read("adam"))),
        ("a schedule", plain().schedule(read("warmup:9*cosine"))),
        ("a tolerance", plain().gtol(0.05)),
        ("a stop rule", tested().stop(read("select(loss < 1, test_accuracy, 0) > 0.4 + gradient"))),
        ("a history", history(tested())),
        ("sharpness", history(plain()).measure(Measure::Sharpness)),
        ("the least loss", plain().measure(Measure::LossBest)),
    ];
    for (what, request) in cases {
        assert_alike(axes(request), what);
    }
    let trainability = NetworkRequest::named("trainability").expect("a row");
    let axis = || along("log:1e-3:1e6:6");
    let map = assert_alike(trainability.vary("alpha_1", axis()).vary("alpha_2", axis()).steps(30), "trainability");
    assert!(!map.measures.is_empty() && map.steps.iter().any(|steps| *steps < 30), "some diverge");
}

/// What these comparisons would say of a training that takes over something of its neighbour: here its learning rate.
#[test]
fn a_neighbour_is_noticed() {
    let request = || of_kind(KINDS[2]).0.steps(60);
    let one = in_company(&request().vary("alpha", along("0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8")));
    let other = alone(&request().vary("alpha", along("0.1,0.2,0.3,0.4,0.5,0.6,0.8,0.8")));
    assert_ne!(bits(&one), bits(&other));
}
