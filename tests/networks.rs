//! Networks on the CPU engine.

use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::problem::samples::SampleSets;
use alphasweep::sweep::NetworkRequest;

#[test]
#[ignore]
fn try_mnist() {
    let samples = SampleSets::open("../shared/data/mnist-10k", None, 0).unwrap();
    let spec = NetworkRequest::new("two-layer")
        .samples(samples)
        .with(|request| request.vary("alpha", "0.01,0.03,0.1,0.3,0.5,1,2,5").set("seed","1").steps(800))
        .resolve()
        .unwrap();
    let begun = std::time::Instant::now();
    let map = collect(&CpuEngine::new(None).unwrap(), &spec).unwrap();
    println!("{map:?} {:?}", begun.elapsed());
}

#[test]
#[ignore]
fn try_trainability() {
    let spec = NetworkRequest::new("trainability")
        .with(|request| request.vary("alpha_1", "log:1e-3:1e6:32").vary("alpha_2", "log:1e-3:1e6:32").steps(500))
        .resolve()
        .unwrap();
    let begun = std::time::Instant::now();
    let map = collect(&CpuEngine::new(None).unwrap(), &spec).unwrap();
    let trains = map.finals[1].iter().filter(|measure| **measure < 0.0).count();
    println!("{} of {} train {:?}", trains, map.outcome.len(), begun.elapsed());
}
