use alphasweep::engine::{collect, cpu::CpuEngine, gpu::*, Engine};
use alphasweep::sweep::{Precision, Request};
fn main() {
    for a in list() { println!("{a:?}"); }
    let gpu = GpuEngine::open(Choice::Any).unwrap();
    println!("{:?}\n{}", gpu.info(), gpu.probe());
    let cpu = CpuEngine::new(None).unwrap();
    for name in std::env::args().skip(1) {
    for p in [Precision::F32, Precision::Compensated, Precision::F64] {
        let s = Request::new(&name).precision(p).resolve().unwrap();
        if p == Precision::F32 { println!("{}", shader(&s)); }
        let t = std::time::Instant::now();
        let b = collect(&cpu, &s).unwrap();
        let tc = t.elapsed().as_secs_f64();
        let t = std::time::Instant::now();
        match collect(&gpu, &s) {
            Ok(a) => println!("{name} {p} {} cells cpu {:.3} gpu {:.3} outcomes differ {} bits differ {}", s.cells(), tc, t.elapsed().as_secs_f64(), (0..s.cells()).filter(|i| a.outcome[*i]!=b.outcome[*i]).count(),
               (0..s.cells()).filter(|i| a.loss_final[*i].to_bits()!=b.loss_final[*i].to_bits() || a.parameters[0][*i].to_bits()!=b.parameters[0][*i].to_bits() || a.steps[*i]!=b.steps[*i]).count()),
            Err(e) => println!("{e}"),
        }
    }}
}
