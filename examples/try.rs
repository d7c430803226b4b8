use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::sweep::{Precision, Request};
fn main() {
    let cpu = CpuEngine::new(None).unwrap();
    for p in [Precision::F32, Precision::Compensated, Precision::F64] {
        println!("{p}");
        for n in [1, 2, 100, 1000, 10000] {
            let s = Request::new("lecture").vary("alpha", "0.0016666666666666668").set("beta_start", "-10").steps(n).gtol(0.0).precision(p).resolve().unwrap();
            let r = collect(&cpu, &s).unwrap();
            println!("{n} {} {} {:?} {}", r.parameters[0][0], r.parameters[0][0] as f32, r.outcome[0], r.loss_final[0]);
        }
        let s = Request::new("lecture").vary("alpha", "0.1,1,3.9,4,4.05").set("beta_start", "-10").steps(100).gtol(0.0).precision(p).resolve().unwrap();
        let r = collect(&cpu, &s).unwrap();
        println!("{:?} {:?} {:?}", r.parameters[0], r.outcome, r.steps);
        let s = Request::new("gentle").vary("alpha", "1").set("x_start", "10").steps(100).gtol(0.0).precision(p).resolve().unwrap();
        println!("gentle {:?}", collect(&cpu, &s).unwrap().parameters);
        let s = Request::new("bowl").vary("alpha", "0.1,1e-10").set("x0_start","-3").steps(20).gtol(0.0).precision(p).resolve().unwrap();
        println!("bowl20 {:?}", collect(&cpu, &s).unwrap().parameters);
        let s = Request::new("bowl").vary("alpha", "0.1,1e-10").set("x0_start","-3").steps(100).gtol(0.0).precision(p).resolve().unwrap();
        println!("bowl100 {:?}", collect(&cpu, &s).unwrap());
    }
    for p in [Precision::F32, Precision::Compensated, Precision::F64] {
        for name in ["lecture", "rosenbrock"] {
        let s = Request::new(name).vary("alpha", "log:1e-10:10:2048").vary(&format!("{}_start", if name=="lecture" {"beta"} else {"x0"}), "lin:-10:10:1024").steps(1000).precision(p).resolve().unwrap();
        let t = std::time::Instant::now();
        let r = collect(&cpu, &s).unwrap();
        let total: u64 = r.steps.iter().map(|s| *s as u64).sum();
        println!("{name} {p} {:.3}s {:.2} Gsteps/s", t.elapsed().as_secs_f64(), total as f64 / t.elapsed().as_secs_f64() / 1e9);
        }
    }
}
