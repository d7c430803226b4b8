//! The elementary functions over the 256 lanes of a block, against `libm` in the same loop: elements per second.

use alphasweep::expr::Real;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use multiversion::multiversion;
use std::hint::black_box;

const LANES: usize = 256;

/// A loop as the CPU engine has them, for each function and its twin.
macro_rules! measure {
    ($criterion:expr, $float:ident, $($name:literal: $own:expr, $libm:expr;)+) => {$({
        #[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
        fn own(out: &mut [$float], a: &[$float]) {
            for (out, a) in out.iter_mut().zip(a) {
                *out = $own(*a);
            }
        }
        #[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
        fn libm(out: &mut [$float], a: &[$float]) {
            for (out, a) in out.iter_mut().zip(a) {
                *out = $libm(*a);
            }
        }
        let a: Vec<$float> = (0..LANES as u16).map(|lane| 0.01 + 0.07 * $float::from(lane)).collect();
        let mut out = vec![0.0; LANES];
        let mut group = $criterion.benchmark_group(format!("{}/{}", $name, stringify!($float)));
        group.sample_size(20).throughput(Throughput::Elements(LANES as u64));
        group.bench_function("own", |bencher| bencher.iter(|| own(black_box(&mut out), black_box(&a))));
        group.bench_function("libm", |bencher| bencher.iter(|| libm(black_box(&mut out), black_box(&a))));
        group.finish();
    })+};
}

fn functions(criterion: &mut Criterion) {
    measure!(criterion, f32,
        "exp": Real::exp, libm::expf;
        "ln": Real::ln, libm::logf;
        "log2": Real::log2, libm::log2f;
        "sin": Real::sin, libm::sinf;
        "cos": Real::cos, libm::cosf;
        "tan": Real::tan, libm::tanf;
        "tanh": Real::tanh, libm::tanhf;
        "power 1.7": (|x| Real::powf(x, 1.7)), (|x| libm::powf(x, 1.7));
    );
    measure!(criterion, f64,
        "exp": Real::exp, libm::exp;
        "ln": Real::ln, libm::log;
        "log2": Real::log2, libm::log2;
        "sin": Real::sin, libm::sin;
        "cos": Real::cos, libm::cos;
        "tan": Real::tan, libm::tan;
        "tanh": Real::tanh, libm::tanh;
    );
}

criterion_group!(benches, functions);
criterion_main!(benches);
