//! Every shader that can be generated, for the back ends that no machine here has: naga, the compiler that wgpu uses,
//! translates each to Metal's and Direct3D's languages and to SPIR-V, with the options that wgpu gives it, and `spirv-val`
//! reads the SPIR-V. And what each kernel takes of a device is within WebGPU's defaults.

#[path = "../common/mod.rs"]
mod common;
mod kernels;
#[path = "../common/network_kinds.rs"]
mod network_kinds;

use alphasweep::engine::gpu::dispatch::groups;
use alphasweep::engine::gpu::limits;
use alphasweep::engine::gpu::workgroup::SIZES;
use alphasweep::sweep::MAX_TILE_CELLS;
use common::skipped;
use kernels::Kernel;
use naga::back::{hlsl, msl, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ShaderStage};
use rayon::prelude::*;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Parsed and validated, once.
fn read(kernel: &Kernel) -> &(Module, ModuleInfo) {
    kernel.parsed.get_or_init(|| parse(kernel))
}

fn parse(kernel: &Kernel) -> (Module, ModuleInfo) {
    let source = &kernel.source;
    let wrong = |told: String| -> ! { panic!("{}: {told}\n{source}", kernel.name) };
    let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|error| wrong(error.emit_to_string(source)));
    let capabilities =
        if kernel.wide { Capabilities::FLOAT64 | Capabilities::SHADER_INT64 } else { Capabilities::empty() };
    let info = Validator::new(ValidationFlags::all(), capabilities).validate(&module);
    let info = info.unwrap_or_else(|error| wrong(error.emit_to_string(source)));
    (module, info)
}

/// As wgpu asks for on devices that check no bounds themselves.
fn checked() -> BoundsCheckPolicies {
    let restrict = BoundsCheckPolicy::Restrict;
    BoundsCheckPolicies { index: restrict, buffer: restrict, image_load: restrict, ..BoundsCheckPolicies::default() }
}

fn to_metal(module: &Module, info: &ModuleInfo) -> Result<String, String> {
    let options = msl::Options {
        lang_version: (2, 0),
        bounds_check_policies: checked(),
        zero_initialize_workgroup_memory: true,
        fake_missing_bindings: true,
        ..msl::Options::default()
    };
    let written = msl::write_string(module, info, &options, &msl::PipelineOptions::default());
    let (text, translated) = written.map_err(|error| error.to_string())?;
    translated.entry_point_names.into_iter().collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok(text)
}

fn to_direct3d(module: &Module, info: &ModuleInfo, shader_model: hlsl::ShaderModel) -> Result<String, String> {
    let options = hlsl::Options { shader_model, fake_missing_bindings: true, ..hlsl::Options::default() };
    let mut text = String::new();
    let pipeline = hlsl::PipelineOptions::default();
    let written = hlsl::Writer::new(&mut text, &options, &pipeline).write(module, info, None);
    let names = written.map_err(|error| error.to_string())?.entry_point_names;
    names.into_iter().collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok(text)
}

/// Little-endian words.
fn to_vulkan(module: &Module, info: &ModuleInfo, lang_version: (u8, u8)) -> Result<Vec<u8>, String> {
    let options = spv::Options {
        lang_version,
        bounds_check_policies: checked(),
        flags: spv::WriterFlags::empty(),
        ..spv::Options::default()
    };
    let name = module.entry_points[0].name.clone();
    let pipeline = spv::PipelineOptions { shader_stage: ShaderStage::Compute, entry_point: name };
    let words = spv::write_vec(module, info, &options, Some(&pipeline)).map_err(|error| error.to_string())?;
    Ok(words.into_iter().flat_map(u32::to_le_bytes).collect())
}

/// Not those in f64, which wgpu offers on Vulkan alone: Metal has no such numbers (naga panics), and of Direct3D they are not
/// asked for.
#[test]
fn every_kernel_is_translated_to_metal_and_direct3d() {
    let kernels = kernels::all();
    let wide = kernels.iter().filter(|kernel| kernel.wide).count();
    println!("{} kernels, {wide} of them in f64", kernels.len());
    assert!(kernels.len() > 500 && wide > 100, "{} kernels, {wide} of them in f64", kernels.len());
    kernels.par_iter().filter(|kernel| !kernel.wide).for_each(|kernel| {
        let (module, info) = read(kernel);
        let metal = to_metal(module, info).unwrap_or_else(|error| panic!("{} to Metal: {error}", kernel.name));
        assert!(metal.contains("kernel void"), "{}: no kernel in\n{metal}", kernel.name);
        // That of the old compiler, which Windows has, and that of the new one.
        for model in [hlsl::ShaderModel::V5_1, hlsl::ShaderModel::V6_0] {
            let text = to_direct3d(module, info, model);
            let text = text.unwrap_or_else(|error| panic!("{} to Direct3D: {error}", kernel.name));
            assert!(text.contains("[numthreads("), "{}: no kernel in\n{text}", kernel.name);
        }
    });
}

