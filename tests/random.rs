//! Random numbers: the published answers, an independent implementation's, and that the draws are what they say.
//!
//! `reference/make_random.py` made the tables, with JAX's Threefry. What is drawn is fixed by its seed, so that the
//! statistical checks cannot fail by chance.

mod common;

use alphasweep::problem::random::{KNOWN_ANSWERS, Stream, batch_row, key, normal, threefry2x32, uniform};
use std::f64::consts::FRAC_1_SQRT_2;

const SHADER: &str = include_str!("../shaders/random.wgsl");

/// The rows of a reference table, cut at commas.
fn rows(table: &'static str) -> Vec<Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 64, "the table is whole");
    rows
}

/// key0, key1, counter0, counter1, word0, word1
fn blocks() -> Vec<[u32; 6]> {
    let word = |text: &&str| u32::from_str_radix(text, 16).expect("hexadecimal");
    let block = |row: Vec<&str>| row.iter().map(word).collect::<Vec<u32>>().try_into().expect("six words");
    rows(include_str!("reference/random.csv")).into_iter().map(block).collect()
}

#[test]
fn the_published_answers_come_out() {
    for (key, counter, words) in KNOWN_ANSWERS {
        assert_eq!(threefry2x32(key, counter), words, "key {key:x?}, counter {counter:x?}");
    }
}

#[test]
fn an_independent_implementation_gives_the_same_words() {
    for [k0, k1, c0, c1, w0, w1] in blocks() {
        assert_eq!(threefry2x32([k0, k1], [c0, c1]), [w0, w1], "key {k0:x} {k1:x}, counter {c0:x} {c1:x}");
    }
}

#[test]
fn an_independent_recipe_gives_the_same_draws() {
    for row in rows(include_str!("reference/draws.csv")) {
        let stream = if row[1] == "start" { Stream::Start } else { Stream::Column };
        let [seed, which, index] = [0, 2, 3].map(|at| row[at].parse().expect("a number"));
        let [exact, rounded]: [f64; 2] = [4, 5].map(|at| row[at].parse().expect("a number"));
        assert_eq!(uniform(seed, stream, which, index), exact, "{row:?}");
        let drawn = normal(seed, stream, which, index);
        // Two libraries' logarithms and cosines.
        assert!((drawn - rounded).abs() < 1e-14, "{row:?} against {drawn}");
    }
}

#[test]
fn every_stream_parameter_and_seed_has_a_key_of_its_own() {
    assert_eq!(key(7, Stream::Batch, 0), [7, 0]);
    assert_eq!(key(7, Stream::Column, 3), [7, 50]);
    let drawn = [Stream::Feature, Stream::Target, Stream::Numeral, Stream::Order, Stream::Weight, Stream::Pass];
    let streams: Vec<Stream> = [Stream::Batch, Stream::Start, Stream::Column].into_iter().chain(drawn).collect();
    let keys = (0..3).flat_map(|seed| (0..40).map(move |which| (seed, which)));
    let mut keys: Vec<[u32; 2]> =
        keys.flat_map(|(seed, which)| streams.iter().map(move |stream| key(seed, *stream, which))).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 3 * 40 * streams.len());
    let last = (1 << 28) - 1;
    assert_eq!(key(0, Stream::Column, last)[1], u32::MAX - 13, "the largest number that the documentation allows");
}

/// How often each of `cells` numbers stands in a list.
fn counts(cells: usize, numbers: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut counts = vec![0; cells];
    for number in numbers {
        counts[number] += 1;
    }
    counts
}

/// χ² of counts that should be equal lies within four standard deviations of its mean.
fn assert_even(counts: &[u32], what: &str) {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    let freedom = (counts.len() - 1) as f64;
    assert!((chi_square - freedom).abs() < 4.0 * (2.0 * freedom).sqrt(), "{what}: χ² = {chi_square} of {freedom}");
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count();
    values.sum::<f64>() / count as f64
}

const DRAWS: u32 = 1 << 16;

