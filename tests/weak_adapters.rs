//! A device that has WebGPU's defaults and no more, or less: sweeps on it are those of the whole adapter, or are refused with
//! the figure.

mod common;

use alphasweep::engine::gpu::GpuEngine;
use alphasweep::engine::{Engine, EngineError, collect};
use alphasweep::problem::{Activation, NetworkLoss};
use alphasweep::sweep::{NetworkRequest, Sweep};
use common::{Map, along, asked, gpu, gpu_within, read, resolved};

/// WebGPU's defaults, and those of wgpu for devices that have less.
fn weak() -> [wgpu::Limits; 2] {
    [wgpu::Limits::defaults(), wgpu::Limits::downlevel_defaults()]
}

fn net(sizes: &[usize]) -> NetworkRequest {
    let digits = NetworkRequest::named("two-layer").expect("a row");
    let digits = NetworkRequest { activation: Some(Activation::Relu), loss: Some(NetworkLoss::Mse), ..digits };
    let alphas = along("log:0.001:0.1:4");
    NetworkRequest { sizes: Some(sizes.to_vec()), ..digits }.without_axes().vary("alpha", alphas).steps(5)
}

#[test]
fn formulas_come_to_the_same_within_the_defaults() {
    let Some(whole) = gpu() else { return };
    for limits in weak() {
        let weak = gpu_within(&limits).expect("it opened before");
        for name in ["lecture", "rosenbrock", "line"] {
            let request = asked(name).vary("alpha", along("log:1e-4:1:40")).vary_start(along("lin:-2:2:30")).steps(60);
            Map::of(&whole, &request).bit_differences(&Map::of(&weak, &request)).none(name);
        }
    }
}

/// Less memory makes tiles of fewer rows, and the sums of a training another order.
#[test]
fn networks_train_within_the_defaults() {
    let Some(whole) = gpu() else { return };
    let sweep = Sweep::from(net(&[64, 20, 10]).resolve().expect("a sweep"));
    let ends = |engine: &GpuEngine| collect(engine, &sweep).expect("it runs");
    let expected = ends(&whole);
    for limits in weak() {
        let found = ends(&gpu_within(&limits).expect("it opened before"));
        assert_eq!((&found.outcome, &found.steps), (&expected.outcome, &expected.steps));
        for (found, expected) in found.loss_final.iter().zip(&expected.loss_final) {
            assert!((found - expected).abs() <= 1e-4 * expected.abs(), "{found} where {expected} was expected");
        }
    }
}

#[test]
fn a_network_that_needs_more_workgroup_memory_is_refused_with_the_figure() {
    let Some(engine) = gpu_within(&wgpu::Limits::defaults()) else { return };
    let sweep = Sweep::from(net(&[64, 5000, 10]).resolve().expect("a sweep"));
    for refused in [engine.check(&sweep), collect(&engine, &sweep).map(|_| ())] {
        let Err(EngineError::Unsupported(why)) = refused else { panic!("{refused:?}") };
        assert!(why.contains("20040 bytes") && why.contains("16384") && why.contains("--engine cpu"), "{why}");
    }
}

/// The data of all seeds have to be in one binding, as a row may read any of them; results are cut to fit.
#[test]
fn data_that_exceed_a_binding_are_refused_and_results_are_cut_into_tiles() {
    let limits = wgpu::Limits { max_storage_buffer_binding_size: 1 << 20, ..wgpu::Limits::defaults() };
    let Some(engine) = gpu_within(&limits) else { return };
    let seeds = |count: usize| {
        let line = asked("line").vary("seed", along(&format!("lin:1:{count}:{count}")));
        line.vary("alpha", along("log:1e-3:0.3:200")).batch(read("7")).steps(20)
    };
    let sweep = Sweep::from(resolved(&seeds(4096)));
    let Err(EngineError::Unsupported(why)) = engine.check(&sweep) else { panic!("{:?}", engine.check(&sweep)) };
    assert!(why.contains("--data") && why.contains("3 MiB") && why.contains("1 MiB") && why.contains("cpu"), "{why}");

    let request = seeds(256);
    let sweep = Sweep::from(resolved(&request));
    assert!(engine.tile_cells(&sweep) < 51_200, "{} cells would fit in a binding", engine.tile_cells(&sweep));
    let whole = gpu().expect("it opened before");
    Map::of(&whole, &request).bit_differences(&Map::of(&engine, &request)).none("in tiles");
}

#[test]
fn an_adapter_that_lacks_what_shaders_need_is_refused_with_the_figure() {
    let Some(engine) = gpu() else { return };
    let weak = wgpu::Limits { max_compute_invocations_per_workgroup: 128, ..wgpu::Limits::defaults() };
    let refused = common::adapter::refusal_within(&weak).expect("128 invocations are too few");
    let name = &engine.adapter().name;
    assert!(refused.contains(name.as_str()) && refused.contains("is 128, and 256 is needed"), "{refused}");
    assert!(refused.contains("--engine cpu"), "{refused}");
}