/// Where it is missing the test says SKIPPED, or fails where `ALPHASWEEP_SPIRV=require`.
fn spirv_val() -> Option<()> {
    if Command::new("spirv-val").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Some(());
    }
    assert_ne!(std::env::var("ALPHASWEEP_SPIRV").as_deref(), Ok("require"), "spirv-val is required, and not here");
    skipped("what spirv-val says", "there is no spirv-val; it is in the package spirv-tools");
    None
}

/// What `spirv-val` objects to in a file.
fn objection(file: &Path, environment: &str) -> Option<String> {
    let output = Command::new("spirv-val").args(["--target-env", environment]).arg(file).output().expect("spirv-val");
    let told = [output.stdout, output.stderr].concat();
    (!output.status.success() || !told.is_empty()).then(|| String::from_utf8_lossy(&told).into_owned())
}

/// SPIR-V's version goes with Vulkan's: the highest that wgpu writes, and the lowest, which differs in a few words and has
/// every eighth kernel.
const HIGHEST: ((u8, u8), &str) = ((1, 6), "vulkan1.3");
const LOWEST: ((u8, u8), &str) = ((1, 0), "vulkan1.0");

#[test]
fn every_kernel_is_valid_spirv() {
    let validates = spirv_val().is_some();
    let folder = tempfile::tempdir().expect("a folder");
    let kernels = kernels::all();
    kernels.par_iter().enumerate().for_each(|(at, kernel)| {
        let (module, info) = read(kernel);
        let lowest = at.is_multiple_of(8).then_some(LOWEST);
        for (version, environment) in [Some(HIGHEST), lowest].into_iter().flatten() {
            let words = to_vulkan(module, info, version);
            let words = words.unwrap_or_else(|error| panic!("{} to SPIR-V: {error}", kernel.name));
            if !validates {
                continue;
            }
            let file = folder.path().join(format!("{at}-{environment}.spv"));
            fs::write(&file, words).expect("a file");
            if let Some(told) = objection(&file, environment) {
                panic!("{} as SPIR-V for {environment}: {told}", kernel.name);
            }
            fs::remove_file(file).expect("a file");
        }
    });
}

/// naga takes exp of an f64 and makes of it what no driver may read: the reason why such sweeps are refused. And the
/// judgement above can fail.
#[test]
fn functions_in_f64_are_not_valid_spirv() {
    if spirv_val().is_none() {
        return;
    }
    let source = "@group(0) @binding(0) var<storage, read_write> x: array<f64>;\n\
                  @compute @workgroup_size(1) fn f() { x[0] = exp(x[0]); }";
    let kernel = Kernel { wide: true, ..Kernel::new("exp in f64", source) };
    let (module, info) = read(&kernel);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("exp.spv");
    fs::write(&file, to_vulkan(module, info, (1, 6)).expect("naga sees nothing wrong")).expect("a file");
    let told = objection(&file, "vulkan1.3").expect("an objection");
    assert!(told.contains("16 or 32-bit"), "{told}");
}

/// What a kernel takes of a device.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    storage_buffers: u32,
    uniform_buffers: u32,
    groups: u32,
    /// Bytes.
    uniforms: u64,
    workgroup_memory: u32,
    workgroup: [u32; 3],
}

fn taken(module: &Module) -> Taken {
    let globals = || module.global_variables.iter().map(|(_, global)| global);
    let size = |global: &naga::GlobalVariable| module.types[global.ty].inner.size(module.to_ctx());
    let count = |wanted: fn(&AddressSpace) -> bool| globals().filter(|global| wanted(&global.space)).count() as u32;
    let sizes = |space: AddressSpace| globals().filter(move |global| global.space == space).map(size);
    Taken {
        storage_buffers: count(|space| matches!(space, AddressSpace::Storage { .. })),
        uniform_buffers: count(|space| *space == AddressSpace::Uniform),
        groups: globals().filter_map(|global| global.binding.map(|at| at.group + 1)).max().unwrap_or(0),
        uniforms: sizes(AddressSpace::Uniform).map(u64::from).max().unwrap_or(0),
        // Each begins at a multiple of 16 bytes, as WebGPU reckons.
        workgroup_memory: sizes(AddressSpace::WorkGroup).map(|size| size.next_multiple_of(16)).sum(),
        workgroup: module.entry_points[0].workgroup_size,
    }
}

