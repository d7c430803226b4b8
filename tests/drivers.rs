//! How tests get an adapter: what `ALPHASWEEP_GPU` means, and that no test goes another way.

mod common;

use alphasweep::engine::gpu::GpuOptions;
use alphasweep::engine::{EngineError, MachineError, collect};
use alphasweep::sweep::Precision;
use common::adapter::Wanted;
use common::{asked, resolved};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn what_the_variable_may_say() {
    assert_eq!(Wanted::read(""), Ok(Wanted::WhatThereIs));
    assert_eq!(Wanted::read("require"), Ok(Wanted::Some));
    assert_eq!(Wanted::read("require:llvmpipe"), Ok(Wanted::Named("llvmpipe".to_owned())));
    for wrong in ["require:", "required", "llvmpipe", "no:llvmpipe"] {
        assert!(Wanted::read(wrong).expect_err(wrong).contains(wrong));
    }
}

#[test]
fn another_adapter_than_the_one_required_is_refused() {
    let (lavapipe, swiftshader) = ("llvmpipe (LLVM 15.0.6, 256 bits)", "SwiftShader Device (Subzero)");
    let refusal = |wanted: &str, taken| Wanted::read(wanted).expect(wanted).refuses(taken);
    for (wanted, taken) in [("require:llvmpipe", lavapipe), ("require:swiftshader", swiftshader), ("require", lavapipe)]
    {
        assert_eq!(refusal(wanted, Some(taken)), None);
        assert_eq!(refusal(wanted, None).as_deref(), Some("a GPU is required, and there is none"));
    }
    let other = refusal("require:SwiftShader", Some(lavapipe)).expect("it is another one");
    assert_eq!(other, format!("SwiftShader is required, and the adapter taken is {lavapipe}"));
    assert_eq!((refusal("", None), refusal("", Some(lavapipe))), (None, None));
}

/// All sources of tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `common::gpu` looks whether it is the adapter required, and puts the test on the list of those that every driver has to
/// pass. A test that opened an adapter by itself would do neither.
#[test]
fn tests_open_adapters_in_one_place() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut found = Vec::new();
    sources(&tests, &mut found);
    assert!(found.len() > 60, "{found:?}");
    let opens = ["GpuEngine::", "open("].concat();
    let instance = ["wgpu::", "Instance::"].concat();
    for path in found {
        let name = path.strip_prefix(&tests).expect("a test").to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path).expect("a source");
        assert!(
            !text.contains(&opens) || name == "common/adapter.rs",
            "{name} opens an adapter; common::gpu does that"
        );
        // Looks for the adapter that `common::gpu` gave it, by its name.
        assert!(
            !text.contains(&instance) || name == "random.rs",
            "{name} asks wgpu for adapters; common::gpu does that"
        );
    }
}

/// What no driver may be given, and wgpu does not see: exp of an f64 (gfx-rs/wgpu#6087). Without the Khronos validation layer
/// nothing objects; with it this test ends with its message, or messages go unheard.
#[test]
#[ignore = "tests/run.sh runs it under the validation layer, where it has to fail"]
fn a_wrong_shader_is_objected_to() {
    let wrong = |_| {
        "@group(0) @binding(0) var<storage, read_write> x: array<f64>;\n\
         @compute @workgroup_size(1) fn descend() { x[0] = exp(x[0]); }"
            .to_owned()
    };
    let options = GpuOptions { edit_shader: Some(wrong), ..GpuOptions::default() };
    let engine = common::gpu_with(options).expect("an adapter");
    let sweep = resolved(&asked("lecture").precision(Precision::F64)).into();
    engine.check(&sweep).expect("an adapter with f64");
    let ended = collect(&engine, &sweep).map(|_| ());
    // Its buffers are not those of a sweep, but it was compiled.
    assert!(matches!(ended, Err(EngineError::Machine(MachineError::Invalid(_)))), "{ended:?}");
}
