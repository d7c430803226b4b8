// The noise of rules. Spliced in behind random.wgsl, where a program draws some. Host twin: `noise_half` in
// src/problem/random.rs.

// One of the two uniform numbers in [0, 1) of a parameter's noise in a step: 24 bits of a word.
fn drawn(seed: u32, cell: vec2<u32>, parameter: u32, step: u32, half: u32) -> real {
    // Stream 8 of this seed: noise.
    let of_cell = threefry2x32(vec2<u32>(seed, 8u + 16u * parameter), cell);
    // 2^-24, and nothing is rounded.
    return real(threefry2x32(of_cell, vec2<u32>(step, half)).x >> 8u) * real(5.9604644775390625e-08);
}