impl Taken {
    /// What is more than a device with these limits gives.
    fn beyond(&self, limits: &wgpu::Limits) -> Vec<String> {
        let [x, y, z] = self.workgroup;
        let pairs = [
            ("storage buffers", self.storage_buffers, limits.max_storage_buffers_per_shader_stage),
            ("uniform buffers", self.uniform_buffers, limits.max_uniform_buffers_per_shader_stage),
            ("bind groups", self.groups, limits.max_bind_groups),
            ("bytes of uniforms", self.uniforms as u32, limits.max_uniform_buffer_binding_size as u32),
            ("bytes of workgroup memory", self.workgroup_memory, limits.max_compute_workgroup_storage_size),
            ("invocations", x * y * z, limits.max_compute_invocations_per_workgroup),
            ("invocations along x", x, limits.max_compute_workgroup_size_x),
            ("invocations along y", y, limits.max_compute_workgroup_size_y),
            ("invocations along z", z, limits.max_compute_workgroup_size_z),
        ];
        let over = pairs.into_iter().filter(|(_, taken, most)| taken > most);
        over.map(|(what, taken, most)| format!("{taken} {what} of {most}")).collect()
    }
}

/// WebGPU's defaults, which every browser gives, and those of wgpu for devices that have less.
fn weakest() -> [wgpu::Limits; 2] {
    [wgpu::Limits::defaults(), wgpu::Limits::downlevel_defaults()]
}

#[test]
fn no_kernel_takes_more_than_the_weakest_device_has() {
    kernels::all().par_iter().for_each(|kernel| {
        let taken = taken(&read(kernel).0);
        for limits in weakest() {
            // A network's plan follows the memory that there is; everything else it has to keep to.
            let there = kernel.planned_for.unwrap_or(limits.max_compute_workgroup_storage_size);
            let limits = wgpu::Limits { max_compute_workgroup_storage_size: there, ..limits };
            let expected: [String; 0] = [];
            assert_eq!(taken.beyond(&limits), expected, "{}: {taken:?}", kernel.name);
        }
    });
    let limits = wgpu::Limits::downlevel_defaults();
    for size in SIZES {
        let (x, y) = groups(MAX_TILE_CELLS as u32, size);
        assert!(x.max(y) <= limits.max_compute_workgroups_per_dimension, "{x} × {y} groups of {size}");
        assert!(size <= limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x));
    }
}

/// The comparison can fail, on each count.
#[test]
fn kernels_that_take_more_are_seen() {
    let beyond = |source: &str| taken(&read(&Kernel::new("greedy", source)).0).beyond(&wgpu::Limits::defaults());
    let buffer = |at: usize| format!("@group(0) @binding({at}) var<storage, read_write> b{at}: array<f32>;\n");
    let buffers = (0..9).map(buffer).collect::<Vec<_>>().concat();
    let empty = "@compute @workgroup_size(64) fn f() {}";
    assert_eq!(beyond(&(buffers + empty)), ["9 storage buffers of 8"]);
    let memory = "var<workgroup> a: array<f32, 4095>; var<workgroup> b: array<f32, 5>;\n";
    assert_eq!(beyond(&(memory.to_owned() + empty)), ["16416 bytes of workgroup memory of 16384"]);
    let large = "@compute @workgroup_size(16, 32) fn f() {}";
    assert_eq!(beyond(large), ["512 invocations of 256"]);
    assert_eq!(
        beyond("@group(4) @binding(0) var<uniform> u: vec4<f32>; @compute @workgroup_size(1, 1, 65) fn f() {}"),
        ["5 bind groups of 4", "65 invocations along z of 64"]
    );
}

#[test]
fn no_more_is_asked_for_than_there_is_and_what_is_missing_is_named() {
    for there in weakest() {
        let asked = limits::asked(&there).expect("it is enough");
        assert_eq!(asked.max_compute_workgroup_storage_size, there.max_compute_workgroup_storage_size);
        assert_eq!(asked.max_storage_buffer_binding_size, 128 << 20);
        assert_eq!((asked.max_storage_buffers_per_shader_stage, asked.max_compute_invocations_per_workgroup), (4, 256));
    }
    let strong = wgpu::Limits {
        max_storage_buffer_binding_size: 1 << 40,
        max_buffer_size: 1 << 40,
        max_compute_workgroup_storage_size: 1 << 20,
        ..wgpu::Limits::defaults()
    };
    let asked = limits::asked(&strong).expect("it is enough");
    assert_eq!((asked.max_storage_buffer_binding_size, asked.max_compute_workgroup_storage_size), (1 << 30, 48 << 10));
    let too_low = [
        (
            wgpu::Limits { max_storage_buffers_per_shader_stage: 3, ..wgpu::Limits::defaults() },
            "its max_storage_buffers_per_shader_stage is 3, and 4 is needed",
        ),
        (
            wgpu::Limits { max_compute_invocations_per_workgroup: 128, ..wgpu::Limits::defaults() },
            "its max_compute_invocations_per_workgroup is 128, and 256 is needed",
        ),
        (
            wgpu::Limits { max_compute_workgroups_per_dimension: 0, ..wgpu::Limits::defaults() },
            "its max_compute_workgroups_per_dimension is 0, and 65535 is needed",
        ),
    ];
    for (weak, why) in too_low {
        assert_eq!(limits::asked(&weak), Err(why.to_owned()));
    }
}
