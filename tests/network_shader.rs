//! The shaders of networks, without a GPU: that they are valid, that host and kernel mean the same by their buffers, and
//! that what was planned for a workgroup is what its shader takes.

mod common;
#[path = "common/network_kinds.rs"]
mod network_kinds;

use alphasweep::engine::gpu::network::{KernelPlan, Needs, Room, Training, Uniforms, plan, shader};
use alphasweep::problem::{Activation, Network, NetworkLoss, Scaling};
use alphasweep::sweep::{NEVER_WRITTEN, NetworkRequest, NetworkSweep, Outcome};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Expression, Literal, Module, TypeInner};
use network_kinds::{digits, every_kind};
use std::mem::offset_of;

/// As much as the smallest GPUs have, and as lavapipe has.
const ROOMS: [Room; 2] =
    [Room { workgroup: 16_352, turns: 1 << 20, lanes: 64 }, Room { workgroup: 32 << 10, turns: 32_768, lanes: 8 }];

/// Parsed and validated; barriers are where all invocations of a workgroup pass.
fn module(source: &str) -> Module {
    let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|e| panic!("{}", e.emit_to_string(source)));
    let capabilities = Capabilities::FLOAT64 | Capabilities::SHADER_INT64;
    let valid = Validator::new(ValidationFlags::all(), capabilities).validate(&module);
    valid.unwrap_or_else(|e| panic!("{}", e.emit_to_string(source)));
    module
}

fn resolved(request: &NetworkRequest) -> NetworkSweep {
    request.resolve().unwrap_or_else(|error| panic!("a good request: {error}"))
}

fn source(request: &NetworkRequest) -> String {
    shader(&resolved(request), &ROOMS[1]).expect("it fits")
}

#[test]
fn shaders_of_every_kind_are_valid_and_fit_their_workgroup() {
    for request in every_kind() {
        let spec = resolved(&request);
        for room in ROOMS {
            let module = module(&shader(&spec, &room).expect("it fits"));
            let taken = workgroup_memory(&module);
            assert!(taken <= room.workgroup, "{}: {taken} of {} bytes", spec.network, room.workgroup);
            let lanes = plan(&spec, &room).expect("it fits").lanes as u32;
            assert_eq!(module.entry_points[0].workgroup_size, [lanes, 1, 1]);
        }
    }
}

/// Bytes of all variables in workgroup memory.
fn workgroup_memory(module: &Module) -> usize {
    let globals = module.global_variables.iter().filter(|(_, global)| global.space == AddressSpace::WorkGroup);
    globals.map(|(_, global)| (module.types[global.ty].inner.size(module.to_ctx()) as usize).next_multiple_of(16)).sum()
}

/// Name and offset (bytes) of each member of a structure, then its size.
fn layout(module: &Module, name: &str) -> (Vec<(String, usize)>, usize) {
    let found = module.types.iter().find(|(_, of)| of.name.as_deref() == Some(name));
    let Some(TypeInner::Struct { members, span }) = found.map(|(_, of)| &of.inner) else { panic!("no struct {name}") };
    let member = |m: &naga::StructMember| (m.name.clone().unwrap_or_default(), m.offset as usize);
    (members.iter().map(member).collect(), *span as usize)
}

macro_rules! host_layout {
    ($kind:ty, $($field:ident),+) => {
        (vec![$((stringify!($field).to_owned(), offset_of!($kind, $field))),+], size_of::<$kind>())
    };
}

fn host_training() -> (Vec<(String, usize)>, usize) {
    host_layout!(
        Training, code, step, phase, position, verdict, open, known, infinite, seed, batch, period, correct, tested,
        seen
    )
}

#[test]
fn buffers_are_laid_out_as_the_host_writes_them() {
    let module = module(&source(&digits()));
    assert_eq!(layout(&module, "Uniforms"), host_layout!(Uniforms, trainings, groups_x, budget, zero));
    assert_eq!(layout(&module, "Training"), host_training());
}

/// The comparison can fail: members that changed places are seen.
#[test]
fn a_structure_that_drifted_apart_is_caught() {
    let right = source(&digits());
    let drifted =
        right.replacen("    seed: u32,\n", "", 1).replacen("    open: u32,", "    seed: u32,\n    open: u32,", 1);
    assert_ne!(drifted, right, "the kernel's words changed; this test must follow");
    assert_ne!(layout(&module(&drifted), "Training"), host_training());
}

