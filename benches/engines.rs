//! Whole sweeps on each engine: descent-steps per second, parsing, compilation and read-back included, files excluded.
//!
//! Every run is checked: the engines must come to the same outcomes, or the figures mean nothing. The GPU part runs on
//! the best adapter there is (a software driver counts) and is left out, with a word, where there is none.

use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::{Choice, GpuEngine};
use alphasweep::engine::{Engine, collect};
use alphasweep::sweep::{Outcome, Precision, Request, Sweep};
use alphasweep::verify::compare;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Objective, α, first start: one quadratic that mostly uses up its steps, one that converges, cycles and diverges.
const SWEEPS: [(&str, &str, &str); 2] =
    [("lecture", "log:1e-10:10:512", "lin:-10:10:256"), ("rosenbrock", "log:1e-5:1e-1:256", "lin:-2:2:256")];

fn engines(criterion: &mut Criterion) {
    let cpu = CpuEngine::new(None).expect("the CPU engine");
    let gpu = GpuEngine::open(Choice::Any).inspect_err(|error| println!("no GPU figures: {error}")).ok();
    for (name, alpha, start) in SWEEPS {
        for precision in [Precision::F32, Precision::Compensated, Precision::F64] {
            let request = Request::parse(name).expect("a row").vary("alpha", alpha.parse().expect("an axis"));
            let request = request.vary_start(start.parse().expect("an axis")).precision(precision);
            let spec = Sweep::from(request.resolve().expect("a sweep"));
            let reference = collect(&cpu, &spec).expect("a map");
            let steps: u64 = reference.steps.iter().map(|steps| u64::from(*steps)).sum();
            let mut group = criterion.benchmark_group(format!("{name}/{precision}"));
            group.sample_size(10).throughput(Throughput::Elements(steps));
            let mut measure = |label: &str, engine: &dyn Engine, spec: &Sweep| {
                let map = collect(engine, spec).expect("a map");
                let differing = verified(spec, &reference.outcome, &map.outcome);
                assert_eq!(differing, 0, "{label}: {differing} cells differ away from any boundary");
                group.bench_function(label, |bencher| bencher.iter(|| collect(engine, spec)));
            };
            measure("cpu", &cpu, &spec);
            if let Some(gpu) = &gpu {
                measure(&gpu.adapter().name.clone(), gpu, &spec);
            }
            group.finish();
        }
    }
}

fn verified(spec: &Sweep, reference: &[Outcome], other: &[Outcome]) -> usize {
    compare(spec.nx(), reference, other).off_boundary.len()
}

criterion_group!(benches, engines);
criterion_main!(benches);
