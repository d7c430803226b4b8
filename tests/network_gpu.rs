//! scratch
mod common;
use alphasweep::engine::gpu::{Choice, GpuEngine, network};
use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::sweep::{NetworkRequest, Precision};

#[test]
fn first() {
    let gpu = GpuEngine::open(Choice::Any).unwrap();
    let spec = NetworkRequest::new("trainability")
        .with(|r| r.vary("alpha_1", "log:1e-3:1e2:4").vary("alpha_2", "log:1e-3:1e2:4").steps(10).precision(Precision::F32))
        .resolve().unwrap();
    let room = network::Room { workgroup: 32<<10, turns: 32768 };
    let source = network::shader(&spec, &room).unwrap();
    std::fs::write("/tmp/network_out.wgsl", &source).unwrap();
    let module = naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{}", e.emit_to_string(&source)));
    naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::all()).validate(&module).unwrap_or_else(|e| panic!("{}", e.emit_to_string(&source)));
    println!("{:?}", network::plan(&spec, &room));
    let a = collect(&CpuEngine::new(None).unwrap(), &spec).unwrap();
    let b = collect(&gpu, &spec).unwrap();
    println!("{a:?}\n{b:?}");
    let a = CpuEngine::new(None).unwrap().network_weights(&spec);
    let b = gpu.network_weights(&spec).unwrap();
    for (a, b) in a.iter().zip(&b) {
        println!("{:?}\n{:?}", &a[..6], &b[..6]);
    }
}