#[test]
fn uniform_draws_are_uniform() {
    for (seed, which) in [(0, 0), (0, 1), (1, 0), (u32::MAX, 9)] {
        let draws: Vec<f64> = (0..DRAWS).map(|at| uniform(seed, Stream::Start, which, at)).collect();
        assert!(draws.iter().all(|u| (0.0..1.0).contains(u)));
        let (average, n) = (mean(draws.iter().copied()), f64::from(DRAWS));
        assert!((average - 0.5).abs() < 4.0 * (1.0 / (12.0 * n)).sqrt(), "mean {average}");
        let variance = mean(draws.iter().map(|u| (u - average).powi(2)));
        assert!((variance - 1.0 / 12.0).abs() < 4.0 * (1.0 / (180.0 * n)).sqrt(), "variance {variance}");
        // The leading digits, and digits that only the second word reaches.
        for scale in [1.0, (1_u64 << 40) as f64] {
            let parts = draws.iter().map(|u| ((u * scale).fract() * 64.0) as usize);
            assert_even(&counts(64, parts), "64 equal parts of [0, 1)");
        }
    }
}

#[test]
fn normal_draws_are_normal() {
    for (seed, which) in [(0, 0), (0, 1), (1, 0), (u32::MAX, 9)] {
        let draws: Vec<f64> = (0..DRAWS).map(|at| normal(seed, Stream::Column, which, at)).collect();
        let n = f64::from(DRAWS);
        // Mean, variance, third and fourth moment with the variances of their estimates.
        for (power, moment, spread) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let measured = mean(draws.iter().map(|z| z.powi(power)));
            assert!((measured - moment).abs() < 4.0 * (spread / n).sqrt(), "moment {power} is {measured}");
        }
        // The distribution function makes normal draws uniform ones.
        let parts = draws.iter().map(|z| (0.5 * libm::erfc(-z * FRAC_1_SQRT_2) * 32.0) as usize);
        assert_even(&counts(32, parts), "32 equally likely parts of the line");
    }
}

#[test]
fn neighbours_of_every_kind_are_uncorrelated() {
    let centred = |seed, stream, which, at| uniform(seed, stream, which, at) - 0.5;
    let here = |at| centred(3, Stream::Start, 2, at);
    let neighbours: [(&str, &dyn Fn(u32) -> f64); 4] = [
        ("seed", &|at| centred(4, Stream::Start, 2, at)),
        ("stream", &|at| centred(3, Stream::Column, 2, at)),
        ("parameter", &|at| centred(3, Stream::Start, 3, at)),
        ("index", &|at| centred(3, Stream::Start, 2, at + 1)),
    ];
    for (kind, neighbour) in neighbours {
        let correlation = 12.0 * mean((0..DRAWS).map(|at| here(at) * neighbour(at)));
        assert!(correlation.abs() < 4.0 / f64::from(DRAWS).sqrt(), "next {kind}: {correlation}");
    }
}

#[test]
fn batches_take_every_row_as_often() {
    for (seed, rows) in [(0, 100), (1, 3), (2, 97)] {
        let drawn = (0..1000).flat_map(|step| (0..100).map(move |slot| batch_row(seed, step, slot, rows) as usize));
        let counts = counts(rows as usize, drawn);
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
        assert_even(&counts, "rows");
    }
    assert!((0..1000).all(|step| batch_row(5, step, 0, 1) == 0), "one row is always that row");
}

/// With replacement: among 23 slots of 365 rows two are equal about every second time.
#[test]
fn a_batch_may_hold_a_row_twice() {
    let has_twin = |step: &u32| {
        let mut rows: Vec<u32> = (0..23).map(|slot| batch_row(0, *step, slot, 365)).collect();
        rows.sort_unstable();
        rows.windows(2).any(|pair| pair[0] == pair[1])
    };
    let share = (0..4000).filter(has_twin).count() as f64 / 4000.0;
    assert!((share - 0.5073).abs() < 0.032, "{share}");
}