#[test]
fn codes_have_one_home() {
    let module = module(&source(&digits()));
    let constant = |name: &str| {
        let found = module.constants.iter().find(|(_, of)| of.name.as_deref() == Some(name));
        match module.global_expressions[found.unwrap_or_else(|| panic!("no const {name}")).1.init] {
            Expression::Literal(Literal::U32(value)) => value,
            ref other => panic!("const {name} is {other:?}"),
        }
    };
    assert_eq!(constant("CONVERGED"), Outcome::Converged as u32);
    assert_eq!(constant("DIVERGED"), Outcome::Diverged as u32);
    assert_eq!(constant("NEVER_WRITTEN"), u32::from(NEVER_WRITTEN));
}

fn of_sizes(sizes: &[usize]) -> Network {
    Network {
        sizes: sizes.to_vec(),
        activation: Activation::Tanh,
        loss: NetworkLoss::Mse,
        bias: true,
        scaling: Scaling::None,
    }
}

fn needs(batch: usize) -> Needs {
    Needs { batch, bytes: 4, carried: 2, good: true }
}

#[test]
fn plans_cover_their_products_without_edges() {
    let shapes: [&[usize]; 7] =
        [&[1, 1], &[16, 16, 1], &[64, 50, 10], &[784, 50, 10], &[101, 97, 89, 2], &[1009, 300, 10], &[784, 1000, 10]];
    for sizes in shapes {
        for batch in [1, 2, 7, 100, 272, 60_000] {
            for room in ROOMS {
                let plan = KernelPlan::new(&of_sizes(sizes), &needs(batch), &room)
                    .unwrap_or_else(|why| panic!("{sizes:?}: {why}"));
                assert!((8..=256).contains(&plan.lanes), "{sizes:?}: {} invocations", plan.lanes);
                assert!(plan.chunk * plan.chunks() >= sizes[0], "{sizes:?}: all inputs are staged");
                for (at, layer) in plan.layers.iter().enumerate() {
                    let inputs = if at == 0 { plan.chunk } else { layer.layer.inputs };
                    let outputs = layer.layer.outputs;
                    for (block, rows) in [(layer.forward, plan.rows), (layer.slopes, inputs), (layer.below, plan.rows)]
                    {
                        assert!(rows.is_multiple_of(block.rows), "{sizes:?}: {rows} rows by {block:?}");
                    }
                    for (block, columns) in
                        [(layer.forward, outputs), (layer.slopes, outputs), (layer.below, layer.layer.inputs)]
                    {
                        assert!(columns.is_multiple_of(block.columns), "{sizes:?}: {columns} columns by {block:?}");
                    }
                }
                // The shortest dispatch and the longest end before a driver's loops do.
                let cost = plan.cost;
                assert!(
                    plan.budget >= 1 && plan.budget + cost.largest() + cost.overhead <= room.turns,
                    "{sizes:?}: {cost:?}"
                );
            }
        }
    }
}

#[test]
fn a_tile_of_rows_fits_the_batch() {
    let room = ROOMS[1];
    let rows = |batch: usize| KernelPlan::new(&of_sizes(&[64, 50, 10]), &needs(batch), &room).expect("it fits").rows;
    // There is room for 40. Three tiles of 36 rather than 40, 40 and 20; one of 4 for a single row.
    assert_eq!((rows(1), rows(40), rows(100)), (4, 40, 36));
}

#[test]
fn weights_of_small_networks_stay_in_the_workgroup() {
    let resident =
        |sizes: &[usize]| KernelPlan::new(&of_sizes(sizes), &needs(64), &ROOMS[1]).expect("it fits").resident;
    // Weights, gradient and what else is carried; nothing of a large one, whose weights alone would be 159 kB.
    assert_eq!((resident(&[16, 16, 1]), resident(&[784, 50, 10])), (3, 0));
}

#[test]
fn what_does_not_fit_is_an_error_with_its_size() {
    let refused =
        |sizes: &[usize]| KernelPlan::new(&of_sizes(sizes), &needs(100), &ROOMS[1]).expect_err("it does not fit");
    let wide = refused(&[64, 20_000, 10]);
    assert!(wide.contains("--net") && wide.contains("80040 bytes") && wide.contains("--engine cpu"), "{wide}");
    let long = refused(&[16_384, 6_000, 10]);
    assert!(long.contains("--net") && long.contains("turns") && long.contains("--engine cpu"), "{long}");
}
