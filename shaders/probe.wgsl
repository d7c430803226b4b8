// What this adapter's arithmetic and its compiler do. Every operand comes from a buffer, so that nothing is folded
// away; the host compares the bits with its own.

// Per invocation: a, b, a*b rounded. Then hi, increment, lo and a zero that the compiler cannot know; then the factors
// of a subnormal. Host twin: src/engine/gpu/probe.rs.
@group(0) @binding(0) var<storage, read> operands: array<vec4<f32>>;
// Per invocation: a/b, sqrt(a), a*b - product, fma(a, b, -product).
@group(0) @binding(1) var<storage, read_write> results: array<vec4<f32>>;
// hi, lo after many small compensated steps; a product of two normal numbers that is subnormal; whether sums or products
// are taken apart.
@group(0) @binding(2) var<storage, read_write> special: array<f32>;

const SMALL_STEPS: u32 = 100u;

@compute @workgroup_size(64)
fn probe(@builtin(local_invocation_index) lane: u32) {
    let a = operands[lane].x;
    let b = operands[lane].y;
    let product = operands[lane].z;
    results[lane] = vec4<f32>(a / b, sqrt(a), a * b - product, fma(a, b, -product));
    if lane == 0u {
        var hi = operands[64].x;
        let delta = operands[64].y;
        var lo = operands[64].z;
        for (var k = 0u; k < SMALL_STEPS; k++) {
            let increment = lo + delta;
            let sum = hi + increment;
            // The same words as `opaque` in the generated kernel.
            let taken = bitcast<f32>(bitcast<u32>(sum) ^ bitcast<u32>(operands[64].w)) - hi;
            lo = increment - taken;
            hi = sum;
        }
        special[0] = hi;
        special[1] = lo;
        special[2] = operands[65].x * operands[65].y;
        // Plain words: what is 0 where every operation is computed.
        let apart = operands[66];
        let sum = (apart.x + apart.y) - apart.x;
        let cancelled = (apart.z * apart.w) / apart.z;
        special[3] = select(0.0, 1.0, sum != 0.0 || bitcast<u32>(cancelled) == bitcast<u32>(apart.w));
    }
}
