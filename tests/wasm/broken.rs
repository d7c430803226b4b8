//! What is broken in a kernel, or in what it is given, is noticed.

use crate::common::{read, resolved};
use crate::map;
use crate::node::{differences, document, has_node};
use alphasweep::engine::wasm;
use alphasweep::problem::Data;
use alphasweep::sweep::{Batch, Precision};
use serde_json::json;

/// The places of an instruction, as it is encoded.
fn places(bytes: &[u8], instruction: [u8; 3]) -> Vec<usize> {
    (0..bytes.len() - 2).filter(|at| bytes[*at..at + 3] == instruction).collect()
}

/// One instruction that is another one, and one tolerance.
#[test]
fn a_kernel_that_is_wrong_is_noticed() {
    if !has_node() {
        return;
    }
    let spec = resolved(&map("(x^2-1)^2/4", "lin:0.05:3:23", "lin:-3:3:17").precision(Precision::F64).steps(60));
    let kernels = wasm::kernels(&spec).expect("a kernel");
    assert!(differences(&spec, &document(&spec, &kernels)).is_empty());
    // f64x2.mul and f64x2.div.
    let (times, over) = ([0xfd, 0xf2, 0x01], [0xfd, 0xf3, 0x01]);
    let places = places(&kernels.descents.bytes, times);
    assert!(places.len() > 8, "{} products", places.len());
    for at in places.iter().step_by(places.len() / 8) {
        let mut broken = kernels.clone();
        broken.descents.bytes[*at..*at + 3].copy_from_slice(&over);
        assert!(!differences(&spec, &document(&spec, &broken)).is_empty(), "the product at byte {at}");
    }
    let mut other = document(&spec, &kernels);
    other["limits"]["tolerances"][0] = json!(spec.tolerances[0] * 10.0);
    assert!(!differences(&spec, &other).is_empty());
}

/// Sums of words that are differences: other noise.
#[test]
fn a_kernel_of_other_noise_is_noticed() {
    if !has_node() {
        return;
    }
    let request = map("(x^2-1)^2/4", "log:1e-2:1:9", "lin:-3:3:7").rule(read("langevin")).set("temperature", 0.1);
    let spec = resolved(&request.seed(11).precision(Precision::F64).steps(20));
    let kernels = wasm::kernels(&spec).expect("a kernel");
    assert!(differences(&spec, &document(&spec, &kernels)).is_empty());
    // i32x4.add and i32x4.sub. Some add what is 0, so that they are changed by the dozen.
    let (plus, minus) = ([0xfd, 0xae, 0x01], [0xfd, 0xb1, 0x01]);
    let places = places(&kernels.descents.bytes, plus);
    assert!(places.len() > 48, "{} sums", places.len());
    for some in places.chunks(places.len() / 4) {
        let mut broken = kernels.clone();
        for at in some {
            broken.descents.bytes[*at..*at + 3].copy_from_slice(&minus);
        }
        assert!(!differences(&spec, &document(&spec, &broken)).is_empty(), "the sums from byte {} on", some[0]);
    }
}

/// Another seed, and other data, of which each row goes into some batch.
#[test]
fn other_rows_of_a_batch_are_noticed() {
    if !has_node() {
        return;
    }
    let data = Data {
        names: vec!["x".into(), "y".into()],
        columns: vec![vec![0.5, -1.0, 2.0, 0.25, -3.0, 1.5, 0.75], vec![1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]],
        source: "rows".into(),
        seeded: false,
    };
    let request = map("mean((w*x+b-y)^2)", "log:1e-3:0.1:9", "lin:-5:5:7").data(data).precision(Precision::F64);
    for batch in [Batch::Random(3), Batch::Shuffled(3)] {
        let spec = resolved(&request.clone().batch(batch).seed(7).steps(40));
        let kernels = wasm::kernels(&spec).expect("a kernel");
        let right = document(&spec, &kernels);
        assert!(differences(&spec, &right).is_empty());
        let seed = spec.program.knob("seed").expect("a seed");
        let mut other = right.clone();
        other["knobs"][seed]["fixed"] = json!(8);
        assert!(!differences(&spec, &other).is_empty(), "{batch}: the seed");
        for row in 0..7 {
            let mut other = right.clone();
            other["tables"][0][0][row] = json!(9.0);
            assert!(!differences(&spec, &other).is_empty(), "{batch}: row {row}");
        }
    }
}

/// A second derivative with another sign: what is unstable is no longer told so.
#[test]
fn a_wrong_look_at_where_descents_rest_is_noticed() {
    if !has_node() {
        return;
    }
    let spec = resolved(&map("(x^2-1)^2/4", "log:1e-2:0.4:9", "-1,0,1").precision(Precision::F64).steps(300));
    let kernels = wasm::kernels(&spec).expect("kernels");
    assert!(differences(&spec, &document(&spec, &kernels)).is_empty());
    // f64x2.add and f64x2.sub.
    let (plus, minus) = ([0xfd, 0xf0, 0x01], [0xfd, 0xf1, 0x01]);
    let rest = kernels.rest.as_ref().expect("a kernel that looks");
    let noticed = [(plus, minus), (minus, plus)].into_iter().any(|(from, to)| {
        let mut broken = kernels.clone();
        let bytes = &mut broken.rest.as_mut().expect("it").kernel.bytes;
        for at in places(&rest.kernel.bytes, from) {
            bytes[at..at + 3].copy_from_slice(&to);
        }
        !differences(&spec, &document(&spec, &broken)).is_empty()
    });
    assert!(noticed);
}
