use alphasweep::engine::{collect, cpu::CpuEngine, gpu::*};
use alphasweep::sweep::{Precision, Request};
fn main() {
    let gpu = GpuEngine::open(Choice::Any).unwrap();
    let cpu = CpuEngine::new(None).unwrap();
    for n in [0,1,2,3,10] {
        let s = Request::new(&std::env::args().nth(1).unwrap()).precision(Precision::F32).steps(n).resolve().unwrap();
        if n==0 { let w = shader(&s); let i=w.find("fn step").unwrap(); println!("{}", &w[i..i+2000]); }
        let (a,b)=(collect(&gpu,&s).unwrap(), collect(&cpu,&s).unwrap());
        let d: Vec<usize> = (0..s.cells()).filter(|i| a.loss_final[*i].to_bits()!=b.loss_final[*i].to_bits() || a.parameters[0][*i].to_bits()!=b.parameters[0][*i].to_bits()|| a.parameters[1][*i].to_bits()!=b.parameters[1][*i].to_bits()).collect();
        println!("steps {n}: {}", d.len());
        for i in d.iter().take(3) { println!("{i} {} {} | {} {} | {:?} {:?} {} {}", a.loss_final[*i], b.loss_final[*i], a.parameters[0][*i], b.parameters[0][*i], a.outcome[*i], b.outcome[*i], a.steps[*i], b.steps[*i]); }
    }
}
