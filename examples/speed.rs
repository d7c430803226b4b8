use alphasweep::engine::{cpu::CpuEngine, run, Watch};
use alphasweep::sweep::{Precision, Request};
fn main() {
    let cpu = CpuEngine::new(Some(1)).unwrap();
    let s = Request::new("lecture").vary("alpha", "log:1e-10:0.001:1024").vary("beta_start", "lin:-10:10:512").steps(1000).precision(Precision::F32).resolve().unwrap();
    for _ in 0..3 {
        let t = std::time::Instant::now();
        let mut n = 0u64;
        run(&cpu, &s, &Watch::silent(), &mut |r| { n += r.steps.iter().map(|s| *s as u64).sum::<u64>(); std::ops::ControlFlow::Continue(()) }).unwrap();
        println!("{:.3}s {:.2} Gsteps/s", t.elapsed().as_secs_f64(), n as f64 / t.elapsed().as_secs_f64() / 1e9);
    }
}