#[test]
fn the_shader_twin_is_valid_wgsl_of_the_promised_shape() {
    let module =
        naga::front::wgsl::parse_str(SHADER).unwrap_or_else(|error| panic!("{}", error.emit_to_string(SHADER)));
    let flags = naga::valid::ValidationFlags::all();
    naga::valid::Validator::new(flags, naga::valid::Capabilities::empty()).validate(&module).expect("valid");
    assert!(module.entry_points.is_empty() && module.global_variables.is_empty(), "made to be spliced in");
    let arguments = |name: &str| {
        let (_, function) = module.functions.iter().find(|(_, of)| of.name.as_deref() == Some(name)).expect(name);
        function.arguments.iter().filter_map(|argument| argument.name.clone()).collect::<Vec<String>>()
    };
    assert_eq!(arguments("threefry2x32"), ["key", "counter"]);
    assert_eq!(arguments("batch_row"), ["seed", "step", "slot", "rows"]);
}

/// Per invocation: key and counter in; two words, a batch row of the same numbers and nothing out.
const KERNEL: &str = "
@group(0) @binding(0) var<storage, read_write> blocks: array<vec4<u32>>;

@compute @workgroup_size(64)
fn draw(@builtin(global_invocation_id) id: vec3<u32>) {
    let block = blocks[id.x];
    let row = batch_row(block.x, block.z, block.w, block.y % 1000u + 1u);
    blocks[id.x] = vec4<u32>(threefry2x32(block.xy, block.zw), row, 0u);
}
";

#[test]
fn a_gpu_draws_the_same_bits() {
    let Some(engine) = common::gpu() else { return };
    let mut inputs: Vec<[u32; 4]> = blocks().iter().map(|block| [block[0], block[1], block[2], block[3]]).collect();
    // Many more, from the generator itself.
    inputs.extend((0..4032).map(|at| {
        let [a, b] = threefry2x32([1, 2], [at, 0]);
        let [c, d] = threefry2x32([1, 2], [at, 1]);
        [a, b, c, d]
    }));
    let host = |[a, b, c, d]: [u32; 4]| {
        let [x, y] = threefry2x32([a, b], [c, d]);
        [x, y, batch_row(a, c, d, b % 1000 + 1), 0]
    };
    let expected: Vec<[u32; 4]> = inputs.iter().copied().map(host).collect();
    assert_eq!(on_gpu(&engine.adapter().name, &inputs), expected);
}

/// What the adapter of this name makes of the blocks; their number is a multiple of 64.
fn on_gpu(adapter: &str, inputs: &[[u32; 4]]) -> Vec<[u32; 4]> {
    let instance = wgpu::Instance::default();
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    let adapter = adapters.iter().find(|known| known.get_info().name == adapter).expect("it was just there");
    let descriptor =
        wgpu::DeviceDescriptor { required_limits: wgpu::Limits::downlevel_defaults(), ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&descriptor)).expect("a device");
    let source = wgpu::ShaderSource::Wgsl(format!("{SHADER}{KERNEL}").into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &module,
        entry_point: Some("draw"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    let bytes: &[u8] = bytemuck::cast_slice(inputs);
    let buffer = |usage| {
        let size = bytes.len() as u64;
        device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    };
    let blocks = buffer(wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST);
    let readback = buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
    queue.write_buffer(&blocks, 0, bytes);
    let layout = pipeline.get_bind_group_layout(0);
    let entries = [wgpu::BindGroupEntry { binding: 0, resource: blocks.as_entire_binding() }];
    let group =
        device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    pass.set_pipeline(&pipeline);
    pass.set_bind_group(0, &group, &[]);
    pass.dispatch_workgroups(inputs.len() as u32 / 64, 1, 1);
    drop(pass);
    encoder.copy_buffer_to_buffer(&blocks, 0, &readback, 0, bytes.len() as u64);
    queue.submit([encoder.finish()]);
    readback.map_async(wgpu::MapMode::Read, .., |result| result.expect("mapped"));
    device.poll(wgpu::PollType::wait_indefinitely()).expect("the work ends");
    bytemuck::pod_collect_to_vec(&readback.get_mapped_range(..).expect("mapped"))
}
